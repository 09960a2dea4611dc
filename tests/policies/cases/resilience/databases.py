"""Cases of policies/controls/resilience/databases.py."""

from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
BACKUPS = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
KMS_KEY = "aws:kms/key:Key"
EAST: dict[str, Any] = {"region": "us-east-2"}
WEST: dict[str, Any] = {"region": "us-west-2"}
ARN = "arn:aws:rds:us-east-2:111111111111:db:primary"
WEST_KEY = KEY_ARN.replace("us-east-2", "us-west-2")


def cluster(**inputs: Any) -> Planned:
    return planned(CLUSTER, "cluster", **{"engine": "aurora-postgresql", **inputs})


def member(name: str, zone: str | None = None, *, of: str = UNKNOWN, refs: bool = True) -> Planned:
    zones = {} if zone is None else {"availabilityZone": zone}
    return planned(MEMBER, name, clusterIdentifier=ref(CLUSTER, "cluster") if refs else of, **zones)


def primary(**inputs: Any) -> Planned:
    return planned(RDS, "primary", identifier="primary", **inputs)


def replica(source: str, *, refs: bool = False, **inputs: Any) -> Planned:
    return planned(RDS, "replica", replicateSourceDb=ref(RDS, "primary") if refs else source, **inputs)


def backups(source: str, *, refs: bool = False, **inputs: Any) -> Planned:
    return planned(BACKUPS, "backups", sourceDbInstanceArn=ref(RDS, "primary") if refs else source, **inputs)


REPLICATED_KEY = [
    planned(RDS, "primary", kmsKeyId=ref(KMS_KEY, "main")),
    planned(KMS_KEY, "main"),
    planned("aws:kms/replicaKey:ReplicaKey", "copy", primaryKeyArn=ref(KMS_KEY, "main")),
]

