"""A failover, the way back and the next replica on the real engine with the AWS stand-in: what each stage changes, and no more.

What recovery's executor and fence do is done to the stand-in's AWS behind the engine's back (`regions.py`), every switch of a
stack at once. The one life is run once; each test looks at a stage of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pytest

from tests.end_to_end.regions import PRIMARY, RECOVERY, STACKS, Change, Regions, Resource

REFRESH: Final = "--refresh"
HOLDS_DATA: Final = (
    *("rds/instance", "dynamodb/table", "dynamodb/tableReplica", "s3/bucket", "kms/key", "kms/replicaKey"),
    *("secretsmanager/secret", "ecr/repository", "backup/vault", "opensearch/domain", "elasticache/replicationGroup"),
)
SEEDED: Final = {"generation": 2, "kept": [1]}


@dataclass
class Life:
    """What was seen in each stage.

    Attributes:
        plans: Stage, and stack -> what an `up` would have done.
        resources: Stage, and stack -> its resources, by type and name.
        said: Stage -> what the command said that ended it.
    """

    plans: dict[tuple[str, str], set[Change]] = field(default_factory=dict[tuple[str, str], set[Change]])
    resources: dict[tuple[str, str], Mapping[tuple[str, str], Resource]] = field(
        default_factory=dict[tuple[str, str], Mapping[tuple[str, str], Resource]]
    )
    said: dict[str, str] = field(default_factory=dict[str, str])


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    regions, seen = Regions(tmp_path_factory.mktemp("regions") / "project"), Life()

    def look(stage: str, *stacks: str, lost: str | None = None) -> None:
        for stack in stacks:
            seen.plans[stage, stack] = regions.preview(stack, REFRESH, lost=lost)

    for stack in STACKS:
        regions.run("stack", "init", stack).ok()
        regions.up(stack).ok()
    seen.resources["normal", "prod"] = regions.resources("prod")
    seen.resources["normal", "prod-recovery"] = regions.resources("prod-recovery")

    kinds = regions.turn("prod-recovery", on=True)
    seen.said["turned"] = " ".join(sorted(kinds))
    regions.promote("prod-recovery", "database")
    seen.plans["failed over, unseen", "prod-recovery"] = regions.preview("prod-recovery", lost=PRIMARY)
    look("failed over", "prod-recovery", lost=PRIMARY)
    regions.commit("prod-recovery", active=True)
    seen.said["one file"] = regions.run("preview", "--stack", "prod").output
    regions.commit("prod", standby=True)
    look("told", "prod-recovery", lost=PRIMARY)
    regions.up("prod-recovery", REFRESH, lost=PRIMARY).ok()
    look("taken over", "prod-recovery", lost=PRIMARY)
    seen.resources["taken over", "prod-recovery"] = regions.resources("prod-recovery")

    regions.turn("prod", on=False)
    look("back and fenced", "prod")
    regions.up("prod", REFRESH).ok()
    look("on standby", *STACKS)
    regions.commit("prod", database=SEEDED)
    look("to be seeded", "prod")
    regions.up("prod").ok()
    look("seeded", *STACKS)
    seen.resources["seeded", "prod"] = regions.resources("prod")

    regions.turn("prod-recovery", on=False)
    regions.turn("prod", on=True)
    regions.promote("prod", "database-2")
    seen.plans["failed back, unseen", "prod"] = regions.preview("prod")
    look("failed back", "prod", "prod-recovery")
    regions.commit("prod", standby=None)
    regions.commit("prod-recovery", active=None)
    # Without a next generation: an instance that follows nobody is not what the program says, and the packs refuse that.
    packs = ("--policy-pack", str(regions.project / "policies"))
    seen.said["half told"] = regions.run("preview", REFRESH, "--stack", "prod-recovery", *packs).output
    regions.commit("prod-recovery", database=SEEDED)
    look("told again", "prod", "prod-recovery")
    regions.up("prod", REFRESH).ok()
    seen.said["handed back"] = regions.up("prod-recovery", REFRESH).ok().output
    look("settled", *STACKS)
    seen.resources["settled", "prod"] = regions.resources("prod")
    seen.resources["settled", "prod-recovery"] = regions.resources("prod-recovery")

    regions.commit("prod", database={"kept": []})
    let_go = regions.up("prod")
    assert let_go.code != 0
    seen.said["let go"] = let_go.output
    return seen


def unwanted(plan: set[Change]) -> set[Change]:
    """What may not happen to what holds data."""
    return {change for change in plan if change[1] in HOLDS_DATA and ("replace" in change[0] or "delete" in change[0])}


def test_every_kind_of_switch_was_turned(life: Life) -> None:
    assert life.said["turned"].split() == [
        *("appautoscaling/target", "batch/jobQueue", "cloudwatch/eventRule", "ecs/service", "lambda/eventSourceMapping"),
        *("lb/listenerRule", "rds/instance", "scheduler/schedule"),
    ]


@pytest.mark.parametrize(
    ("stage", "stack"),
    [
        ("failed over, unseen", "prod-recovery"),
        ("failed over", "prod-recovery"),
        ("taken over", "prod-recovery"),
        *(("on standby", stack) for stack in STACKS),
        *(("seeded", stack) for stack in STACKS),
        ("failed back, unseen", "prod"),
        ("failed back", "prod"),
        ("failed back", "prod-recovery"),
        *(("settled", stack) for stack in STACKS),
    ],
)
def test_what_recovery_does_leaves_the_program_nothing_to_change(life: Life, stage: str, stack: str) -> None:
    assert life.plans[stage, stack] == set()


def test_no_stage_replaces_or_deletes_what_holds_data(life: Life) -> None:
    assert {stage: found for stage, plan in life.plans.items() if (found := unwanted(plan))} == {}


def test_once_told_the_active_stack_keeps_the_users_and_backups_of_its_database(life: Life) -> None:
    assert life.plans["told", "prod-recovery"] == {
        ("create", "lambda/invocation", "database-users"),
        ("replace", "backup/selection", "backup"),
        ("update", "cloudwatch/dashboard", "dashboard"),
        ("update", "cloudwatch/dashboard", "on-call"),
        # The final snapshot and the tag of its class: neither is a call to the database.
        ("update", "rds/instance", "database"),
        ("delete", "cloudwatch/metricAlarm", "database-database-replica-lag"),
    }
    database = life.resources["taken over", "prod-recovery"]["rds/instance", "database"]
    assert database["id"] == life.resources["normal", "prod-recovery"]["rds/instance", "database"]["id"]
    assert "replicateSourceDb" not in database["inputs"] and database["inputs"]["skipFinalSnapshot"] is False


def test_one_file_alone_is_told_by_the_primary(life: Life) -> None:
    assert "dataconnect:standby is false; expected true: Pulumi.prod-recovery.yaml says active" in life.said["one file"]


def test_a_primary_on_standby_makes_no_users_in_the_database_that_is_fenced(life: Life) -> None:
    assert life.plans["back and fenced", "prod"] == {("delete", "lambda/invocation", "database-users")}


def test_a_new_generation_is_an_instance_beside_the_old_one_which_stays_as_it_is(life: Life) -> None:
    plan = life.plans["to be seeded", "prod"]
    assert {change for change in plan if change[1] == "rds/instance"} == {
        ("create", "rds/instance", "database-2"),
        # The tag of its class: nothing follows it any more.
        ("update", "rds/instance", "database"),
    }
    assert {kind for how, kind, _ in plan if how == "replace"} <= {"ecs/taskDefinition", "batch/jobDefinition"}
    assert {kind for how, kind, _ in plan if how == "delete"} == {
        "rds/eventSubscription",
        "vpc/securityGroupIngressRule",
        "vpc/securityGroupEgressRule",
    }
    seeded = life.resources["seeded", "prod"]
    source = life.resources["taken over", "prod-recovery"]["rds/instance", "database"]["outputs"]["arn"]
    assert seeded["rds/instance", "database-2"]["inputs"]["replicateSourceDb"] == source
    old, first = seeded["rds/instance", "database"], life.resources["normal", "prod"]["rds/instance", "database"]
    assert old["id"] == first["id"] and old["protect"]
    # It stays fenced: nobody but the heartbeat is let in.
    assert len(old["inputs"]["vpcSecurityGroupIds"]) == 1


def test_handed_back_the_promoted_instance_is_the_same_resource(life: Life) -> None:
    assert life.plans["told again", "prod"] == {
        ("create", "lambda/invocation", "database-users"),
        ("replace", "backup/selection", "backup"),
        ("update", "cloudwatch/dashboard", "dashboard"),
        ("update", "cloudwatch/dashboard", "on-call"),
        ("update", "rds/instance", "database-2"),
        ("delete", "cloudwatch/metricAlarm", "database-2-database-replica-lag"),
    }
    assert "prod-recovery has failed over" in life.said["handed back"]
    before, after = (life.resources[stage, "prod"]["rds/instance", "database-2"] for stage in ("seeded", "settled"))
    assert (before["urn"], before["id"]) == (after["urn"], after["id"])
    assert "replicateSourceDb" not in after["inputs"]


def test_the_next_replica_follows_the_instance_that_is_in_use(life: Life) -> None:
    plan = life.plans["told again", "prod-recovery"]
    assert {change for change in plan if change[1] in ("rds/instance", "lambda/invocation")} == {
        ("create", "rds/instance", "database-2"),
        ("delete", "lambda/invocation", "database-users"),
    }
    assert "rds-final-snapshot" in life.said["half told"]
    settled = life.resources["settled", "prod-recovery"]["rds/instance", "database-2"]["inputs"]
    assert settled["replicateSourceDb"] == life.resources["settled", "prod"]["rds/instance", "database-2"]["outputs"]["arn"]
    assert settled["region"] == RECOVERY


def test_what_is_no_longer_kept_is_refused_until_it_is_let_go_on_purpose(life: Life) -> None:
    assert "rds/instance:Instance::database" in life.said["let go"] and "protect" in life.said["let go"]
