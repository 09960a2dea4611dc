"""Cases of policies/feasibility/rules/rds/replicas.py."""

import json
from typing import Any

from tests.policies.given.feasibility.rds_replicas import RDS, SECURITY
from tests.policies.harness import KEY, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CLUSTER = "aws:rds/cluster:Cluster"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
SOURCE_ARN = "arn:aws:rds:us-east-2:111111111111:db:primary"


def pair(source: dict[str, Any], replica: dict[str, Any], *others: Planned) -> list[Planned]:
    """A source and its replica, which names it by an unknown value unless it says otherwise."""
    named = ref(RDS, "primary", replica.get("replicateSourceDb", UNKNOWN))
    return [planned(RDS, "primary", **source), planned(RDS, "replica", **{**replica, "replicateSourceDb": named}), *others]


def replicated(engine: str, count: int) -> list[Planned]:
    """A source and so many replicas."""
    source = ref(RDS, "primary")
    replicas = [planned(RDS, f"r{number}", replicateSourceDb=source, engine=engine) for number in range(count)]
    return [planned(RDS, "primary", engine=engine), *replicas]


EAST = {"region": "us-east-2"}
WEST = {"region": "us-west-2"}
DESIRED = "aws:rds/instanceDesiredState:InstanceDesiredState"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def stopping(token: str, inputs: dict[str, Any], *, replicated: bool = True) -> list[Planned]:
    source = {"replicateSourceDb": ref(RDS, "primary")} if replicated else {}
    return [
        planned(RDS, "primary", identifier="primary"),
        planned(RDS, "replica", identifier="replica", **source),
        planned(token, **inputs),
    ]


def stop_call(name: str) -> dict[str, Any]:
    arn = "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance"
    return {"target": {"arn": arn, "input": json.dumps({"DbInstanceIdentifier": name})}}


def tuned(primary: Any, own: Any) -> list[Planned]:
    groups = [
        planned(GROUP, name, family="postgres16", parameters=[{"name": "max_connections", "value": value}])
        for name, value in (("of-primary", primary), ("of-replica", own))
    ]
    return [
        *groups,
        planned(RDS, "primary", engine="postgres", parameterGroupName=ref(GROUP, "of-primary")),
        planned(RDS, "replica", replicateSourceDb=ref(RDS, "primary"), parameterGroupName=ref(GROUP, "of-replica")),
    ]


def with_groups(own: dict[str, Any], group: dict[str, Any]) -> list[Planned]:
    return [
        planned(GROUP, "group", name="group-1", **group),
        planned(RDS, parameterGroupName=ref(GROUP, "group", "group-1"), **own),
    ]


