"""Routes, route tables, internet and NAT gateways, and addresses that Amazon VPC refuses."""

from collections.abc import Hashable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import key, only_where, unique
from policies.feasibility.engine.networks import network, short
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.relations import vpc_of
from policies.feasibility.engine.shapes import each_block, exactly_one, given, of, only_one, saying, some_of
from policies.kit.checks import all_of
from policies.kit.references import earlier, reference, referrers, target, targets, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_ROUTE: Final = "ec2/route"
_TABLE: Final = "ec2/routeTable"
_DESTINATIONS: Final = "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId"
_ROUTE_TARGETS: Final = (
    "gatewayId natGatewayId networkInterfaceId transitGatewayId vpcEndpointId vpcPeeringConnectionId egressOnlyGatewayId "
    "carrierGatewayId localGatewayId coreNetworkArn odbNetworkArn instanceId"
)

rules.named("route-shape", "F346", _ROUTE).add(
    of(
        exactly_one(_DESTINATIONS),
        saying(
            "one of `carrier_gateway_id,core_network_arn,egress_only_gateway_id,gateway_id,local_gateway_id,nat_gateway_id,"
            "network_interface_id,transit_gateway_id,vpc_endpoint_id,vpc_peering_connection_id` must be specified",
            some_of(_ROUTE_TARGETS),
        ),
        saying("InvalidParameterCombination: The parameters are mutually exclusive", only_one(_ROUTE_TARGETS)),
    ),
    description="A route has one destination and one target.",
    remediation="Set one destination and one gateway.",
)
rules.named("route-table-routes", "F346", "ec2/routeTable ec2/defaultRouteTable").add(
    each_block("routes[]", exactly_one("cidrBlock ipv6CidrBlock destinationPrefixListId"), exactly_one(_ROUTE_TARGETS)),
    description="Each inline route has one destination and one target.",
    remediation="Set one destination and one gateway.",
)

_NAMES: Final = _DESTINATIONS.split()


def _destination(route: Resource) -> Value:
    return next((route.get(name) for name in _NAMES if given(route.get(name))), None)


def _route_key(route: Resource) -> Hashable:
    destination = _destination(route)
    if destination is UNKNOWN or destination is None:
        return None
    return (reference(route, "routeTableId", _TABLE), str(network(destination) or destination))


@rules.rule("route-once", "F346", _ROUTE, needs_stack=True)
def _once(route: Resource) -> Answers:
    """A route table has one route per destination, either inline or separate.

    Remove one of the two routes, and keep the routes of a table either inline or as ec2.Route.
    """
    destination = _destination(route)
    if destination is UNKNOWN:
        yield NOT_JUDGED
        return
    answer = f"RouteAlreadyExists: The route identified by {destination} already exists."
    for other, names in together(earlier(route, "routes", (_ROUTE,), _route_key)):
        yield Finding(_NAMES[0], destination, f"one route; {names} has this one", detail=other.name, answer=answer)
    table = target(route, "routeTableId", _TABLE)
    if table is not None and given(table.get("routes")):
        expected = f"no separate route, because table {table.name} has inline routes, which remove it at the next update"
        yield Finding("routeTableId", table.name, expected, detail="inline", answer="No error: the route comes and goes")
    vpc = None if table is None else target(table, "vpcId", "ec2/vpc")
    own = network(destination)
    if own is not None and vpc is not None and own == network(vpc.get("cidrBlock")):
        expected = "a block other than the VPC's own, which is always local"
        yield Finding(_NAMES[0], destination, expected, detail="local", answer=answer)


rules.named("route-table-association-shape", "F347", "ec2/routeTableAssociation").add(
    of(exactly_one("subnetId gatewayId")),
    description="A route table association names a subnet or a gateway.",
    remediation="Set one of subnetId and gatewayId.",
)


def _table_of_vpc(link: Resource) -> Answers:
    subnet, table = target(link, "subnetId", "ec2/subnet"), target(link, "routeTableId", _TABLE)
    if subnet is not None and table is not None:
        mine, theirs = vpc_of(subnet), vpc_of(table)
        if mine is not None and theirs is not None and mine != theirs:
            answer = "InvalidParameterValue: Route table and subnet belong to different networks"
            expected = f"a table of {short(mine)}, the subnet's VPC"
            yield Finding("routeTableId", table.name, expected, detail="vpc", answer=answer)


