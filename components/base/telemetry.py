"""Where the metrics are that a stack tells of itself: those of its workloads (docs/telling.md), and what its parts count."""

from dataclasses import replace
from typing import Final

import pulumi

from .links import Link

NAMESPACE: Final = "TELEMETRY_NAMESPACE"
"""The variable by which a workload knows it; `functions/shared/telling.py` reads it."""


def namespace(part: str | None = None) -> str:
    """The namespace of the stack, which two stacks of one account and region do not share; or that of a part of it.

    Whoever may write metrics of a part may write those of no other.
    """
    return "/".join(filter(None, ("DataConnect", pulumi.get_stack(), part)))


def telling(link: Link) -> Link:
    """What a workload may use, and where the metrics go that it tells."""
    return replace(link, environment={**link.environment, NAMESPACE: namespace()})
