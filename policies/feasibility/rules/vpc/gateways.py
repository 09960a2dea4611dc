"""NAT gateways, Elastic IP addresses and peerings that Amazon VPC refuses."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import unique
from policies.feasibility.engine.networks import egress_of, internet_gateways, network, overlap, route_table_of
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.shapes import absent, exactly_one, given, of, only_one, present, some_of, when
from policies.kit.references import referrers, target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_NAT: Final = "ec2/natGateway"

rules.named("nat-gateway-shape", "F349", _NAT).add(
    of(
        when(
            "availabilityMode",
            (None, "zonal"),
            present("subnetId", "the public subnet that it stands in"),
            when("connectivityType", ("public", None), present("allocationId", "because it is public")),
        ),
        when("connectivityType", ("private",), absent("allocationId secondaryAllocationIds", "because it is private")),
        when("availabilityMode", ("regional",), absent("subnetId", "because it is regional")),
    ),
    description="A public NAT gateway has an Elastic IP address, a private one has none.",
    remediation="Set allocationId on public NAT gateways only.",
)


@rules.rule("nat-gateway-internet", "F091", _NAT, needs_stack=True)
def _nat(nat: Resource) -> Answers:
    """A public NAT gateway is created after the internet gateway, in a subnet that is routed to it.

    Put the NAT gateway in a public subnet and name the internet gateway in its dependsOn.
    """
    subnet = target(nat, "subnetId", "ec2/subnet") if nat.get("connectivityType") != "private" else None
    vpc = subnet and target(subnet, "vpcId", "ec2/vpc")
    if subnet is None or vpc is None:
        return
    gateways = internet_gateways(vpc)
    if not gateways:
        yield Finding("subnetId", subnet.name, f"a subnet of a VPC with an internet gateway ({vpc.name} has none)")
        return
    yield from after_any(nat, gateways, "subnetId", subnet.name, detail="order")
    ways = egress_of(subnet)
    if ways is None and route_table_of(subnet) is not None:
        yield NOT_JUDGED
    elif ways is not None and "internet gateway" not in ways:
        expected = "a subnet whose default route leads to the internet gateway"
        answer = "No error: nothing behind it reaches the internet"
        yield Finding("subnetId", subnet.name, expected, detail="route", answer=answer)


rules.named("eip-shape", "F349", "ec2/eip").add(
    of(only_one("instance networkInterface"), only_one("domain vpc")),
    description="An Elastic IP address is bound to one thing.",
    remediation="Set one of instance and networkInterface; set domain: vpc.",
)
rules.named("eip-association-shape", "F349", "ec2/eipAssociation").add(
    of(some_of("allocationId publicIp"), exactly_one("instanceId networkInterfaceId")),
    description="An association joins one address to one instance or interface.",
    remediation="Set allocationId, and one of instanceId and networkInterfaceId.",
)


@rules.rule("eip-after-gateway", "F091", "ec2/eip", needs_stack=True)
def _eip(eip: Resource) -> Answers:
    """An address that is bound to an instance is made after the internet gateway of its VPC.

    Name the internet gateway in the address's dependsOn.
    """
    instance = target(eip, "instance", "ec2/instance")
    subnet = instance and target(instance, "subnetId", "ec2/subnet")
    vpc = subnet and target(subnet, "vpcId", "ec2/vpc")
    if instance and vpc:
        yield from after_any(eip, referrers(vpc, "ec2/internetGateway", "vpcId"), "instance", instance.name)


rules.named("eip-quota", "F092", "ec2/eip", needs_stack=True).add(
    unique(
        "ec2/eip",
        lambda eip: (eip.region, given(eip.get("publicIpv4Pool"))),
        "",
        "at most 5 addresses per region, AWS's quota at first; this is the sixth of the stack",
        detail=False,
        most=5,
    ),
    description="A stack asks for no more Elastic IP addresses in a region than AWS gives at first.",
    remediation="Ask for a higher quota first, or use fewer NAT gateways.",
)


@rules.rule("vpc-peering", "F358", "ec2/vpcPeeringConnection", needs_stack=True)
def _peering(peering: Resource) -> Answers:
    """Peered VPCs have blocks apart, are two, and a connection to another region or account is accepted there.

    Accept with VpcPeeringConnectionAccepter where peerRegion or peerOwnerId is set; choose blocks that are apart.
    """
    if peering.get("autoAccept") is UNKNOWN and given(peering.get("peerRegion")):
        yield NOT_JUDGED
    elif peering.get("autoAccept") is True and given(peering.get("peerRegion")):
        answer = "`peer_region` cannot be set whilst `auto_accept` is `true` when creating an EC2 VPC Peering Connection"
        yield Finding("autoAccept", True, "nothing, because peerRegion is set", detail="autoAccept", answer=answer)
    own, peer = target(peering, "vpcId", "ec2/vpc"), target(peering, "peerVpcId", "ec2/vpc")
    if own is not None and own is peer:
        yield Finding("peerVpcId", own.name, "another VPC", detail="same")
    elif own is not None and peer is not None:
        mine, theirs = own.get("cidrBlock"), peer.get("cidrBlock")
        if mine is UNKNOWN or theirs is UNKNOWN:
            yield NOT_JUDGED
        elif overlap(network(mine), network(theirs)):
            answer = "InvalidParameterValue / OverlappingCidr: the peering connection fails"
            yield Finding("peerVpcId", theirs, f"a VPC apart from {mine}", detail="overlap", answer=answer)
