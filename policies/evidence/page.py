"""The evidence report: one self-contained HTML page by framework, to read on a screen and on paper."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import Final

from policies.evidence.changes import holds_state, losses, rebuilds
from policies.evidence.text import headline, on_unknown, verdict, visible
from policies.evidence.verdicts import ADVICE, EXEMPT, FAIL, OUTCOMES, PASS, UNKNOWN, Coverage, Evidence, Group, Row, names
from policies.kit.catalogue import FRAMEWORKS
from policies.kit.messages import count
from policies.kit.rule import Rule

_WORDS: Final = {FAIL: "failed", ADVICE: "advice", EXEMPT: "exempted", UNKNOWN: "unknown", PASS: "passed"}
_TILES: Final = {
    FAIL: "failed, which stops it",
    ADVICE: "failed, which is advice",
    EXEMPT: "exempted",
    UNKNOWN: "unknown",
    PASS: "passed",
}
_RESOURCES_LISTED: Final = 40
_FINDINGS_LISTED: Final = 50
_OPEN_FOR_PRINT: Final = (
    "addEventListener('beforeprint',()=>document.querySelectorAll('details.print').forEach(each=>each.open=true))"
)


def as_page(evidence: Evidence) -> str:
    """The whole page."""
    style = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    title = f"{evidence.plan.project}/{evidence.plan.stack}"
    body = "".join((*_head(evidence), *_findings(evidence), *_exemptions(evidence), *_frameworks(evidence), *_gaps(evidence)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Policy evidence: {_text(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>\n{style}</style></head>'
        f"<body>{body}<script>{_OPEN_FOR_PRINT}</script></body></html>\n"
    )


def _head(evidence: Evidence) -> Iterator[str]:
    plan = evidence.plan
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    what = "a preview: what would be deployed" if plan.kind == "preview" else "an exported state: what is deployed"
    lost = losses(plan.steps)
    colour = "fail" if evidence.stops else "loss" if any(map(holds_state, lost)) else "pass"
    yield (
        f"<header><h1>Policy evidence: {_text(plan.project)}/{_text(plan.stack)} "
        f'<span class="verdict {colour}">{verdict(evidence)}</span></h1>'
        f'<p class="soft">{count(len(plan.resources), "resource")} of {what}, judged as '
        f"{'production' if plan.production else 'not production'} by {count(len(evidence.rules), 'rule')} "
        f"({_text(evidence.pack)}) on {made}.</p><p>{_text(headline(evidence))}</p>"
    )
    for loss in lost:
        yield f'<p class="{"loss" if holds_state(loss) else "soft"}">{_text(loss)}.</p>'
    for line in rebuilds(plan.steps):
        yield f'<p class="loss">rebuilds {_text(line)}.</p>'
    yield "</header>"
    yield '<ul class="tiles">'
    for outcome in OUTCOMES:
        checks = evidence.outcomes[outcome]
        found = sum(group.findings for group in evidence.groups if (FAIL if group.stops else ADVICE) == outcome)
        told = f": {count(found, 'finding')}" if found else ""
        yield f'<li class="{outcome if checks else "none"}"><b>{checks}</b>{"check" if checks == 1 else "checks"} '
        yield f"{_TILES[outcome]}{told}</li>"
    yield "</ul><nav>"
    for anchor, name in (("findings", "Findings"), ("exemptions", "Exemptions"), *_anchors(evidence), ("gaps", "Not covered")):
        yield f'<a href="#{anchor}">{_text(name)}</a>'
    yield (
        '</nav><p class="soft">A check is one rule on one resource, and can have several findings. One that is unknown '
        f"{_words(on_unknown(evidence))}</p>"
    )


def _findings(evidence: Evidence) -> Iterator[str]:
    yield '<section id="findings"><h2>Findings</h2>'
    for problem in evidence.problems:
        yield f'<p><b class="fail">Stops:</b> {_text(problem)}</p>'
    for crash in evidence.crashes:
        yield f'<p><b class="fail">Broken rule:</b> {_text(crash)}</p>'
    if not evidence.groups:
        yield "<p>None.</p>"
    else:
        yield '<table><thead><tr><th></th><th>Severity</th><th>Rule</th><th class="number">Findings</th>'
        yield "<th>Where</th></tr></thead>"
        yield from map(_group, evidence.groups)
        yield "</table>"
    yield "</section>"


def _group(group: Group) -> str:
    told_of = ((row, told) for row in group.rows for told in row.findings if told.exemption is None)
    items = "".join(
        f"<li><code>{_text(row.name)}</code> <span class=soft>{_text(row.token)}</span><br>{_text(told.message)}</li>"
        for row, told in islice(told_of, _FINDINGS_LISTED)
    )
    if group.findings > _FINDINGS_LISTED:
        rest = group.findings - _FINDINGS_LISTED
        items += f"<li>and {rest} more: <code>--rule {_text(group.rule.name)}</code> prints them all</li>"
    where = names(group.rows)
    more = f" and {len(where) - 4} more" if len(where) > 4 else ""
    return (
        f'<tr><td class="nowrap {"fail" if group.stops else "advice"}">{"stops" if group.stops else "advice"}</td>'
        f'<td data-label="Severity">{group.rule.severity}</td>'
        f"<td><code>{_text(group.rule.pack)}/{_text(group.rule.name)}</code><br>{_words(group.rule.description)}"
        f'<br><span class="soft">{_text(group.rule.remediation)}</span></td>'
        f'<td class="number" data-label="Findings">{group.findings}</td>'
        f'<td data-label="Where"><details class="print"><summary>{_text(", ".join(where[:4]))}{more}</summary>'
        f"<div><ul>{items}</ul></div></details></td></tr>"
    )


def _exemptions(evidence: Evidence) -> Iterator[str]:
    yield '<section id="exemptions"><h2>Exemptions</h2>'
    if not evidence.exemptions:
        yield "<p>None for this stack.</p></section>"
        return
    used: defaultdict[object, list[Row]] = defaultdict(list)
    for row in evidence.rows:
        for entry in {told.exemption for told in row.findings if told.exemption}:
            used[entry].append(row)
    yield "<table><thead><tr><th>Finding</th><th>Resources</th><th>Reason</th><th>Owner, ticket</th><th>Until</th></tr></thead>"
    for entry in evidence.exemptions:
        where = _cut(names(used[entry])) or "not used"
        yield (
            f'<tr><td><code>{_text(entry.finding)}</code></td><td data-label="Resources">{_text(where)}</td>'
            f'<td data-label="Reason">{_text(entry.reason)}</td><td data-label="Owner, ticket">{_text(entry.owner)}'
            f'<br>{_text(entry.ticket)}</td><td class="nowrap" data-label="Until">{entry.expires}</td></tr>'
        )
    yield "</table></section>"


def _by_framework(evidence: Evidence) -> dict[str, dict[str, list[Coverage]]]:
    """Framework -> its own number -> the controls mapped to it; the catalogue itself comes last."""
    found: dict[str, dict[str, list[Coverage]]] = {name: {} for name in FRAMEWORKS}
    for each in evidence.coverage:
        for framework, numbers in each.entry.frameworks.items():
            for number in numbers.split(", "):
                found.setdefault(framework, {}).setdefault(number, []).append(each)
    catalogues = {id_: rule.catalogue.name for rule in evidence.rules for id_ in rule.controls}
    main = next(iter(catalogues.values()), "Catalogue")
    for each in evidence.coverage:
        found.setdefault(catalogues.get(each.entry.id, main), {})[each.entry.id] = [each]
    return {name: numbers for name, numbers in found.items() if numbers}


def _anchors(evidence: Evidence) -> list[tuple[str, str]]:
    return [(_anchor(name), name) for name in _by_framework(evidence)]


def _anchor(name: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in name.lower())


def _frameworks(evidence: Evidence) -> Iterator[str]:
    shown = {rule.id: _rule(rule, evidence.by_rule.get(rule.id, {})) for rule in evidence.rules}
    for name, numbers in _by_framework(evidence).items():
        yield f'<section class="framework" id="{_anchor(name)}"><h2>{_text(name)}</h2>'
        yield f'<p class="soft">{_tally(numbers)}</p><table><thead><tr><th>Number</th><th>Control, rules, resources</th>'
        yield '<th>Status</th><th></th><th class="number">Checks</th></tr></thead>'
        for number in sorted(numbers, key=_natural):
            if name not in FRAMEWORKS and not numbers[number][0].counts:
                continue  # what a catalogue of ours has nothing to judge for stands at the end, once
            for position, each in enumerate(numbers[number]):
                yield _control(number if position == 0 else "", each, shown)
        yield "</table></section>"


def _tally(numbers: dict[str, list[Coverage]]) -> str:
    order = (*OUTCOMES, "nothing to judge", "not covered")
    worst = [min((each.status for each in group), key=order.index) for group in numbers.values()]
    counts = ", ".join(f"{worst.count(status)} {_WORDS.get(status, status)}" for status in order if status in worst)
    return f"{count(len(numbers), 'number')}, each counted by the worst of its controls: {counts}."


def _natural(number: str) -> list[tuple[int, int, str]]:
    """Sorts AC-2(3) before AC-10, and 2.3.1 before 2.10."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for character in f"{number}\0":
        if character.isdigit():
            digits += character
            continue
        if digits:
            parts.append((1, int(digits), ""))
            digits = ""
        parts.append((0, 0, character))
    return parts


