"""Cases of policies/feasibility/rules/rds/engines.py."""

from typing import Any

from tests.policies.given.feasibility.rds import MEMBER, RDS, cluster
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

AURORA = {"engine": "aurora-mysql", "engineVersion": "8.0.mysql_aurora.3.05.2"}
NEPTUNE = "aws:neptune/cluster:Cluster"
GROUP = "aws:rds/parameterGroup:ParameterGroup"


def grouped(family: Any, **settings: Any) -> list[Planned]:
    return [
        planned(GROUP, "group", family=family, name="group-1"),
        planned(RDS, parameterGroupName=ref(GROUP, "group", "group-1"), **settings),
    ]


def optioned(name: Any, major: Any, **settings: Any) -> list[Planned]:
    token = "aws:rds/optionGroup:OptionGroup"
    return [
        planned(token, "options", engineName=name, majorEngineVersion=major),
        planned(RDS, optionGroupName=ref(token, "options"), **settings),
    ]


CASES: dict[str, Cases] = {
    "rds-engine-name": Cases(
        token=RDS,
        fails=[
            *({"engine": engine} for engine in ("postgresql", "aurora-postgresql", "sqlserver")),
            cluster(engine="aurora"),
            cluster(engine="mariadb"),
            planned(MEMBER, engine="aurora-postgres"),
        ],
        passes=[
            *({"engine": engine} for engine in ("postgres", "MySQL", "custom-oracle-ee")),
            {"replicateSourceDb": "primary"},
            cluster(engine="aurora-mysql"),
            cluster(engine="mysql"),
        ],
        unknown=[{"engine": UNKNOWN}],
    ),
    "rds-engine-version": Cases(
        token=RDS,
        fails=[
            *({"engine": "postgres", "engineVersion": version} for version in ("9.6.1", "10", "latest")),
            {"engine": "mysql", "engineVersion": "5.6"},
            {"engine": "mariadb", "engineVersion": "10.1.14"},
        ],
        passes=[
            {"engine": "postgres", "engineVersion": "16.3"},
            {"engine": "postgres", "engineVersion": "11"},
            {"engine": "mysql", "engineVersion": "5.7"},
            {"engine": "mysql", "engineVersion": "8.0.36"},
            {"engine": "mariadb", "engineVersion": "10.11"},
            {"engine": "postgres"},
            cluster(**AURORA),
        ],
        unknown=[{"engine": "postgres", "engineVersion": UNKNOWN}],
    ),
    "rds-class-of-engine": Cases(
        token=RDS,
        fails=[
            {"engine": "oracle-se2", "instanceClass": "db.m6g.large"},
            {"engine": "sqlserver-se", "instanceClass": "db.t3.micro"},
            {"engine": "postgres", "instanceClass": "db.serverless"},
            planned(MEMBER, engine="aurora-postgresql", instanceClass="db.t3.micro"),
        ],
        passes=[
            {"engine": "postgres", "instanceClass": "db.t4g.micro"},
            {"engine": "sqlserver-ex", "instanceClass": "db.t3.micro"},
            {"engine": "oracle-se2", "instanceClass": "db.m6i.large"},
            planned(MEMBER, engine="aurora-mysql", instanceClass="db.serverless"),
            planned(MEMBER, engine="aurora-mysql", instanceClass="db.t4g.medium"),
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
            planned("aws:docdb/cluster:Cluster", engineVersion="5.0.0", dbClusterParameterGroupName="default.docdb4.0"),
        ],
        passes=[
            grouped("postgres16", engine="postgres", engineVersion="16.3"),
            grouped("mysql8.0", engine="mysql", engineVersion="8.0.36"),
            grouped("sqlserver-ex-15.0", engine="sqlserver-ex", engineVersion="15.00.4073.23.v1"),
            grouped("oracle-se2-19", engine="oracle-se2", engineVersion="19.0.0.0.ru-2024-01.rur-2024-01.r1"),
            {"engine": "postgres", "parameterGroupName": "of-another-stack"},
            {"engine": "postgres"},
            cluster(**AURORA, dbClusterParameterGroupName="default.aurora-mysql8.0"),
            planned(NEPTUNE, engineVersion="1.3.1.0", neptuneClusterParameterGroupName="default.neptune1.3"),
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
            planned("aws:docdb/cluster:Cluster", enabledCloudwatchLogsExports=["error"]),
            planned(NEPTUNE, enableCloudwatchLogsExports=["error"]),
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
        fails=[
            {"engine": "postgres", "port": 443},
            *({"engine": "sqlserver-se", "port": port} for port in (1434, 49152, 49156)),
            cluster(port=70000),
        ],
        passes=[
            {"engine": "postgres", "port": 5432},
            *({"engine": "sqlserver-se", "port": port} for port in (1433, 49151, 49157)),
            {},
        ],
        unknown=[{"engine": "postgres", "port": UNKNOWN}],
    ),
}
