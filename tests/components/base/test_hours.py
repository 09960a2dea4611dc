"""Hours as people write them, and the time zone they are of: the same bytes wherever the program runs."""

import hashlib
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import ComponentError
from components.base.hours import DAY, DAYS, WEEK, minutes, overlapping, rules_of, spans, timezone

CLOCKS = st.integers(0, DAY - 1)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mon 07:00-20:00", ((0, 420, 1200),)),
        ("sat-sun 00:00-24:00", ((5, 0, 1440), (6, 0, 1440))),
        ("fri 22:00-06:00", ((4, 1320, 1440), (5, 0, 360))),
        ("sun 22:00-06:00", ((0, 0, 360), (6, 1320, 1440))),
        ("mon-tue 20:00-00:00", ((0, 1200, 1440), (1, 1200, 1440))),
    ],
)
def test_hours_are_read_by_day(text: str, found: object) -> None:
    assert spans(text) == found


@pytest.mark.parametrize(
    "text",
    [
        *("", "mon", "fri-mon 07:00-20:00", "mon 7-20", "mon 07:00-24:01", "mon 24:00-07:00", "mon 07:60-08:00"),
        *("mon 07:00-07:00", "Mon 07:00-20:00", "mon/07:00-20:00", "mon 07:00-20:00 "),
    ],
)
def test_what_says_no_hours_is_none(text: str) -> None:
    assert spans(text) is None


@given(st.integers(0, 6), st.integers(0, 6), CLOCKS, CLOCKS)
def test_hours_have_as_many_minutes_as_they_say(one: int, other: int, start: int, end: int) -> None:
    first, last = sorted((one, other))
    text = f"{DAYS[first]}-{DAYS[last]} {clock(start)}-{clock(end)}"
    found = spans(text)
    assert (found is None) == (start == end)
    assert len(minutes([text])) == (last - first + 1) * ((end - start) % DAY)
    assert all(first * DAY + start <= minute or minute < (last + 1) * DAY % WEEK + end for minute in minutes([text]))


def test_hours_that_overlap_are_named_with_those_that_they_overlap() -> None:
    (problem,) = overlapping(["mon-fri 07:00-20:00", "sat 08:00-09:00", "thu 19:00-07:00"])
    assert (problem.value, problem.path) == ("thu 19:00-07:00", (2,))
    assert problem.expected == "hours that do not overlap mon-fri 07:00-20:00"


@pytest.mark.parametrize("name", ["EST", "Factory", "America/Gotham", "../etc/passwd", "Etc/Unknown", ""])
def test_a_zone_is_one_of_a_place(name: str) -> None:
    assert timezone("America/New_York") is timezone("UTC") is None
    assert timezone(name) == "an IANA time zone, e.g. America/New_York"


def test_the_rules_of_a_zone_are_the_locked_packages_whatever_the_machine_has() -> None:
    """Digests of the version that requirements.lock has: a function changes with the lock, and with nothing else."""
    lock = (Path(__file__).parents[3] / "requirements.lock").read_text()
    assert "\ntzdata==2026.6 \\\n" in lock
    digests = {
        "America/New_York": "d7f2206b3a45989f",
        "America/Chicago": "c27b739ff46a7df0",
        "UTC": "fddce1e648a1732a",
    }
    assert {name: hashlib.sha256(rules_of(name).read_bytes()).hexdigest()[:16] for name in digests} == digests


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tzdata", None)
    with pytest.raises(
        ComponentError, match="America/New_York are in the Python package tzdata, which is missing; expected it"
    ):
        rules_of("America/New_York")


def test_a_zone_that_the_package_lacks_is_named() -> None:
    with pytest.raises(ComponentError, match=r"the package tzdata \S+ has no rules of America/Gotham; expected a zone that it"):
        rules_of("America/Gotham")
