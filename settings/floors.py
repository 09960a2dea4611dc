"""What a production stack must have at the least, each with its reason. Its other values are its own business."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from components.base import limits
from components.base.features import Features
from components.base.problems import Path, Problem
from components.base.spec import yaml_key

# Mortgage records of a year must be explainable by the logs of that year.
LOG_DAYS: Final = 365
# An overwritten object is often noticed by the month's reports only.
NONCURRENT_DAYS: Final = 30
# What a job does wrong that runs once a week is found a week later.
BACKUP_DAYS: Final = 7
_LOGS: Final = f"{LOG_DAYS} days or more in prod: a year's records must be explainable by that year's logs"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least of one setting.

    Attributes:
        path: The setting, by the names of its fields.
        fits: Whether a value is enough.
        expected: What would be, with the reason.
    """

    path: tuple[str, ...]
    fits: Callable[[Any], bool]
    expected: str


def _days(least: int) -> Callable[[int | None], bool]:
    return lambda days: days is None or days >= least


PROD: Final = (
    Floor(path=("protect",), fits=lambda on: on is True, expected="true: prod holds data that nobody may lose"),
    *(
        Floor(
            path=("features", name),
            fits=lambda value, wanted=wanted: value is wanted,
            expected=f"{str(wanted).lower()} in prod",
        )
        for name, wanted in Features()
    ),
    Floor(path=("log_retention_days",), fits=_days(LOG_DAYS), expected=_LOGS),
    Floor(
        path=("network", "nat"),
        fits=lambda nat: nat == "per-zone",
        expected="per-zone in prod: the loss of a zone must not take another zone's way out",
    ),
    Floor(
        path=("network", "interface_endpoints"),
        fits=lambda names: set(limits.FARGATE_ENDPOINTS) <= set(names),
        expected=f"also {', '.join(limits.FARGATE_ENDPOINTS)} in prod: tasks must start when a NAT gateway does not work",
    ),
    Floor(path=("network", "flow_log_retention_days"), fits=_days(LOG_DAYS), expected=_LOGS),
    Floor(
        path=("lake", "noncurrent_days"),
        fits=_days(NONCURRENT_DAYS),
        expected=f"{NONCURRENT_DAYS} days or more in prod: what was overwritten is often missed by the month's reports only",
    ),
    Floor(path=("lake", "access_log_days"), fits=_days(LOG_DAYS), expected=_LOGS),
    Floor(
        path=("database", "backup_retention_days"),
        fits=_days(BACKUP_DAYS),
        expected=f"{BACKUP_DAYS} days or more in prod: what a weekly job did wrong is found a week later",
    ),
    Floor(
        path=("database", "instance_class"),
        fits=lambda name: not str(name).startswith("db.t"),
        expected="a class without CPU credits in prod: a db.t one slows down once they are spent",
    ),
)


def below(field: str, value: object) -> Iterator[Problem]:
    """A problem for each setting in `value`, the section or value `field`, that is not enough for production."""
    for floor in PROD:
        if floor.path[0] == field:
            found = value
            for name in floor.path[1:]:
                found = getattr(found, name, None)
            if not floor.fits(found):
                path: Path = tuple(map(yaml_key, floor.path[1:]))
                shown = list(found) if isinstance(found, tuple) else found
                yield Problem(value=shown, expected=floor.expected, path=path)
