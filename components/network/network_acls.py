"""The network ACLs of the three tiers: stateless, so each conversation is allowed there and back.

Security groups decide who talks to whom; these rules keep a tier's shape when a group is opened by mistake: nothing reaches the
data tier but the application tier, and the data tier reaches nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pulumi
from pulumi_aws import ec2

from ..base.component import Component, tags
from ..base.here import Place
from . import ports
from .address_plan import AddressPlan, Tier
from .ports import ANYWHERE


@dataclass(frozen=True)
class Rule:
    """Allows TCP to a range of ports, or with `ports` None the ICMP message that path MTU discovery needs.

    Attributes:
        number: Place in the order of evaluation, unique per direction. A rule keeps its number for life.
        cidr: The other end.
        ports: First and last destination port.
    """

    number: int
    cidr: pulumi.Input[str]
    ports: tuple[int, int] | None


class TierRules(NamedTuple):
    """What may enter and leave the subnets of a tier."""

    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]


HTTP: Final = (ports.HTTP, ports.HTTP)
HTTPS: Final = (ports.HTTPS, ports.HTTPS)
HIGH: Final = (ports.UNPRIVILEGED, ports.HIGHEST)
# The same from the internet without remote desktop: CIS 5.1 and EC2.21 forbid an open 3389, even for answers. The price is one
# in 64,512 source ports of NAT whose answers are dropped; the client's next attempt takes another.
HIGH_FROM_INTERNET: Final = (
    (ports.UNPRIVILEGED, ports.REMOTE_DESKTOP - 1),
    (ports.REMOTE_DESKTOP + 1, ports.HIGHEST),
)


@dataclass(frozen=True, kw_only=True)
class Joined:
    """What a peered network is let through the ACLs: one port of a tier.

    Attributes:
        cidr: The range at the other end.
        port: The port that is reached.
    """

    cidr: pulumi.Input[str]
    port: int


def tier_rules(plan: AddressPlan, *, opened: Joined | None = None, reaches: Joined | None = None) -> dict[Tier, TierRules]:
    """The rules of each tier; 20 per direction is AWS's default quota.

    `opened` is who reaches the data tier, besides the application tier; `reaches` whose data tier the application tier reaches.

    Load balancers reach tasks on 80, 443 and from 1024 on. DNS and NTP of the VPC pass no network ACL.
    """
    vpc, application, data = plan.cidr, plan.tier("application"), plan.tier("data")
    low, high = HIGH_FROM_INTERNET
    return {
        "public": TierRules(
            ingress=(
                Rule(100, ANYWHERE, HTTPS),  # users, and what tasks send out through NAT
                Rule(110, ANYWHERE, HTTP),  # users, to be redirected
                Rule(200, vpc, HIGH),  # answers of tasks to the load balancer
                Rule(210, ANYWHERE, low),  # answers from the internet to NAT
                Rule(220, ANYWHERE, high),
                Rule(300, ANYWHERE, None),
            ),
            egress=(
                Rule(100, ANYWHERE, HTTPS),  # NAT to the internet, the load balancer to tasks
                Rule(110, application, HTTP),  # the load balancer to tasks
                Rule(200, ANYWHERE, HIGH),  # answers to users and to tasks behind NAT, the load balancer to tasks
                Rule(300, ANYWHERE, None),
            ),
        ),
        "application": TierRules(
            ingress=(
                Rule(100, vpc, HTTPS),  # interface endpoints, tasks that speak TLS
                Rule(110, plan.tier("public"), HTTP),
                Rule(200, vpc, HIGH),
                Rule(210, ANYWHERE, low),  # answers through NAT and from the S3 and DynamoDB endpoints: public addresses
                Rule(220, ANYWHERE, high),
                Rule(300, ANYWHERE, None),
            ),
            egress=(
                Rule(100, ANYWHERE, HTTPS),
                Rule(200, vpc, HIGH),  # answers to the load balancer, databases and caches
                *_rules(210, reaches, (reaches.port, reaches.port) if reaches else None),
                Rule(300, ANYWHERE, None),
            ),
        ),
        "data": TierRules(
            ingress=(
                Rule(100, application, HTTPS),  # OpenSearch
                Rule(200, application, HIGH),  # databases, caches, brokers
                Rule(210, data, HIGH),  # replication between the nodes of a store
                *_rules(220, opened, (opened.port, opened.port) if opened else None),
            ),
            egress=(
                Rule(200, application, HIGH),
                Rule(210, data, HIGH),
                *_rules(220, opened, HIGH),
            ),
        ),
    }


def _rules(number: int, joined: Joined | None, ports: tuple[int, int] | None) -> tuple[Rule, ...]:
    return (Rule(number, joined.cidr, ports),) if joined else ()


def create_network_acls(
    owner: Component,
    *,
    here: Place,
    vpc: ec2.Vpc,
    plan: AddressPlan,
    subnet_ids: Mapping[Tier, Sequence[pulumi.Input[str]]],
    opened: Joined | None = None,
    reaches: Joined | None = None,
) -> None:
    """Close the VPC's default network ACL and give each tier its own; `opened` and `reaches` as of `tier_rules`.

    The rules are part of the ACL, not resources of their own: a changed rule is an update instead of a second entry under a
    number in use, and one added by hand in the console shows at the next refresh.
    """
    default_name = f"{owner.name}-default-acl"
    ec2.DefaultNetworkAcl(
        default_name,
        region=here.region,
        default_network_acl_id=vpc.default_network_acl_id,
        tags=tags(default_name),
        # AWS hangs every subnet here until its own ACL takes it over.
        opts=owner.child(ignore_changes=["subnetIds"]),
    )
    for tier, rules in tier_rules(plan, opened=opened, reaches=reaches).items():
        name = f"{owner.name}-{tier}-acl"
        ec2.NetworkAcl(
            name,
            region=here.region,
            vpc_id=vpc.id,
            subnet_ids=subnet_ids[tier],
            ingress=[ec2.NetworkAclIngressArgs(**_entry(rule)) for rule in rules.ingress],
            egress=[ec2.NetworkAclEgressArgs(**_entry(rule)) for rule in rules.egress],
            tags=tags(name),
            opts=owner.child(),
        )


def _entry(rule: Rule) -> dict[str, Any]:
    entry = {"rule_no": rule.number, "action": "allow", "cidr_block": rule.cidr}
    if rule.ports is None:
        # Destination unreachable, fragmentation needed.
        return {**entry, "protocol": "icmp", "icmp_type": 3, "icmp_code": 4, "from_port": 0, "to_port": 0}
    return {**entry, "protocol": "tcp", "from_port": rule.ports[0], "to_port": rule.ports[1]}
