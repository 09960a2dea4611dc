"""Routes, route tables, internet and NAT gateways, and addresses that Amazon VPC refuses."""

from collections.abc import Hashable
from typing import Final

from policies.feasibility.failures import failures
from policies.feasibility.networks import egress_of, network, overlap, route_table_of
from policies.feasibility.relations import any_unknown, earlier, graph_of, reference, target, targets, vpc_of
from policies.feasibility.shapes import (
    Block,
    absent,
    each_block,
    exactly_one,
    given,
    of,
    only_one,
    present,
    saying,
    some_of,
    when,
)
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

rules.add(
    "route-shape",
    "F346",
    _ROUTE,
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
    mend="Set one destination and one gateway.",
)
rules.add(
    "route-table-routes",
    "F346",
    "ec2/routeTable ec2/defaultRouteTable",
    each_block("routes[]", exactly_one("cidrBlock ipv6CidrBlock destinationPrefixListId"), exactly_one(_ROUTE_TARGETS)),
    description="Each inline route has one destination and one target.",
    mend="Set one destination and one gateway.",
)


def _destination(route: Block, names: tuple[str, ...]) -> Value:
    return next((route.get(name) for name in names if given(route.get(name))), None)


_NAMES: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")


def _route_key(route: Resource) -> Hashable:
    destination = _destination(route.properties, _NAMES)
    if destination is UNKNOWN or destination is None:
        return None
    return (reference(route, "routeTableId", _TABLE), str(network(destination) or destination))


@rules.rule(
    "route-once",
    "F346",
    _ROUTE,
    needs_stack=True,
    description="A route table has one route per destination, either inline or separate.",
    mend="Remove one of the two routes, and keep the routes of a table either inline or as ec2.Route.",
)
def _once(route: Resource) -> Answers:
    destination = _destination(route.properties, _NAMES)
    if destination is UNKNOWN:
        yield NOT_JUDGED
        return
    for other in earlier(route, "routes", (_ROUTE,), _route_key):
        answer = f"RouteAlreadyExists: The route identified by {destination} already exists."
        yield Finding(_NAMES[0], destination, f"one route; {other.name} has this one", detail=other.name, answer=answer)
    table = target(route, "routeTableId", _TABLE)
    if table is not None and given(table.get("routes")):
        expected = f"no separate route, because table {table.name} has inline routes, which remove it at the next update"
        yield Finding("routeTableId", table.name, expected, detail="inline", answer="No error: the route comes and goes")
    vpc = None if table is None else target(table, "vpcId", "ec2/vpc")
    block = None if vpc is None else vpc.get("cidrBlock")
    own, whole = network(destination), None if block is UNKNOWN else network(block)
    if own is not None and own == whole:
        answer = f"RouteAlreadyExists: The route identified by {destination} already exists."
        yield Finding(
            _NAMES[0], destination, "a block other than the VPC's own, which is always local", detail="local", answer=answer
        )


rules.add(
    "route-table-association-shape",
    "F347",
    "ec2/routeTableAssociation",
    of(exactly_one("subnetId gatewayId")),
    description="A route table association names a subnet or a gateway.",
    mend="Set one of subnetId and gatewayId.",
)


@rules.rule(
    "subnet-one-route-table",
    "F347",
    "ec2/routeTableAssociation",
    needs_stack=True,
    description="A subnet has one route table, of its own VPC.",
    mend="Associate the subnet once, with a table of its VPC.",
)
def _one_table(link: Resource) -> Answers:
    if not given(link.get("subnetId")):
        return
    for other in earlier(link, "route table associations", ("ec2/routeTableAssociation",), _subnet_key):
        answer = "Resource.AlreadyAssociated: the specified association for route table conflicts with an existing association"
        yield Finding("subnetId", link.get("subnetId"), f"a subnet that {other.name} does not associate", answer=answer)
    subnet, table = target(link, "subnetId", "ec2/subnet"), target(link, "routeTableId", _TABLE)
    if subnet is not None and table is not None:
        mine, theirs = vpc_of(subnet), vpc_of(table)
        if mine is not None and theirs is not None and mine != theirs:
            answer = "InvalidParameterValue: Route table and subnet belong to different networks"
            expected = f"a table of {mine.rpartition('::')[2]}, the subnet's VPC"
            yield Finding("routeTableId", table.name, expected, detail="vpc", answer=answer)


def _subnet_key(link: Resource) -> Hashable:
    return reference(link, "subnetId", "ec2/subnet")


