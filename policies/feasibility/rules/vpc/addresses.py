"""VPCs and subnets whose addresses Amazon VPC refuses: overlaps, blocks outside the VPC, settings that exclude each other."""

from collections.abc import Iterable, Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, wanted
from policies.feasibility.engine.networks import Network, blocks_of, holds, network, overlap
from policies.feasibility.engine.relations import vpc_of
from policies.feasibility.engine.shapes import given, needs, of, only_one, requires, when, where_missing
from policies.kit.references import earlier, referrers, target, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("feasibility", failures())

_VPC: Final = "ec2/vpc"
_SUBNET: Final = "ec2/subnet"


@rules.rule("subnet-in-vpc", "F090", _SUBNET, needs_stack=True)
def _in_vpc(subnet: Resource) -> Answers:
    """A subnet's block lies in its VPC's and meets no other subnet's.

    Give the subnet a part of the VPC's block that is free.
    """
    vpc = target(subnet, "vpcId", _VPC)
    for prop in ("cidrBlock", "ipv6CidrBlock"):
        value = subnet.get(prop)
        if value is UNKNOWN:
            yield NOT_JUDGED
            continue
        own = network(value)
        if own is None:
            continue
        if vpc is not None and prop == "cidrBlock":
            outer = blocks_of(vpc)
            if outer is None:
                yield NOT_JUDGED
            elif outer and not any(holds(block, own) for block in outer):
                answer = f"InvalidSubnet.Range: The CIDR '{value}' is invalid."
                expected = f"a part of {' or '.join(map(str, outer))}, the VPC's block"
                yield Finding(prop, value, expected, detail="range", answer=answer)
            elif outer:
                yield from _after_block(subnet, vpc, own)
        for other, names in together(_overlapping(own, prop, earlier(subnet, "subnets by VPC", (_SUBNET,), vpc_of))):
            answer = f"InvalidSubnet.Conflict: The CIDR '{value}' conflicts with another subnet"
            expected = f"a block apart from {network(other.get(prop))} of {names}"
            yield Finding(prop, value, expected, detail=other.name, answer=answer)


def _overlapping(own: Network | None, prop: str, others: Iterable[Resource]) -> Iterator[Resource]:
    return (other for other in (others if own else ()) if overlap(own, network(other.get(prop))))


def _after_block(subnet: Resource, vpc: Resource, own: Network) -> Answers:
    """A subnet in a block that is added to the VPC is made after the block."""
    first = network(vpc.get("cidrBlock"))
    if first is not None and holds(first, own):
        return
    for link in referrers(vpc, "ec2/vpcIpv4CidrBlockAssociation", "vpcId"):
        block = network(link.get("cidrBlock"))
        if block is not None and holds(block, own) and not subnet.after(link):
            answer = f"InvalidSubnet.Range: The CIDR '{own}' is invalid."
            expected = f"dependsOn {link.name}, which adds the block"
            yield Finding("cidrBlock", str(own), expected, detail=link.name, answer=answer)


@rules.rule("vpc-cidr-associations-apart", "F090", "ec2/vpcIpv4CidrBlockAssociation", needs_stack=True)
def _associations(link: Resource) -> Answers:
    """A further block of a VPC does not meet the blocks that it has.

    Choose a block apart from the VPC's own.
    """
    vpc = target(link, "vpcId", _VPC)
    own, first = network(link.get("cidrBlock")), None if vpc is None else network(vpc.get("cidrBlock"))
    if overlap(own, first):
        answer = f"InvalidVpc.Range: The CIDR '{link.get('cidrBlock')}' conflicts with a block of the VPC"
        yield Finding("cidrBlock", link.get("cidrBlock"), f"a block apart from {first}", answer=answer)


@rules.rule("vpc-cidr-apart", "F094", _VPC, needs_stack=True)
def _apart(vpc: Resource) -> Answers:
    """The VPCs of a stack have blocks apart from each other, so that they can be peered.

    Give each VPC a block of its own.
    """
    own = vpc.get("cidrBlock")
    if own is UNKNOWN:
        yield NOT_JUDGED
    others = earlier(vpc, "VPCs", (_VPC,), lambda _: "all")
    for other, names in together(_overlapping(network(own), "cidrBlock", others)):
        yield Finding("cidrBlock", own, f"a block apart from {network(other.get('cidrBlock'))} of {names}", detail=other.name)


