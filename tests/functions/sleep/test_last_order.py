"""Of orders the one that somebody gave last counts, whichever arrives last; and none takes a window from the database."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.sleep.handler import LONGEST_WAIT_SECONDS, Sleeper
from tests.functions.sleep.model import CALENDAR, NOON, Aws, Calls

EVENING = NOON + 10 * 3600 - 10
"""Ten seconds before 22:00, of a Tuesday."""
MORNING = NOON - 5 * 3600 - 10
"""Ten seconds before it wakes."""
WORDS: Mapping[str, dict[str, Any]] = {
    "awake": {"do": "order", "state": "awake", "until": "22:00"},
    "asleep": {"do": "order", "state": "asleep", "until": "22:00"},
    "hours": {"do": "resume"},
}


def arrive(aws: Aws, word: str, asked: float, *, by: str = "ada", **more: Any) -> dict[str, Any]:
    """An order that was asked for at a time arrives now."""
    return aws.round({**WORDS[word], "by": by, "waited": aws.now - asked, **more})


def test_who_was_busy_longer_does_not_undo_what_was_ordered_later() -> None:
    aws = Aws()
    aws.now = NOON + 60
    assert arrive(aws, "awake", NOON + 14, by="grace")["mode"] == "awake"
    told = arrive(aws, "asleep", NOON)
    assert told == {
        "error": "grace ordered awake until 2026-12-01 22:00 EST 14 s after this was asked for, and the last order counts; "
        "give it again if it is still meant"
    }
    assert aws.round({"do": "show"})["order"]["by"] == "grace"


def test_hours_that_were_to_count_again_are_an_order_as_others_are() -> None:
    aws = Aws()
    aws.now = NOON + 60
    arrive(aws, "hours", NOON + 30, by="grace")
    assert arrive(aws, "asleep", NOON)["error"].startswith("grace ordered hours 30 s after")
    arrive(aws, "asleep", NOON + 40)
    assert "error" in arrive(aws, "hours", NOON + 35)
    assert aws.round({"do": "show"})["mode"] == "asleep"


def test_an_order_that_is_over_is_still_the_last_one() -> None:
    aws = Aws()
    arrive(aws, "asleep", NOON, until="12:05")
    aws.now += 600
    assert "error" in arrive(aws, "asleep", NOON - 5, until="23:00")
    assert aws.round({"do": "show"})["mode"] == "awake"


ORDERS = st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@given(ORDERS.flatmap(lambda words: st.permutations([*enumerate(words)])))
def test_however_orders_arrive_the_one_that_was_given_last_stands(arrivals: list[tuple[int, str]]) -> None:
    aws = Aws([])
    aws.now = NOON + 100
    latest = -1
    for number, word in arrivals:
        told = arrive(aws, word, NOON + 7 * number)
        assert ("error" in told) is (number < latest)
        latest = max(latest, number)
        aws.now += 1
    last = dict(arrivals)[latest]
    found = aws.round({"do": "show"})
    assert (found["order"] or {"state": "hours"})["state"] == last
    assert found["mode"] == ("asleep" if last == "asleep" else "awake")


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 2 * 86400), st.sampled_from(sorted(WORDS)))
def test_a_clock_that_was_ahead_keeps_nobody_from_ordering(ahead: int, word: str) -> None:
    aws = Aws([])
    aws.now = NOON + ahead
    aws.round({"do": "order", "state": "awake"})
    aws.now = NOON
    assert "error" not in arrive(aws, word, NOON)
    assert (aws.round({"do": "show"})["order"] or {"state": "hours"})["state"] == word


def test_a_time_is_of_the_day_and_the_hour_at_which_it_was_asked_for() -> None:
    aws = Aws()
    aws.now = EVENING + 30
    told = arrive(aws, "awake", EVENING)
    assert (told["mode"], told["order"]) == ("asleep", None), "22:00 was to come, and is over now"
    aws.now = EVENING + 2.5 * 3600
    told = arrive(aws, "awake", aws.now - 3000, until="23:55")
    assert told["order"] is None and told["at"] == "2026-12-02 00:29 EST", "not the evening of the day that has begun"


def test_sleep_until_the_next_hours_that_arrives_in_them_takes_no_day_away() -> None:
    aws = Aws()
    aws.now = MORNING + 20
    told = aws.round({"do": "order", "state": "asleep", "waited": 20.0})
    assert (told["mode"], told["order"]) == ("awake", None)


@pytest.mark.parametrize("waited", [-1, LONGEST_WAIT_SECONDS + 1, "5", None, float("nan"), float("inf")])
@pytest.mark.parametrize("word", sorted(WORDS))
def test_what_waited_for_no_time_that_can_be_is_refused(waited: Any, word: str) -> None:
    aws = Aws()
    told = aws.round({**WORDS[word], "waited": waited})
    assert told == {"error": f"waited is {waited!r}; expected 0 to {LONGEST_WAIT_SECONDS} seconds"}
    assert not aws.items


def test_who_puts_it_to_sleep_each_friday_takes_no_maintenance_away() -> None:
    aws = Aws()
    # Friday's noon
    aws.now = NOON + 3 * 86400
    told = aws.round({"do": "order", "state": "asleep", "by": "ada"})
    assert (told["mode"], told["until"]) == ("asleep", "2026-12-06 03:30 EST")
    assert told["order"]["until"] == "2026-12-07 07:00 EST"
    aws.rounds()
    assert aws.database["DBInstanceStatus"] == "stopped"
    # Sunday, 09:00 UTC
    aws.now = NOON + 4 * 86400 + 16 * 3600
    told = aws.rounds(3)
    assert (told["mode"], told["until"]) == ("databases", "2026-12-06 05:30 EST")
    assert told["order"]["by"] == "ada"
    assert aws.database["DBInstanceStatus"] == "available"
    assert aws.service["desired"] == aws.fleet["max"] == 0
    aws.now += 2 * 3600
    aws.rounds(4)
    assert aws.database["DBInstanceStatus"] == "stopped"


def test_a_window_within_the_hours_is_kept_where_these_are_ordered_away() -> None:
    aws = Aws([])
    # Tuesday, 14:00 to 15:00 UTC, which is 09:00 in New York
    daily = replace(CALENDAR, windows=((1440 + 14 * 60, 1440 + 15 * 60),))
    aws.now = NOON - 3 * 3600 + 600
    made = Sleeper(aws.document(), Calls(aws).client, daily, now=lambda: aws.now)
    assert made.handle({})["mode"] == "awake"
    told = made.handle({"do": "order", "state": "asleep"})
    assert (told["mode"], told["until"]) == ("databases", "2026-12-01 10:00 EST")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 14 * 24 * 60 - 1), st.integers(0, 14 * 24 * 60))
def test_asleep_by_order_is_what_a_stack_without_hours_is(start: int, minutes: int) -> None:
    """Never awake before the order ends, in each window of the databases, and what it says of when that changes is true."""
    aws = Aws([])
    aws.now = NOON + 60 * start
    end = CALENDAR.next(aws.now, "awake") or 0
    aws.round({"do": "order", "state": "asleep"})
    aws.now = min(aws.now + 60 * minutes, end - 1)
    told = aws.round({"do": "show"})
    windows = replace(CALENDAR, hours=())
    assert told["mode"] == windows.mode(aws.now) != "awake"
    assert told["until"] == CALENDAR.told(min(end, windows.next(aws.now) or end))
