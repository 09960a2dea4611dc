"""What settings say of fleets that do not fit their stack."""

from typing import Any

import pytest

from settings import PrimarySettings, SettingsError, parse
from tests.settings.cases import is_, one
from tests.settings.stack_files import CONFIG, accepted, edited, refused
from tests.stacks.estate import FLEET

FLEETS = "dataconnect:fleets"
QUEUE: dict[str, object] = {"queues.convert": {}}
FUNCTION_QUEUE = CONFIG["prod"]["dataconnect:functions"]["newest"]["queue"]
QUEUES = ", ".join([*CONFIG["prod"]["dataconnect:queues"], "convert"])
CONSUMED = "queue/convert:consume"


def case(value: dict[str, object], key: str, shown: object, expected: str, name: str = "convert", **beyond: object) -> Any:
    """A fleet that differs from a right one by `value` gives exactly one line."""
    line = is_(f"{FLEETS}.{name}{key}", shown, expected)
    return one("prod", f"fleets.{name}", {**FLEET, **value}, line, {**QUEUE, **beyond})


def taken(name: str) -> str:
    return f"another queue: {name} consumes this one, and each message goes to one of the two"


CASES = [
    case({}, "", "search", "another name: a service is called so", name="search"),
    case({"uses": []}, "", "aggregate", "another name: a batch job is called so", name="aggregate"),
    case({"uses": []}, "", "newest", "another name: a function is called so", name="newest"),
    case({"queue": "convrt"}, ".queue", "convrt", f"one of queues: {QUEUES}"),
    case({"queue": "ingest"}, ".queue", "ingest", taken("index")),
    case({"queue": FUNCTION_QUEUE}, ".queue", FUNCTION_QUEUE, taken("newest")),
    one(
        *("prod", "fleets.convert", FLEET),
        is_(f"{FLEETS}.another.queue", "convert", taken("convert")),
        {**QUEUE, "fleets.another": {**FLEET, "repository": "dataconnect/another"}},
    ),
    case(
        {"repository": "dataconnect-search"},
        ".repository",
        "dataconnect-search",
        "a repository that differs from dataconnect/search by more than / and -",
    ),
    case(
        {},
        "",
        "dataconnect-owner",
        "another name: PostgreSQL, RDS or the platform has dataconnect_owner, and it logs in to the database as that",
        name="dataconnect-owner",
    ),
    case({"minInstances": 0}, ".minInstances", 0, "1 to 500"),
    case({"uses": [CONSUMED]}, ".uses[0]", CONSUMED, "no consume of queue/convert: what queue names, it consumes by that"),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert line in refused(stack, edits)


def test_an_image_that_is_not_copied_to_the_recovery_region_is_refused() -> None:
    lines = refused("prod", {**QUEUE, "fleets.convert": {**FLEET, "repository": "other/convert"}})
    expected = "a repository below dataconnect/: no image of another is copied to the recovery region"
    assert lines == [is_(f"{FLEETS}.convert.repository", "other/convert", expected)]


def test_a_fleet_takes_a_rule_of_the_databases_group() -> None:
    prod = CONFIG["prod"]
    room = 50 - sum(len(prod.get(f"dataconnect:{kind}", {})) for kind in ("services", "functions", "fleets"))
    edits: dict[str, object] = {}
    for number in range(room + 1):
        edits |= {f"queues.q{number}x": {}, f"fleets.f{number}x": {**FLEET, "queue": f"q{number}x", "uses": []}}
    last = f"{FLEETS}.f{room}x"
    assert refused("prod", edits) == [
        is_(
            last, "one of 51", "at most 50 services, functions and fleets: each takes one rule of the database's security group"
        )
    ]
    del edits[f"fleets.f{room}x"]
    accepted("prod", edits, PrimarySettings)


def test_instances_take_addresses_and_a_tenth_more_while_spot_goes() -> None:
    def taken(most: int) -> int:
        large: dict[str, object] = {**FLEET, "maxInstances": most, "uses": []}
        (line,) = refused("prod", {**QUEUE, "fleets.convert": large, "services.search.maxTasks": 5000})
        return int(line.rpartition("functions, jobs and fleets take ")[2])

    # 2 and 13 (12.1) addresses.
    assert taken(11) - taken(1) == 11


def test_without_nat_a_fleet_needs_session_manager_and_its_queue() -> None:
    endpoints = [each for each in CONFIG["prod"]["dataconnect:network"]["interfaceEndpoints"] if each != "sqs"]
    edits: dict[str, object] = {"network.nat": "none", "network.interfaceEndpoints": endpoints}
    assert ("fleets" in "".join(refused("prod", edits))) == bool(CONFIG["prod"].get("dataconnect:fleets"))
    lines = refused("prod", {**edits, **QUEUE, "fleets.convert": {**FLEET, "uses": []}})
    assert "ssm (fleets), ssmmessages (fleets), autoscaling (fleets), sqs (fleets)" in "".join(lines)


def told_of_recovery(change: dict[str, object]) -> list[str]:
    """What is said of prod-recovery with a fleet that differs from prod's by `change`."""
    others = {"prod": edited("prod", {**QUEUE, "fleets.convert": FLEET})}
    own = edited("prod-recovery", {**QUEUE, "fleets.convert": {**FLEET, **change}})
    try:
        parse(own, stack="prod-recovery", others=others)
    except SettingsError as error:
        return str(error).splitlines()
    return []


def test_recovery_has_prods_fleets_with_an_image_of_its_own_region() -> None:
    other = "ami-0a1b2c3d4e5f60719"
    assert told_of_recovery({"imageId": other, "instanceTypes": ["m7g.large", "m6g.large"], "maxInstances": 9}) == []
    (line,) = told_of_recovery({})
    assert line.endswith(
        f"{FLEETS}.convert.imageId is '{FLEET['imageId']}'; expected that image's id in this region: Pulumi.prod.yaml has this "
        "one, and an id is of one region"
    )
    (line,) = told_of_recovery({"imageId": other, "digest": f"sha256:{'6' * 64}"})
    assert f"{FLEETS}.convert.digest is " in line
