"""The function `fence`: what it shuts off, and what it leaves alone."""

import pytest

from functions.recovery.fence import LostDecisionError
from functions.recovery.plan import DISASTER, PLANNED
from functions.recovery.record import LEASE_SECONDS, Record

from .aws import OPEN_GROUP, PRIMARY, RECOVERY
from .faults import Called, Way
from .world import World


def _record(world: World, region: str) -> Record:
    return Record(world.way(region).client("dynamodb", region), "recovery")


def _run(world: World, region: str, way: Way | None = None) -> str:
    return world.fence(region, way).run()["did"]


def _decided(world: World, region: str) -> None:
    """The recovery region is the active one, as this region's table says, and nothing is shut off."""
    _record(world, region).decide(RECOVERY, "run-1", 1, world.now)


def test_a_region_that_is_not_active_shuts_itself_off(prod: World) -> None:
    _decided(prod, PRIMARY)
    assert _run(prod, PRIMARY) == "shut itself off"
    assert not prod.is_writable(PRIMARY)
    assert not prod.gate_is_open(PRIMARY)
    assert (prod.desired(PRIMARY), prod.item(PRIMARY, "fence", PRIMARY)["state"]) == (0, "closed")


def test_the_active_region_shuts_the_other_one_off(prod: World) -> None:
    _decided(prod, RECOVERY)
    assert _run(prod, RECOVERY) == f"shut off {PRIMARY}"
    assert not prod.is_writable(PRIMARY)
    assert prod.item(RECOVERY, "fence", PRIMARY)["state"] == "closed"


def test_a_region_that_was_on_standby_once_is_shut_off_though_the_run_died_with_its_decision(prod: World) -> None:
    assert prod.run(RECOVERY)["state"] == "done"
    assert prod.item(RECOVERY, "fence", RECOVERY)["state"] == "serves"
    prod.advance(5)
    _record(prod, PRIMARY).decide(PRIMARY, "run-2", 2, prod.now)
    assert _run(prod, PRIMARY) == f"shut off {RECOVERY}"
    assert not prod.is_writable(RECOVERY)


def test_a_region_that_does_not_know_the_last_decision_shuts_nobody_off(prod: World) -> None:
    _decided(prod, RECOVERY)
    _record(prod, PRIMARY).decide(RECOVERY, "run-1", 1, prod.now)
    _record(prod, PRIMARY).decide(PRIMARY, "run-2", 2, prod.now)
    before = prod.state()
    _run(prod, RECOVERY)
    assert prod.state() == before


def test_nothing_is_switched_while_a_planned_run_works_here(prod: World) -> None:
    _decided(prod, RECOVERY)
    _record(prod, RECOVERY).lock(RECOVERY, "run-1", PLANNED, prod.now)
    before = prod.state()
    assert _run(prod, RECOVERY) == "nothing: a run goes on"
    assert prod.state() == before
    prod.now += LEASE_SECONDS + 1
    assert _run(prod, RECOVERY) == f"shut off {PRIMARY}", "a run that died holds nobody up"


def test_a_planned_run_shuts_the_other_region_off_itself_and_a_disaster_does_not_wait(prod: World) -> None:
    _decided(prod, PRIMARY)
    before = prod.state()
    _record(prod, PRIMARY).lock(RECOVERY, "run-1", PLANNED, prod.now)
    assert _run(prod, PRIMARY) == "nothing: a run goes on"
    _record(prod, PRIMARY).release(RECOVERY, "run-1", PLANNED, prod.now)
    assert _run(prod, PRIMARY) == "nothing: a run goes on", "what it decided last may arrive after its lock's end"
    assert prod.state() == before
    _record(prod, PRIMARY).lock(RECOVERY, "run-1", DISASTER, prod.now)
    assert _run(prod, PRIMARY) == "shut itself off"


def test_it_stops_when_a_run_begins_meanwhile(prod: World) -> None:
    _decided(prod, PRIMARY)

    def begin(called: Called) -> str:
        if called.operation == "ModifyDBInstance":
            _record(prod, PRIMARY).lock(PRIMARY, "run-2", DISASTER, prod.now)
        return ""

    _run(prod, PRIMARY, prod.way(PRIMARY, fault=begin))
    assert prod.gate_is_open(PRIMARY)
    assert prod.desired(PRIMARY) == 3


def test_one_switch_that_can_not_be_turned_stops_no_other(prod: World) -> None:
    _decided(prod, PRIMARY)
    way = prod.way(PRIMARY, fault=lambda called: "broken" if called.operation == "ModifyDBInstance" else "")
    _run(prod, PRIMARY, way)
    assert not prod.gate_is_open(PRIMARY)
    assert prod.item(PRIMARY, "fence", PRIMARY)["state"] == "open"
    _run(prod, PRIMARY)
    assert not prod.is_writable(PRIMARY)
    assert prod.item(PRIMARY, "fence", PRIMARY)["state"] == "closed"


def test_a_region_that_somebody_opened_again_is_shut_off_again_with_its_sessions(prod: World) -> None:
    assert prod.run(RECOVERY, PLANNED)["state"] == "done"
    prod.advance(200)
    prod.set_database(PRIMARY, vpc_security_group_ids=[OPEN_GROUP])
    prod.sessions[PRIMARY] = True
    prod.advance(130)
    assert not prod.sessions[PRIMARY]
    assert not prod.is_writable(PRIMARY)


def test_a_question_that_fails_ends_no_fence(prod: World) -> None:
    _decided(prod, RECOVERY)
    way = prod.way(RECOVERY, fault=lambda called: "broken" if called.operation == "DescribeServices" else "")
    told = prod.fence(RECOVERY, way).run()
    assert not prod.is_writable(PRIMARY)
    assert any("DescribeServices" in trouble for trouble in told["troubles"])


def test_a_table_that_has_lost_the_decision_shuts_nobody_off(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    assert prod.run()["state"] == "done"
    prod.with_functions = False
    for region in (PRIMARY, RECOVERY):
        key = {"id": {"S": "active"}, "item": {"S": "region"}}
        prod.regions.client("dynamodb", region).delete_item(TableName="recovery", Key=key)
        prod.regions.changed("dynamodb", region)
        prod.dirty[region].pop(("active", "region"), None)
    with pytest.raises(LostDecisionError, match="run-1 made a region the active one"):
        _run(prod, RECOVERY)
    assert prod.serves(RECOVERY)


def test_the_standing_fence_goes_on_while_a_disasters_run_promotes(prod: World) -> None:
    """The other region answers again, and the decision has not arrived there yet."""
    _decided(prod, RECOVERY)
    _record(prod, RECOVERY).lock(RECOVERY, "run-1", DISASTER, prod.now)
    assert _run(prod, RECOVERY) == f"shut off {PRIMARY}"
    assert not prod.is_writable(PRIMARY)
