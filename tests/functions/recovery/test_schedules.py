"""Generated schedules of faults: what must hold holds at every moment, and what was ordered comes about once faults stop."""

import pytest

from .schedules import Seen, play
from .world import World

COUNT = 220
SLICE = 20


def _told(seen: Seen) -> str:
    runs = " > ".join(f"{run['mode']} to {run['to']}: {run['state']} {run['why']}" for run in seen.runs)
    return f"schedule {seen.number}: {'; '.join(seen.broken)} ({runs})"


@pytest.mark.parametrize("first", range(0, COUNT, SLICE))
def test_what_must_hold_holds_at_every_moment(regions: World, first: int) -> None:
    for number in range(first, first + SLICE):
        seen = play(regions, number)
        assert not seen.broken, _told(seen)


def test_a_schedule_is_the_same_each_time(regions: World) -> None:
    first, second = ([(run["state"], run["seconds"]) for run in play(regions, 13).runs] for _ in range(2))
    assert first == second
