"""Cases of the feasibility pack: storage, credentials and settings of databases."""

from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, secret

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
DOCDB = "aws:docdb/cluster:Cluster"
ROLE = "aws:iam/role:Role"


def gp3(engine: str = "postgres", **settings: Any) -> dict[str, Any]:
    return {"engine": engine, "storageType": "gp3", **settings}


def new(**settings: Any) -> dict[str, Any]:
    return {"engine": "postgres", "allocatedStorage": 20, "username": "owner", "password": "correct-horse", **settings}


def monitored(service: str) -> list[Planned]:
    policy = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}]}}'
    return [
        Planned(token=ROLE, name="monitor", inputs={"assumeRolePolicy": policy}),
        Planned(
            token=RDS,
            inputs={"monitoringInterval": 60, "monitoringRoleArn": UNKNOWN},
            refs={"monitoringRoleArn": (ROLE, "monitor")},
        ),
    ]


def windows(daily: Any, weekly: Any) -> dict[str, Any]:
    return {"backupWindow": daily, "maintenanceWindow": weekly}


CASES: dict[str, Cases] = {
    "rds-gp3-performance": Cases(
        token=RDS,
        fails=[
            gp3(allocatedStorage=100, iops=3000),
            gp3(allocatedStorage=399, storageThroughput=500),
            gp3("oracle-se2", allocatedStorage=199, iops=12000),
            gp3(allocatedStorage=500, iops=6000),
            gp3("mysql", allocatedStorage=400, storageThroughput=200),
        ],
        passes=[
            gp3(allocatedStorage=100),
            gp3(allocatedStorage=400, iops=12000, storageThroughput=500),
            gp3("oracle-se2", allocatedStorage=200, iops=12000),
            gp3("sqlserver-se", allocatedStorage=20, iops=4000),
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 1000},
        ],
        unknown=[gp3(allocatedStorage=UNKNOWN, iops=3000), {"engine": UNKNOWN, "storageType": "gp3", "iops": 3000}],
    ),
    "rds-storage-type-settings": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "storageType": "gp2", "iops": 3000},
            {"engine": "postgres", "storageType": "standard", "iops": 1000},
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 100, "iops": 1000, "storageThroughput": 500},
        ],
        passes=[
            {"storageType": "gp2"},
            {"storageType": "io1", "iops": UNKNOWN},
            {"storageType": "io1", "replicateSourceDb": "primary"},
            gp3(allocatedStorage=400, storageThroughput=500),
            {"iops": 1000},
        ],
        unknown=[{"storageType": UNKNOWN, "iops": 1000}],
    ),
    "rds-storage-size": Cases(
        token=RDS,
        fails=[
            gp3(allocatedStorage=10),
            {"engine": "mysql", "allocatedStorage": 4},
            {"engine": "oracle-se2", "storageType": "gp2", "allocatedStorage": 5},
            {"engine": "postgres", "storageType": "io1", "iops": 1000, "allocatedStorage": 50},
            {"engine": "sqlserver-ex", "storageType": "gp2", "allocatedStorage": 20000},
            {"engine": "postgres", "storageType": "standard", "allocatedStorage": 4000},
        ],
        passes=[
            gp3(allocatedStorage=20),
            {"engine": "postgres", "storageType": "standard", "allocatedStorage": 5},
            {"engine": "postgres", "allocatedStorage": 65536},
            {"engine": "mysql", "allocatedStorage": 10},
            {"engine": "mysql", "storageType": "gp2", "allocatedStorage": 5},
            {"snapshotIdentifier": "before", "engine": "postgres", "allocatedStorage": 5},
            {"engine": "postgres"},
        ],
        unknown=[gp3(allocatedStorage=UNKNOWN)],
    ),
    "rds-iops-ratio": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 6000},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 4000, "iops": 1000},
            {"engine": "sqlserver-se", "storageType": "io1", "allocatedStorage": 2000, "iops": 1000},
            [Planned(token=CLUSTER, inputs={"engine": "mysql", "allocatedStorage": 100, "iops": 10000})],
        ],
        passes=[
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 5000},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 100, "iops": 50000},
            gp3(allocatedStorage=400, iops=64000),
        ],
        unknown=[{"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": UNKNOWN}],
    ),
    "rds-max-storage-below-size": Cases(
        token=RDS,
        fails=[{"allocatedStorage": 100, "maxAllocatedStorage": 50}],
        passes=[
            {"allocatedStorage": 100, "maxAllocatedStorage": 0},
            {"allocatedStorage": 100, "maxAllocatedStorage": 100},
            {"allocatedStorage": 100, "maxAllocatedStorage": 1000},
            {"allocatedStorage": 100},
        ],
        unknown=[{"allocatedStorage": UNKNOWN, "maxAllocatedStorage": 50}],
    ),
    "rds-max-storage-headroom": Cases(
        token=RDS,
        fails=[{"allocatedStorage": 100, "maxAllocatedStorage": 105}],
        passes=[
            {"allocatedStorage": 100, "maxAllocatedStorage": 126},
            {"allocatedStorage": 100, "maxAllocatedStorage": 110},
            {"allocatedStorage": 100, "maxAllocatedStorage": 100},
            {"allocatedStorage": 100, "maxAllocatedStorage": 0},
        ],
        unknown=[{"allocatedStorage": 100, "maxAllocatedStorage": UNKNOWN}],
    ),
    "rds-class-encrypts": Cases(
        token=RDS,
        fails=[{"instanceClass": "db.t2.micro", "storageEncrypted": True}],
        passes=[{"instanceClass": "db.t2.micro"}, {"instanceClass": "db.t3.micro", "storageEncrypted": True}],
        unknown=[{"instanceClass": UNKNOWN, "storageEncrypted": True}],
    ),
    "rds-key-needs-encryption": Cases(
        token=RDS,
        fails=[
            {"kmsKeyId": KEY_ARN},
            {"kmsKeyId": KEY_ARN, "storageEncrypted": False},
            [Planned(token=CLUSTER, inputs={"kmsKeyId": UNKNOWN})],
            [Planned(token="aws:neptune/cluster:Cluster", inputs={"kmsKeyArn": KEY_ARN})],
        ],
        passes=[
            {"kmsKeyId": KEY_ARN, "storageEncrypted": True},
            {"kmsKeyId": KEY_ARN, "replicateSourceDb": UNKNOWN},
            {"kmsKeyId": KEY_ARN, "snapshotIdentifier": "before"},
            {},
        ],
        unknown=[{"kmsKeyId": KEY_ARN, "storageEncrypted": UNKNOWN}],
    ),
    "rds-destroyable": Cases(
        token=RDS,
        fails=[
            {},
            {"skipFinalSnapshot": False},
            {"replicateSourceDb": UNKNOWN, "finalSnapshotIdentifier": "last"},
            [Planned(token=CLUSTER, inputs={"engine": "aurora-mysql"})],
            [Planned(token=DOCDB)],
        ],
        passes=[
            {"skipFinalSnapshot": True},
            {"finalSnapshotIdentifier": "last"},
            {"finalSnapshotIdentifier": UNKNOWN},
            {"replicateSourceDb": "primary", "skipFinalSnapshot": True},
        ],
        unknown=[{"skipFinalSnapshot": UNKNOWN}],
    ),
    "rds-monitoring-role": Cases(
        token=RDS,
        fails=[
            {"monitoringInterval": 60},
            {"monitoringRoleArn": "arn:aws:iam::111111111111:role/monitor"},
            {"monitoringInterval": 0, "monitoringRoleArn": UNKNOWN},
            monitored("rds.amazonaws.com"),
        ],
        passes=[
            {},
            {"monitoringInterval": 0},
            {"monitoringInterval": 60, "monitoringRoleArn": "arn:aws:iam::111111111111:role/monitor"},
            monitored("monitoring.rds.amazonaws.com"),
        ],
        unknown=[{"monitoringInterval": UNKNOWN}, {"monitoringInterval": 60, "monitoringRoleArn": UNKNOWN}],
    ),
    "rds-performance-insights-class": Cases(
        token=RDS,
        fails=[
            {"engine": "mysql", "instanceClass": "db.t3.micro", "performanceInsightsEnabled": True},
            {"engine": "mariadb", "instanceClass": "db.t4g.small", "performanceInsightsEnabled": True},
        ],
        passes=[
            {"engine": "postgres", "instanceClass": "db.t3.micro", "performanceInsightsEnabled": True},
            {"engine": "mysql", "instanceClass": "db.t3.medium", "performanceInsightsEnabled": True},
            {"engine": "mysql", "instanceClass": "db.t3.micro"},
        ],
        unknown=[{"engine": "mysql", "instanceClass": UNKNOWN, "performanceInsightsEnabled": True}],
    ),
    "rds-performance-insights-settings": Cases(
        token=RDS,
        fails=[
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 94},
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 744},
            {"performanceInsightsKmsKeyId": KEY_ARN},
            {"performanceInsightsEnabled": False, "performanceInsightsRetentionPeriod": 7},
            {"databaseInsightsMode": "advanced", "performanceInsightsEnabled": True},
            {"databaseInsightsMode": "advanced"},
        ],
        passes=[
            {},
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 7},
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 93},
            {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": 465, "databaseInsightsMode": "advanced"},
            {
                "performanceInsightsEnabled": True,
                "performanceInsightsRetentionPeriod": 731,
                "performanceInsightsKmsKeyId": UNKNOWN,
            },
        ],
        unknown=[{"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": UNKNOWN}],
    ),
    "rds-required-settings": Cases(
        token=RDS,
        fails=[
            new(password=None),
            new(username=None),
            new(allocatedStorage=None),
            new(engine=None, password=secret("correct-horse")),
        ],
        passes=[
            {"instanceClass": "db.t3.micro"},  # a replica that was promoted
            new(),
            new(password=UNKNOWN),
            new(password=None, manageMasterUserPassword=True),
            {"replicateSourceDb": UNKNOWN},
            {"snapshotIdentifier": "before"},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "rds-settings-exclude-each-other": Cases(
        token=RDS,
        fails=[
            new(manageMasterUserPassword=True),
            {"snapshotIdentifier": "before", "replicateSourceDb": UNKNOWN},
            {"passwordWo": secret("correct-horse")},
            {"masterUserSecretKmsKeyId": KEY_ARN},
            {"domain": "d-1234567890", "domainFqdn": "corp.example.com"},
            {"snapshotIdentifier": "before", "characterSetName": "AL32UTF8"},
            {"restoreToPointInTime": {"restoreTime": "2026-01-01T00:00:00Z", "useLatestRestorableTime": True}},
            {"restoreToPointInTime": [{"sourceDbInstanceIdentifier": "a", "sourceDbiResourceId": "db-A"}]},
        ],
        passes=[
            new(),
            {"manageMasterUserPassword": True, "masterUserSecretKmsKeyId": KEY_ARN},
            {"passwordWo": secret("correct-horse"), "passwordWoVersion": 1},
            {"password": "correct-horse", "manageMasterUserPassword": False},
            {"restoreToPointInTime": {"sourceDbInstanceIdentifier": "a", "useLatestRestorableTime": True}},
        ],
        unknown=[{"restoreToPointInTime": UNKNOWN}],
    ),
    "rds-cluster-settings-exclude-each-other": Cases(
        token=CLUSTER,
        fails=[
            {"masterPassword": "correct-horse", "manageMasterUserPassword": True},
            {"snapshotIdentifier": "before", "globalClusterIdentifier": UNKNOWN},
            {"restoreToPointInTime": {"restoreToTime": "2026-01-01T00:00:00Z", "useLatestRestorableTime": True}},
            [Planned(token=DOCDB, inputs={"masterPassword": "correct-horse", "manageMasterUserPassword": True})],
        ],
        passes=[{"manageMasterUserPassword": True, "masterUserSecretKmsKeyId": KEY_ARN}, {"masterPassword": UNKNOWN}, {}],
        unknown=[{"restoreToPointInTime": UNKNOWN}],
    ),
    "rds-zone-of-multi-az": Cases(
        token=RDS,
        fails=[{"availabilityZone": "us-east-2a", "multiAz": True}],
        passes=[{"availabilityZone": "us-east-2a"}, {"multiAz": True}, {"availabilityZone": "us-east-2a", "multiAz": False}],
        unknown=[{"availabilityZone": "us-east-2a", "multiAz": UNKNOWN}],
    ),
    "rds-names": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "username": "admin"},
            {"engine": "mysql", "username": "rdsadmin"},
            {"engine": "postgres", "dbName": "my-app"},
            {"engine": "mysql", "dbName": "1app"},
            {"engine": "sqlserver-ex", "dbName": "app"},
            {"engine": "oracle-se2", "dbName": "APPLICATION"},
            [Planned(token=CLUSTER, inputs={"engine": "aurora-postgresql", "masterUsername": "admin"})],
            [Planned(token=CLUSTER, inputs={"engine": "aurora-mysql", "databaseName": "my-app"})],
        ],
        passes=[
            {"engine": "postgres", "username": "postgres", "dbName": "my_app"},
            {"engine": "mysql", "username": "admin", "dbName": "app1"},
            {"engine": "oracle-se2", "username": "admin", "dbName": "ORCL"},
            {"engine": "sqlserver-ex", "username": "admin"},
            [Planned(token=CLUSTER, inputs={"engine": "aurora-mysql", "masterUsername": "admin"})],
            {"replicateSourceDb": "primary"},
        ],
        unknown=[{"engine": "postgres", "username": UNKNOWN}, {"engine": "postgres", "dbName": UNKNOWN}],
    ),
    "rds-password": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "password": "p@ssw0rd-long"},
            {"engine": "postgres", "password": secret("with/slash-in-it")},
            {"engine": "postgres", "password": "short"},
            {"engine": "mysql", "password": "x" * 42},
            {"engine": "oracle-se2", "password": "with&ampersand"},
            {"engine": "postgres", "passwordWo": "with a space"},
            [Planned(token=CLUSTER, inputs={"engine": "aurora-mysql", "masterPassword": 'quo"ted-password'})],
        ],
        passes=[
            {"engine": "postgres", "password": secret("correct-horse_battery+staple!")},
            {"engine": "postgres", "password": "x" * 128},
            {"manageMasterUserPassword": True},
        ],
        unknown=[{"engine": "postgres", "password": UNKNOWN}],
    ),
    "rds-event-source-type": Cases(
        token="aws:rds/eventSubscription:EventSubscription",
        fails=[{"sourceIds": ["main"]}, {"sourceIds": [UNKNOWN]}],
        passes=[{"sourceIds": ["main"], "sourceType": "db-instance"}, {}, {"sourceIds": []}],
        unknown=[],
        never_unknown=True,
    ),
    "rds-dedicated-log-volume": Cases(
        token=RDS,
        fails=[{"dedicatedLogVolume": True, "storageType": "gp3"}, {"dedicatedLogVolume": True}],
        passes=[
            {"dedicatedLogVolume": True, "storageType": "io2", "iops": 3000},
            {"dedicatedLogVolume": True, "iops": 3000},
            {"storageType": "gp3"},
        ],
        unknown=[{"dedicatedLogVolume": True, "storageType": UNKNOWN}, {"dedicatedLogVolume": UNKNOWN, "storageType": "gp3"}],
    ),
    "rds-blue-green-possible": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "blueGreenUpdate": {"enabled": True}},
            {"engine": "oracle-se2", "blueGreenUpdate": {"enabled": True}, "backupRetentionPeriod": 7},
        ],
        passes=[
            {"engine": "postgres", "blueGreenUpdate": {"enabled": True}, "backupRetentionPeriod": 7},
            {"engine": "postgres", "blueGreenUpdate": {"enabled": False}},
            {},
        ],
        unknown=[{"engine": "postgres", "blueGreenUpdate": {"enabled": True}, "backupRetentionPeriod": UNKNOWN}],
    ),
    "backup-and-maintenance-windows": Cases(
        token=RDS,
        fails=[
            windows("03:00-04:00", "sun:03:30-sun:04:30"),
            windows("03:00-04:00", "mon:02:00-mon:03:30"),
            windows("23:30-00:30", "mon:00:00-mon:01:00"),
            windows("03:00-03:10", None),
            windows("3am-4am", None),
            windows(None, "sunday:04:00-05:00"),
            [
                Planned(
                    token=CLUSTER,
                    inputs={"preferredBackupWindow": "05:00-06:00", "preferredMaintenanceWindow": "wed:05:30-wed:06:30"},
                )
            ],
            [
                Planned(
                    token="aws:elasticache/replicationGroup:ReplicationGroup",
                    inputs={"snapshotWindow": "05:00-06:00", "maintenanceWindow": "sun:05:00-sun:07:00"},
                )
            ],
            [Planned(token="aws:elasticache/cluster:Cluster", inputs={"maintenanceWindow": "sun:05:00-sun:05:30"})],
        ],
        passes=[
            windows("03:00-04:00", "Sun:04:00-Sun:05:00"),
            windows("23:30-00:30", "mon:01:00-mon:02:00"),
            windows("03:00-04:00", None),
            {},
        ],
        unknown=[windows(UNKNOWN, "sun:04:00-sun:05:00"), windows("03:00-04:00", UNKNOWN)],
    ),
}
