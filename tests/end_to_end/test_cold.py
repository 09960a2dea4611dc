"""A recovery region without a pilot light on the real engine: cold, built from backups by the command, and what comes after.

RDS and the table `recovery` are told by the test; the `up` is the command's own, with the primary region lost. The one life is
run once; each test looks at a stage of it.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final

import pytest
import yaml

from functions.recovery.backups import Backup
from operations import pulumi_outputs
from operations.errors import OperationError
from operations.recovery import cold
from tests.end_to_end.regions import PRIMARY, RECOVERY, STACKS, Change, Regions, Resource
from tests.end_to_end.test_recovery import HOLDS_DATA, REFRESH, SEEDED, unwanted

STACK: Final = "prod-recovery"
HOURLY: Final = (
    *("rds/instance", "elasticache/replicationGroup", "opensearch/domain", "lb/loadBalancer", "ec2/natGateway", "ec2/eip"),
    *("ec2/vpcEndpoint", "ecs/service", "batch/computeEnvironment"),
)
"""What costs by the hour, or would as soon as it runs."""


@dataclass
class Life:
    """What was seen in each stage.

    Attributes:
        plans: Stage, and stack -> what an `up` would have done.
        resources: Stage -> the recovery stack's resources.
        said: What the command told.
    """

    plans: dict[tuple[str, str], set[Change]] = field(default_factory=dict[tuple[str, str], set[Change]])
    resources: dict[str, Mapping[tuple[str, str], Resource]] = field(
        default_factory=dict[str, Mapping[tuple[str, str], Resource]]
    )
    said: list[str] = field(default_factory=list[str])


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    regions, seen = Regions(tmp_path_factory.mktemp("regions") / "project"), Life()

    def look(stage: str, *stacks: str, lost: str | None = None) -> None:
        for stack in stacks:
            seen.plans[stage, stack] = regions.preview(stack, REFRESH, lost=lost)

    regions.commit(STACK, warmth="cold")
    # What is exempted is not there, and a pack refuses an exemption of nothing.
    exemptions = regions.project / "policies" / "exemptions.yaml"
    all_of_them = exemptions.read_text()
    listed = yaml.safe_load(all_of_them)
    kept = [each for each in listed if f":{STACK}::" not in each["resource"] or each["resource"].endswith("::notifier-secret")]
    exemptions.write_text(yaml.safe_dump(kept))
    for stack in STACKS:
        regions.run("stack", "init", stack).ok()
        regions.up(stack).ok()
    seen.resources["cold"] = regions.resources(STACK)
    look("cold", STACK, "prod-replication")

    # What the command will do, and that it does.
    regions.commit(STACK, warmth="restored")
    seen.plans["to be built", STACK] = regions.preview(STACK, lost=PRIMARY)
    regions.commit(STACK, warmth="cold")
    with pytest.MonkeyPatch.context() as patch:
        _commanded(regions, patch)
        found = cold.load(STACK)
        assert found is not None
        patch.setenv("DATACONNECT_SANDBOX_REFUSE_REGION", RECOVERY)
        with pytest.raises(OperationError, match="then give the same command"):
            cold.build(found, 600, lambda _: None)
        assert cold.load(STACK) == found
        patch.setenv("DATACONNECT_SANDBOX_REFUSE_REGION", PRIMARY)
        cold.build(found, 600, seen.said.append)
        assert cold.load(STACK) is None
    regions.commit(STACK, warmth="restored")
    exemptions.write_text(all_of_them)
    seen.resources["built"] = regions.resources(STACK)
    look("built", STACK, lost=PRIMARY)
    look("built", "prod-replication")

    regions.turn(STACK, on=True)
    regions.commit(STACK, active=True)
    regions.commit("prod", standby=True)
    look("told", STACK, lost=PRIMARY)
    regions.up(STACK, REFRESH, lost=PRIMARY).ok()
    look("taken over", STACK, lost=PRIMARY)
    # The primary's next generation is another database, and a replica: nothing is replicated of that.
    regions.turn("prod", on=False)
    regions.commit("prod", database=SEEDED)
    regions.up("prod", REFRESH).ok()
    look("seeded", STACK)
    return seen


def _commanded(regions: Regions, patch: pytest.MonkeyPatch) -> None:
    """The command line is that of the copy, and its Pulumi the sandbox's, which must not find itself on the path."""
    for module in (cold, pulumi_outputs):
        patch.setattr(module, "ROOT", regions.project)
    pulumi = regions.project / ".sandbox" / "path" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(f"#!/bin/sh\nPATH='{os.environ['PATH']}' exec '{regions.project}/sandbox/pulumi' \"$@\"\n")
    pulumi.chmod(0o755)
    patch.setenv("PATH", str(pulumi.parent), prepend=":")
    patch.setenv("DATACONNECT_SANDBOX_DIR", str(regions.project / ".sandbox"))
    now = int(time.time())
    newest = {"database": Backup("replicating", now - 300)}
    patch.setattr(cold.backups, "look", lambda _rds, arns: newest if [*arns] == ["database"] else pytest.fail(f"{arns}"))
    record = SimpleNamespace(heartbeat=lambda _: now - 30, sign_of_life=lambda *_: now - 30)
    patch.setattr(cold, "_open", lambda _: (None, record))


