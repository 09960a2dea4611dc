"""Route 53 records: what a record may hold, alone and beside others of its name."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, wanted
from policies.feasibility.engine.joins import unique
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    exactly_one,
    forbids,
    given,
    inside,
    needs,
    of,
    only_one,
    requires,
    saying,
    when,
    where_given,
    where_missing,
)
from policies.feasibility.rules.rds.families import text_of
from policies.kit.references import NAMED, by_key, earlier, target, targets, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_list, certain

rules: Final = Rules("feasibility", failures())

_RECORD: Final = "route53/record"
_ROUTING: Final = (
    "cidrRoutingPolicy failoverRoutingPolicies geolocationRoutingPolicies geoproximityRoutingPolicy latencyRoutingPolicies "
    "multivalueAnswerRoutingPolicy weightedRoutingPolicies"
)
_CLOUDFRONT: Final = "Z2FDTNDATAQYW2"

rules.named("dns-record-alias-or-values", "F289", _RECORD).add(
    of(
        exactly_one("records aliases"),
        forbids("aliases", "ttl"),
        requires("records", "ttl"),
        where_given("aliases", absent("multivalueAnswerRoutingPolicy", "because an alias has no multivalue answers")),
        when("type", ("NS", "SOA"), absent("aliases", "because NS and SOA records are no aliases")),
    ),
    description="A record has values with a time to live, or is an alias without one.",
    remediation="Set records and ttl, or aliases alone.",
)
rules.named("dns-record-routing", "F291", _RECORD).add(
    of(
        only_one(_ROUTING),
        *(requires(policy, "setIdentifier") for policy in _ROUTING.split()),
        where_missing(
            _ROUTING.split(),
            saying("", absent("setIdentifier", ""), expected="nothing without a routing policy", detail="alone"),
        ),
        inside("geolocationRoutingPolicies", forbids("continent", "country subdivision"), requires("subdivision", "country")),
    ),
    description="A record has at most one routing policy, and an identifier exactly with one.",
    remediation="Set setIdentifier beside the routing policy.",
)


def zone_of(record: Resource) -> str | None:
    """What tells the record's zone from another: the URN of a zone of this stack, or its id; None if the plan does not say."""
    found = targets(record, "zoneId", "route53/zone")
    if len(found) == 1:
        return found[0].urn
    value = record.get("zoneId")
    return value if isinstance(value, str) and not found else None


def _zone_name(record: Resource) -> str | None:
    zone = target(record, "zoneId", "route53/zone")
    name = zone.get("name") if zone is not None else None
    return name.rstrip(".").lower() if isinstance(name, str) else None


def full_name(record: Resource) -> str:
    """The record's whole name, as the provider completes it: a name outside the zone is put in front of the zone's.

    Raises:
        UnknownValueError: if it is unknown.
    """
    name = text_of(record.get("name")).rstrip(".").lower()
    zone = _zone_name(record)
    if zone is None or name == zone or name.endswith(f".{zone}"):
        return name
    return f"{name}.{zone}" if name else zone


def _place(record: Resource) -> tuple[str, str]:
    zone = zone_of(record)
    if zone is None:
        raise UnknownValueError
    return zone, full_name(record)


def _same_name(record: Resource) -> list[Resource]:
    """All records of the zone with this one's name, itself included."""
    return by_key(record.graph, (_RECORD, "full name"), (_RECORD,), _place).get(_place(record), [])


@rules.rule("dns-cname-alone", "F290", _RECORD)
def _cname(record: Resource) -> Answers:
    """A CNAME is not at the apex of its zone, has one value, and is the only record of its name.

    Use an alias record (type A) at the apex and beside others.
    """
    if text_of(record.get("type")).upper() != "CNAME":
        return
    values = record.get("records")
    if values is not UNKNOWN and len(as_list(values)) > 1:
        answer = "InvalidChangeBatch: InvalidChangeBatch: a CNAME record set can have one value only"
        yield Finding("records", len(as_list(values)), "one value", "values", answer)
    name = full_name(record)
    if name and name == _zone_name(record):
        answer = f"InvalidChangeBatch: RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {name}."
        yield Finding("type", "CNAME", "an alias of type A at the zone's apex", "apex", answer)
    others = (other for other in _same_name(record) if other is not record and text_of(other.get("type")).upper() != "CNAME")
    for other, names in together(others):
        answer = (
            f"InvalidChangeBatch: RRSet of type CNAME with DNS name {name}. is not permitted as it conflicts with other "
            "records with the same DNS name in zone"
        )
        yield Finding("name", name, f"a name of its own; {names} has it, too", other.name, answer)


