"""Schedules in the grammar of the service that reads them: cron, rate and at expressions, Unix cron, points in time."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from policies.feasibility.data.failures import failures
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_MONTHS: Final = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS: Final = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


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
_MONTH: Final = _Field("months", 1, 12, tuple(_MONTHS))
_WEEKDAY: Final = _Field("days of the week", 1, 7, tuple(_DAYS), special=r"L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5])")
_YEAR: Final = _Field("years", 1970, 2199)
_AWS_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY, _YEAR)
_UNIX_FIELDS: Final = (_MINUTE, _HOUR, _DAY, _MONTH, _Field("days of the week", 0, 7, tuple(_DAYS), special=_WEEKDAY.special))


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


_GRAMMARS: Final[dict[tuple[str, str], _Part]] = {
    ("cloudwatch/eventRule", "scheduleExpression"): _expression({"cron": _cron, "rate": _STRICT_RATE}),
    ("scheduler/schedule", "scheduleExpression"): _expression({"cron": _cron, "rate": _RATE, "at": _at}),
    ("appautoscaling/scheduledAction", "schedule"): _expression({"cron": _cron, "rate": _RATE, "at": _at}),
    ("autoscaling/schedule", "recurrence"): _unix,
    ("backup/plan", "rules[].schedule"): _expression({"cron": _cron}),
    ("backup/restoreTestingPlan", "scheduleExpression"): _expression({"cron": _cron}),
    ("glue/trigger", "schedule"): _expression({"cron": _cron}),
    ("glue/crawler", "schedule"): _expression({"cron": _cron}),
    ("ssm/maintenanceWindow", "schedule"): _expression({"cron": _loose_cron, "rate": _RATE, "at": lambda _: ""}),
    ("ssm/association", "scheduleExpression"): _expression({"cron": _loose_cron, "rate": _RATE, "at": lambda _: ""}),
    ("redshift/scheduledAction", "schedule"): _expression({"cron": _cron, "at": _at}),
    ("redshift/snapshotSchedule", "definitions[]"): _expression({"cron": lambda _: "", "rate": _RATE}),
    ("synthetics/canary", "schedule.expression"): _canary,
    ("datasync/task", "schedule.scheduleExpression"): _expression({"cron": _cron, "rate": _RATE}),
    ("imagebuilder/imagePipeline", "schedule.scheduleExpression"): _expression({"cron": _loose_cron, "rate": _RATE}),
}


@rules.rule(
    "schedule-expression",
    "F423",
    " ".join(sorted({kind for kind, _ in _GRAMMARS})),
    description="Schedules are written in the grammar of the service that reads them.",
    remediation=(
        "EventBridge, Scheduler, Backup and Glue: cron(minutes hours day month weekday year) with ? in one "
        "of the days, or "
        "rate(5 minutes). EC2 Auto Scaling: five fields without cron()."
    ),
)
def _schedules(resource: Resource) -> Answers:
    for (kind, path), wrong in _GRAMMARS.items():
        if kind != resource.kind:
            continue
        for where, value in resource.each(path):
            if value is UNKNOWN:
                yield NOT_JUDGED
            elif isinstance(value, str) and value and (expected := wrong(value)):
                yield Finding(where, value, expected, re.sub(r"\[\d+\]", "", where))


_UTC: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_INSTANT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
_ZONE: Final = r"UTC|GMT|[A-Z]{3}(\d[A-Z]{3})?|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+\-]+){0,2}"
_TIMES: Final = {
    ("autoscaling/schedule", "startTime"): (_UTC, "a time in UTC: 2026-01-31T18:00:00Z"),
    ("autoscaling/schedule", "endTime"): (_UTC, "a time in UTC: 2026-01-31T18:00:00Z"),
    ("appautoscaling/scheduledAction", "startTime"): (_INSTANT, "a time with a time zone: 2026-01-31T18:00:00Z"),
    ("appautoscaling/scheduledAction", "endTime"): (_INSTANT, "a time with a time zone: 2026-01-31T18:00:00Z"),
    ("scheduler/schedule", "startDate"): (_INSTANT, "a time in UTC: 2026-01-31T18:00:00Z"),
    ("scheduler/schedule", "endDate"): (_INSTANT, "a time in UTC: 2026-01-31T18:00:00Z"),
    ("budgets/budget", "timePeriodStart"): (r"\d{4}-\d\d-\d\d_\d\d:\d\d", "2026-01-31_00:00"),
    ("budgets/budget", "timePeriodEnd"): (r"\d{4}-\d\d-\d\d_\d\d:\d\d", "2026-01-31_00:00"),
    ("scheduler/schedule", "scheduleExpressionTimezone"): (_ZONE, "a name of the IANA time zone database: Europe/Zurich"),
    ("appautoscaling/scheduledAction", "timezone"): (_ZONE, "a name of the IANA time zone database: Europe/Zurich"),
    ("autoscaling/schedule", "timeZone"): (_ZONE, "a name of the IANA time zone database: Europe/Zurich"),
    ("redshift/cluster", "preferredMaintenanceWindow"): (
        r"(?i:(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d)",
        "ddd:hh:mm-ddd:hh:mm in UTC",
    ),
    ("dms/replicationInstance", "preferredMaintenanceWindow"): (
        r"(?i:(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):[0-2]\d:[0-5]\d)",
        "ddd:hh:mm-ddd:hh:mm in UTC",
    ),
    ("fsx/windowsFileSystem", "weeklyMaintenanceStartTime"): (r"[1-7]:([01]\d|2[0-3]):[0-5]\d", "d:HH:MM in UTC"),
    ("fsx/lustreFileSystem", "weeklyMaintenanceStartTime"): (r"[1-7]:([01]\d|2[0-3]):[0-5]\d", "d:HH:MM in UTC"),
    ("fsx/ontapFileSystem", "weeklyMaintenanceStartTime"): (r"[1-7]:([01]\d|2[0-3]):[0-5]\d", "d:HH:MM in UTC"),
    ("fsx/openZfsFileSystem", "weeklyMaintenanceStartTime"): (r"[1-7]:([01]\d|2[0-3]):[0-5]\d", "d:HH:MM in UTC"),
    ("fsx/windowsFileSystem", "dailyAutomaticBackupStartTime"): (r"([01]\d|2[0-3]):[0-5]\d", "HH:MM in UTC"),
    ("mq/broker", "maintenanceWindowStartTime.timeOfDay"): (r"([01]\d|2[0-3]):[0-5]\d", "HH:MM"),
    ("ssoadmin/permissionSet", "sessionDuration"): (r"PT(([1-9]|1[0-2])H)?([1-9]\d?M)?", "PT1H to PT12H"),
}


@rules.rule(
    "time-form",
    "F424",
    " ".join(sorted({kind for kind, _ in _TIMES})),
    description="Times, time zones and durations have the form that the service reads.",
    remediation="Write the value in the form that the finding shows.",
)
def _times(resource: Resource) -> Answers:
    for (kind, path), (pattern, expected) in _TIMES.items():
        value: Value = resource.get(path) if kind == resource.kind else None
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and value and not re.fullmatch(pattern, value):
            yield Finding(path, value, expected, path)
