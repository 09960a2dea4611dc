"""Cases of policies/feasibility/rules/autoscaling/targets.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.compute import metric, steps
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

SCALE = "aws:appautoscaling/target:Target"
TRACK = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SERVICE = "aws:ecs/service:Service"

ECS: dict[str, Any] = {
    "serviceNamespace": "ecs",
    "scalableDimension": "ecs:service:DesiredCount",
    "resourceId": "service/main/web",
}

CPU: dict[str, Any] = {
    "policyType": "TargetTrackingScaling",
    "targetTrackingScalingPolicyConfiguration": {
        "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "targetValue": 60,
    },
}


def scaled(name: str = "target", **inputs: Any) -> Planned:
    return planned(SCALE, name, **{**ECS, **inputs})


def followed(
    *depends: tuple[str, str], target: Mapping[str, Any] | None = None, name: str = "it", **inputs: Any
) -> list[Planned]:
    return [scaled(**(target or {})), linked(TRACK, name, depends, **{**ECS, **CPU, **inputs})]


CASES: dict[str, Cases] = {
    "scalable-target-triple": Cases(
        token=SCALE,
        fails=[
            {**ECS, "scalableDimension": "ecs:service:DesiredTasks"},
            {**ECS, "serviceNamespace": "dynamodb"},
            {**ECS, "resourceId": "main/web"},
            {"serviceNamespace": "dynamodb", "scalableDimension": "dynamodb:index:ReadCapacityUnits", "resourceId": "table/a"},
        ],
        passes=[
            ECS,
            {"serviceNamespace": "dynamodb", "scalableDimension": "dynamodb:table:ReadCapacityUnits", "resourceId": "table/a"},
            {
                "serviceNamespace": "lambda",
                "scalableDimension": "lambda:function:ProvisionedConcurrency",
                "resourceId": "function:a:b",
            },
            [planned(SERVICE, "s"), linked(SCALE, "it", **{**ECS, "resourceId": (SERVICE, "s")})],
        ],
        unknown=[{**ECS, "resourceId": UNKNOWN}, {**ECS, "scalableDimension": UNKNOWN}],
    ),
    "scalable-target-bounds": Cases(
        token=SCALE,
        fails=[{**ECS, "minCapacity": 5, "maxCapacity": 2}],
        passes=[{**ECS, "minCapacity": 0, "maxCapacity": 0}],
        unknown=[{**ECS, "minCapacity": UNKNOWN, "maxCapacity": 2}],
    ),
    "scalable-target-after-resource": Cases(
        token=SCALE,
        fails=[
            [planned(SERVICE, "s", name="web"), scaled("it")],
            [
                planned("aws:dynamodb/table:Table", "t", name="orders"),
                planned(SCALE, serviceNamespace="dynamodb", resourceId="table/orders"),
            ],
        ],
        passes=[
            [planned(SERVICE, "s", name="web"), linked(SCALE, "it", [(SERVICE, "s")], **ECS)],
            ECS,
            [planned(SERVICE, "s"), linked(SCALE, "it", **{**ECS, "resourceId": (SERVICE, "s")})],
        ],
        unknown=[{**ECS, "resourceId": UNKNOWN}],
    ),
    "scalable-target-once": Cases(
        token=SCALE,
        fails=[[scaled("first"), scaled("it")]],
        passes=[[scaled("first", resourceId="service/main/api"), scaled("it")]],
        unknown=[{**ECS, "resourceId": UNKNOWN}],
    ),
    "scaling-policy-target": Cases(
        token=TRACK,
        fails=[
            followed(),
            followed((SCALE, "target"), resourceId="service/main/other"),
            followed(resourceId="service/main/api"),
        ],
        passes=[followed((SCALE, "target")), followed(resourceId=(SCALE, "target")), {**ECS, **CPU}],
        unknown=[followed(resourceId=UNKNOWN), followed(target={"resourceId": UNKNOWN}, resourceId=UNKNOWN)],
    ),
    "scaling-policy-shape": Cases(
        token=TRACK,
        fails=[
            ECS,
            {**CPU, "policyType": None},
            {"policyType": "TargetTrackingScaling"},
            {**CPU, "stepScalingPolicyConfiguration": {"adjustmentType": "ChangeInCapacity"}},
            {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": {"targetValue": 1}},
            metric("ALBRequestCountPerTarget"),
            {"policyType": "StepScaling", "stepScalingPolicyConfiguration": {"cooldown": 60}},
        ],
        passes=[
            CPU,
            {"stepScalingPolicyConfiguration": {"adjustmentType": "ChangeInCapacity", "stepAdjustments": steps((0, None))}},
        ],
        unknown=[{**CPU, "policyType": UNKNOWN}],
    ),
    "scaling-policy-metric": Cases(
        token=TRACK,
        fails=[
            metric("DynamoDBReadCapacityUtilization"),
            metric("ECSServiceAverageCPUUtilization", namespace="dynamodb"),
            metric("ALBRequestCountPerTarget", "app/web"),
            {"stepScalingPolicyConfiguration": {"stepAdjustments": steps((0, 10), (5, 20))}},
        ],
        passes=[
            metric("ECSServiceAverageMemoryUtilization"),
            metric("ALBRequestCountPerTarget", "app/web/0123456789abcdef/targetgroup/web/0123456789abcdef"),
            metric("ALBRequestCountPerTarget", UNKNOWN),
        ],
        unknown=[metric("ECSServiceAverageCPUUtilization", namespace=UNKNOWN), {"stepScalingPolicyConfiguration": UNKNOWN}],
    ),
    "scaling-policy-metric-once": Cases(
        token=TRACK,
        fails=[[*followed(name="first"), linked(TRACK, "it", **ECS, **CPU)]],
        passes=[[*followed(name="first", **metric("ECSServiceAverageMemoryUtilization")), linked(TRACK, "it", **ECS, **CPU)]],
        unknown=[{**ECS, **CPU, "resourceId": UNKNOWN}],
    ),
    "scaling-one-at-a-time": Cases(
        token=TRACK,
        fails=[
            [*followed(name="first"), linked(TRACK, "it", **ECS)],
            [scaled(), linked(ACTION, "night", **ECS), linked(TRACK, "it", **ECS)],
        ],
        passes=[
            [*followed(name="first"), linked(TRACK, "it", [(TRACK, "first")], **ECS)],
            [*followed(name="first"), linked(TRACK, "it", **{**ECS, "resourceId": "service/main/other"})],
            [
                *followed(name="first"),
                linked(ACTION, "night", [(TRACK, "first")], **ECS),
                linked(TRACK, "it", [(ACTION, "night")], **ECS),
            ],
        ],
        unknown=[[*followed(name="first"), planned(TRACK, **{**ECS, "resourceId": UNKNOWN})]],
    ),
    "scheduled-action-sizes": Cases(
        token=ACTION,
        fails=[{"scalableTargetAction": {"minCapacity": 3, "maxCapacity": 1}}],
        passes=[{"scalableTargetAction": {"minCapacity": 0, "maxCapacity": 0}}, {"scalableTargetAction": {"maxCapacity": 1}}],
        unknown=[{"scalableTargetAction": UNKNOWN}],
    ),
    "scheduled-target-ignored": Cases(
        token=SCALE,
        fails=[[scaled("it"), linked(ACTION, "a", resourceId=(SCALE, "it"))], [scaled("it"), planned(ACTION, "a", **ECS)]],
        passes=[
            [planned(SCALE, **ECS).ignoring("minCapacity", "maxCapacity"), linked(ACTION, "a", resourceId=(SCALE, "it"))],
            ECS,
        ],
        never_unknown=True,
    ),
}
