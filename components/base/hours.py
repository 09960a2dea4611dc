"""Hours of a week as people write them, e.g. `mon-fri 07:00-20:00`, and the time zone that they are of."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import ComponentError
from .problems import Problem, checked

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY: Final = 24 * 60
WEEK: Final = 7 * DAY
_HOURS: Final = rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))? (\d\d):(\d\d)-(\d\d):(\d\d)"

Span = tuple[int, int, int]
"""Day of the week (0 is Monday), first minute of that day, and the minute that does not belong to it any more."""


def spans(text: str) -> tuple[Span, ...] | None:
    """The hours of `mon-fri 07:00-20:00`, of each day; None where it says none.

    Hours that end before they begin go on into the next day, each in two parts.
    """
    found = re.fullmatch(_HOURS, text)
    if found is None:
        return None
    first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
    start, end = int(found[3]) * 60 + int(found[4]), int(found[5]) * 60 + int(found[6])
    if not (first <= last and int(found[4]) < 60 and int(found[6]) < 60 and start < DAY and end <= DAY and start != end):
        return None
    days = range(first, last + 1)
    if start < end:
        return tuple((day, start, end) for day in days)
    late = [(day, start, DAY) for day in days]
    early = [((day + 1) % len(DAYS), 0, end) for day in days] if end else []
    return tuple(sorted([*late, *early]))


def spans_of(texts: Sequence[str]) -> tuple[Span, ...]:
    """All hours, by day; of texts that are hours."""
    return tuple(each for text in texts for each in spans(text) or ())


def minutes(texts: Sequence[str]) -> frozenset[int]:
    """The minutes of a week that the hours are, from Monday's first; of texts that are hours."""
    return frozenset(day * DAY + minute for day, start, end in spans_of(texts) for minute in range(start, end))


def overlapping(texts: Sequence[str]) -> Iterator[Problem]:
    """A problem for each that has a minute of an earlier one."""
    for index, text in enumerate(texts):
        met = next((earlier for earlier in texts[:index] if minutes([text]) & minutes([earlier])), None)
        if met:
            yield Problem(value=text, expected=f"hours that do not overlap {met}", path=(index,))


def _hours(text: str) -> str | None:
    expected = "days and hours, e.g. mon-fri 07:00-20:00, or 20:00-07:00 into the next day; 24:00 ends a day, 00:00 begins one"
    return None if spans(text) else expected


def _of_a_day(text: str) -> str | None:
    expected = "days and hours, the earlier first, e.g. mon-fri 07:00-20:00; 24:00 ends a day, the next begins with 00:00"
    start, _, end = text.rpartition(" ")[2].partition("-")
    return None if spans(text) and start < end else expected


Hours = Annotated[str, checked(_hours)]
HoursOfADay = Annotated[str, checked(_of_a_day)]
"""Hours of which none goes on into the next day."""

# Areas of the IANA database: what has none is an abbreviation or stands for no place (`Factory`, `localtime`, `posixrules`).
# Application Auto Scaling takes the names that Joda-Time knows (docs.aws.amazon.com/autoscaling/application/userguide/
# scheduled-scaling-using-cron-expressions.html).
_AREAS: Final = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Canada", "Etc", "Europe", "Indian"),
    *("Pacific", "US"),
)


def timezone(name: str) -> str | None:
    """A zone of the IANA database that is named after a place, or UTC."""
    known = name == "UTC" or name.partition("/")[0] in _AREAS
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = False
    return None if known and name != "Etc/Unknown" else "an IANA time zone, e.g. America/New_York"


def rules_of(name: str) -> Path:
    """The file (TZif, RFC 8536) with a time zone's rules, of the locked package tzdata: the same on every machine.

    Raises:
        ComponentError: where the package is not installed, or has no such zone.
    """
    try:
        # Only who packs a function needs it.
        import tzdata
    except ImportError:
        expected = "expected it installed, as requirements.lock has it"
        raise ComponentError(f"the rules of {name} are in the Python package tzdata, which is missing; {expected}") from None
    found = Path(tzdata.__file__).parent / "zoneinfo" / name
    if not found.is_file():
        raise ComponentError(f"the package tzdata {tzdata.__version__} has no rules of {name}; expected a zone that it has")
    return found
