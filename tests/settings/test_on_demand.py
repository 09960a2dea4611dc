"""What settings say of environments on demand that do not fit their stack, or the one that they stand beside."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PrimarySettings, SettingsError, parse
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import CONFIG, REMOVED, ROOT, accepted, refused

TEMPLATES = sorted((ROOT / "environments").glob("*.yaml"))
OF = "dataconnect:environment.of"
NONE = "none: this is an environment on demand, and"
PRODUCTION = "production has no environments on demand"


def rendered(name: str = "x", template: Path = TEMPLATES[0], **edits: Any) -> dict[str, Any]:
    """The file of an environment as the command renders it, with `<section>__<key>` set, or taken out (REMOVED)."""
    content: dict[str, Any] = copy.deepcopy(yaml.safe_load(template.read_text(encoding="utf-8"))["config"])
    content["dataconnect:ingress"]["domain"] = f"{name}.dev.dataconnect.example"
    for key, value in edits.items():
        section, _, rest = key.partition("__")
        at: Any = content[f"dataconnect:{section}"] if rest else content
        last = rest or f"dataconnect:{section}"
        if value is REMOVED:
            del at[last]
        else:
            at[last] = value
    return content


def told(raw: dict[str, Any], stack: str = "dev-x", **others: Any) -> list[str]:
    files = {"dev": CONFIG["dev"], "prod": CONFIG["prod"], **others}
    with pytest.raises(SettingsError) as error:
        parse(raw, stack=stack, others=files)
    return [line.removeprefix(f"Pulumi.{stack}.yaml: ") for line in str(error.value).splitlines()]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.stem)
def test_every_template_is_a_stack_file_as_it_stands(template: Path) -> None:
    settings = parse(rendered(template=template), stack="dev-x")
    assert isinstance(settings, PrimarySettings)
    assert settings.on_demand and settings.on_demand.of == "dev"
    assert settings.dns is None and settings.budget is None and not settings.products


CASES: list[Any] = [
    one(
        *("prod", "environments", {"pool": "10.40.0.0/14"}),
        is_("dataconnect:environments.pool", "10.40.0.0/14", f"no dataconnect:environments: {PRODUCTION}"),
    ),
    plain("dev", "environments.pool", "8.0.0.0/14", "a private range, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"),
    plain("dev", "environments.pool", "10.10.0.0/16", "a range that does not overlap 10.10.0.0/16 of network.cidr"),
    plain("dev", "environments.pool", "10.20.0.0/15", "a range that does not overlap 10.20.0.0/16 of network.reservedCidrs"),
    plain("dev", "environments.pool", "10.128.0.0/21", "a range of /20 or wider: the least that an environment has"),
    plain("dev", "environments.prefix", 21, "16 to 20"),
    plain("dev", "environments.prefix", 15, "16 to 20"),
    one(
        *("dev", "environments", {"pool": "10.128.0.0/18", "prefix": 16}),
        is_("dataconnect:environments.prefix", 16, "18 or more: the pool 10.128.0.0/18 holds no such range"),
    ),
    one(
        *("dev", "environments", {"pool": "10.128.0.0/18"}),
        is_("dataconnect:environments.most", 10, "4 or fewer: the pool 10.128.0.0/18 holds that many ranges of /20"),
    ),
    plain("dev", "environments.most", 12, "1 to 11"),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_a_stack_cannot_offer_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert line in refused(stack, edits)


def test_dev_offers_what_one_instance_can_bear() -> None:
    found = accepted("dev", {}, PrimarySettings).environments
    assert found is not None and found.connections(320) * found.most <= 160


def test_a_stack_without_an_environment_has_a_zone_of_its_own() -> None:
    (line,) = refused("dev", {"dns": REMOVED})
    assert line.startswith("dataconnect:dns is missing; expected the environment's hosted zone")


@pytest.mark.parametrize(
    ("edits", "line"),
    [
        ({"environment__data": "burn"}, "dataconnect:environment.data is 'burn'; expected"),
        (
            {"dns": {"zone": "x.dataconnect.example"}},
            f"dataconnect:dns is 'there'; expected {NONE} its names are in the zone of ",
        ),
        ({"budget": {"monthlyUsd": 5}}, f"dataconnect:budget is 'there'; expected {NONE} what an account costs is one sum"),
        (
            {"orders": {"workspace": "T1A", "channels": ["C1A"], "users": {"U1A": "ada@dataconnect.example"}}},
            f"dataconnect:orders is 'there'; expected {NONE} its alarms are told by the other stack",
        ),
        ({"environments": {"pool": "10.140.0.0/14"}}, f"dataconnect:environments is 'there'; expected {NONE} it is one itself"),
        (
            {"without": ["search", "functions.index", "queues.ingest", "logs"]},
            f"settings/defaults/all.yaml: dataconnect:products is 'loan-book, loans-by-state'; expected {NONE} who may see",
        ),
    ],
)
def test_what_an_environment_has_not_is_named(edits: dict[str, Any], line: str) -> None:
    assert any(each.startswith(line) for each in told(rendered(**edits))), told(rendered(**edits))


@pytest.mark.parametrize(
    ("stack", "edits", "line"),
    [
        (
            "dev-x",
            {"environment__of": "test"},
            f"{OF} is 'test'; expected the stack that dev-x is called after: its name is <of>-<name>",
        ),
        ("dev-lake", {}, f"{OF} is 'dev'; expected <of>-<name> as the stack's name, dev-lake: the name of up to 12"),
        (f"dev-{'a' * 13}", {}, f"{OF} is 'dev'; expected <of>-<name> as the stack's name"),
        (
            "dev-x",
            {"network__cidr": "10.128.0.0/19"},
            "dataconnect:network.cidr is '10.128.0.0/19'; expected a range of /20 inside",
        ),
        (
            "dev-x",
            {"network__cidr": "10.132.0.0/20"},
            "dataconnect:network.cidr is '10.132.0.0/20'; expected a range of /20 inside",
        ),
        (
            "dev-x",
            {"ingress__domain": "x.prod.dataconnect.example"},
            "dataconnect:ingress.domain is 'x.prod.dataconnect.example'; expected a name inside dev.dataconnect.example",
        ),
        (
            "dev-app",
            {"ingress__domain": "app.dev.dataconnect.example"},
            "dataconnect:ingress.domain is 'app.dev.dataconnect.example'; expected a name of its own: Pulumi.dev.yaml has",
        ),
        (
            "dev-x",
            {"services": {"search": {}}},
            "services/search.yaml: uses[4] is 'search:read'; expected one of ",
        ),
    ],
)
def test_what_does_not_fit_the_stack_beside_is_named(stack: str, edits: dict[str, Any], line: str) -> None:
    found = told(rendered(**edits), stack=stack)
    assert any(each.startswith(line) for each in found), found


def test_an_environment_stands_beside_a_stack_that_is_neither_of_production_nor_one_itself() -> None:
    def beside(**edits: Any) -> list[str]:
        other = {**CONFIG["dev"], **{key.replace("_", ":"): value for key, value in edits.items()}}
        return told(rendered(), dev={key: value for key, value in other.items() if value is not REMOVED})

    tags = {"tags": {**CONFIG["dev"]["aws:defaultTags"]["tags"], "Environment": "prod"}}
    assert f"{OF} is 'dev'; expected a stack that is not of production: Pulumi.dev.yaml is" in beside(aws_defaultTags=tags)
    environment = {"of": "stage", "data": "keep"}
    assert f"{OF} is 'dev'; expected a stack that is no environment on demand itself: Pulumi.dev.yaml is one" in beside(
        dataconnect_environment=environment
    )
    assert f"{OF} is 'dev'; expected a stack with dataconnect:environments: Pulumi.dev.yaml has none" in beside(
        dataconnect_environments=REMOVED
    )
    assert "aws:region is 'us-east-2'; expected us-west-2, as in Pulumi.dev.yaml, which it stands beside" in beside(
        aws_region="us-west-2"
    )


def test_an_environment_of_production_is_refused_before_it_is_compared_with_anything() -> None:
    raw = rendered()
    raw["aws:defaultTags"]["tags"]["Environment"] = "prod"
    raw["aws:allowedAccountIds"] = ["222222222222"]
    assert any(f"no dataconnect:environment: {PRODUCTION}" in line for line in told(raw))


def test_another_account_than_that_of_the_stack_beside_is_refused() -> None:
    raw = rendered()
    raw["aws:allowedAccountIds"] = ["222222222222"]
    assert any("aws:allowedAccountIds[0] is '222222222222'; expected 111111111111" in line for line in told(raw))


def test_a_stack_is_without_what_it_says_of_the_defaults() -> None:
    known = parse(rendered(), stack="dev-x")
    assert isinstance(known, PrimarySettings)
    assert "index" not in known.functions and "newest" in known.functions
    assert known.search is None and known.logs is None


@pytest.mark.parametrize("name", ["searches", "functions.indexes", "functions.index.queue.name", ""])
def test_what_the_defaults_do_not_say_cannot_be_taken_out(name: str) -> None:
    line = f"dataconnect:without[0] is {name!r}; expected what the defaults of its environment say"
    assert any(each.startswith(line) for each in told(rendered(without=[name])))