@rules.rule(
    "gateway-of-vpc",
    "F348",
    "ec2/internetGateway ec2/internetGatewayAttachment ec2/vpnGateway",
    needs_stack=True,
    description="A VPC has one internet gateway and one VPN gateway.",
    mend="Keep one of the two.",
)
def _one_gateway(gateway: Resource) -> Answers:
    kinds = (
        ("ec2/vpnGateway",) if gateway.kind == "ec2/vpnGateway" else ("ec2/internetGateway", "ec2/internetGatewayAttachment")
    )
    for other in earlier(gateway, kinds[0], kinds, _vpc_key):
        answer = "Resource.AlreadyAssociated: Network vpc-X already has an internet gateway attached"
        yield Finding(
            "vpcId", gateway.get("vpcId"), f"a VPC that {other.name} is not attached to", detail=other.name, answer=answer
        )


def _vpc_key(gateway: Resource) -> Hashable:
    return reference(gateway, "vpcId", "ec2/vpc", "ec2/defaultVpc")


@rules.rule(
    "route-gateway-of-vpc",
    "F348",
    "ec2/route",
    needs_stack=True,
    description="A route leads to a gateway of the table's own VPC that is attached to it.",
    mend="Route to the gateway of the same VPC.",
)
def _own_gateway(route: Resource) -> Answers:
    for prop, wrong, right in (
        ("gatewayId", "ec2/natGateway", "natGatewayId"),
        ("natGatewayId", "ec2/internetGateway", "gatewayId"),
        ("gatewayId", "ec2/egressOnlyInternetGateway", "egressOnlyGatewayId"),
    ):
        if given(route.get(prop)) and {other.kind for other in targets(route, prop, *_GATEWAY_KINDS)} == {wrong}:
            yield Finding(
                prop,
                route.get(prop),
                f"nothing; this gateway belongs in {right}",
                detail=f"{prop} {wrong}",
                answer=_WRONG_PROPERTY,
            )
    gateway, table = target(route, "gatewayId", "ec2/internetGateway"), target(route, "routeTableId", _TABLE)
    if gateway is None or table is None:
        return
    links = [gateway, *graph_of(gateway).referring(gateway, "ec2/internetGatewayAttachment", "internetGatewayId")]
    homes = {vpc_of(link) for link in links if given(link.get("vpcId"))}
    home = vpc_of(table)
    if not homes:
        answer = "InvalidParameterValue: Network gateway is not attached to a VPC"
        yield Finding("gatewayId", gateway.name, "a gateway with vpcId or an attachment", detail="attached", answer=answer)
    elif home is not None and None not in homes and home not in homes:
        answer = "InvalidParameterValue: route table and network gateway belong to different networks"
        yield Finding("gatewayId", gateway.name, f"a gateway of {home.rpartition('::')[2]}", detail="vpc", answer=answer)


_GATEWAY_KINDS: Final = ("ec2/natGateway", "ec2/internetGateway", "ec2/egressOnlyInternetGateway", "ec2/vpnGateway")
_WRONG_PROPERTY: Final = "InvalidGatewayID.NotFound, or no error and a difference at every update"

_NAT: Final = "ec2/natGateway"

rules.add(
    "nat-gateway-shape",
    "F349",
    _NAT,
    of(
        when(
            "availabilityMode",
            (None, "zonal"),
            present("subnetId", "the public subnet that it stands in"),
            when("connectivityType", ("public", None), present("allocationId", "because it is public")),
        ),
        when("connectivityType", ("private",), absent("allocationId secondaryAllocationIds", "because it is private")),
        when("availabilityMode", ("regional",), absent("subnetId", "because it is regional")),
    ),
    description="A public NAT gateway has an Elastic IP address, a private one has none.",
    mend="Set allocationId on public NAT gateways only.",
)


