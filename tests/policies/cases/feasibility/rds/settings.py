"""Cases of policies/feasibility/rules/rds/settings.py."""

from typing import Any

from tests.policies.given.feasibility.rds import CLUSTER, RDS
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref, secret
from tests.policies.table import Cases

DOCDB = "aws:docdb/cluster:Cluster"
ROLE = "aws:iam/role:Role"


def new(**settings: Any) -> dict[str, Any]:
    return {"engine": "postgres", "allocatedStorage": 20, "username": "owner", "password": "correct-horse", **settings}


def insights(days: object, **settings: Any) -> dict[str, Any]:
    return {"performanceInsightsEnabled": True, "performanceInsightsRetentionPeriod": days, **settings}


def monitored(service: str) -> list[Planned]:
    policy = f'{{"Statement": [{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "sts:AssumeRole"}}]}}'
    return [
        planned(ROLE, "monitor", assumeRolePolicy=policy),
        planned(RDS, monitoringInterval=60, monitoringRoleArn=ref(ROLE, "monitor")),
    ]


CASES: dict[str, Cases] = {
    "rds-destroyable": Cases(
        token=RDS,
        fails=[
            {},
            {"skipFinalSnapshot": False},
            {"replicateSourceDb": UNKNOWN, "finalSnapshotIdentifier": "last"},
            planned(CLUSTER, engine="aurora-mysql"),
            planned(DOCDB),
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
            *(insights(days) for days in (94, 744)),
            {"performanceInsightsKmsKeyId": KEY_ARN},
            {"performanceInsightsEnabled": False, "performanceInsightsRetentionPeriod": 7},
            {"databaseInsightsMode": "advanced", "performanceInsightsEnabled": True},
            {"databaseInsightsMode": "advanced"},
        ],
        passes=[
            {},
            *(insights(days) for days in (7, 31, 93, 713)),
            insights(465, databaseInsightsMode="advanced"),
            insights(731, performanceInsightsKmsKeyId=UNKNOWN),
        ],
        unknown=[insights(UNKNOWN)],
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
            planned(DOCDB, masterPassword="correct-horse", manageMasterUserPassword=True),
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
            {"engine": "oracle-se2", "dbName": "ORCL12345"},
            {"engine": "postgres", "dbName": "a" * 64},
            {"engine": "mysql", "dbName": "a" * 65},
            planned(CLUSTER, engine="aurora-postgresql", masterUsername="admin"),
            planned(CLUSTER, engine="aurora-mysql", databaseName="my-app"),
        ],
        passes=[
            {"engine": "postgres", "username": "postgres", "dbName": "my_app"},
            {"engine": "mysql", "username": "admin", "dbName": "app1"},
            {"engine": "oracle-se2", "username": "admin", "dbName": "ORCL"},
            {"engine": "oracle-se2", "dbName": "ORCL1234"},
            {"engine": "postgres", "dbName": "a" * 63},
            {"engine": "mysql", "dbName": "a" * 64},
            {"engine": "sqlserver-ex", "username": "admin"},
            planned(CLUSTER, engine="aurora-mysql", masterUsername="admin"),
            {"replicateSourceDb": "primary"},
        ],
        unknown=[{"engine": "postgres", "username": UNKNOWN}, {"engine": "postgres", "dbName": UNKNOWN}],
    ),
    "rds-password": Cases(
        token=RDS,
        fails=[
            *({"engine": "postgres", "password": password} for password in ("p@ssw0rd-long", "short", "x" * 7)),
            {"engine": "postgres", "password": secret("with/slash-in-it")},
            {"engine": "mysql", "password": "x" * 42},
            {"engine": "oracle-se2", "password": "with&ampersand"},
            {"engine": "postgres", "passwordWo": "with a space"},
            planned(CLUSTER, engine="aurora-mysql", masterPassword='quo"ted-password'),
        ],
        passes=[
            {"engine": "postgres", "password": secret("correct-horse_battery+staple!")},
            {"engine": "postgres", "password": "x" * 128},
            {"engine": "postgres", "password": "x" * 8},
            {"engine": "mysql", "password": "x" * 41},
            {"manageMasterUserPassword": True},
        ],
        unknown=[{"engine": "postgres", "password": UNKNOWN}],
    ),
    "rds-event-source-type": Cases(
        token="aws:rds/eventSubscription:EventSubscription",
        fails=[{"sourceIds": ["main"]}, {"sourceIds": [UNKNOWN]}],
        passes=[{"sourceIds": ["main"], "sourceType": "db-instance"}, {}, {"sourceIds": []}],
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
}