rules.named("vpc-options", "F344", _VPC).add(
    of(
        only_one("assignGeneratedIpv6CidrBlock ipv6IpamPoolId"),
        only_one("cidrBlock ipv4NetmaskLength"),
        only_one("ipv6CidrBlock ipv6NetmaskLength"),
        requires("ipv4NetmaskLength", "ipv4IpamPoolId"),
        requires("ipv6CidrBlock", "ipv6IpamPoolId"),
        requires("ipv6NetmaskLength", "ipv6IpamPoolId"),
        between("ipv4NetmaskLength", 0, 28),
    ),
    description="A VPC's blocks come from one place each.",
    remediation="Set either the block or the pool.",
)
rules.named("vpc-dns", "F344", _VPC).add(
    of(
        when(
            "enableDnsHostnames",
            (True,),
            wanted("enableDnsSupport", (True,), "true, because enableDnsHostnames is on", default=True),
        ),
        where_missing(
            "ipv4IpamPoolId",
            needs(
                "cidrBlock",
                "a block, or ipv4IpamPoolId",
                detail="block",
                answer="MissingParameter: Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.",
            ),
        ),
    ),
    description="A VPC that gives instances DNS names resolves names.",
    remediation="Leave enableDnsSupport on.",
)


@rules.rule("subnet-options", "F345", _SUBNET)
def _subnet_options(subnet: Resource) -> Answers:
    """A subnet has one block per IP version, one way to name its zone, and IPv6 settings only with IPv6.

    Remove what the other setting excludes.
    """
    yield from only_one("availabilityZone availabilityZoneId")("", subnet.properties)
    native = subnet.get("ipv6Native")
    if native is True and given(subnet.get("cidrBlock")):
        yield Finding("cidrBlock", subnet.get("cidrBlock"), "nothing in an IPv6-only subnet", detail="native")
    if native is None and not any(given(subnet.get(name)) for name in ("cidrBlock", "ipv4IpamPoolId", "ipv6CidrBlock")):
        yield Finding("cidrBlock", subnet.get("cidrBlock"), "a part of the VPC's block", detail="missing")
    six = subnet.get("ipv6CidrBlock")
    if six is UNKNOWN:
        yield NOT_JUDGED
    elif (found := network(six)) is not None and found.prefixlen not in range(44, 65, 4):
        yield Finding("ipv6CidrBlock", six, "a block such as /64")
    if subnet.get("assignIpv6AddressOnCreation") is True and not given(six) and not given(subnet.get("ipv6IpamPoolId")):
        answer = "InvalidParameterValue: The subnet has no IPv6 CIDR block: assignIpv6AddressOnCreation cannot be set"
        yield Finding("assignIpv6AddressOnCreation", True, "false, or an ipv6CidrBlock", answer=answer)
    vpc = target(subnet, "vpcId", _VPC) if isinstance(six, str) or six is UNKNOWN else None
    if vpc is not None and not _has_ipv6(vpc):
        yield Finding("ipv6CidrBlock", six, f"nothing, because VPC {vpc.name} has no IPv6 block", detail="vpc")


def _has_ipv6(vpc: Resource) -> bool:
    inline = ("assignGeneratedIpv6CidrBlock", "ipv6CidrBlock", "ipv6IpamPoolId")
    return any(given(vpc.get(name)) for name in inline) or bool(referrers(vpc, "ec2/vpcIpv6CidrBlockAssociation", "vpcId"))


@rules.rule("prefix-list-entries", "F343", "ec2/managedPrefixList")
def _prefix_list(prefixes: Resource) -> Answers:
    """A prefix list has room for its entries, each of its address family and once.

    Raise maxEntries, or remove the entry.
    """
    entries, most = as_list(prefixes.get("entries")), prefixes.get("maxEntries")
    if most is UNKNOWN:
        yield NOT_JUDGED
    elif isinstance(most, int) and len(entries) > most:
        answer = "PrefixListMaxEntriesExceeded: You've reached the maximum number of entries for the prefix list"
        yield Finding("maxEntries", most, f"at least {len(entries)}, the number of entries", answer=answer)
    seen: set[str] = set()
    version = 6 if prefixes.get("addressFamily") == "IPv6" else 4
    for where, value in prefixes.each("entries[].cidr"):
        if value is UNKNOWN:
            yield NOT_JUDGED
            continue
        found = network(value)
        if value in seen:
            yield Finding(where, value, "each block once", detail=str(value))
        elif found is not None and found.version != version:
            yield Finding(where, value, f"an IPv{version} block", detail=str(value))
        seen.add(value)
