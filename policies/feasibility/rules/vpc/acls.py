"""Network ACLs and flow logs that Amazon VPC refuses, or that let nothing through."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import choice
from policies.feasibility.engine.joins import key, lacks, target_then, unique
from policies.feasibility.engine.relations import plain, services_named
from policies.feasibility.engine.shapes import absent, blocks, exactly_one, of, present, requires, some_of, when
from policies.kit.checks import all_of
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_number, switch

rules: Final = Rules("feasibility", failures())

_ACL: Final = "ec2/networkAcl"
_RULE: Final = "ec2/networkAclRule"
_WAYS: Final = ("ingress", "egress")
_ALL: Final = ("-1", "all")
_ACL_OF: Final = key("networkAclId:ec2/networkAcl ec2/defaultNetworkAcl")


class _Entry(NamedTuple):
    """An entry of an ACL, or a separate rule: where it is, its direction, its block, its properties for number and action."""

    where: str
    way: str
    block: Block
    number: str
    action: str


def _entries(resource: Resource) -> Iterator[_Entry]:
    if resource.kind == _RULE:
        way = "egress" if switch(resource.get("egress")) else "ingress"
        yield _Entry("", way, resource.properties, "ruleNumber", "ruleAction")
        return
    for way in _WAYS:
        for where, block in blocks(resource, f"{way}[]"):
            yield _Entry(f"{where}.", way, block, "ruleNo", "action")


@rules.rule("network-acl-entry", "F355", "ec2/networkAcl ec2/defaultNetworkAcl ec2/networkAclRule")
def _entry(resource: Resource) -> Answers:
    """An ACL's entry has a number from 1 to 32766, one block, and the ports that its protocol has.

    Set a rule number in the range, one of cidrBlock and ipv6CidrBlock, and ports for tcp and udp only.
    """
    seen: set[tuple[str, Value]] = set()
    for where, way, block, name, action in _entries(resource):
        number = block.get(name)
        if number is UNKNOWN:
            yield NOT_JUDGED
        else:
            if not 1 <= (as_number(number) or 0) <= 32766:
                yield Finding(f"{where}{name}", number, "1 to 32766", detail=f"{way} {number}")
            if (way, number) in seen:
                answer = f"NetworkAclEntryAlreadyExists: The network acl entry identified by {number} already exists."
                expected = f"a number of its own for {way}"
                yield Finding(f"{where}{name}", number, expected, detail=f"{way} {number}", answer=answer)
            seen.add((way, number))
        yield from exactly_one("cidrBlock ipv6CidrBlock")(where, block)
        yield from choice(action, ("allow", "deny", "ALLOW", "DENY"))(where, block)
        yield from _ports(where, f"{way} {'' if number is UNKNOWN else number}", block)


def _ports(where: str, detail: str, block: Block) -> Answers:
    protocol, low, high = block.get("protocol"), block.get("fromPort"), block.get("toPort")
    if any(value is UNKNOWN for value in (protocol, low, high)):
        yield NOT_JUDGED
        return
    name, first, last = str(protocol).lower(), as_number(low), as_number(high)
    if name in _ALL and ((first or 0) != 0 or (last or 0) != 0):
        answer = f"to_port ({high}) and from_port ({low}) must both be 0 to use the the 'all' \"-1\" protocol!"
        expected = "0 and 0, because the entry is for all protocols"
        yield Finding(f"{where}fromPort", [low, high], expected, detail=detail, answer=answer)
    elif name in ("tcp", "udp", "6", "17"):
        if first is None or last is None:
            answer = "InvalidParameterValue: Must specify both from and to ports with TCP/UDP."
            yield Finding(f"{where}fromPort", [low, high], "ports from 0 to 65535", detail=detail, answer=answer)
        elif not 0 <= first <= last <= 65535:
            yield Finding(f"{where}fromPort", [low, high], "ports from 0 to 65535, the lower one first", detail=detail)
    elif name in ("icmp", "1", "icmpv6", "58") and (block.get("icmpType") is None or block.get("icmpCode") is None):
        answer = "InvalidParameterValue: icmp type and code must be specified"
        yield Finding(f"{where}icmpType", None, "type and code (-1 for all)", detail=detail, answer=answer)


rules.named("network-acl-rule-once", "F355", _RULE, needs_stack=True).add(
    all_of(
        unique(
            _RULE,
            lambda rule: (_ACL_OF(rule), switch(rule.get("egress")), str(plain(rule, "ruleNumber")[0])),
            "ruleNumber",
            "a number that {other} does not have",
            answer="NetworkAclEntryAlreadyExists: The network acl entry identified by {value} already exists.",
        ),
        target_then(
            "networkAclId",
            _ACL,
            lacks(
                "ingress egress",
                "no separate rule, because {other} has inline entries, which remove it at the next update",
                detail="inline",
                answer="No error: the rule comes and goes",
            ),
        ),
    ),
    description="An ACL's separate rules have numbers of their own in each direction, and no inline entries beside them.",
    remediation="Give each rule a number of its own, and keep the entries either inline or separate.",
)


@rules.rule("network-acl-return-ports", "F085", _ACL, needs_stack=True)
def _return(acl: Resource) -> Answers:
    """An ACL that lets traffic out lets the answers back in.

    Allow TCP 1024-65535 in the other direction.
    """
    entries = [entry for each in (acl, *referrers(acl, _RULE, "networkAclId")) for entry in _entries(each)]
    if any(entry.block.get(name) is UNKNOWN for entry in entries for name in (entry.action, "protocol", "fromPort", "toPort")):
        yield NOT_JUDGED
        return
    allowing = [entry for entry in entries if str(entry.block.get(entry.action)).lower() == "allow"]
    for way, back in (("egress", "ingress"), ("ingress", "egress")):
        answers = [entry for entry in allowing if entry.way == back]
        if any(entry.way == way for entry in allowing) and not any(_ephemeral(entry.block) for entry in answers):
            expected = f"an entry that allows TCP 1024-65535, for the answers to what {way} allows"
            yield Finding(back, f"{len(answers)} entries that allow", expected, detail=back)


def _ephemeral(block: Block) -> bool:
    protocol = str(block.get("protocol")).lower()
    low, high = as_number(block.get("fromPort")), as_number(block.get("toPort"))
    return protocol in _ALL or (
        protocol in ("tcp", "6") and low is not None and high is not None and low <= 32768 and high >= 60999
    )


_FLOW_LOG: Final = "ec2/flowLog"
_SCOPES: Final = "vpcId subnetId eniId transitGatewayId transitGatewayAttachmentId regionalNatGatewayId"

rules.named("flow-log-shape", "F093", _FLOW_LOG).add(
    of(
        exactly_one(_SCOPES),
        when(
            "logDestinationType",
            ("cloud-watch-logs",),
            present("iamRoleArn", "because the destination is a log group"),
            some_of("logDestination logGroupName"),
            absent("destinationOptions", "because the destination is a log group"),
            default="cloud-watch-logs",
        ),
        when("logDestinationType", ("s3", "kinesis-data-firehose"), present("logDestination", "the ARN of where logs go")),
        when("logDestinationType", ("s3",), absent("iamRoleArn", "because buckets are written by the delivery service")),
        some_of("trafficType transitGatewayId transitGatewayAttachmentId"),
        choice("maxAggregationInterval", (60, 600)),
        requires("deliverCrossAccountRole", "iamRoleArn"),
    ),
    description="A flow log watches one thing, and has the role and destination that its type needs.",
    remediation="Set iamRoleArn and logDestination for CloudWatch Logs; logDestination alone for S3.",
)


@rules.rule("flow-log-destination", "F093", _FLOW_LOG)
def _destination(log: Resource) -> Answers:
    """A flow log's destination is of its type.

    Set logDestinationType to the service of logDestination.
    """
    kind, value = log.get("logDestinationType"), log.get("logDestination")
    wanted = "s3" if kind == "s3" else "firehose" if kind == "kinesis-data-firehose" else "logs"
    found = services_named(log, "logDestination", _SERVICES)
    if value is UNKNOWN and not found:
        yield NOT_JUDGED
    elif found and wanted not in found:
        yield Finding("logDestination", value, f"a destination of {wanted}, as logDestinationType says")


_SERVICES: Final = {"s3/bucket": "s3", "cloudwatch/logGroup": "logs", "kinesis/firehoseDeliveryStream": "firehose"}
