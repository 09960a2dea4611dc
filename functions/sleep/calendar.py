"""When a stack is awake: hours by the clock on the wall, holidays, windows of its databases, and what somebody ordered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import gcd
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

Mode = Literal["awake", "databases", "asleep"]
"""databases: nothing but these is awake, for a window of their own."""
ZONE: Final = Path(__file__).with_name("zone")
"""The rules of the schedule's time zone (TZif, RFC 8536): those of the machine that deployed, whatever Lambda's runtime has."""
LONGEST_DAYS: Final = 14
"""So long an order may hold at the most: what is forgotten ends by itself."""
_DAY: Final = 24 * 60
_OFFSET: Final = 15
_WEEK: Final = 7 * _DAY


class TimeError(Exception):
    """A time that cannot be used; says what it is, and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When a stack is awake if nobody orders otherwise.

    Clocks on the wall decide: where they are put back, what happens twice counts twice; where they are put forward, what is
    skipped never is.

    Attributes:
        zone: Time zone of hours and holidays.
        hours: Day of the week (0 is Monday), first and last minute of the day; the last is not awake any more.
        holidays: Days without hours.
        windows: First and last minute of the week, UTC, that databases are awake whatever the hours; 0 is Monday 00:00.
    """

    zone: ZoneInfo
    hours: tuple[tuple[int, int, int], ...]
    holidays: frozenset[date]
    windows: tuple[tuple[int, int], ...]

    def mode(self, now: float) -> Mode:
        """What the stack is to be at a time, Unix seconds."""
        at = datetime.fromtimestamp(now, UTC)
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        awake = any(day == local.weekday() and start <= minute < end for day, start, end in self.hours)
        if awake and local.date() not in self.holidays:
            return "awake"
        of_week = at.weekday() * _DAY + at.hour * 60 + at.minute
        return "databases" if any((of_week - start) % _WEEK < end - start for start, end in self.windows) else "asleep"

    def next(self, now: float, mode: Mode | None = None) -> float | None:
        """When it is to be otherwise, or of that mode; to the minute. None where that is not within a month."""
        before = self.mode(now)
        # Whatever changes does so at a multiple of this; zones of today are ahead of UTC by such multiples, too.
        step = 60 * gcd(
            _OFFSET, *(edge for _, *edges in self.hours for edge in edges), *(x for each in self.windows for x in each)
        )
        start = int(now) // step * step
        for minute in range(start + step, start + 60 * 31 * _DAY, step):
            found = self.mode(minute)
            if found != before and mode in (None, found):
                return float(minute)
            before = found
        return None

    def told(self, now: float) -> str:
        """A time as its people write it, e.g. `2026-12-01 22:00 EST`."""
        return datetime.fromtimestamp(now, self.zone).strftime("%Y-%m-%d %H:%M %Z")

    def read(self, text: str, now: float) -> float:
        """A time to come as people write it, `22:00` (today) or `2026-12-01T22:00`, in the schedule's zone.

        Of a time that comes twice, as clocks are put back, the later is meant.

        Raises:
            TimeError: it is none, is skipped as clocks are put forward, is past, or further away than an order may hold.
        """
        local = datetime.fromtimestamp(now, self.zone)
        example = f"HH:MM or YYYY-MM-DDTHH:MM in {self.zone.key}, e.g. 22:00"
        try:
            day, _, clock = text.strip().replace(" ", "T").rpartition("T")
            found = datetime.strptime(f"{day or local.date().isoformat()}T{clock}", "%Y-%m-%dT%H:%M")
        except ValueError:
            raise TimeError(f"{text!r} is no time; expected {example}") from None
        wanted = found.replace(tzinfo=self.zone, fold=1)
        back = wanted.astimezone(UTC).astimezone(self.zone)
        if back.replace(tzinfo=None) != found:
            raise TimeError(f"{text!r} does not exist in {self.zone.key}: clocks are put forward then; expected another time")
        until = wanted.timestamp()
        if until <= now:
            raise TimeError(f"{text!r} is past: it is {self.told(now)}; expected a time to come, {example}")
        if until - now > timedelta(days=LONGEST_DAYS).total_seconds():
            raise TimeError(f"{text!r} is more than {LONGEST_DAYS} days away; expected an earlier time")
        return until


def calendar_of(document: str, zone: Path = ZONE) -> Calendar:
    """The calendar in the function's document (JSON), with the time zone's rules beside it."""
    told: Mapping[str, Any] = json.loads(document)
    with zone.open("rb") as rules:
        found = ZoneInfo.from_file(rules, key=told["timezone"])
    return Calendar(
        zone=found,
        hours=tuple((day, start, end) for day, start, end in told["hours"]),
        holidays=frozenset(date.fromisoformat(day) for day in told["holidays"]),
        windows=tuple((start, end) for start, end in told["windows"]),
    )
