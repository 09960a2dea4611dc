"""Classes of database, cache, search and broker nodes, with the prefix or suffix that each service wants."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_FORMS: Final = {
    "rds/instance": ("instanceClass", "db.", "", "InvalidParameterValue: Invalid DB Instance class: {}"),
    "rds/clusterInstance": ("instanceClass", "db.", "", "InvalidParameterValue: Invalid DB Instance class: {}"),
    "rds/cluster": ("dbClusterInstanceClass", "db.", "", "InvalidParameterValue: Invalid DB Instance class: {}"),
    "docdb/clusterInstance": ("instanceClass", "db.", "", "InvalidParameterValue: Invalid DB Instance class: {}"),
    "neptune/clusterInstance": ("instanceClass", "db.", "", "InvalidParameterValue: Invalid DB Instance class: {}"),
    "memorydb/cluster": ("nodeType", "db.", "", "InvalidParameterValueException: {} is not a valid node type"),
    "elasticache/cluster": ("nodeType", "cache.", "", "InvalidParameterValue: The cache node type {} is not valid"),
    "elasticache/replicationGroup": ("nodeType", "cache.", "", "InvalidParameterValue: The cache node type {} is not valid"),
    "dax/cluster": ("nodeType", "dax.", "", "InvalidParameterValueException: {} is not a valid node type"),
    "dms/replicationInstance": (
        "replicationInstanceClass",
        "dms.",
        "",
        "InvalidParameterValueException: {} is not a valid class",
    ),
    "mq/broker": ("hostInstanceType", "mq.", "", "BadRequestException: Broker host instance type [{}] is invalid"),
    "msk/cluster": (
        "brokerNodeGroupInfo.instanceType",
        "kafka.|express.",
        "",
        "BadRequestException: Unsupported InstanceType {}",
    ),
    "opensearch/domain": ("clusterConfig.instanceType", "", ".search", "ValidationException: {} is not a valid instance type"),
    "elasticsearch/domain": (
        "clusterConfig.instanceType",
        "",
        ".elasticsearch",
        "ValidationException: {} is not a valid instance type",
    ),
}
"""Property, prefixes, suffix, and what AWS answers."""


@rules.rule(
    "node-class-form",
    "F214",
    " ".join(_FORMS),
    description="Classes of nodes are written as their service writes them.",
    remediation="Write db.t4g.micro, cache.t4g.micro, t3.small.search: the plain EC2 name is not taken.",
)
def _form(resource: Resource) -> Answers:
    path, prefixes, suffix, answer = _FORMS[resource.kind]
    value = resource.get(path)
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif isinstance(value, str) and value and (not value.startswith(tuple(prefixes.split("|"))) or not value.endswith(suffix)):
        size = re.search(r"([a-z0-9-]+\.[a-z0-9]*(nano|micro|small|medium|large|metal|serverless))", value)
        core = size[1] if size else value
        right = f"{prefixes.split('|')[0]}{core}{suffix}"
        yield Finding(path, value, f"such as {right}", answer=answer.format(value))
