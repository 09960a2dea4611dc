"""The verdict for a terminal: the same findings together, the worst first, one screen."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from policies.evidence.changes import holds_state, losses
from policies.evidence.verdicts import EXEMPT, PASS, UNKNOWN, Evidence, Group, Row, Told, names
from policies.kit.exemptions import draft
from policies.kit.messages import count


def text(evidence: Evidence, *, width: int = 120, more: str = "--rule NAME", files: str = "") -> str:
    """The summary: each rule that fails with its remedy, how to ask for `more`, and where the `files` are."""
    lines = [*_lines(evidence, width)]
    if evidence.groups:
        lines.append(f"All findings of one rule: {more}{'' if files else '. Every verdict, as files: --out FOLDER'}")
    if files:
        lines.append(files)
    return "".join(f"{visible(' '.join(line.splitlines()))}\n" for line in lines)


def headline(evidence: Evidence) -> str:
    """One sentence: whether it stops, and the counts."""
    stopping = sum(group.findings for group in evidence.groups if group.stops)
    advice = sum(group.findings for group in evidence.groups if not group.stops)
    return (
        f"{evidence.plan.project}/{evidence.plan.stack} ({evidence.plan.kind}): {verdict(evidence)}. "
        f"{count(stopping, 'finding')} {'stops' if stopping == 1 else 'stop'} it, {advice} {'is' if advice == 1 else 'are'} "
        f"advice; {count(evidence.count(EXEMPT), 'check')} exempted, {evidence.count(UNKNOWN)} unknown, "
        f"{evidence.count(PASS)} passed."
    )


def verdict(evidence: Evidence) -> str:
    """In a few words, whether the plan may be deployed; of what is deployed already, whether anything is against a rule."""
    if evidence.stops:
        return "stopped"
    if any(map(holds_state, losses(evidence.plan.steps))):
        return "loses state: deploy it only if that is meant"
    return "may be deployed" if evidence.plan.kind == "preview" else "nothing stops it"


def on_unknown(evidence: Evidence) -> str:
    """Why a check is unknown, and when it is judged."""
    if evidence.plan.kind != "preview":
        return "reads a value that the state does not tell."
    return (
        "reads a value that exists only after deployment. `up` judges what it learns: a rule on one resource before that is "
        "created, a rule on several once all are. What it does not learn stays unknown, and it says how much that is."
    )


_INVISIBLE: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"  # control characters
    "\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]"  # marks of direction, of width, of lines
)


def visible(text: str) -> str:
    """`text` with what would act on a reader's screen unseen (control characters, changes of direction) spelled out."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def without_traceback(said: str) -> Iterator[str]:
    """The lines without the frames of Python's tracebacks; what was raised stands after them."""
    within = False
    for line in said.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            within = True
        elif line.strip() and not (within and line.startswith(" ")):
            within = False
            yield line.rstrip()


_INDENT: Final = 9 * " "


def _lines(evidence: Evidence, width: int) -> Iterator[str]:
    yield headline(evidence)
    for loss in losses(evidence.plan.steps):
        yield f"  {'LOSES' if holds_state(loss) else 'loses'}  {loss}"
    for problem in evidence.problems:
        yield f"  STOPS  exemptions: {problem}"
    for crash in evidence.crashes:
        yield f"  broken rule: {crash}"
    for group in evidence.groups:
        yield _line(group, width)
        yield from textwrap.wrap(group.rule.remediation, width, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _line(group: Group, width: int) -> str:
    verdict = "STOPS " if group.stops else "advice"
    head = f"  {verdict} {group.rule.severity:8} {group.rule.id} x{group.findings}: "
    where = names(group.rows)
    shown = list(where[:width])
    while len(shown) > 1 and len(head) + len(_list(shown, len(where))) > width:
        shown.pop()
    return head + _list(shown, len(where))


def _list(shown: Sequence[str], total: int) -> str:
    return ", ".join(shown) + (f", +{total - len(shown)} more" if total > len(shown) else "")


def rule_text(evidence: Evidence, name: str) -> str:
    """Every finding of one rule, in full; one that stops the plan with the entry that would accept it."""
    found = [_in_full(row, told) for row in evidence.rows if row.rule.name == name for told in row.findings]
    return "\n".join(found) or f"{name} found nothing in {evidence.plan.project}/{evidence.plan.stack}."


def _in_full(row: Row, told: Told) -> str:
    text = f"{visible(row.urn)}\n  {visible(told.message)}"
    if told.exemption:
        return f"{text} (exempted until {told.exemption.expires})"
    return f"{text}\n  Or, for a time: {draft(told.id, row.urn)}" if row.stops else text
