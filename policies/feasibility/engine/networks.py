"""What the plan tells about a VPC: which routes a subnet has, which endpoints, which addresses."""

import ipaddress
from functools import lru_cache
from typing import Final

from policies.feasibility.engine.relations import vpc_of
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.routes import DESTINATIONS
from policies.kit.values import UNKNOWN, Value, as_list

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EVERYWHERE: Final = ("0.0.0.0/0", "::/0")
_GATEWAYS: Final = {
    "natGatewayId": "NAT gateway",
    "transitGatewayId": "transit gateway",
    "vpcPeeringConnectionId": "peering",
    "networkInterfaceId": "network interface",
    "vpcEndpointId": "endpoint",
    "egressOnlyGatewayId": "egress-only gateway",
    "localGatewayId": "local gateway",
    "carrierGatewayId": "carrier gateway",
    "coreNetworkArn": "core network",
    "gatewayId": "internet gateway",
}


@lru_cache(maxsize=4096)
def network(value: Value) -> Network | None:
    """A CIDR block, host bits or not; None for anything else."""
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) and "/" in value else None
    except ValueError:
        return None


def overlap(one: Network | None, other: Network | None) -> bool:
    """Whether two blocks of the same IP version share addresses; what is no block shares none."""
    if one is None or other is None or one.version != other.version:
        return False
    return one.overlaps(other)  # pyright: ignore[reportArgumentType]


def holds(outer: Network, inner: Network) -> bool:
    """Whether all of `inner` is in `outer`."""
    return outer.version == inner.version and inner.subnet_of(outer)  # pyright: ignore[reportArgumentType]


def route_table_of(subnet: Resource) -> Resource | None:
    """The route table that the stack associates with a subnet; None if it does not say."""
    for link in referrers(subnet, "ec2/routeTableAssociation", "subnetId"):
        found = targets(link, "routeTableId", "ec2/routeTable")
        if len(found) == 1:
            return found[0]
    return None


def egress_of(subnet: Resource) -> set[str] | None:
    """The kinds of gateway that a subnet's default routes lead to; None if the plan does not say."""
    table = route_table_of(subnet)
    if table is None:
        return None
    inline = [block for _, block in table.each("routes[]")]
    if any(block is UNKNOWN for block in inline):
        return None
    found: set[str] = set()
    separate = [route.properties for route in referrers(table, "ec2/route", "routeTableId")]
    for route in [*inline, *separate]:
        destinations = [route.get(name) for name in DESTINATIONS]
        if any(destination is UNKNOWN for destination in destinations):
            return None
        if any(destination in _EVERYWHERE for destination in destinations):
            found |= {kind for name, kind in _GATEWAYS.items() if route.get(name) is UNKNOWN or route.get(name)}
    return found


def endpoint_services(subnet: Resource) -> set[str] | None:
    """Short names (`ecr.api`) of the services with an endpoint in the subnet's VPC; None if the plan does not say."""
    vpc = vpc_of(subnet)
    found: set[str] = set()
    for endpoint in subnet.graph.of("ec2/vpcEndpoint"):
        if vpc_of(endpoint) in (vpc, None):
            name = endpoint.get("serviceName")
            if name is UNKNOWN:
                return None
            found.add(".".join(str(name).split(".")[3:]))
    return found


def blocks_of(vpc: Resource) -> list[Network] | None:
    """All CIDR blocks of a VPC of the stack; None if one of them is not known."""
    found = [vpc.get("cidrBlock"), *as_list(vpc.get("ipv6CidrBlock"))]
    links = referrers(vpc, "ec2/vpcIpv4CidrBlockAssociation", "vpcId")
    found += [link.get("cidrBlock") for link in links]
    networks = [network(value) for value in found if value is not UNKNOWN]
    return None if len(networks) < len(found) or None in networks else [block for block in networks if block]


def zone_of(subnet: Resource) -> str | None:
    """The zone of a subnet, as its name or its id; None if the plan does not say."""
    for name in ("availabilityZone", "availabilityZoneId"):
        value = subnet.get(name)
        if isinstance(value, str):
            return value
    return None


def vpcs_of(resource: Resource, prop: str) -> list[str]:
    """The VPCs of the subnets that a property names (see `vpc_of`), as far as the plan says them."""
    return sorted({vpc for subnet in targets(resource, prop, "ec2/subnet") if (vpc := vpc_of(subnet)) is not None})


def internet_gateways(vpc: Resource) -> list[Resource]:
    """The internet gateways of a VPC, and what attaches one to it."""
    return [*referrers(vpc, "ec2/internetGateway", "vpcId"), *referrers(vpc, "ec2/internetGatewayAttachment", "vpcId")]


def short(vpc: str) -> str:
    """A VPC (see `vpc_of`) for a text: its name in the stack, or its id."""
    return vpc.rpartition("::")[2]
