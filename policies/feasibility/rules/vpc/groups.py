"""Security groups and their rules that Amazon EC2 refuses, or that take each other away."""

from collections.abc import Hashable, Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import each_matches, for_kinds, unique
from policies.feasibility.engine.networks import short
from policies.feasibility.engine.places import in_one_vpc
from policies.feasibility.engine.relations import vpc_of
from policies.feasibility.engine.shapes import blocks, each_block, exactly_one, forbids, given, of, saying, some_of
from policies.kit.checks import all_of
from policies.kit.references import reference, referrers, target
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number

rules: Final = Rules("feasibility", failures())

_GROUP: Final = "ec2/securityGroup"
_SEPARATE: Final = "vpc/securityGroupIngressRule vpc/securityGroupEgressRule"
_RULES: Final = f"ec2/securityGroupRule {_SEPARATE}"
_WAYS: Final = ("ingress", "egress")


@rules.rule("security-group-rules-one-way", "F080", _GROUP, needs_stack=True)
def _one_way(group: Resource) -> Answers:
    """A security group's rules are either inline or separate resources.

    Remove ingress and egress from the group, or the separate rules.
    """
    inline = [way for way in _WAYS if given(group.get(way))]
    for kind in _RULES.split() if inline else ():
        for rule in referrers(group, kind, "securityGroupId"):
            expected = f"no inline rules, because {rule.name} is a separate one"
            yield Finding(inline[0], "inline rules", expected, detail=rule.name)


_SOURCES: Final = "cidrIpv4 cidrIpv6 prefixListId referencedSecurityGroupId"

rules.named("security-rule-source", "F350", _SEPARATE).add(
    of(exactly_one(_SOURCES)),
    description="A security group rule names one source or destination.",
    remediation="Set one of cidrIpv4, cidrIpv6, prefixListId and referencedSecurityGroupId.",
)
rules.named("security-group-rule-source", "F350", "ec2/securityGroupRule").add(
    of(
        saying(
            "One of ['cidr_blocks', 'ipv6_cidr_blocks', 'self', 'source_security_group_id', 'prefix_list_ids'] must be set "
            "to create an AWS Security Group Rule",
            some_of("cidrBlocks ipv6CidrBlocks prefixListIds sourceSecurityGroupId self"),
        ),
        forbids("sourceSecurityGroupId", "cidrBlocks ipv6CidrBlocks self"),
        forbids("self", "cidrBlocks ipv6CidrBlocks"),
    ),
    description="A security group rule takes its source from blocks, from another group or from its own, not from several.",
    remediation="Declare one rule per kind of source.",
)

_ALL: Final = ("-1", "all")
_NAMED: Final = ("tcp", "udp", "6", "17")
_ICMP: Final = ("icmp", "icmpv6", "1", "58")
_ICMP_CODES: Final = range(-1, 256)


def _entries(resource: Resource) -> Iterator[tuple[str, str, Block]]:
    """Path, property of the protocol, and block of every rule that a resource holds."""
    if resource.kind in _RULES.split():
        yield "", "ipProtocol" if resource.kind in _SEPARATE else "protocol", resource.properties
    for way in () if resource.kind in _RULES.split() else _WAYS:
        for where, block in blocks(resource, f"{way}[]"):
            yield f"{where}.", "protocol", block


@rules.rule("security-rule-ports", "F351", f"{_GROUP} ec2/defaultSecurityGroup {_RULES}")
def _ports(resource: Resource) -> Answers:
    """A rule has the ports that its protocol has, in order.

    Set fromPort and toPort for tcp and udp, type and code for icmp, and neither (0 inline) for all protocols.
    """
    for where, name, block in _entries(resource):
        protocol, low, high = block.get(name), block.get("fromPort"), block.get("toPort")
        if protocol is UNKNOWN or low is UNKNOWN or high is UNKNOWN:
            yield NOT_JUDGED
            continue
        yield from _port_answers(where, name, str(protocol).lower(), low, high)


