"""A stack against the files of the others: those it names, and all that have a network."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from settings import RecoverySettings, SettingsError, StackSettings, parse
from tests.settings.stack_files import CONFIG, OWN, accepted, edited, refused

TABLE = {"hashKey": "id"}
RAW = CONFIG["prod"]["dataconnect:lake"]["buckets"]["raw"]
SERVICES = CONFIG["prod"]["dataconnect:services"]


@pytest.mark.parametrize(
    ("stack", "edits", "lines"),
    [
        (
            "prod-recovery",
            {"primaryStack": "prod-replication"},
            [
                "primaryStack is 'prod-replication'; expected a stack whose dataconnect:role is primary: "
                "Pulumi.prod-replication.yaml says replication"
            ],
        ),
        ("prod-recovery", {"tables.more": TABLE}, ["tables.more is there; expected nothing, as in Pulumi.prod.yaml"]),
        (
            "prod-recovery",
            {"tables.sessions.hashKey": "id"},
            ["tables.sessions.hashKey is 'id'; expected session_id, as in Pulumi.prod.yaml"],
        ),
        (
            "prod-recovery",
            {"services.search.uses": [], "services.data-products.uses": []},
            [
                f"services.search.uses is []; expected {SERVICES['search']['uses']}, as in Pulumi.prod.yaml",
                f"services.data-products.uses is []; expected {SERVICES['data-products']['uses']}, as in Pulumi.prod.yaml",
            ],
        ),
        (
            "prod-recovery",
            {"ingress.domain": "x.prod.dataconnect.example"},
            ["ingress.domain is 'x.prod.dataconnect.example'; expected app.prod.dataconnect.example, as in Pulumi.prod.yaml"],
        ),
        ("prod-recovery", {"database.port": 5433}, ["database.port is 5433; expected nothing, as in Pulumi.prod.yaml"]),
        (
            "prod-recovery",
            {"database.engineVersion": "16"},
            ["database.engineVersion is '16'; expected 17, as in Pulumi.prod.yaml"],
        ),
        (
            "prod-recovery",
            {"database.instanceClass": "db.r7g.large"},
            [
                "database.instanceClass is 'db.r7g.large'; "
                "expected no less memory and no fewer vCPUs than db.r7g.xlarge of Pulumi.prod.yaml"
            ],
        ),
        (
            "prod-replication",
            {"lake.buckets.raw.lockDays": 30},
            [
                f"lake.buckets.raw.lockDays is 30; expected {RAW['lockDays']}, as in Pulumi.prod.yaml",
                f"lake.buckets.raw.lockDays is 30; expected {RAW['lockDays']}, as in Pulumi.prod-recovery.yaml",
            ],
        ),
        (
            "prod-replication",
            {"recoveryRegion": "us-west-1"},
            [
                "recoveryRegion is 'us-west-1'; expected us-west-2, dataconnect:recoveryRegion of Pulumi.prod.yaml",
                "recoveryRegion is 'us-west-1'; expected us-west-2, aws:region of Pulumi.prod-recovery.yaml",
            ],
        ),
        (
            "prod-replication",
            {"recoveryStack": "prod-replication"},
            ["recoveryStack is 'prod-replication'; expected another stack than this one"],
        ),
    ],
    ids=str,
)
def test_what_differs_is_told_with_both_files(stack: str, edits: dict[str, object], lines: list[str]) -> None:
    if "database.port" in edits:
        lines = [lines[0].replace("is 5433", "is there")]
    told = refused(stack, edits)
    assert [line for line in lines if f"dataconnect:{line}" not in told] == []
    assert len(told) == len(lines) or "primaryStack" in edits


def test_sizes_are_a_region_s_own() -> None:
    services = {**OWN["prod-recovery"]["dataconnect:services"], "search": {"minTasks": 1, "maxTasks": 2, "cpu": 512}}
    known = parse({**OWN["prod-recovery"], "dataconnect:services": services}, stack="prod-recovery")
    assert isinstance(known, RecoverySettings)
    assert known.services["search"].cpu == 512


def test_a_stack_without_a_file_here_is_somebody_else_s() -> None:
    elsewhere = {"dataconnect:primaryStack": "elsewhere", "dataconnect:primaryRegion": "us-east-1"}
    known = parse({**OWN["prod-recovery"], **elsewhere}, stack="prod-recovery")
    assert isinstance(known, RecoverySettings)
    assert known.primary_stack == "elsewhere"


def test_the_other_s_file_is_read_where_it_stands(project: Path) -> None:
    file = project / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("us-east-2", "us-east-1"))
    with pytest.raises(
        SettingsError, match=r"primaryRegion is 'us-east-2'; expected us-east-1, aws:region of Pulumi\.prod\.yaml"
    ):
        parse(CONFIG["prod-recovery"], stack="prod-recovery")
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"^Pulumi\.prod\.yaml: is not UTF-8 in line 1; expected text in UTF-8$"):
        parse(CONFIG["prod-recovery"], stack="prod-recovery")


NETWORKS = {stack: own["dataconnect:network"]["cidr"] for stack, own in CONFIG.items() if "dataconnect:network" in own}
RESERVED = "dataconnect:network.reservedCidrs"
FREE = "192.168.0.0/16"


def told(stack: str, edits: dict[str, object]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        parse(edited(stack, edits), stack=stack)
    return str(caught.value).splitlines()


def lacks(holder: str, lacking: str, of: str) -> str:
    return f"Pulumi.{holder}.yaml: {RESERVED} lacks {lacking}; expected it in the list: it is the range of Pulumi.{of}.yaml"


def test_a_network_s_range_is_reserved_by_every_other_network() -> None:
    others = [stack for stack in NETWORKS if stack != "dev"]
    assert told("dev", {"network.cidr": FREE}) == [lacks(other, FREE, "dev") for other in others]


def test_a_network_reserves_the_range_of_every_other_one() -> None:
    others = [stack for stack in NETWORKS if stack != "dev"]
    assert told("dev", {"network.reservedCidrs": []}) == [lacks("dev", NETWORKS[other], other) for other in others]


def test_a_network_of_a_new_stack_is_told_with_the_files_that_do_not_reserve_it_yet(project: Path) -> None:
    network = {"cidr": FREE, "zones": ["us-east-1a", "us-east-1b"], "reservedCidrs": list(NETWORKS.values())}
    own = edited("dev", {"aws:region": "us-east-1", "network": {**CONFIG["dev"]["dataconnect:network"], **network}})
    own |= {"dataconnect:dns": {"zone": "x.example"}, "dataconnect:budget": None}
    own["dataconnect:ingress"] = {**own["dataconnect:ingress"], "domain": "app.x.example"}
    with pytest.raises(SettingsError) as caught:
        parse(own, stack="new")
    assert str(caught.value).splitlines() == [lacks(other, FREE, "new") for other in NETWORKS]
    for stack in NETWORKS:
        file = project / f"Pulumi.{stack}.yaml"
        file.write_text(file.read_text().replace("reservedCidrs: [", f"reservedCidrs: [{FREE}, "))
    assert parse(own, stack="new")


def test_networks_that_overlap_are_told_with_both_files() -> None:
    inside = NETWORKS["prod"].replace(".0.0/16", ".128.0/20")
    reserved = [cidr for stack, cidr in NETWORKS.items() if stack not in ("dev", "prod")]
    line = (
        f"Pulumi.dev.yaml: dataconnect:network.cidr is '{inside}'; "
        f"expected a range that does not overlap {NETWORKS['prod']}, that of Pulumi.prod.yaml"
    )
    assert line in told("dev", {"network.cidr": inside, "network.reservedCidrs": reserved})


def test_a_larger_range_reserves_what_lies_in_it_and_further_ones_may_be_reserved() -> None:
    own, others = IPv4Network(NETWORKS["dev"]), [IPv4Network(cidr) for stack, cidr in NETWORKS.items() if stack != "dev"]
    one = next(each for each in others if not each.supernet().overlaps(own))
    reserved = [str(one.supernet()), *(str(each) for each in others if each != one), FREE]
    accepted("dev", {"network.reservedCidrs": reserved}, StackSettings)


def test_another_stack_s_broken_file_or_range_is_told_by_its_own_preview(project: Path) -> None:
    (project / "Pulumi.prod.yaml").write_bytes(b"\xff")
    file = project / "Pulumi.prod-recovery.yaml"
    file.write_text(file.read_text().replace(f"cidr: {NETWORKS['prod-recovery']}", "cidr: none"))
    assert parse(CONFIG["dev"], stack="dev")
