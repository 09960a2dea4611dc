"""Where a stack's values come from, and that an error names the file that holds the wrong one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PrimarySettings, RecoverySettings, SettingsError, layers, parse
from tests.settings.stack_files import OWN, ROOT, STACKS, dumped

Edit = Callable[[dict[str, Any]], object]


def edit(file: Path, change: Edit) -> None:
    content = yaml.safe_load(file.read_text())
    change(content)
    file.write_text(dumped(content))


def lines(stack: str, own: dict[str, Any] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(own or OWN[stack], stack=stack)
    return str(caught.value).splitlines()


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_file_says_only_what_differs_from_the_defaults(stack: str) -> None:
    environment = OWN[stack]["aws:defaultTags"]["tags"]["Environment"]
    defaults: dict[str, Any] = {}
    for name in ("all", environment):
        defaults |= yaml.safe_load((ROOT / layers.DEFAULTS / f"{name}.yaml").read_text())

    def repeated(own: Any, default: Any, path: str) -> list[str]:
        if isinstance(own, dict) and isinstance(default, dict):
            return [found for key in own if key in default for found in repeated(own[key], default[key], f"{path}.{key}")]
        return [path] if own == default else []

    assert repeated(OWN[stack], defaults, stack) == []


def test_the_stack_file_wins_over_its_environment_and_that_over_all(project: Path) -> None:
    everywhere, prod = (project / layers.DEFAULTS / f"{name}.yaml" for name in ("all", "prod"))
    edit(everywhere, lambda content: content["dataconnect:database"].update(port=6001, rotationDays=7))
    edit(prod, lambda content: content["dataconnect:database"].update(port=6002))
    own = {**OWN["prod"], "dataconnect:database": {"storageGiB": 300}}
    read = parse(own, stack="prod")
    assert isinstance(read, PrimarySettings)
    assert (read.database.rotation_days, read.database.port, read.database.storage_gib) == (7, 6002, 300)
    # A key that the stack file says alone leaves its neighbours as they are.
    assert read.database.max_storage_gib == 1000


def test_a_list_of_the_stack_file_replaces_that_of_the_defaults() -> None:
    own = {**OWN["dev"], "dataconnect:network": {**OWN["dev"]["dataconnect:network"], "interfaceEndpoints": ["kms"]}}
    read = parse(own, stack="dev")
    assert isinstance(read, PrimarySettings)
    assert read.network.interface_endpoints == ("kms",)


def test_recovery_starts_a_service_with_fewer_tasks_and_the_same_image() -> None:
    prod, recovery = (parse(OWN[stack], stack=stack) for stack in ("prod", "prod-recovery"))
    assert isinstance(prod, PrimarySettings)
    assert isinstance(recovery, RecoverySettings)
    assert (prod.services["search"].min_tasks, recovery.services["search"].min_tasks) == (3, 2)
    assert prod.services["search"].digest == recovery.services["search"].digest


def test_a_stack_file_may_differ_from_a_service_in_one_key() -> None:
    own = {**OWN["prod"], "dataconnect:services": {**OWN["prod"]["dataconnect:services"], "bi": {"maxTasks": 11}}}
    read = parse(own, stack="prod")
    assert isinstance(read, PrimarySettings)
    assert (read.services["bi"].max_tasks, read.services["bi"].min_tasks) == (11, 3)


@pytest.mark.parametrize(
    ("file", "change", "line"),
    [
        (
            "settings/defaults/prod.yaml",
            lambda content: content["dataconnect:network"].update(nat="both"),
            "settings/defaults/prod.yaml: dataconnect:network.nat is 'both'; expected 'none', 'single' or 'per-zone'",
        ),
        (
            "settings/defaults/all.yaml",
            lambda content: content["dataconnect:lake"]["buckets"].update(Raw={}),
            "settings/defaults/all.yaml: dataconnect:lake.buckets.Raw is 'Raw'; "
            "expected 3 to 20 lower-case letters, digits and hyphens",
        ),
        (
            "services/search.yaml",
            lambda content: content.update(healthPath="search"),
            "services/search.yaml: healthPath is 'search'; expected a path that starts with / and has no spaces",
        ),
        (
            "services/search.yaml",
            lambda content: content["environments"]["prod"].update(cpu=3),
            "services/search.yaml: environments.prod.cpu is 3; expected one of",
        ),
        (
            "services/search.yaml",
            lambda content: content.update(helthPath="/x"),
            "services/search.yaml: helthPath is an unknown key; did you mean healthPath?",
        ),
        (
            "services/search.yaml",
            lambda content: content.pop("repository"),
            "services/search.yaml: repository is missing; expected ECR repository",
        ),
    ],
)
def test_an_error_names_the_file_that_holds_the_value(project: Path, file: str, change: Edit, line: str) -> None:
    edit(project / file, change)
    (told,) = lines("prod")
    assert told.startswith(line)


def test_a_credential_in_a_services_file_is_found_and_not_shown(project: Path) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    edit(project / "services" / "bi.yaml", lambda content: content.update(healthPath=f"/{key}"))
    told = lines("prod")
    assert told == [
        "services/bi.yaml: healthPath is [hidden]; expected no secret in plain text: this looks like an AWS access key"
    ]


def test_a_service_without_a_file_is_one_problem_and_the_near_name_is_told() -> None:
    own = {**OWN["dev"], "dataconnect:services": {**OWN["dev"]["dataconnect:services"], "data-product": {}}}
    assert lines("dev", own) == [
        "Pulumi.dev.yaml: dataconnect:services.data-product has no file services/data-product.yaml; did you mean data-products?"
    ]


def test_every_service_file_is_used_by_some_stack() -> None:
    used = {name for own in OWN.values() for name in own.get("dataconnect:services", {})}
    assert used == {file.stem for file in (ROOT / layers.SERVICES).glob("*.yaml")}


PATHS = {"defaults": "settings/defaults/prod.yaml", "service": "services/bi.yaml"}


@pytest.mark.parametrize("file", PATHS.values())
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [b\nc: }", "is not YAML in line 1: its bracket"),
        ("port: 1\nport: 2", "has the key 'port' twice, in line 2"),
        ("a:\n  b: {c: 1, c: 2}", "has the key 'c' twice, in line 2"),
        ("- a", "is a list; expected an object"),
        ("text", "is text; expected an object"),
        ("a: !foo x", "has the tag !foo in line 1; expected a value without one"),
        ("a: &a\n  b: *a", "has the anchor &a in line 1; expected a value without one"),
        ("1: x", "has the key 1 in line 1; expected text, in quotes"),
        ("a: {2: x}", "has the key 2 in line 1; expected text, in quotes"),
        ("a: {b: x}\n---\na: 1", "has a second document in line 2; expected one"),
    ],
)
def test_a_file_that_is_no_object_of_plain_values_is_told_in_one_line(project: Path, file: str, text: str, says: str) -> None:
    (project / file).write_text(text)
    told = [line for line in lines("prod") if line.startswith(f"{file}: ")]
    assert len(told) == 1
    assert told[0].startswith(f"{file}: {says}")


def test_a_file_that_is_no_text_is_told(project: Path) -> None:
    (project / PATHS["service"]).write_bytes(b"\xff\xfe")
    assert lines("prod") == ["services/bi.yaml: begins with the byte order mark of UTF-16; expected UTF-8 without one"]


def test_a_broken_default_is_one_line_though_all_that_it_held_is_missing(project: Path) -> None:
    (project / PATHS["defaults"]).write_text("a: [")
    (told,) = lines("prod")
    assert told.startswith("settings/defaults/prod.yaml: is not YAML in line ")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dataconnect:protekt": False}, "dataconnect:protekt is an unknown key; did you mean dataconnect:protect?"),
        (
            {"dataconnect:features": {"dnsSecurty": 1}},
            "dataconnect:features.dnsSecurty is an unknown key; did you mean dnsSecurity?",
        ),
        (
            {"dataconnect:ingress": {"allowedCidr": []}},
            "dataconnect:ingress.allowedCidr is an unknown key; did you mean allowedCidrs?",
        ),
        (
            {"dataconnect:tables": {"t": {"hashKey": "a", "rangekey": "b"}}},
            "dataconnect:tables.t.rangekey is an unknown key; did you mean rangeKey?",
        ),
        ({"lake": {}}, "lake is an unknown key; did you mean dataconnect:lake?"),
        (
            {"aws:region": "us-east-2"},
            "aws:region is an unknown key; expected it in the stack file: the engine and the provider read it there",
        ),
    ],
)
def test_a_default_that_no_role_knows_is_not_dropped_in_silence(project: Path, change: dict[str, Any], says: str) -> None:
    edit(project / "settings/defaults/all.yaml", lambda content: content.update(change))
    assert next(line for line in lines("prod") if says in line).startswith(f"settings/defaults/all.yaml: {says}")


def test_a_service_that_says_nothing_of_an_environment_is_told_as_one_problem(project: Path) -> None:
    edit(project / "services/bi.yaml", lambda content: content["environments"].pop("prod"))
    assert lines("prod") == [
        "services/bi.yaml: environments.prod is missing; expected cpu, digest, maxTasks, memory, minTasks there, or at the top "
        "for every environment"
    ]


def test_environments_spelled_otherwise_are_told_as_one_problem(project: Path) -> None:
    edit(project / "services/bi.yaml", lambda content: content.update(enviroments=content.pop("environments")))
    assert lines("prod") == ["services/bi.yaml: enviroments is an unknown key; did you mean environments?"]


def test_a_service_without_environments_may_say_everything_at_the_top(project: Path) -> None:
    edit(project / "services/bi.yaml", lambda content: content.update(content.pop("environments")["prod"]))
    assert parse(OWN["prod"], stack="prod")


@pytest.mark.parametrize(
    ("environments", "says"),
    [
        (["dev", "prod"], "environments is ['dev', 'prod']; expected an object with the keys dev, dev-recovery, "),
        ({"prod_recovery": {}}, "environments.prod_recovery is an unknown key; expected one of dev, dev-recovery, "),
        ({"prod-recovery": ["minTasks"]}, "environments.prod-recovery is ['minTasks']; expected an object: what differs there"),
    ],
)
def test_environments_of_a_service_are_known_ones(project: Path, environments: object, says: str) -> None:
    edit(project / "services/bi.yaml", lambda content: content.update(environments=environments))
    (told,) = lines("prod")
    assert told.startswith(f"services/bi.yaml: {says}")


def test_a_service_s_name_leads_to_no_file_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "leak.yaml").write_text("cpu: TOPSECRET")
    for name in ("../settings/defaults/all", str(tmp_path / "leak"), "x" * 5000):
        own = {**OWN["prod"], "dataconnect:services": {**OWN["prod"]["dataconnect:services"], name: {}}}
        (told,) = lines("prod", own)
        assert "expected up to 20 lower-case letters" in told
        assert "TOPSECRET" not in told
