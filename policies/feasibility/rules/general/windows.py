"""Times of day and week at which AWS backs up and maintains: of the form and length it takes, and apart from each other."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME: Final = r"([01]\d|2[0-3]):([0-5]\d)"
_WINDOWS: Final = {
    "rds/instance": ("backupWindow", "maintenanceWindow", 30),
    "rds/cluster": ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    "rds/clusterInstance": ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    "docdb/cluster": ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    "docdb/clusterInstance": ("", "preferredMaintenanceWindow", 30),
    "neptune/cluster": ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    "neptune/clusterInstance": ("preferredBackupWindow", "preferredMaintenanceWindow", 30),
    "elasticache/cluster": ("snapshotWindow", "maintenanceWindow", 60),
    "elasticache/replicationGroup": ("snapshotWindow", "maintenanceWindow", 60),
    "memorydb/cluster": ("snapshotWindow", "maintenanceWindow", 60),
}
"""Daily window, weekly window, shortest length in minutes."""


def _daily(text: Value) -> tuple[int, int] | None:
    """Start and length in minutes."""
    match = re.fullmatch(rf"{_TIME}-{_TIME}", str(text))
    if not match:
        return None
    first, last = (int(match[group]) * 60 + int(match[group + 1]) for group in (1, 3))
    return first, (last - first) % _DAY


def _weekly(text: Value) -> tuple[int, int] | None:
    """Start and length in minutes."""
    days = "|".join(_DAYS)
    match = re.fullmatch(rf"({days}):{_TIME}-({days}):{_TIME}", str(text).lower())
    if not match:
        return None
    first, last = (_DAYS.index(match[group]) * _DAY + int(match[group + 1]) * 60 + int(match[group + 2]) for group in (1, 4))
    return first, (last - first) % _WEEK


@rules.rule(
    "backup-and-maintenance-windows",
    "F216",
    " ".join(_WINDOWS),
    description="Backup and maintenance windows have AWS's form and length, and do not overlap.",
    remediation="Give a daily hh:mm-hh:mm and a weekly ddd:hh:mm-ddd:hh:mm window in UTC that do not touch each other.",
)
def _windows(resource: Resource) -> Answers:
    daily_name, weekly_name, least = _WINDOWS[resource.kind]
    daily_text, weekly_text = resource.get(daily_name) if daily_name else None, resource.get(weekly_name)
    parsed: list[tuple[int, int]] = []
    for name, text, window, form in (
        (daily_name, daily_text, _daily, "hh:mm-hh:mm, in UTC"),
        (weekly_name, weekly_text, _weekly, "ddd:hh:mm-ddd:hh:mm, in UTC"),
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
    if len(parsed) == 2 and _meet(*parsed):
        yield Finding(daily_name, daily_text, f"a time outside {weekly_name}, which is {weekly_text}", detail="overlap")


def _too_short(least: int) -> str:
    return f"InvalidParameterValue: the window must be at least {least} minutes long"


def _meet(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    return any(
        (start - weekly[0]) % _WEEK < weekly[1] or (weekly[0] - start) % _WEEK < daily[1]
        for start in (day * _DAY + daily[0] for day in range(7))
    )
