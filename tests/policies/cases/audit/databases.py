"""Cases of policies/controls/audit/databases.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_GROUP = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
SUBSCRIPTION = "aws:rds/eventSubscription:EventSubscription"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alerts"
ROLE_ARN = "arn:aws:iam::111111111111:role/monitoring"
CRITICAL = ["maintenance", "configuration change", "failure"]


def exports(engine: str | None, *logs: str) -> dict[str, Any]:
    return {**({"engine": engine} if engine else {}), "enabledCloudwatchLogsExports": list(logs)}


def cluster(inputs: dict[str, Any]) -> list[Planned]:
    return [planned(CLUSTER, **inputs)]


def group(family: str | None, *, token: str = GROUP, **parameters: object) -> Planned:
    listed = [{"name": name, "value": value} for name, value in parameters.items()]
    return planned(token, "group", family=family, parameters=listed)


def in_group(*groups: Planned, engine: str = "postgres") -> list[Planned]:
    return [*groups, planned(RDS, engine=engine, parameterGroupName=ref(groups[0].token, "group"))]


def watched(database: Planned, **inputs: Any) -> list[Planned]:
    return [database, planned(SUBSCRIPTION, "events", snsTopic=TOPIC_ARN, **inputs)]


LOGGED = {"log_statement": "ddl", "log_min_duration_statement": "1000"}
DATABASE = planned(RDS, engine="postgres", identifier="main")

CASES: dict[str, Cases] = {
    "rds-postgres-log-exports": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres"},
            exports("postgres"),
            exports("postgres", "postgresql"),
            exports("postgres", "upgrade"),
            cluster(exports("postgres", "postgresql")),
        ],
        passes=[
            {"engine": "mysql"},
            {},
            exports("postgres", "postgresql", "upgrade"),
            exports("postgres", "upgrade", "iam-db-auth-error", "postgresql"),
            exports(UNKNOWN, "postgresql", "upgrade"),
            cluster(exports("aurora-postgresql", "postgresql")),
        ],
        unknown=[
            {"engine": "postgres", "enabledCloudwatchLogsExports": UNKNOWN},
            exports("postgres", "postgresql", UNKNOWN),
            exports(UNKNOWN, "postgresql"),
        ],
    ),
    "rds-aurora-postgres-log-exports": Cases(
        token=CLUSTER,
        fails=[{"engine": "aurora-postgresql"}, exports("aurora-postgresql")],
        passes=[{"engine": "aurora-mysql"}, exports("aurora-postgresql", "postgresql")],
        unknown=[{"engine": "aurora-postgresql", "enabledCloudwatchLogsExports": UNKNOWN}, {"engine": UNKNOWN}],
    ),
    "rds-log-exports": Cases(
        token=RDS,
        fails=[{}, {"engine": "mysql"}, exports("mariadb"), {"engine": UNKNOWN}, cluster({"engine": "aurora-mysql"})],
        passes=[
            {"engine": "postgres"},
            {"engine": "custom-oracle-ee"},
            exports("mysql", "error", "general", "slowquery"),
            exports(None, "postgresql"),
            exports("sqlserver-se", UNKNOWN),
        ],
        unknown=[{"engine": "mysql", "enabledCloudwatchLogsExports": UNKNOWN}],
    ),
    "rds-query-logging": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres"},
            {"engine": "postgres", "parameterGroupName": "default.postgres17"},
            {"engine": "postgres", "replicateSourceDb": "main", "parameterGroupName": "default.postgres17"},
            {"engine": "postgres", "replicateSourceDb": "arn:aws:rds:us-east-2:111111111111:db:main"},
            cluster({"engine": "aurora-postgresql"}),
            cluster({"engine": "postgres", "dbClusterParameterGroupName": "default.postgres16"}),
            [group("postgres17")],
            [group("postgres17", log_statement="ddl")],
            [group("postgres17", log_min_duration_statement="1000")],
            [group("postgres17", log_statement="none", log_min_duration_statement="1000")],
            [group("postgres17", log_statement="all", log_min_duration_statement="-1")],
            [group("postgres17", log_statement="all", log_min_duration_statement=-1)],
            [group("aurora-postgresql16", token=CLUSTER_GROUP, log_statement="ddl")],
            in_group(group("mysql8.0", token=CLUSTER_GROUP)),
        ],
        passes=[
            {"engine": "mysql"},
            {},
            [group("postgres17", **LOGGED)],
            [group("postgres17", log_statement="all", log_min_duration_statement=0)],
            [group("aurora-postgresql16", token=CLUSTER_GROUP, log_statement="all", log_min_duration_statement="250ms")],
            [group("aurora-postgresql16")],
            [group("mysql8.0")],
            in_group(group("postgres17", **LOGGED)),
        ],
        unknown=[
            {"engine": UNKNOWN},
            {"engine": "postgres", "replicateSourceDb": "main"},
            {"engine": "postgres", "replicateSourceDb": UNKNOWN},
            {"engine": "postgres", "parameterGroupName": "another"},
            {"engine": "postgres", "parameterGroupName": UNKNOWN},
            [group(UNKNOWN)],
            [group("postgres17", log_statement=UNKNOWN, log_min_duration_statement="1")],
            planned(GROUP, family="postgres17", parameters=UNKNOWN),
            planned(GROUP, family="postgres17", parameters=[{"name": UNKNOWN, "value": "1"}]),
        ],
    ),
    "rds-enhanced-monitoring": Cases(
        token=RDS,
        fails=[
            {},
            {"monitoringInterval": 0},
            {"monitoringInterval": 60},
            {"monitoringInterval": 7, "monitoringRoleArn": ROLE_ARN},
            planned(MEMBER),
        ],
        passes=[
            {"monitoringInterval": 60, "monitoringRoleArn": ROLE_ARN},
            {"monitoringInterval": "15", "monitoringRoleArn": UNKNOWN},
            planned(MEMBER, monitoringInterval=1, monitoringRoleArn=ROLE_ARN),
        ],
        unknown=[{"monitoringInterval": UNKNOWN}],
    ),
    "rds-event-subscription": Cases(
        token=SUBSCRIPTION,
        fails=[
            {"snsTopic": TOPIC_ARN, "enabled": False},
            {"sourceType": "db-instance"},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-instance", "eventCategories": ["backup"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-instance", "eventCategories": ["failure", "maintenance"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-cluster", "eventCategories": ["maintenance"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-parameter-group", "eventCategories": ["other"]},
        ],
        passes=[
            {"snsTopic": TOPIC_ARN},
            {"snsTopic": UNKNOWN, "sourceType": "db-instance", "eventCategories": CRITICAL},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-cluster", "eventCategories": ["failover", "maintenance", "failure"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-parameter-group", "eventCategories": ["configuration change"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-snapshot", "eventCategories": ["deletion"]},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-instance", "eventCategories": [], "enabled": "true"},
        ],
        unknown=[
            {"snsTopic": TOPIC_ARN, "enabled": UNKNOWN},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-instance", "eventCategories": UNKNOWN},
            {"snsTopic": TOPIC_ARN, "sourceType": "db-cluster", "eventCategories": ["failure", UNKNOWN]},
            {"snsTopic": TOPIC_ARN, "sourceType": UNKNOWN, "eventCategories": ["failure"]},
        ],
    ),
    "rds-events-watched": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres"},
            cluster({"engine": "aurora-postgresql"}),
            watched(DATABASE, enabled=False),
            watched(DATABASE, sourceType="db-cluster"),
            watched(DATABASE, sourceIds=["another"], sourceType="db-instance"),
            watched(DATABASE, sourceIds=["main"], sourceType="db-instance", enabled="false"),
            watched(DATABASE, region="us-west-2"),
        ],
        passes=[
            watched(DATABASE),
            watched(DATABASE, sourceType="db-instance"),
            watched(DATABASE, sourceIds=["main"], sourceType="db-instance"),
            watched(planned(CLUSTER, clusterIdentifier="aurora"), sourceIds=["aurora"]),
            [planned(RDS), planned(SUBSCRIPTION, sourceIds=[ref(RDS, "it")])],
        ],
        unknown=[
            watched(DATABASE, enabled=UNKNOWN),
            watched(DATABASE, sourceIds=UNKNOWN, sourceType="db-instance"),
            watched(DATABASE, sourceIds=["main"], enabled=UNKNOWN),
        ],
    ),
}
