"""Names lead to what exists and is well: records of the stack's own resources, checked failover, certificates that renew."""

import ipaddress
from collections.abc import Collection
from typing import Final

from policies.kit.checks import one_of, unless_one
from policies.kit.conditions import inherited, where_missing
from policies.kit.references import by_value
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, given

rules: Final = Rules("resilience")

_ADDRESSES: Final = ("A", "AAAA")
# Addresses that nobody else can be given; the documentation ranges are not among them, for examples stand for public ones.
_PRIVATE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)


@rules.rule("route53-record-target", "C206", "route53/record", needs_stack=True)
def _record_target(record: Resource) -> Answers:
    """Aliases and public addresses in records are those of resources of the stack, which nobody else can take over.

    Take the value from the resource (its dnsName, publicIp, ...) or a stack reference, or remove the record.
    """
    if not record.origins("aliases"):
        for where, name in record.each("aliases[].name"):
            if name is UNKNOWN:
                yield NOT_JUDGED
            elif not _is_of_stack(record, str(name)):
                yield Finding(where, name, "the DNS name of a resource of the stack", detail=str(name))
    if record.get("type") in _ADDRESSES and not record.origins("records"):
        for where, address in record.each("records[]"):
            if address is UNKNOWN:
                yield NOT_JUDGED
            elif _is_public(address):
                yield Finding(where, address, "the address of a resource of the stack", detail=str(address))


def _is_of_stack(record: Resource, name: str) -> bool:
    """Whether a literal alias is another record of the stack, or the website of a bucket of the record's own name."""
    name = name.rstrip(".").lower()
    if "s3-website" in name:
        if record.get("name") is UNKNOWN:
            raise UnknownValueError
        return record.get("name") in by_value(record.graph, "s3/bucket", "bucket")
    return name in _record_names(record.graph)


@per_stack
def _record_names(graph: Graph) -> Collection[str]:
    names = (record.get("name") for record in graph.of("route53/record"))
    return frozenset(name.rstrip(".").lower() for name in names if isinstance(name, str))


def _is_public(address: Value) -> bool:
    try:
        number = ipaddress.ip_address(str(address))
    except ValueError:
        return False
    return not any(number in network for network in _PRIVATE if network.version == number.version)


@rules.rule("route53-failover-health", "C207", "route53/record")
def _failover_health(record: Resource) -> Answers:
    """Failover records follow a health check, their own or that of the target they are an alias of.

    Set healthCheckId, or evaluateTargetHealth: true on the alias.
    """
    check = record.get("healthCheckId")
    if not given(check) and record.get("failoverRoutingPolicies"):
        evaluated = [value for _, value in record.each("aliases[].evaluateTargetHealth")]
        expected = "a health check, or an alias that evaluates the health of its target"
        yield from unless_one(evaluated, (True,), Finding("healthCheckId", check, expected))


rules.named("acm-renews-itself", "C115", "acm/certificate").add(
    where_missing(
        "certificateAuthorityArn",  # AWS renews what a private authority of the account issues
        inherited(
            "validationMethod",
            "certificateBody privateKey privateKeyWo",  # an imported certificate is renewed by whoever imports it
            one_of("validationMethod", ("DNS", "HTTP"), expected="DNS"),  # CloudFront's HTTP renews, too
        ),
    ),
    description="Certificates are validated by DNS, so that AWS renews them by itself.",
    remediation="Set validationMethod: DNS and add the validation record.",
)
