"""Spans of time as people write them: `30m`, `2h`, `3d`."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta | None:
    """The span of a number, 1 to 99999, and `m`, `h` or `d`; None of any other text."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else None


def spelled(span: timedelta) -> str:
    """A span for people, to the minute: `2 h 5 min`, `3 d 1 h`; `0 min` of less than one."""
    minutes = max(0, round(span.total_seconds() / 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (rest, "min")) if number]
    return " ".join(parts[:2]) or "0 min"