rules.named("subnet-one-route-table", "F347", "ec2/routeTableAssociation", needs_stack=True).add(
    only_where(
        "subnetId",
        unique(
            "ec2/routeTableAssociation",
            key("subnetId:ec2/subnet"),
            "subnetId",
            "a subnet that {other} does not associate",
            answer=(
                "Resource.AlreadyAssociated: the specified association for route table conflicts with an existing association"
            ),
            detail=False,
        ),
        _table_of_vpc,
    ),
    description="A subnet has one route table, of its own VPC.",
    remediation="Associate the subnet once, with a table of its VPC.",
)
rules.named("gateway-of-vpc", "F348", "ec2/internetGateway ec2/internetGatewayAttachment ec2/vpnGateway", needs_stack=True).add(
    all_of(
        *(
            unique(
                kinds,
                key("vpcId:ec2/vpc ec2/defaultVpc"),
                "vpcId",
                "a VPC that {other} is not attached to",
                answer="Resource.AlreadyAssociated: Network vpc-X already has an internet gateway attached",
            )
            for kinds in ("ec2/vpnGateway", "ec2/internetGateway ec2/internetGatewayAttachment")
        )
    ),
    description="A VPC has one internet gateway and one VPN gateway.",
    remediation="Keep one of the two.",
)


@rules.rule("route-gateway-of-vpc", "F348", "ec2/route", needs_stack=True)
def _own_gateway(route: Resource) -> Answers:
    """A route leads to a gateway of the table's own VPC that is attached to it.

    Route to the gateway of the same VPC.
    """
    for prop, wrong, right in (
        ("gatewayId", "ec2/natGateway", "natGatewayId"),
        ("natGatewayId", "ec2/internetGateway", "gatewayId"),
        ("gatewayId", "ec2/egressOnlyInternetGateway", "egressOnlyGatewayId"),
    ):
        if given(route.get(prop)) and {other.kind for other in targets(route, prop, *_GATEWAY_KINDS)} == {wrong}:
            expected = f"nothing; this gateway belongs in {right}"
            yield Finding(prop, route.get(prop), expected, detail=f"{prop} {wrong}", answer=_WRONG_PROPERTY)
    gateway, table = target(route, "gatewayId", "ec2/internetGateway"), target(route, "routeTableId", _TABLE)
    if gateway is None or table is None:
        return
    links = [gateway, *referrers(gateway, "ec2/internetGatewayAttachment", "internetGatewayId")]
    homes = {vpc_of(link) for link in links if given(link.get("vpcId"))}
    home = vpc_of(table)
    if not homes:
        answer = "InvalidParameterValue: Network gateway is not attached to a VPC"
        yield Finding("gatewayId", gateway.name, "a gateway with vpcId or an attachment", detail="attached", answer=answer)
    elif home is not None and None not in homes and home not in homes:
        answer = "InvalidParameterValue: route table and network gateway belong to different networks"
        yield Finding("gatewayId", gateway.name, f"a gateway of {short(home)}", detail="vpc", answer=answer)
    elif not given(gateway.get("vpcId")) and not any(route.after(link) for link in links[1:]):
        answer = "InvalidParameterValue: route table and network gateway belong to different networks"
        yield Finding("gatewayId", gateway.name, f"dependsOn {links[1].name}", detail="order", answer=answer)


@rules.rule("route-after-attachment", "F348", "ec2/route", needs_stack=True)
def _after_attachment(route: Resource) -> Answers:
    """A route to a transit gateway is made after the VPC is attached to it.

    Name the VPC's attachment in the route's dependsOn.
    """
    gateway = target(route, "transitGatewayId", "ec2transitgateway/transitGateway")
    table = gateway and target(route, "routeTableId", _TABLE)
    home = table and vpc_of(table)
    if gateway and home:
        links = referrers(gateway, "ec2transitgateway/vpcAttachment", "transitGatewayId")
        own, answer = (
            [link for link in links if vpc_of(link) == home],
            "InvalidTransitGatewayID.NotFound: The transitGateway ID does not exist.",
        )
        yield from after_any(route, own, "transitGatewayId", gateway.name, answer=answer)


_GATEWAY_KINDS: Final = ("ec2/natGateway", "ec2/internetGateway", "ec2/egressOnlyInternetGateway", "ec2/vpnGateway")
_WRONG_PROPERTY: Final = "InvalidGatewayID.NotFound, or no error and a difference at every update"
