"""Ways in and out, names, and what looks at both."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from operations.cost.lines import HOURS, Context, Line, Pricer, by_hour, fixed, used
from operations.cost.resources import Resource


def _nat(resource: Resource, context: Context) -> Iterator[Line]:
    yield by_hour(resource, "gateway", "nat/hour")
    yield used(resource, "data processed", "nat/gb", context.usage["nat_gb"])


def _address(resource: Resource, _: Context) -> Iterator[Line]:
    yield by_hour(resource, "public IPv4 address", "ipv4/hour")


def _endpoint(resource: Resource, context: Context) -> Iterator[Line]:
    """An interface endpoint costs in each zone; a gateway endpoint costs nothing."""
    if resource.inputs.get("vpcEndpointType") != "Interface":
        return
    zones = len(resource.items("subnetIds"))
    yield by_hour(resource, f"interface endpoint in {zones} zones", "endpoint/hour", zones)
    yield used(resource, "data processed", "endpoint/gb", context.usage["endpoint_gb"].times(zones))


def _load_balancer(resource: Resource, context: Context) -> Iterator[Line]:
    yield by_hour(resource, "load balancer", "alb/hour")
    yield used(resource, "capacity units", "alb/lcu", context.usage["lcu"].times(HOURS))
    if not resource.inputs.get("internal"):
        zones = len(resource.items("subnets"))
        yield by_hour(resource, f"public IPv4 addresses in {zones} zones", "ipv4/hour", zones)
        yield used(resource, "data to the internet", "transfer/internet", context.usage["internet_gb"])


def _firewall(resource: Resource, context: Context) -> Iterator[Line]:
    """Each rule, and each group of AWS's rules, counts once."""
    rules = resource.inputs.get("rules")
    yield fixed(resource, "web ACL", "waf/acl")
    count = len(resource.items("rules")) if isinstance(rules, list) else None
    yield fixed(resource, "rules", "waf/rule", count)
    yield used(resource, "requests", "waf/requests", context.usage["waf_requests"])


def _zone(resource: Resource, context: Context) -> Iterator[Line]:
    yield fixed(resource, "hosted zone", "route53/zone")
    yield used(resource, "queries", "route53/queries", context.usage["dns_queries"])


def _health_check(resource: Resource, _: Context) -> Iterator[Line]:
    """Of an endpoint in AWS. HTTPS, an interval of ten seconds, a text and latency are options, each at its price."""
    kind, inputs = str(resource.inputs.get("type")), resource.inputs
    options = sum(
        [
            kind.startswith("HTTPS"),
            resource.number("requestInterval") == Decimal(10),
            kind.endswith("STR_MATCH"),
            bool(inputs.get("measureLatency")),
        ]
    )
    yield fixed(resource, "health check", "route53/check")
    if options:
        yield fixed(resource, f"{options} options", "route53/option", options)


PRICERS: Final[Mapping[str, Pricer]] = {
    "aws:ec2/natGateway:NatGateway": _nat,
    "aws:ec2/eip:Eip": _address,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:wafv2/webAcl:WebAcl": _firewall,
    "aws:route53/zone:Zone": _zone,
    "aws:route53/healthCheck:HealthCheck": _health_check,
}
