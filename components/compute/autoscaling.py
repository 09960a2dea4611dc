"""How many tasks of a service run: between two numbers by load, and fewer by the clock."""

from typing import Final

import pulumi
from pulumi_aws import appautoscaling

from ..base.component import Component, tags
from ..base.here import Place
from .service_spec import ServiceSpec

MEMORY_TARGET_PERCENT: Final = 75
SCALE_OUT_COOLDOWN_SECONDS: Final = 60
SCALE_IN_COOLDOWN_SECONDS: Final = 300


def create_autoscaling(
    owner: Component,
    *,
    here: Place,
    resource_id: pulumi.Input[str],
    spec: ServiceSpec,
) -> None:
    """Scale an ECS service by CPU and memory and, with `schedule`, by two scheduled actions; children of `owner`.

    With a schedule the actions own the service's bounds: AWS writes them into the target at their times, so the target
    ignores its own and the `up` action carries `spec.min_tasks` and `spec.max_tasks` (docs/decisions/service-scaling.md).

    Args:
        owner: The component that owns the service.
        here: Where it is.
        resource_id: `service/<cluster>/<service>`.
        spec: How many tasks, by which load, and when it sleeps.
    """
    name, schedule = owner.name, spec.schedule
    target = appautoscaling.Target(
        name,
        region=here.region,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=resource_id,
        min_capacity=spec.min_tasks,
        max_capacity=spec.max_tasks,
        tags=tags(name),
        opts=owner.child(ignore_changes=["minCapacity", "maxCapacity"] if schedule else None),
    )
    # One after the other: of two changes to a target at once AWS refuses one (ConcurrentUpdateException,
    # github.com/hashicorp/terraform-provider-aws/issues/17915).
    last: pulumi.Resource = target
    for label, metric, percent in (("cpu", "CPU", spec.cpu_target_percent), ("memory", "Memory", MEMORY_TARGET_PERCENT)):
        last = appautoscaling.Policy(
            f"{name}-{label}",
            region=here.region,
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
            opts=owner.child(depends_on=[last]),
        )
    if schedule:
        for label, when, least, most in (
            ("down", schedule.down, schedule.down_tasks, schedule.down_tasks),
            ("up", schedule.up, spec.min_tasks, spec.max_tasks),
        ):
            last = appautoscaling.ScheduledAction(
                f"{name}-{label}",
                region=here.region,
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=when,
                timezone=schedule.timezone,
                scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                    min_capacity=least, max_capacity=most
                ),
                opts=owner.child(depends_on=[last]),
            )
