"""Hours of a month in which a stack is awake."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from operations.cost.awake import HOURS, awake_of
from tests.operations.cost.stacks import DAY, awake

WEEK = 7 * 24 * 60
OFFICE: dict[str, Any] = {
    "timezone": "America/New_York",
    "hours": [[day, 7 * 60, 20 * 60] for day in range(5)],
    "holidays": [],
    "windows": [],
}


def test_dev_is_awake_as_its_schedule_says_and_its_database_for_a_window_more() -> None:
    found = awake("dev")
    assert found.hours == HOURS * 65 / 168
    assert found.databases == HOURS * (65 + Decimal("1.5")) / 168


@pytest.mark.parametrize(
    ("hours", "of_a_week"),
    [([[0, 0, 1440]], 24), ([[day, 0, 1440] for day in range(7)], 168), ([[5, 607, 638]], Decimal(31) / 60)],
)
def test_hours_of_a_month(hours: list[list[int]], of_a_week: Decimal | int) -> None:
    assert round(awake_of({**OFFICE, "hours": hours}, DAY).hours, 6) == round(HOURS * of_a_week / 168, 6)


def test_clocks_that_are_put_forward_and_back_cost_one_hour_and_give_one() -> None:
    nights = {**OFFICE, "hours": [[6, 0, 4 * 60]]}
    assert awake_of(nights, DAY).hours == HOURS * 4 / 168
    # From a day on which clocks have been put forward: 50 Sundays of four hours, one of three, one of five.
    assert awake_of(nights, date(2026, 3, 16)).hours == HOURS * 4 / 168


def test_a_holiday_is_a_day_less_if_it_is_a_working_day_of_the_coming_year() -> None:
    days = ["2026-12-25", "2026-12-26", "2025-12-25"]  # a Friday, a Saturday, and one that is past
    assert awake_of({**OFFICE, "holidays": days}, DAY).hours == HOURS * (65 * 52 - 13) / (168 * 52)


def test_a_window_that_overlaps_the_hours_counts_once() -> None:
    # Monday 19:00 to 21:00 in New York, in winter; UTC has no summer, so that all of it is awake then for an hour more.
    window = [[24 * 60, 26 * 60]]
    found = awake_of({**OFFICE, "windows": window}, DAY)
    assert found.hours == HOURS * 65 / 168
    assert HOURS * 66 / 168 <= found.databases <= HOURS * 67 / 168


def test_a_window_may_end_after_the_week_does() -> None:
    found = awake_of({**OFFICE, "windows": [[WEEK - 30, WEEK + 30]]}, DAY)
    assert round(found.databases - found.hours, 6) == round(HOURS / 168, 6)
