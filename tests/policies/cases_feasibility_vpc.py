"""Cases of the feasibility pack about VPCs, subnets, routes, gateways and addresses."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.feasible import SUBNET, VPC
from tests.policies.harness import UNKNOWN, Planned

ROUTE = "aws:ec2/route:Route"
TABLE = "aws:ec2/routeTable:RouteTable"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
IGW = "aws:ec2/internetGateway:InternetGateway"
NAT = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
INSTANCE = "aws:ec2/instance:Instance"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
TRANSIT = "aws:ec2transitgateway/transitGateway:TransitGateway"
ATTACHED = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
GATEWAY_LINK = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"
MORE = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
PREFIXES = "aws:ec2/managedPrefixList:ManagedPrefixList"


def vpc(name: str = "vpc", **inputs: Any) -> Planned:
    return Planned(token=VPC, name=name, inputs={"cidrBlock": "10.0.0.0/16", **inputs})


def in_vpc(token: str, name: str, home: str = "vpc", refs: Mapping[str, Any] | None = None, **inputs: Any) -> Planned:
    return Planned(token=token, name=name, inputs={"vpcId": UNKNOWN, **inputs}, refs={"vpcId": (VPC, home), **(refs or {})})


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


def nat(*more: Planned, after: bool = True, **inputs: Any) -> list[Planned]:
    return [
        vpc(),
        subnet("public"),
        *more,
        Planned(
            token=NAT,
            inputs={"subnetId": UNKNOWN, "allocationId": UNKNOWN, **inputs},
            refs={"subnetId": (SUBNET, "public")},
            depends=[(IGW, "igw")] if after else [],
        ),
    ]


GATEWAY = in_vpc(IGW, "igw")


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


def attached(*depends: tuple[str, str]) -> list[Planned]:
    refs = {"routeTableId": (TABLE, "table"), "transitGatewayId": (TRANSIT, "transit")}
    return [
        vpc(),
        table(),
        Planned(token=TRANSIT, name="transit"),
        in_vpc(ATTACHED, "link", refs={"transitGatewayId": (TRANSIT, "transit")}, transitGatewayId=UNKNOWN),
        Planned(
            token=ROUTE,
            inputs={"destinationCidrBlock": "10.9.0.0/16", "routeTableId": UNKNOWN, "transitGatewayId": UNKNOWN},
            refs=refs,
            depends=depends,
        ),
    ]


ANYWHERE: dict[str, Any] = {"destinationCidrBlock": "0.0.0.0/0"}

CASES: dict[str, Cases] = {
    "prefix-list-entries": Cases(
        token=PREFIXES,
        fails=[
            {"maxEntries": 1, "entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "172.16.0.0/12"}]},
            {"maxEntries": 5, "addressFamily": "IPv4", "entries": [{"cidr": "2001:db8::/32"}]},
            {"maxEntries": 5, "entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "10.0.0.0/8"}]},
        ],
        passes=[{"maxEntries": 2, "addressFamily": "IPv4", "entries": [{"cidr": "10.0.0.0/8"}]}],
        unknown=[{"maxEntries": UNKNOWN}, {"maxEntries": 5, "entries": [{"cidr": UNKNOWN}]}],
    ),
    "subnet-in-vpc": Cases(
        token=SUBNET,
        fails=[
            [vpc(), subnet(block="10.1.0.0/24")],
            [vpc(), linked(MORE, "more", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16"), subnet(block="10.1.0.0/24")],
            [vpc(), subnet("first"), subnet()],
            [vpc(), subnet("first", block="10.0.0.0/20"), subnet(block="10.0.15.0/24")],
            [vpc(cidrBlock="10.0.0.0/20"), subnet(block="10.0.16.0/24")],
        ],
        passes=[
            [vpc(), subnet("first", block="10.0.0.0/24"), subnet()],
            [
                vpc(),
                linked(MORE, "more", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16"),
                Planned(
                    token=SUBNET,
                    inputs={"vpcId": UNKNOWN, "cidrBlock": "10.1.0.0/24"},
                    refs={"vpcId": (VPC, "vpc")},
                    depends=[(MORE, "more")],
                ),
            ],
            [vpc(), vpc("other"), subnet("first", "other"), subnet()],
            {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"},
        ],
        unknown=[[vpc(), subnet(block=UNKNOWN)], [vpc(cidrBlock=UNKNOWN), subnet()]],
    ),
    "vpc-cidr-associations-apart": Cases(
        token=MORE,
        fails=[[vpc(), linked(MORE, "it", vpcId=(VPC, "vpc"), cidrBlock="10.0.128.0/20")]],
        passes=[[vpc(), linked(MORE, "it", vpcId=(VPC, "vpc"), cidrBlock="10.1.0.0/16")]],
        unknown=[{"vpcId": UNKNOWN, "cidrBlock": "10.1.0.0/16"}],
    ),
    "vpc-cidr-apart": Cases(
        token=VPC,
        fails=[[vpc(), vpc("other", cidrBlock="10.0.0.0/20", region="us-west-2")]],
        passes=[[vpc(), vpc("other", cidrBlock="10.1.0.0/16")], [vpc()]],
        unknown=[{"cidrBlock": UNKNOWN}],
    ),
    "vpc-options": Cases(
        token=VPC,
        fails=[
            {"cidrBlock": "10.0.0.0/16", "ipv4NetmaskLength": 16, "ipv4IpamPoolId": "p"},
            {"assignGeneratedIpv6CidrBlock": True, "ipv6IpamPoolId": UNKNOWN},
            {"ipv4NetmaskLength": 20},
            {"ipv6CidrBlock": "2001:db8::/56"},
        ],
        passes=[{"cidrBlock": "10.0.0.0/16"}, {"ipv4IpamPoolId": UNKNOWN, "ipv4NetmaskLength": 20}],
        unknown=[{"ipv4IpamPoolId": "p", "ipv4NetmaskLength": UNKNOWN}],
    ),
    "vpc-dns": Cases(
        token=VPC,
        fails=[{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True, "enableDnsSupport": False}, {"enableDnsSupport": True}],
        passes=[{"cidrBlock": UNKNOWN, "enableDnsHostnames": True}, {"ipv4IpamPoolId": "p", "enableDnsSupport": False}],
        unknown=[{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": UNKNOWN, "enableDnsSupport": False}],
    ),
    "subnet-options": Cases(
        token=SUBNET,
        fails=[
            {"cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-2a", "availabilityZoneId": "use2-az1"},
            {"ipv6Native": True, "cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": "2001:db8::/64"},
            {},
            {"cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": "2001:db8::/66"},
            {"cidrBlock": "10.0.0.0/24", "assignIpv6AddressOnCreation": True},
            [vpc(), subnet(ipv6CidrBlock="2001:db8::/64")],
        ],
        passes=[
            {"cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-2a"},
            {"ipv6Native": True, "ipv6CidrBlock": "2001:db8::/64", "assignIpv6AddressOnCreation": True, "vpcId": "vpc-1"},
            [vpc(assignGeneratedIpv6CidrBlock=True), subnet(ipv6CidrBlock="2001:db8::/64")],
        ],
        unknown=[{"cidrBlock": "10.0.0.0/24", "ipv6CidrBlock": UNKNOWN}],
    ),
    "route-shape": Cases(
        token=ROUTE,
        fails=[
            {"gatewayId": UNKNOWN},
            {**ANYWHERE},
            {**ANYWHERE, "gatewayId": UNKNOWN, "natGatewayId": UNKNOWN},
            {**ANYWHERE, "destinationIpv6CidrBlock": "::/0", "gatewayId": "igw-1"},
        ],
        passes=[{**ANYWHERE, "gatewayId": UNKNOWN}, {"destinationPrefixListId": "pl-1", "transitGatewayId": "tgw-1"}],
        unknown=[],
        never_unknown=True,
    ),
    "route-table-routes": Cases(
        token=TABLE,
        fails=[
            {"routes": [{"cidrBlock": "0.0.0.0/0"}]},
            {"routes": [{"gatewayId": UNKNOWN}]},
            {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1", "natGatewayId": "nat-1"}]},
        ],
        passes=[{"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": UNKNOWN}]}, {}],
        unknown=[{"routes": UNKNOWN}, {"routes": [UNKNOWN]}],
    ),
    "route-once": Cases(
        token=ROUTE,
        fails=[
            [table(), route("first", **ANYWHERE, gatewayId="igw-1"), route(**ANYWHERE, natGatewayId="nat-1")],
            [table(routes=[{"cidrBlock": "10.1.0.0/16", "gatewayId": "igw-1"}]), route(**ANYWHERE, gatewayId="igw-1")],
            [vpc(), table(), route(destinationCidrBlock="10.0.0.0/16", gatewayId="igw-1")],
        ],
        passes=[
            [vpc(), table(), route("first", **ANYWHERE), route(destinationIpv6CidrBlock="::/0")],
            [vpc(), table(), table("other"), route("first", "other", **ANYWHERE), route(**ANYWHERE)],
        ],
        unknown=[[table(), route(destinationCidrBlock=UNKNOWN)]],
    ),
    "route-table-association-shape": Cases(
        token=LINK,
        fails=[{"routeTableId": UNKNOWN}, {"subnetId": UNKNOWN, "gatewayId": UNKNOWN}],
        passes=[{"subnetId": UNKNOWN}, {"gatewayId": "igw-1"}],
        unknown=[],
        never_unknown=True,
    ),
    "subnet-one-route-table": Cases(
        token=LINK,
        fails=[
            [
                subnet("a"),
                table(),
                table("other"),
                linked(LINK, "first", subnetId=(SUBNET, "a"), routeTableId=(TABLE, "table")),
                linked(LINK, "it", subnetId=(SUBNET, "a"), routeTableId=(TABLE, "other")),
            ],
            [
                vpc(),
                vpc("second"),
                subnet("a"),
                table("other", "second"),
                linked(LINK, "it", subnetId=(SUBNET, "a"), routeTableId=(TABLE, "other")),
            ],
        ],
        passes=[
            [
                vpc(),
                subnet("a"),
                subnet("b"),
                table(),
                linked(LINK, "first", subnetId=(SUBNET, "a"), routeTableId=(TABLE, "table")),
                linked(LINK, "it", subnetId=(SUBNET, "b"), routeTableId=(TABLE, "table")),
            ],
            {"gatewayId": UNKNOWN},
        ],
        unknown=[{"subnetId": UNKNOWN, "routeTableId": "rtb-1"}],
    ),
    "gateway-of-vpc": Cases(
        token=IGW,
        fails=[[vpc(), in_vpc(IGW, "first"), in_vpc(IGW, "it")]],
        passes=[[vpc(), vpc("other"), in_vpc(IGW, "first", "other"), in_vpc(IGW, "it")], {}],
        unknown=[{"vpcId": UNKNOWN}],
    ),
    "route-gateway-of-vpc": Cases(
        token=ROUTE,
        fails=[
            [vpc(), vpc("other"), in_vpc(IGW, "igw", "other"), table(), route(**ANYWHERE, gatewayId=(IGW, "igw"))],
            [vpc(), Planned(token=IGW, name="igw"), table(), route(**ANYWHERE, gatewayId=(IGW, "igw"))],
            [table(), Planned(token=NAT, name="nat"), route(**ANYWHERE, gatewayId=(NAT, "nat"))],
            [
                vpc(),
                Planned(token=IGW, name="igw"),
                in_vpc(GATEWAY_LINK, "link", refs={"internetGatewayId": (IGW, "igw")}, internetGatewayId=UNKNOWN),
                table(),
                route(**ANYWHERE, gatewayId=(IGW, "igw")),
            ],
            [table(), GATEWAY, route(**ANYWHERE, natGatewayId=(IGW, "igw"))],
        ],
        passes=[
            [vpc(), GATEWAY, table(), route(**ANYWHERE, gatewayId=(IGW, "igw"))],
            [table(), Planned(token=NAT, name="nat"), route(**ANYWHERE, natGatewayId=(NAT, "nat"))],
            {**ANYWHERE, "gatewayId": "igw-1", "routeTableId": "rtb-1"},
        ],
        unknown=[{**ANYWHERE, "gatewayId": UNKNOWN}],
    ),
    "route-after-attachment": Cases(
        token=ROUTE,
        fails=[attached()],
        passes=[attached((ATTACHED, "link")), {**ANYWHERE, "transitGatewayId": "tgw-1"}],
        unknown=[{**ANYWHERE, "transitGatewayId": UNKNOWN}],
    ),
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
        unknown=[],
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
        unknown=[],
        never_unknown=True,
    ),
    "eip-after-gateway": Cases(
        token=EIP, fails=[bound()], passes=[bound((IGW, "igw")), {"domain": "vpc"}], unknown=[{"instance": UNKNOWN}]
    ),
    "eip-quota": Cases(
        token=EIP,
        fails=[[Planned(token=EIP, name=f"e{number}") for number in range(6)]],
        passes=[
            [Planned(token=EIP, name=f"e{number}") for number in range(5)],
            [Planned(token=EIP, name=f"e{number}", inputs={"region": f"r{number % 2}"}) for number in range(6)],
        ],
        unknown=[],
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
