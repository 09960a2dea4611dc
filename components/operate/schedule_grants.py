"""What the function `sleeper` may do: stop, start and size what sleeps, each by its name, and nothing else."""

from collections.abc import Iterator
from typing import Final, cast

import pulumi

from ..base.alarms import QUIET_ASLEEP
from ..base.checks import STACK_TAG
from ..base.here import Here, Sleeper, SleeperKind
from ..base.statements import Statement
from .own_table import OwnTable
from .recovery_statements import DIMENSION
from .schedule_tables import SharedDatabase

_NO_RESOURCE: Final = "AWS names no resource for it"


def grants_of(
    here: Here, memory: OwnTable, namespace: str, *, leases: OwnTable | None, shares: SharedDatabase | None
) -> dict[str, tuple[Statement, ...]]:
    """Its policies, by what they are for."""
    found = {"turn": tuple(_turn(here)), "know": tuple(_know(here, memory, namespace))}
    if leases:
        actions = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan")
        found["lend"] = leases.use(*actions, sid="Leases")
    if shares:
        found["share"] = shares.use(here, pulumi.get_stack())
    return found


def _know(here: Here, memory: OwnTable, namespace: str) -> Iterator[Statement]:
    actions = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
    yield from memory.use(*actions, sid="Memory")
    yield Statement(
        sid="Ask",
        actions=(
            *("application-autoscaling:DescribeScalableTargets", "autoscaling:DescribeAutoScalingGroups"),
            *("batch:DescribeComputeEnvironments", "batch:ListJobs"),
        ),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": here.region}},
        wildcard_reason=_NO_RESOURCE,
    )
    yield Statement(
        sid="Tell",
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
        wildcard_reason=_NO_RESOURCE,
    )


def _turn(here: Here) -> Iterator[Statement]:
    # Stacks of one account have such things beside each other: dev, and its environments.
    own = {f"aws:ResourceTag/{STACK_TAG}": pulumi.get_stack()}

    def of(kind: SleeperKind) -> list[Sleeper]:
        return [each for each in here.inventory.sleepers if each.kind == kind]

    def arn(service: str, *rest: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.concat(f"arn:aws:{service}:{here.region}:{here.account_id}:", *rest)

    if databases := of("database"):
        yield Statement(
            sid="Databases",
            actions=("rds:DescribeDBInstances", "rds:StartDBInstance", "rds:StopDBInstance"),
            resources=tuple(arn("rds", "db:", each.facts["identifier"]) for each in databases),
        )
    if services := of("service"):
        yield Statement(
            sid="Services",
            actions=("ecs:DescribeServices", "ecs:UpdateService"),
            resources=tuple(arn("ecs", "service/", each.facts["cluster"], "/", each.facts["service"]) for each in services),
        )
        yield Statement(
            sid="Scaling",
            actions=("application-autoscaling:RegisterScalableTarget",),
            # Its id is AWS's own, its tag the stack's.
            resources=(arn("application-autoscaling", "scalable-target/*"),),
            conditions={
                "StringEquals": {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": DIMENSION,
                    **own,
                }
            },
        )
    if fleets := of("fleet"):
        yield Statement(
            sid="Fleets",
            actions=("autoscaling:UpdateAutoScalingGroup",),
            resources=tuple(
                arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/", each.facts["group"]) for each in fleets
            ),
        )
    if environments := [name for each in of("batch") for name in cast("list[pulumi.Output[str]]", each.facts["environments"])]:
        yield Statement(
            sid="Batch",
            actions=("batch:UpdateComputeEnvironment",),
            resources=tuple(arn("batch", "compute-environment/", name) for name in environments),
        )
    if here.inventory.alarms:
        # To list is allowed for all alarms, or not at all.
        yield Statement(sid="LookAtAlarms", actions=("cloudwatch:DescribeAlarms",), resources=(arn("cloudwatch", "alarm:*"),))
        yield Statement(
            sid="Alarms",
            actions=("cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions", "cloudwatch:SetAlarmState"),
            # By what they are called after: the names of all would not fit into a policy.
            resources=tuple(arn("cloudwatch", f"alarm:*-{key}*") for key in QUIET_ASLEEP),
            conditions={"StringEquals": own},
        )
