"""Schedules in the grammar of the service that reads them, points in time, and windows of day and week that stay apart."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import alike, at, each_form, each_text
from policies.kit.facts import DAYS, MONTHS
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_ANY_DAY: Final = "|".join(DAYS)


@dataclass(frozen=True)
class _Field:
    """One field of a cron expression.

    Attributes:
        name: For the message.
        low: Least number.
        high: Greatest number.
        names: Names that stand for numbers, the first for `low`.
        special: Further forms of an item as a regular expression.
    """

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str = "(?!)"

    def wrong(self, text: str) -> str:
        """What would be right, or an empty string."""
        return "" if all(self._item(item) for item in text.upper().split(",")) else f"{self.low} to {self.high} in {self.name}"

    def _item(self, item: str) -> bool:
        if item in ("*", "?") or re.fullmatch(self.special, item):
            return True
        base, _, step = item.partition("/")
        if "/" in item and not step.isdecimal():
            return False
        if base == "*":
            return True
        first, _, last = base.partition("-")
        numbers = [self._number(part) for part in ([first, last] if "-" in base else [first])]
        return all(number is not None and self.low <= number <= self.high for number in numbers)

    def _number(self, text: str) -> int | None:
        if text in self.names:
            return self.names.index(text) + self.low
        return int(text) if text.isdecimal() else None


_MINUTE: Final = _Field("minutes", 0, 59)
_HOUR: Final = _Field("hours", 0, 23)
_DAY: Final = _Field("days of the month", 1, 31, special=r"L|LW|L-\d{1,2}|\d{1,2}W")
_MONTH: Final = _Field("months", 1, 12, MONTHS)
_WEEKDAY: Final = _Field("days of the week", 1, 7, DAYS, special=rf"L|([1-7]|{_ANY_DAY})(L|#[1-5])")
_YEAR: Final = _Field("years", 1970, 2199)
_AWS_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY, _YEAR)
_UNIX_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _Field("days of the week", 0, 7, DAYS, special=_WEEKDAY.special))


def _cron(text: str) -> str:
    """What would be right in the six fields inside `cron(...)`."""
    fields = text.split()
    if len(fields) != 6:
        return f"six fields (minutes, hours, day of month, month, day of week, year), not {len(fields)}"
    for field, part in zip(_AWS_FIELDS, fields, strict=True):
        if wrong := field.wrong(part):
            return wrong
    if (fields[2] == "?") == (fields[4] == "?"):
        return "? in exactly one of day of month and day of week"
    return ""


def _loose_cron(text: str) -> str:
    """Systems Manager takes seconds in front, too."""
    fields = text.split()
    return "" if len(fields) == 7 or not _cron(text) or (fields[2:5].count("?") == 0 and len(fields) == 6) else _cron(text)


def _rate(text: str, *, singular: bool) -> str:
    match = re.fullmatch(r"(\d+) +(minute|hour|day)(s?)", text.strip())
    if match is None or int(match[1]) == 0:
        return "rate(number unit) with a whole number above 0 and minutes, hours or days"
    if singular and (int(match[1]) == 1) == bool(match[3]):
        return f"rate({match[1]} {match[2]}{'' if int(match[1]) == 1 else 's'})"
    return ""


def _at(text: str) -> str:
    right = re.fullmatch(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d", text.strip())
    return "" if right else "at(yyyy-mm-ddThh:mm:ss), without a time zone"


_Part = Callable[[str], str]
_RATE: Final[_Part] = partial(_rate, singular=False)
_STRICT_RATE: Final[_Part] = partial(_rate, singular=True)


def _expression(forms: dict[str, _Part]) -> _Part:
    """A grammar of `name(...)` forms."""

    def wrong(text: str) -> str:
        match = re.fullmatch(r"(\w+)\((.*)\)", text.strip(), re.DOTALL)
        if match is None or match[1] not in forms:
            return f"an expression of the form {' or '.join(f'{name}(...)' for name in forms)}"
        return forms[match[1]](match[2])

    return wrong


def _unix(text: str) -> str:
    """The recurrence of EC2 Auto Scaling: five fields without `cron(...)`."""
    fields = text.split()
    if len(fields) != 5 or "(" in text:
        return "five fields of Unix cron (minutes, hours, day of month, month, day of week), without cron()"
    for field, part in zip(_UNIX_FIELDS, fields, strict=True):
        if wrong := field.wrong(part):
            return wrong
    return ""


def _canary(text: str) -> str:
    if text.strip().startswith("rate"):
        match = re.fullmatch(r"rate\((\d+) (minutes?|hours?)\)", text.strip())
        minutes = int(match[1]) * (60 if match[2].startswith("hour") else 1) if match else 61
        return "" if minutes <= 60 else "rate(0 minute) to run once, or up to rate(1 hour)"
    return _expression({"cron": _loose_cron})(text)


_AWS_CRON: Final = _expression({"cron": _cron})
_EVENTS: Final = _expression({"cron": _cron, "rate": _RATE})
_SCHEDULER: Final = _expression({"cron": _cron, "rate": _RATE, "at": _at})
_SYSTEMS_MANAGER: Final = _expression({"cron": _loose_cron, "rate": _RATE, "at": lambda _: ""})
_GRAMMARS: Final[Mapping[str, Mapping[str, _Part]]] = {
    "cloudwatch/eventRule": {"scheduleExpression": _expression({"cron": _cron, "rate": _STRICT_RATE})},
    "scheduler/schedule": {"scheduleExpression": _SCHEDULER},
    "appautoscaling/scheduledAction": {"schedule": _SCHEDULER},
    "autoscaling/schedule": {"recurrence": _unix},
    "backup/plan": {"rules[].schedule": _AWS_CRON},
    "backup/restoreTestingPlan": {"scheduleExpression": _AWS_CRON},
    **alike("glue/trigger glue/crawler", {"schedule": _AWS_CRON}),
    "ssm/maintenanceWindow": {"schedule": _SYSTEMS_MANAGER},
    "ssm/association": {"scheduleExpression": _SYSTEMS_MANAGER},
    "redshift/scheduledAction": {"schedule": _expression({"cron": _cron, "at": _at})},
    "redshift/snapshotSchedule": {"definitions[]": _expression({"cron": lambda _: "", "rate": _RATE})},
    "synthetics/canary": {"schedule.expression": _canary},
    "datasync/task": {"schedule.scheduleExpression": _EVENTS},
    "imagebuilder/imagePipeline": {"schedule.scheduleExpression": _expression({"cron": _loose_cron, "rate": _RATE})},
}
rules.named("schedule-expression", "F423", " ".join(_GRAMMARS)).add(
    each_text(at(_GRAMMARS), lambda resource, leaf: _GRAMMARS[resource.kind][leaf.name](leaf.value)),
    description="Schedules are written in the grammar of the service that reads them.",
    remediation=(
        "EventBridge, Scheduler, Backup and Glue: cron(minutes hours day month weekday year) with ? in one of the days, or "
        "rate(5 minutes). EC2 Auto Scaling: five fields without cron()."
    ),
)


_CLOCK: Final = r"([01]\d|2[0-3]):[0-5]\d"
_DAY_TIME: Final = rf"({_ANY_DAY}):[0-2]\d:[0-5]\d"
_UTC: Final = (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "a time in UTC: 2026-01-31T18:00:00Z")
_INSTANT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
_ZONED: Final = (_INSTANT, "a time with a time zone: 2026-01-31T18:00:00Z")
_DATE: Final = (_INSTANT, "a time in UTC: 2026-01-31T18:00:00Z")
_MINUTE_OF_BUDGET: Final = (r"\d{4}-\d\d-\d\d_\d\d:\d\d", "2026-01-31_00:00")
_ZONE: Final = (
    r"UTC|GMT|[A-Z]{3}(\d[A-Z]{3})?|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+\-]+){0,2}",
    "a name of the IANA time zone database: Europe/Zurich",
)
_WINDOW: Final = (rf"(?i:{_DAY_TIME}-{_DAY_TIME})", "ddd:hh:mm-ddd:hh:mm in UTC")
_WEEKLY: Final = {"weeklyMaintenanceStartTime": (rf"[1-7]:{_CLOCK}", "d:HH:MM in UTC")}
_TIMES: Final = {
    "autoscaling/schedule": {"startTime": _UTC, "endTime": _UTC, "timeZone": _ZONE},
    "appautoscaling/scheduledAction": {"startTime": _ZONED, "endTime": _ZONED, "timezone": _ZONE},
    "scheduler/schedule": {"startDate": _DATE, "endDate": _DATE, "scheduleExpressionTimezone": _ZONE},
    "budgets/budget": {"timePeriodStart": _MINUTE_OF_BUDGET, "timePeriodEnd": _MINUTE_OF_BUDGET},
    **alike("redshift/cluster dms/replicationInstance", {"preferredMaintenanceWindow": _WINDOW}),
    "fsx/windowsFileSystem": {**_WEEKLY, "dailyAutomaticBackupStartTime": (_CLOCK, "HH:MM in UTC")},
    **alike("fsx/lustreFileSystem fsx/ontapFileSystem fsx/openZfsFileSystem", _WEEKLY),
    "mq/broker": {"maintenanceWindowStartTime.timeOfDay": (_CLOCK, "HH:MM")},
    "ssoadmin/permissionSet": {"sessionDuration": (r"PT(([1-9]|1[0-2])H)?([1-9]\d?M)?", "PT1H to PT12H")},
}
rules.named("time-form", "F424", " ".join(_TIMES)).add(
    each_form(_TIMES),
    description="Times, time zones and durations have the form that the service reads.",
    remediation="Write the value in the form that the finding shows.",
)


_MINUTES_OF_DAY: Final = 24 * 60
_MINUTES_OF_WEEK: Final = 7 * _MINUTES_OF_DAY
_TIME: Final = r"([01]\d|2[0-3]):([0-5]\d)"
_WINDOWS: Final = {
    "rds/instance": ("backupWindow", "maintenanceWindow", 30),
    **alike(
        "rds/cluster rds/clusterInstance docdb/cluster neptune/cluster neptune/clusterInstance",
        ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    ),
    "docdb/clusterInstance": ("", "preferredMaintenanceWindow", 30),
    **alike("elasticache/cluster elasticache/replicationGroup memorydb/cluster", ("snapshotWindow", "maintenanceWindow", 60)),
}
"""Daily window, weekly window, shortest length in minutes."""


def daily_window(text: Value) -> tuple[int, int] | None:
    """Start and length in minutes."""
    match = re.fullmatch(rf"{_TIME}-{_TIME}", str(text))
    if not match:
        return None
    first, last = (int(match[group]) * 60 + int(match[group + 1]) for group in (1, 3))
    return first, (last - first) % _MINUTES_OF_DAY


def weekly_window(text: Value) -> tuple[int, int] | None:
    """Start and length in minutes."""
    match = re.fullmatch(rf"({_ANY_DAY}):{_TIME}-({_ANY_DAY}):{_TIME}", str(text).upper())
    if not match:
        return None
    first, last = (
        DAYS.index(match[group]) * _MINUTES_OF_DAY + int(match[group + 1]) * 60 + int(match[group + 2]) for group in (1, 4)
    )
    return first, (last - first) % _MINUTES_OF_WEEK


@rules.rule("backup-and-maintenance-windows", "F216", " ".join(_WINDOWS))
def _windows(resource: Resource) -> Answers:
    """Backup and maintenance windows have AWS's form and length, and do not overlap.

    Give a daily hh:mm-hh:mm and a weekly ddd:hh:mm-ddd:hh:mm window in UTC that do not touch each other.
    """
    daily_name, weekly_name, least = _WINDOWS[resource.kind]
    daily_text, weekly_text = resource.get(daily_name) if daily_name else None, resource.get(weekly_name)
    parsed: list[tuple[int, int]] = []
    for name, text, window, form in (
        (daily_name, daily_text, daily_window, "hh:mm-hh:mm, in UTC"),
        (weekly_name, weekly_text, weekly_window, "ddd:hh:mm-ddd:hh:mm, in UTC"),
    ):
        if text is UNKNOWN:
            yield NOT_JUDGED
        elif text not in (None, ""):
            found = window(text)
            if found is None:
                yield Finding(name, text, form, detail=name, answer=f"InvalidParameterValue: Invalid window format: {text}")
            elif found[1] < least:
                yield Finding(name, text, f"at least {least} minutes", detail=name, answer=_too_short(least))
            else:
                parsed.append(found)
    if len(parsed) == 2 and meet_on_a_day(*parsed):
        yield Finding(daily_name, daily_text, f"a time outside {weekly_name}, which is {weekly_text}", detail="overlap")


def _too_short(least: int) -> str:
    return f"InvalidParameterValue: the window must be at least {least} minutes long"


def meet_on_a_day(daily: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a daily window touches another, daily or weekly, on some day of the week; each is start and length in minutes."""
    return any(
        (start - other[0]) % _MINUTES_OF_WEEK < other[1] or (other[0] - start) % _MINUTES_OF_WEEK < daily[1]
        for start in (day * _MINUTES_OF_DAY + daily[0] for day in range(7))
    )
