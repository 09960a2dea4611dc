"""Cases of the feasibility pack: database engines and clusters."""

from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import UNKNOWN, Planned

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
GLOBE = "aws:rds/globalCluster:GlobalCluster"


def grouped(family: Any, **settings: Any) -> list[Planned]:
    return [
        Planned(token=GROUP, name="group", inputs={"family": family, "name": "group-1"}),
        Planned(
            token=RDS,
            inputs={"parameterGroupName": "group-1", **settings},
            refs={"parameterGroupName": (GROUP, "group")},
        ),
    ]


def member(cluster: dict[str, Any], **settings: Any) -> list[Planned]:
    return [
        Planned(token=CLUSTER, name="cluster", inputs=cluster),
        Planned(
            token=MEMBER,
            inputs={"clusterIdentifier": UNKNOWN, **settings},
            refs={"clusterIdentifier": (CLUSTER, "cluster")},
        ),
    ]


def optioned(name: Any, major: Any, **settings: Any) -> list[Planned]:
    token = "aws:rds/optionGroup:OptionGroup"
    return [
        Planned(token=token, name="options", inputs={"engineName": name, "majorEngineVersion": major}),
        Planned(token=RDS, inputs={"optionGroupName": UNKNOWN, **settings}, refs={"optionGroupName": (token, "options")}),
    ]


def globe(*regions: str, **settings: Any) -> list[Planned]:
    first, second = (
        Planned(
            token=CLUSTER,
            name=name,
            inputs={"region": region, "globalClusterIdentifier": UNKNOWN, "engine": "aurora-mysql", **values},
            refs={"globalClusterIdentifier": (GLOBE, "globe")},
            depends=depends,
        )
        for name, region, values, depends in zip(
            ("primary", "secondary"),
            regions,
            ({"masterUsername": "owner", "masterPassword": UNKNOWN}, settings),
            ((), [(CLUSTER, "primary")]),
            strict=True,
        )
    )
    return [Planned(token=GLOBE, name="globe"), first, second]


def proxied(family: str, engine: Any) -> list[Planned]:
    proxy = "aws:rds/proxy:Proxy"
    return [
        Planned(token=proxy, name="proxy", inputs={"engineFamily": family}),
        Planned(token=RDS, name="database", inputs={"engine": engine}),
        Planned(
            token="aws:rds/proxyTarget:ProxyTarget",
            inputs={"dbProxyName": UNKNOWN, "dbInstanceIdentifier": UNKNOWN},
            refs={"dbProxyName": (proxy, "proxy"), "dbInstanceIdentifier": (RDS, "database")},
        ),
    ]


def copied(region: str, **settings: Any) -> list[Planned]:
    return [
        Planned(token=RDS, name="database", inputs={"region": "us-east-2", "storageEncrypted": True}),
        Planned(
            token="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
            inputs={"region": region, "sourceDbInstanceArn": UNKNOWN, **settings},
            refs={"sourceDbInstanceArn": (RDS, "database")},
        ),
    ]


def cluster(**settings: Any) -> list[Planned]:
    return [Planned(token=CLUSTER, inputs=settings)]


