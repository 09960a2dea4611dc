"""Cases of policies/feasibility/rules/general/subnets.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.rds_replicas import RDS, SECURITY
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
DB_SUBNETS = "aws:rds/subnetGroup:SubnetGroup"


def subnets(zones: Sequence[Any], networks: Sequence[str] = ("main", "main")) -> list[Planned]:
    return [
        *(planned(VPC, name) for name in sorted(set(networks))),
        *(
            planned(SUBNET, f"s{number}", vpcId=ref(VPC, network), **({} if zone is None else {"availabilityZone": zone}))
            for number, (zone, network) in enumerate(zip(zones, networks, strict=True))
        ),
    ]


def group_of(zones: Sequence[Any], networks: Sequence[str] = ("main", "main"), token: str = DB_SUBNETS) -> list[Planned]:
    path = "vpcSubnetIds" if token == "aws:rds/proxy:Proxy" else "subnetIds"
    ids = [ref(SUBNET, f"s{number}") for number in range(len(zones))]
    return [*subnets(zones, networks), planned(token, "group", **{path: ids})]


def secured(home: str, *, token: str = RDS, path: str = "vpcSecurityGroupIds", by: str = "dbSubnetGroupName") -> list[Planned]:
    group = DB_SUBNETS if token == RDS else "aws:elasticache/subnetGroup:SubnetGroup"
    return [
        *group_of(("us-east-2a", "us-east-2b"), token=group),
        *([] if home == "main" else [planned(VPC, home)]),
        planned(SECURITY, "sg", vpcId=ref(VPC, home)),
        planned(token, **{by: ref(group, "group"), path: [ref(SECURITY, "sg")]}),
    ]


def directory(zones: Sequence[Any], block: str = "vpcSettings") -> list[Planned]:
    settings = {"vpcId": UNKNOWN, "subnetIds": [ref(SUBNET, f"s{number}") for number in range(len(zones))]}
    token = "aws:directoryservice/directory:Directory"
    return [*subnets(zones, ["main"] * len(zones)), planned(token, **{block: settings})]


def cache(zones: Sequence[Any], *, multi: Any = True) -> list[Planned]:
    group = "aws:elasticache/subnetGroup:SubnetGroup"
    return [
        *group_of(zones, token=group),
        planned("aws:elasticache/replicationGroup:ReplicationGroup", multiAzEnabled=multi, subnetGroupName=ref(group, "group")),
    ]


CASES: dict[str, Cases] = {
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
                planned(SUBNET, "a", vpcId="vpc-1", id="subnet-1"),
                planned(SUBNET, "b", vpcId="vpc-2", id="subnet-2"),
                planned("aws:elasticache/subnetGroup:SubnetGroup", subnetIds=["subnet-1", "subnet-2"]),
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