def _control(number: str, each: Coverage, shown: Mapping[str, str]) -> str:
    status = _WORDS.get(each.status, each.status)
    total = each.counts.total()
    bar = "".join(
        f'<i class="{outcome}" style="flex:{each.counts[outcome]}" title="{each.counts[outcome]} {_WORDS[outcome]}"></i>'
        for outcome in OUTCOMES
        if each.counts[outcome]
    )
    rules = "".join(shown[rule.id] for rule in each.rules)
    text = f'<span class="soft">{_text(each.entry.id)}</span> {_words(each.entry.text)}'
    body = f"<details><summary>{text}</summary><div><ul>{rules}</ul></div></details>" if rules else text
    checks = f'<td class="number" data-label="Checks">{total}</td>' if total else "<td></td>"
    reason = f'<br><span class="soft">{_text(each.reason)}</span>' if each.reason else ""
    return (
        f'<tr><td class="mono">{_text(number)}</td><td>{body}{reason}</td><td class="nowrap {each.status}">{status}</td>'
        f"<td>{f'<span class=bar>{bar}</span>' if bar else ''}</td>{checks}</tr>"
    )


def _rule(rule: Rule, rows: Mapping[str, Sequence[Row]]) -> str:
    """One rule with its resources by outcome; the list is cut where it grows long, and says so."""
    parts: list[str] = []
    for outcome in OUTCOMES:
        if found := names(rows.get(outcome, ())):
            shown = _text(_cut(found))
            parts.append(f'<br><b class="{outcome}">{len(found)} {_WORDS[outcome]}</b> <span class="soft">{shown}</span>')
    resources = "".join(parts) or '<br><span class="soft">no resource of that kind</span>'
    return f"<li><code>{_text(rule.pack)}/{_text(rule.name)}</code>: {_words(rule.description)}{resources}</li>"