def test_a_cold_region_has_nothing_that_costs_by_the_hour(life: Life) -> None:
    kinds = {kind for kind, _ in life.resources["cold"]}
    assert not kinds & {*HOURLY}
    assert {kind for kind, _ in life.resources["built"]} >= {*HOURLY}


@pytest.mark.parametrize(
    ("stage", "stack"),
    [
        ("cold", STACK),
        ("cold", "prod-replication"),
        ("built", STACK),
        ("built", "prod-replication"),
        ("taken over", STACK),
        ("seeded", STACK),
    ],
)
def test_nothing_unwanted_is_left_to_change(life: Life, stage: str, stack: str) -> None:
    assert life.plans[stage, stack] == set()


def test_no_stage_replaces_or_deletes_what_holds_data(life: Life) -> None:
    assert {stage: found for stage, plan in life.plans.items() if (found := unwanted(plan))} == {}
    before, after = (
        {identity: found["id"] for identity, found in life.resources[stage].items() if identity[0] in HOLDS_DATA}
        for stage in ("cold", "built")
    )
    assert before and before == {identity: after.get(identity) for identity in before}


def test_building_takes_away_the_watch_over_the_backups_and_nothing_else(life: Life) -> None:
    plan = life.plans["to be built", STACK]
    gone = {change for change in plan if change[0] not in ("create", "update")}
    assert {name.startswith(("backup-watch", "backup")) for _, _, name in gone} == {True}
    assert {(how, kind) for how, kind, name in gone if name == "backup"} == {("replace", "backup/selection")}


def test_the_database_is_restored_from_the_copies_that_the_cold_region_had(life: Life) -> None:
    copies = life.resources["cold"]["rds/instanceAutomatedBackupsReplication", "database-backups"]
    assert copies["inputs"]["region"] == RECOVERY and f":{PRIMARY}:" in copies["inputs"]["sourceDbInstanceArn"]
    database: dict[str, Any] = dict(life.resources["built"]["rds/instance", "database"]["inputs"])
    assert database["restoreToPointInTime"] == {
        "sourceDbInstanceAutomatedBackupsArn": copies["id"],
        "useLatestRestorableTime": True,
    }
    assert "replicateSourceDb" not in database
    assert database["kmsKeyId"] == copies["inputs"]["kmsKeyId"]


def test_the_command_goes_on_after_an_up_that_failed_and_tells_what_to_commit(life: Life) -> None:
    assert any("pulumi up --yes --skip-preview" in line for line in life.said)
    assert "commit dataconnect:warmth: restored in Pulumi.prod-recovery.yaml" in life.said[-1]


def test_after_the_failover_the_program_is_told_as_after_any_other(life: Life) -> None:
    assert {change for change in life.plans["told", STACK] if change[1] != "cloudwatch/dashboard"} == {
        ("create", "lambda/invocation", "database-users")
    }
