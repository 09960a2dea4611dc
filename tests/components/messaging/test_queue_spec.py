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


@pytest.mark.parametrize(("field", "lowest", "highest"), [(field, *bounds) for field, bounds in BOUNDS.items()])
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(field: str, lowest: int, highest: int) -> None:
    # What the others must be, so that this one may be at its bounds.
    room: dict[str, Any] = {"max_age_seconds": 43_200, "visibility_timeout_seconds": 1, "retention_days": 13}
    for number in (lowest, highest):
        fits: dict[str, Any] = {**room, field: number}
        assert getattr(QueueSpec(**fits), field) == number
    for number in (lowest - 1, highest + 1):
        values: dict[str, Any] = {**room, field: number}
        with pytest.raises(InvalidArgumentError, match=rf"QueueSpec\.{field} is {number}; expected {lowest} to {highest}"):
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
    assert (spec.fifo, spec.visibility_timeout_seconds, spec.max_receives, spec.retention_days) == (False, 300, 5, 4)
