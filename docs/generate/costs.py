"""Writes what stacks cost into its page, from what the program declares; the rest is written by hand."""

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
COMMANDS: Final[Mapping[str, str]] = {
    "dev": f"$ dataconnect cost dev --planned plan.json --by service --savings --environments {ENVIRONMENTS}\n",
    "prod": "$ dataconnect cost prod --planned plan.json --by service --savings\n",
}
HEAD: Final = ("besides what sleeps, taken away by night", "asleep", "of awake")
PARTS: Final[Mapping[str, Sequence[str]]] = {
    "search domains": ("aws:opensearch/domain:Domain",),
    "NAT gateway": ("aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"),
    "load balancer and firewall": ("aws:lb/loadBalancer:LoadBalancer", "aws:wafv2/webAcl:WebAcl"),
    "cache": ("aws:elasticache/replicationGroup:ReplicationGroup",),
}
"""What AWS cannot stop, the dearest first: it can only be deleted, and made anew."""


def page(written: str) -> str:
    """The whole page: what is written by hand, and the sums of today."""
    for stack, command in COMMANDS.items():
        written = _after(written, command, "\n".join(_report(stack)), end="\n```")
    heading, _, rows = table(HEAD, _without(estimated("dev"))).partition("\n")
    return _after(written, f"{heading}\n", rows, end="\n\n")


def _after(written: str, head: str, text: str, *, end: str) -> str:
    """The page with `text` between a head and the next end."""
    before, found, rest = written.partition(head)
    return f"{before}{found}{text}{rest[rest.index(end) :]}"


def _report(stack: str) -> list[str]:
    found, known, when, use = estimated(stack), prices.load(), awake(stack), usage.load(stack)
    saved = savings(found, known, when, ENVIRONMENTS)
    return lines(value(found, known, use, stack=stack, by="service", awake=when, saved=saved), savings=True)


def _without(found: Estimate) -> Iterator[tuple[str, str, str]]:
    """What is left of a month asleep without more and more of `PARTS`, and how much of a month awake that is."""
    full, left, by = found.cost().typical, found.cost(NEVER).typical, found.grouped("type", NEVER)
    for part, types in {"nothing": (), **PARTS}.items():
        left -= sum(by[each].typical for each in types)
        yield (part if part == "nothing" else f"and {part}", f"{left:,.2f}", f"{100 * left / full:.0f} %")
