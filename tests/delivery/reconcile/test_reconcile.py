"""The task on the real engine, in a fresh clone: what lies in its way, what it refuses, and that it can be run again."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from delivery.reconcile.locks import QUIET
from delivery.reconcile.order import OrderError, order_of
from tests.clones import copy_project
from tests.delivery.reconcile.world import COMMIT, PROMOTED, World

USERS = "aws:lambda/invocation:Invocation::database-users"
EXPIRED = """
- finding: encryption/rds-storage-encrypted
  resource: urn:pulumi:test::tiny::aws:rds/instance:Instance::database
  reason: An example.
  owner: data-platform@dataconnect.example
  ticket: SEC-1
  expires: 2026-01-31
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("clone"))


@pytest.fixture
def world(tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, clone, monkeypatch)
    world.deploy()
    return world


def kinds(world: World) -> list[str]:
    """The kinds of what the engine did, the newest first."""
    return [each["kind"] for each in world.pulumi("stack", "history", "--json").ok().json]


def test_an_expired_exemption_a_stale_lock_and_an_up_cut_off_do_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = copy_project(tmp_path / "clone")
    (clone / "policies" / "exemptions.yaml").write_text(EXPIRED)
    world = World(tmp_path, clone, monkeypatch)
    world.deploy()
    # Somebody's `up` was killed before the failover, with what it was creating in AWS and in no state.
    world.cut_off(USERS, "--config", "dataconnect:active=true")
    (lock,) = world.locks()
    world.age(QUIET + timedelta(minutes=1))

    done = world.reconcile()
    assert done.code == 0, done.output
    assert not lock.exists()
    assert world.pending() == []
    after = world.resources()
    assert after["database"]["inputs"]["finalSnapshotIdentifier"] == "database-final"
    # What the executor did stays as it is.
    assert "replicateSourceDb" not in after["database"]["inputs"]
    assert after["search"]["inputs"]["desiredCount"] == 7
    assert "database-users" in after and "database-database-replica-lag" not in after
    result = world.journal()["result"]
    assert world.journal()["state"] == "done" and "left" not in result
    (cancelled,) = result["cancelled"]
    assert str(lock.name) in cancelled
    assert [each.rpartition("::")[2] for each in result["stranded"]] == ["database-users"]
    (told,) = world.told()
    assert "Recovery, up of test: done" in told
    assert "expired on 2026-01-31" in told
    # A finding whose exemption is over stops a deployment, and is told as that.
    assert "rds-storage-encrypted on database" in told

    # Again: nothing is left to do, nor with packs that do not even start.
    (clone / "policies" / "__main__.py").write_text("raise SystemExit('broken')\n")
    before = kinds(world)
    again = world.reconcile()
    assert again.code == 0, again.output
    assert kinds(world) == ["refresh", *before]
    assert "made" not in world.journal()["result"]
    assert "the policy packs did not run" in world.told()[0]


def test_an_unexpected_change_stops_it_before_anything_is_changed(world: World) -> None:
    database = "aws:rds/instance:Instance::database"
    world.acts({**PROMOTED, database: {**PROMOTED[database], "instanceClass": "db.r7g.8xlarge"}})
    refused = world.reconcile()
    assert refused.code == 3, refused.output
    assert kinds(world) == ["refresh", "update"]
    (told,) = world.told()
    assert "update urn:pulumi:test::tiny::aws:rds/instance:Instance::database: " in told and "instanceClass" in told
    assert "database-database-replica-lag" in world.resources()
    entry = world.journal()
    assert (entry["state"], entry["result"]["outcome"]) == ("failed", "refused")
    assert len(entry["result"]["refused"]) == 1

    # A person puts the database right, and it is run again.
    world.acts({**PROMOTED, database: {**PROMOTED[database], "instanceClass": "db.r7g.large"}})
    assert world.reconcile().code == 0
    assert "database-users" in world.resources()


def test_somebody_who_is_at_work_is_left_alone_and_named(world: World) -> None:
    world.take_lock("jane")
    held = world.reconcile()
    assert held.code == 4, held.output
    assert kinds(world) == ["update"]
    assert len(world.locks()) == 1
    (told,) = world.told()
    assert "jane@agent-1 (pid 7)" in told and "somebody is at work" in told


@pytest.mark.parametrize(("head", "code"), [("d" * 40, 3), ("", 0)], ids=["another", "unknown"])
def test_only_what_the_stack_was_deployed_from_is_deployed(world: World, head: str, code: int) -> None:
    done = world.reconcile(PULUMI_GIT_HEAD=head)
    assert done.code == code, done.output
    (told,) = world.told()
    assert f"the last deployment was of {COMMIT}" in told
    assert f"Image of commit {head or 'unknown'}" in told
    assert ("database-users" in world.resources()) is (code == 0)


def test_a_region_that_is_not_the_active_one_is_left_alone(world: World) -> None:
    world.fail_over("us-east-2")
    assert world.reconcile().code == 3
    assert "made us-east-2 the active region, and this is us-west-2" in world.told()[0]
    (world.folder / "table.json").write_text(json.dumps([]))
    assert world.reconcile().code == 3
    assert "no run made a region active" in world.told()[0]
    assert kinds(world) == ["update"]


def test_wrong_variables_are_all_named_at_once() -> None:
    with pytest.raises(OrderError, match=r"STACK is not set; .*ALERT_TOPIC is not set; PULUMI_GIT_HEAD is 'main'; .*PATIENCE"):
        order_of({"PULUMI_GIT_HEAD": "main", "PATIENCE_SECONDS": "long"})
