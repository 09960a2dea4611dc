"""Cases of policies/controls/network/routes.py."""

from typing import Any

from tests.policies.given.network.vpcs import EVERYWHERE, HOME, PEER, ROUTE, TABLE, VPC, internet, route, subnet, table
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

GATEWAY = "aws:ec2/internetGateway:InternetGateway"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
OF_OTHER_STACK = ref("pulumi:pulumi:StackReference", "network")
PEERED = planned(PEERING, "peering", vpcId=ref(VPC, "vpc"), peerVpcId=ref(VPC, "peer"))
TO_GATEWAY = {"cidrBlock": EVERYWHERE, "gatewayId": ref(GATEWAY, "igw")}
BY_PEERING = {"vpcPeeringConnectionId": ref(PEERING, "peering")}


def peering(cidr: object, **inputs: Any) -> list[Planned]:
    fields = {"routeTableId": "rtb-1", "destinationCidrBlock": cidr, **BY_PEERING}
    return [HOME, PEER, PEERED, planned(ROUTE, "way", **fields, **inputs)]


def by_gateway(token: str, name: str) -> Planned:
    """The default route of the table `one`."""
    return planned(ROUTE, routeTableId=ref(TABLE, "one"), gatewayId=ref(token, name), destinationCidrBlock=EVERYWHERE)


CASES: dict[str, Cases] = {
    "default-route-by-tier": Cases(
        token=ROUTE,
        fails=[
            {"routeTableId": "foo", "gatewayId": "igw-bar", "destinationCidrBlock": "42.42.42.42/0"},
            {"routeTableId": "foo", "gatewayId": "igw-bar", "destinationIpv6CidrBlock": "ff:ff:ff:ff:ff:ff:ff:ff/0"},
            *([*table("one", home), internet("one")] for home in ("private", "application", "data")),
            [*table("one", "data"), route("one", natGatewayId="nat-1")],
            [*table("orders-db"), route("orders-db", transitGatewayId="tgw-1")],
            [*table("one", subnets=[subnet("private-a")]), internet("one")],
            [*table("public", subnets=[subnet("a", tags={"Tier": "data"})]), route("public", natGatewayId="nat-1")],
            [*table("private", routes=[{"cidrBlock": EVERYWHERE, "gatewayId": "igw-1"}])],
            [*table("one", "private", routes=[{"ipv6CidrBlock": "::/0", "gatewayId": "igw-1"}])],
            [*table("one", routes=[{"cidrBlock": EVERYWHERE, "instanceId": "i-1"}])],
            [*table("one"), route("one", instanceId=UNKNOWN)],
            [*table("one"), route("one", networkInterfaceId="eni-1")],
            [planned(GATEWAY, "igw"), *table("one", "private"), by_gateway(GATEWAY, "igw")],
            [planned(GATEWAY, "igw"), planned(TABLE, "private", routes=[TO_GATEWAY])],
        ],
        passes=[
            {"routeTableId": "foo", "natGatewayId": "nat-1", "destinationCidrBlock": "42.42.42.42/0"},
            {"routeTableId": "foo", "gatewayId": "igw-1", "destinationCidrBlock": "42.42.42.42/32"},
            {"routeTableId": "foo", "gatewayId": "vgw-1", "destinationCidrBlock": EVERYWHERE},
            [internet(name="public-internet")],
            [internet(routeTableId="rtb-public")],
            [*table("one", "public"), internet("one")],
            [*table("one", "public", subnets=[subnet("a")]), internet("one")],
            [*table("PublicRouteTable"), internet("PublicRouteTable")],
            [*table("one", subnets=[subnet("a", tags={"Tier": "public"})]), internet("one")],
            [*table("one"), internet("one")],
            [*table("one", "private"), route("one", natGatewayId=UNKNOWN)],
            [*table("data-platform-rt"), route("data-platform-rt", natGatewayId="nat-1")],
            [*table("one", "data"), route("one", destinationCidrBlock="10.1.0.0/16", transitGatewayId="tgw-1")],
            [*table("one", "data")],
            [*table("one", "private"), by_gateway("aws:ec2/vpnGateway:VpnGateway", "vpn")],
            [*table("one", "private", routes=[{"cidrBlock": EVERYWHERE, "natGatewayId": "nat-1", "gatewayId": ""}])],
        ],
        unknown=[
            [*table("one", "private"), route("one", gatewayId=UNKNOWN)],
            planned(ROUTE, routeTableId=OF_OTHER_STACK, gatewayId="igw-1", destinationCidrBlock=EVERYWHERE),
            [*table("one", "private"), internet("one", destinationCidrBlock=UNKNOWN)],
            {"routeTableId": UNKNOWN, "gatewayId": "igw-1", "destinationCidrBlock": EVERYWHERE},
            [*table("one", "private", routes=UNKNOWN)],
        ],
    ),
    "peering-route-narrow": Cases(
        token=ROUTE,
        fails=[
            *({"destinationCidrBlock": cidr, "vpcPeeringConnectionId": "pcx-1"} for cidr in (EVERYWHERE, "0.0.0.0")),
            *({"destinationIpv6CidrBlock": cidr, "vpcPeeringConnectionId": "pcx-1"} for cidr in ("::/0", "::0")),
            table("one", routes=[{"cidrBlock": EVERYWHERE, "vpcPeeringConnectionId": "pcx-1"}]),
            table("one", routes=[{"ipv6CidrBlock": "::/0", "vpcPeeringConnectionId": "pcx-1"}]),
            peering("10.1.0.0/16"),
            peering("10.0.0.0/8"),
            peering(None, destinationIpv6CidrBlock="2001:db8::/32"),
            [HOME, PEER, PEERED, planned(TABLE, routes=[{"ipv6CidrBlock": "2001:db8:1::/56", **BY_PEERING}])],
        ],
        passes=[
            {"destinationCidrBlock": EVERYWHERE, "gatewayId": "igw-1"},
            {"destinationCidrBlock": EVERYWHERE, "vpcPeeringConnectionId": ""},
            {"destinationCidrBlock": "10.0.1.0/22", "vpcPeeringConnectionId": "pcx-1"},
            {"destinationIpv6CidrBlock": "2002::1234:abcd:ffff:c0a8:101/64", "vpcPeeringConnectionId": "pcx-1"},
            table("one", routes=[{"cidrBlock": "10.1.4.0/22", "vpcPeeringConnectionId": "pcx-1"}]),
            *(peering(cidr) for cidr in ("10.1.4.0/22", "10.1.0.0/22", "10.2.0.0/16", "not a range")),
        ],
        unknown=[
            peering(UNKNOWN),
            {"destinationCidrBlock": UNKNOWN, "vpcPeeringConnectionId": "pcx-1"},
            table("one", routes=[UNKNOWN]),
        ],
    ),
}
