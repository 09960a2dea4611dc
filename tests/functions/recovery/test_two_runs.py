"""Runs in each other's way: of both regions at once, one that slept, one that died, one that has to give way."""

import random

import pytest

from functions.recovery.plan import DISASTER, PLANNED, Mode
from functions.recovery.record import Record

from .aws import PRIMARY, RECOVERY
from .faults import Called
from .schedules import Faults
from .together import Run, together
from .world import World

MODES: tuple[Mode, Mode] = (PLANNED, DISASTER)
PAIRS = 40


def _no_promotion(called: Called) -> str:
    return "broken" if called.operation == "PromoteReadReplica" else ""


def _in_drain(world: World) -> Run:
    """A planned run that waits for a queue."""
    world.put_message(PRIMARY, 2000)
    run = Run(world, RECOVERY, PLANNED, "run-1")
    together(world, run, seconds=60)
    assert not run.state
    assert not world.gate_is_open(PRIMARY)
    return run


@pytest.mark.parametrize("seed", range(PAIRS))
def test_of_orders_to_both_regions_at_once_one_region_serves_in_the_end(regions: World, seed: int) -> None:
    chance, world = random.Random(seed), regions
    world.reset(PRIMARY)
    world.advance(90)
    runs: list[Run] = []
    for to in (RECOVERY, PRIMARY):
        mode: Mode = chance.choice(MODES)
        fault = Faults(chance, chance.choice((0, 3, 8, 20)))
        runs.append(Run(world, to, mode, f"run-{to}", accept=60 if mode == DISASTER else 0, fault=fault))
    chance.shuffle(runs)
    together(world, runs[0], seconds=chance.choice((0, 1, 5, 15, 40, 80)))
    together(world, *runs)
    world.advance(400)
    states = {run.to: run.state for run in runs}
    if {"done", "given-back"} & {*states.values()}:
        served = [region for region in (PRIMARY, RECOVERY) if world.serves(region)]
        assert served == [world.latest()] == [world.traffic()], states
    assert not [what for what in world.broken if "two writable" in what or "people are sent" in what]


def test_a_run_that_slept_past_its_lease_does_not_go_on(prod: World) -> None:
    """It hangs in one call of giving back; a disaster takes its lock, and is over; what the call opened is shut again."""
    others: list[Run] = []

    def fault(called: Called) -> str:
        if called.step == "give-back" and called.operation == "ModifyDBInstance" and called.region == PRIMARY and not others:
            others.append(Run(prod, RECOVERY, DISASTER, "run-2", accept=600))
            prod.advance(185)
            together(prod, others[0])
            prod.event = slept.event
        return _no_promotion(called)

    slept = Run(prod, RECOVERY, PLANNED, "run-1", fault=fault)
    together(prod, slept)
    assert others[0].state == "done"
    assert slept.state == "overtaken"
    prod.advance(130)
    assert not prod.is_writable(PRIMARY)
    assert not prod.gate_is_open(PRIMARY)
    assert prod.serves(RECOVERY)


def test_a_lock_that_another_run_had_is_not_taken_back(prod: World) -> None:
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    assert record.lock(RECOVERY, "run-1", PLANNED, prod.now) is None
    assert record.lock(RECOVERY, "run-2", DISASTER, prod.now) is None
    record.release(RECOVERY, "run-2", DISASTER, prod.now)
    prod.regions.changed("dynamodb", RECOVERY)
    with pytest.raises(Exception, match="run run-2 took the lock"):
        record.hold(RECOVERY, "run-1", PLANNED, prod.now + 10)


def test_a_disaster_does_not_wait_for_a_planned_run(prod: World) -> None:
    planned = _in_drain(prod)
    prod.condition[PRIMARY], lost = "dead", prod.now
    disaster = Run(prod, RECOVERY, DISASTER, "run-2", accept=60)
    together(prod, planned, disaster, stop=lambda: disaster.state != "")
    assert disaster.state == "done"
    assert prod.now - lost < 200
    together(prod, planned)
    assert planned.state == "overtaken"
    assert prod.serves(RECOVERY)


def test_a_planned_run_does_not_take_the_lock_of_a_disaster(prod: World) -> None:
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    assert record.lock(RECOVERY, "run-1", DISASTER, prod.now) is None
    held = record.lock(RECOVERY, "run-2", PLANNED, prod.now)
    assert held is not None
    assert held.run == "run-1"


@pytest.mark.parametrize("how", ["stopped", "its giving back failed"])
def test_the_next_run_gives_back_what_the_one_before_took(prod: World, how: str) -> None:
    if how == "stopped":
        _in_drain(prod)
        prod.regions.queue(PRIMARY)._messages.clear()
        prod.advance(500)
    else:

        def fault(called: Called) -> str:
            is_gate = called.step == "give-back" and called.service == "elbv2" and called.is_act
            return "broken" if is_gate else _no_promotion(called)

        assert prod.run(RECOVERY, PLANNED, run="run-1", fault=fault)["state"] == "failed"
        prod.advance(300)
    told = prod.run(RECOVERY, PLANNED, run="run-2", fault=_no_promotion)
    assert told["state"] == "given-back"
    prod.advance(200)
    assert prod.serves(PRIMARY)


