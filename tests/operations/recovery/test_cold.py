"""`failover --cold`: what it asks before it builds, the `up` that it gives, and where it goes on.

Pulumi is a script here that takes note of its command; the real engine runs the same `up` in tests/end_to_end/test_cold.py.
"""

import json
import stat
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from functions.recovery import plan
from operations.command import app
from operations.errors import Code
from operations.recovery import cold
from tests.operations.recovery.world import HERE, OUTPUTS, TABLE, THERE, World

NOW: Final = datetime(2026, 11, 30, 8, tzinfo=UTC)
OWN: Final = "123456789012"
"""moto's account."""
ARN: Final = f"arn:aws:rds:{HERE}:{OWN}:auto-backup:ab-1a2b3c4d5e6f7g"
COLD: Final[dict[str, Any]] = {
    "stack": "prod-recovery",
    "warmth": "cold",
    "cold": {"region": HERE, "account": OWN, "primaryRegion": THERE, "table": TABLE, "backups": {"database": ARN}},
}
BUILT: Final = {**OUTPUTS, "warmth": "restored"}
UP: Final = [
    *("up", "--yes", "--skip-preview", "--non-interactive", "--stack", "prod-recovery"),
    *("--config", "dataconnect:warmth=restored"),
]
PULUMI: Final = """#!/usr/bin/env python3
import json, pathlib, sys
here = pathlib.Path(__file__).parent
words = sys.argv[1:]
with (here / "said").open("a") as said:
    said.write(json.dumps(words) + "\\n")
if words[0] == "stack":
    print((here / "outputs.json").read_text())
elif (here / "fails").exists():
    print("error: the stack is currently locked by 1 lock(s)")
    sys.exit(255)
else:
    print("+ aws:rds:Instance database created")
    (here / "outputs.json").write_text((here / "built.json").read_text())
"""


class Rds:
    """RDS as a cold region has it: moto keeps no replicated backups."""

    def __init__(self) -> None:
        self.latest: datetime | None = NOW - timedelta(seconds=300)

    def describe_db_instance_automated_backups(self, **asked: str) -> dict[str, Any]:
        assert asked == {"DBInstanceAutomatedBackupsArn": ARN}
        window = {} if self.latest is None else {"RestoreWindow": {"LatestTime": self.latest}}
        return {"DBInstanceAutomatedBackups": [{"Status": "Replicating", **window}]}