CASES: dict[str, Cases] = {
    "rds-multi-az": Cases(
        token=RDS,
        fails=[
            {},
            {"multiAz": False},
            {"multiAz": "false"},
            {"engine": "postgres", "replicateSourceDb": ARN},
            [cluster()],
            [cluster(availabilityZones=["us-east-2a"])],
            [cluster(), member("one")],
            [cluster(availabilityZones=["us-east-2a", "us-east-2b", "us-east-2c"]), member("one")],
            [cluster(), member("one", "us-east-2a"), member("two", "us-east-2a")],
            [cluster(clusterIdentifier="lake"), member("one", of="lake", refs=False), member("two", of="sea", refs=False)],
            planned("aws:docdb/cluster:Cluster"),
        ],
        passes=[
            {"multiAz": True},
            {"multiAz": "true", "engine": "mysql"},
            *({"engine": engine} for engine in ("aurora-postgresql", "docdb", "neptune")),
            [cluster(), member("one"), member("two")],
            [cluster(), member("one", "us-east-2a"), member("two", "us-east-2b")],
            [cluster(clusterIdentifier="lake"), member("one", of="lake", refs=False), member("two", of="lake", refs=False)],
            [cluster(availabilityZones=["us-east-2a", "us-east-2b"])],
            [cluster(engine="postgres", dbClusterInstanceClass="db.r6gd.large")],
            [cluster(engineMode="serverless")],
            [member("one")],
        ],
        unknown=[
            {"multiAz": UNKNOWN},
            [cluster(), member("one", refs=False)],
            [cluster(availabilityZones=UNKNOWN)],
            [cluster(), member("one", "us-east-2a"), member("two", UNKNOWN)],
        ],
    ),
    "rds-backup-retention": Cases(
        token=RDS,
        fails=[
            {},
            *({"backupRetentionPeriod": period} for period in (0, 6, "1", 36, "many")),
            {"replicateSourceDb": ARN},
            [cluster()],
            [cluster(backupRetentionPeriod=1)],
            planned("aws:neptune/cluster:Cluster"),
        ],
        passes=[
            {"backupRetentionPeriod": 7},
            {"backupRetentionPeriod": "35"},
            {"engine": "aurora-mysql"},
            [cluster(backupRetentionPeriod=8)],
            planned("aws:docdb/cluster:Cluster", backupRetentionPeriod=14),
        ],
        unknown=[{"backupRetentionPeriod": UNKNOWN}],
    ),
    "rds-replicated-backup-retention": about(BACKUPS, "retentionPeriod", fails=[1], passes=[ABSENT, 14]),
    "rds-final-snapshot": Cases(
        token=RDS,
        fails=[{"skipFinalSnapshot": True}, {"skipFinalSnapshot": "true"}, [cluster(skipFinalSnapshot=True)]],
        passes=[
            {},
            {"skipFinalSnapshot": False, "finalSnapshotIdentifier": "last"},
            {"skipFinalSnapshot": True, "replicateSourceDb": ARN},
            {"skipFinalSnapshot": True, "engine": "aurora"},
        ],
        unknown=[{"skipFinalSnapshot": UNKNOWN}],
    ),
    "rds-minor-upgrades": Cases(
        token=RDS,
        fails=[
            {"autoMinorVersionUpgrade": False},
            {"autoMinorVersionUpgrade": "false"},
            planned(MEMBER, autoMinorVersionUpgrade=False),
            [cluster(autoMinorVersionUpgrade=False)],
            planned("aws:neptune/clusterInstance:ClusterInstance", autoMinorVersionUpgrade=False),
        ],
        passes=[{}, {"autoMinorVersionUpgrade": True}, planned(MEMBER)],
        unknown=[{"autoMinorVersionUpgrade": UNKNOWN}],
    ),
    "rds-cross-region-copy": Cases(
        token=RDS,
        fails=[
            {},
            [primary(**EAST), replica(ARN, **EAST)],
            [primary(**EAST), replica(UNKNOWN, refs=True, **EAST)],
            [primary(), replica("primary")],
            [primary(), backups(ARN.replace("primary", "other"))],
            [primary(), replica("arn:aws:rds:us-east-2:111111111111:db:other")],
            [primary(kmsKeyId=KEY_ARN), planned("aws:kms/replicaKey:ReplicaKey", primaryKeyArn=WEST_KEY)],
        ],
        passes=[
            {"replicateSourceDb": ARN},
            {"replicateSourceDb": UNKNOWN},
            {"engine": "aurora-mysql"},
            [primary(), backups(ARN)],
            [primary(), backups(UNKNOWN, refs=True)],
            [primary(**EAST), replica(UNKNOWN, refs=True, **WEST)],
            [primary(), replica(ARN)],
            [primary(**EAST), replica(ARN)],
            [primary(), replica(ARN, **WEST)],
        ],
        unknown=[
            [primary(), backups(UNKNOWN)],
            [primary(), replica(UNKNOWN)],
            [primary(), replica(UNKNOWN, refs=True)],
            REPLICATED_KEY,
            planned(RDS, kmsKeyId=ref("pulumi:pulumi:StackReference", "other")),
        ],
    ),
    "rds-copy-encrypted": Cases(
        token=BACKUPS,
        fails=[
            {"sourceDbInstanceArn": ARN},
            {"sourceDbInstanceArn": UNKNOWN, "kmsKeyId": ""},
            {"kmsKeyId": KEY_ARN, **WEST},
            [replica(ARN, **WEST)],
            [replica(ARN, **WEST, kmsKeyId=KEY_ARN)],
            [primary(**EAST), replica(UNKNOWN, refs=True, **WEST)],
            [cluster(replicationSourceIdentifier="arn:aws:rds:us-east-2:111111111111:cluster:lake", **WEST)],
        ],
        passes=[
            {"sourceDbInstanceArn": ARN, "kmsKeyId": WEST_KEY, **WEST},
            *({"kmsKeyId": kms_key_id} for kms_key_id in (KEY, "alias/aws/rds", KEY_ARN)),
            [replica(ARN, **WEST, kmsKeyId=WEST_KEY)],
            {"kmsKeyId": "alias/database", **WEST},
            [replica("primary")],
            [replica("primary", **WEST)],
            [replica(UNKNOWN, kmsKeyId=KEY_ARN)],
            [replica(ARN, **EAST)],
            [primary(**EAST), replica(UNKNOWN, refs=True, **EAST)],
            [primary()],
        ],
        unknown=[
            {"kmsKeyId": UNKNOWN},
            [replica(UNKNOWN)],
            [replica(UNKNOWN, **WEST)],
            [primary(), replica(UNKNOWN, refs=True)],
            [primary(), replica(UNKNOWN, refs=True, **WEST)],
            [primary(**EAST), replica(UNKNOWN, refs=True)],
        ],
    ),
    "rds-postgres-version": Cases(
        token=RDS,
        fails=[
            *({"engine": "postgres", "engineVersion": version} for version in ("13.2", "12.6", "11.11", "10.17", "9.6.21")),
            {"engine": "postgres", "engineVersion": "9.6"},
            {"engine": "aurora-postgresql", "engineVersion": "11.8"},
            [cluster(engineVersion="10.13")],
        ],
        passes=[
            {},
            {"engine": "postgres"},
            *({"engine": "postgres", "engineVersion": version} for version in ("13.3", "12.7", "11.12", "17", "16.4")),
            {"engine": "mysql", "engineVersion": "8.0"},
            {"engine": "mysql", "engineVersion": UNKNOWN},
            [cluster(engineVersion="11.9")],
        ],
        unknown=[{"engine": "postgres", "engineVersion": UNKNOWN}, {"engine": UNKNOWN, "engineVersion": "9.6"}],
    ),
}
