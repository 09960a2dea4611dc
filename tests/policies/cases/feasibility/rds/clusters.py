"""Cases of policies/feasibility/rules/rds/clusters.py."""

from typing import Any

from tests.policies.given.feasibility.rds import CLUSTER, MEMBER, RDS
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

MULTI_AZ: dict[str, Any] = {"dbClusterInstanceClass": "db.r6gd.large", "allocatedStorage": 100}
SCALED: dict[str, Any] = {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4}}
COPY = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
GLOBE = "aws:rds/globalCluster:GlobalCluster"


def member(cluster: dict[str, Any], **settings: Any) -> list[Planned]:
    return [planned(CLUSTER, "cluster", **cluster), planned(MEMBER, clusterIdentifier=ref(CLUSTER, "cluster"), **settings)]


def globe(*regions: str, **settings: Any) -> list[Planned]:
    shared = {"globalClusterIdentifier": ref(GLOBE, "globe"), "engine": "aurora-mysql"}
    owner = {"masterUsername": "owner", "masterPassword": UNKNOWN}
    first, second = regions
    return [
        planned(GLOBE, "globe"),
        planned(CLUSTER, "primary", region=first, **shared, **owner),
        planned(CLUSTER, "secondary", region=second, **shared, **settings).after((CLUSTER, "primary")),
    ]


def proxied(family: str, engine: Any) -> list[Planned]:
    proxy = "aws:rds/proxy:Proxy"
    return [
        planned(proxy, "proxy", engineFamily=family),
        planned(RDS, "database", engine=engine),
        planned("aws:rds/proxyTarget:ProxyTarget", dbProxyName=ref(proxy, "proxy"), dbInstanceIdentifier=ref(RDS, "database")),
    ]


def copied(region: str, **settings: Any) -> list[Planned]:
    return [
        planned(RDS, "database", region="us-east-2", storageEncrypted=True),
        planned(COPY, region=region, sourceDbInstanceArn=ref(RDS, "database"), **settings),
    ]


