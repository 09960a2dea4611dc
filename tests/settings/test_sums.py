"""Limits that only bite in sum, and services that get in each other's way."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PrimarySettings, SettingsError, parse
from settings.sums import MOST_SERVICES
from settings.tags import MOST_FURTHER
from tests.settings.stack_files import CONFIG, OWN, REMOVED, accepted, edited, refused

SEARCH: dict[str, Any] = CONFIG["prod"]["dataconnect:services"]["search"]


def lines(project: Path, services: dict[str, dict[str, Any]]) -> list[str]:
    """What is said of prod with these services besides its own health path's."""
    for name, service in services.items():
        content = {**SEARCH, "repository": f"dataconnect/{name}", "paths": [f"/{name}/*"], **service}
        (project / "services" / f"{name}.yaml").write_text(json.dumps(content))
    own = {**OWN["prod"], "dataconnect:services": {**OWN["prod"]["dataconnect:services"], **{name: {} for name in services}}}
    try:
        parse(own, stack="prod")
    except SettingsError as error:
        return str(error).splitlines()
    return []


def without_fleets(project: Path) -> None:
    """Take the fleets out of prod, which has none as committed: it is told of them first."""
    file = project / "settings" / "defaults" / "prod.yaml"
    file.write_text(
        yaml.safe_dump({key: value for key, value in yaml.safe_load(file.read_text()).items() if "fleets" not in key})
    )


def test_as_many_services_as_a_security_group_has_rules_for(project: Path) -> None:
    functions = [*CONFIG["prod"]["dataconnect:functions"]]
    without_fleets(project)
    room = MOST_SERVICES - len(OWN["prod"]["dataconnect:services"]) - len(functions)
    more = {f"s{number}": {"priority": 1000 + number} for number in range(room)}
    assert lines(project, more) == []
    further = {f"t{number}": {"priority": 2000 + number} for number in range(len(functions) + 1)}
    (line,) = lines(project, {**more, "t0": further["t0"]})
    assert line == (
        f"settings/defaults/all.yaml: dataconnect:functions.{functions[-1]} is 'one of 51'; "
        "expected at most 50 services and functions: each takes one rule of the database's security group"
    )
    assert lines(project, {**more, **further})[0] == (
        "Pulumi.prod.yaml: dataconnect:services is 51; "
        "expected 1 to 50 services: each takes one rule of the database's security group"
    )


