"""Cases of policies/controls/network/data_stores.py."""

from tests.policies.given.network.vpcs import SUBNET, internet, subnet, table
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
NODE = "aws:elasticache/cluster:Cluster"
CACHE_SUBNETS = "aws:elasticache/subnetGroup:SubnetGroup"
PRIMARY = "arn:aws:rds:us-east-2:111111111111:db:primary"


def routed(**by: str) -> list[Planned]:
    """A table with a default route, and a subnet of it."""
    return table("one", subnets=[subnet("a")], routes=[{"cidrBlock": "0.0.0.0/0", **by}])


def cache_in(*subnets: Planned, others: list[Planned] | None = None) -> list[Planned]:
    """A cache in a subnet group of these subnets."""
    refs = {"subnetIds": [(SUBNET, other.name) for other in subnets]}
    group = Planned(token=CACHE_SUBNETS, name="group", inputs={"subnetIds": [UNKNOWN for _ in subnets]}, refs=refs)
    return [*(others or subnets), group, planned(CACHE, "cache", subnetGroupName=ref(CACHE_SUBNETS, "group"))]


CASES: dict[str, Cases] = {
    "rds-not-public": Cases(
        token=RDS,
        fails=[
            {"publiclyAccessible": True},
            {"publiclyAccessible": "true"},
            planned("aws:rds/clusterInstance:ClusterInstance", publiclyAccessible=True),
            planned("aws:neptune/clusterInstance:ClusterInstance", publiclyAccessible=True),
        ],
        passes=[{}, {"publiclyAccessible": False}, {"publiclyAccessible": "false"}],
        unknown=[{"publiclyAccessible": UNKNOWN}],
    ),
    "rds-port": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres"},
            {"engine": "postgres", "port": 5432},
            {"engine": "mysql", "port": "3306"},
            {"engine": "mariadb", "port": 3306},
            {"engine": "oracle-ee", "port": 1521},
            {"engine": "custom-sqlserver-se", "port": 1433},
            {"engine": "sqlserver-ex", "port": 1433},
            {"engine": "db2-se", "port": 50000},
            {"port": 3306},
            planned(CLUSTER, engine="aurora-mysql", port=3306),
            planned(CLUSTER, engine="aurora-postgresql", port=5432),
            planned(CLUSTER, engine="aurora-postgresql"),
        ],
        passes=[
            {"engine": "postgres", "port": 5433},
            {"engine": "postgres", "port": 3306},
            {"engine": "sqlserver-ex", "port": 42},
            {"replicateSourceDb": PRIMARY, "port": 5999},
            planned(CLUSTER, engine="aurora-postgresql", port=15432),
        ],
        unknown=[
            {"engine": "postgres", "port": UNKNOWN},
            {"engine": UNKNOWN, "port": 5432},
            {"replicateSourceDb": PRIMARY},
            {"engine": "mysql", "snapshotIdentifier": "before"},
        ],
    ),
    "rds-in-vpc": Cases(
        token=RDS,
        fails=[
            {},
            {"dbSubnetGroupName": "data"},
            {"dbSubnetGroupName": "data", "vpcSecurityGroupIds": []},
            {"vpcSecurityGroupIds": ["sg-1"]},
            {"vpcSecurityGroupIds": ["sg-1"], "dbSubnetGroupName": ""},
            {"replicateSourceDb": PRIMARY, "vpcSecurityGroupIds": ["sg-1"]},
            {"replicateSourceDb": "primary"},
            planned(CLUSTER, dbSubnetGroupName="data"),
            planned("aws:neptune/cluster:Cluster", vpcSecurityGroupIds=["sg-1"]),
        ],
        passes=[
            {"dbSubnetGroupName": "data", "vpcSecurityGroupIds": ["sg-1"]},
            {"dbSubnetGroupName": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]},
            {"replicateSourceDb": "primary", "vpcSecurityGroupIds": ["sg-1"]},
            {"replicateSourceDb": PRIMARY, "dbSubnetGroupName": "data", "vpcSecurityGroupIds": ["sg-1"]},
            planned(CLUSTER, dbSubnetGroupName="data", vpcSecurityGroupIds=["sg-1"]),
            [planned(GROUP, "group"), planned(RDS, dbSubnetGroupName="data", vpcSecurityGroupIds=ref(GROUP, "group"))],
            planned("aws:neptune/cluster:Cluster", neptuneSubnetGroupName="data", vpcSecurityGroupIds=["sg-1"]),
        ],
        unknown=[
            {"dbSubnetGroupName": "data", "vpcSecurityGroupIds": UNKNOWN},
            {"replicateSourceDb": UNKNOWN, "vpcSecurityGroupIds": ["sg-1"]},
        ],
    ),
    "no-classic-groups": Cases(
        token="aws:rds/securityGroup:SecurityGroup",
        fails=[{}, planned("aws:elasticache/securityGroup:SecurityGroup")],
        passes=[planned(GROUP)],
        never_unknown=True,
    ),
    "elasticache-subnet-group": Cases(
        token=CACHE,
        fails=[
            {},
            {"subnetGroupName": "default"},
            planned(NODE, engine="memcached", subnetGroupName=""),
            cache_in(subnet("private-a"), subnet("public-b")),
            cache_in(subnet("a", mapPublicIpOnLaunch=True)),
            cache_in(subnet("a", tags={"Tier": "public"})),
            cache_in(subnet("a"), others=[*table("one", subnets=[subnet("a")]), internet("one")]),
            cache_in(subnet("a"), others=routed(gatewayId="igw-1")),
        ],
        passes=[
            {"subnetGroupName": "data"},
            planned(NODE, replicationGroupId="sessions"),
            cache_in(subnet("private-a"), subnet("private-b")),
            cache_in(subnet("a"), others=routed(natGatewayId="n")),
        ],
        unknown=[{"subnetGroupName": UNKNOWN}],
    ),
    "elasticache-port": Cases(
        token=CACHE,
        fails=[
            {},
            {"engine": "redis", "port": 6379},
            {"engine": "valkey", "port": "6379"},
            {"port": 6379},
            planned(NODE, engine="memcached", port=11211),
        ],
        passes=[
            {"port": 6380},
            {"engine": "redis", "port": 11211},
            planned(NODE, engine="memcached", port=42),
            planned(NODE, replicationGroupId="sessions"),
        ],
        unknown=[{"port": UNKNOWN}, {"engine": UNKNOWN, "port": 6379}],
    ),
    "opensearch-in-vpc": Cases(
        token="aws:opensearch/domain:Domain",
        fails=[
            {},
            {"vpcOptions": {}},
            {"vpcOptions": [{}]},
            {"vpcOptions": {"subnetIds": ["subnet-1"]}},
            {"vpcOptions": {"subnetIds": ["subnet-1"], "securityGroupIds": []}},
            planned("aws:elasticsearch/domain:Domain"),
        ],
        passes=[
            {"vpcOptions": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
            {"vpcOptions": [{"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]}]},
            planned("aws:elasticsearch/domain:Domain", vpcOptions={"securityGroupIds": ["sg-1"]}),
        ],
        unknown=[{"vpcOptions": UNKNOWN}, {"vpcOptions": {"subnetIds": ["subnet-1"], "securityGroupIds": UNKNOWN}}],
    ),
}
