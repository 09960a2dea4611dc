"""The sizes that AWS Fargate has, for ECS tasks and for Batch jobs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
"""

import re
from collections.abc import Collection
from typing import Final

from policies.kit.values import Value

SIZES: Final[dict[int, Collection[int]]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
    8192: range(16384, 61440 + 1, 4096),
    16384: range(32768, 122880 + 1, 8192),
    32768: (61440, 122880, 249856),
}
"""CPU units -> MiB of memory that go with them."""

WINDOWS: Final = (1024, 2048, 4096)
"""CPU units that Windows containers can have."""


def cpu_units(value: Value) -> int | None:
    """CPU units from `256`, `"256"` or `".25 vCPU"`; None for anything else."""
    return _amount(value, "vcpu")


def memory_mib(value: Value) -> int | None:
    """MiB from `512`, `"512"` or `"0.5 GB"`; None for anything else."""
    return _amount(value, "gb")


def _amount(value: Value, unit: str) -> int | None:
    match = re.fullmatch(rf"\s*(\d*\.?\d+)\s*({unit})?\s*", str(value), re.IGNORECASE)
    return round(float(match[1]) * (1024 if match[2] else 1)) if match else None


def sizes_text(memories: Collection[int]) -> str:
    """Memory sizes for a message: `2048 to 8192 in steps of 1024`, or each of a few."""
    if isinstance(memories, range):
        return f"{memories[0]} to {memories[-1]} in steps of {memories.step}"
    return " or ".join(map(str, memories))