CASES: dict[str, Cases] = {
    "cluster-member-engine": Cases(
        token=MEMBER,
        fails=[member({"engine": "aurora-postgresql"}, engine="aurora-mysql")],
        passes=[
            member({"engine": "aurora-postgresql"}, engine="aurora-postgresql"),
            {"clusterIdentifier": "of-another-stack", "engine": "aurora-mysql"},
        ],
        unknown=[member({"engine": UNKNOWN}, engine="aurora-mysql"), {"clusterIdentifier": UNKNOWN, "engine": "aurora-mysql"}],
    ),
    "cluster-serverless-scaling": Cases(
        token=MEMBER,
        fails=[member({"engine": "aurora-mysql"}, engine="aurora-mysql", instanceClass="db.serverless")],
        passes=[
            member(SCALED, engine="aurora-mysql", instanceClass="db.serverless"),
            member({"engine": "aurora-mysql"}, engine="aurora-mysql", instanceClass="db.r6g.large"),
        ],
        unknown=[member({}, instanceClass=UNKNOWN)],
    ),
    "cluster-scaling-range": about(
        CLUSTER,
        "serverlessv2ScalingConfiguration",
        fails=[
            {"minCapacity": 8, "maxCapacity": 4},
            {"minCapacity": 0.3, "maxCapacity": 4},
            {"minCapacity": 0, "maxCapacity": 300},
            {"minCapacity": 0, "maxCapacity": 0.5},
        ],
        passes=[{"minCapacity": 0, "maxCapacity": 1}, [{"minCapacity": 0.5, "maxCapacity": 128}], ABSENT],
        unknown=[{"minCapacity": UNKNOWN, "maxCapacity": 4}, UNKNOWN],
    ),
    "cluster-settings-of-its-type": Cases(
        token=CLUSTER,
        fails=[
            {"engine": "aurora-mysql", "allocatedStorage": 100},
            {"engine": "aurora-postgresql", "dbClusterInstanceClass": "db.r6gd.large"},
            {"engine": "aurora-postgresql", "storageType": "gp3"},
            {"engine": "mysql", "storageType": "aurora-iopt1"},
            {"engine": "postgres", "serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 2}},
        ],
        passes=[
            {"engine": "aurora-mysql", "storageType": "aurora-iopt1"},
            {"engine": "aurora-mysql", "serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 2}},
            {"engine": "mysql", **MULTI_AZ, "storageType": "io1", "iops": 3000},
        ],
        unknown=[{"engine": UNKNOWN, "allocatedStorage": 100}, {"engine": "mysql", "storageType": UNKNOWN}],
    ),
    "cluster-settings-of-multi-az": Cases(
        token=CLUSTER,
        fails=[{"engine": "mysql"}, {"engine": "postgres", **MULTI_AZ}],
        passes=[
            {"engine": "postgres", **MULTI_AZ, "storageType": "gp3"},
            {"engine": "postgres", **MULTI_AZ, "iops": 3000},
            {"engine": "aurora-mysql"},
            {"engine": "mysql", "snapshotIdentifier": "before"},
        ],
        unknown=[{"engine": UNKNOWN}],
    ),
    "cluster-scaling-of-its-mode": Cases(
        token=CLUSTER,
        fails=[
            {"scalingConfiguration": {"minCapacity": 1}},
            {"engineMode": "provisioned", "scalingConfiguration": {"minCapacity": 1}},
            {"engineMode": "serverless", "serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 2}},
        ],
        passes=[
            {"engineMode": "serverless", "scalingConfiguration": {"minCapacity": 1}},
            {"serverlessv2ScalingConfiguration": {"minCapacity": 1, "maxCapacity": 2}},
        ],
        unknown=[{"engineMode": UNKNOWN, "scalingConfiguration": {"minCapacity": 1}}],
    ),
    "cluster-zones": Cases(
        token=CLUSTER,
        fails=[{"availabilityZones": ["us-east-2a", "us-east-2b"]}, {"availabilityZones": [UNKNOWN]}],
        passes=[
            {},
            {"availabilityZones": ["us-east-2a", "us-east-2b", "us-east-2c"]},
            planned(CLUSTER, availabilityZones=["us-east-2a"]).ignoring("availabilityZones"),
        ],
        unknown=[{"availabilityZones": UNKNOWN}],
    ),
    "cluster-secondary-credentials": Cases(
        token=CLUSTER,
        fails=[
            {"replicationSourceIdentifier": UNKNOWN, "masterUsername": "owner"},
            globe("us-east-2", "us-west-2", masterUsername="owner", masterPassword=UNKNOWN),
        ],
        passes=[
            {"masterUsername": "owner", "masterPassword": UNKNOWN},
            globe("us-east-2", "us-west-2"),
            globe("us-east-2", "us-east-2", masterUsername="owner"),
        ],
        never_unknown=True,
    ),
    "global-cluster-source": Cases(
        token=GLOBE,
        fails=[
            {"engine": "aurora-mysql", "sourceDbClusterIdentifier": UNKNOWN},
            {"storageEncrypted": True, "sourceDbClusterIdentifier": UNKNOWN},
        ],
        passes=[{"engine": "aurora-mysql", "storageEncrypted": True}, {"sourceDbClusterIdentifier": UNKNOWN}],
        never_unknown=True,
    ),
    "cluster-backup-retention": Cases(
        token=CLUSTER,
        fails=[
            {"backupRetentionPeriod": 0},
            {"backupRetentionPeriod": 36},
            planned("aws:docdb/cluster:Cluster", backupRetentionPeriod=0),
        ],
        passes=[{}, {"backupRetentionPeriod": 1}, {"backupRetentionPeriod": 35}],
        unknown=[{"backupRetentionPeriod": UNKNOWN}],
    ),
    "rds-backup-retention-range": about(RDS, "backupRetentionPeriod", fails=[36], passes=[ABSENT, 0, 35]),
    "rds-proxy-target": Cases(
        token="aws:rds/proxyTarget:ProxyTarget",
        fails=[{"dbProxyName": "main"}, {"dbInstanceIdentifier": UNKNOWN, "dbClusterIdentifier": "main"}],
        passes=[{"dbInstanceIdentifier": UNKNOWN}, {"dbClusterIdentifier": "main"}],
        never_unknown=True,
    ),
    "rds-proxy-engine-family": Cases(
        token="aws:rds/proxyTarget:ProxyTarget",
        fails=[proxied("MYSQL", "postgres"), proxied("POSTGRESQL", "mariadb")],
        passes=[proxied("POSTGRESQL", "postgres"), proxied("MYSQL", "mariadb"), proxied("SQLSERVER", "sqlserver-se")],
        unknown=[proxied("MYSQL", UNKNOWN)],
    ),
    "rds-backup-replication-region": Cases(
        token=COPY,
        fails=[
            copied("us-east-2", kmsKeyId=UNKNOWN),
            copied("us-west-2"),
            {"region": "us-east-2", "sourceDbInstanceArn": "arn:aws:rds:us-east-2:111111111111:db:main"},
        ],
        passes=[
            copied("us-west-2", kmsKeyId=UNKNOWN),
            {"region": "us-west-2", "sourceDbInstanceArn": "arn:aws:rds:us-east-2:111111111111:db:main"},
        ],
        unknown=[{"region": "us-east-2", "sourceDbInstanceArn": UNKNOWN}],
    ),
}