CASES: dict[str, Cases] = {
    "rds-replica-of-managed-password": Cases(
        token=RDS,
        fails=[
            pair({"engine": "postgres", "manageMasterUserPassword": True}, {}),
            pair({"identifier": "main", "manageMasterUserPassword": True}, {"replicateSourceDb": "main"}),
            pair({**EAST, "identifier": "main", "manageMasterUserPassword": True}, {**WEST, "replicateSourceDb": "main"}),
        ],
        passes=[
            pair({"engine": "postgres", "password": UNKNOWN}, {}),
            pair({"engine": "sqlserver-ee", "manageMasterUserPassword": True}, {}),
            {"manageMasterUserPassword": True},
            {"replicateSourceDb": "of-another-stack"},
        ],
        unknown=[pair({"engine": "postgres", "manageMasterUserPassword": UNKNOWN}, {}), {"replicateSourceDb": UNKNOWN}],
    ),
    "rds-replica-own-credentials": Cases(
        token=RDS,
        fails=[
            {"replicateSourceDb": "primary", "username": "owner"},
            {"replicateSourceDb": UNKNOWN, "password": UNKNOWN},
            {"replicateSourceDb": SOURCE_ARN, "dbName": "app"},
        ],
        passes=[{"replicateSourceDb": UNKNOWN}, {"username": "owner", "password": "correct-horse"}],
        never_unknown=True,
    ),
    "rds-replica-key": Cases(
        token=RDS,
        fails=[
            pair({**EAST, "storageEncrypted": True}, WEST),
            {**WEST, "replicateSourceDb": SOURCE_ARN, "storageEncrypted": True},
        ],
        passes=[
            pair({**EAST, "storageEncrypted": True}, {**WEST, "kmsKeyId": KEY}),
            pair({**EAST, "storageEncrypted": True}, EAST),
            pair({**EAST, "storageEncrypted": False}, WEST),
            {**EAST, "replicateSourceDb": SOURCE_ARN, "storageEncrypted": True},
            {"replicateSourceDb": "primary"},
        ],
        unknown=[
            {**WEST, "replicateSourceDb": SOURCE_ARN},
            {"replicateSourceDb": SOURCE_ARN, "storageEncrypted": True},
            {"replicateSourceDb": UNKNOWN},
        ],
    ),
    "rds-replica-of-unencrypted": Cases(
        token=RDS,
        fails=[pair({}, {"kmsKeyId": KEY}), pair({"storageEncrypted": False}, {"storageEncrypted": True})],
        passes=[
            pair({"storageEncrypted": True}, {"kmsKeyId": KEY}),
            pair({}, {}),
            pair({"snapshotIdentifier": "encrypted"}, {"storageEncrypted": True}),
        ],
        unknown=[pair({"storageEncrypted": UNKNOWN}, {"kmsKeyId": KEY})],
    ),
    "rds-replica-source-name": Cases(
        token=RDS,
        fails=[
            pair({**EAST, "identifier": "main"}, {**WEST, "replicateSourceDb": "main"}),
            {"replicateSourceDb": "main", "dbSubnetGroupName": "data"},
            {"replicateSourceDb": "main", "dbSubnetGroupName": UNKNOWN},
        ],
        passes=[
            pair({**EAST, "identifier": "main"}, {**EAST, "replicateSourceDb": "main"}),
            {**WEST, "replicateSourceDb": SOURCE_ARN, "dbSubnetGroupName": "data"},
            {"replicateSourceDb": "main"},
            pair(EAST, EAST),
        ],
        unknown=[pair(EAST, WEST), {"replicateSourceDb": UNKNOWN, "dbSubnetGroupName": "data"}],
    ),
    "rds-replica-source-backups": Cases(
        token=RDS,
        fails=[pair({}, {}), pair({"backupRetentionPeriod": 0}, {})],
        passes=[pair({"backupRetentionPeriod": 7}, {}), {"backupRetentionPeriod": 0}, {"replicateSourceDb": "elsewhere"}],
        unknown=[pair({"backupRetentionPeriod": UNKNOWN}, {}), pair({"snapshotIdentifier": "before"}, {})],
    ),
    "rds-replica-count": Cases(
        token=RDS,
        fails=[replicated("sqlserver-ee", 6)],
        passes=[
            pair({"engine": "postgres"}, {}),
            {"engine": "postgres"},
            replicated("sqlserver-ee", 5),
            replicated("postgres", 15),
        ],
        unknown=[{"engine": UNKNOWN}],
    ),
    "rds-stopped-replication": Cases(
        token=DESIRED,
        fails=[
            stopping(DESIRED, {"identifier": "primary", "state": "stopped"}),
            stopping(DESIRED, {"identifier": "replica", "state": "stopped"}),
            stopping(SCHEDULE, stop_call("primary")),
        ],
        passes=[
            stopping(DESIRED, {"identifier": "primary", "state": "stopped"}, replicated=False),
            stopping(DESIRED, {"identifier": "primary", "state": "available"}),
            stopping(SCHEDULE, stop_call("another")),
            stopping(SCHEDULE, {"target": {"arn": "arn:aws:lambda:us-east-2:111111111111:function:f"}}),
        ],
        unknown=[
            stopping(DESIRED, {"identifier": UNKNOWN, "state": "stopped"}),
            stopping(SCHEDULE, {"target": {"arn": UNKNOWN}}),
        ],
    ),
    "rds-replica-parameters": Cases(
        token=RDS,
        fails=[tuned("500", "200")],
        passes=[
            tuned("500", "500"),
            tuned("200", "500"),
            tuned("{DBInstanceClassMemory/9531392}", "200"),
            {"engine": "postgres"},
        ],
        unknown=[tuned("500", UNKNOWN), tuned(UNKNOWN, "200")],
    ),
    "rds-groups-of-own-region": Cases(
        token=RDS,
        fails=[
            with_groups(WEST, EAST),
            [planned(SECURITY, "sg", **EAST), planned(CLUSTER, **WEST, vpcSecurityGroupIds=[ref(SECURITY, "sg")])],
        ],
        passes=[
            with_groups(WEST, WEST),
            with_groups({}, {}),
            [*with_groups(WEST, EAST), planned(GROUP, "copy", name="group-1", **WEST)],
        ],
        never_unknown=True,
    ),
}
