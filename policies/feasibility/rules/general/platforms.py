"""Clusters, brokers, jobs and servers of further services whose settings AWS wants to go together; classes of nodes."""

import re
from collections.abc import Callable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between
from policies.feasibility.engine.joins import for_kinds
from policies.feasibility.engine.leaves import Leaf, at, each_text
from policies.feasibility.engine.shapes import absent, each_block, of, only_one, present, saying, when, where_given
from policies.feasibility.rules.general.subnets import zones_of
from policies.kit.checks import all_of
from policies.kit.references import listed
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number

rules: Final = Rules("feasibility", failures())

rules.add(
    "eks-node-group-size",
    "F530",
    "eks/nodeGroup",
    each_block(
        "scalingConfig",
        saying(
            "InvalidParameterException: Minimum capacity can't be greater than desired size", at_most("minSize", "desiredSize")
        ),
        saying("InvalidParameterException: desired capacity can't be greater than max size", at_most("desiredSize", "maxSize")),
    ),
    description="A node group's desired size lies between its smallest and its greatest.",
    remediation="Set minSize, desiredSize and maxSize in rising order.",
)


@rules.rule(
    "eks-cluster-zones",
    "F530",
    "eks/cluster",
    needs_stack=True,
    description="A cluster has subnets in at least two zones.",
    remediation="Add a subnet of another zone to vpcConfig.subnetIds.",
)
def _zones(cluster: Resource) -> Answers:
    path = "vpcConfig.subnetIds"
    ids = as_list(cluster.get(path))
    answer = "InvalidParameterException: Subnets specified must be in at least two different AZs"
    if len(ids) == 1:
        yield Finding(path, "one subnet", "subnets of at least two zones", answer=answer)
        return
    subnets = listed(cluster, path, "ec2/subnet")
    zones = zones_of(subnets or [])
    if any(zone is UNKNOWN for zone in zones) or (subnets is None and any(value is UNKNOWN for value in ids)):
        yield NOT_JUDGED
    elif subnets and len(zones) == 1 and None not in zones:
        yield Finding(path, next(iter(zones)), "subnets of at least two zones", answer=answer)


@rules.rule(
    "kafka-brokers",
    "F531",
    "msk/cluster",
    description="A Kafka cluster has as many brokers in each of its subnets.",
    remediation="Set numberOfBrokerNodes to a multiple of the number of clientSubnets.",
)
def _brokers(cluster: Resource) -> Answers:
    count, zones = cluster.get("numberOfBrokerNodes"), len(as_list(cluster.get("brokerNodeGroupInfo.clientSubnets")))
    number = as_number(count)
    if number and zones and number % zones:
        yield Finding("numberOfBrokerNodes", count, f"a multiple of {zones}, the number of clientSubnets")


rules.add(
    "redshift-nodes",
    "F532",
    "redshift/cluster",
    of(
        when("clusterType", ("multi-node",), between("numberOfNodes", 2, 128)),
        when("clusterType", ("single-node",), between("numberOfNodes", 1, 1)),
    ),
    description="A Redshift cluster of several nodes has at least two.",
    remediation="Set clusterType: single-node, or numberOfNodes to at least 2.",
)
rules.add(
    "broker-deployment",
    "F533",
    "mq/broker",
    of(
        when(
            "engineType",
            ("RabbitMQ", "RABBITMQ"),
            when(
                "deploymentMode",
                ("ACTIVE_STANDBY_MULTI_AZ",),
                absent("deploymentMode", "or SINGLE_INSTANCE or CLUSTER_MULTI_AZ"),
            ),
        ),
        when(
            "engineType",
            ("ActiveMQ", "ACTIVEMQ"),
            when(
                "deploymentMode",
                ("CLUSTER_MULTI_AZ",),
                absent("deploymentMode", "or SINGLE_INSTANCE or ACTIVE_STANDBY_MULTI_AZ"),
            ),
        ),
    ),
    description="A broker's deployment mode is one of its engine.",
    remediation="Take CLUSTER_MULTI_AZ with RabbitMQ and ACTIVE_STANDBY_MULTI_AZ with ActiveMQ.",
)
rules.add(
    "glue-job-capacity",
    "F534",
    "glue/job",
    of(where_given("maxCapacity", absent("workerType numberOfWorkers", "because maxCapacity is set"))),
    description="A job's capacity is a number of units or of workers.",
    remediation="Remove maxCapacity, or workerType and numberOfWorkers.",
)
rules.add(
    "user-pool-names",
    "F535",
    "cognito/userPool",
    of(only_one("aliasAttributes usernameAttributes")),
    description="Users sign in with an attribute as their name, or as an alias.",
    remediation="Remove aliasAttributes or usernameAttributes.",
)
rules.add(
    "transfer-endpoint",
    "F536",
    "transfer/server",
    of(
        when("endpointType", ("VPC",), present("endpointDetails.vpcId", "because endpointType is VPC")),
        when("endpointType", ("PUBLIC",), absent("endpointDetails", "because endpointType is PUBLIC")),
    ),
    description="A transfer server in a VPC says which.",
    remediation="Set endpointDetails with vpcId and subnetIds.",
)
rules.add(
    "maintenance-window-cutoff",
    "F537",
    "ssm/maintenanceWindow",
    of(at_most("cutoff", "duration", strictly=True)),
    description="A maintenance window stops starting tasks before it ends.",
    remediation="Set cutoff to less than duration.",
)


