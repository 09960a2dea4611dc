"""What a production stack must have at the least, each with its reason. Its other values are its own business."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

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
# docs/decisions/lake.md: five years, one of them a leap year, and a day for the lender's clock.
RAW_DAYS: Final = 1_827
EACH: Final = "*"
"""In a path: every entry of a mapping."""
_LOGS: Final = f"{LOG_DAYS} days or more in prod: a year's records must be explainable by that year's logs"


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least of one setting.

    Attributes:
        path: The setting, by the names of its fields and, in a mapping, of an entry or `EACH`.
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
    Floor(path=("logs", "archive_days"), fits=_days(LOG_DAYS), expected=_LOGS),
    *(
        Floor(path=("logs", "retention_days", name), fits=_days(LOG_DAYS), expected=_LOGS)
        for name in ("application", "audit", "access")
    ),
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
        path=("lake", "buckets", EACH, "noncurrent_days"),
        fits=_days(NONCURRENT_DAYS),
        expected=f"{NONCURRENT_DAYS} days or more in prod: what was overwritten is often missed by the month's reports only",
    ),
    Floor(
        path=("lake", "buckets", "raw", "expire_days"),
        fits=_days(RAW_DAYS),
        expected=f"{RAW_DAYS} days or more in prod, or none: lenders keep a closing disclosure for five years (12 CFR 1026.25)",
    ),
    Floor(path=("lake", "access_log_days"), fits=_days(LOG_DAYS), expected=_LOGS),
    Floor(
        path=("database", "backup_retention_days"),
        fits=_days(BACKUP_DAYS),
        expected=f"{BACKUP_DAYS} days or more in prod: what a weekly job did wrong is found a week later",
    ),
    Floor(
        path=("cache", "node_type"),
        fits=lambda name: not str(name).startswith("cache.t"),
        expected="a node type without CPU credits in prod: a cache.t one slows down once they are spent",
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
            for path, found in _at(value, floor.path[1:]):
                if not floor.fits(found):
                    shown = list(found) if isinstance(found, tuple) else found
                    yield Problem(value=shown, expected=floor.expected, path=path)


def _at(value: Any, names: tuple[str, ...], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every setting at `names` below `value`, with its path in the file; a mapping may lack an entry."""
    if not names:
        yield above, value
        return
    name, *rest = names
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        for entry in entries if name == EACH else {name} & {*entries}:
            yield from _at(entries[entry], tuple(rest), (*above, entry))
    else:
        yield from _at(getattr(value, name, None), tuple(rest), (*above, yaml_key(name)))
