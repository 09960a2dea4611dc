"""How many instances a fleet has, of which types, on which capacity, and when it sleeps."""

import re
from typing import Annotated, Final

from pydantic import Field, ValidationInfo, field_validator

from ..base import hours
from ..base.problems import Problem, between, checked, duplicates, fail_on, matching
from ..base.spec import Spec, Whole
from . import compute_checks

MAX_INSTANCES: Final = 500
# docs.aws.amazon.com/AWSEC2/latest/UserGuide/ebs-volume-types.html: gp3 goes further; the root of a worker needs not
VOLUME_GIB: Final = (8, 16_384)
# Families whose name has a g after the generation are Graviton's; g5 and the like are not.
_GRAVITON: Final = r"(a1|[a-z]+\d+g[a-z]*)"
_TYPE: Final = r"[a-z][a-z0-9-]*\.[a-z0-9-]+"


def is_graviton(instance_type: str) -> bool:
    """Whether instances of that type have an ARM processor."""
    return re.fullmatch(_GRAVITON, instance_type.partition(".")[0]) is not None


class FleetScheduleSpec(Spec):
    """When a fleet sleeps."""

    down: Annotated[str, checked(compute_checks.crontab)] = Field(
        description="when it goes down to downInstances, five fields, e.g. 0 20 * * 1-5"
    )
    up: Annotated[str, checked(compute_checks.crontab)] = Field(description="when it comes back to minInstances")
    timezone: Annotated[str, checked(hours.timezone)] = Field(description="IANA time zone of both, e.g. America/New_York")
    down_instances: Annotated[Whole, between(0, MAX_INSTANCES)] = Field(
        default=0, description="instances kept while down, fewer than minInstances; 0 by default"
    )

    @field_validator("up")
    @classmethod
    def _another_time(cls, up: str, info: ValidationInfo) -> str:
        if up == info.data.get("down"):
            fail_on([Problem(value=up, expected="another time than schedule.down")])
        return up


class FleetSpec(Spec):
    """An Auto Scaling group of instances on Spot and On-Demand."""

    image_id: Annotated[str, matching(r"ami-[0-9a-f]{8}([0-9a-f]{9})?", "the id of an image, ami-...")] = Field(
        description="AMI of the region, by id: a new image is a change that a preview shows"
    )
    instance_types: tuple[Annotated[str, matching(_TYPE, "an instance type, e.g. m7g.large")], ...] = Field(
        description="types by preference, two or more of one processor architecture: Spot has a pool for each type and zone"
    )
    min_instances: Annotated[Whole, between(0, MAX_INSTANCES)] = Field(description="instances at the least")
    max_instances: Annotated[Whole, between(1, MAX_INSTANCES)] = Field(description="instances at the most")
    on_demand_base: Annotated[Whole, between(0, MAX_INSTANCES)] = Field(
        default=0, description="the first instances that are never on Spot; 0 by default"
    )
    on_demand_percent: Annotated[Whole, between(0, 100, "%")] = Field(
        default=0, description="share of the others that is not on Spot either, %; 0 by default"
    )
    volume_gib: Annotated[Whole, between(*VOLUME_GIB, "GiB")] = Field(
        default=30, description="root volume, GiB, as much as the image asks for or more; 30 by default"
    )
    root_device: Annotated[str, matching(r"/dev/[a-z0-9]+", "the name of a device, e.g. /dev/xvda")] = Field(
        default="/dev/xvda", description="root device of the image; /dev/xvda by default, as Amazon Linux has it"
    )
    warmup_seconds: Annotated[Whole, between(0, 3600, "seconds")] = Field(
        default=120, description="seconds until a new instance counts; 120 by default"
    )
    schedule: FleetScheduleSpec | None = Field(default=None, description="when it sleeps; never by default")

    @field_validator("instance_types")
    @classmethod
    def _of_one_architecture(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        first, *others = types or ("",)
        if not others:
            fail_on([Problem(value=[*types], expected="two instance types or more: Spot runs out of one")])
        fail_on(duplicates(types, what="a type"))
        fail_on(
            Problem(value=name, expected=f"a type of the processor architecture of {first}", path=(at,))
            for at, name in enumerate(others, start=1)
            if is_graviton(name) != is_graviton(first)
        )
        return types

    @field_validator("max_instances")
    @classmethod
    def _above_min(cls, most: int, info: ValidationInfo) -> int:
        least = info.data.get("min_instances", 0)
        if most < least:
            fail_on([Problem(value=most, expected=f"minInstances ({least}) or more")])
        return most

    @field_validator("on_demand_base")
    @classmethod
    def _within_max(cls, base: int, info: ValidationInfo) -> int:
        most = info.data.get("max_instances", base)
        if base > most:
            fail_on([Problem(value=base, expected=f"maxInstances ({most}) or fewer")])
        return base

    @field_validator("schedule")
    @classmethod
    def _fewer_while_down(cls, schedule: FleetScheduleSpec | None, info: ValidationInfo) -> FleetScheduleSpec | None:
        least = info.data.get("min_instances")
        if schedule and least is not None and schedule.down_instances >= least:
            expected = f"fewer than minInstances ({least})"
            fail_on([Problem(value=schedule.down_instances, expected=expected, path=("downInstances",))])
        return schedule
