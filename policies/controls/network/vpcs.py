"""VPCs: none is AWS's default, tiers span zones, NAT stands in each, and AWS services are called without leaving."""

from typing import Final

from policies.controls.network.lookup import RULES
from policies.controls.network.places import declared_tier, tier, tier_name
from policies.feasibility.engine.networks import zone_of
from policies.kit.checks import if_so, is_on, named_by
from policies.kit.conditions import except_where
from policies.kit.document import MalformedDocumentError, Statement, covers_everything, statements
from policies.kit.references import by_key, sure_referrers, targets, vpc_of
from policies.kit.resource import Resource
from policies.kit.routes import every
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool

rules: Final = Rules("network")

_ZONES: Final = 2
_PRODUCTION_ZONES: Final = 3


@rules.rule("no-default-vpc", "C119", "ec2/defaultVpc")
def _no_default_vpc(vpc: Resource) -> Answers:
    """Nothing takes over the default VPC of a region, whose subnets are all public.

    Make a VPC of the stack's own.
    """
    yield Finding("", None, f"a Vpc instead of the default one {vpc.name} takes over")


rules.named("default-security-group-managed", "C117", "ec2/vpc", needs_stack=True).add(
    named_by(
        "a DefaultSecurityGroup without rules, for AWS's own admits all its members and lets all out",
        ("ec2/defaultSecurityGroup", "vpcId"),
    ),
    description="The stack takes over the default security group of each of its VPCs.",
    remediation="Add a DefaultSecurityGroup with this vpcId and no rules.",
)


@rules.rule("default-security-group-empty", "C117", f"ec2/defaultSecurityGroup {' '.join(RULES)}")
def _default_empty(resource: Resource) -> Answers:
    """A VPC's default security group has no rules, so that what gets it by mistake is unreachable.

    Remove the rules and give each thing a group of its own.
    """
    if resource.kind == "ec2/defaultSecurityGroup":
        for direction in ("ingress", "egress"):
            yield from if_so(resource.get(direction), Finding(direction, resource.get(direction), "no rules", direction))
    elif resource.get("securityGroupId") is UNKNOWN and not resource.sources("securityGroupId"):
        yield NOT_JUDGED
    else:
        # A rule that takes its group from a VPC takes the VPC's default group.
        owners = [
            owner for kind in ("ec2/defaultSecurityGroup", "ec2/vpc") for owner in targets(resource, "securityGroupId", kind)
        ]
        if owners:
            yield Finding(
                "securityGroupId", resource.get("securityGroupId"), f"a group of its own, not {owners[0].name}'s default"
            )


def _hands_out_none(prop: str) -> Check:
    """The subnet hands out no addresses by this switch, unless a tag says that its tier is public."""

    def check(subnet: Resource) -> Answers:
        value = as_bool(subnet.get(prop))
        tagged = declared_tier(subnet)
        answer = every(value if value is UNKNOWN else value is True, tagged if tagged is UNKNOWN else tagged != "public")
        yield from if_so(answer, Finding(prop, value, "false, except in a tier that is tagged public"))

    return check


rules.named("subnet-public-ip", "C118", "ec2/subnet").add(
    _hands_out_none("mapPublicIpOnLaunch"),
    description="Subnets hand out no public addresses, unless a tag says that their tier is public.",
    remediation="Set mapPublicIpOnLaunch: false, or tag the subnet Tier: public.",
    remediation_values={"mapPublicIpOnLaunch": False},
)
rules.named("subnet-public-ipv6", "C118", "ec2/subnet").add(
    except_where("ipv6Native", (True,), _hands_out_none("assignIpv6AddressOnCreation")),
    description="Subnets hand out no IPv6 addresses, which are public ones, unless they are public or have nothing else.",
    remediation="Set assignIpv6AddressOnCreation: false, or tag the subnet Tier: public.",
    remediation_values={"assignIpv6AddressOnCreation": False},
)


def _vpc_of(resource: Resource) -> str:
    return vpc_of(resource) or ""


def _tier_of(subnet: Resource) -> tuple[str, str]:
    return _vpc_of(subnet), tier_name(subnet)


@rules.rule("subnet-tier-zones", "C121", "ec2/subnet", needs_stack=True)
def _tier_zones(subnet: Resource) -> Answers:
    """The subnets of each tier stand in two availability zones, in production in three.

    Add a subnet of the tier in another availabilityZone.
    """
    subnets = by_key(subnet.graph, "tiers", ("ec2/subnet",), _tier_of)[_tier_of(subnet)]
    if subnets[0] is not subnet:
        return  # said once per tier
    wanted = _PRODUCTION_ZONES if subnet.production else _ZONES
    known = {name for name in map(zone_of, subnets) if name}
    open_ = sum(1 for other in subnets if not zone_of(other))
    if len(known) + open_ < wanted:
        where = f"the {tier_name(subnet)} tier's subnets" if tier_name(subnet) else "the VPC's subnets"
        expected = f"{where} in {wanted} zones, not {len(known) + open_}"
        yield Finding("availabilityZone", subnet.get("availabilityZone"), expected)
    elif len(known) < wanted:
        yield NOT_JUDGED


def _vpc_of_public(gateway: Resource) -> str | None:
    """What tells the VPC of a public NAT gateway from others; None for a private one."""
    subnets = targets(gateway, "subnetId", "ec2/subnet")
    return (_vpc_of(subnets[0]) if subnets else "") if gateway.get("connectivityType") in (None, "public") else None


