"""Cases of policies/feasibility/rules/vpc/groups.py."""

from typing import Any

from tests.policies.given.feasibility.parts import FUNCTION, SECURITY_GROUP, SUBNET
from tests.policies.given.feasibility.vpc import subnet, vpc
from tests.policies.given.feasibility.vpc_rules import INGRESS, NEW, RULE, TCP, group, inline, ruled
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

A, B = ref(SUBNET, "a"), ref(SUBNET, "b")
OLD: dict[str, Any] = {"type": "ingress", **TCP}


def function(home: str, other: str) -> list[Planned]:
    return [
        vpc(home),
        *([] if other == home else [vpc(other)]),
        subnet("a", home),
        group("g", other),
        planned(FUNCTION, vpcConfig={"subnetIds": [A], "securityGroupIds": [ref(SECURITY_GROUP, "g")]}),
    ]


def from_group(peer: str, name: str = "it", **inputs: Any) -> Planned:
    """A rule of `group` that lets another group in."""
    return ruled(INGRESS, {"referencedSecurityGroupId": (SECURITY_GROUP, peer), **inputs}, name)


CASES: dict[str, Cases] = {
    "security-group-rules-one-way": Cases(
        token=SECURITY_GROUP,
        fails=[[group(**inline()), ruled(RULE, OLD)], [group(egress=[TCP]), ruled(INGRESS, NEW)]],
        passes=[
            [group(), ruled(RULE, OLD)],
            [group(**inline())],
            [group(**inline()), group("other"), ruled(RULE, OLD, of="other")],
        ],
        never_unknown=True,
    ),
    "security-rule-source": Cases(
        token=INGRESS,
        fails=[{"ipProtocol": "-1"}, {**NEW, "referencedSecurityGroupId": UNKNOWN}, {**NEW, "cidrIpv6": "::/0"}],
        passes=[NEW, {"ipProtocol": "-1", "referencedSecurityGroupId": UNKNOWN}],
        never_unknown=True,
    ),
    "security-group-rule-source": Cases(
        token=RULE,
        fails=[
            {"type": "ingress", "protocol": "-1"},
            {**OLD, "sourceSecurityGroupId": UNKNOWN},
            {**OLD, "self": True},
            {"type": "ingress", "self": True, "sourceSecurityGroupId": UNKNOWN},
        ],
        passes=[OLD, {**OLD, "ipv6CidrBlocks": ["::/0"], "self": False}, {"type": "ingress", "self": True}],
        never_unknown=True,
    ),
    "security-rule-ports": Cases(
        token=INGRESS,
        fails=[
            {"ipProtocol": "-1", "fromPort": 0, "toPort": 0},
            {"ipProtocol": "tcp"},
            {"ipProtocol": "tcp", "fromPort": 443},
            {"ipProtocol": "icmp", "fromPort": -1, "toPort": 0},
            {"ipProtocol": "icmp", "fromPort": 256, "toPort": 0},
            {"ipProtocol": "icmp", "fromPort": 8, "toPort": -2},
            {"ipProtocol": "http", "fromPort": 80, "toPort": 80},
            {"ipProtocol": "256"},
            planned(RULE, **{**OLD, "protocol": "all"}),
        ],
        passes=[
            NEW,
            *({"ipProtocol": protocol} for protocol in ("-1", "50", "255")),
            {"ipProtocol": "icmp", "fromPort": 8, "toPort": -1},
            {"ipProtocol": "icmp", "fromPort": -1, "toPort": -1},
            {"ipProtocol": "icmp", "fromPort": 255, "toPort": 255},
            planned(SECURITY_GROUP, **inline(protocol="-1", fromPort=0, toPort=0)),
            planned(RULE, **{**OLD, "protocol": "TCP"}),
        ],
        unknown=[{**NEW, "fromPort": UNKNOWN}, {"ipProtocol": UNKNOWN}, planned(SECURITY_GROUP, ingress=UNKNOWN)],
    ),
    "security-rule-once": Cases(
        token=INGRESS,
        fails=[
            [group(), ruled(INGRESS, NEW, "first"), ruled(INGRESS, NEW)],
            [group(), ruled(RULE, OLD, "first"), ruled(RULE, OLD)],
            [group(), group("peer"), from_group("peer", "first", ipProtocol="-1"), from_group("peer", ipProtocol="-1")],
        ],
        passes=[
            [group(), ruled(INGRESS, NEW, "first"), ruled(INGRESS, {**NEW, "fromPort": 80, "toPort": 80})],
            [group(), group("other"), ruled(INGRESS, NEW, "first", "other"), ruled(INGRESS, NEW)],
            [group(), ruled(RULE, {**OLD, "type": "egress"}, "first"), ruled(RULE, OLD)],
        ],
        unknown=[[group(), ruled(INGRESS, {**NEW, "cidrIpv4": UNKNOWN})]],
    ),
    "security-group-inline-source": Cases(
        token=SECURITY_GROUP,
        fails=[inline(cidrBlocks=[])],
        passes=[inline(), inline(cidrBlocks=None, self=True), inline(cidrBlocks=UNKNOWN), {}],
        unknown=[{"ingress": UNKNOWN}],
    ),
    "security-group-text": Cases(
        token=SECURITY_GROUP,
        fails=[
            {"description": "Allows the café"},
            {"description": "Don't"},
            {"name": "sg-web"},
            inline(description="a > b"),
            planned(INGRESS, **NEW, description="x" * 256),
        ],
        passes=[
            {"name": "web", "description": "Web (443) from 10.0.0.0/8, only"},
            {},
            *([planned(INGRESS, **NEW, **more)] for more in ({}, {"description": "x" * 255})),
        ],
        unknown=[{"description": UNKNOWN}],
    ),
    "security-group-size": Cases(
        token=SECURITY_GROUP,
        fails=[
            inline(cidrBlocks=[f"10.0.{number}.0/24" for number in range(61)]),
            [group("it"), *(ruled(INGRESS, NEW, f"r{number}", "it") for number in range(61))],
        ],
        passes=[inline(), [group("it"), *(ruled(INGRESS, NEW, f"r{number}", "it") for number in range(60))]],
        unknown=[{"ingress": UNKNOWN}],
    ),
    "security-group-of-vpc": Cases(
        token=FUNCTION,
        fails=[
            function("vpc", "other"),
            [vpc(), vpc("other"), subnet("a"), subnet("b", "other"), planned(FUNCTION, vpcConfig={"subnetIds": [A, B]})],
            [
                planned(SECURITY_GROUP, "g", vpcId="vpc-2", id="sg-1"),
                planned(SUBNET, "s", vpcId="vpc-1", id="subnet-1"),
                planned("aws:ec2/instance:Instance", subnetId="subnet-1", vpcSecurityGroupIds=["sg-1"]),
            ],
        ],
        passes=[function("vpc", "vpc"), {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}}, {}],
        never_unknown=True,
    ),
    "security-rule-peer-of-vpc": Cases(
        token=INGRESS,
        fails=[[vpc(), vpc("second"), group(), group("other", "second"), from_group("other")]],
        passes=[NEW, [vpc(), group(), group("other"), from_group("other")]],
        unknown=[{"securityGroupId": UNKNOWN, "referencedSecurityGroupId": UNKNOWN}],
    ),
}