def _cut(found: Sequence[str]) -> str:
    """The names, cut where there are many, which it says."""
    more = f" and {len(found) - _RESOURCES_LISTED} more" if len(found) > _RESOURCES_LISTED else ""
    return ", ".join(found[:_RESOURCES_LISTED]) + more


def _text(text: str) -> str:
    """`text` for the page: no markup, and nothing unseen."""
    return escape(visible(text))


def _words(text: str) -> str:
    """The project's own words for the page: what stands between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", _text(text))


def _gaps(evidence: Evidence) -> Iterator[str]:
    yield '<section id="gaps"><h2>Not covered</h2>'
    yield from _gap(evidence, "not covered", "No rule", lambda each: each.reason or "no rule yet")
    yield from _gap(
        evidence,
        "nothing to judge",
        "A rule, but no resource of its kind in this stack",
        lambda each: ", ".join(rule.id for rule in each.rules),
    )
    unknown = {rule: rows[UNKNOWN] for rule, rows in sorted(evidence.by_rule.items()) if rows.get(UNKNOWN)}
    items = ((f"<code>{_text(rule)}</code>", _text(_cut(names(rows)))) for rule, rows in unknown.items())
    yield _list(f"Rules that could not judge every resource ({count(evidence.count(UNKNOWN), 'check')} unknown)", items)
    yield "</section>"


def _gap(evidence: Evidence, status: str, title: str, why: Callable[[Coverage], str]) -> Iterator[str]:
    found = [each for each in evidence.coverage if each.status == status]
    yield _list(title, ((f"{_text(each.entry.id)} {_words(each.entry.text)}", _text(why(each))) for each in found))


def _list(title: str, items: Iterable[tuple[str, str]]) -> str:
    lines = [f'<li>{what}<br><span class="soft">{why}</span></li>' for what, why in items]
    return f"<details><summary>{_text(title)}: {len(lines)}</summary><div><ul>{''.join(lines)}</ul></div></details>"
