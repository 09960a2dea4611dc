"""How threats are looked for."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import duplicates, fail_on
from ..base.spec import Spec

Agents = Literal["instances", "tasks"]
"""Where GuardDuty puts its agent by itself: EC2 instances that Systems Manager manages, Fargate tasks."""


class DetectionSpec(Spec):
    """How threats are looked for."""

    agents: tuple[Agents, ...] = Field(
        default=(),
        description="where GuardDuty puts its runtime agent by itself: instances, tasks; it needs what docs/account.md says of "
        "the platform first; nowhere by default",
    )

    @field_validator("agents")
    @classmethod
    def _each_once(cls, agents: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        fail_on(duplicates(agents, what=f"one of {info.field_name}"))
        return agents
