"""Backups of a database start away from its own windows, in every stack."""

import pytest

from components.data.database_checks import busy_at
from settings import PrimarySettings, RecoverySettings, parse
from tests.settings.stack_files import CONFIG, STACKS, refused


@pytest.mark.parametrize(
    ("stack", "starts_at", "key", "busy"),
    [
        ("prod", "07:30", "backupWindow", "07:00-08:00"),  # open
        ("prod", "06:00", "backupWindow", "07:00-08:00"),  # a job may begin at 07:00
        ("prod", "05:01", "backupWindow", "07:00-08:00"),  # begins by 06:01, less than an hour before
        ("prod", "08:00", "maintenanceWindow", "sun:09:00-sun:10:00"),
        # What recovery had: on Sundays its maintenance begins within the two hours.
        ("prod-recovery", "10:00", "maintenanceWindow", "sun:11:00-sun:12:00"),
    ],
)
def test_a_start_in_or_shortly_before_a_window_of_the_database_is_refused(
    stack: str, starts_at: str, key: str, busy: str
) -> None:
    assert refused(stack, {"backups": {"startsAt": starts_at}}) == [
        f"dataconnect:database.{key} is {busy!r}; expected a window that is shut for two hours from backups.startsAt "
        f"({starts_at}), or another startsAt"
    ]


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "prod-replication"])
def test_the_committed_stacks_start_when_their_databases_are_quiet(stack: str) -> None:
    settings = parse(CONFIG[stack], stack=stack)
    assert isinstance(settings, PrimarySettings | RecoverySettings)
    windows = (settings.database.backup_window, settings.database.maintenance_window)
    assert busy_at(settings.backups.starts_at, 120, *windows) is None


@pytest.mark.parametrize(
    ("start", "busy"),
    [
        ("05:00", None),  # ends as the window begins
        ("08:00", None),  # begins as it ends
        ("07:59", "07:00-08:00"),
        ("22:30", None),
        ("23:00", "sun:00:30-sun:01:30"),  # across midnight
        ("00:30", "sun:00:30-sun:01:30"),
    ],
)
def test_windows_count_by_the_minute_and_across_midnight(start: str, busy: str | None) -> None:
    assert busy_at(start, 120, "07:00-08:00", "sun:00:30-sun:01:30") == busy


def test_where_nothing_is_backed_up_the_start_does_not_matter() -> None:
    assert parse({**CONFIG["dev"], "dataconnect:backups": {"startsAt": "07:30"}}, stack="dev")
