from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.messaging.queue_spec import QueueSpec

BOUNDS = {
    "visibility_timeout_seconds": (1, 43_200),
    "max_receives": (1, 1000),
    "retention_days": (1, 13),
    "max_age_seconds": (60, 13 * 86_400 - 1),
}


# What the others must be, so that a field may be at its bounds.
ROOM: dict[str, dict[str, Any]] = {
    "visibility_timeout_seconds": {"max_age_seconds": 43_200, "retention_days": 13, "max_receives": 1000},
    "max_receives": {"visibility_timeout_seconds": 2700, "max_age_seconds": 2700, "retention_days": 13},
    "retention_days": {"visibility_timeout_seconds": 3, "max_receives": 900},
    "max_age_seconds": {"visibility_timeout_seconds": 3, "max_receives": 900, "retention_days": 13},
}
# Bounds that others keep a field from, whatever they are: a message is visible for 45 minutes in all, and not for 14 days.
SUMS = {("visibility_timeout_seconds", 1), ("visibility_timeout_seconds", 43_200), ("max_receives", 1000)}


@pytest.mark.parametrize(("field", "lowest", "highest"), [(field, *bounds) for field, bounds in BOUNDS.items()])
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(field: str, lowest: int, highest: int) -> None:
    for number in (lowest, highest):
        fits: dict[str, Any] = {**ROOM[field], field: number}
        if (field, number) not in SUMS:
            assert getattr(QueueSpec(**fits), field) == number
    for number in (lowest - 1, highest + 1):
        values: dict[str, Any] = {**ROOM[field], field: number}
        with pytest.raises(InvalidArgumentError, match=rf"QueueSpec\.{field} is {number}; expected {lowest} to {highest}"):
            QueueSpec(**values)


@pytest.mark.parametrize(("visible", "least"), [(300, 9), (270, 10), (2700, 1), (43_200, 1), (3, 900)])
def test_a_message_is_tried_for_as_long_as_a_failover_of_the_database_may_take(visible: int, least: int) -> None:
    common: dict[str, Any] = {"visibility_timeout_seconds": visible, "max_age_seconds": 43_200}
    assert QueueSpec(**common, max_receives=least).max_receives == least
    if least > 1:
        expected = rf"max_receives is {least - 1}; expected {least} or more at visibility_timeout_seconds {visible}"
        with pytest.raises(InvalidArgumentError, match=expected):
            QueueSpec(**common, max_receives=least - 1)


def test_the_defaults_are_measured_together_with_what_is_said() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"max_receives is 10; expected 27 or more at visibility_timeout_seconds 100"
    ):
        QueueSpec(visibility_timeout_seconds=100)


def test_a_message_is_a_dead_letter_before_it_is_dropped() -> None:
    common: dict[str, Any] = {"visibility_timeout_seconds": 8_640, "max_receives": 10, "max_age_seconds": 8_640}
    assert QueueSpec(**common, retention_days=2).retention_days == 2
    expected = r"retention_days is 1; expected longer than visibility_timeout_seconds \(8640\) x max_receives \(10\)"
    with pytest.raises(InvalidArgumentError, match=expected):
        QueueSpec(**common, retention_days=1)


def test_datasets_are_chosen_of_a_topic_each_once() -> None:
    assert QueueSpec(topic="deliveries", datasets=("loans",)).datasets == ("loans",)
    wrong: dict[str, dict[str, Any]] = {
        r"datasets is \['loans'\]; expected none without topic": {"datasets": ("loans",)},
        r"datasets\[1\] is 'loans'; expected a dataset not listed before": {"topic": "deliveries", "datasets": ("loans",) * 2},
        r"datasets\[0\] is 'Loans'; expected a dataset's name": {"topic": "deliveries", "datasets": ("Loans",)},
        r"datasets is '151 datasets'; expected at most 150": {
            "topic": "deliveries",
            "datasets": tuple(f"d{number}" for number in range(151)),
        },
    }
    for match, values in wrong.items():
        with pytest.raises(InvalidArgumentError, match=match):
            QueueSpec(**values)


def test_work_in_progress_is_no_late_message() -> None:
    assert QueueSpec(visibility_timeout_seconds=600, max_age_seconds=600).max_age_seconds == 600
    with pytest.raises(InvalidArgumentError, match=r"max_age_seconds is 300; expected visibility_timeout_seconds \(301\)"):
        QueueSpec(visibility_timeout_seconds=301)


def test_the_alarm_comes_before_the_message_is_dropped() -> None:
    assert QueueSpec(retention_days=1, max_age_seconds=86_399).max_age_seconds == 86_399
    with pytest.raises(InvalidArgumentError, match=r"max_age_seconds is 86400; expected less than the 1 days"):
        QueueSpec(retention_days=1, max_age_seconds=86_400)


def test_a_queue_is_standard_and_patient_by_default() -> None:
    spec = QueueSpec()
    assert (spec.fifo, spec.visibility_timeout_seconds, spec.max_receives, spec.retention_days) == (False, 300, 10, 4)
