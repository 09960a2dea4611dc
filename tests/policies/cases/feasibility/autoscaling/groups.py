"""Cases of policies/feasibility/rules/autoscaling/groups.py."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.compute import TEMPLATE, from_template, group, steps
from tests.policies.given.feasibility.parts import GROUP, SUBNET, TARGET_GROUP, VPC
from tests.policies.given.feasibility.vpc import linked, subnet, vpc
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

SCALING = "aws:autoscaling/policy:Policy"
JOINED = "aws:autoscaling/attachment:Attachment"


def mixed(distribution: Mapping[str, Any] | None = None, **override: object) -> dict[str, Any]:
    template = {"launchTemplateSpecification": {"launchTemplateId": UNKNOWN}, "overrides": [override] if override else []}
    policy = {"launchTemplate": template, **({"instancesDistribution": distribution} if distribution else {})}
    return {**group(), "launchTemplate": None, "mixedInstancesPolicy": policy}


def in_target_group(inputs: Mapping[str, Any], *, homes: tuple[str, str] = ("vpc", "vpc")) -> list[Planned]:
    return [
        *(vpc(name) for name in sorted({*homes})),
        subnet("s", homes[0]),
        linked(TARGET_GROUP, "g", vpcId=(VPC, homes[1]), **inputs),
        planned(GROUP, targetGroupArns=[ref(TARGET_GROUP, "g")], vpcZoneIdentifiers=[ref(SUBNET, "s")]),
    ]


def attached_group(inputs: Mapping[str, Any], **attachment: Any) -> list[Planned]:
    return [planned(GROUP, "group", **inputs), linked(JOINED, "it", autoscalingGroupName=(GROUP, "group"), **attachment)]


DEFAULTS = {"defaultTags": json.dumps({"tags": {"Owner": "platform"}})}
STEPPED: dict[str, Any] = {"policyType": "StepScaling", "stepAdjustments": steps((0, None))}
OWNER = {"key": "Owner", "value": "platform", "propagateAtLaunch": True}


def tracking(**fields: Any) -> dict[str, Any]:
    metric = {"predefinedMetricType": "ASGAverageCPUUtilization"}
    return {
        "policyType": "TargetTrackingScaling",
        "targetTrackingConfiguration": {"predefinedMetricSpecification": metric, "targetValue": 50, **fields},
    }


def refreshed(**preferences: Any) -> dict[str, Any]:
    return group(instanceRefresh={"strategy": "Rolling", "preferences": preferences})


def versioned(version: object, *, override: object = "1") -> dict[str, Any]:
    made = mixed(launchTemplateSpecification={"launchTemplateId": UNKNOWN, "version": override})
    made["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]["version"] = version
    return made


CASES: dict[str, Cases] = {
    "asg-template-version": Cases(
        token=GROUP,
        fails=[
            group(launchTemplate={"id": UNKNOWN, "version": "$Latest"}),
            group(launchTemplate={"id": UNKNOWN, "version": "$Default"}),
            group(),
            versioned("$Latest"),
            versioned("3", override="$Latest"),
            versioned("3", override="$Default"),
            versioned(None),
        ],
        passes=[
            group(launchTemplate={"id": UNKNOWN, "version": "3"}),
            group(launchTemplate=None, launchConfiguration=UNKNOWN),
            versioned("3"),
        ],
        unknown=[group(launchTemplate={"id": UNKNOWN, "version": UNKNOWN}), versioned(UNKNOWN)],
    ),
    "asg-instance-refresh": Cases(
        token=GROUP,
        fails=[
            group(),
            group(maxInstanceLifetime=0),
            group(launchTemplate={"id": UNKNOWN, "version": "3"}),
            group(launchTemplate=None, launchConfiguration=UNKNOWN),
            mixed(),
        ],
        passes=[refreshed(), group(instanceRefresh={"strategy": "Rolling"}), group(maxInstanceLifetime=86400)],
        unknown=[group(maxInstanceLifetime=UNKNOWN)],
    ),
    "asg-rollback-alarms": Cases(
        token=GROUP,
        fails=[refreshed(autoRollback=True), refreshed(autoRollback=True, alarmSpecification={"alarms": []})],
        passes=[
            refreshed(autoRollback=True, alarmSpecification={"alarms": ["errors"]}),
            refreshed(autoRollback=True, alarmSpecification={"alarms": [UNKNOWN]}),
            refreshed(autoRollback=False),
            refreshed(),
            group(),
        ],
        unknown=[refreshed(autoRollback=UNKNOWN), group(instanceRefresh=UNKNOWN)],
    ),
    "asg-shape": Cases(
        token=GROUP,
        fails=[
            {"vpcZoneIdentifiers": [UNKNOWN]},
            group(launchConfiguration=UNKNOWN),
            {"launchTemplate": {"id": UNKNOWN}},
            group(availabilityZones=["us-east-2a"]),
            group(launchTemplate={"id": UNKNOWN, "name": "a"}),
            group(launchTemplate={"version": "$Latest"}),
            group(maxInstanceLifetime=3600),
            group(healthCheckType="HTTP"),
            mixed({"onDemandPercentageAboveBaseCapacity": 101}),
            mixed({"spotAllocationStrategy": "capacity-optimized", "spotInstancePools": 2}),
            mixed(instanceType="m5.large", instanceRequirements={"vcpuCount": {"min": 1}}),
        ],
        passes=[
            group(maxInstanceLifetime=86400, healthCheckType="ELB"),
            mixed({"onDemandPercentageAboveBaseCapacity": 0, "spotAllocationStrategy": "capacity-optimized"}, instanceType="a"),
            {**group(), "vpcZoneIdentifiers": None, "availabilityZones": ["us-east-2a"]},
        ],
        unknown=[group(healthCheckType=UNKNOWN), group(launchTemplate=UNKNOWN)],
    ),
    "asg-sizes": Cases(
        token=GROUP,
        fails=[group(desiredCapacity=5), group(minSize=4), group(desiredCapacity=0)],
        passes=[group(desiredCapacity=1), group(desiredCapacity=3), group(), group(minSize=0, maxSize=0)],
        unknown=[group(desiredCapacity=UNKNOWN)],
    ),
    "asg-spot-in-template": Cases(
        token=GROUP,
        fails=[from_template({"instanceMarketOptions": {"marketType": "spot"}}, mixed(), "mixedInstancesPolicy")],
        passes=[
            from_template({}, mixed(), "mixedInstancesPolicy"),
            from_template({"instanceMarketOptions": {"marketType": "spot"}}, group(), "launchTemplate"),
        ],
        never_unknown=True,
    ),
    "asg-target-type": Cases(
        token=GROUP,
        fails=[
            in_target_group({"targetType": "ip"}),
            in_target_group({}, homes=("vpc", "other")),
            [planned(TARGET_GROUP, "g", targetType="ip"), linked(JOINED, "it", lbTargetGroupArn=(TARGET_GROUP, "g"))],
        ],
        passes=[in_target_group({}), in_target_group({"targetType": "instance"}), {}],
        unknown=[in_target_group({"targetType": UNKNOWN}), {"targetGroupArns": [UNKNOWN]}],
    ),
    "asg-attachment-shape": Cases(
        token=JOINED,
        fails=[
            attached_group({}),
            attached_group({}, elb="a", lbTargetGroupArn="b"),
            attached_group({"targetGroupArns": [UNKNOWN]}, lbTargetGroupArn="b"),
        ],
        passes=[attached_group({}, lbTargetGroupArn="b")],
        unknown=[{"autoscalingGroupName": UNKNOWN, "elb": "a"}],
    ),
    "asg-instance-tags": Cases(
        token=GROUP,
        fails=[planned(GROUP, **group()).with_provider(DEFAULTS)],
        passes=[
            planned(GROUP, **group(tags=[OWNER])).with_provider(DEFAULTS),
            group(),
            [
                planned(TEMPLATE, "template", tagSpecifications=[{"resourceType": "instance", "tags": {"Owner": "a"}}]),
                Planned(token=GROUP, inputs=group(), refs={"launchTemplate": (TEMPLATE, "template")}, provider=DEFAULTS),
            ],
        ],
        unknown=[planned(GROUP, **group(tags=[{"key": UNKNOWN}])).with_provider(DEFAULTS)],
    ),
    "asg-policy-shape": Cases(
        token=SCALING,
        fails=[
            {"region": "us-east-2"},
            {"scalingAdjustment": 1},
            {"policyType": "StepScaling", "adjustmentType": "ChangeInCapacity"},
            {**STEPPED, "adjustmentType": "ChangeInCapacity", "cooldown": 60},
            {"policyType": "TargetTrackingScaling"},
            {**tracking(), "adjustmentType": "ChangeInCapacity"},
            {"targetTrackingConfiguration": {"targetValue": 50}},
            tracking(customizedMetricSpecification={"metricName": "a"}),
            tracking(predefinedMetricSpecification={"predefinedMetricType": "ALBRequestCountPerTarget"}),
            {"scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity", "minAdjustmentMagnitude": 2},
        ],
        passes=[
            {"scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity", "cooldown": 300},
            {**STEPPED, "adjustmentType": "PercentChangeInCapacity", "minAdjustmentMagnitude": 1},
            tracking(),
        ],
        unknown=[{"policyType": UNKNOWN, "scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity"}],
    ),
    "asg-policy-steps": about(
        SCALING,
        "stepAdjustments",
        fails=[steps((0, 10), (5, None)), steps((0, 10), (20, None)), steps((10, 0)), steps((5, 5))],
        passes=[steps((10, None), (0, 10)), ABSENT],
    ),
    "asg-schedule": Cases(
        token="aws:autoscaling/schedule:Schedule",
        fails=[{"region": "us-east-2"}, {"minSize": 3, "maxSize": 1}, {"desiredCapacity": 5, "maxSize": 1}],
        passes=[{"minSize": 1, "maxSize": 3, "desiredCapacity": 2}, {"desiredCapacity": 0}],
        unknown=[{"minSize": UNKNOWN, "maxSize": 1}],
    ),
    "asg-lifecycle-hook": Cases(
        token="aws:autoscaling/lifecycleHook:LifecycleHook",
        fails=[{"notificationTargetArn": UNKNOWN}, {"heartbeatTimeout": 10}, {"defaultResult": "STOP"}],
        passes=[{"notificationTargetArn": UNKNOWN, "roleArn": UNKNOWN, "heartbeatTimeout": 7200}, {}],
        unknown=[{"heartbeatTimeout": UNKNOWN}],
    ),
}
