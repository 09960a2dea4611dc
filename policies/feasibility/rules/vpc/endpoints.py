"""VPC endpoints that AWS refuses, or that answer nobody."""

from collections.abc import Hashable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items
from policies.feasibility.engine.networks import zone_of
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.relations import any_so
from policies.feasibility.engine.shapes import absent, blocks, exactly_one, given, of, saying, when
from policies.kit.references import earlier, listed, reference, referrers, target, targets, together
from policies.kit.resource import Graph, Resource, per_resource, per_stack
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number, switch

rules: Final = Rules("feasibility", failures())

_ENDPOINT: Final = "ec2/vpcEndpoint"
_GATEWAY_SERVICES: Final = ("s3", "dynamodb", "s3express")
_INTERFACE: Final = ("Interface",)
_TYPE: Final = "vpcEndpointType"

rules.named("endpoint-shape", "F356", _ENDPOINT).add(
    of(
        exactly_one("serviceName resourceConfigurationArn serviceNetworkArn"),
        when(
            _TYPE,
            ("Gateway",),
            saying(
                "InvalidParameter: Subnet and security group IDs and private DNS are not supported for Gateway endpoints",
                absent(
                    "subnetIds securityGroupIds privateDnsEnabled dnsOptions",
                    "on a Gateway endpoint (the type where none is set)",
                ),
            ),
            default="Gateway",
        ),
        when(
            _TYPE,
            _INTERFACE,
            saying(
                "InvalidParameter: Route table IDs are only supported for Gateway type VPC Endpoint.",
                absent("routeTableIds", "on an Interface endpoint"),
            ),
        ),
        when(
            _TYPE,
            ("GatewayLoadBalancer",),
            absent("routeTableIds securityGroupIds privateDnsEnabled", "on a GatewayLoadBalancer endpoint"),
            at_most_items("subnetIds", 1, "subnet"),
        ),
    ),
    description="A gateway endpoint has route tables, an interface endpoint subnets and security groups.",
    remediation="Set vpcEndpointType to what the other properties belong to.",
)


@rules.rule("endpoint-service-type", "F357", _ENDPOINT)
def _service(endpoint: Resource) -> Answers:
    """A service has an endpoint of the type that is asked for, in the endpoint's region.

    Set vpcEndpointType: Interface (only S3 and DynamoDB have Gateway endpoints), and the region's service name.
    """
    name, kind = endpoint.get("serviceName"), endpoint.get(_TYPE) or "Gateway"
    parts = str(name or "").split(".")
    start = 2 if parts[:2] == ["com", "amazonaws"] else 3 if parts[:3] == ["cn", "com", "amazonaws"] else 0
    if not start or "vpce" in parts:
        return
    answer = f"InvalidServiceName: The Vpc Endpoint Service '{name}' does not exist"
    region, service = parts[start], ".".join(parts[start + 1 :])
    if not service:
        expected = f"com.amazonaws.{endpoint.region or 'REGION'}.{region}"
        yield Finding("serviceName", name, expected, detail="name", answer=answer)
        return
    if kind == "Gateway" and service not in _GATEWAY_SERVICES:
        expected = "Interface (absent means Gateway, which only S3 and DynamoDB have)"
        yield Finding(_TYPE, endpoint.get(_TYPE), expected, detail="type")
    if endpoint.region and region not in (endpoint.region, "global") and not given(endpoint.get("serviceRegion")):
        yield Finding("serviceName", name, f"a service of {endpoint.region}", detail="region", answer=answer)


def _is_gateway(endpoint: Resource) -> bool:
    return (endpoint.get(_TYPE) or "Gateway") == "Gateway"


def _service_key(endpoint: Resource) -> Hashable:
    name = endpoint.get("serviceName")
    return None if name is UNKNOWN else (reference(endpoint, "vpcId", "ec2/vpc"), name)


def _private_key(endpoint: Resource) -> Hashable:
    private = endpoint.get("privateDnsEnabled") is True and endpoint.get(_TYPE) == "Interface"
    return _service_key(endpoint) if private else None


def _gateway_key(endpoint: Resource) -> Hashable:
    return _service_key(endpoint) if _is_gateway(endpoint) else None


@rules.rule("endpoint-private-dns", "F086", _ENDPOINT, needs_stack=True)
def _private_dns(endpoint: Resource) -> Answers:
    """Private DNS of a service is on one endpoint per VPC, and the VPC resolves and hands out names.

    Set enableDnsSupport and enableDnsHostnames on the VPC, and privateDnsEnabled on one endpoint only.
    """
    if not switch(endpoint.get("privateDnsEnabled")):
        return
    for other, names in together(earlier(endpoint, "private DNS", (_ENDPOINT,), _private_key)):
        expected = f"false, because {names} has the service's name already"
        yield Finding("privateDnsEnabled", True, expected, detail=other.name)
    vpc = target(endpoint, "vpcId", "ec2/vpc")
    for name, default in (("enableDnsSupport", True), ("enableDnsHostnames", False)):
        if vpc is not None and not switch(vpc.get(name), default=default):
            answer = (
                "InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes "
                "set to true"
            )
            expected = f"false, or a VPC with {name}: true"
            yield Finding("privateDnsEnabled", True, expected, detail=name, answer=answer)


