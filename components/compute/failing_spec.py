"""From when on people hear that a workload says of itself that it fails."""

from typing import Annotated

from pydantic import Field

from ..base.problems import between
from ..base.spec import Spec, Whole


class FailingSpec(Spec):
    """How much of what a workload tells of (docs/telling.md) fails until an alarm says so, twice in a quarter of an hour."""

    percent: Annotated[Whole, between(1, 100, "%")] = Field(
        default=5, description="share that fails in five minutes, 1 to 100 %; 5 by default"
    )
    failures: Annotated[Whole, between(1, 1_000_000)] = Field(
        default=10, description="failures in five minutes at the least: two of three at night are no news; 10 by default"
    )