def _port_answers(where: str, name: str, protocol: str, low: Value, high: Value) -> Iterator[Finding]:
    separate = name == "ipProtocol"
    first, last = as_number(low), as_number(high)
    if protocol in _ALL:
        if separate and (low is not None or high is not None) and (first, last) != (-1, -1):
            answer = (
                "InvalidParameterValue: You may not specify all protocols and specific ports. Please specify each protocol and "
                "port range combination individually, or all protocols and no port range."
            )
            expected = "nothing, because the rule is for all protocols"
            yield Finding(f"{where}fromPort", low, expected, detail="all", answer=answer)
        elif where == "" and not separate and (first not in (None, 0, -1) or last not in (None, 0, -1)):
            answer = f"from_port ({low}) and to_port ({high}) must both be 0 to use the 'ALL' \"-1\" protocol!"
            expected = "0 and 0, because the rule is for all protocols"
            yield Finding("fromPort", [low, high], expected, detail="all", answer=answer)
    elif protocol in _NAMED:
        if low is None or high is None:
            answer = "InvalidParameterValue: Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            missing = "fromPort" if low is None else "toPort"
            expected = f"a port, because the protocol is {protocol}"
            yield Finding(f"{where}{missing}", None, expected, detail=missing, answer=answer)
    elif protocol in _ICMP:
        known = first in _ICMP_CODES and last in _ICMP_CODES and (first != -1 or last == -1)
        if first is not None and last is not None and not known:
            expected = "an ICMP type and code from -1 to 255 (type -1 only with code -1)"
            yield Finding(f"{where}fromPort", [low, high], expected, detail=f"icmp {low}-{high}")
    elif protocol in ("none", ""):
        yield Finding(f"{where}{name}", None, "tcp, udp, icmp, -1 or a number", detail="protocol")
    elif protocol.isdigit():
        if int(protocol) > 255:
            yield Finding(f"{where}{name}", protocol, "a protocol number from 0 to 255", detail=protocol)
    elif protocol not in ("ah", "esp", "gre", "sctp"):
        answer = f"InvalidParameterValue: Invalid value '{protocol}' for IP protocol. Unknown protocol."
        yield Finding(f"{where}{name}", protocol, "tcp, udp, icmp, icmpv6, -1 or a number", detail=protocol, answer=answer)


def _separate_key(rule: Resource) -> Hashable:
    if rule.kind == "ec2/securityGroupRule":
        names = "type protocol fromPort toPort cidrBlocks ipv6CidrBlocks prefixListIds self"
        peer = "sourceSecurityGroupId"
    else:
        names = "ipProtocol fromPort toPort cidrIpv4 cidrIpv6 prefixListId"
        peer = "referencedSecurityGroupId"
    values = [as_list(rule.get(name)) or [None] for name in names.split()]
    flat = [element for value in values for element in value]
    if any(element is UNKNOWN for element in flat):
        raise UnknownValueError
    source = reference(rule, peer, _GROUP) if given(rule.get(peer)) else None
    return (rule.kind, reference(rule, "securityGroupId", _GROUP), source, tuple(sorted(map(str, flat))), str(values[:3]))


rules.named("security-rule-once", "F352", _RULES, needs_stack=True).add(
    unique(
        _RULES,
        _separate_key,
        "",
        "one rule of this kind; {other} is the same",
        answer="InvalidPermission.Duplicate: the specified rule already exists",
    ),
    description="A security group has each rule once.",
    remediation="Remove the second rule.",
)
rules.named("security-group-inline-source", "F350", _GROUP).add(
    all_of(*(each_block(f"{way}[]", some_of("cidrBlocks ipv6CidrBlocks prefixListIds securityGroups self")) for way in _WAYS)),
    description="Inline rules name a source each.",
    remediation="Set cidrBlocks, ipv6CidrBlocks, prefixListIds, securityGroups or self.",
)


def _text(path: str) -> Check:
    return each_matches(
        path,
        r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}",
        "up to 255 of a-z, A-Z, 0-9 and ._-:/()#,@[]+=&;{}!$*",
        answer=(
            "InvalidParameterValue: Invalid security group description. Valid descriptions are strings less than 256 "
            "characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{{}}!$*"
        ),
        detail=path,
    )


