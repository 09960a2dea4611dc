"""Cases of policies/feasibility/rules/vpc/routes.py."""

from typing import Any

from tests.policies.given.feasibility.parts import SUBNET, VPC
from tests.policies.given.feasibility.vpc import (
    GATEWAY,
    IGW,
    LINK,
    NAT,
    ROUTE,
    TABLE,
    in_vpc,
    linked,
    route,
    subnet,
    table,
    vpc,
)
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

TRANSIT = "aws:ec2transitgateway/transitGateway:TransitGateway"
ATTACHED = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
GATEWAY_LINK = "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment"


def attached(*depends: tuple[str, str]) -> list[Planned]:
    return [
        vpc(),
        table(),
        planned(TRANSIT, "transit"),
        linked(ATTACHED, "link", vpcId=(VPC, "vpc"), transitGatewayId=(TRANSIT, "transit")),
        route(destinationCidrBlock="10.9.0.0/16", transitGatewayId=(TRANSIT, "transit")).after(*depends),
    ]


def link(of: str, to: str, name: str = "it") -> Planned:
    return linked(LINK, name, subnetId=(SUBNET, of), routeTableId=(TABLE, to))


ANYWHERE: dict[str, Any] = {"destinationCidrBlock": "0.0.0.0/0"}
TO_GATEWAY = route(**ANYWHERE, gatewayId=(IGW, "igw"))

CASES: dict[str, Cases] = {
    "route-shape": Cases(
        token=ROUTE,
        fails=[
            {"gatewayId": UNKNOWN},
            {**ANYWHERE},
            {**ANYWHERE, "gatewayId": UNKNOWN, "natGatewayId": UNKNOWN},
            {**ANYWHERE, "destinationIpv6CidrBlock": "::/0", "gatewayId": "igw-1"},
        ],
        passes=[{**ANYWHERE, "gatewayId": UNKNOWN}, {"destinationPrefixListId": "pl-1", "transitGatewayId": "tgw-1"}],
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
        never_unknown=True,
    ),
    "subnet-one-route-table": Cases(
        token=LINK,
        fails=[
            [subnet("a"), table(), table("other"), link("a", "table", "first"), link("a", "other")],
            [vpc(), vpc("second"), subnet("a"), table("other", "second"), link("a", "other")],
        ],
        passes=[
            [vpc(), subnet("a"), subnet("b"), table(), link("a", "table", "first"), link("b", "table")],
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
            [vpc(), vpc("other"), in_vpc(IGW, "igw", "other"), table(), TO_GATEWAY],
            [vpc(), planned(IGW, "igw"), table(), TO_GATEWAY],
            [table(), planned(NAT, "nat"), route(**ANYWHERE, gatewayId=(NAT, "nat"))],
            [
                vpc(),
                planned(IGW, "igw"),
                linked(GATEWAY_LINK, "link", vpcId=(VPC, "vpc"), internetGatewayId=(IGW, "igw")),
                table(),
                TO_GATEWAY,
            ],
            [table(), GATEWAY, route(**ANYWHERE, natGatewayId=(IGW, "igw"))],
        ],
        passes=[
            [vpc(), GATEWAY, table(), TO_GATEWAY],
            [table(), planned(NAT, "nat"), route(**ANYWHERE, natGatewayId=(NAT, "nat"))],
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
}
