"""Writes what stacks cost into its page, from what the program declares; the rest is written by hand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from docs.generate.markdown import table
from docs.generate.source import ROOT
from operations.cost import prices, usage
from operations.cost.awake import NEVER
from operations.cost.estimate import Estimate
from operations.cost.report import lines, value
from operations.cost.savings import savings
from tests.operations.cost.stacks import awake, estimated

FILE: Final = ROOT / "docs/cost.md"
ENVIRONMENTS: Final = 10
TABLE: Final = "| besides what sleeps, taken away by night |"
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "search domains": ("aws:opensearch/domain:Domain",),
    "NAT gateway": ("aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"),
    "load balancer and firewall": ("aws:lb/loadBalancer:LoadBalancer", "aws:wafv2/webAcl:WebAcl"),
    "cache": ("aws:elasticache/replicationGroup:ReplicationGroup",),
}
"""What AWS cannot stop, the dearest first: it can only be deleted, and made anew."""


def page(written: str) -> str:
    """The whole page: what is written by hand, and the sums of today."""
    for stack in ("dev", "prod"):
        block = rf"(```\n\$ dataconnect cost {stack} --planned[^\n]*\n).*?(?=```\n)"
        told = "\n".join(_report(stack))
        written = re.sub(block, lambda found, told=told: f"{found[1]}{told}\n", written, count=1, flags=re.DOTALL)
    return re.sub(rf"{re.escape(TABLE)}.*?\n\n", f"{_without(estimated('dev'))}\n\n", written, count=1, flags=re.DOTALL)


def _report(stack: str) -> list[str]:
    found, known, when, use = estimated(stack), prices.load(), awake(stack), usage.load(stack)
    saved = savings(found, known, when, ENVIRONMENTS)
    return lines(value(found, known, use, stack=stack, by="service", awake=when, saved=saved), savings=True)


def _without(found: Estimate) -> str:
    """What is left of a month asleep without more and more of `PARTS`, and how much of a month awake that is."""
    return table(("besides what sleeps, taken away by night", "asleep", "of awake"), _rows(found))


def _rows(found: Estimate) -> Iterator[tuple[str, str, str]]:
    full, left, by = found.cost().typical, found.cost(NEVER).typical, found.grouped("type", NEVER)
    for part, types in {"nothing": (), **PARTS}.items():
        left -= sum(by[each].typical for each in types)
        yield (part if part == "nothing" else f"and {part}", f"{left:,.2f}", f"{100 * left / full:.0f} %")
