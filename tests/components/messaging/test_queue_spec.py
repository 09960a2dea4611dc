from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.messaging.queue_spec import QueueSpec

BOUNDS = {
    "visibility_timeout_seconds": (0, 43_200),
    "max_receives": (1, 1000),
    "retention_days": (1, 14),
    "max_age_seconds": (60, 14 * 86_400),
}


@pytest.mark.parametrize(("field", "lowest", "highest"), [(field, *bounds) for field, bounds in BOUNDS.items()])
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(field: str, lowest: int, highest: int) -> None:
    for number in (lowest, highest):
        assert getattr(QueueSpec.model_validate({field: number}), field) == number
    for number in (lowest - 1, highest + 1):
        values: dict[str, Any] = {field: number}
        with pytest.raises(InvalidArgumentError, match=rf"QueueSpec\.{field} is {number}; expected {lowest} to {highest}"):
            QueueSpec(**values)


def test_a_queue_is_standard_and_patient_by_default() -> None:
    spec = QueueSpec()
    assert (spec.fifo, spec.visibility_timeout_seconds, spec.max_receives, spec.retention_days) == (False, 300, 5, 4)
