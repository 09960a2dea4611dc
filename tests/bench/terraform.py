"""A plan of ours as Terraform plan JSON, so that Checkov can judge the same resources."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from policies.evidence.plan import Plan
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN

_NAMES: Final = {
    "ec2/": "",
    "lb/": "lb_",
    "cloudwatch/logGroup": "cloudwatch_log_group",
    "cloudwatch/metricAlarm": "cloudwatch_metric_alarm",
    "cloudwatch/eventRule": "cloudwatch_event_rule",
    "cloudwatch/eventTarget": "cloudwatch_event_target",
    "rds/instance": "db_instance",
    "rds/parameterGroup": "db_parameter_group",
    "rds/subnetGroup": "db_subnet_group",
    "lb/loadBalancer": "lb",
    "s3/": "s3_",
    "ec2/flowLog": "flow_log",
    "vpc/securityGroupIngressRule": "vpc_security_group_ingress_rule",
    "vpc/securityGroupEgressRule": "vpc_security_group_egress_rule",
    "wafv2/webAcl": "wafv2_web_acl",
}
"""Kinds whose Terraform name is not `<module>_<resource>`."""


def plan_json(plan: Plan) -> str:
    """The plan as `terraform show -json` would print it; unknown values are left out, as Terraform does."""
    resources = [_resource(resource) for resource in plan.resources if resource.token.startswith("aws:")]
    changes = [
        {
            **{key: resource[key] for key in ("address", "mode", "type", "name", "provider_name")},
            "change": {"actions": ["create"], "before": None, "after": resource["values"], "after_unknown": {}},
        }
        for resource in resources
    ]
    document = {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": resources}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": []}},
    }
    return json.dumps(document)


def _resource(resource: Resource) -> dict[str, Any]:
    kind, name = _type(resource.kind), re.sub(r"\W", "_", resource.name)
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "values": _values(resource.properties),
    }


def _type(kind: str) -> str:
    for prefix in sorted(_NAMES, key=len, reverse=True):
        if kind.startswith(prefix):
            return "aws_" + _NAMES[prefix] + _snake(kind.removeprefix(prefix))
    return "aws_" + _snake(kind.replace("/", "_"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def _values(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            _snake(key): [_values(inner)] if isinstance(inner, Mapping) and key not in ("tags", "variables") else _values(inner)
            for key, inner in value.items()
            if inner is not UNKNOWN
        }
    if isinstance(value, list):
        return [_values(inner) for inner in value if inner is not UNKNOWN]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
