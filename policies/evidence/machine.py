"""The verdicts for programs: JSON with everything, SARIF 2.1.0 for code scanning, JUnit for CI."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, cast
from xml.sax.saxutils import escape, quoteattr

from policies.evidence.text import on_unknown, visible
from policies.evidence.verdicts import FAIL, PASS, UNKNOWN, VERDICTS, Evidence, Row, Told
from policies.kit.exemptions import Exemption
from policies.kit.rule import Rule

_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SCORES: Final = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
"""Severity -> the `security-severity` that code scanning shows as the same word."""


def as_json(evidence: Evidence) -> str:
    """Everything, with stable keys: `verdicts` has what was found, `resources` which rules pass or are unknown on each."""
    plan = evidence.plan
    document = {
        "project": plan.project,
        "stack": plan.stack,
        "kind": plan.kind,
        "production": plan.production,
        "pack": evidence.pack,
        "stops": evidence.stops,
        "summary": {verdict: evidence.count(verdict) for verdict in VERDICTS},
        "rules": [{**_rule(rule), "level": evidence.levels[rule.id]} for rule in evidence.rules],
        "verdicts": [_row(row) for row in evidence.rows if row.findings],
        "resources": _resources(evidence),
        "controls": [
            {
                "id": each.entry.id,
                "text": each.entry.text,
                "frameworks": dict(each.entry.frameworks),
                "rules": [rule.id for rule in each.rules],
                "status": each.status,
                "reason": each.reason,
            }
            for each in evidence.coverage
        ],
        "exemptions": [_exemption(entry) for entry in evidence.exemptions],
        "problems": list(evidence.problems),
        "crashes": list(evidence.crashes),
    }
    return _by_line(document)


def _by_line(document: Mapping[str, Any]) -> str:
    """JSON with a line for each element of the lists at the top; indented, a large stack's takes a minute."""
    parts: list[str] = []
    for key, value in document.items():
        text = _json(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(_json, cast(list[object], value))) + "\n ]"
        parts.append(f" {_json(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: object) -> str:
    # Half a surrogate pair is the only text that UTF-8 cannot hold; a plan with one is refused.
    return json.dumps(value, ensure_ascii=False)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity,
        "controls": list(rule.controls),
        "description": rule.description,
        "remediation": rule.remediation,
    }


def _resources(evidence: Evidence) -> list[dict[str, Any]]:
    """What has no finding, by resource: a row for each would repeat a name and a type thirty times."""
    found: dict[str, dict[str, Any]] = {}
    for row in evidence.rows:
        if row.urn not in found:
            found[row.urn] = {"urn": row.urn, "type": row.token, PASS: [], UNKNOWN: []}
        if not row.findings:
            found[row.urn][row.verdict].append(row.rule.id)
    return list(found.values())


def _row(row: Row) -> dict[str, Any]:
    findings = [
        {
            "id": told.id,
            "path": told.path,
            "message": told.message,
            "exemption": None if told.exemption is None else _exemption(told.exemption),
        }
        for told in row.findings
    ]
    return {
        "rule": row.rule.id,
        "level": row.level,
        "urn": row.urn,
        "type": row.token,
        "verdict": row.verdict,
        "findings": findings,
    }


def _exemption(entry: Exemption) -> dict[str, str]:
    return {
        "finding": entry.finding,
        "resource": entry.resource,
        "reason": entry.reason,
        "owner": entry.owner,
        "ticket": entry.ticket,
        "expires": str(entry.expires),
    }


def as_sarif(evidence: Evidence) -> str:
    """Findings and exemptions (as suppressions) for code scanning; what passes or is unknown is not part of SARIF's use."""
    failing = {row.rule.id: row.rule for row in evidence.rows if row.findings}
    index = {id_: number for number, id_ in enumerate(failing)}
    driver = {
        "name": evidence.pack,
        "rules": [
            {
                "id": id_,
                "shortDescription": {"text": rule.description},
                "help": {"text": rule.remediation},
                "properties": {
                    "security-severity": _SCORES[rule.severity],
                    "tags": ["security", *rule.controls],
                    "references": rule.catalogue.references(rule.controls),
                },
            }
            for id_, rule in failing.items()
        ],
    }
    results = [_result(evidence, row, told, index[row.rule.id]) for row in evidence.rows for told in row.findings]
    run = _by_line({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results})
    return f'{{"$schema": "{_SARIF_SCHEMA}", "version": "2.1.0", "runs": [\n{run}]}}\n'


