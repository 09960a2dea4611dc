"""Cases of policies/feasibility/rules/vpc/gateways.py."""

from typing import Any

from tests.policies.given.feasibility.parts import SUBNET, VPC
from tests.policies.given.feasibility.vpc import GATEWAY, IGW, LINK, NAT, TABLE, linked, route, subnet, table, vpc
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

EIP = "aws:ec2/eip:Eip"
INSTANCE = "aws:ec2/instance:Instance"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"


def nat(*more: Planned, after: bool = True, **inputs: Any) -> list[Planned]:
    depends = [(IGW, "igw")] if after else []
    return [
        vpc(),
        subnet("public"),
        *more,
        planned(NAT, **{"subnetId": ref(SUBNET, "public"), "allocationId": UNKNOWN, **inputs}).after(*depends),
    ]


def public(**to: Any) -> list[Planned]:
    return [
        table(),
        linked(LINK, "link", subnetId=(SUBNET, "public"), routeTableId=(TABLE, "table")),
        route("default", **(to or {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": (IGW, "igw")})),
    ]


def bound(*depends: tuple[str, str]) -> list[Planned]:
    return [
        vpc(),
        GATEWAY,
        subnet("public"),
        linked(INSTANCE, "server", subnetId=(SUBNET, "public")),
        linked(EIP, "it", depends, instance=(INSTANCE, "server")),
    ]


def peering(one: object, other: object, **inputs: Any) -> list[Planned]:
    return [
        vpc("one", cidrBlock=one),
        vpc("other", cidrBlock=other),
        linked(PEERING, "it", vpcId=(VPC, "one"), peerVpcId=(VPC, "other"), **inputs),
    ]


CASES: dict[str, Cases] = {
    "nat-gateway-shape": Cases(
        token=NAT,
        fails=[
            {"subnetId": UNKNOWN},
            {"subnetId": UNKNOWN, "connectivityType": "private", "allocationId": UNKNOWN},
            {"allocationId": UNKNOWN},
            {"availabilityMode": "regional", "subnetId": "subnet-1"},
        ],
        passes=[
            {"subnetId": UNKNOWN, "allocationId": UNKNOWN},
            {"subnetId": UNKNOWN, "connectivityType": "private"},
            {"availabilityMode": "regional", "vpcId": UNKNOWN},
        ],
        unknown=[{"subnetId": "subnet-1", "connectivityType": UNKNOWN}],
    ),
    "nat-gateway-internet": Cases(
        token=NAT,
        fails=[
            nat(after=False),
            nat(GATEWAY, *public(), after=False),
            nat(GATEWAY, *public(destinationCidrBlock="0.0.0.0/0", natGatewayId="nat-1")),
        ],
        passes=[
            nat(GATEWAY, *public()),
            nat(GATEWAY),
            nat(connectivityType="private", allocationId=None, after=False),
            {"subnetId": "subnet-1"},
        ],
        unknown=[nat(GATEWAY, *public(destinationCidrBlock=UNKNOWN, gatewayId="igw-1")), {"subnetId": UNKNOWN}],
    ),
    "eip-shape": Cases(
        token=EIP,
        fails=[{"instance": UNKNOWN, "networkInterface": UNKNOWN}],
        passes=[{"instance": UNKNOWN}, {"domain": "vpc"}],
        never_unknown=True,
    ),
    "eip-association-shape": Cases(
        token="aws:ec2/eipAssociation:EipAssociation",
        fails=[
            {"instanceId": UNKNOWN},
            {"allocationId": UNKNOWN, "instanceId": UNKNOWN, "networkInterfaceId": UNKNOWN},
            {"allocationId": UNKNOWN},
        ],
        passes=[{"allocationId": UNKNOWN, "instanceId": UNKNOWN}],
        never_unknown=True,
    ),
    "eip-after-gateway": Cases(
        token=EIP, fails=[bound()], passes=[bound((IGW, "igw")), {"domain": "vpc"}], unknown=[{"instance": UNKNOWN}]
    ),
    "eip-quota": Cases(
        token=EIP,
        fails=[[planned(EIP, f"e{number}") for number in range(6)]],
        passes=[
            [planned(EIP, f"e{number}") for number in range(5)],
            [planned(EIP, f"e{number}", region=f"r{number % 2}") for number in range(6)],
        ],
        never_unknown=True,
    ),
    "vpc-peering": Cases(
        token=PEERING,
        fails=[
            peering("10.0.0.0/16", "10.0.0.0/16"),
            peering("10.0.0.0/16", "10.1.0.0/16", autoAccept=True, peerRegion="us-west-2"),
            [vpc(), linked(PEERING, "it", vpcId=(VPC, "vpc"), peerVpcId=(VPC, "vpc"))],
        ],
        passes=[peering("10.0.0.0/16", "10.1.0.0/16"), {"vpcId": "vpc-1", "peerVpcId": "vpc-2"}],
        unknown=[peering("10.0.0.0/16", UNKNOWN), {"vpcId": UNKNOWN, "peerVpcId": "vpc-2"}],
    ),
}
