"""Clusters, brokers, jobs and servers of further services whose settings AWS wants to go together."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between
from policies.feasibility.engine.shapes import absent, each_block, of, only_one, present, saying, when, where_given
from policies.feasibility.rules.general.subnets import zones_of
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
    ids = cluster.get(path)
    if ids is UNKNOWN:
        yield NOT_JUDGED
        return
    answer = "InvalidParameterException: Subnets specified must be in at least two different AZs"
    if len(as_list(ids)) == 1:
        yield Finding(path, "one subnet", "subnets of at least two zones", answer=answer)
        return
    subnets = listed(cluster, path, "ec2/subnet")
    zones = zones_of(subnets or [])
    if any(zone is UNKNOWN for zone in zones) or (subnets is None and any(value is UNKNOWN for value in as_list(ids))):
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
    subnets, count = cluster.get("brokerNodeGroupInfo.clientSubnets"), cluster.get("numberOfBrokerNodes")
    if subnets is UNKNOWN or count is UNKNOWN:
        yield NOT_JUDGED
        return
    number, zones = as_number(count), len(as_list(subnets))
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
