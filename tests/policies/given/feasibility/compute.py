"""What is planned in several cases of the feasibility pack: compute."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import GROUP
from tests.policies.harness import UNKNOWN, Planned, planned

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"


def group(**inputs: Any) -> dict[str, Any]:
    return {"launchTemplate": {"id": UNKNOWN}, "vpcZoneIdentifiers": [UNKNOWN], "minSize": 1, "maxSize": 3, **inputs}


def from_template(template: Mapping[str, Any], inputs: Mapping[str, Any], prop: str) -> list[Planned]:
    return [planned(TEMPLATE, "template", **template), Planned(token=GROUP, inputs=inputs, refs={prop: (TEMPLATE, "template")})]


def steps(*bounds: tuple[object, object]) -> list[dict[str, Any]]:
    return [
        {
            **({} if low is None else {"metricIntervalLowerBound": low}),
            **({} if high is None else {"metricIntervalUpperBound": high}),
            "scalingAdjustment": 1,
        }
        for low, high in bounds
    ]


def metric(kind: str, label: object = None, namespace: object = "ecs") -> dict[str, Any]:
    specification = {"predefinedMetricType": kind, **({} if label is None else {"resourceLabel": label})}
    return {
        "serviceNamespace": namespace,
        "policyType": "TargetTrackingScaling",
        "targetTrackingScalingPolicyConfiguration": {"predefinedMetricSpecification": specification, "targetValue": 1},
    }
