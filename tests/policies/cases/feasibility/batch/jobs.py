"""Cases of policies/feasibility/rules/batch/jobs.py."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import ATTACHMENT, ROLE, attached, role
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

ENVIRONMENT = "aws:batch/computeEnvironment:ComputeEnvironment"
BATCH_QUEUE = "aws:batch/jobQueue:JobQueue"
JOB = "aws:batch/jobDefinition:JobDefinition"
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
    places = orders or range(len(kinds))
    made = [planned(ENVIRONMENT, f"c{number}", computeResources={"type": kind}) for number, kind in enumerate(kinds)]
    entries = [{"computeEnvironment": ref(ENVIRONMENT, f"c{n}"), "order": place} for n, place in enumerate(places)]
    return [*made, planned(BATCH_QUEUE, computeEnvironmentOrders=entries)]


def job(container: Mapping[str, Any], **inputs: Any) -> dict[str, Any]:
    return {"type": "container", "containerProperties": json.dumps({"image": "busybox", **container}), **inputs}


def fargate_job(cores: object, memory: object, **more: Any) -> dict[str, Any]:
    needs = [{"type": "VCPU", "value": cores}, {"type": "MEMORY", "value": memory}]
    return job({"resourceRequirements": needs, "executionRoleArn": "arn", **more}, platformCapabilities=["FARGATE"])


def retried(*entries: object) -> dict[str, Any]:
    return job({}, retryStrategy={"attempts": 3, "evaluateOnExits": [*entries]})


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
    "batch-optimal-on-arm": Cases(
        token=ENVIRONMENT,
        fails=[
            managed(**{**EC2, "instanceTypes": ["optimal", "m7g.large"]}),
            managed(**{**EC2, "instanceTypes": ["c6gn", "optimal"]}),
        ],
        passes=[
            managed(**EC2),
            managed(**{**EC2, "instanceTypes": ["m7g.large"]}),
            managed(**FARGATE),
            managed(**{**EC2, "instanceTypes": ["optimal", "g5.xlarge"]}),
        ],
        unknown=[managed(**{**EC2, "instanceTypes": ["optimal", UNKNOWN]})],
    ),
    "batch-environment-name": Cases(
        token=ENVIRONMENT,
        fails=[{"name": "jobs"}, planned(ENVIRONMENT, "jobs", name="jobs-prod"), planned(ENVIRONMENT, "jobs", name="jobs-1")],
        passes=[{}, {"namePrefix": "jobs-"}, planned(ENVIRONMENT, "jobs", name="jobs-0a1b2c3")],
        unknown=[{"name": UNKNOWN}],
    ),
    "batch-template-version": Cases(
        token=ENVIRONMENT,
        fails=[managed(**EC2, launchTemplate={"launchTemplateId": "lt-1", "version": "$Latest"})],
        passes=[
            managed(**EC2, launchTemplate={"launchTemplateId": "lt-1", "version": "7"}),
            managed(**EC2, launchTemplate={"launchTemplateId": "lt-1"}),
            managed(**FARGATE),
        ],
        unknown=[managed(**EC2, launchTemplate={"version": UNKNOWN}), {"computeResources": UNKNOWN}],
    ),
    "batch-queue-time-limit": Cases(
        token=BATCH_QUEUE,
        fails=[{"priority": 1}, {"jobStateTimeLimitActions": []}],
        passes=[{"jobStateTimeLimitActions": [{"state": "RUNNABLE"}]}, {"jobStateTimeLimitActions": UNKNOWN}],
        never_unknown=True,
    ),
    "batch-queue-environments": Cases(
        token=BATCH_QUEUE,
        fails=[queued("FARGATE", "EC2"), queued("EC2", "EC2", "EC2", "SPOT"), queued(), queued("EC2", "SPOT", orders=[1, 1])],
        passes=[
            queued("EC2", "EC2", "SPOT"),
            queued("EC2", "SPOT"),
            queued("FARGATE", "FARGATE_SPOT"),
            {"computeEnvironments": ["a"]},
        ],
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
    "batch-retries-end": Cases(
        token=JOB,
        fails=[
            retried({"action": "RETRY", "onStatusReason": "Host EC2*"}),
            retried({"action": "RETRY", "onReason": "*"}),
            retried({"action": "EXIT", "onReason": "*", "onExitCode": "20"}),
            retried({"action": "EXIT", "onReason": "Docker*"}),
        ],
        passes=[
            job({}),
            job({}, retryStrategy={"attempts": 3}),
            retried({"action": "RETRY", "onExitCode": "10"}, {"action": "exit", "onReason": "*"}),
            retried({"action": "EXIT", "onStatusReason": "*"}),
        ],
        unknown=[retried(UNKNOWN), retried({"action": UNKNOWN, "onReason": "*"}), job({}, retryStrategy=UNKNOWN)],
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
            *(fargate_job("1", "2048", ephemeralStorage={"sizeInGiB": size}) for size in (10, 20, 201)),
        ],
        passes=[
            fargate_job("0.25", "512"),
            fargate_job("16", "122880"),
            *(fargate_job("1", "2048", ephemeralStorage={"sizeInGiB": size}) for size in (21, 200)),
            job({"vcpus": 1, "memory": 128}),
            job({}, platformCapabilities=["EC2"]),
        ],
        unknown=[{"containerProperties": UNKNOWN, "platformCapabilities": ["FARGATE"]}, job({}, platformCapabilities=UNKNOWN)],
    ),
}
