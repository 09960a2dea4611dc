"""When a stack is awake: by the clock on the wall, also as it is put forward and back; holidays; and what people may order."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.hours import rules_of
from functions.sleep.calendar import Calendar, TimeError, calendar_of
from tests.functions.sleep.model import CALENDAR, NIGHT, NOON

NEW_YORK = ZoneInfo("America/New_York")


def at(text: str) -> float:
    """A time of New York; of one that comes twice, the first."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()


@pytest.mark.parametrize(
    ("when", "mode"),
    [
        ("2026-12-01T06:59", "asleep"),
        ("2026-12-01T07:00", "awake"),
        ("2026-12-01T19:59", "awake"),
        ("2026-12-01T20:00", "asleep"),
        ("2026-12-05T12:00", "asleep"),
        # A holiday, on a Friday
        ("2026-12-25T12:00", "asleep"),
        # 09:00 UTC is 04:00 there in winter, and 05:00 in summer.
        ("2026-12-06T04:00", "databases"),
        ("2026-07-05T04:00", "asleep"),
        ("2026-07-05T05:00", "databases"),
        # The same hours by the clock on the wall, in summer, too.
        ("2026-07-01T07:00", "awake"),
        ("2026-07-01T06:59", "asleep"),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(when: str, mode: str) -> None:
    assert CALENDAR.mode(at(when)) == mode


def sundays(start: int, end: int) -> Calendar:
    return Calendar(zone=NEW_YORK, hours=((6, start, end),), holidays=frozenset(), windows=())


def test_what_is_skipped_as_clocks_are_put_forward_never_is() -> None:
    """On 8 March 2026 01:59 is followed by 03:00."""
    night = [at("2026-03-08T00:00") + 60 * minute for minute in range(6 * 60)]
    assert {sundays(120, 180).mode(each) for each in night} == {"asleep"}
    assert sum(sundays(60, 240).mode(each) == "awake" for each in night) == 120


def test_what_comes_twice_as_clocks_are_put_back_counts_twice() -> None:
    """On 1 November 2026 01:59 is followed by 01:00."""
    night = [at("2026-11-01T00:00") + 60 * minute for minute in range(6 * 60)]
    assert sum(sundays(60, 120).mode(each) == "awake" for each in night) == 120


def test_the_next_change_is_told_to_the_minute() -> None:
    assert CALENDAR.next(NOON) == at("2026-12-01T20:00")
    assert CALENDAR.next(NIGHT, "awake") == at("2026-12-02T07:00")
    # Over a weekend with a window of the database, and over a holiday
    assert CALENDAR.next(at("2026-12-04T21:00"), "awake") == at("2026-12-07T07:00")
    assert CALENDAR.next(at("2026-12-24T21:00"), "awake") == at("2026-12-28T07:00")
    assert Calendar(zone=NEW_YORK, hours=(), holidays=frozenset(), windows=()).next(NOON) is None


@given(st.integers(0, 2**31), st.integers(0, 400 * 24 * 60))
def test_until_the_next_change_nothing_changes(second: int, minutes: int) -> None:
    change = CALENDAR.next(second)
    between = min(second + 60 * minutes, int(change or second) - 1)
    assert change is not None
    assert CALENDAR.mode(max(second, between)) == CALENDAR.mode(second) != CALENDAR.mode(change)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("22:00", "2026-12-01T22:00"),
        (" 22:00 ", "2026-12-01T22:00"),
        ("2026-12-02T07:30", "2026-12-02T07:30"),
        ("2026-12-02 07:30", "2026-12-02T07:30"),
    ],
)
def test_a_time_is_read_in_the_schedules_zone(text: str, when: str) -> None:
    assert CALENDAR.read(text, NOON) == at(when)


def test_of_a_time_that_comes_twice_the_later_is_meant() -> None:
    now = at("2026-10-31T12:00")
    assert CALENDAR.read("2026-11-01T01:30", now) == at("2026-11-01T01:30") + 3600


@pytest.mark.parametrize(
    ("text", "now", "message"),
    [
        ("11:00", NOON, "'11:00' is past: it is 2026-12-01 12:00 EST; expected a time to come, HH:MM or"),
        ("2026-11-30T23:00", NOON, "'2026-11-30T23:00' is past"),
        ("12:00", NOON, "'12:00' is past"),
        ("2026-12-16T12:00", NOON, "is more than 14 days away; expected an earlier time"),
        ("tonight", NOON, "'tonight' is no time; expected HH:MM or YYYY-MM-DDTHH:MM in America/New_York, e.g. 22:00"),
        ("25:00", NOON, "'25:00' is no time"),
        ("2027-02-29T10:00", NOON, "is no time"),
        ("2026-03-08T02:30", at("2026-03-07T12:00"), "does not exist in America/New_York: clocks are put forward then"),
    ],
)
def test_a_time_that_cannot_be_used_is_named(text: str, now: float, message: str) -> None:
    with pytest.raises(TimeError) as told:
        CALENDAR.read(text, now)
    assert message in str(told.value)


def test_the_calendar_is_read_with_the_rules_that_lie_beside_it() -> None:
    """Whatever Lambda's runtime knows of time zones."""
    document = {
        "timezone": "America/New_York",
        "hours": [[day, 420, 1200] for day in range(5)],
        "holidays": ["2026-12-25"],
        "windows": [[6 * 1440 + 510, 6 * 1440 + 630]],
    }
    found = calendar_of(json.dumps(document), rules_of("America/New_York"))
    assert (found.hours, found.holidays, found.windows) == (CALENDAR.hours, frozenset({date(2026, 12, 25)}), CALENDAR.windows)
    start = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    for hour in range(365 * 24):
        assert found.mode(start + 3600 * hour) == CALENDAR.mode(start + 3600 * hour)
    assert found.told(NOON) == "2026-12-01 12:00 EST"


def test_a_file_without_rules_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zone").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="magic"):
        calendar_of('{"timezone": "America/New_York"}', tmp_path / "zone")
