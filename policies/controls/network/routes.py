"""Routes lead to the internet only from where they must, and to a peer only as far as needed."""

from collections.abc import Iterator
from typing import Final

from policies.controls.network.places import declared_tier, tier, tier_spoken_of
from policies.feasibility.engine.networks import holds, network
from policies.kit.references import from_elsewhere, targets
from policies.kit.resource import Resource
from policies.kit.routes import ROUTE_KINDS, Hop, everyone, hops, subnets_of, tables_of
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("network")


@rules.rule("default-route-by-tier", "C120", ROUTE_KINDS, needs_stack=True)
def _default_route(resource: Resource) -> Answers:
    """Only public route tables lead to an internet gateway; private ones use NAT; data tiers have no default route.

    Give each tier its route table (tag Tier: public, private or data); send private ones to a NAT gateway.
    """
    for hop in hops(resource):
        if hop.default is UNKNOWN:
            yield NOT_JUDGED
        elif hop.default:
            yield from _leads_out(hop)


def _leads_out(hop: Hop) -> Answers:
    where, cidr = next((where, cidr) for where, cidr in hop.destinations if everyone(cidr) is True)
    tables, tiers, internet = tables_of(hop), _tiers(hop), hop.to_internet_gateway
    through = {prop: hop.fields.get(prop) for prop in ("instanceId", "networkInterfaceId")}
    instance = next((prop for prop, value in through.items() if value is UNKNOWN or value), "")
    if instance:
        yield Finding(f"{hop.path}.{instance}" if hop.path else instance, "an instance", "a NAT gateway", where)
    elif "data" in tiers:
        yield Finding(where, cidr, "no default route in a data tier", where)
    elif internet is UNKNOWN:
        yield NOT_JUDGED
    elif internet and "private" in tiers:
        yield Finding(where, cidr, "a NAT gateway as the way out of a private tier", where)
    elif internet and not tables and "public" not in tiers:
        unknown = hop.fields.get("routeTableId") is UNKNOWN and from_elsewhere(hop.holder, "routeTableId")
        yield NOT_JUDGED if unknown else Finding(where, cidr, "a route table that is public (tag Tier: public)", where)


def _tiers(hop: Hop) -> set[Value]:
    """The tiers that the route's table and its subnets belong to: by their tags, else by their names."""
    places = [place for table in tables_of(hop) for place in (table, *subnets_of(table))] or [hop.holder]
    tagged = {declared for place in places if (declared := declared_tier(place)) is not UNKNOWN} - {""}
    named = tier_spoken_of(hop.fields.get("routeTableId"))
    return tagged or ({tier(place) for place in places} | {named})


@rules.rule("peering-route-narrow", "C124", ROUTE_KINDS)
def _peering(resource: Resource) -> Answers:
    """Routes to a peered VPC name the subnets that are called, not the whole VPC or the whole internet.

    Route to the peer's subnets that are needed.
    """
    for hop in hops(resource):
        peering = hop.fields.get("vpcPeeringConnectionId")
        if peering is not UNKNOWN and not peering:
            continue
        for where, cidr in hop.destinations:
            answer = everyone(cidr)
            if answer is UNKNOWN:
                yield NOT_JUDGED
            elif answer:
                yield Finding(where, cidr, "the peer's subnets that are called", where)
            elif any(_covers(cidr, whole) for whole in _peers(hop)):
                yield Finding(where, cidr, "the peer's subnets that are called, not its whole VPC", where)


def _peers(hop: Hop) -> Iterator[Value]:
    """The ranges of the peered VPCs that are in the stack."""
    prop = "routes[].vpcPeeringConnectionId" if hop.path else "vpcPeeringConnectionId"
    for kind in ("ec2/vpcPeeringConnection", "ec2/vpcPeeringConnectionAccepter"):
        for peering in targets(hop.holder, prop, kind):
            for end in ("vpcId", "peerVpcId"):
                for vpc in targets(peering, end, "ec2/vpc"):
                    yield vpc.get("cidrBlock")
                    yield vpc.get("ipv6CidrBlock")


def _covers(cidr: Value, whole: Value) -> bool:
    """Whether `cidr` holds all of the known range `whole`."""
    route, vpc = network(cidr), network(whole)
    return route is not None and vpc is not None and holds(route, vpc)
