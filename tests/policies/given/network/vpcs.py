"""What is planned in several cases of the network pack: vpcs."""

from collections.abc import Sequence
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
NAT = "aws:ec2/natGateway:NatGateway"
EVERYWHERE = "0.0.0.0/0"


def subnet(name: str, az: str | None = None, vpc: str = "vpc", **inputs: Any) -> Planned:
    zone = {} if az is None else {"availabilityZone": f"us-east-2{az}"}
    return planned(SUBNET, name, vpcId=ref(VPC, vpc), **zone, **inputs)


def table(name: str, tier: str = "", subnets: Sequence[Planned] = (), **inputs: Any) -> list[Planned]:
    """A route table, tagged with its tier if there is one, and its associations."""
    tags = {"tags": {"Tier": tier}} if tier else {}
    associations = [
        planned(ASSOCIATION, f"{name}-{other.name}", routeTableId=ref(TABLE, name), subnetId=ref(SUBNET, other.name))
        for other in subnets
    ]
    return [planned(TABLE, name, **tags, **inputs), *subnets, *associations]


def route(to: str = "", name: str = "way", **inputs: Any) -> Planned:
    refs = {"routeTableId": (TABLE, to)} if to else {}
    fields = {"routeTableId": UNKNOWN if to else "rtb-1", "destinationCidrBlock": EVERYWHERE, **inputs}
    return Planned(token=ROUTE, name=name, inputs=fields, refs=refs)


def internet(to: str = "", **inputs: Any) -> Planned:
    return route(to, **{"gatewayId": "igw-1", **inputs})


def nat(name: str, place: str = "", **inputs: Any) -> Planned:
    refs = {"subnetId": (SUBNET, place)} if place else {}
    return Planned(token=NAT, name=name, inputs={"subnetId": UNKNOWN if place else f"subnet-{name}", **inputs}, refs=refs)


HOME = planned(VPC, "vpc", cidrBlock="10.0.0.0/16")
PEER = planned(VPC, "peer", cidrBlock="10.1.0.0/16", ipv6CidrBlock="2001:db8:1::/56")
PUBLIC = [subnet(f"public-{az}", az) for az in "abc"]
PRIVATE = [subnet(f"private-{az}", az) for az in "abc"]
