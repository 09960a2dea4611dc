"""Where a subnet is: its tier, its zone, and what its routes lead to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from policies.controls.network.traffic import every, everyone
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Value, as_bool

ROUTE_KINDS: Final = "ec2/route ec2/routeTable ec2/defaultRouteTable"
TABLES: Final = ("ec2/routeTable", "ec2/defaultRouteTable")

_TIER_KEY: Final = re.compile(r"(tier|type|layer|exposure|visibility)$", re.IGNORECASE)
# The first that matches decides: private-db is data, private-data is private.
_NAME_WORDS: Final = (
    ("data", {"db", "database", "databases", "isolated", "intra"}),
    ("public", {"public", "dmz"}),
    ("private", {"private"}),
    ("data", {"data"}),
)
_TAG_WORDS: Final = (*_NAME_WORDS, ("data", {"cache", "persistence"}), ("private", {"application", "app", "internal"}))
# Names of projects rather than of a tier.
_DATA_PROJECT: Final = re.compile(r"data[-_ ]?(platform|lake|warehouse|science|pipeline|products?|hub|team|mesh|cent)")
_DESTINATIONS: Final = ("destinationCidrBlock", "destinationIpv6CidrBlock", "cidrBlock", "ipv6CidrBlock")


def _classify(text: str, vocabulary: Sequence[tuple[str, set[str]]]) -> str:
    plain = _DATA_PROJECT.sub("", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower())
    words = set(re.findall(r"[a-z]+", plain))
    return next((tier for tier, known in vocabulary if words & known), "")


def declared_tier(resource: Resource) -> Value:
    """The tier a tag names: `public`, `private`, `data`, else empty; `UNKNOWN` if the tags are."""
    tags = resource.get("tags")
    if tags is UNKNOWN:
        return UNKNOWN
    found = ""
    for key, value in cast(Mapping[str, Value], tags or {}).items():
        if _TIER_KEY.search(key):
            if value is UNKNOWN:
                return UNKNOWN
            found = found or _classify(str(value), _TAG_WORDS)
    return found


def tier(resource: Resource) -> str:
    """The tier a tag names, else the one its name speaks of; empty if neither says anything."""
    declared = declared_tier(resource)
    if declared is not UNKNOWN and declared:
        return declared
    return tier_spoken_of(resource.get("tags.Name")) or tier_spoken_of(resource.name)


def tier_name(resource: Resource) -> str:
    """What tells a tier from others: the tag's own word, else `tier`."""
    tags = resource.get("tags")
    named = {} if tags is None or tags is UNKNOWN else cast(Mapping[str, Value], tags)
    words = (value.lower() for key, value in named.items() if _TIER_KEY.search(key) and isinstance(value, str))
    return next(words, "") or tier(resource)


def tier_spoken_of(name: Value) -> str:
    """The tier that a name speaks of; empty if it does not or is unknown."""
    return _classify(name, _NAME_WORDS) if isinstance(name, str) else ""


def zone(subnet: Resource) -> str | None:
    """The subnet's availability zone, where the plan says it."""
    named = (subnet.get(prop) for prop in ("availabilityZone", "availabilityZoneId"))
    return next((name for name in named if isinstance(name, str) and name), None)


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
        return ((prefix + name, self.fields[name]) for name in _DESTINATIONS if self.fields.get(name) is not None)

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


def exposed(subnet: Resource) -> bool:
    """Whether a subnet is public: it says so, hands out public addresses, or has a route to an internet gateway."""
    if tier(subnet) == "public" or as_bool(subnet.get("mapPublicIpOnLaunch")) is True:
        return True
    return any(every(hop.default, hop.to_internet_gateway) is True for hop in ways_out(subnet))


def ways_out(subnet: Resource) -> Iterator[Hop]:
    """The routes of the tables that a subnet is associated with."""
    associations = referrers(subnet, "ec2/routeTableAssociation", "subnetId")
    tables = [table for association in associations for table in targets(association, "routeTableId", "ec2/routeTable")]
    return (
        hop for table in tables for holder in (table, *referrers(table, "ec2/route", "routeTableId")) for hop in hops(holder)
    )
