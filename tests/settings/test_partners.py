"""A recovery or replication stack against the files of the stacks it names."""

from pathlib import Path

import pytest

from settings import RecoverySettings, SettingsError, parse
from tests.settings.stack_files import CONFIG, OWN, refused

TABLE = {"hashKey": "id"}
BUCKETS = CONFIG["prod"]["dataconnect:lake"]["buckets"]
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
            {"lake.buckets": ["raw"]},
            [
                f"lake.buckets is ['raw']; expected {BUCKETS}, as in Pulumi.prod.yaml",
                f"lake.buckets is ['raw']; expected {BUCKETS}, as in Pulumi.prod-recovery.yaml",
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
