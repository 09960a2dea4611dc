"""What a service promises: how much of it must be right, how fast, how fresh, and for whom."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from ..base.problems import Problem, between, checked, fail_on
from ..base.spec import Spec, Whole

Tier = Literal["pool", "silo"]
TIERS: Final[tuple[Tier, ...]] = get_args(Tier)
LOWEST, HIGHEST = 90.0, 99.99
"""What a target may be, in percent. Nothing is right always; and of 10,000 requests one is the least that can be counted."""


def _target(percent: float) -> str | None:
    if LOWEST <= percent <= HIGHEST:
        return None
    why = ": nothing is right always, and there would be no budget to burn" if percent >= 100 else ""
    return f"{LOWEST:g} to {HIGHEST:g} %{why}"


Target = Annotated[float, checked(_target)]


class LatencySpec(Spec):
    """How many requests are answered how fast."""

    percent: Target = Field(description="share of the requests, 90 to 99.99 %")
    milliseconds: Annotated[Whole, between(1, 900_000, "ms")] = Field(
        description="within which they are answered; at most what the workload may take"
    )


class FreshnessSpec(Spec):
    """How many messages are taken out of their queue how soon."""

    percent: Target = Field(description="share of the messages, 90 to 99.99 %")
    seconds: Annotated[Whole, between(1, 86_400, "s")] = Field(description="within which they are first taken")


class PromiseSpec(Spec):
    """What is promised to all, or to the tenants of a tier."""

    availability: Target | None = Field(
        default=None, description="share of the requests that do not fail, 90 to 99.99 %; none by default"
    )
    latency: LatencySpec | None = Field(default=None, description="how fast requests are answered; nothing by default")
    freshness: FreshnessSpec | None = Field(
        default=None, description="how soon messages are taken, of a function with a queue; nothing by default"
    )

    def promises(self) -> bool:
        """Whether anything is promised."""
        return any((self.availability, self.latency, self.freshness))


class ObjectiveSpec(PromiseSpec):
    """What a service or a function promises. Nobody is woken for what nobody promised."""

    window_days: Literal[28, 30] = Field(default=30, description="days over which it is judged, 28 or 30; 30 by default")
    tiers: dict[Tier, PromiseSpec] = Field(
        default_factory=dict[Tier, PromiseSpec],
        validate_default=True,
        description="promises to tenants of a tier, judged by requests told with it (docs/telling.md); none by default",
    )

    @field_validator("tiers")
    @classmethod
    def _something(cls, tiers: dict[Tier, PromiseSpec], info: ValidationInfo) -> dict[Tier, PromiseSpec]:
        fail_on(
            Problem(value="", expected="availability, latency or freshness", path=(tier,))
            for tier, each in tiers.items()
            if not each.promises()
        )
        own = [info.data.get(name) for name in PromiseSpec.model_fields if name in info.data]
        if not tiers and len(own) == len(PromiseSpec.model_fields) and not any(own):
            fail_on([Problem(value={}, expected="availability, latency or freshness beside it, or a tier that has one")])
        return tiers
