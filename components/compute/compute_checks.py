"""Checks of what ECS, Fargate, ECR and schedules accept: each answers what was expected, or None."""

import re
from calendar import isleap
from datetime import UTC, datetime
from typing import Final

from ..base import checks, limits

# docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageIdentifier.html: imageDigest
DIGEST: Final = r"sha256:[0-9a-f]{64}"


def fargate_cpu(cpu: int) -> str | None:
    """CPU units that Fargate sells."""
    return None if cpu in limits.FARGATE_MEMORY_MIB else f"one of {', '.join(map(str, limits.FARGATE_MEMORY_MIB))} CPU units"


def fargate_memory(cpu: int, memory: int) -> str | None:
    """Memory that Fargate sells with `cpu`; an unknown `cpu` is somebody else's error."""
    sizes = limits.FARGATE_MEMORY_MIB.get(cpu, (memory,))
    return None if memory in sizes else f"one of {', '.join(map(str, sizes))} MiB with {cpu} CPU units"


def ecr_repository(name: str) -> str | None:
    """A repository's name, without registry, tag or digest (docs.aws.amazon.com/AmazonECR CreateRepository)."""
    part = r"[a-z0-9]+([._-][a-z0-9]+)*"
    registry = re.match(r"[^/]*\.dkr[.-]ecr\.", name)
    fits = 2 <= len(name) <= 256 and not registry and re.fullmatch(rf"({part}/)*{part}", name)
    return None if fits else "a repository's name without registry, tag or digest, e.g. dataconnect/search"


def digest(text: str) -> str | None:
    """The digest of an image."""
    return checks.pattern(text, DIGEST, "sha256: and 64 hexadecimal digits (the image's digest)")


_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_CRON_FIELDS: Final = (
    ("minutes", r"\d{1,2}", 0, 59),
    ("hours", r"\d{1,2}", 0, 23),
    ("day of month", r"\d{1,2}|LW|L|\d{1,2}W", 1, 31),
    ("month", rf"\d+|{'|'.join(_MONTHS)}", 1, 12),
    ("day of week", rf"\d+#[1-5]|\d+L|\d+|{'|'.join(_DAYS)}|L", 1, 7),
    ("year", r"\d+", 1970, 2199),
)
_EXAMPLE: Final = "e.g. cron(0 20 ? * MON-FRI *)"
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def cron(text: str) -> str | None:
    """An AWS schedule `cron(minutes hours day-of-month month day-of-week year)`, one day field `?`, that runs again.

    AWS takes a day or a year that never comes, and runs nothing. Of ranges that run backwards, as FRI-MON, its documents do not
    say what becomes.
    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html.
    """
    fields = _cron_fields(text)
    if len(fields) != len(_CRON_FIELDS):
        return f"cron(minutes hours day-of-month month day-of-week year), {_EXAMPLE}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return f"? in exactly one of day-of-month and day-of-week, {_EXAMPLE}"
    for field, (name, value, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
        item = rf"(?a:(\*|({value})(-({value}))?)(/[1-9]\d{{0,3}})?)"
        numbers = [int(number) for number in re.findall(r"(?<![/#\d])[0-9]+", field[:200])]
        fits = re.fullmatch(rf"{item}(,{item})*", field) and len(field) < 200
        if not (fits and all(lowest <= number <= highest for number in numbers)) and not (
            field == "?" and name.startswith("day")
        ):
            return f"{lowest} to {highest} in the field {name}, {_EXAMPLE}"
        # Of steps that never come to a second time, of L, W and # in ranges and lists, its documents say nothing, either.
        if any(int(step) > highest for step in re.findall(r"/(\d+)", field)) or re.search(
            r"(\b\d*[LW]+|#\d)[-/,]|[-/,](\d*[LW]+\b|\d+#)", field.replace("JUL", "7")
        ):
            return f"a step of at most {highest}, and L, W or # alone, in the field {name}, {_EXAMPLE}"
        if any(start > end for start, end in _ranges(field)):
            return f"a range that runs forwards in the field {name}, or a list, e.g. FRI,SAT,SUN,MON"
    return _runs_again(text)


def crontab(text: str) -> str | None:
    """A schedule of five fields as EC2 Auto Scaling takes it: minute, hour, day of month, month, day of week.

    Source: docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html.
    """
    expected = "five fields, minute hour day-of-month month day-of-week, e.g. 0 20 * * 1-5"
    fields = text.split(" ")
    bounds = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
    if len(fields) != len(bounds):
        return expected
    for field, (lowest, highest) in zip(fields, bounds, strict=True):
        item = r"(\*|\d{1,2}(-\d{1,2})?)(/\d{1,2})?"
        numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
        if not re.fullmatch(rf"{item}(,{item})*", field) or not all(lowest <= each <= highest for each in numbers):
            return expected
    return None


def same_times(one: str, other: str) -> bool:
    """Whether two valid schedules run at the same times, however they are written."""
    return _times(one) == _times(other)


def _runs_again(text: str) -> str | None:
    _, _, days, months, _, years = _times(text)
    if years and max(map(int, years)) < datetime.now(UTC).year:
        return f"a year that is still to come, or *, in the field year, {_EXAMPLE}"
    dates = [int(day.removesuffix("W")) for day in days if day.removesuffix("W").isdecimal()]
    longest = max(_LONGEST_MONTHS[int(month) - 1] for month in months)
    if dates and len(dates) == len(days) and min(dates) > longest:
        return f"a day that one of the months has in the field day of month, {_EXAMPLE}"
    if dates and len(dates) == len(days) and min(dates) == 29 and longest == 29 and years and not any(map(_leap, years)):
        return f"a year that has a 29 February in the field year, {_EXAMPLE}"
    return None


def _leap(year: str) -> bool:
    return isleap(int(year))


def _cron_fields(text: str) -> list[str]:
    inner = re.fullmatch(r"cron\((.*)\)", text)
    return inner[1].split(" ") if inner else []


def _ranges(field: str) -> list[tuple[int, int]]:
    return [(_number(start), _number(end)) for start, end in re.findall(r"(\w+)-(\w+)", field)]


def _number(word: str) -> int:
    """A word of a field as a number: months from 1, days of the week from 1 (Sunday), as AWS counts them."""
    for names in (_MONTHS, _DAYS):
        if word in names:
            return names.index(word) + 1
    return int(word) if word.isdecimal() else 0


def _times(text: str) -> list[frozenset[str]]:
    """What each field of a valid schedule lists; nothing for `?` and for every year."""
    return [
        frozenset() if field == "?" or (name == "year" and field == "*") else _listed(field, lowest, highest)
        for field, (name, _, lowest, highest) in zip(_cron_fields(text), _CRON_FIELDS, strict=True)
    ]


def _listed(field: str, lowest: int, highest: int) -> frozenset[str]:
    found: set[str] = set()
    for item in field.split(","):
        span, _, step = item.partition("/")
        start, _, end = span.partition("-")
        if start != "*" and not start.isdecimal() and start not in (*_MONTHS, *_DAYS):
            found.add(span.lstrip("0"))  # L, 15W, 6#3: what only a calendar knows
            continue
        first = lowest if start == "*" else _number(start)
        last = highest if start == "*" or (step and not end) else _number(end or start)
        found |= {str(each) for each in range(first, last + 1, int(step or 1))}
    return frozenset(found)