@rules.rule("dns-record-once", "F138", _RECORD)
def _once(record: Resource) -> Answers:
    """Records of one name and type differ by their set identifier, and are routed alike.

    Remove one of them, or give both the same routing policy and identifiers of their own.
    """
    kind = text_of(record.get("type")).upper()
    found: defaultdict[str, list[Resource]] = defaultdict(list)
    for other in earlier(record, (_RECORD, "full name"), (_RECORD,), _place, by_urn=True):
        if text_of(other.get("type")).upper() == kind:
            clash = _clash(record, other)
            found[clash].append(other)
            if clash and len(found[clash]) > NAMED:
                break
    yield from [NOT_JUDGED] * bool(found["unknown"])
    for other, names in together(found["mixed"]):
        yield Finding("name", record.get("name"), f"both or neither with setIdentifier, as {names}", other.name)
    for other, names in together(found["same"]):
        answer = "InvalidChangeBatch: Tried to create resource record set but it already exists"
        yield Finding("name", record.get("name"), f"another name, type or setIdentifier than {names} has", other.name, answer)
    for other, names in together(found["routed"]):
        answer = (
            "InvalidChangeBatch: RRSet ... cannot be created as other RRSets exist with the same name and type and another "
            "routing"
        )
        own = record.get("setIdentifier")
        yield Finding("setIdentifier", own, f"the routing policy of {names}", f"{other.name} routing", answer)


def _clash(record: Resource, other: Resource) -> str:
    """How two records of one name and type are in each other's way; empty if they are not."""
    own, theirs = record.get("setIdentifier"), other.get("setIdentifier")
    overwrites = [each.get("allowOverwrite") for each in (record, other)]
    if given(own) != given(theirs):
        return "mixed"
    if own is UNKNOWN or theirs is UNKNOWN:
        return "unknown"
    if own == theirs and not any(certain(value, True) for value in overwrites):
        return "unknown" if any(value is UNKNOWN for value in overwrites) else "same"
    routed, theirs = ([policy for policy in _ROUTING.split() if given(each.get(policy))] for each in (record, other))
    return "routed" if routed != theirs else ""


_FAILOVER: Final = "failoverRoutingPolicies.type"

rules.named("dns-failover-health", "F137", _RECORD).add(
    of(
        when(
            _FAILOVER,
            ("PRIMARY",),
            where_missing(
                "healthCheckId",
                where_given(
                    "aliases",
                    wanted("aliases.evaluateTargetHealth", (True,), "true, or a healthCheckId", detail="alias"),
                ),
                where_missing(
                    "aliases",
                    needs(
                        "healthCheckId",
                        "a health check of the primary",
                        detail="values",
                        answer="InvalidInput: a non-alias primary resource record set must have an associated health check",
                    ),
                ),
            ),
        ),
    ),
    description="A primary failover record has a health check, or is an alias that looks at its target's health.",
    remediation="Set healthCheckId, or evaluateTargetHealth: true on the alias.",
)


def _failover_key(record: Resource) -> tuple[str, ...] | None:
    kind = text_of(record.get(_FAILOVER))
    return (*_place(record), text_of(record.get("type")), kind) if kind else None


rules.named("dns-failover-pair", "F291", _RECORD).add(
    unique(
        _RECORD,
        _failover_key,
        _FAILOVER,
        "the other type; {other} is {value}",
        answer="InvalidChangeBatch: a {value} failover record set with the same name and type already exists",
    ),
    description="Of two failover records of a name, one is primary and one secondary.",
    remediation="Set type PRIMARY on one and SECONDARY on the other.",
)
rules.named("dns-weight-range", "F291", _RECORD).add(
    each_block(
        "weightedRoutingPolicies[]",
        between("weight", 0, 255, answer="InvalidInput: Weight must be between 0 and 255", detail=""),
    ),
    description="Weights are from 0 to 255.",
    remediation="Scale the weights down.",
)


