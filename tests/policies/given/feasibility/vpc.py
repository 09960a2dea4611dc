"""What is planned in several cases of the feasibility pack: vpc."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.parts import SUBNET, VPC
from tests.policies.harness import UNKNOWN, Planned, planned, ref

ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
IGW = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"


def vpc(name: str = "vpc", **inputs: Any) -> Planned:
    return planned(VPC, name, **{"cidrBlock": "10.0.0.0/16", **inputs})


def in_vpc(token: str, name: str, home: str = "vpc", **inputs: Any) -> Planned:
    return planned(token, name, vpcId=ref(VPC, home), **inputs)


def subnet(name: str = "it", home: str = "vpc", **inputs: Any) -> Planned:
    return in_vpc(SUBNET, name, home, cidrBlock=inputs.pop("block", "10.0.1.0/24"), **inputs)


def linked(token: str, name: str, depends: Sequence[tuple[str, str]] = (), /, **to: Any) -> Planned:
    """A resource whose properties come from others: `prop=(token, name)`; anything else is a plain value."""
    refs = {prop: value for prop, value in to.items() if isinstance(value, tuple)}
    return Planned(token=token, name=name, inputs={**to, **dict.fromkeys(refs, UNKNOWN)}, refs=refs, depends=depends)


def route(name: str = "it", table: str = "table", **to: Any) -> Planned:
    return linked(ROUTE, name, routeTableId=(TABLE, table), **to)


def table(name: str = "table", home: str = "vpc", **inputs: Any) -> Planned:
    return in_vpc(TABLE, name, home, **inputs)


GATEWAY = in_vpc(IGW, "igw")
