"""Routes of a stack: which table a subnet has, where its routes lead, and which of them are the way to everywhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Network, ip_network
from typing import Final

from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Value

ROUTE_KINDS: Final = "ec2/route ec2/routeTable ec2/defaultRouteTable"
TABLES: Final = ("ec2/routeTable", "ec2/defaultRouteTable")

DESTINATIONS: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")
_UNIQUE_LOCAL: Final = IPv6Network("fc00::/7")


def every(*answers: Value) -> Value:
    """False if one of the answers is false, else `UNKNOWN` if one is unknown, else true."""
    if any(answer is False for answer in answers):
        return False
    return UNKNOWN if any(answer is UNKNOWN for answer in answers) else True


def everyone(cidr: Value) -> Value:
    """Whether an address range is the whole internet or so much of it that nobody can own it; `UNKNOWN` if it is unknown."""
    return UNKNOWN if cidr is UNKNOWN else _everyone(str(cidr).strip())


@lru_cache(maxsize=4096)
def _everyone(text: str) -> bool:
    if text in ("0.0.0.0", "::", "::0"):  # noqa: S104 - compared, not bound to
        return True
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return text.endswith("/0")
    if isinstance(network, IPv6Network):
        return network.prefixlen < 16 and not network.subnet_of(_UNIQUE_LOCAL)
    return network.prefixlen < 8


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One route: where it leads from, and its properties.

    Attributes:
        path: Its block, empty where the route is a resource.
        holder: The resource that holds it.
        fields: Its properties.
    """

    path: str
    holder: Resource
    fields: Mapping[str, Value]

    @property
    def destinations(self) -> Iterator[tuple[str, Value]]:
        """Property path and range of each destination that is given by addresses."""
        prefix = f"{self.path}." if self.path else ""
        return ((prefix + name, self.fields[name]) for name in DESTINATIONS if self.fields.get(name) is not None)

    @property
    def default(self) -> Value:
        """Whether it is the way to everywhere."""
        answers = [everyone(cidr) for _, cidr in self.destinations]
        if any(answer is True for answer in answers):
            return True
        return UNKNOWN if any(answer is UNKNOWN for answer in answers) else False

    @property
    def to_internet_gateway(self) -> Value:
        """Whether it leads to an internet gateway, which lets in as well as out."""
        gateway = self.fields.get("gatewayId")
        if gateway is UNKNOWN:
            sources = self.holder.sources(f"{self.path}.gatewayId" if self.path else "gatewayId") or set[str]()
            return True if "ec2/internetGateway" in sources else False if "ec2/vpnGateway" in sources else UNKNOWN
        return isinstance(gateway, str) and bool(gateway) and not gateway.startswith(("vgw-", "vpce-", "local"))


def hops(resource: Resource) -> Iterator[Hop]:
    """The routes that a route or a route table holds; a block that is unknown as a whole raises when it is read."""
    if resource.kind == "ec2/route":
        yield Hop(path="", holder=resource, fields=resource.properties)
        return
    for where, block in resource.each("routes[]"):
        if block is not None:
            yield Hop(path=where, holder=resource, fields=block)


def tables_of(hop: Hop) -> list[Resource]:
    """The route table a route stands in, where the stack has it."""
    if hop.holder.kind in TABLES:
        return [hop.holder]
    return [table for kind in TABLES for table in targets(hop.holder, "routeTableId", kind)]


def subnets_of(table: Resource) -> list[Resource]:
    """The subnets associated with a route table."""
    associations = referrers(table, "ec2/routeTableAssociation", "routeTableId")
    return [subnet for association in associations for subnet in targets(association, "subnetId", "ec2/subnet")]


def ways_out(subnet: Resource) -> Iterator[Hop]:
    """The routes of the tables that a subnet is associated with."""
    associations = referrers(subnet, "ec2/routeTableAssociation", "subnetId")
    tables = [table for association in associations for table in targets(association, "routeTableId", "ec2/routeTable")]
    return (
        hop for table in tables for holder in (table, *referrers(table, "ec2/route", "routeTableId")) for hop in hops(holder)
    )