def _ip(version: int) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            return ipaddress.ip_address(value).version == version
        except ValueError:
            return False

    return check


def _text(value: str) -> bool:
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', value) if '"' in value else [value]
    return all(len(part) <= 255 for part in parts)


_FORMS: Final[Mapping[str, tuple[Callable[[str], bool], str, str]]] = {
    "A": (_ip(4), "an IPv4 address", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"),
    "AAAA": (_ip(6), "an IPv6 address", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"),
    "MX": (
        lambda value: re.fullmatch(r"\d+\s+\S+", value) is not None,
        "a priority and a host: 10 mail.example.com",
        "MXRRDATANotTwoFields (Value doesn't have two fields)",
    ),
    "SRV": (
        lambda value: re.fullmatch(r"\d+\s+\d+\s+\d+\s+\S+", value) is not None,
        "priority, weight, port and host",
        "SRVRRDATANotFourFields (Value doesn't have four fields)",
    ),
    "CAA": (
        lambda value: re.fullmatch(r'\d+\s+\w+\s+".*"', value) is not None,
        'flags, tag and a quoted value: 0 issue "amazon.com"',
        "CAARRDATANotThreeFields (Value doesn't have three fields)",
    ),
    "TXT": (_text, "strings of at most 255 characters, several in quotes", "CharacterStringTooLong (Value is too long)"),
    "CNAME": (
        lambda value: re.fullmatch(r"[^\s/:]+", value) is not None,
        "a host name",
        "DomainLabelEmpty / UnparseableDomainName (Value is not a domain name)",
    ),
}


@rules.rule("dns-record-values", "F292", _RECORD)
def _values(record: Resource) -> Answers:
    """Values of a record have the form of its type.

    Write the value as the type wants it; a host name belongs into a CNAME or an alias.
    """
    kind = text_of(record.get("type")).upper()
    form = _FORMS.get(kind)
    for where, value in record.each("records[]") if form else ():
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif form and isinstance(value, str) and not form[0](value.strip()):
            answer = f"InvalidChangeBatch: Invalid Resource Record: 'FATAL problem: {form[2]} encountered with '{value[:60]}'"
            yield Finding(where, value, form[1], value[:60], answer)


rules.named("dns-alias-cloudfront", "F289", _RECORD).add(
    of(
        when(
            "aliases.zoneId",
            (_CLOUDFRONT,),
            wanted(
                "aliases.evaluateTargetHealth",
                (False,),
                "false for CloudFront",
                default=False,
                detail="health",
                answer="InvalidInput: EvaluateTargetHealth cannot be true for a CloudFront distribution",
            ),
            wanted(
                "type",
                ("A", "AAAA", "HTTPS", "SVCB"),
                "A or AAAA",
                detail="type",
                answer=(
                    "InvalidChangeBatch: Tried to create an alias that targets CloudFront, but the alias target name "
                    "does not lie within it"
                ),
            ),
        ),
    ),
    description="An alias of a CloudFront distribution is of type A, AAAA or HTTPS and does not look at the target's health.",
    remediation="Set evaluateTargetHealth: false.",
)


rules.named("dns-record-size", "F292", _RECORD).add(
    of(at_most_items("records", 400, "values")),
    description="A record has at most 400 values.",
    remediation="Split the record.",
)


@rules.rule("dns-record-in-zone", "F293", _RECORD)
def _in_zone(record: Resource) -> Answers:
    """A whole name belongs to the zone that the record is in.

    Put the record into the zone of its domain; a name outside the zone gets the zone's name appended.
    """
    name = record.get("name")
    if name is UNKNOWN:
        if not record.sources("name"):
            yield NOT_JUDGED
        return
    zone = _zone_name(record)
    text = str(name or "").lower()
    if (
        zone is not None
        and full_name(record) != text.rstrip(".")
        and (text.endswith(".") or text.rpartition(".")[2] in ("com", "org", "net", "info", "biz", "gov", "edu"))
    ):
        yield Finding("name", name, f"a name in {zone}; AWS gets {full_name(record)}")