def _result(evidence: Evidence, row: Row, told: Told, index: int) -> dict[str, Any]:
    file, line = evidence.plan.positions.get(row.urn, ("Pulumi.yaml", 1))
    fingerprint = hashlib.sha256(f"{told.id} {told.path} {row.urn}".encode()).hexdigest()
    result: dict[str, Any] = {
        "ruleId": row.rule.id,
        "ruleIndex": index,
        "level": "error" if row.level != "advisory" else "note" if row.rule.severity == "low" else "warning",
        "message": {"text": _plain(f"{row.name}: {told.message}")},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": file, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": line},
                },
                "logicalLocations": [{"fullyQualifiedName": row.urn, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"findingAndResource/v1": fingerprint},
    }
    if told.exemption:
        text = f"{told.exemption.reason} ({told.exemption.ticket}, {told.exemption.owner}, until {told.exemption.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": text}]
    return result


def _plain(text: str) -> str:
    """`text` for a SARIF message, in which `[...](...)` would be a link."""
    return visible(text).replace("](", "] (")


def as_junit(evidence: Evidence) -> str:
    """A suite per pack and a test case per rule and resource; unknown is skipped, an exemption is a pass with its text."""
    by_pack: defaultdict[str, list[Row]] = defaultdict(list)
    for row in evidence.rows:
        by_pack[row.rule.pack].append(row)
    lines = [f"<testsuites name={_quoted(f'{evidence.plan.project}/{evidence.plan.stack}')}>"]
    urns = {urn: _quoted(urn) for urn in {row.urn for row in evidence.rows}}
    unknown = f"<skipped message={_quoted(f'unknown: it {on_unknown(evidence)}')} />"
    for pack, rows in by_pack.items():
        skipped = sum(row.verdict == UNKNOWN for row in rows)
        counts = f'tests="{len(rows)}" failures="{sum(row.stops for row in rows)}" skipped="{skipped}" errors="0"'
        lines += [
            f"<testsuite name={_quoted(pack)} {counts}>",
            *(_case(row, urns[row.urn], unknown) for row in rows),
            "</testsuite>",
        ]
    if evidence.problems:
        number = len(evidence.problems)
        lines.append(f'<testsuite name="exemptions" tests="{number}" failures="{number}">')
        for number, problem in enumerate(evidence.problems, 1):
            failure = f"<failure message={_quoted(problem)} />"
            lines.append(f'<testcase classname="exemptions" name="exemption {number}">{failure}</testcase>')
        lines.append("</testsuite>")
    return "\n".join(('<?xml version="1.0" encoding="utf-8"?>', *lines, "</testsuites>", ""))


def _case(row: Row, urn: str, unknown: str) -> str:
    head = f'<testcase classname="{row.rule.id}" name={urn}'
    if row.verdict == PASS:
        return f"{head} />"
    if row.verdict == UNKNOWN:
        return f"{head}>{unknown}</testcase>"
    told = escape(_printable("\n".join(each.message for each in row.findings)))
    if row.stops:
        failure = f"<failure message={_quoted(row.rule.description)} type={_quoted(row.rule.severity)}>{told}</failure>"
        return f"{head}>{failure}</testcase>"
    return f"{head}><system-out>{'advice' if row.verdict == FAIL else 'exempted'}: {told}</system-out></testcase>"


def _quoted(text: str) -> str:
    """`text` as the value of an attribute."""
    return quoteattr(_printable(text))


def _printable(text: str) -> str:
    """`text` without the characters that XML cannot hold, and as `visible` shows it."""
    return visible(_NOT_IN_XML.sub("", text))


_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