def test_an_active_region_that_a_run_left_shut_off_is_told(prod: World) -> None:
    _in_drain(prod)
    prod.advance(300)
    troubles = prod.fence(PRIMARY).run()["troubles"]
    assert troubles == [f"ShutOffError: {PRIMARY} is the active region, and is shut off: gate gate"]


def test_what_was_given_back_is_not_noted_any_more(prod: World) -> None:
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    assert prod.run(RECOVERY, PLANNED, fault=_no_promotion)["state"] == "given-back"
    assert record.noted(PRIMARY) == {}
    assert prod.run(RECOVERY, PLANNED, run="run-2")["state"] == "done"
    assert record.noted(PRIMARY) == {}


def test_a_promotion_that_is_not_shown_yet_is_not_given_back(prod: World, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[float] = []
    ask = prod.promotions.ask

    def later(database: object) -> None:
        prod.at.append((prod.now + 8, lambda: None if prod.promotions.begun else ask(database)))

    def fault(called: Called) -> str:
        if called.operation == "PromoteReadReplica":
            began.append(prod.now)
            return "throttled" if prod.now - began[0] < 301 else ""
        return ""

    monkeypatch.setattr(prod.promotions, "ask", later)
    told = prod.run(RECOVERY, PLANNED, fault=fault)
    prod.advance(120)
    assert told["state"] in ("done", "failed")
    assert not prod.regions.database(RECOVERY).is_replica
    assert not prod.is_writable(PRIMARY)
    assert prod.active_in(RECOVERY) == RECOVERY


def test_of_two_decisions_in_a_partition_the_later_one_stands(prod: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both make their region the active one; afterwards the regions reach each other before the table has caught up."""
    prod.condition[PRIMARY] = "cut off"
    assert prod.run(RECOVERY, DISASTER, "unknown", "run-w")["state"] == "done"
    prod.advance(30)
    assert prod.run(PRIMARY, DISASTER, "unknown", "run-p")["state"] == "done"
    assert prod.serves(PRIMARY)
    prod.condition.update({PRIMARY: "fine", RECOVERY: "fine"})
    with monkeypatch.context() as patch:
        patch.setattr(prod, "_replicate", lambda **_: None)
        prod.advance(130)
        assert prod.serves(PRIMARY)
    prod.advance(300)
    assert prod.latest() == PRIMARY
    assert prod.serves(PRIMARY)
    assert not prod.is_writable(RECOVERY)


def test_an_overtaken_run_starts_nothing_any_more(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    overtaken: list[float] = []
    acts: list[Called] = []

    def fault(called: Called) -> str:
        if called.step == "promote" and called.operation == "PromoteReadReplica" and not overtaken:
            overtaken.append(prod.now)
            Record(prod.regions.client("dynamodb", RECOVERY), "recovery").decide(PRIMARY, "other", 2, prod.now)
            prod.regions.changed("dynamodb", RECOVERY)
        if called.operation == "UpdateService":
            acts.append(called)
            return "broken"
        return ""

    assert prod.run(fault=fault)["state"] == "overtaken"
    assert len(acts) <= 2


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_died_behind_its_decision_is_ordered_again(prod: World, mode: Mode) -> None:
    """The heartbeat over there rests from the decision on, and that is no sign of a loss."""
    died = Run(prod, RECOVERY, PLANNED, "run-1")
    together(prod, died, stop=lambda: prod.active_in(RECOVERY) == RECOVERY)
    prod.advance(300)
    assert prod.run(RECOVERY, mode, 60 if mode == DISASTER else 0, run="run-2")["state"] == "done"


def test_a_table_that_refuses_for_good_over_there_holds_up_no_disaster(prod: World) -> None:
    def fault(called: Called) -> str:
        is_table = (called.step, called.service, called.region) == ("fence", "dynamodb", PRIMARY)
        return "refused" if is_table else ""

    assert prod.run(fault=fault)["state"] == "done"


def test_a_disaster_that_is_refused_says_whom_it_stopped(prod: World) -> None:
    planned = _in_drain(prod)
    prod.replica_lag = 500
    prod.history[RECOVERY] = [(prod.now, prod.number(PRIMARY) - 500)]
    disaster = Run(prod, RECOVERY, DISASTER, "run-2", accept=5)
    together(prod, planned, disaster)
    assert (planned.state, disaster.state) == ("overtaken", "refused")
    assert disaster.told
    assert f"run run-1, which this one stopped, may have left {PRIMARY} shut off: order either again" in disaster.told["why"]


def test_a_run_that_is_overtaken_behind_its_latch_does_not_end_well(prod: World) -> None:
    def fault(called: Called) -> str:
        if called.step == "open" and called.operation == "ModifyRule":
            Record(prod.regions.client("dynamodb", RECOVERY), "recovery").lock(RECOVERY, "run-9", DISASTER, prod.now + 1000)
            prod.regions.changed("dynamodb", RECOVERY)
        return ""

    assert prod.run(fault=fault)["state"] == "overtaken"


def test_a_disaster_forgets_what_a_planned_run_noted(prod: World) -> None:
    planned = _in_drain(prod)
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    assert record.noted(PRIMARY)
    disaster = Run(prod, RECOVERY, DISASTER, "run-2", accept=60)
    together(prod, planned, disaster)
    assert disaster.state == "done"
    assert record.noted(PRIMARY) == {}