@rules.rule("nat-gateway-per-zone", "C122", "ec2/natGateway", needs_stack=True)
def _nat_per_zone(gateway: Resource) -> Answers:
    """In production each zone has a NAT gateway: losing a zone takes no other zone's way out with it.

    Add a NatGateway in the public subnet of each zone and route each zone's private subnets to its own.
    """
    if not gateway.production or gateway.get("availabilityMode") == "regional":
        return
    graph, vpc = gateway.graph, _vpc_of_public(gateway)
    gateways = by_key(graph, "public NAT gateways", ("ec2/natGateway",), _vpc_of_public).get(vpc, [])
    if gateways[:1] != [gateway]:
        return  # said once per VPC
    served = [subnet for subnet in by_key(graph, "subnets", ("ec2/subnet",), _vpc_of).get(vpc, ()) if tier(subnet) != "data"]
    zones = {zone_of(subnet) for subnet in served}
    wanted = len(zones - {None}) if served else _ZONES
    stands_in = {_place(other) for other in gateways}
    if len(stands_in) < wanted:
        yield Finding("subnetId", gateway.get("subnetId"), f"a NAT gateway in each of {wanted} zones, not in {len(stands_in)}")
    elif len(gateways) < len(served) and None in zones:
        yield NOT_JUDGED


def _place(gateway: Resource) -> str:
    """The zone a NAT gateway stands in, or what tells it from others."""
    subnets = targets(gateway, "subnetId", "ec2/subnet")
    named = gateway.get("subnetId")
    return (zone_of(subnets[0]) or subnets[0].urn) if subnets else named if isinstance(named, str) else gateway.urn


def _endpoints(kind: str, *wanted: str) -> Check:
    """The VPC has endpoints of this type for these services, which the ends of their names tell."""

    def check(vpc: Resource) -> Answers:
        endpoints = sure_referrers(vpc, ("ec2/vpcEndpoint", "vpcId"))
        told = [(endpoint.get("serviceName"), endpoint.get("vpcEndpointType")) for endpoint in endpoints]
        known = [(service, type_) for service, type_ in told if service is not UNKNOWN and type_ is not UNKNOWN]
        found = [str(service) for service, type_ in known if (type_ or "Gateway") == kind]
        for service in wanted:
            if not any(name.endswith(f".{service}") for name in found):
                missing = Finding("", None, f"a VpcEndpoint of type {kind} for {service}", service)
                yield NOT_JUDGED if len(known) < len(told) else missing

    return check


rules.named("vpc-gateway-endpoints", "C123", "ec2/vpc", needs_stack=True).add(
    _endpoints("Gateway", "s3", "dynamodb"),
    description="VPCs call S3 and DynamoDB by gateway endpoints, which cost nothing.",
    remediation="Add VpcEndpoints of type Gateway with the private route tables in routeTableIds.",
)
rules.named("vpc-interface-endpoints", "C123", "ec2/vpc", needs_stack=True).add(
    _endpoints("Interface", "kms", "secretsmanager", "ecr.api", "ecr.dkr", "logs", "sts"),
    description="VPCs call KMS, Secrets Manager, ECR, CloudWatch Logs and STS by interface endpoints.",
    remediation="Add VpcEndpoints of type Interface with privateDnsEnabled: true in a subnet per zone.",
)


@rules.rule("vpc-endpoint-policy", "C123", "ec2/vpcEndpoint ec2/vpcEndpointPolicy")
def _endpoint_policy(resource: Resource) -> Answers:
    """Endpoint policies allow less than everything to everyone.

    Set policy: allow what this account's principals do with this account's resources (aws:PrincipalAccount).
    """
    policy = resource.get("policy")
    if resource.kind == "ec2/vpcEndpoint" and not _takes_policy(resource):
        return
    if policy is None or policy == "":
        if resource.kind == "ec2/vpcEndpointPolicy" or not sure_referrers(resource, ("ec2/vpcEndpointPolicy", "vpcEndpointId")):
            yield Finding("policy", policy, "a policy, for without one AWS allows everything to everyone")
        return
    try:
        for statement in statements(policy):
            if _allows_everything(statement):
                yield Finding(
                    "policy", f"Statement[{statement.index}]", "named principals, actions or resources", "full access"
                )
    except MalformedDocumentError:
        yield NOT_JUDGED


def _takes_policy(endpoint: Resource) -> bool:
    """Gateways of load balancers, Lattice resources and services that are not AWS's own have no policy."""
    service = endpoint.get("serviceName")
    private = isinstance(service, str) and ".vpce." in service
    return endpoint.get("vpcEndpointType") in (None, "Gateway", "Interface") and not private


def _allows_everything(statement: Statement) -> bool:
    return (
        statement.allow
        and not any(condition.narrows for condition in statement.conditions)
        and statement.about_everyone
        and any(action == "*" or action.endswith(":*") for action in statement.actions)
        and covers_everything(statement.resources)
    )


rules.named("endpoint-service-acceptance", "C125", "ec2/vpcEndpointService").add(
    is_on("acceptanceRequired"),
    description="Whoever connects to an endpoint service is accepted one by one.",
    remediation="Set acceptanceRequired: true.",
    remediation_values={"acceptanceRequired": True},
)
