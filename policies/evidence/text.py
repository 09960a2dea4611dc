"""The verdict for a terminal: the same findings together, the worst first, one screen."""

import textwrap
from collections.abc import Iterator, Sequence

from policies.evidence.verdicts import EXEMPT, PASS, UNKNOWN, Evidence, Group, names


def text(evidence: Evidence, *, width: int = 120) -> str:
    """The summary: two lines for each rule that fails, and where the rest is."""
    return "\n".join(_lines(evidence, width)) + "\n"


def headline(evidence: Evidence) -> str:
    """One sentence: whether it stops, and the counts."""
    stopping = sum(group.findings for group in evidence.groups if group.stops)
    advice = sum(group.findings for group in evidence.groups if not group.stops)
    verdict = "stopped" if evidence.stops else "may be deployed"
    return (
        f"{evidence.plan.project}/{evidence.plan.stack} ({evidence.plan.kind}): {verdict}. {stopping} findings stop it, "
        f"{advice} are advice; {evidence.count(EXEMPT)} checks exempted, {evidence.count(UNKNOWN)} unknown, "
        f"{evidence.count(PASS)} passed."
    )


def without_traceback(said: str) -> Iterator[str]:
    """The lines without the frames of Python's tracebacks; what was raised stands after them."""
    within = False
    for line in said.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            within = True
        elif line.strip() and not (within and line.startswith(" ")):
            within = False
            yield line.rstrip()


def _lines(evidence: Evidence, width: int) -> Iterator[str]:
    yield headline(evidence)
    for problem in evidence.problems:
        yield f"  STOPS  exemptions: {problem}"
    for crash in evidence.crashes:
        yield f"  broken rule, counted as unknown: {crash}"
    for group in evidence.groups:
        yield _line(group, width)
        yield "         " + textwrap.shorten(group.rule.remediation, width - 9, placeholder="...")
    if evidence.groups:
        yield "All findings of one rule: --rule NAME. Everything: the files of --out."


def _line(group: Group, width: int) -> str:
    verdict = "STOPS " if group.stops else "advice"
    head = f"  {verdict} {group.rule.severity:8} {group.rule.id} x{group.findings}: "
    where = names(group.rows)
    shown = list(where)
    while len(shown) > 1 and len(head) + len(_list(shown, len(where))) > width:
        shown.pop()
    return head + _list(shown, len(where))


def _list(shown: Sequence[str], total: int) -> str:
    return ", ".join(shown) + (f", +{total - len(shown)} more" if total > len(shown) else "")


def rule_text(evidence: Evidence, name: str) -> str:
    """Every finding of one rule, in full."""
    return "\n".join(
        f"{row.urn}\n  {told.message}{f' (exempted until {told.exemption.expires})' if told.exemption else ''}"
        for row in evidence.rows
        if row.rule.name == name
        for told in row.findings
    )
