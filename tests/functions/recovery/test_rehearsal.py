"""A rehearsal: it promotes copies, starts services without visitors, takes all of it away, and holds up no failover."""

from functools import partial

import pytest

from functions.recovery.plan import HERE, REHEARSAL, allowed, steps
from functions.recovery.record import Record

from .aws import FENCE_GROUP, PRIMARY, RECOVERY, TABLE
from .faults import Called
from .world import World

STEPS = [step.name for step in steps(REHEARSAL)]


@pytest.fixture
def rehearsed(prod: World) -> World:
    """Production, with no copy in the way."""
    assert prod.regions.copies(RECOVERY) == []
    return prod


def table(world: World) -> Record:
    return Record(world.regions.client("dynamodb", RECOVERY), TABLE)


def test_a_rehearsal_leaves_everything_as_it_was_but_what_it_tells(rehearsed: World) -> None:
    before = rehearsed.state()
    told = rehearsed.run(RECOVERY, REHEARSAL)
    assert (told["state"], told["why"]) == ("done", "")
    assert [*told["steps"]] == STEPS
    assert rehearsed.state() == before
    assert rehearsed.promotions.accepted == [f"main-{RECOVERY}-rehearsal"]
    assert rehearsed.regions.copies(RECOVERY) == []
    assert rehearsed.broken == []
    assert table(rehearsed).rehearsal(RECOVERY)["result"] == "done"


def test_a_rehearsal_calls_what_the_plan_says_and_nothing_of_the_other_region(rehearsed: World) -> None:
    rehearsed.run(RECOVERY, REHEARSAL)
    own = [called for called in rehearsed.calls if called.step in STEPS]
    assert {called.region for called in own} == {RECOVERY}
    for called in own:
        assert (called.service, called.operation, HERE) in allowed(called.step, REHEARSAL), called


def test_a_copy_lets_nobody_in(rehearsed: World) -> None:
    seen: list[list[str]] = []

    def look() -> None:
        seen.extend(copy.vpc_security_group_ids for copy in rehearsed.regions.copies(RECOVERY))

    rehearsed.at = [(rehearsed.now + seconds, look) for seconds in range(10, 90, 10)]
    rehearsed.run(RECOVERY, REHEARSAL)
    assert seen
    assert {group for groups in seen for group in groups} == {FENCE_GROUP}


def test_the_region_that_serves_is_not_rehearsed_in(rehearsed: World) -> None:
    before = rehearsed.state()
    told = rehearsed.run(PRIMARY, REHEARSAL)
    assert told["state"] == "refused"
    assert told["why"] == f"lock: {PRIMARY} is the active region: rehearse in {RECOVERY}"
    assert rehearsed.state() == before


def _refuse(world: World, operation: str, called: Called) -> str:
    del world
    return "refused" if called.operation == operation else ""


@pytest.mark.parametrize("operation", ["PromoteReadReplica", "CreateDBInstanceReadReplica"])
def test_a_rehearsal_that_fails_is_cleaned_up_and_told(rehearsed: World, operation: str) -> None:
    before = rehearsed.state()
    told = rehearsed.run(RECOVERY, REHEARSAL, fault=partial(_refuse, rehearsed, operation))
    assert told["state"] == "failed"
    assert rehearsed.regions.copies(RECOVERY) == []
    assert rehearsed.state() == before
    assert table(rehearsed).rehearsal(RECOVERY)["result"] == "failed"


def test_what_an_earlier_rehearsal_left_is_deleted_first(rehearsed: World) -> None:
    rds = rehearsed.regions.client("rds", RECOVERY)
    rds.create_db_instance_read_replica(
        DBInstanceIdentifier=f"main-{RECOVERY}-rehearsal",
        SourceDBInstanceIdentifier=f"main-{RECOVERY}",
        Tags=[{"Key": "RecoveryRun", "Value": "earlier"}],
    )
    rehearsed.regions.changed("rds", RECOVERY)
    rehearsed.advance(60)
    assert rehearsed.run(RECOVERY, REHEARSAL)["state"] == "done"
    assert rehearsed.regions.copies(RECOVERY) == []


def test_a_disaster_does_not_wait_for_a_rehearsal(rehearsed: World) -> None:
    record = table(rehearsed)
    assert record.lock(RECOVERY, "rehearsing", REHEARSAL, rehearsed.now) is None
    began = rehearsed.now
    assert rehearsed.run(RECOVERY, "disaster")["state"] == "done"
    assert rehearsed.serves(RECOVERY)
    assert rehearsed.now - began < 180
    # The rehearsal finds itself overtaken at its next sign of life; another one waits for the failover.
    holder = record.lock(RECOVERY, "rehearsing", REHEARSAL, began)
    assert holder is not None and holder.run == "run-1"
