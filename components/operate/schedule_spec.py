"""When a stack is awake: by which clock, which hours, which days not, and what becomes of its database's own windows."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import Spec
from ..compute import compute_checks

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_HOURS: Final = rf"({'|'.join(_DAYS)})(?:-({'|'.join(_DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)"
LEAD_MINUTES: Final = 30
"""So long before a window of its own a database is woken: RDS takes minutes to start one."""

Window = Literal["awake", "missed"]
Hours = tuple[int, int, int]
"""Day of the week (0 is Monday), first minute of the day, and the minute that is not awake any more."""


def hours_of(text: str) -> tuple[Hours, ...] | None:
    """The hours of `mon-fri 07:00-20:00`, of each day; None where it says none."""
    found = re.fullmatch(_HOURS, text)
    if found is None:
        return None
    first, last = _DAYS.index(found[1]), _DAYS.index(found[2] or found[1])
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    fits = first <= last and int(found[4]) < 60 and int(found[6]) < 60 and start < end <= _DAY
    return tuple((day, start, end) for day in range(first, last + 1)) if fits else None


def _hours(text: str) -> str | None:
    expected = "days and hours, the earlier first, e.g. mon-fri 07:00-20:00; 24:00 ends a day, the next begins with 00:00"
    return None if hours_of(text) else expected


def _date(text: str) -> str | None:
    try:
        fits = date.fromisoformat(text).isoformat() == text
    except ValueError:
        fits = False
    return None if fits else "a day that there is, YYYY-MM-DD, in quotes"


class ScheduleSpec(Spec):
    """When a stack is awake; it sleeps the rest of the time."""

    timezone: Annotated[str, checked(compute_checks.timezone)] = Field(
        description="IANA time zone of hours and holidays, e.g. America/New_York; daylight saving follows"
    )
    awake: tuple[Annotated[str, checked(_hours)], ...] = Field(description="hours awake, e.g. [mon-fri 07:00-20:00]")
    holidays: tuple[Annotated[str, checked(_date)], ...] = Field(
        default=(), description='days without hours, e.g. ["2026-12-25"]; none by default'
    )
    backup: Window | None = Field(
        default=None,
        description="awake: the database is woken for its daily backup window; missed: RDS backs nothing up then; "
        "needed where the hours do not hold the window",
    )
    maintenance: Window | None = Field(
        default=None,
        description="awake: the database is woken for its weekly maintenance window; missed: RDS maintains nothing then; "
        "needed where the hours do not hold the window",
    )

    @field_validator("awake")
    @classmethod
    def _apart(cls, awake: tuple[str, ...]) -> tuple[str, ...]:
        if not awake:
            fail_on([Problem(value=[], expected="hours, e.g. mon-fri 07:00-20:00: what never wakes is better taken down")])
        fail_on(_overlapping(awake))
        return awake

    @field_validator("holidays")
    @classmethod
    def _once(cls, holidays: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(holidays, what="a day"))
        return holidays

    @property
    def hours(self) -> tuple[Hours, ...]:
        """All hours, by day."""
        return tuple(each for text in self.awake for each in hours_of(text) or ())

    def holds(self, start: int, end: int) -> bool:
        """Whether a window (minutes of the week, UTC; 0 is Monday 00:00) is awake throughout, in summer and in winter."""
        awake = {(day * _DAY + minute) for day, first, last in self.hours for minute in range(first, last)}
        return all((minute + shift) % _WEEK in awake for shift in _shifts(self.timezone) for minute in range(start, end))


def _overlapping(awake: tuple[str, ...]) -> Iterator[Problem]:
    for index, text in enumerate(awake):
        for earlier in awake[:index]:
            meet = (
                day == other and start < until and since < end
                for day, start, end in hours_of(text) or ()
                for other, since, until in hours_of(earlier) or ()
            )
            if any(meet):
                yield Problem(value=text, expected=f"hours that do not overlap {earlier}", path=(index,))
                break


def _shifts(timezone: str) -> set[int]:
    """The minutes that a zone is ahead of UTC, in a year."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = (start + timedelta(days=day) for day in range(365))
    offsets = (day.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta() for day in days)
    return {int(offset.total_seconds()) // 60 for offset in offsets}
