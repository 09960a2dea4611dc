"""Checks of what ECS, Fargate, ECR and schedules accept: each answers what was expected, or None."""

import re
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
    fits = 2 <= len(name) <= 256 and re.fullmatch(rf"({part}/)*{part}", name)
    return None if fits else "a repository's name without registry, tag or digest, e.g. dataconnect/search"


def digest(text: str) -> str | None:
    """The digest of an image."""
    return checks.pattern(text, DIGEST, "sha256: and 64 hexadecimal digits (the image's digest)")


def timezone(name: str) -> str | None:
    """A zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "an IANA time zone, e.g. America/New_York"
    return None


_CRON_FIELDS: Final = (
    ("minutes", r"\d+", 0, 59),
    ("hours", r"\d+", 0, 23),
    ("day of month", r"\d+|L|LW|\d+W", 1, 31),
    ("month", r"\d+|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC", 1, 12),
    ("day of week", r"\d+|SUN|MON|TUE|WED|THU|FRI|SAT|L|\dL|\d#[1-5]", 1, 7),
    ("year", r"\d+", 1970, 2199),
)


def cron(text: str) -> str | None:
    """An AWS schedule `cron(minutes hours day-of-month month day-of-week year)`, one of the two day fields `?`.

    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html.
    """
    example = "e.g. cron(0 20 ? * MON-FRI *)"
    inner = re.fullmatch(r"cron\((.*)\)", text)
    fields = inner[1].split() if inner else []
    if len(fields) != len(_CRON_FIELDS):
        return f"cron(minutes hours day-of-month month day-of-week year), {example}"
    if (fields[2] == "?") == (fields[4] == "?"):
        return f"? in exactly one of day-of-month and day-of-week, {example}"
    for field, (name, value, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
        item = rf"(\*|({value})(-({value}))?)(/[1-9]\d*)?"
        numbers = [int(number) for number in re.findall(r"(?<![/#\d])\d+", field)]
        fits = re.fullmatch(rf"{item}(,{item})*", field) and all(lowest <= number <= highest for number in numbers)
        if not fits and not (field == "?" and name.startswith("day")):
            return f"{lowest} to {highest} in the field {name}, {example}"
    return None
