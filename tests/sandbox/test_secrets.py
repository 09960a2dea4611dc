"""What stands for the secrets of a stack file, whose key is in AWS."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, SecretStr

from components.base.problems import models_in
from sandbox import stand_ins
from settings import parse
from settings.roles import ROLES
from tests.clones import copy_project, run_in
from tests.settings.stack_files import OWN, ROOT, edited

STACK_OF_ROLE = {config["dataconnect:role"]: stack for stack, config in OWN.items()}


def secrets(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of each setting of `model` that holds a secret; `any` is the key of a mapping."""
    for name, field in model.model_fields.items():
        path = (*above, field.alias or name)
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation):
            yield path
        below = (*path, "any") if get_origin(field.annotation) is dict else path
        for inner in models_in(field.annotation):
            yield from secrets(inner, below)


SECRETS = [(role, path) for role, model in ROLES.items() for path in secrets(model)]


def with_secret(text: str, path: tuple[str, ...], nest: str = "v1:AAAA:BBBB") -> str:
    """The text of a stack file with an encrypted value at `path`."""
    content = yaml.safe_load(text)
    at = content["config"]
    for key in path[:-1]:
        at = at.setdefault(key, {})
    at[path[-1]] = {"secure": nest}
    return yaml.safe_dump(content, sort_keys=False)


def test_there_are_secret_settings() -> None:
    assert SECRETS


@pytest.mark.parametrize(("role", "path"), SECRETS, ids=lambda value: value if isinstance(value, str) else ".".join(value))
def test_every_secret_setting_has_an_example_that_passes(role: str, path: tuple[str, ...]) -> None:
    stack = STACK_OF_ROLE[role]
    text = with_secret((ROOT / f"Pulumi.{stack}.yaml").read_text(), path)
    (found,) = stand_ins.stand_ins(text)
    assert found["known"]
    assert (found["key"], text[found["start"] : found["end"]]) == (".".join(path), "v1:AAAA:BBBB")
    config = edited(stack, {".".join(path).removeprefix("dataconnect:"): found["value"]})
    assert parse(config, stack=stack, secrets=frozenset({path[0]}))


def test_a_comment_and_a_value_called_secure_are_no_secrets() -> None:
    text = "# secure: no\nconfig:\n  dataconnect:role: primary\n  dataconnect:x: {secure: v1:a, other: b}\n"
    assert stand_ins.stand_ins(text) == []


def test_secrets_are_found_wherever_they_stand() -> None:
    text = "config:\n  dataconnect:role: primary\n  a: {b: [{secure: 'v1:q'}, {secure: v1:r}]}\n  c:\n    secure: v1:s\n"
    found = stand_ins.stand_ins(text)
    assert [each["key"] for each in found] == ["a.b.0", "a.b.1", "c"]
    assert [text[each["start"] : each["end"]] for each in found] == ["'v1:q'", "v1:r", "v1:s"]
    assert {(each["value"], each["known"]) for each in found} == {(stand_ins.ANYTHING, False)}


def test_a_committed_secret_is_read_as_the_settings_want_it(tmp_path: Path) -> None:
    program = "import settings\nopen('webhook', 'w').write(settings.load().alerts.webhook.get_secret_value())\n"
    clone = copy_project(tmp_path / "clone", program)
    file = clone / "Pulumi.prod.yaml"
    file.write_text(with_secret(file.read_text(), ("dataconnect:alerts", "webhook")))
    for _ in range(2):  # once encrypted, once remembered
        result = run_in(clone, "sandbox/pulumi", "preview", "-s", "prod").ok()
        assert (clone / "webhook").read_text() == "https://alerts.dataconnect.example/sandbox"
        assert "only its key in AWS opens" not in result.output
    file.write_text(with_secret(file.read_text(), ("dataconnect:dns", "zone")))
    said = run_in(clone, "sandbox/pulumi", "preview", "-s", "prod").output
    assert (
        "Pulumi.prod.yaml: dataconnect:dns.zone is a secret that only its key in AWS opens; here it is the word sandbox" in said
    )
