"""Hours of a month in which a stack is awake, as its schedule says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import gcd
from typing import Any, Final
from zoneinfo import ZoneInfo

from functions.sleep.calendar import Calendar

HOURS: Final = Decimal(730)
"""Hours of a month in AWS's own examples: 365 days of 24 hours by 12."""
WEEKS: Final = 52
"""So many whole weeks are looked at: each day of the week counts as often, and holidays of a year count."""
OFFSET: Final = 15
"""Minutes: all time zones of today are ahead of UTC by a multiple of it."""


@dataclass(frozen=True, kw_only=True)
class Awake:
    """Hours of a month.

    Attributes:
        hours: All of the stack is awake.
        databases: Its databases are: then, and in windows of their own.
    """

    hours: Decimal
    databases: Decimal


ALWAYS: Final = Awake(hours=HOURS, databases=HOURS)
NEVER: Final = Awake(hours=Decimal(0), databases=Decimal(0))


def awake_of(schedule: Mapping[str, Any], since: date) -> Awake:
    """The average month of the 52 weeks from a day (UTC) on, with their holidays and the databases' own windows.

    `schedule` is what the component `Schedule` tells of itself: timezone, hours, holidays and windows.
    """
    calendar = Calendar(
        zone=ZoneInfo(schedule["timezone"]),
        hours=tuple((int(day), int(start), int(end)) for day, start, end in schedule["hours"]),
        holidays=frozenset(date.fromisoformat(day) for day in schedule["holidays"]),
        windows=tuple((int(start), int(end)) for start, end in schedule["windows"]),
    )
    minutes = [minute for _, start, end in calendar.hours for minute in (start, end)]
    # Whatever begins or ends does so at a multiple of this: no minute is counted wrong.
    step = gcd(OFFSET, *minutes, *(minute for window in calendar.windows for minute in window))
    begin = int(datetime(since.year, since.month, since.day, tzinfo=UTC).timestamp())
    end = begin + int(timedelta(weeks=WEEKS).total_seconds())
    modes = [calendar.mode(at) for at in range(begin, end, step * 60)]
    awake, windows = modes.count("awake"), modes.count("databases")
    return Awake(hours=HOURS * awake / len(modes), databases=HOURS * (awake + windows) / len(modes))
