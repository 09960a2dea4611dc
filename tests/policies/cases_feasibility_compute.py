"""Cases of the feasibility pack about Batch, Auto Scaling, instances, launch templates and volumes."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import linked, subnet, vpc
from tests.policies.feasible import ATTACHMENT, GROUP, ROLE, SUBNET, TARGET_GROUP, VPC, attached, role
from tests.policies.harness import KEY, UNKNOWN, Planned

ENVIRONMENT = "aws:batch/computeEnvironment:ComputeEnvironment"
BATCH_QUEUE = "aws:batch/jobQueue:JobQueue"
JOB = "aws:batch/jobDefinition:JobDefinition"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"
VOLUME = "aws:ebs/volume:Volume"
SCALING = "aws:autoscaling/policy:Policy"
SCALE = "aws:appautoscaling/target:Target"
TRACK = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SERVICE = "aws:ecs/service:Service"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
JOINED = "aws:autoscaling/attachment:Attachment"

FARGATE: dict[str, Any] = {"type": "FARGATE", "maxVcpus": 16, "subnets": [UNKNOWN], "securityGroupIds": [UNKNOWN]}
EC2: dict[str, Any] = {**FARGATE, "type": "EC2", "instanceTypes": ["optimal"], "instanceRole": UNKNOWN}


def managed(**resources: Any) -> dict[str, Any]:
    return {"type": "MANAGED", "computeResources": resources}


def after_policies(*depends: tuple[str, str]) -> list[Planned]:
    return [
        role("batch.amazonaws.com"),
        attached("arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole"),
        linked(ENVIRONMENT, "it", depends, serviceRole=(ROLE, "role")),
    ]


def queued(*kinds: object, orders: list[object] | None = None) -> list[Planned]:
    names = [f"c{number}" for number in range(len(kinds))]
    places = orders or list(range(len(kinds)))
    entries = [{"computeEnvironment": UNKNOWN, "order": order} for order in places]
    return [
        *(
            Planned(token=ENVIRONMENT, name=name, inputs={"computeResources": {"type": kind}})
            for name, kind in zip(names, kinds, strict=True)
        ),
        Planned(
            token=BATCH_QUEUE,
            inputs={"computeEnvironmentOrders": entries},
            refs={"computeEnvironmentOrders": [(ENVIRONMENT, name) for name in names]} if names else {},
        ),
    ]


def job(container: Mapping[str, Any], **inputs: Any) -> dict[str, Any]:
    return {"type": "container", "containerProperties": json.dumps({"image": "busybox", **container}), **inputs}


def fargate_job(cores: object, memory: object, **more: Any) -> dict[str, Any]:
    needs = [{"type": "VCPU", "value": cores}, {"type": "MEMORY", "value": memory}]
    return job({"resourceRequirements": needs, "executionRoleArn": "arn", **more}, platformCapabilities=["FARGATE"])


def group(**inputs: Any) -> dict[str, Any]:
    return {"launchTemplate": {"id": UNKNOWN}, "vpcZoneIdentifiers": [UNKNOWN], "minSize": 1, "maxSize": 3, **inputs}


def mixed(distribution: Mapping[str, Any] | None = None, **override: object) -> dict[str, Any]:
    template = {"launchTemplateSpecification": {"launchTemplateId": UNKNOWN}, "overrides": [override] if override else []}
    policy = {"launchTemplate": template, **({"instancesDistribution": distribution} if distribution else {})}
    return {**group(), "launchTemplate": None, "mixedInstancesPolicy": policy}


def from_template(template: Mapping[str, Any], inputs: Mapping[str, Any], prop: str) -> list[Planned]:
    return [
        Planned(token=TEMPLATE, name="template", inputs=template),
        Planned(token=GROUP, inputs=inputs, refs={prop: (TEMPLATE, "template")}),
    ]


def in_target_group(inputs: Mapping[str, Any], *, homes: tuple[str, str] = ("vpc", "vpc")) -> list[Planned]:
    return [
        *(vpc(name) for name in sorted({*homes})),
        subnet("s", homes[0]),
        Planned(token=TARGET_GROUP, name="g", inputs={"vpcId": UNKNOWN, **inputs}, refs={"vpcId": (VPC, homes[1])}),
        Planned(
            token=GROUP,
            inputs={"targetGroupArns": [UNKNOWN], "vpcZoneIdentifiers": [UNKNOWN]},
            refs={"targetGroupArns": (TARGET_GROUP, "g"), "vpcZoneIdentifiers": (SUBNET, "s")},
        ),
    ]


def attached_group(inputs: Mapping[str, Any], **attachment: Any) -> list[Planned]:
    return [
        Planned(token=GROUP, name="group", inputs=inputs),
        linked(JOINED, "it", autoscalingGroupName=(GROUP, "group"), **attachment),
    ]


DEFAULTS = {"defaultTags": json.dumps({"tags": {"Owner": "platform"}})}
OWNER = {"key": "Owner", "value": "platform", "propagateAtLaunch": True}


def tracking(**fields: Any) -> dict[str, Any]:
    metric = {"predefinedMetricType": "ASGAverageCPUUtilization"}
    return {
        "policyType": "TargetTrackingScaling",
        "targetTrackingConfiguration": {"predefinedMetricSpecification": metric, "targetValue": 50, **fields},
    }


def steps(*bounds: tuple[object, object]) -> list[dict[str, Any]]:
    return [
        {
            **({} if low is None else {"metricIntervalLowerBound": low}),
            **({} if high is None else {"metricIntervalUpperBound": high}),
            "scalingAdjustment": 1,
        }
        for low, high in bounds
    ]


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
    return Planned(token=SCALE, name=name, inputs={**ECS, **inputs})


def followed(
    *depends: tuple[str, str], target: Mapping[str, Any] | None = None, name: str = "it", **inputs: Any
) -> list[Planned]:
    return [scaled(**(target or {})), linked(TRACK, name, depends, **{**ECS, **CPU, **inputs})]


def metric(kind: str, label: object = None, namespace: object = "ecs") -> dict[str, Any]:
    specification = {"predefinedMetricType": kind, **({} if label is None else {"resourceLabel": label})}
    return {
        "serviceNamespace": namespace,
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": {"predefinedMetricSpecification": specification, "targetValue": 1},
    }


def volume(kind: object, size: object = None, iops: object = None, throughput: object = None, **more: Any) -> dict[str, Any]:
    fields = {"type": kind, "size": size, "iops": iops, "throughput": throughput}
    return {**{name: value for name, value in fields.items() if value is not None}, **more}


def device(where: str, **fields: Any) -> list[Planned]:
    if where == TEMPLATE:
        return [Planned(token=TEMPLATE, inputs={"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": fields}]})]
    return [Planned(token=INSTANCE, inputs={where: fields if where == "rootBlockDevice" else [fields]})]


def addressed(address: object, block: object = "10.0.1.0/24", **more: Any) -> list[Planned]:
    return [
        subnet("s", block=block, availabilityZone="us-east-2a"),
        linked(INSTANCE, "it", subnetId=(SUBNET, "s"), privateIp=address, **more),
    ]


def profiled(**inputs: Any) -> list[Planned]:
    return [
        role("ec2.amazonaws.com"),
        linked(PROFILE, "profile", role=(ROLE, "role")),
        linked(INSTANCE, "it", **inputs),
    ]


def zones(volume_zone: object, instance_zone: object) -> list[Planned]:
    return [
        Planned(token=VOLUME, name="v", inputs={"availabilityZone": volume_zone}),
        Planned(token=INSTANCE, name="i", inputs={"availabilityZone": instance_zone}),
        linked("aws:ec2/volumeAttachment:VolumeAttachment", "it", volumeId=(VOLUME, "v"), instanceId=(INSTANCE, "i")),
    ]


CODED = base64.b64encode(b"#!/bin/sh\n").decode()
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabc me@example.com"

CASES: dict[str, Cases] = {
    "batch-compute-environment": Cases(
        token=ENVIRONMENT,
        fails=[
            {"type": "MANAGED"},
            {"type": "UNMANAGED", "computeResources": FARGATE},
            managed(**FARGATE, minVcpus=0),
            managed(**FARGATE, instanceTypes=["m5.large"]),
            managed(**{**FARGATE, "securityGroupIds": []}),
            managed(**{**EC2, "instanceTypes": None}),
            managed(**EC2, bidPercentage=50),
            managed(**EC2, minVcpus=32),
            managed(**EC2, minVcpus=4, desiredVcpus=2),
        ],
        passes=[managed(**FARGATE), managed(**EC2, minVcpus=0, desiredVcpus=4), {"type": "UNMANAGED"}],
        unknown=[{"type": "MANAGED", "computeResources": UNKNOWN}, managed(**{**FARGATE, "type": UNKNOWN, "minVcpus": 0})],
    ),
    "batch-allocation-strategy": Cases(
        token=ENVIRONMENT,
        fails=[
            managed(**EC2, allocationStrategy="SPOT_CAPACITY_OPTIMIZED"),
            managed(**{**EC2, "type": "SPOT"}),
            managed(**{**EC2, "type": "SPOT", "allocationStrategy": "BEST_FIT"}),
        ],
        passes=[
            managed(**EC2, allocationStrategy="BEST_FIT_PROGRESSIVE"),
            managed(**{**EC2, "type": "SPOT", "allocationStrategy": "SPOT_CAPACITY_OPTIMIZED"}),
            managed(**{**EC2, "type": "SPOT", "spotIamFleetRole": UNKNOWN}),
            managed(**FARGATE),
        ],
        unknown=[managed(**{**EC2, "type": UNKNOWN}), managed(**EC2, allocationStrategy=UNKNOWN)],
    ),
    "batch-after-role-policies": Cases(
        token=ENVIRONMENT,
        fails=[after_policies()],
        passes=[after_policies((ATTACHMENT, "attachment")), {}, {"serviceRole": "arn:aws:iam::111111111111:role/a"}],
        unknown=[{"serviceRole": UNKNOWN}],
    ),
    "batch-queue-environments": Cases(
        token=BATCH_QUEUE,
        fails=[queued("FARGATE", "EC2"), queued("EC2", "EC2", "EC2", "SPOT"), queued(), queued("EC2", "SPOT", orders=[1, 1])],
        passes=[queued("EC2", "SPOT"), queued("FARGATE", "FARGATE_SPOT"), {"computeEnvironments": ["a"]}],
        unknown=[queued("EC2", UNKNOWN), queued("EC2", "EC2", orders=[1, UNKNOWN]), {"computeEnvironmentOrders": UNKNOWN}],
    ),
    "batch-job-settings": Cases(
        token=JOB,
        fails=[
            {"type": "multinode", "containerProperties": "{}"},
            {"type": "container", "nodeProperties": "{}"},
            {"type": "container", "containerProperties": "{}", "ecsProperties": "{}"},
            {"type": "container", "retryStrategy": {"attempts": 11}},
            {"type": "container", "timeout": {"attemptDurationSeconds": 30}},
        ],
        passes=[
            job({}, retryStrategy={"attempts": 10}, timeout={"attemptDurationSeconds": 60}),
            {"type": "multinode", "nodeProperties": UNKNOWN},
        ],
        unknown=[{"type": UNKNOWN, "nodeProperties": "{}"}, {"type": "container", "timeout": UNKNOWN}],
    ),
    "batch-job-container": Cases(
        token=JOB,
        fails=[
            {"containerProperties": "{"},
            {"containerProperties": "[]"},
            job({"image": ""}),
            job({"resourceRequirements": [{"type": "VCPU", "value": 1}]}),
            job({"command": "run"}),
            job({"environment": [{"name": "PORT", "value": 80}]}),
        ],
        passes=[job({"resourceRequirements": [{"type": "VCPU", "value": "1"}], "command": ["run"]}), {}],
        unknown=[{"containerProperties": UNKNOWN}],
    ),
    "batch-job-fargate": Cases(
        token=JOB,
        fails=[
            fargate_job("1", "512"),
            fargate_job("3", "8192"),
            fargate_job("0.25", "4096"),
            fargate_job("1", "2048", executionRoleArn=None),
            fargate_job("1", "2048", privileged=True),
            job({"executionRoleArn": "arn", "vcpus": 1, "memory": 2048}, platformCapabilities=["FARGATE"]),
            fargate_job("1", "2048", ephemeralStorage={"sizeInGiB": 10}),
        ],
        passes=[
            fargate_job("0.25", "512"),
            fargate_job("16", "122880"),
            job({"vcpus": 1, "memory": 128}),
            job({}, platformCapabilities=["EC2"]),
        ],
        unknown=[{"containerProperties": UNKNOWN, "platformCapabilities": ["FARGATE"]}, job({}, platformCapabilities=UNKNOWN)],
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
        passes=[group(desiredCapacity=3), group(), group(minSize=0, maxSize=0)],
        unknown=[group(desiredCapacity=UNKNOWN)],
    ),
    "asg-spot-in-template": Cases(
        token=GROUP,
        fails=[from_template({"instanceMarketOptions": {"marketType": "spot"}}, mixed(), "mixedInstancesPolicy")],
        passes=[
            from_template({}, mixed(), "mixedInstancesPolicy"),
            from_template({"instanceMarketOptions": {"marketType": "spot"}}, group(), "launchTemplate"),
        ],
        unknown=[],
        never_unknown=True,
    ),
    "asg-target-type": Cases(
        token=GROUP,
        fails=[
            in_target_group({"targetType": "ip"}),
            in_target_group({}, homes=("vpc", "other")),
            [
                Planned(token=TARGET_GROUP, name="g", inputs={"targetType": "ip"}),
                linked(JOINED, "it", lbTargetGroupArn=(TARGET_GROUP, "g")),
            ],
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
        fails=[[Planned(token=GROUP, inputs=group(), provider=DEFAULTS)]],
        passes=[
            [Planned(token=GROUP, inputs=group(tags=[OWNER]), provider=DEFAULTS)],
            group(),
            [
                Planned(
                    token=TEMPLATE,
                    name="template",
                    inputs={"tagSpecifications": [{"resourceType": "instance", "tags": {"Owner": "a"}}]},
                ),
                Planned(token=GROUP, inputs=group(), refs={"launchTemplate": (TEMPLATE, "template")}, provider=DEFAULTS),
            ],
        ],
        unknown=[[Planned(token=GROUP, inputs=group(tags=[{"key": UNKNOWN}]), provider=DEFAULTS)]],
    ),
    "asg-policy-shape": Cases(
        token=SCALING,
        fails=[
            {"region": "us-east-2"},
            {"scalingAdjustment": 1},
            {"policyType": "StepScaling", "adjustmentType": "ChangeInCapacity"},
            {
                "policyType": "StepScaling",
                "adjustmentType": "ChangeInCapacity",
                "stepAdjustments": steps((0, None)),
                "cooldown": 60,
            },
            {"policyType": "TargetTrackingScaling"},
            {**tracking(), "adjustmentType": "ChangeInCapacity"},
            {"targetTrackingConfiguration": {"targetValue": 50}},
            tracking(customizedMetricSpecification={"metricName": "a"}),
            tracking(predefinedMetricSpecification={"predefinedMetricType": "ALBRequestCountPerTarget"}),
            {"scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity", "minAdjustmentMagnitude": 2},
        ],
        passes=[
            {"scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity", "cooldown": 300},
            {
                "policyType": "StepScaling",
                "adjustmentType": "PercentChangeInCapacity",
                "stepAdjustments": steps((0, None)),
                "minAdjustmentMagnitude": 1,
            },
            tracking(),
        ],
        unknown=[{"policyType": UNKNOWN, "scalingAdjustment": 1, "adjustmentType": "ChangeInCapacity"}],
    ),
    "asg-policy-steps": Cases(
        token=SCALING,
        fails=[
            {"stepAdjustments": steps((0, 10), (5, None))},
            {"stepAdjustments": steps((0, 10), (20, None))},
            {"stepAdjustments": steps((10, 0))},
        ],
        passes=[{"stepAdjustments": steps((10, None), (0, 10))}, {}],
        unknown=[{"stepAdjustments": UNKNOWN}],
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
            [Planned(token=SERVICE, name="s"), linked(SCALE, "it", **{**ECS, "resourceId": (SERVICE, "s")})],
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
            [Planned(token=SERVICE, name="s", inputs={"name": "web"}), scaled("it")],
            [
                Planned(token="aws:dynamodb/table:Table", name="t", inputs={"name": "orders"}),
                Planned(token=SCALE, inputs={"serviceNamespace": "dynamodb", "resourceId": "table/orders"}),
            ],
        ],
        passes=[
            [Planned(token=SERVICE, name="s", inputs={"name": "web"}), linked(SCALE, "it", [(SERVICE, "s")], **ECS)],
            ECS,
            [Planned(token=SERVICE, name="s"), linked(SCALE, "it", **{**ECS, "resourceId": (SERVICE, "s")})],
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
    "scheduled-action-sizes": Cases(
        token=ACTION,
        fails=[{"scalableTargetAction": {"minCapacity": 3, "maxCapacity": 1}}],
        passes=[{"scalableTargetAction": {"minCapacity": 0, "maxCapacity": 0}}, {"scalableTargetAction": {"maxCapacity": 1}}],
        unknown=[{"scalableTargetAction": UNKNOWN}],
    ),
    "scheduled-target-ignored": Cases(
        token=SCALE,
        fails=[
            [scaled("it"), linked(ACTION, "a", resourceId=(SCALE, "it"))],
            [scaled("it"), Planned(token=ACTION, name="a", inputs=ECS)],
        ],
        passes=[
            [
                Planned(token=SCALE, inputs=ECS, ignore_changes=["minCapacity", "maxCapacity"]),
                linked(ACTION, "a", resourceId=(SCALE, "it")),
            ],
            ECS,
        ],
        unknown=[],
        never_unknown=True,
    ),
    "ebs-volume": Cases(
        token=VOLUME,
        fails=[
            volume("gp2", 10, 3000),
            volume("gp3", 100, 2000),
            volume("gp3", 10, 6000),
            volume("gp3", 100, 3000, 1000),
            volume("gp3", 100, None, 100),
            volume("io1", 100),
            volume("io1", 10, 1000),
            volume("io2", 3, 100),
            volume("st1", 100),
            volume("sc1", 500, 1000),
            volume("standard", 2000),
            volume("gp2", 10, None, 250),
            volume("gp3", 10, kmsKeyId=KEY),
            volume("gp3", 10, multiAttachEnabled=True),
            device("rootBlockDevice", volumeType="st1", volumeSize=500),
            device("ebsBlockDevices", volumeType="io2", volumeSize=100),
            device(TEMPLATE, volumeType="gp2", iops=1000),
        ],
        passes=[
            volume("gp3", 100, 3000, 500),
            volume("gp3", 1, 3000, 125),
            volume("gp3", 1000, 16000, 1000),
            volume("io1", 100, 5000),
            volume("io2", 100, 64000),
            volume("st1", 125),
            volume("gp3", 10, encrypted=True, kmsKeyId=KEY),
            volume(None, 10),
            device("rootBlockDevice", volumeType="gp3"),
            device(TEMPLATE, volumeType="gp3", volumeSize=20, throughput=125),
        ],
        unknown=[
            volume(UNKNOWN, 10, 3000),
            volume("gp3", UNKNOWN, 6000),
            device("rootBlockDevice", volumeType="io1", iops=UNKNOWN),
        ],
    ),
    "ebs-volume-origin": Cases(
        token=VOLUME,
        fails=[{"type": "gp3"}],
        passes=[{"size": UNKNOWN}, {"snapshotId": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "volume-attachment-zone": Cases(
        token="aws:ec2/volumeAttachment:VolumeAttachment",
        fails=[zones("us-east-2a", "us-east-2b")],
        passes=[zones("us-east-2a", "us-east-2a"), {"volumeId": "vol-1", "instanceId": "i-1"}],
        unknown=[zones("us-east-2a", UNKNOWN)],
    ),
    "instance-shape": Cases(
        token=INSTANCE,
        fails=[
            {"instanceType": "t3.micro"},
            {"instanceType": "t3.micro", "ami": "a", "userData": "a", "userDataBase64": CODED},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "vpcSecurityGroupIds": [UNKNOWN]},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "subnetId": UNKNOWN},
            {"ami": "a", "metadataOptions": {"httpTokens": "yes"}},
            {"ami": "a", "tenancy": "shared"},
            {"ami": "a", "launchTemplate": {"id": "a", "name": "b"}},
        ],
        passes=[
            {"instanceType": "t3.micro", "ami": UNKNOWN, "subnetId": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]},
            {"instanceType": "t3.micro", "launchTemplate": {"id": UNKNOWN}},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "metadataOptions": {"httpTokens": "required"}},
        ],
        unknown=[{"ami": "a", "tenancy": UNKNOWN}, {"ami": "a", "metadataOptions": UNKNOWN}],
    ),
    "instance-user-data-size": Cases(
        token=INSTANCE,
        fails=[
            {"userData": "x" * 16385},
            {"userDataBase64": "#!/bin/sh"},
            [Planned(token=TEMPLATE, inputs={"userData": "#!/bin/sh\necho"})],
            [Planned(token=TEMPLATE, inputs={"userData": base64.b64encode(b"x" * 16385).decode()})],
        ],
        passes=[{"userData": "#!/bin/sh"}, [Planned(token=TEMPLATE, inputs={"userData": CODED})], {}],
        unknown=[{"userData": UNKNOWN}],
    ),
    "instance-in-subnet": Cases(
        token=INSTANCE,
        fails=[
            addressed("10.0.2.5"),
            addressed("10.0.1.3"),
            addressed("10.0.1.255"),
            addressed("web"),
            addressed(None, availabilityZone="us-east-2b"),
        ],
        passes=[addressed("10.0.1.4"), addressed(None), {"subnetId": "subnet-1", "privateIp": "10.0.0.1"}],
        unknown=[addressed(UNKNOWN), addressed("10.0.1.4", UNKNOWN), {"subnetId": UNKNOWN, "privateIp": "10.0.0.9"}],
    ),
    "instance-profile": Cases(
        token=INSTANCE,
        fails=[
            profiled(iamInstanceProfile=(ROLE, "role")),
            {"iamInstanceProfile": "arn:aws:iam::111111111111:instance-profile/a"},
            [
                Planned(token=ROLE, name="role", inputs={"name": "server"}),
                Planned(token=INSTANCE, inputs={"iamInstanceProfile": "server"}),
            ],
            [Planned(token=TEMPLATE, inputs={"iamInstanceProfile": {"arn": "arn:aws:iam::111111111111:role/a"}})],
        ],
        passes=[profiled(iamInstanceProfile=(PROFILE, "profile")), {"iamInstanceProfile": "server"}, {}],
        unknown=[{"iamInstanceProfile": UNKNOWN}],
    ),
    "launch-template-shape": Cases(
        token=TEMPLATE,
        fails=[
            {"networkInterfaces": [{}], "vpcSecurityGroupIds": [UNKNOWN]},
            {"instanceType": "a", "instanceRequirements": {"vcpuCount": {"min": 1}}},
            {"iamInstanceProfile": {"arn": UNKNOWN, "name": UNKNOWN}},
            {"metadataOptions": {"httpPutResponseHopLimit": 65}},
            {"defaultVersion": 1, "updateDefaultVersion": True},
        ],
        passes=[{"vpcSecurityGroupIds": [UNKNOWN]}, {"networkInterfaces": [{"securityGroups": [UNKNOWN]}]}],
        unknown=[{"metadataOptions": {"httpTokens": UNKNOWN}}],
    ),
    "launch-template-interfaces": Cases(
        token=TEMPLATE,
        fails=[
            {"networkInterfaces": [{"deviceIndex": 0}, {"deviceIndex": 0}]},
            {"networkInterfaces": [{"deviceIndex": 0, "associatePublicIpAddress": "true"}, {"deviceIndex": 1}]},
        ],
        passes=[
            {"networkInterfaces": [{"deviceIndex": 0}, {"deviceIndex": 1}]},
            {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
            {},
        ],
        unknown=[{"networkInterfaces": UNKNOWN}, {"networkInterfaces": [{"deviceIndex": UNKNOWN}]}],
    ),
    "launch-template-complete": Cases(
        token=GROUP,
        fails=[
            from_template({"instanceType": "a"}, group(), "launchTemplate"),
            from_template({"imageId": "a"}, group(), "launchTemplate"),
        ],
        passes=[
            from_template({"imageId": UNKNOWN, "instanceType": "a"}, group(), "launchTemplate"),
            {"launchTemplate": {"id": "lt-1"}},
        ],
        unknown=[group()],
    ),
    "key-pair-format": Cases(
        token="aws:ec2/keyPair:KeyPair",
        fails=[{"publicKey": "AAAAB3Nza"}, {"publicKey": "-----BEGIN RSA PRIVATE KEY-----"}],
        passes=[{"publicKey": PUBLIC}, {}],
        unknown=[{"publicKey": UNKNOWN}],
    ),
}
