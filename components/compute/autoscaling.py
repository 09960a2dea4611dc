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
# How long a new minTasks or maxTasks waits where bounds are written by the clock.
BOUNDS_MINUTES: Final = 10

_SUSPENDED: Final = appautoscaling.TargetSuspendedStateArgs(
    dynamic_scaling_in_suspended=True, dynamic_scaling_out_suspended=True, scheduled_scaling_suspended=True
)


def create_autoscaling(
    owner: Component,
    *,
    here: Place,
    resource_id: pulumi.Input[str],
    spec: ServiceSpec,
    running: bool,
) -> None:
    """Scale an ECS service by CPU and memory and, with `schedule`, by two scheduled actions; children of `owner`.

    With a schedule the actions own the service's bounds: AWS writes them into the target at their times, so the target
    ignores its own and the `up` action carries `spec.min_tasks` and `spec.max_tasks` (docs/decisions/service-scaling.md).

    Where recovery switches, the target is recovery's: whoever registers it anew moves the service into its bounds at once, so
    no `up` may. An action that writes the bounds every few minutes carries what the program says, and is suspended, with all
    scaling, in the region on standby.

    Where a schedule of the stack puts it to sleep, the target is the schedule's: its function brings changed bounds.

    Args:
        owner: The component that owns the service.
        here: Where it is.
        resource_id: `service/<cluster>/<service>`.
        spec: How many tasks, by which load, and when it sleeps.
        running: Whether it begins with its tasks; false begins with none, and scaling suspended.
    """
    name, schedule = owner.name, spec.schedule
    target = appautoscaling.Target(
        name,
        region=here.region,
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=resource_id,
        # docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html: to register it changes the
        # current capacity to one within its bounds.
        min_capacity=spec.min_tasks if running else 0,
        max_capacity=spec.max_tasks,
        suspended_state=None if running else _SUSPENDED,
        tags=tags(name, extra=here.slept_tags()),
        opts=owner.child(
            ignore_changes=here.left_alone("minCapacity", "maxCapacity", "suspendedState")
            or here.slept("minCapacity", "maxCapacity", "suspendedState")
            or (["minCapacity", "maxCapacity"] if schedule else None)
        ),
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
    for label, when, least, most in _actions(spec, switched=here.switched):
        last = appautoscaling.ScheduledAction(
            f"{name}-{label}",
            region=here.region,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=when,
            timezone=schedule.timezone if schedule else None,
            scalable_target_action=appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=least, max_capacity=most
            ),
            opts=owner.child(depends_on=[last]),
        )


def _actions(spec: ServiceSpec, *, switched: bool) -> list[tuple[str, str, int, int]]:
    """What the clock does: name, when, and the least and the most tasks from then on."""
    bounds = spec.min_tasks, spec.max_tasks
    if spec.schedule:
        down = spec.schedule.down_tasks
        return [("down", spec.schedule.down, down, down), ("up", spec.schedule.up, *bounds)]
    return [("bounds", f"rate({BOUNDS_MINUTES} minutes)", *bounds)] if switched else []
