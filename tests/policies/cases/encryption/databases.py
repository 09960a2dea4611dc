"""Cases of policies/controls/encryption/databases.py."""

from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases, keyed, on

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
NEPTUNE = "aws:neptune/cluster:Cluster"
DOCDB = "aws:docdb/cluster:Cluster"
GLOBAL = "aws:rds/globalCluster:GlobalCluster"
SNAPSHOT = "aws:rds/snapshot:Snapshot"
CLUSTER_SNAPSHOT = "aws:rds/clusterSnapshot:ClusterSnapshot"
DOMAIN = "aws:opensearch/domain:Domain"
WEST_KEY = KEY_ARN.replace("us-east-2", "us-west-2")
UNDER_KEY: dict[str, Any] = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}}
PRIMARY = "arn:aws:rds:us-east-2:111111111111:db:primary"


def snapshot(
    database: dict[str, Any], token: str = SNAPSHOT, of: str = RDS, prop: str = "dbInstanceIdentifier"
) -> list[Planned]:
    return [planned(token, **{prop: ref(of, "database")}), planned(of, "database", **database)]


CASES: dict[str, Cases] = {
    "rds-storage-encrypted": Cases(
        token=RDS,
        fails=[
            {},
            {"storageEncrypted": False},
            {"storageEncrypted": "false", "snapshotIdentifier": "before"},
            *on(CLUSTER, {"engine": "aurora-postgresql"}),
            *on(NEPTUNE, {}),
            *on(DOCDB, {"kmsKeyId": KEY_ARN}),
            *on(GLOBAL, {}),
        ],
        passes=[
            {"storageEncrypted": True},
            {"storageEncrypted": "true"},
            {"replicateSourceDb": PRIMARY, "kmsKeyId": KEY},
            *on(CLUSTER, {"engineMode": "serverless"}),
            *on(NEPTUNE, {"snapshotIdentifier": "before", "kmsKeyArn": KEY}, {"storageEncrypted": True}),
            *on("aws:docdb/globalCluster:GlobalCluster", {"storageEncrypted": True}),
        ],
        unknown=[
            {"storageEncrypted": UNKNOWN},
            {"replicateSourceDb": "primary"},
            {"snapshotIdentifier": "before"},
            {"restoreToPointInTime": {"useLatestRestorableTime": True}},
            *on(GLOBAL, {"sourceDbClusterIdentifier": UNKNOWN}),
        ],
    ),
    "rds-customer-key": Cases(
        token=RDS,
        fails=[
            *keyed(RDS, "kmsKeyId").fails,
            {"replicateSourceDb": PRIMARY},
            {"region": "us-west-2", "replicateSourceDb": PRIMARY},
            {"region": "us-west-2", "kmsKeyId": KEY_ARN},
            *on(NEPTUNE, {"kmsKeyId": KEY_ARN}),
            *on("aws:docdb/elasticCluster:ElasticCluster", {}),
        ],
        passes=[
            *keyed(RDS, "kmsKeyId").passes,
            {"region": "us-east-2", "kmsKeyId": KEY_ARN},
            *on(NEPTUNE, {"kmsKeyArn": KEY}),
            *on(DOCDB, {"kmsKeyId": KEY}),
        ],
        unknown=[
            {"kmsKeyId": UNKNOWN},
            {"replicateSourceDb": "primary"},
            {"region": "us-east-2", "replicateSourceDb": PRIMARY},
            {"snapshotIdentifier": "before"},
            {"restoreToPointInTime": {"useLatestRestorableTime": True}},
            *on(NEPTUNE, {"kmsKeyArn": UNKNOWN}),
        ],
    ),
    "rds-performance-insights-key": Cases(
        token=RDS,
        fails=[
            {},
            {"performanceInsightsEnabled": True},
            {"performanceInsightsEnabled": False, "performanceInsightsKmsKeyId": KEY},
            {"engine": "mysql", "instanceClass": "db.m7g.large"},
            {"engine": "mysql", "instanceClass": "db.t3.micro", "performanceInsightsEnabled": False},
            {"engine": "postgres", "instanceClass": "db.t3.micro"},
        ],
        passes=[
            {"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY},
            {"engine": "mysql", "instanceClass": "db.t3.micro"},
            {"engine": "db2-se"},
        ],
        unknown=[{"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": UNKNOWN}],
    ),
    "rds-snapshot-private-and-encrypted": Cases(
        token="aws:rds/snapshotCopy:SnapshotCopy",
        fails=[
            {},
            {"kmsKeyId": KEY, "sharedAccounts": ["all"]},
            *on(SNAPSHOT, {"dbInstanceIdentifier": "db", "sharedAccounts": ["222222222222", "all"]}),
            *on(CLUSTER_SNAPSHOT, {"dbClusterIdentifier": "db", "storageEncrypted": False}),
            snapshot({}),
            snapshot({"storageEncrypted": False}, CLUSTER_SNAPSHOT, CLUSTER, "dbClusterIdentifier"),
            [planned(SNAPSHOT, dbInstanceIdentifier="main"), planned(RDS, "database", identifier="main")],
        ],
        passes=[
            {"kmsKeyId": KEY},
            {"kmsKeyId": KEY, "sharedAccounts": ["222222222222"]},
            *on(CLUSTER_SNAPSHOT, {"dbClusterIdentifier": "db", "storageEncrypted": True}),
            snapshot({"storageEncrypted": True}),
            snapshot({"storageEncrypted": True}, "aws:docdb/clusterSnapshot:ClusterSnapshot", DOCDB, "dbClusterIdentifier"),
        ],
        unknown=[
            {"kmsKeyId": UNKNOWN},
            {"kmsKeyId": KEY, "sharedAccounts": UNKNOWN},
            *on(SNAPSHOT, {"dbInstanceIdentifier": "elsewhere"}),
            snapshot({"storageEncrypted": UNKNOWN}),
        ],
    ),
    "dynamodb-customer-key": Cases(
        token="aws:dynamodb/table:Table",
        fails=[
            {},
            {"serverSideEncryption": {"enabled": True}},
            {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY_ARN}},
            {**UNDER_KEY, "replicas": [{"regionName": "us-west-2"}]},
            planned("aws:dynamodb/tableReplica:TableReplica"),
        ],
        passes=[
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}},
            {"region": "us-east-2", **UNDER_KEY, "replicas": [{"regionName": "us-west-2", "kmsKeyArn": WEST_KEY}]},
            planned("aws:dynamodb/tableReplica:TableReplica", kmsKeyArn=KEY),
        ],
        unknown=[
            {"serverSideEncryption": UNKNOWN},
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}},
            {"restoreSourceName": "before"},
        ],
    ),
    "elasticache-customer-key": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[{}, {"atRestEncryptionEnabled": True}, {"kmsKeyId": KEY, "engine": "redis"}],
        passes=[
            {"atRestEncryptionEnabled": True, "kmsKeyId": KEY},
            {"engine": "valkey", "kmsKeyId": KEY},
            *on("aws:elasticache/serverlessCache:ServerlessCache", {"engine": "valkey", "kmsKeyId": KEY}),
        ],
        unknown=[{"atRestEncryptionEnabled": True, "kmsKeyId": UNKNOWN}, {"globalReplicationGroupId": "other"}],
    ),
    "opensearch-customer-key": keyed(DOMAIN, "encryptAtRest.kmsKeyId", {"encryptAtRest": {"enabled": True}}),
}
