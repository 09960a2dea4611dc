"""The recipes of docs/changing.md, applied to a copy of the project all at once, and what the page says to run there."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from components.base.problems import keys
from components.compute.service_spec import ServiceSpec
from sandbox.tables import REPLACE
from tests.clones import copy_project, run_in
from tests.docs.recipes import BLOCKS, PAGE, apply, in_yaml
from tests.engine import CLONE


@dataclass(frozen=True)
class Changed:
    """A copy of the project in which somebody has followed the page.

    Attributes:
        folder: Where it is.
        called: What the page's names are called in it, of each time that the page was followed.
    """

    folder: Path
    called: tuple[dict[str, str], ...]


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    """With another queue, table, bucket, service and stack, twice: the page holds in a project that it has changed."""
    project = copy_project(tmp_path_factory.mktemp("changed"))
    called = apply(project), apply(project)
    # Pages are found by asking git.
    run_in(project, "git", "init", "-q").ok()
    run_in(project, "git", "add", "--all", ":!.venv").ok()
    return Changed(project, called)


def test_there_is_a_recipe_for_each_thing() -> None:
    written = {"functions/mail/handler.py", "services/reports.yaml", "Pulumi.training.yaml"}
    assert {name for name, how, _, _ in BLOCKS if not how} == written
    assert len(BLOCKS) > 8
    assert len(BLOCKS) == len(re.findall(r"^```(?:yaml|groovy|python)$", PAGE, re.MULTILINE))


def test_the_required_keys_of_a_service_are_those_of_its_spec() -> None:
    (told,) = re.findall(r"Required are (.*?);", PAGE, re.DOTALL)
    spelled = dict(zip(ServiceSpec.model_fields, keys(ServiceSpec), strict=True))
    required = {spelled[name] for name, field in ServiceSpec.model_fields.items() if field.is_required()}
    assert set(re.findall(r"`(\w+)`", told)) == required


def test_the_priority_on_the_page_is_nobody_s_here() -> None:
    """A reader takes it as it stands; `apply` takes another where somebody has followed the page already."""
    files = [*CLONE.glob("services/*.yaml"), *CLONE.glob("settings/defaults/*.yaml"), *CLONE.glob("Pulumi.*.yaml")]
    taken = {each for file in files for each in re.findall(r"\bpriority: (\d+)", file.read_text())}
    assert len(taken) > 4 and not taken & {*re.findall(r"^priority: (\d+)$", PAGE, re.MULTILINE)}


def test_a_recipe_prepares_for_what_its_preview_shows_replaced() -> None:
    """A new user of the database changes the input of what makes the users (tests/stacks/test_users.py)."""
    (recipe,) = re.findall(r"^## A service\n(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert "the preview shows `database-users` replaced" in recipe
    assert "input" in REPLACE["aws:lambda/invocation:Invocation"]


@pytest.mark.parametrize("stack", ["prod", "training"])
def test_a_preview_shows_what_was_added_and_every_pack_agrees(changed: Changed, stack: str) -> None:
    named = changed.called[-1].get(stack, stack)
    result = run_in(changed.folder, "sandbox/pulumi", "preview", "--stack", named, "--policy-pack", "policies").ok()
    for called in changed.called:
        added = [f"{called['documents']}-dead-letters", called["loans"], f"lake-{called['reports']}", f"{called['mail']}-queue"]
        added += [f"{called['reports']}-execution", f"{called['convert']}-backlog"] if stack == "prod" else []
        assert [name for name in added if name not in result.stdout] == []


def test_the_function_gives_back_what_it_could_not_take_in(changed: Changed) -> None:
    right = {"messageId": "1", "body": "{}", "messageAttributes": {"tenant": {"stringValue": "tacmeacmeacme222"}}}
    event = {"Records": [right, {"messageId": "2", "body": "{}", "messageAttributes": {}}]}
    for called in changed.called:
        # As Lambda does it: a name with a hyphen is none for an import statement.
        module = f"functions.{called['mail']}.handler"
        program = f"import importlib; print(importlib.import_module({module!r}).handle({event!r}, None))"
        told = run_in(changed.folder, sys.executable, "-B", "-c", program).ok().stdout.splitlines()
        assert told == ["2 characters for tacmeacmeacme222", "{'batchItemFailures': [{'itemIdentifier': '2'}]}"]
    run_in(changed.folder, sys.executable, "-m", "ruff", "check", "--no-cache", "functions").ok()


def test_the_tests_that_the_page_names_need_no_change(changed: Changed) -> None:
    (named,) = re.findall(r"pytest -n auto --dist loadfile (.*)", PAGE)
    # Without itself, and without the picture, which `make picture` draws anew.
    left_out = [f"--ignore=tests/docs/{name}.py" for name in ("test_changing", "test_picture")]
    # As many silos as may be and all that the page adds twice are more than a dashboard shows; the settings say so.
    left_out.append("--deselect=tests/stacks/test_silos.py::test_a_stack_holds_as_many_as_it_may")
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    run_in(changed.folder, sys.executable, "-m", "docs.generate").ok()  # as the page says before: `make docs`
    run_in(changed.folder, sys.executable, "-m", "pytest", *options, *left_out, *named.split()).ok()


def test_a_service_that_recovery_lacks_is_told_with_its_file(changed: Changed) -> None:
    """As the tests of the settings and every preview tell it."""
    own = yaml.safe_load((changed.folder / "Pulumi.prod-recovery.yaml").read_text())["config"]
    service = changed.called[-1]["reports"]
    del own["dataconnect:services"][service]
    program = f"from settings import parse; parse({own!r}, stack='prod-recovery')"
    result = run_in(changed.folder, sys.executable, "-c", program)
    line = f"Pulumi.prod-recovery.yaml: dataconnect:services.{service} is missing; expected it as in Pulumi.prod.yaml"
    assert result.stderr.rstrip().endswith(line)


@pytest.mark.parametrize("queues", ["", " {}", " {ingest: {}}", "\n    ingest: {}  # the one", None])
@pytest.mark.parametrize("buckets", [" [raw]", " []", "\n      - raw\n      - curated"])
@pytest.mark.parametrize("stack_file", [True, False])
def test_a_recipe_finds_its_place_however_a_file_is_written(queues: str | None, buckets: str, *, stack_file: bool) -> None:
    text = f"{'config' if stack_file else 'other'}:\n  dataconnect:lake:\n    buckets:{buckets}\n"
    text += "" if queues is None else f"  dataconnect:queues:{queues}\n"
    text = text if stack_file else "".join(line.removeprefix("  ") for line in text.splitlines(keepends=True)[1:])
    table = "loans:\n  hashKey: loan_id"
    written = in_yaml(in_yaml(text, "dataconnect:queues", table), "dataconnect:lake.buckets", "reports")
    before, after = (each["config"] if stack_file else each for each in map(yaml.safe_load, (text, written)))
    assert after["dataconnect:queues"] == {"loans": {"hashKey": "loan_id"}, **(before.get("dataconnect:queues") or {})}
    assert sorted(after["dataconnect:lake"]["buckets"]) == sorted([*before["dataconnect:lake"]["buckets"], "reports"])