CASES: dict[str, Cases] = {
    "rds-engine-name": Cases(
        token=RDS,
        fails=[
            {"engine": "postgresql"},
            {"engine": "aurora-postgresql"},
            {"engine": "sqlserver"},
            cluster(engine="aurora"),
            cluster(engine="mariadb"),
            [Planned(token=MEMBER, inputs={"engine": "aurora-postgres"})],
        ],
        passes=[
            {"engine": "postgres"},
            {"engine": "MySQL"},
            {"engine": "custom-oracle-ee"},
            {"replicateSourceDb": "primary"},
            cluster(engine="aurora-mysql"),
            cluster(engine="mysql"),
        ],
        unknown=[{"engine": UNKNOWN}],
    ),
    "rds-engine-version": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "engineVersion": "9.6.1"},
            {"engine": "postgres", "engineVersion": "10"},
            {"engine": "mysql", "engineVersion": "5.6"},
            {"engine": "mariadb", "engineVersion": "10.1.14"},
            {"engine": "postgres", "engineVersion": "latest"},
        ],
        passes=[
            {"engine": "postgres", "engineVersion": "16.3"},
            {"engine": "mysql", "engineVersion": "8.0.36"},
            {"engine": "mariadb", "engineVersion": "10.11"},
            {"engine": "postgres"},
            cluster(engine="aurora-mysql", engineVersion="8.0.mysql_aurora.3.05.2"),
        ],
        unknown=[{"engine": "postgres", "engineVersion": UNKNOWN}],
    ),
    "rds-class-of-engine": Cases(
        token=RDS,
        fails=[
            {"engine": "oracle-se2", "instanceClass": "db.m6g.large"},
            {"engine": "sqlserver-se", "instanceClass": "db.t3.micro"},
            {"engine": "postgres", "instanceClass": "db.serverless"},
            [Planned(token=MEMBER, inputs={"engine": "aurora-postgresql", "instanceClass": "db.t3.micro"})],
        ],
        passes=[
            {"engine": "postgres", "instanceClass": "db.t4g.micro"},
            {"engine": "sqlserver-ex", "instanceClass": "db.t3.micro"},
            {"engine": "oracle-se2", "instanceClass": "db.m6i.large"},
            [Planned(token=MEMBER, inputs={"engine": "aurora-mysql", "instanceClass": "db.serverless"})],
            [Planned(token=MEMBER, inputs={"engine": "aurora-mysql", "instanceClass": "db.t4g.medium"})],
        ],
        unknown=[{"engine": "postgres", "instanceClass": UNKNOWN}],
    ),
    "rds-parameter-family": Cases(
        token=RDS,
        fails=[
            grouped("postgres14", engine="postgres", engineVersion="16.3"),
            grouped("mysql8.0", engine="postgres"),
            {"engine": "postgres", "engineVersion": "17", "parameterGroupName": "default.postgres16"},
            grouped("aurora-postgresql15", engine="postgres", engineVersion="15.4"),
            cluster(engine="aurora-mysql", engineVersion="8.0", dbClusterParameterGroupName="default.aurora-mysql5.7"),
            [
                Planned(
                    token="aws:docdb/cluster:Cluster",
                    inputs={"engineVersion": "5.0.0", "dbClusterParameterGroupName": "default.docdb4.0"},
                )
            ],
        ],
        passes=[
            grouped("postgres16", engine="postgres", engineVersion="16.3"),
            grouped("mysql8.0", engine="mysql", engineVersion="8.0.36"),
            grouped("sqlserver-ex-15.0", engine="sqlserver-ex", engineVersion="15.00.4073.23.v1"),
            grouped("oracle-se2-19", engine="oracle-se2", engineVersion="19.0.0.0.ru-2024-01.rur-2024-01.r1"),
            {"engine": "postgres", "parameterGroupName": "of-another-stack"},
            {"engine": "postgres"},
            cluster(
                engine="aurora-mysql",
                engineVersion="8.0.mysql_aurora.3.05.2",
                dbClusterParameterGroupName="default.aurora-mysql8.0",
            ),
            [
                Planned(
                    token="aws:neptune/cluster:Cluster",
                    inputs={"engineVersion": "1.3.1.0", "neptuneClusterParameterGroupName": "default.neptune1.3"},
                )
            ],
        ],
        unknown=[
            grouped(UNKNOWN, engine="postgres", engineVersion="16"),
            grouped("postgres16", engine="postgres", engineVersion=UNKNOWN),
        ],
    ),
    "rds-option-group-engine": Cases(
        token=RDS,
        fails=[
            optioned("mysql", "8.0", engine="mariadb", engineVersion="10.11"),
            optioned("mysql", "5.7", engine="mysql", engineVersion="8.0.36"),
        ],
        passes=[
            optioned("mysql", "8.0", engine="mysql", engineVersion="8.0.36"),
            optioned("oracle-se2", "19", engine="oracle-se2", engineVersion="19.0.0.0.ru-2024-01.rur-2024-01.r1"),
            {"engine": "mysql", "optionGroupName": "default:mysql-8-0"},
        ],
        unknown=[optioned(UNKNOWN, "8.0", engine="mysql", engineVersion="8.0")],
    ),
    "rds-log-types": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "enabledCloudwatchLogsExports": ["slowquery"]},
            {"engine": "mysql", "enabledCloudwatchLogsExports": ["error", "postgresql"]},
            cluster(engine="aurora-postgresql", enabledCloudwatchLogsExports=["postgresql", "upgrade"]),
            [Planned(token="aws:docdb/cluster:Cluster", inputs={"enabledCloudwatchLogsExports": ["error"]})],
            [Planned(token="aws:neptune/cluster:Cluster", inputs={"enableCloudwatchLogsExports": ["error"]})],
        ],
        passes=[
            {"engine": "postgres", "enabledCloudwatchLogsExports": ["postgresql", "upgrade"]},
            {"engine": "sqlserver-ex", "enabledCloudwatchLogsExports": ["agent", "error"]},
            cluster(engine="aurora-mysql", enabledCloudwatchLogsExports=["audit"]),
            {"engine": "postgres"},
        ],
        unknown=[{"engine": "postgres", "enabledCloudwatchLogsExports": [UNKNOWN]}],
    ),
    "rds-engine-only-settings": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "ncharCharacterSetName": "AL16UTF16"},
            {"engine": "mysql", "timezone": "UTC"},
            {"engine": "postgres", "characterSetName": "utf8"},
            {"engine": "oracle-se2", "iamDatabaseAuthenticationEnabled": True},
            {"engine": "postgres", "licenseModel": "license-included"},
            cluster(engine="aurora-postgresql", backtrackWindow=3600),
            cluster(engine="aurora-mysql", backtrackWindow=300000),
        ],
        passes=[
            {"engine": "oracle-se2", "characterSetName": "AL32UTF8", "licenseModel": "license-included"},
            {"engine": "postgres", "iamDatabaseAuthenticationEnabled": True, "licenseModel": "postgresql-license"},
            cluster(engine="aurora-mysql", backtrackWindow=3600),
            cluster(engine="aurora-postgresql", backtrackWindow=0),
        ],
        unknown=[{"engine": UNKNOWN, "timezone": "UTC"}, {"engine": "postgres", "licenseModel": UNKNOWN}],
    ),
    "rds-port-range": Cases(
        token=RDS,
        fails=[{"engine": "postgres", "port": 443}, {"engine": "sqlserver-se", "port": 1434}, cluster(port=70000)],
        passes=[{"engine": "postgres", "port": 5432}, {"engine": "sqlserver-se", "port": 1433}, {}],
        unknown=[{"engine": "postgres", "port": UNKNOWN}],
    ),
    "cluster-member-engine": Cases(
        token=MEMBER,
        fails=[member({"engine": "aurora-postgresql"}, engine="aurora-mysql")],
        passes=[
            member({"engine": "aurora-postgresql"}, engine="aurora-postgresql"),
            {"clusterIdentifier": "of-another-stack", "engine": "aurora-mysql"},
        ],
        unknown=[
            member({"engine": UNKNOWN}, engine="aurora-mysql"),
            {"clusterIdentifier": UNKNOWN, "engine": "aurora-mysql"},
        ],
    ),
    "cluster-serverless-scaling": Cases(
        token=MEMBER,
        fails=[member({"engine": "aurora-mysql"}, engine="aurora-mysql", instanceClass="db.serverless")],
        passes=[
            member(
                {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 4}},
                engine="aurora-mysql",
                instanceClass="db.serverless",
            ),
            member({"engine": "aurora-mysql"}, engine="aurora-mysql", instanceClass="db.r6g.large"),
        ],
        unknown=[member({}, instanceClass=UNKNOWN)],
    ),
    "cluster-scaling-range": Cases(
        token=CLUSTER,
        fails=[
            {"serverlessv2ScalingConfiguration": {"minCapacity": 8, "maxCapacity": 4}},
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0.3, "maxCapacity": 4}},
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 300}},
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 0.5}},
        ],
        passes=[
            {"serverlessv2ScalingConfiguration": {"minCapacity": 0, "maxCapacity": 1}},
            {"serverlessv2ScalingConfiguration": [{"minCapacity": 0.5, "maxCapacity": 128}]},
            {},
        ],
        unknown=[
            {"serverlessv2ScalingConfiguration": {"minCapacity": UNKNOWN, "maxCapacity": 4}},
            {"serverlessv2ScalingConfiguration": UNKNOWN},
        ],
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
            {
                "engine": "mysql",
                "storageType": "io1",
                "iops": 3000,
                "allocatedStorage": 100,
                "dbClusterInstanceClass": "db.r6gd.large",
            },
        ],
        unknown=[{"engine": UNKNOWN, "allocatedStorage": 100}, {"engine": "mysql", "storageType": UNKNOWN}],
    ),
    "cluster-settings-of-multi-az": Cases(
        token=CLUSTER,
        fails=[
            {"engine": "mysql"},
            {"engine": "postgres", "dbClusterInstanceClass": "db.r6gd.large", "allocatedStorage": 100},
        ],
        passes=[
            {"engine": "postgres", "dbClusterInstanceClass": "db.r6gd.large", "allocatedStorage": 100, "storageType": "gp3"},
            {"engine": "postgres", "dbClusterInstanceClass": "db.r6gd.large", "allocatedStorage": 100, "iops": 3000},
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
            [Planned(token=CLUSTER, inputs={"availabilityZones": ["us-east-2a"]}, ignore_changes=["availabilityZones"])],
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
        unknown=[],
        never_unknown=True,
    ),
    "global-cluster-source": Cases(
        token=GLOBE,
        fails=[
            {"engine": "aurora-mysql", "sourceDbClusterIdentifier": UNKNOWN},
            {"storageEncrypted": True, "sourceDbClusterIdentifier": UNKNOWN},
        ],
        passes=[{"engine": "aurora-mysql", "storageEncrypted": True}, {"sourceDbClusterIdentifier": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "cluster-backup-retention": Cases(
        token=CLUSTER,
        fails=[
            {"backupRetentionPeriod": 0},
            {"backupRetentionPeriod": 36},
            [Planned(token="aws:docdb/cluster:Cluster", inputs={"backupRetentionPeriod": 0})],
        ],
        passes=[{}, {"backupRetentionPeriod": 1}, {"backupRetentionPeriod": 35}],
        unknown=[{"backupRetentionPeriod": UNKNOWN}],
    ),
    "rds-backup-retention-range": Cases(
        token=RDS,
        fails=[{"backupRetentionPeriod": 36}],
        passes=[{}, {"backupRetentionPeriod": 0}, {"backupRetentionPeriod": 35}],
        unknown=[{"backupRetentionPeriod": UNKNOWN}],
    ),
    "rds-proxy-target": Cases(
        token="aws:rds/proxyTarget:ProxyTarget",
        fails=[{"dbProxyName": "main"}, {"dbInstanceIdentifier": UNKNOWN, "dbClusterIdentifier": "main"}],
        passes=[{"dbInstanceIdentifier": UNKNOWN}, {"dbClusterIdentifier": "main"}],
        unknown=[],
        never_unknown=True,
    ),
    "rds-proxy-engine-family": Cases(
        token="aws:rds/proxyTarget:ProxyTarget",
        fails=[proxied("MYSQL", "postgres"), proxied("POSTGRESQL", "mariadb")],
        passes=[proxied("POSTGRESQL", "postgres"), proxied("MYSQL", "mariadb"), proxied("SQLSERVER", "sqlserver-se")],
        unknown=[proxied("MYSQL", UNKNOWN)],
    ),
    "rds-backup-replication-region": Cases(
        token="aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
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
