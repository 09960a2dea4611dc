"""What settings say of a schedule that is none, or does not fit what sleeps by it."""

from typing import Any

import pytest

from settings import PrimarySettings
from settings.schedule import windows_of
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, refused

HOURS = "days and hours, the earlier first, e.g. mon-fri 07:00-20:00; 24:00 ends a day, the next begins with 00:00"
WITHIN = "(UTC) is not within the hours awake in America/New_York"
PROD: dict[str, object] = {"timezone": "America/New_York", "awake": ["mon-sun 00:00-24:00"]}


def hours(text: object) -> Any:
    return one("dev", "schedule.awake", [text], is_("dataconnect:schedule.awake[0]", text, HOURS))


CASES: list[Any] = [
    plain("dev", "schedule.timezone", "America/Gotham", "an IANA time zone, e.g. America/New_York"),
    plain("dev", "schedule.timezone", "EST", "an IANA time zone, e.g. America/New_York"),
    hours("mon-fri 20:00-07:00"),
    hours("fri-mon 07:00-20:00"),
    hours("mon-fri 07:00-24:01"),
    hours("mon-fri 07:60-20:00"),
    hours("mon-fri 7-20"),
    hours("mon-fri 07:00-07:00"),
    plain("dev", "schedule.awake", [], "hours, e.g. mon-fri 07:00-20:00: what never wakes is better taken down"),
    one(
        *("dev", "schedule.awake", ["mon-fri 07:00-20:00", "sat 10:00-12:00", "fri 19:00-22:00"]),
        is_("dataconnect:schedule.awake[2]", "fri 19:00-22:00", "hours that do not overlap mon-fri 07:00-20:00"),
    ),
    one(
        *("dev", "schedule.holidays", ["2026-02-30"]),
        is_("dataconnect:schedule.holidays[0]", "2026-02-30", "a day that there is, YYYY-MM-DD, in quotes"),
    ),
    one(
        *("dev", "schedule.holidays", ["2026-12-25", "2026-12-25"]),
        is_("dataconnect:schedule.holidays[1]", "2026-12-25", "a day not listed before"),
    ),
    one(
        *("dev", "schedule.maintenance", None),
        "dataconnect:schedule.maintenance is empty; expected awake or missed: database.maintenanceWindow "
        f"sun:09:00-sun:10:00 {WITHIN}",
    ),
    one(
        *("dev", "schedule.backup", None),
        f"dataconnect:schedule.backup is empty; expected awake or missed: database.backupWindow 07:00-08:00 {WITHIN}",
    ),
    one(
        *("dev", "services.bi.schedule", {"down": "cron(0 20 ? * * *)", "up": "cron(0 7 ? * * *)", "timezone": "UTC"}),
        is_(
            "dataconnect:schedule",
            "a schedule",
            "none, or no services.bi.schedule: two schedules overlap, and each would undo the other",
        ),
    ),
    one(
        *("dev", "functions.quota.uses", ["database:read", "table/tenants:read+write", "catalog:cap"]),
        is_(
            "dataconnect:schedule",
            "a schedule",
            "none, or no function that uses the database, as quota: it would fail while that sleeps",
        ),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_production_never_sleeps_nor_does_what_another_region_follows() -> None:
    told = refused("prod", {"schedule": PROD})
    assert is_("dataconnect:schedule", "a schedule", "none: production never sleeps") in told
    expected = "none, or no recoveryRegion: RDS stops no database that another one follows"
    assert is_("dataconnect:schedule", "a schedule", expected) in told


@pytest.mark.parametrize(
    ("edits", "windows"),
    [
        # From half an hour before Sunday, 09:00 UTC
        ({}, [(6 * 1440 + 510, 6 * 1440 + 600)]),
        ({"schedule.maintenance": "missed"}, []),
        (
            {"schedule.maintenance": "missed", "schedule.backup": "awake"},
            [(day * 1440 + 390, day * 1440 + 480) for day in range(7)],
        ),
        # 07:00 UTC is 02:00 in winter and 03:00 in summer; all of it is awake, but where somebody orders otherwise.
        (
            {"schedule.awake": ["mon-sun 02:00-06:00"], "schedule.maintenance": None, "schedule.backup": None},
            [*((day * 1440 + 390, day * 1440 + 480) for day in range(7)), (6 * 1440 + 510, 6 * 1440 + 600)],
        ),
    ],
)
def test_the_windows_of_the_database_are_awake_where_the_settings_say_so(
    edits: dict[str, object], windows: list[tuple[int, int]]
) -> None:
    settings = accepted("dev", edits, PrimarySettings)
    assert settings.schedule is not None
    assert windows_of(settings.schedule, settings.database) == windows


def test_a_window_that_only_summer_holds_is_not_held() -> None:
    edits: dict[str, object] = {
        "schedule.awake": ["mon-sun 03:00-06:00"],
        "schedule.maintenance": "missed",
        "schedule.backup": None,
    }
    (line,) = refused("dev", edits)
    assert line.startswith("dataconnect:schedule.backup is empty; expected awake or missed")