@rules.rule(
    "nat-gateway-internet",
    "F091",
    _NAT,
    needs_stack=True,
    description="A public NAT gateway is created after the internet gateway, in a subnet that is routed to it.",
    mend="Put the NAT gateway in a public subnet and name the internet gateway in its dependsOn.",
)
def _nat(nat: Resource) -> Answers:
    if nat.get("connectivityType") == "private":
        return
    subnet = target(nat, "subnetId", "ec2/subnet")
    vpc = None if subnet is None else target(subnet, "vpcId", "ec2/vpc")
    if subnet is None or vpc is None:
        return
    graph = graph_of(nat)
    gateways = [
        *graph.referring(vpc, "ec2/internetGateway", "vpcId"),
        *graph.referring(vpc, "ec2/internetGatewayAttachment", "vpcId"),
    ]
    if not gateways:
        yield Finding("subnetId", subnet.name, f"a subnet of a VPC with an internet gateway ({vpc.name} has none)")
        return
    if not any(nat.after(gateway) for gateway in gateways):
        yield Finding("subnetId", subnet.name, f"dependsOn {gateways[0].name}", detail="order")
    ways = egress_of(subnet)
    if ways is not None and "internet gateway" not in ways:
        expected = "a subnet whose default route leads to the internet gateway"
        yield Finding(
            "subnetId", subnet.name, expected, detail="route", answer="No error: nothing behind it reaches the internet"
        )
    elif ways is None and route_table_of(subnet) is not None:
        yield NOT_JUDGED


rules.add(
    "eip-shape",
    "F349",
    "ec2/eip",
    of(only_one("instance networkInterface"), only_one("domain vpc")),
    description="An Elastic IP address is bound to one thing.",
    mend="Set one of instance and networkInterface; set domain: vpc.",
)
rules.add(
    "eip-association-shape",
    "F349",
    "ec2/eipAssociation",
    of(some_of("allocationId publicIp"), exactly_one("instanceId networkInterfaceId")),
    description="An association joins one address to one instance or interface.",
    mend="Set allocationId, and one of instanceId and networkInterfaceId.",
)


@rules.rule(
    "eip-after-gateway",
    "F091",
    "ec2/eip",
    needs_stack=True,
    description="An address that is bound to an instance is made after the internet gateway of its VPC.",
    mend="Name the internet gateway in the address's dependsOn.",
)
def _eip(eip: Resource) -> Answers:
    instance = target(eip, "instance", "ec2/instance")
    subnet = None if instance is None else target(instance, "subnetId", "ec2/subnet")
    vpc = None if subnet is None else target(subnet, "vpcId", "ec2/vpc")
    gateways = [] if vpc is None else graph_of(eip).referring(vpc, "ec2/internetGateway", "vpcId")
    if gateways and not any(eip.after(gateway) for gateway in gateways):
        yield Finding("instance", instance and instance.name, f"dependsOn {gateways[0].name}")


@rules.rule(
    "eip-quota",
    "F092",
    "ec2/eip",
    needs_stack=True,
    description="A stack asks for no more Elastic IP addresses in a region than AWS gives at first.",
    mend="Ask for a higher quota first, or use fewer NAT gateways.",
)
def _quota(eip: Resource) -> Answers:
    before = earlier(eip, "addresses", ("ec2/eip",), lambda other: (other.region, given(other.get("publicIpv4Pool"))))
    if len(before) == 5:
        yield Finding("", None, "at most 5 addresses per region, AWS's quota at first; this is the sixth of the stack")


@rules.rule(
    "vpc-peering",
    "F358",
    "ec2/vpcPeeringConnection",
    needs_stack=True,
    description="Peered VPCs have blocks apart, are two, and a connection to another region or account is accepted there.",
    mend="Accept with VpcPeeringConnectionAccepter where peerRegion or peerOwnerId is set; choose blocks that are apart.",
)
def _peering(peering: Resource) -> Answers:
    if peering.get("autoAccept") is UNKNOWN and given(peering.get("peerRegion")):
        yield NOT_JUDGED
    elif peering.get("autoAccept") is True and given(peering.get("peerRegion")):
        answer = "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection"
        yield Finding("autoAccept", True, "nothing, because peerRegion is set", detail="autoAccept", answer=answer)
    if any_unknown(peering, "vpcId") and not targets(peering, "vpcId", "ec2/vpc"):
        yield NOT_JUDGED
        return
    own, peer = target(peering, "vpcId", "ec2/vpc"), target(peering, "peerVpcId", "ec2/vpc")
    if own is not None and own is peer:
        yield Finding("peerVpcId", own.name, "another VPC", detail="same")
    elif own is not None and peer is not None:
        mine, theirs = own.get("cidrBlock"), peer.get("cidrBlock")
        if mine is UNKNOWN or theirs is UNKNOWN:
            yield NOT_JUDGED
        elif (one := network(mine)) is not None and (other := network(theirs)) is not None and overlap(one, other):
            answer = "InvalidParameterValue / OverlappingCidr: the peering connection fails"
            yield Finding("peerVpcId", theirs, f"a VPC apart from {mine}", detail="overlap", answer=answer)