def test_tasks_have_addresses_also_while_they_are_deployed(project: Path) -> None:
    # /16: three zones of 2,043 addresses, less nine endpoints, the function that makes users and each other function in each;
    # and the jobs that all vCPUs are enough for.
    prod = CONFIG["prod"]
    own = sum(service["maxTasks"] for service in prod["dataconnect:services"].values())
    batch, smallest = prod["dataconnect:batch"], min(job["cpu"] for job in prod["dataconnect:jobs"].values())
    jobs = (batch["spotVcpus"] + batch["onDemandVcpus"]) * 1024 // smallest
    instances = sum(-(-fleet["maxInstances"] * 11 // 10) for fleet in prod.get("dataconnect:fleets", {}).values())
    taken = 3 * len(prod["dataconnect:functions"]) + jobs + instances
    together = (3 * (2043 - 9 - 1) - taken) // 2
    most = together - own
    assert lines(project, {"large": {"priority": 3, "maxTasks": most}}) == []
    (line,) = lines(project, {"large": {"priority": 3, "maxTasks": most + 1}})
    assert line == (
        f"services/large.yaml: maxTasks is '{most + 1} of {together + 1}'; expected at most {together} tasks of all services "
        f"together: a deployment doubles them, and each takes an address; functions, jobs and fleets take {taken}"
    )


def test_a_certificate_bears_ten_names() -> None:
    domain = "app.prod.dataconnect.example"

    def hosts(*names: str) -> list[str]:
        return [f"{name}.{domain}" for name in names]

    edits: dict[str, object] = {
        "services.bi.hosts": hosts("a", "b", "c", "d"),
        "services.realtime.hosts": hosts("e", "f", "g", "h"),
    }
    accepted("prod", edits, PrimarySettings)
    (line,) = refused("prod", {**edits, "services.data-products.hosts": hosts("i")})
    assert line == (
        "dataconnect:services.data-products.hosts is 'one of 9 hosts'; "
        "expected at most 8 hosts in all services: a certificate bears 10 names (ACM's quota)"
    )


def test_a_load_balancer_lets_thirty_ranges_in() -> None:
    ranges = [f"198.51.100.{number}/32" for number in range(31)]
    # Whom Slack's orders come from is not known by a range.
    accepted("dev", {"orders": REMOVED, "ingress.allowedCidrs": ranges[:30]}, PrimarySettings)
    assert refused("dev", {"orders": REMOVED, "ingress.allowedCidrs": ranges}) == [
        "dataconnect:ingress.allowedCidrs is '31 ranges'; "
        "expected at most 30 ranges: each takes two of a security group's inbound rules"
    ]


def test_tags_leave_room_for_the_program_s_own() -> None:
    tags = {f"Tag{number}": "x" for number in range(MOST_FURTHER + 1)}
    own = edited("prod", {})
    own["aws:defaultTags"]["tags"] |= dict([*tags.items()][:MOST_FURTHER])
    parse(own, stack="prod")
    own["aws:defaultTags"]["tags"] |= tags
    told = f"Pulumi.prod.yaml: aws:defaultTags.tags is '{MOST_FURTHER + 1} further tags'; expected at most {MOST_FURTHER}: "
    with pytest.raises(SettingsError, match=f"^{re.escape(told)}"):
        parse(own, stack="prod")
    (line,) = refused("prod", {"aws:defaultTags.tags.Name": "x"})
    expected = "another key: components set Name, RecoveryClass, Sharing, Tier themselves"
    assert line == f"aws:defaultTags.tags.Name is 'x'; expected {expected}"


def test_a_role_s_policies_hold_what_a_service_uses() -> None:
    tables = {f"table-{number}": {"hashKey": "id"} for number in range(8)}
    uses = [f"table/{name}:read+write" for name in tables]
    edits: dict[str, object] = {"tables": {**CONFIG["prod"]["dataconnect:tables"], **tables}}
    edits["services.realtime.uses"] = uses[:4]
    accepted("prod", edits, PrimarySettings)
    (line,) = refused("prod", {**edits, "services.realtime.uses": uses})
    assert line == (
        "dataconnect:services.realtime.uses is '8 uses'; "
        "expected at most 9 verbs, fewer with paths: a role's policies hold 8640 characters of them"
    )


# Of an ARN of 90 characters a key's policy takes 94, with quotes, comma and blank; a trust policy 93: it counts no blanks.
@pytest.mark.parametrize(
    ("key", "fits", "told"),
    [
        (
            "keyAdministrators",
            (32_768 - 4_000) // 94,
            "'307 roles of 28858 bytes'; expected fewer or shorter ARNs, 28768 bytes with their quotes: "
            "all stand in the policy of a key, which holds 32768 bytes",
        ),
        (
            "tenantOperators",
            (2_048 - 850) // 93,
            "'13 roles of 1209 characters'; expected fewer or shorter ARNs, 1198 characters with their quotes: "
            "all stand in a role's trust policy, which holds 2048 characters",
        ),
    ],
)
def test_a_policy_holds_all_the_roles_that_it_names(key: str, fits: int, told: str) -> None:
    start = f"arn:aws:iam::{OWN['prod']['aws:allowedAccountIds'][0]}:role/"
    arns = [f"{start}{number:x>{90 - len(start)}}" for number in range(fits + 1)]
    accepted("prod", {key: arns[:fits]}, PrimarySettings)
    assert refused("prod", {key: arns}) == [f"dataconnect:{key} is {told}"]


@pytest.mark.parametrize(
    ("paths", "hosts", "told"),
    [
        (["/search/*", "/*"], [], [f"{name}.paths[0]" for name in CONFIG["prod"]["dataconnect:services"] if name != "search"]),
        (["/search/*", "/*"], ["x.app.prod.dataconnect.example"], []),
        (["/search/*", "/bi/reports/*"], [], []),
        (["/search/*", "/b?/*"], [], ["bi.paths[0]"]),
        (["/search/*", "/REALTIME/*"], [], []),
    ],
)
def test_a_path_that_another_rule_takes_before_is_told(paths: list[str], hosts: list[str], told: list[str]) -> None:
    edits: dict[str, object] = {
        "services.search.paths": paths,
        "services.search.hosts": hosts,
    }
    try:
        accepted("prod", edits, PrimarySettings)
        found: list[str] = []
    except SettingsError as error:
        found = str(error).splitlines()
    assert len(found) == len(told)
    assert [part for part in told if not any(part in line for line in found)] == []
