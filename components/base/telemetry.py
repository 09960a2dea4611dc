"""Where the metrics are that workloads tell of themselves (docs/telling.md)."""

from dataclasses import replace
from typing import Final

import pulumi

from .links import Link

NAMESPACE: Final = "TELEMETRY_NAMESPACE"
"""The variable by which a workload knows it; `functions/shared/telling.py` reads it."""


def namespace() -> str:
    """The namespace of the stack: two stacks of one account and region count apart."""
    return f"DataConnect/{pulumi.get_stack()}"


def telling(link: Link) -> Link:
    """What a workload may use, and where the metrics go that it tells."""
    return replace(link, environment={**link.environment, NAMESPACE: namespace()})
