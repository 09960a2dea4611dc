"""Cases of policies/feasibility/rules/general/platforms.py."""

from tests.policies.given.feasibility.elasticache import GROUP, memorydb
from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.parts import SUBNET
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CLUSTER = "aws:eks/cluster:Cluster"
IDS = ["subnet-1", "subnet-2", "subnet-3"]


def sizes(least: object, wanted: object, most: object) -> dict[str, object]:
    return {"scalingConfig": {"minSize": least, "desiredSize": wanted, "maxSize": most}}


def brokers(count: object, subnets: object = IDS) -> dict[str, object]:
    return {"numberOfBrokerNodes": count, "brokerNodeGroupInfo": {"clientSubnets": subnets}}


def in_zones(*zones: object) -> list[Planned]:
    names = [f"subnet{number}" for number in range(len(zones))]
    return [
        *(planned(SUBNET, name, availabilityZone=zone) for name, zone in zip(names, zones, strict=True)),
        planned(CLUSTER, vpcConfig={"subnetIds": [ref(SUBNET, name) for name in names]}),
    ]


CASES: dict[str, Cases] = {
    "eks-node-group-size": Cases(
        token="aws:eks/nodeGroup:NodeGroup",
        fails=[sizes(3, 2, 5), sizes(1, 6, 5), sizes("3", "2", "5")],
        passes=[sizes(1, 1, 1), sizes(0, 2, 5), {}],
        unknown=[sizes(3, UNKNOWN, 5), {"scalingConfig": UNKNOWN}],
    ),
    "eks-cluster-zones": Cases(
        token=CLUSTER,
        fails=[{"vpcConfig": {"subnetIds": ["subnet-1"]}}, in_zones("us-east-2a", "us-east-2a")],
        passes=[in_zones("us-east-2a", "us-east-2b")],
        unknown=[{"vpcConfig": {"subnetIds": ids}} for ids in (IDS, UNKNOWN)] + [in_zones("us-east-2a", UNKNOWN)],
    ),
    "kafka-brokers": Cases(
        token="aws:msk/cluster:Cluster",
        fails=[brokers(4), brokers("2")],
        passes=[brokers(6), brokers(3)],
        unknown=[brokers(UNKNOWN), brokers(3, UNKNOWN)],
    ),
    "redshift-nodes": Cases(
        token="aws:redshift/cluster:Cluster",
        fails=[{"clusterType": "multi-node", "numberOfNodes": 1}, {"clusterType": "single-node", "numberOfNodes": 2}],
        passes=[{"clusterType": "multi-node", "numberOfNodes": 2}, {"numberOfNodes": 1}, {"clusterType": "single-node"}],
        unknown=[{"clusterType": "multi-node", "numberOfNodes": UNKNOWN}],
    ),
    "broker-deployment": Cases(
        token="aws:mq/broker:Broker",
        fails=[
            {"engineType": "RabbitMQ", "deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"},
            {"engineType": "ActiveMQ", "deploymentMode": "CLUSTER_MULTI_AZ"},
        ],
        passes=[
            {"engineType": "RabbitMQ", "deploymentMode": "CLUSTER_MULTI_AZ"},
            {"engineType": "ActiveMQ", "deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"},
            {"engineType": "ActiveMQ"},
        ],
        unknown=[{"engineType": UNKNOWN, "deploymentMode": "CLUSTER_MULTI_AZ"}],
    ),
    "glue-job-capacity": Cases(
        token="aws:glue/job:Job",
        fails=[{"maxCapacity": 2, "numberOfWorkers": 2}, {"maxCapacity": UNKNOWN, "workerType": "G.1X"}],
        passes=[{"maxCapacity": 0.0625}, {"workerType": "G.1X", "numberOfWorkers": 2}],
        never_unknown=True,
    ),
    "user-pool-names": Cases(
        token="aws:cognito/userPool:UserPool",
        fails=[{"aliasAttributes": ["email"], "usernameAttributes": ["email"]}],
        passes=[{"aliasAttributes": ["email"]}, {"usernameAttributes": ["email"], "name": "pool"}],
        never_unknown=True,
    ),
    "transfer-endpoint": Cases(
        token="aws:transfer/server:Server",
        fails=[
            {"endpointType": "VPC"},
            {"endpointType": "VPC", "endpointDetails": {"subnetIds": IDS}},
            {"endpointType": "PUBLIC", "endpointDetails": {"vpcId": "vpc-1"}},
        ],
        passes=[{"endpointType": "VPC", "endpointDetails": {"vpcId": UNKNOWN}}, {"endpointType": "PUBLIC"}],
        unknown=[{"endpointType": UNKNOWN, "endpointDetails": {"vpcId": "vpc-1"}}],
    ),
    "maintenance-window-cutoff": Cases(
        token="aws:ssm/maintenanceWindow:MaintenanceWindow",
        fails=[{"cutoff": 3, "duration": 2}, {"cutoff": 2, "duration": 2}],
        passes=[{"cutoff": 1, "duration": 2}],
        unknown=[{"cutoff": UNKNOWN, "duration": 2}],
    ),
    "node-class-form": Cases(
        token=GROUP,
        fails=[
            {"nodeType": "t3.micro"},
            one("aws:rds/instance:Instance", instanceClass="t3.micro"),
            one("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "t3.small"}),
            one("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "t3.small.elasticsearch"}),
            memorydb(nodeType="cache.t4g.small"),
        ],
        passes=[
            {"nodeType": "cache.t3.micro"},
            one("aws:rds/clusterInstance:ClusterInstance", instanceClass="db.serverless"),
            one("aws:opensearch/domain:Domain", clusterConfig={"instanceType": "t3.small.search"}),
            one("aws:msk/cluster:Cluster", brokerNodeGroupInfo={"instanceType": "express.m7g.large"}),
            {},
        ],
        unknown=[{"nodeType": UNKNOWN}],
    ),
}
