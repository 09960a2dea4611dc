"""The schedule of a stack, judged with what sleeps by it."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.base.problems import Problem
from components.base.uses import parse
from components.data import database_checks
from components.data.database_spec import DatabaseSpec
from components.operate.schedule_spec import LEAD_MINUTES, ScheduleSpec


def problems(found: ScheduleSpec | None, settings: Mapping[str, Any], *, environment: str | None) -> Iterator[Problem]:
    """What does not fit the rest of the settings, as far as that is right itself."""
    if found is None:
        return
    if environment == "prod":
        yield Problem(value="a schedule", expected="none: production never sleeps")
    if settings.get("recovery_region"):
        expected = "none, or no recoveryRegion: RDS stops no database that another one follows"
        yield Problem(value="a schedule", expected=expected)
    yield from _twice(settings)
    yield from _fail_by_night(settings)
    if isinstance(database := settings.get("database"), DatabaseSpec):
        yield from _windows(found, database)


def windows_of(found: ScheduleSpec, database: DatabaseSpec) -> list[tuple[int, int]]:
    """First and last minute of the week (UTC) that databases are awake for windows of their own.

    Those that the hours hold, too: somebody may order sleep then, and a holiday has no hours.
    """
    return [
        (start - LEAD_MINUTES, end)
        for name, spans in _spans(database).items()
        if getattr(found, name) != "missed"
        for start, end in spans
    ]


def _spans(database: DatabaseSpec) -> dict[str, list[tuple[int, int]]]:
    return {
        "backup": database_checks.minutes_of_week(database.backup_window),
        "maintenance": database_checks.minutes_of_week(database.maintenance_window),
    }


def _windows(found: ScheduleSpec, database: DatabaseSpec) -> Iterator[Problem]:
    for name, spans in _spans(database).items():
        if getattr(found, name) is None and not all(found.holds(start, end) for start, end in spans):
            window = getattr(database, f"{name}_window")
            expected = (
                f"awake or missed: database.{name}Window {window} (UTC) is not within the hours awake in {found.timezone}"
            )
            yield Problem(value=None, expected=expected, path=(name,))


def _twice(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for section in ("services", "fleets"):
        for name, spec in (settings.get(section) or {}).items():
            if spec.schedule is not None:
                expected = f"none, or no {section}.{name}.schedule: two schedules overlap, and each would undo the other"
                yield Problem(value="a schedule", expected=expected)


def _fail_by_night(settings: Mapping[str, Any]) -> Iterator[Problem]:
    for name, spec in (settings.get("functions") or {}).items():
        if any((use := parse(text)) and use.name == "database" for text in spec.uses):
            expected = f"none, or no function that uses the database, as {name}: it would fail while that sleeps"
            yield Problem(value="a schedule", expected=expected)
