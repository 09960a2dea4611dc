"""The executor killed before and after what it does: the same in the end, and nothing twice."""

from collections import Counter
from typing import Any

import pytest

from functions.recovery.plan import BOTH, Mode

from .aws import PRIMARY, RECOVERY
from .faults import Called
from .world import World

EACH = 2
"""How often the same operation in the same step is killed in a run of its own: journals and signs of life are alike."""

TABLE_STEPS = {"lock", "decide", "fence", "end"}
"""Steps that write to the table what is more than the journal and a sign of life."""


class Kills:
    """Kills before and after an act, once each."""

    def __init__(self, wanted: int | None) -> None:
        self.wanted, self.count, self.seen = wanted, -1, set[tuple[str, str, str, str, int]]()
        self.hits: Counter[tuple[str, str, str, str]] = Counter()
        self.pending = ""

    def __call__(self, called: Called) -> str:
        if not called.is_act:
            return ""
        if self.pending:
            # The same act again, by the process that came after.
            self.pending = ""
            return "kill-after"
        self.count += 1
        if self.wanted is None:
            key = (called.step, called.service, called.operation, called.region)
            self.hits[key] += 1
            if self.hits[key] > 1:
                return ""
        elif self.count != self.wanted:
            return ""
        self.pending = "after"
        return "kill-before"


def _left(world: World, mode: Mode, fault: Kills | None) -> dict[str, Any]:
    world.reset(PRIMARY)
    world.advance(61)
    world.put_message(PRIMARY, 30)
    told = world.run(RECOVERY, mode, fault=fault or (lambda _: ""))
    assert (told["state"], told["why"]) == ("done", "")
    assert world.broken == []
    return {
        **world.state(),
        "promotions": list(world.promotions.accepted),
        "tasks": len(world.regions.run_tokens),
        "run": world.item(RECOVERY, "run", "run-1")["state"],
    }


def _acts(world: World) -> list[int]:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    found: list[int] = []
    for place, called in enumerate(called for called in world.calls if called.is_act):
        key = (called.step, called.service, called.operation, called.region)
        counts[key] += 1
        is_journal = called.service == "dynamodb" and called.step not in TABLE_STEPS
        if not is_journal and counts[key] <= EACH:
            found.append(place)
    return found


@pytest.mark.parametrize("mode", BOTH)
def test_killed_before_and_after_an_act_it_ends_the_same(regions: World, mode: Mode) -> None:
    clean = _left(regions, mode, None)
    for act in _acts(regions):
        kills = Kills(act)
        assert _left(regions, mode, kills) == clean, f"killed at act {act}"
        assert kills.count >= act


@pytest.mark.parametrize("mode", BOTH)
def test_killed_at_every_act_of_one_run_it_ends_the_same(regions: World, mode: Mode) -> None:
    clean = _left(regions, mode, None)
    kills = Kills(None)
    assert _left(regions, mode, kills) == clean
    assert len(kills.hits) > 20
