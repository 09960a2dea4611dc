"""Cases of the feasibility pack: read replicas, and the subnets of databases, caches and directories."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY, UNKNOWN, Planned

RDS = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
SECURITY = "aws:ec2/securityGroup:SecurityGroup"
DB_SUBNETS = "aws:rds/subnetGroup:SubnetGroup"
SOURCE_ARN = "arn:aws:rds:us-east-2:111111111111:db:primary"


def pair(source: dict[str, Any], replica: dict[str, Any], *others: Planned) -> list[Planned]:
    """A source and its replica, which names it by an unknown value unless it says otherwise."""
    return [
        Planned(token=RDS, name="primary", inputs=source),
        Planned(
            token=RDS,
            name="replica",
            inputs={"replicateSourceDb": UNKNOWN, **replica},
            refs={"replicateSourceDb": (RDS, "primary")},
        ),
        *others,
    ]


EAST = {"region": "us-east-2"}
WEST = {"region": "us-west-2"}
DESIRED = "aws:rds/instanceDesiredState:InstanceDesiredState"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def stopping(token: str, inputs: dict[str, Any], *, replicated: bool = True) -> list[Planned]:
    replica = {"replicateSourceDb": UNKNOWN} if replicated else {}
    return [
        Planned(token=RDS, name="primary", inputs={"identifier": "primary"}),
        Planned(
            token=RDS,
            name="replica",
            inputs={"identifier": "replica", **replica},
            refs={"replicateSourceDb": (RDS, "primary")} if replicated else {},
        ),
        Planned(token=token, inputs=inputs),
    ]


def stop_call(name: str) -> dict[str, Any]:
    arn = "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance"
    return {"target": {"arn": arn, "input": json.dumps({"DbInstanceIdentifier": name})}}


def tuned(primary: Any, own: Any) -> list[Planned]:
    groups = [
        Planned(
            token=GROUP,
            name=name,
            inputs={"family": "postgres16", "parameters": [{"name": "max_connections", "value": value}]},
        )
        for name, value in (("of-primary", primary), ("of-replica", own))
    ]
    return [
        *groups,
        Planned(
            token=RDS,
            name="primary",
            inputs={"engine": "postgres", "parameterGroupName": UNKNOWN},
            refs={"parameterGroupName": (GROUP, "of-primary")},
        ),
        Planned(
            token=RDS,
            name="replica",
            inputs={"replicateSourceDb": UNKNOWN, "parameterGroupName": UNKNOWN},
            refs={"replicateSourceDb": (RDS, "primary"), "parameterGroupName": (GROUP, "of-replica")},
        ),
    ]


def subnets(zones: Sequence[Any], networks: Sequence[str] = ("main", "main")) -> list[Planned]:
    return [
        *(Planned(token=VPC, name=name) for name in sorted(set(networks))),
        *(
            Planned(
                token=SUBNET,
                name=f"s{number}",
                inputs={"vpcId": UNKNOWN, **({} if zone is None else {"availabilityZone": zone})},
                refs={"vpcId": (VPC, network)},
            )
            for number, (zone, network) in enumerate(zip(zones, networks, strict=True))
        ),
    ]


def group_of(zones: Sequence[Any], networks: Sequence[str] = ("main", "main"), token: str = DB_SUBNETS) -> list[Planned]:
    path = "vpcSubnetIds" if token == "aws:rds/proxy:Proxy" else "subnetIds"
    refs = {path: [(SUBNET, f"s{number}") for number in range(len(zones))]}
    return [
        *subnets(zones, networks),
        Planned(token=token, name="group", inputs={path: [UNKNOWN for _ in zones]}, refs=refs),
    ]


def secured(home: str, *, token: str = RDS, path: str = "vpcSecurityGroupIds", by: str = "dbSubnetGroupName") -> list[Planned]:
    group = DB_SUBNETS if token == RDS else "aws:elasticache/subnetGroup:SubnetGroup"
    return [
        *group_of(("us-east-2a", "us-east-2b"), token=group),
        *([] if home == "main" else [Planned(token=VPC, name=home)]),
        Planned(token=SECURITY, name="sg", inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, home)}),
        Planned(
            token=token,
            inputs={by: UNKNOWN, path: [UNKNOWN]},
            refs={by: (group, "group"), path: (SECURITY, "sg")},
        ),
    ]


def directory(zones: Sequence[Any], block: str = "vpcSettings") -> list[Planned]:
    refs = {block: [(SUBNET, f"s{number}") for number in range(len(zones))]}
    return [
        *subnets(zones, ["main"] * len(zones)),
        Planned(
            token="aws:directoryservice/directory:Directory",
            inputs={block: {"vpcId": UNKNOWN, "subnetIds": [UNKNOWN for _ in zones]}},
            refs=refs,
        ),
    ]


def cache(zones: Sequence[Any], *, multi: Any = True) -> list[Planned]:
    group = "aws:elasticache/subnetGroup:SubnetGroup"
    return [
        *group_of(zones, token=group),
        Planned(
            token="aws:elasticache/replicationGroup:ReplicationGroup",
            inputs={"multiAzEnabled": multi, "subnetGroupName": UNKNOWN},
            refs={"subnetGroupName": (group, "group")},
        ),
    ]


def with_groups(own: dict[str, Any], group: dict[str, Any]) -> list[Planned]:
    return [
        Planned(token=GROUP, name="group", inputs={"name": "group-1", **group}),
        Planned(token=RDS, inputs={"parameterGroupName": "group-1", **own}, refs={"parameterGroupName": (GROUP, "group")}),
    ]


CASES: dict[str, Cases] = {
    "rds-replica-of-managed-password": Cases(
        token=RDS,
        fails=[
            pair({"engine": "postgres", "manageMasterUserPassword": True}, {}),
            pair({"identifier": "main", "manageMasterUserPassword": True}, {"replicateSourceDb": "main"}),
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
        unknown=[],
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
        fails=[
            [
                Planned(token=RDS, name="primary", inputs={"engine": "sqlserver-ee"}),
                *(
                    Planned(
                        token=RDS,
                        name=f"r{number}",
                        inputs={"replicateSourceDb": UNKNOWN, "engine": "sqlserver-ee"},
                        refs={"replicateSourceDb": (RDS, "primary")},
                    )
                    for number in range(6)
                ),
            ]
        ],
        passes=[pair({"engine": "postgres"}, {}), {"engine": "postgres"}],
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
            [
                Planned(token=SECURITY, name="sg", inputs=EAST),
                Planned(
                    token=CLUSTER,
                    inputs={**WEST, "vpcSecurityGroupIds": [UNKNOWN]},
                    refs={"vpcSecurityGroupIds": (SECURITY, "sg")},
                ),
            ],
        ],
        passes=[
            with_groups(WEST, WEST),
            with_groups({}, {}),
            [*with_groups(WEST, EAST), Planned(token=GROUP, name="copy", inputs={"name": "group-1", **WEST})],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "subnet-group-zones": Cases(
        token=DB_SUBNETS,
        fails=[
            {"subnetIds": ["subnet-1"]},
            group_of(("us-east-2a", "us-east-2a")),
            group_of(("us-east-2a", "us-east-2a"), token="aws:rds/proxy:Proxy"),
            group_of(("us-east-2a", "us-east-2a"), token="aws:docdb/subnetGroup:SubnetGroup"),
        ],
        passes=[group_of(("us-east-2a", "us-east-2b"))],
        unknown=[
            {"subnetIds": UNKNOWN},
            {"subnetIds": ["subnet-1", "subnet-2"]},
            group_of(("us-east-2a", UNKNOWN)),
            group_of((None, None)),
        ],
    ),
    "subnets-of-one-network": Cases(
        token=DB_SUBNETS,
        fails=[
            group_of(("us-east-2a", "us-east-2b"), ("main", "other")),
            [
                Planned(token=SUBNET, name="a", inputs={"vpcId": "vpc-1", "id": "subnet-1"}),
                Planned(token=SUBNET, name="b", inputs={"vpcId": "vpc-2", "id": "subnet-2"}),
                Planned(token="aws:elasticache/subnetGroup:SubnetGroup", inputs={"subnetIds": ["subnet-1", "subnet-2"]}),
            ],
        ],
        passes=[group_of(("us-east-2a", "us-east-2b")), {"subnetIds": ["subnet-1", "subnet-2"]}],
        unknown=[{"subnetIds": UNKNOWN}],
    ),
    "security-groups-of-same-network": Cases(
        token=RDS,
        fails=[
            secured("other"),
            secured(
                "other",
                token="aws:elasticache/replicationGroup:ReplicationGroup",
                path="securityGroupIds",
                by="subnetGroupName",
            ),
        ],
        passes=[secured("main"), {"vpcSecurityGroupIds": ["sg-1"]}, {}],
        unknown=[{"vpcSecurityGroupIds": UNKNOWN}],
    ),
    "directory-subnets": Cases(
        token="aws:directoryservice/directory:Directory",
        fails=[
            {"vpcSettings": {"vpcId": "vpc-1", "subnetIds": ["subnet-1"]}},
            {"vpcSettings": {"vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2", "subnet-3"]}},
            directory(("us-east-2a", "us-east-2a")),
            directory(("us-east-2a", "us-east-2a"), block="connectSettings"),
        ],
        passes=[directory(("us-east-2a", "us-east-2b"))],
        unknown=[
            {"vpcSettings": {"vpcId": "vpc-1", "subnetIds": ["subnet-1", "subnet-2"]}},
            {"vpcSettings": UNKNOWN},
            directory(("us-east-2a", UNKNOWN)),
        ],
    ),
    "cache-zones": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[cache(("us-east-2a", "us-east-2a"))],
        passes=[
            cache(("us-east-2a", "us-east-2b")),
            cache(("us-east-2a", "us-east-2a"), multi=False),
            {"multiAzEnabled": True},
        ],
        unknown=[cache(("us-east-2a", UNKNOWN)), cache(("us-east-2a", "us-east-2a"), multi=UNKNOWN)],
    ),
}
