"""A stack against the files of all others: what a copy of one must not keep."""

from pathlib import Path
from typing import Any

import pytest

from settings import SettingsError, parse
from tests.settings.stack_files import CONFIG, OWN


def told(stack: str, config: dict[str, Any]) -> list[str]:
    try:
        parse(config, stack=stack)
    except SettingsError as error:
        return [line.removeprefix(f"Pulumi.{stack}.yaml: ") for line in str(error).splitlines()]
    return []


def copy_of(stack: str, **changes: object) -> dict[str, Any]:
    return {**OWN[stack], **{f"dataconnect:{key}": value for key, value in changes.items()}}


def test_a_copy_of_a_stack_is_told_what_only_one_can_have() -> None:
    lines = told("prod-b", copy_of("prod"))
    cidr, zone = "10.20.0.0/16", "prod.dataconnect.example"
    assert [line for line in lines if "services" not in line] == [
        "dataconnect:budget is there; "
        "expected none: Pulumi.prod.yaml has one of the same account, and what an account costs is one sum",
        f"dataconnect:dns.zone is {zone!r}; "
        "expected another zone: Pulumi.prod.yaml has it, and the parent zone delegates to one of the two only",
        f"dataconnect:network.cidr is {cidr!r}; expected a range that does not overlap {cidr}, that of Pulumi.prod.yaml",
    ]
    services = CONFIG["prod"]["dataconnect:services"]
    assert [line for line in lines if "services" in line] == [
        f"dataconnect:services.{name}.repository is {service['repository']!r}; "
        "expected a repository of its own: Pulumi.prod.yaml makes this one in the same account and region"
        for name, service in services.items()
    ]


def test_another_region_has_repositories_of_its_own(project: Path) -> None:
    reserved = [own["dataconnect:network"]["cidr"] for own in OWN.values() if "dataconnect:network" in own]
    for file in project.glob("Pulumi.*.yaml"):
        file.write_text(file.read_text().replace("reservedCidrs: [", "reservedCidrs: [10.50.0.0/16, "))
    network = {"cidr": "10.50.0.0/16", "zones": ["us-east-1a", "us-east-1b"], "reservedCidrs": reserved}
    own = copy_of("dev", budget=None, network=network, dns={"zone": "x.example"}, ingress={"domain": "app.x.example"})
    assert told("training", {**own, "aws:region": "us-east-1"}) == []
    here = {**network, "zones": ["us-east-2a", "us-east-2b"]}
    lines = told("training", {**own, "dataconnect:network": here})
    assert [line.partition(" ")[0] for line in lines] == [
        f"dataconnect:services.{name}.repository" for name in OWN["dev"]["dataconnect:services"]
    ]


@pytest.mark.parametrize(("region", "says"), [("us-west-1", "is 'us-west-1'"), (None, "is missing")])
def test_a_primary_copies_to_where_its_recovery_stands(region: str | None, says: str) -> None:
    assert told("prod", copy_of("prod", recoveryRegion=region)) == [
        f"dataconnect:recoveryRegion {says}; expected us-west-2, aws:region of Pulumi.prod-recovery.yaml, its recovery stack"
    ]


@pytest.mark.parametrize("repository", [[], {}, None, 1])
def test_what_is_no_repository_in_another_file_is_nobody_s(project: Path, repository: object) -> None:
    file = project / "services" / "bi.yaml"
    file.write_text(file.read_text().replace("repository: dataconnect/bi", f"repository: {repository}"))
    services = {name: each for name, each in OWN["dev"]["dataconnect:services"].items() if name != "bi"}
    own = {**OWN["dev"], "aws:region": "us-east-2", "dataconnect:services": services}
    assert told("dev", own) == []


def test_a_stack_has_one_recovery() -> None:
    lines = told("prod-recovery-b", copy_of("prod-recovery"))
    assert (
        "dataconnect:primaryStack is 'prod'; expected another stack: Pulumi.prod-recovery.yaml is the recovery of this one"
        in lines
    )


def test_a_broken_file_of_a_stack_that_is_not_named_stops_no_other(project: Path) -> None:
    (project / "Pulumi.dev.yaml").write_text("a: [")
    assert told("prod", OWN["prod"]) == []
    (project / "Pulumi.dev.yaml").write_text(
        "config: {dataconnect:services: 1, dataconnect:network: [x], dataconnect:role: []}"
    )
    assert told("prod", OWN["prod"]) == []