_DATABASE: Final = "InvalidParameterValue: Invalid DB Instance class: {value}"
_CACHE: Final = "InvalidParameterValue: The cache node type {value} is not valid"
_NODE: Final = "InvalidParameterValueException: {value} is not a valid node type"
_SEARCH: Final = "ValidationException: {value} is not a valid instance type"
_CLASSES: Final = (
    ("rds/instance rds/clusterInstance docdb/clusterInstance neptune/clusterInstance", "instanceClass", "db.", "", _DATABASE),
    ("rds/cluster", "dbClusterInstanceClass", "db.", "", _DATABASE),
    ("memorydb/cluster", "nodeType", "db.", "", _NODE),
    ("elasticache/cluster elasticache/replicationGroup", "nodeType", "cache.", "", _CACHE),
    ("dax/cluster", "nodeType", "dax.", "", _NODE),
    (
        "dms/replicationInstance",
        "replicationInstanceClass",
        "dms.",
        "",
        "InvalidParameterValueException: {value} is not a valid class",
    ),
    ("mq/broker", "hostInstanceType", "mq.", "", "BadRequestException: Broker host instance type [{value}] is invalid"),
    (
        "msk/cluster",
        "brokerNodeGroupInfo.instanceType",
        "kafka.|express.",
        "",
        "BadRequestException: Unsupported InstanceType {value}",
    ),
    ("opensearch/domain", "clusterConfig.instanceType", "", ".search", _SEARCH),
    ("elasticsearch/domain", "clusterConfig.instanceType", "", ".elasticsearch", _SEARCH),
)
"""Kinds, property, prefixes, suffix, and what AWS answers."""


def _class(prefixes: tuple[str, ...], suffix: str) -> Callable[[Resource, Leaf], str]:
    def wrong(_: Resource, leaf: Leaf) -> str:
        if leaf.value.startswith(prefixes) and leaf.value.endswith(suffix):
            return ""
        size = re.search(r"([a-z0-9-]+\.[a-z0-9]*(nano|micro|small|medium|large|metal|serverless))", leaf.value)
        return f"such as {prefixes[0]}{size[1] if size else leaf.value}{suffix}"

    return wrong


rules.add(
    "node-class-form",
    "F214",
    " ".join(kinds for kinds, *_ in _CLASSES),
    all_of(
        *(
            for_kinds(
                kinds,
                each_text(
                    at(dict.fromkeys(kinds.split(), (path,))),
                    _class(tuple(prefixes.split("|")), suffix),
                    detail="",
                    answer=answer,
                ),
            )
            for kinds, path, prefixes, suffix, answer in _CLASSES
        )
    ),
    description="Classes of nodes are written as their service writes them.",
    remediation="Write db.t4g.micro, cache.t4g.micro, t3.small.search: the plain EC2 name is not taken.",
)
