"""When a stack is awake: by which clock, which hours, which days not, and what becomes of its database's own windows."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from ..base.hours import WEEK, HoursOfADay, Span, minutes, overlapping, spans_of
from ..base.hours import timezone as known_timezone
from ..base.problems import Problem, checked, duplicates, fail_on
from ..base.spec import Spec

LEAD_MINUTES: Final = 30
"""So long before a window of its own a database is woken: RDS takes minutes to start one."""

Window = Literal["awake", "missed"]


def _date(text: str) -> str | None:
    try:
        fits = date.fromisoformat(text).isoformat() == text
    except ValueError:
        fits = False
    return None if fits else "a day that there is, YYYY-MM-DD, in quotes"


class ScheduleSpec(Spec):
    """When a stack is awake; it sleeps the rest of the time."""

    timezone: Annotated[str, checked(known_timezone)] = Field(
        description="IANA time zone of hours and holidays, e.g. America/New_York; daylight saving follows"
    )
    awake: tuple[HoursOfADay, ...] = Field(description="hours awake, e.g. [mon-fri 07:00-20:00]")
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
        fail_on(overlapping(awake))
        return awake

    @field_validator("holidays")
    @classmethod
    def _once(cls, holidays: tuple[str, ...]) -> tuple[str, ...]:
        fail_on(duplicates(holidays, what="a day"))
        return holidays

    @property
    def hours(self) -> tuple[Span, ...]:
        """All hours, by day."""
        return spans_of(self.awake)

    def holds(self, start: int, end: int) -> bool:
        """Whether a window (minutes of the week, UTC; 0 is Monday 00:00) is awake throughout, in summer and in winter."""
        awake = minutes(self.awake)
        return all((minute + shift) % WEEK in awake for shift in _shifts(self.timezone) for minute in range(start, end))


def _shifts(timezone: str) -> set[int]:
    """The minutes that a zone is ahead of UTC, in a year."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = (start + timedelta(days=day) for day in range(365))
    offsets = (day.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta() for day in days)
    return {int(offset.total_seconds()) // 60 for offset in offsets}