@rules.rule("endpoint-s3-gateway-first", "F087", _ENDPOINT, needs_stack=True)
def _s3(endpoint: Resource) -> Answers:
    """An S3 interface endpoint with private DNS comes after a gateway endpoint, or takes all of the VPC's traffic.

    Add an S3 gateway endpoint and depend on it, or set dnsOptions.privateDnsOnlyForInboundResolverEndpoint: false.
    """
    name = str(endpoint.get("serviceName") or "")
    only = "dnsOptions.privateDnsOnlyForInboundResolverEndpoint"
    private = switch(endpoint.get("privateDnsEnabled")) and switch(endpoint.get(only), default=True)
    if private and name.endswith(".s3") and endpoint.get(_TYPE) == "Interface":
        missing = "false, or an S3 gateway endpoint that this one depends on"
        yield from after_any(endpoint, _gateways(endpoint.graph, name), "privateDnsEnabled", True, missing=missing)


@per_stack
def _gateways(graph: Graph, service: str) -> list[Resource]:
    return [each for each in graph.of(_ENDPOINT) if _is_gateway(each) and each.get("serviceName") == service]


@rules.rule("endpoint-one-subnet-per-zone", "F088", "ec2/vpcEndpoint ec2transitgateway/vpcAttachment", needs_stack=True)
def _zones(endpoint: Resource) -> Answers:
    """An endpoint or attachment has one subnet per zone.

    Name one subnet of each zone.
    """
    found = listed(endpoint, "subnetIds", "ec2/subnet") if endpoint.get("subnetIds") else None
    zones = [zone for zone in map(zone_of, found or []) if zone]
    if several := sorted({zone for zone in zones if zones.count(zone) > 1}):
        answer = "DuplicateSubnetsInSameZone: Found another VPC endpoint subnet in the availability zone"
        yield Finding("subnetIds", zones, f"one subnet per zone ({', '.join(several)})", answer=answer)
    elif len(zones) < len(found or []):
        yield NOT_JUDGED


@rules.rule("endpoint-route-table-once", "F356", _ENDPOINT, needs_stack=True)
def _gateway_once(endpoint: Resource) -> Answers:
    """A route table has one gateway endpoint per service.

    Keep one gateway endpoint per service and VPC, with all its route tables.
    """
    if not _is_gateway(endpoint):
        return
    own = _tables_of(endpoint)
    sharing = (other for other in earlier(endpoint, "gateway endpoints", (_ENDPOINT,), _gateway_key) if own & _tables_of(other))
    for other, names in together(sharing):
        answer = "RouteAlreadyExists: route table already has a route with destination-prefix-list-id"
        shared = ", ".join(sorted(urn.rpartition("::")[2] for urn in own & _tables_of(other)))
        expected = f"route tables that {names} does not have ({shared})"
        yield Finding("routeTableIds", endpoint.get("routeTableIds"), expected, detail=other.name, answer=answer)


@per_resource
def _tables_of(endpoint: Resource) -> set[str]:
    return {table.urn for table in targets(endpoint, "routeTableIds[]", "ec2/routeTable")}


@rules.rule("endpoint-group-allows-https", "F089", _ENDPOINT, needs_stack=True)
def _https(endpoint: Resource) -> Answers:
    """The security group of an interface endpoint lets HTTPS in from the VPC.

    Allow TCP 443 from the VPC's block, or from the groups that use the endpoint.
    """
    if endpoint.get(_TYPE) != "Interface" or not given(endpoint.get("securityGroupIds")):
        return
    groups = listed(endpoint, "securityGroupIds", "ec2/securityGroup")
    if not groups:
        return
    verdicts = [_lets_https(group) for group in groups]
    if not any(verdict is not False for verdict in verdicts):
        names = ", ".join(group.name for group in groups)
        yield Finding("securityGroupIds", names, "a group that allows TCP 443 from the VPC")
    elif True not in verdicts:
        yield NOT_JUDGED


def _lets_https(group: Resource) -> bool | None:
    if group.get("ingress") is UNKNOWN:
        return None
    separate = referrers(group, "ec2/securityGroupRule", "securityGroupId")
    return any_so(
        _has_443(block)
        for block in (
            *(block for _, block in blocks(group, "ingress[]")),
            *(rule.properties for rule in referrers(group, "vpc/securityGroupIngressRule", "securityGroupId")),
            *(rule.properties for rule in separate if rule.get("type") != "egress"),
        )
    )


def _has_443(rule: Block) -> bool | None:
    protocol, low, high = rule.get("protocol", rule.get("ipProtocol")), rule.get("fromPort"), rule.get("toPort")
    if any(value is UNKNOWN for value in (protocol, low, high)):
        return None
    first, last = as_number(low), as_number(high)
    return str(protocol) in ("-1", "all") or (
        str(protocol) in ("tcp", "6") and first is not None and last is not None and first <= 443 <= last
    )
