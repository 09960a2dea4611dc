"""The executor broken on purpose: what must hold is seen not to. Whoever adds a safeguard adds its mutant."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.recovery import fence, giving_back, region, steps, steps_before, switches
from functions.recovery.loss import Loss
from functions.recovery.plan import DISASTER, PLANNED, Mode
from functions.recovery.record import Record
from functions.recovery.region import Missing, Region

from .aws import PRIMARY, RECOVERY, other
from .faults import Called
from .schedules import expect_the_end
from .world import World


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _is_closed(*_: Any, **__: Any) -> Missing:
    return Missing(is_reached=True)


def _no_catch_up(*_: Any) -> Mapping[str, Any]:
    return {"numbers": {}}


def _open_too_early(work: Any, flow: Any, notes: Any, limit: int) -> Any:
    work.here.converge(work.here.site.of("latch"), "on")
    return steps_before.fence(work, flow, notes, limit)


def _promote_without_asking(region: Region, guard: Callable[[], None]) -> Missing:
    guard()
    for switch in region.site.of("database"):
        region.client("rds").promote_read_replica(DBInstanceIdentifier=switch.facts["identifier"])
    return Missing(is_reached=True)


def _all_but_databases(kind: str, client: Any, facts: Mapping[str, Any], to: switches.To, wanted: int = 0) -> None:
    if (kind, to) != ("database", "on"):
        switches.turn(kind, client, facts, to, wanted)


def _lag(world: World) -> None:
    world.replica_lag = 40
    world.advance(60)


def _play(world: World, mode: Mode, to: str, condition: str, fault: Callable[[Called], str]) -> None:
    world.reset(other(to))
    _lag(world)
    world.condition[other(to)] = condition
    accept = "unknown" if condition == "fine" else 60
    state = world.run(to, mode, accept if mode == DISASTER else 0, fault=fault)["state"]
    if state == "given-back":
        world.advance(120)
        world.expect(world.serves(other(to)), "given back, and it does not serve")
    else:
        world.expect(state == "done", state)
        expect_the_end(world, to)


def _no_promotion(called: Called) -> str:
    return "broken" if called.operation == "PromoteReadReplica" else ""


def _no_answer(called: Called) -> str:
    return "unanswered" if called.operation == "PromoteReadReplica" else ""


def _no_fault(_: Called) -> str:
    return ""


WHOLE: dict[str, tuple[Mode, str, str, Callable[[Called], str]]] = {
    "planned": (PLANNED, RECOVERY, "fine", _no_fault),
    "false alarm": (DISASTER, RECOVERY, "fine", _no_fault),
    "cut off": (DISASTER, RECOVERY, "cut off", _no_fault),
    "lost and failed back": (DISASTER, PRIMARY, "dead", _no_fault),
    "given back": (PLANNED, RECOVERY, "fine", _no_promotion),
    "unanswered": (DISASTER, RECOVERY, "dead", _no_answer),
}
MUTANTS: dict[str, tuple[str, Any, str, Any]] = {
    "a region that lives is said to be shut off": ("false alarm", steps_before, "close_at_once", _is_closed),
    "sessions go on in a database that is shut off": ("false alarm", Region, "end_sessions", _nothing),
    "no catch-up before a planned promotion": ("planned", steps, "TAKES", {**steps.TAKES, "catch-up": _no_catch_up}),
    "no fence before a planned promotion": (
        "planned",
        steps,
        "TAKES",
        {**steps.TAKES, "fence": lambda *_: {"state": "closed"}},
    ),
    "the latch opens first": ("false alarm", steps, "TAKES", {**steps.TAKES, "fence": _open_too_early}),
    "no standing fence, and no region that shuts itself off": ("cut off", fence, "close_at_once", _is_closed),
    "the primary's latch stays open": ("lost and failed back", fence.Fence, "_close_own_latch", lambda _: ""),
    "the journal is not written": ("planned", Record, "journal", _nothing),
    "given back, and nobody knows": ("given back", giving_back, "_decide", _nothing),
    "promotion without asking first": ("unanswered", Region, "promote", _promote_without_asking),
    "the database is opened to nobody": ("planned", region, "turn", _all_but_databases),
    "services are not started": ("planned", steps, "TAKES", {**steps.TAKES, "start": lambda *_: {}}),
}


@pytest.mark.parametrize("scenario", WHOLE)
def test_a_whole_executor_is_not_found_broken(regions: World, scenario: str) -> None:
    _play(regions, *WHOLE[scenario])
    assert regions.broken == []


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_executor_is_found(regions: World, mutant: str) -> None:
    scenario, target, name, broken = MUTANTS[mutant]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, broken)
        try:
            _play(regions, *WHOLE[scenario])
        except AssertionError as error:
            # It did not even get through.
            regions.broken.append(str(error))
    assert regions.broken, "nobody found it"


def test_a_loss_that_nobody_refuses_is_found(regions: World) -> None:
    regions.reset(PRIMARY)
    _lag(regions)
    regions.condition[PRIMARY] = "dead"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loss, "refusal", lambda *_: "")
        regions.run(accept=10)
    assert any("are lost" in broken for broken in regions.broken)
