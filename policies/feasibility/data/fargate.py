"""How the sizes of AWS Fargate are written, for ECS tasks and for Batch jobs; the sizes are the components' own table."""

import re
from collections.abc import Collection
from typing import Final

from components.base.limits import FARGATE_MEMORY_MIB as SIZES
from policies.kit.values import Value

__all__ = ["SIZES", "WINDOWS", "cpu_units", "memory_mib", "sizes_text"]

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
