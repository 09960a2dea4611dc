"""The verdict for a pull request: one line, a table of rules, details folded; under GitHub's 65,536 characters."""

from collections.abc import Iterator
from typing import Final

from policies.evidence.changes import holds_state, losses, rebuilds
from policies.evidence.text import headline, on_unknown, visible
from policies.evidence.verdicts import EXEMPT, UNKNOWN, Evidence, Group, names
from policies.kit.messages import count

LIMIT: Final = 60_000
"""Characters, with room below the 65,536 of a comment for what is around it."""

_NAMES_SHOWN: Final = 8
_ESCAPES: Final = str.maketrans({character: f"&#{ord(character)};" for character in "&\\|<>*_`[]~"})


def as_markdown(evidence: Evidence) -> str:
    """The comment. Details that would not fit are left out from the end, and that is said."""
    parts = list(_head(evidence))
    size = sum(map(len, parts))
    left_out = 0
    for group in evidence.groups:
        detail = "".join(_details(group))
        if size + len(detail) > LIMIT:
            left_out += 1
            continue
        parts.append(detail)
        size += len(detail)
    if left_out:
        parts.append(f"\nThe details of {count(left_out, 'more rule')} did not fit here; they are in the report.\n")
    return "".join(parts)


def _head(evidence: Evidence) -> Iterator[str]:
    lost = losses(evidence.plan.steps)
    sign = "⛔" if evidence.stops else "⚠️" if any(map(holds_state, lost)) else "✅"
    yield f"### {sign} Policies\n\n{headline(evidence)}\n"
    for loss in lost:
        yield f"\n- {'⚠️ ' if holds_state(loss) else ''}{_cell(loss)}\n"
    for line in rebuilds(evidence.plan.steps):
        yield f"\n- ⚠️ rebuilds {_cell(line)}\n"
    for problem in evidence.problems:
        yield f"\n- ⛔ {_cell(problem)}\n"
    if evidence.groups:
        yield "\n| | severity | rule | findings | where | remediation |\n|---|---|---|---|---|---|\n"
    size = 0
    for number, group in enumerate(evidence.groups):
        row = _row(group)
        size += len(row)
        if size > LIMIT // 2:
            yield f"\nAlso failing: {count(len(evidence.groups) - number, 'more rule')}; all are in the report.\n"
            break
        yield row
    used = {told.exemption: None for row in evidence.rows if row.verdict == EXEMPT for told in row.findings if told.exemption}
    if used:
        yield "\n**Exempted**\n\n"
        for entry in used:
            who = f"{_cell(entry.ticket)}, {_cell(entry.owner)}"
            yield f"- {_code(entry.finding)} until {entry.expires} ({who}): {_cell(entry.reason)}\n"
    if evidence.count(UNKNOWN):
        yield f"\n{count(evidence.count(UNKNOWN), 'check')} unknown: each {on_unknown(evidence)}\n"


def _row(group: Group) -> str:
    where = names(group.rows)
    shown = ", ".join(_code(name) for name in where[:_NAMES_SHOWN])
    more = f", +{len(where) - _NAMES_SHOWN}" if len(where) > _NAMES_SHOWN else ""
    return (
        f"| {'⛔' if group.stops else '💡'} | {group.rule.severity} | {group.rule.id} | {group.findings} | "
        f"{shown}{more} | {_cell(group.rule.remediation)} |\n"
    )


def _details(group: Group) -> Iterator[str]:
    yield f"\n<details><summary>{group.rule.id}: {group.findings}</summary>\n\n"
    for row in group.rows:
        for told in row.findings:
            if told.exemption is None:
                yield f"- {_code(row.name)}: {_cell(told.message)}\n"
    yield "\n</details>\n"


def _code(text: str) -> str:
    """`text` as code, in a table or not.

    As HTML: between backticks nothing can be escaped, so that a name with a backtick or a bar would end the code or the cell.
    """
    return f"<code>{_cell(text)}</code>"


def _cell(text: str) -> str:
    """`text` as one line that Markdown reads as text."""
    flat = visible(" ".join(text.split()))
    return flat.translate(_ESCAPES).replace("@", "@\u200b")  # a name in a finding must not call anybody
