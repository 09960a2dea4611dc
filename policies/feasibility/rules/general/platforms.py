"""Clusters, brokers, jobs and servers of further services whose settings AWS wants to go together; classes of nodes."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between
from policies.feasibility.engine.leaves import Leaf, alike, each_text, place
from policies.feasibility.engine.order import by_kind
from policies.feasibility.engine.shapes import absent, each_block, of, only_one, present, saying, when, where_given
from policies.feasibility.rules.general.subnets import two_zones
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check, Finding, Rules
from policies.kit.values import as_list, as_number

rules: Final = Rules("feasibility", failures())

rules.named("eks-node-group-size", "F530", "eks/nodeGroup").add(
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


rules.named("eks-cluster-zones", "F530", "eks/cluster", needs_stack=True).add(
    two_zones(
        "vpcConfig.subnetIds",
        "InvalidParameterException: Subnets specified must be in at least two different AZs",
        shown="{zone}",
        expected="subnets of at least two zones",
    ),
    description="A cluster has subnets in at least two zones.",
    remediation="Add a subnet of another zone to vpcConfig.subnetIds.",
)


@rules.rule("kafka-brokers", "F531", "msk/cluster")
def _brokers(cluster: Resource) -> Answers:
    """A Kafka cluster has as many brokers in each of its subnets.

    Set numberOfBrokerNodes to a multiple of the number of clientSubnets.
    """
    count, zones = cluster.get("numberOfBrokerNodes"), len(as_list(cluster.get("brokerNodeGroupInfo.clientSubnets")))
    number = as_number(count)
    if number and zones and number % zones:
        yield Finding("numberOfBrokerNodes", count, f"a multiple of {zones}, the number of clientSubnets")


rules.named("redshift-nodes", "F532", "redshift/cluster").add(
    of(
        when("clusterType", ("multi-node",), between("numberOfNodes", 2, 128)),
        when("clusterType", ("single-node",), between("numberOfNodes", 1, 1)),
    ),
    description="A Redshift cluster of several nodes has at least two.",
    remediation="Set clusterType: single-node, or numberOfNodes to at least 2.",
)
rules.named("broker-deployment", "F533", "mq/broker").add(
    of(
        *(
            when(
                "engineType",
                (engine, engine.upper()),
                when("deploymentMode", (others,), absent("deploymentMode", f"or SINGLE_INSTANCE or {own}")),
            )
            for engine, own, others in (
                ("RabbitMQ", "CLUSTER_MULTI_AZ", "ACTIVE_STANDBY_MULTI_AZ"),
                ("ActiveMQ", "ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"),
            )
        )
    ),
    description="A broker's deployment mode is one of its engine.",
    remediation="Take CLUSTER_MULTI_AZ with RabbitMQ and ACTIVE_STANDBY_MULTI_AZ with ActiveMQ.",
)
rules.named("glue-job-capacity", "F534", "glue/job").add(
    of(where_given("maxCapacity", absent("workerType numberOfWorkers", "because maxCapacity is set"))),
    description="A job's capacity is a number of units or of workers.",
    remediation="Remove maxCapacity, or workerType and numberOfWorkers.",
)
rules.named("user-pool-names", "F535", "cognito/userPool").add(
    of(only_one("aliasAttributes usernameAttributes")),
    description="Users sign in with an attribute as their name, or as an alias.",
    remediation="Remove aliasAttributes or usernameAttributes.",
)
rules.named("transfer-endpoint", "F536", "transfer/server").add(
    of(
        when("endpointType", ("VPC",), present("endpointDetails.vpcId", "because endpointType is VPC")),
        when("endpointType", ("PUBLIC",), absent("endpointDetails", "because endpointType is PUBLIC")),
    ),
    description="A transfer server in a VPC says which.",
    remediation="Set endpointDetails with vpcId and subnetIds.",
)
rules.named("maintenance-window-cutoff", "F537", "ssm/maintenanceWindow").add(
    of(at_most("cutoff", "duration", strictly=True)),
    description="A maintenance window stops starting tasks before it ends.",
    remediation="Set cutoff to less than duration.",
)


_INVALID: Final = "InvalidParameterValue"
_DATABASE: Final = f"{_INVALID}: Invalid DB Instance class: {{value}}"
_CACHE: Final = f"{_INVALID}: The cache node type {{value}} is not valid"
_NODE: Final = f"{_INVALID}Exception: {{value}} is not a valid node type"
_SEARCH: Final = "ValidationException: {value} is not a valid instance type"
_BROKER: Final = "BadRequestException: Unsupported InstanceType {value}"
_CLASSES: Final = {
    **alike(
        "rds/instance rds/clusterInstance docdb/clusterInstance neptune/clusterInstance",
        ("instanceClass", "db.", "", _DATABASE),
    ),
    **alike("elasticache/cluster elasticache/replicationGroup", ("nodeType", "cache.", "", _CACHE)),
    "rds/cluster": ("dbClusterInstanceClass", "db.", "", _DATABASE),
    "memorydb/cluster": ("nodeType", "db.", "", _NODE),
    "dax/cluster": ("nodeType", "dax.", "", _NODE),
    "dms/replicationInstance": ("replicationInstanceClass", "dms.", "", f"{_INVALID}Exception: {{value}} is not a valid class"),
    "mq/broker": ("hostInstanceType", "mq.", "", "BadRequestException: Broker host instance type [{value}] is invalid"),
    "msk/cluster": ("brokerNodeGroupInfo.instanceType", "kafka.|express.", "", _BROKER),
    "opensearch/domain": ("clusterConfig.instanceType", "", ".search", _SEARCH),
    "elasticsearch/domain": ("clusterConfig.instanceType", "", ".elasticsearch", _SEARCH),
}
"""Kind -> property, prefixes, suffix, and what AWS answers."""


def _class(path: str, prefixes: str, suffix: str, answer: str) -> Check:
    """The class at the path has one of the prefixes, between which `|` stands, and the suffix."""
    starts = tuple(prefixes.split("|"))

    def wrong(_: Resource, leaf: Leaf) -> str:
        if leaf.value.startswith(starts) and leaf.value.endswith(suffix):
            return ""
        size = re.search(r"([a-z0-9-]+\.[a-z0-9]*(nano|micro|small|medium|large|metal|serverless))", leaf.value)
        return f"such as {starts[0]}{size[1] if size else leaf.value}{suffix}"

    return each_text(place(path), wrong, detail="", answer=answer)


rules.named("node-class-form", "F214", " ".join(_CLASSES)).add(
    by_kind(_class, _CLASSES),
    description="Classes of nodes are written as their service writes them.",
    remediation="Write db.t4g.micro, cache.t4g.micro, t3.small.search: the plain EC2 name is not taken.",
)
