"""How many tasks of a service run: between two numbers by load, and fewer by the clock."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import appautoscaling

from components import checks
from components.component import Component, InvalidArgumentError, tags

MAX_TASKS: Final = 5000  # docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html: tasks per service
MEMORY_TARGET_PERCENT: Final = 75
SCALE_OUT_COOLDOWN_SECONDS: Final = 60
SCALE_IN_COOLDOWN_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a service sleeps.

    Attributes:
        down: When it goes to `down_tasks`: `cron(minutes hours day-of-month month day-of-week year)`.
        up: When it comes back to its minimum, likewise.
        timezone: IANA time zone of both, e.g. `America/New_York`.
        down_tasks: Tasks while it sleeps; 0 by default.
    """

    down: str
    up: str
    timezone: str
    down_tasks: int = 0

    def __post_init__(self) -> None:
        for field in ("down", "up"):
            if expected := checks.cron(getattr(self, field)):
                raise InvalidArgumentError(self, field, getattr(self, field), expected)
        if self.up == self.down:
            raise InvalidArgumentError(self, "up", self.up, "another time than down")
        if expected := checks.timezone(self.timezone):
            raise InvalidArgumentError(self, "timezone", self.timezone, expected)
        if self.down_tasks < 0:
            raise InvalidArgumentError(self, "down_tasks", self.down_tasks, "0 or more")


def create_autoscaling(
    owner: Component,
    *,
    region: str,
    resource_id: pulumi.Input[str],
    min_tasks: int,
    max_tasks: int,
    cpu_target_percent: int,
    schedule: Schedule | None,
) -> None:
    """Scale an ECS service by CPU and memory and, with `schedule`, by two scheduled actions; children of `owner`.

    With a schedule the actions own the service's bounds: AWS writes them into the target at their times, so the target
    ignores its own and the `up` action carries `min_tasks` and `max_tasks` (docs/decisions/service-scaling.md).

    Args:
        owner: The component that owns the service.
        region: AWS region.
        resource_id: `service/<cluster>/<service>`.
        min_tasks: Tasks at the least.
        max_tasks: Tasks at the most.
        cpu_target_percent: Average CPU aimed at.
        schedule: When the service sleeps.
    """
    name = owner.name
    target = appautoscaling.Target(
        name,
        region=region,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=resource_id,
        min_capacity=min_tasks,
        max_capacity=max_tasks,
        tags=tags(name),
        opts=owner.child(ignore_changes=["minCapacity", "maxCapacity"] if schedule else None),
    )
    for label, metric, percent in (("cpu", "CPU", cpu_target_percent), ("memory", "Memory", MEMORY_TARGET_PERCENT)):
        appautoscaling.Policy(
            f"{name}-{label}",
            region=region,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration=appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                predefined_metric_specification=appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                    predefined_metric_type=f"ECSServiceAverage{metric}Utilization"
                ),
                target_value=percent,
                scale_out_cooldown=SCALE_OUT_COOLDOWN_SECONDS,
                scale_in_cooldown=SCALE_IN_COOLDOWN_SECONDS,
                disable_scale_in=False,
            ),
            opts=owner.child(),
        )
    if schedule:
        for label, when, least, most in (
            ("down", schedule.down, schedule.down_tasks, schedule.down_tasks),
            ("up", schedule.up, min_tasks, max_tasks),
        ):
            appautoscaling.ScheduledAction(
                f"{name}-{label}",
                region=region,
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=when,
                timezone=schedule.timezone,
                scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=least, max_capacity=most
                ),
                opts=owner.child(),
            )