rules.named("security-group-text", "F353", f"{_GROUP} {_RULES}").add(
    all_of(
        for_kinds(
            _GROUP,
            each_matches(
                "name",
                r"(?s)(?!sg-|default$).*",
                "a name that neither starts with sg- nor is default",
                answer=(
                    "InvalidParameterValue: Invalid value '{value}' for groupName. Group names may not be in the format sg-*."
                ),
                detail=False,
            ),
            _text("name"),
        ),
        *(_text(path) for path in ("description", *(f"{way}[].description" for way in _WAYS))),
    ),
    description="Names and descriptions of security groups and rules have the letters that EC2 takes; no name starts with sg-.",
    remediation="Use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, at most 255 of them.",
)


@rules.rule("security-group-size", "F353", _GROUP, needs_stack=True)
def _group_size(group: Resource) -> Answers:
    """A security group has at most 60 rules in each direction.

    Use prefix lists or fewer groups, or ask for a higher quota.
    """
    for way, kind in (("ingress", "vpc/securityGroupIngressRule"), ("egress", "vpc/securityGroupEgressRule")):
        total = sum(
            len(as_list(block.get(name)))
            for _, block in blocks(group, f"{way}[]")
            for name in ("cidrBlocks", "prefixListIds", "securityGroups")
        )
        total += len(referrers(group, kind, "securityGroupId"))
        if total > 60:
            answer = "RulesPerSecurityGroupLimitExceeded: The maximum number of rules per security group has been reached."
            yield Finding(way, f"{total} rules", "at most 60", detail=way, answer=answer)


_PLACED: Final = {
    "ec2/instance": ("subnetId", "vpcSecurityGroupIds[]"),
    "ec2/networkInterface": ("subnetId", "securityGroups[]"),
    "lambda/function": ("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
    "ecs/service": ("networkConfiguration.subnets[]", "networkConfiguration.securityGroups[]"),
    "ec2/vpcEndpoint": ("subnetIds[]", "securityGroupIds[]"),
    "efs/mountTarget": ("subnetId", "securityGroups[]"),
    "elb/loadBalancer": ("subnets[]", "securityGroups[]"),
    "batch/computeEnvironment": ("computeResources.subnets[]", "computeResources.securityGroupIds[]"),
    "eks/cluster": ("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
    "apigatewayv2/vpcLink": ("subnetIds[]", "securityGroupIds[]"),
    "mq/broker": ("subnetIds[]", "securityGroups[]"),
    "msk/cluster": ("brokerNodeGroupInfo.clientSubnets[]", "brokerNodeGroupInfo.securityGroups[]"),
    "codebuild/project": ("vpcConfig.subnets[]", "vpcConfig.securityGroupIds[]"),
    "synthetics/canary": ("vpcConfig.subnetIds[]", "vpcConfig.securityGroupIds[]"),
    "fsx/lustreFileSystem": ("subnetIds", "securityGroupIds[]"),
}

rules.named("security-group-of-vpc", "F354", " ".join(_PLACED), needs_stack=True).add(
    all_of(
        *(
            for_kinds(kind, in_one_vpc(*paths, "a group of {vpc}, the subnets' VPC", detail="subnets"))
            for kind, paths in _PLACED.items()
        )
    ),
    description="Security groups are of the VPC of the subnets that they are used in, and all those subnets are of one VPC.",
    remediation="Take subnets and security groups from one VPC.",
)


@rules.rule("security-rule-peer-of-vpc", "F354", _RULES, needs_stack=True)
def _peer(rule: Resource) -> Answers:
    """A rule refers to a group of its own VPC, or of a peered one.

    Refer to a group of the same VPC, or peer the VPCs.
    """
    prop = "sourceSecurityGroupId" if rule.kind == "ec2/securityGroupRule" else "referencedSecurityGroupId"
    own, peer = target(rule, "securityGroupId", _GROUP), target(rule, prop, _GROUP)
    if own is None or peer is None:
        return
    mine, theirs = vpc_of(own), vpc_of(peer)
    peered = rule.graph.of("ec2/vpcPeeringConnection", "ec2transitgateway/vpcAttachment")
    if mine is not None and theirs is not None and mine != theirs and not peered:
        answer = "InvalidGroup.NotFound: You have specified two resources that belong to different networks."
        yield Finding(prop, peer.name, f"a group of {short(mine)}", answer=answer)