class Region(World):
    """A cold region, and a Pulumi that builds it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.folder, self.rds = folder, Rds()
        script = folder / "pulumi"
        script.write_text(PULUMI)
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        self.has(COLD)
        (folder / "built.json").write_text(json.dumps(BUILT))
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        monkeypatch.setattr(cold, "time", SimpleNamespace(time=NOW.timestamp))
        opened = cold._open
        monkeypatch.setattr(cold, "_open", lambda told: (self.rds, opened(told)[1]))

    def has(self, outputs: Mapping[str, Any]) -> None:
        (self.folder / "outputs.json").write_text(json.dumps(outputs))

    def beats(self, ago: int) -> None:
        """The other region told its last number so many seconds ago."""
        number = str(int(NOW.timestamp()) - ago)
        item = {"id": {"S": "heartbeat"}, "item": {"S": THERE}, "number": {"N": number}}
        self.record.dynamodb.put_item(TableName=TABLE, Item=item)

    @property
    def ups(self) -> list[list[str]]:
        """The commands that would have changed something."""
        said = [json.loads(line) for line in (self.folder / "said").read_text().splitlines()]
        return [words for words in said if words[0] != "stack"]

    def order(self, *words: str, accept: str = "600") -> Result:
        command = ["recovery", "failover", "--stack", "prod-recovery", "--cold", "--accept-data-loss", accept, *words]
        return CliRunner().invoke(app, command, obj=self.open, catch_exceptions=False)


@pytest.fixture
def region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Region]:
    with mock_aws():
        yield Region(tmp_path, monkeypatch)


GO: Final = ("--yes", "prod-recovery", "--run", "r1")


def test_the_region_is_built_of_its_backups_and_then_taken_over_as_any_other(region: Region) -> None:
    region.beats(120)
    done = region.order(*GO)
    assert done.exit_code == 0, done.stderr
    assert region.ups == [UP]
    assert [(order["mode"], order["acceptLoss"]) for order in region.awslambda.orders.values()] == [("disaster", 600)]
    said = done.stderr.splitlines()
    assert said[:2] == [
        "+00:00  database can be restored to 2026-11-30 07:55:00 UTC (replicating)",
        "+00:00  loss: 180 s, 300 s at the most",
    ]
    assert said[2].startswith("+00:") and said[2].endswith("--config dataconnect:warmth=restored (about 33:00)")
    assert said[3] == "+ aws:rds:Instance database created"
    assert "commit dataconnect:warmth: restored in Pulumi.prod-recovery.yaml" in said[4]
    assert "# Run r1: disaster to us-west-2, done" in done.stdout


def test_given_again_it_goes_on_with_what_is_built(region: Region) -> None:
    region.has(BUILT)
    assert region.order(*GO).exit_code == 0
    assert (region.ups, [*region.awslambda.orders]) == ([], ["r1"])


def test_an_up_that_fails_is_told_and_the_same_command_goes_on(region: Region) -> None:
    region.beats(120)
    (region.folder / "fails").touch()
    failed = region.order(*GO)
    assert failed.exit_code == Code.FAILED
    assert "error: the stack is currently locked by 1 lock(s)" in failed.stderr
    assert "ended with 255" in failed.stderr and "pulumi cancel --stack prod-recovery" in failed.stderr
    assert region.awslambda.orders == {}
    (region.folder / "fails").unlink()
    assert region.order(*GO).exit_code == 0
    assert (region.ups, [*region.awslambda.orders]) == ([UP, UP], ["r1"])


def test_a_region_that_is_cold_after_its_up_is_told(region: Region) -> None:
    region.beats(120)
    (region.folder / "built.json").write_text(json.dumps(COLD))
    assert "prod-recovery is cold still; expected dataconnect:warmth restored" in region.order(*GO).stderr


def test_a_loss_above_what_was_accepted_is_refused_before_anything_is_built(region: Region) -> None:
    region.beats(0)
    refused = region.order(*GO, accept="60")
    assert refused.exit_code == Code.CONFLICT
    assert "60 s are accepted: accept at least 300" in refused.stderr
    assert (region.ups, region.awslambda.orders) == ([], {})


def test_a_loss_that_nobody_knows_is_bounded_by_the_time_since_the_backup(region: Region) -> None:
    refused = region.order(*GO, accept="60")
    assert refused.exit_code == Code.CONFLICT
    assert "the loss is unknown and at most 300 s" in refused.stderr
    refused = region.order(*GO, accept="600")
    assert 'its bound grows meanwhile; accept it with "unknown"' in refused.stderr
    assert region.ups == []
    assert region.order(*GO, accept="unknown").exit_code == 0


def test_without_a_moment_to_restore_to_nothing_is_accepted(region: Region) -> None:
    region.rds.latest = None
    refused = region.order(*GO, accept="unknown")
    assert refused.exit_code == Code.CONFLICT
    assert "nothing to restore in us-west-2: no moment is known of database (replicating)" in refused.stderr
    assert region.ups == []


def test_a_dry_run_names_each_call_and_builds_nothing(region: Region) -> None:
    told = region.order("--dry-run", "--json")
    assert told.exit_code == 0
    document = json.loads(told.stdout)
    assert document["calls"] == [
        f"rds:DescribeDBInstanceAutomatedBackups in {HERE} of {ARN}",
        f"dynamodb:GetItem in {HERE} of {TABLE}",
        "pulumi " + " ".join(UP),
    ]
    assert document["steps"] == [step.name for step in plan.steps(plan.DISASTER)]
    assert (region.ups, region.awslambda.orders) == ([], {})


@pytest.mark.parametrize(
    ("outputs", "words", "told"),
    [
        ({**OUTPUTS, "warmth": "warm"}, GO, "prod-recovery has a replica of the database; expected a cold recovery stack, or"),
        ({"stack": "prod-recovery"}, GO, "prod-recovery is no recovery stack; expected a cold recovery stack, or"),
        ({**COLD, "warmth": "tepid"}, GO, "output warmth is 'tepid'; expected one of warm, cold, restored"),
        ({**COLD, "cold": {**COLD["cold"], "table": ""}}, GO, "output cold.table is ''; expected a text"),
        ({**COLD, "cold": {**COLD["cold"], "account": "222222222222"}}, GO, f"the credentials are of account {OWN}"),
        (COLD, (*GO, "--mode", "planned"), "--cold is given with --mode planned: a backup lacks what came after it; expected"),
        (COLD, (*GO, "--outputs", "file.json"), "--cold is given with --outputs, which change meanwhile; expected"),
        (COLD, ("--run", "r1"), "--yes is not given; give --yes prod-recovery"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_built(
    region: Region, outputs: dict[str, Any], words: tuple[str, ...], told: str
) -> None:
    region.has(outputs)
    refused = region.order(*words)
    assert refused.exit_code == Code.USAGE
    assert told in refused.stderr
    assert region.awslambda.orders == {}
    said = region.folder / "said"
    assert not said.exists() or region.ups == []


def test_without_cold_a_cold_region_says_what_is_missing(region: Region) -> None:
    region.tell(COLD)
    refused = region.run("failover", "--mode", "disaster", "--yes", "prod-recovery")
    assert refused.exit_code == Code.USAGE
    assert "prod-recovery is cold: there is nothing to take over with; build it: failover --cold" in refused.stderr
