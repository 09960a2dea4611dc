"""The rules of security groups and network ACLs in one shape, wherever and however they are written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Final, cast

from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Unknown, Value, as_bool, as_list, as_number

GROUP_KINDS: Final = "ec2/securityGroup ec2/defaultSecurityGroup"
INGRESS_KINDS: Final = f"{GROUP_KINDS} ec2/securityGroupRule vpc/securityGroupIngressRule"
ACL_KINDS: Final = "ec2/networkAcl ec2/defaultNetworkAcl ec2/networkAclRule"

ALL: Final = "all"
HIGHEST_PORT: Final = 65535

_INLINE: Final = frozenset({*GROUP_KINDS.split(), "ec2/networkAcl", "ec2/defaultNetworkAcl", "rds/securityGroup"})
_PROTOCOLS: Final = {"-1": ALL, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_RANGES: Final = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6", "cidrBlock", "ipv6CidrBlock", "cidr")
_PREFIX_LISTS: Final = ("prefixListIds", "prefixListId")
_OWN_ADDRESSES: Final = frozenset(
    {"ec2/vpc", "ec2/subnet", "ec2/securityGroup", "ec2/eip", "ec2/natGateway", "ec2/managedPrefixList"}
)
_OWN_RANGE: Final = "a range of this stack"


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """One rule of a group or an ACL.

    Attributes:
        path: Its block, empty where the rule is a resource.
        ingress: True, false or `UNKNOWN`.
        allow: Whether it allows (an ACL may deny); `UNKNOWN` where that is not known.
        number: Its place in the ACL's order, which may be `UNKNOWN`.
        protocol: `all`, `tcp`, another name or number, None where absent, or `UNKNOWN`.
        ports: First and last port, or `UNKNOWN`.
        ranges: Property path and address range of each end it names by address.
        prefix_lists: Property path and id of each prefix list.
        description: As written.
    """

    path: str
    ingress: Value
    allow: Value
    number: Value
    protocol: Value
    ports: tuple[int, int] | Unknown
    ranges: tuple[tuple[str, Value], ...]
    prefix_lists: tuple[tuple[str, Value], ...]
    description: Value

    def reaches(self, *ports: int) -> Value:
        """Whether it is about one of these TCP ports."""
        return self._about(("tcp",), lambda first, last: any(first <= port <= last for port in ports))

    @property
    def all_ports(self) -> Value:
        """Whether it is about every port of TCP or UDP."""
        return self._about(("tcp", "udp"), lambda first, last: first <= 1 and last >= HIGHEST_PORT)

    def _about(self, protocols: tuple[str, ...], holds: Callable[[int, int], bool]) -> Value:
        if self.protocol is UNKNOWN:
            return UNKNOWN
        if self.protocol not in (None, *protocols):
            return bool(self.protocol == ALL)
        return UNKNOWN if isinstance(self.ports, Unknown) else holds(*self.ports)

    @property
    def label(self) -> str:
        """Protocol and ports for messages and ids: `all`, `tcp 22`, `udp 1024-65535`."""
        if self.protocol is UNKNOWN or isinstance(self.ports, Unknown):
            return "unknown ports"
        if self.protocol == ALL:
            return "all protocols"
        first, last = self.ports
        return f"{self.protocol or 'any'} {first if first == last else f'{first}-{last}'}"


def traffic(resource: Resource) -> Iterator[Traffic]:
    """The rules that a group, an ACL or a rule resource holds."""
    if resource.kind in _INLINE:
        for direction in ("ingress", "egress"):
            for where, block in resource.each(f"{direction}[]"):
                if block is not None:
                    yield _entry(resource, where, block, direction == "ingress")
    else:
        yield _entry(resource, "", resource.properties, _is_ingress(resource))


def _is_ingress(rule: Resource) -> Value:
    if rule.kind == "ec2/securityGroupRule":
        direction = rule.get("type")
        return UNKNOWN if direction is UNKNOWN else direction == "ingress"
    if rule.kind == "ec2/networkAclRule":
        egress = as_bool(rule.get("egress"))
        return UNKNOWN if egress is UNKNOWN else egress is not True
    return rule.kind == "vpc/securityGroupIngressRule"


def _entry(resource: Resource, path: str, block: Value, ingress: Value) -> Traffic:
    if not isinstance(block, Mapping):  # unknown as a whole
        return Traffic(
            path=path,
            ingress=ingress,
            allow=UNKNOWN,
            number=inf,
            protocol=UNKNOWN,
            ports=UNKNOWN,
            ranges=((path, UNKNOWN),),
            prefix_lists=(),
            description=UNKNOWN,
        )
    fields = cast(Mapping[str, Value], block)
    prefix = f"{path}." if path else ""
    number = as_number(fields.get("ruleNo", fields.get("ruleNumber")))
    first, last = as_number(fields.get("fromPort")), as_number(fields.get("toPort"))
    protocol = _protocol(fields.get("protocol", fields.get("ipProtocol")))
    if first is not UNKNOWN and last is not UNKNOWN and first == last == -1 and protocol in ("tcp", "udp"):
        protocol = ALL
    return Traffic(
        path=path,
        ingress=ingress,
        allow=_allow(fields.get("action", fields.get("ruleAction"))),
        number=inf if number is None else number,
        protocol=protocol,
        ports=_ports(first, last),
        ranges=tuple(_values(resource, fields, prefix, _RANGES)),
        prefix_lists=tuple(_values(resource, fields, prefix, _PREFIX_LISTS)),
        description=fields.get("description"),
    )


def _allow(action: Value) -> Value:
    return UNKNOWN if action is UNKNOWN else str(action).lower() != "deny"


def _protocol(value: Value) -> Value:
    if value is None or value is UNKNOWN:
        return value
    text = str(value).lower()
    return _PROTOCOLS.get(text, text)


def _ports(first: Value, last: Value) -> tuple[int, int] | Unknown:
    """The range. Absent, -1 to -1 and 0 to 0 stand for all: that is what is meant, and port 0 is no service."""
    if first is UNKNOWN or last is UNKNOWN:
        return UNKNOWN
    given = [int(port) for port in (first, last) if port is not None]
    low, high = (min(given), max(given)) if given else (0, 0)
    return (0, HIGHEST_PORT) if high <= 0 else (low, high)


def _values(
    resource: Resource, fields: Mapping[str, Value], prefix: str, names: tuple[str, ...]
) -> Iterator[tuple[str, Value]]:
    for name in names:
        value = fields.get(name)
        for element in [UNKNOWN] if value is UNKNOWN else as_list(value):
            path = prefix + name
            sources = resource.sources(path) if element is UNKNOWN else None
            yield path, _OWN_RANGE if sources and sources <= _OWN_ADDRESSES else element
