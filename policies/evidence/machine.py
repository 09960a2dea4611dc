"""The verdicts for programs: JSON with everything, SARIF 2.1.0 for code scanning, JUnit for CI."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, cast
from xml.etree import ElementTree

from policies.evidence.text import visible
from policies.evidence.verdicts import EXEMPT, FAIL, UNKNOWN, VERDICTS, Evidence, Row, Told
from policies.kit.exemptions import Exemption
from policies.kit.rule import Rule

_SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_SCORES: Final = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
"""Severity -> the `security-severity` that code scanning shows as the same word."""


def as_json(evidence: Evidence) -> str:
    """Everything, with stable keys."""
    plan = evidence.plan
    document = {
        "project": plan.project,
        "stack": plan.stack,
        "kind": plan.kind,
        "production": plan.production,
        "pack": evidence.pack,
        "stops": evidence.stops,
        "summary": {verdict: evidence.count(verdict) for verdict in VERDICTS},
        "rules": [_rule(rule) for rule in evidence.rules],
        "verdicts": [_row(row) for row in evidence.rows],
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
    root = ElementTree.Element("testsuites", name=f"{evidence.plan.project}/{evidence.plan.stack}")
    for pack, rows in by_pack.items():
        failed = sum(row.stops for row in rows)
        counts = {"tests": len(rows), "failures": failed, "skipped": sum(row.verdict == UNKNOWN for row in rows), "errors": 0}
        suite = ElementTree.SubElement(root, "testsuite", {"name": pack, **{key: str(count) for key, count in counts.items()}})
        for row in rows:
            _case(suite, row)
    if evidence.problems:
        suite = ElementTree.SubElement(root, "testsuite", name="exemptions", tests=str(len(evidence.problems)))
        suite.set("failures", suite.get("tests", ""))
        for number, problem in enumerate(evidence.problems, 1):
            case = ElementTree.SubElement(suite, "testcase", classname="exemptions", name=f"exemption {number}")
            ElementTree.SubElement(case, "failure", message=_printable(problem))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _case(suite: ElementTree.Element, row: Row) -> None:
    attributes: Mapping[str, str] = {"classname": row.rule.id, "name": _printable(row.urn)}
    case = ElementTree.SubElement(suite, "testcase", dict(attributes))
    told = _printable("\n".join(each.message for each in row.findings))
    if row.stops:
        ElementTree.SubElement(case, "failure", message=row.rule.description, type=row.rule.severity).text = told
    elif row.verdict == UNKNOWN:
        ElementTree.SubElement(case, "skipped", message="cannot be judged before deployment")
    elif row.verdict in (FAIL, EXEMPT):
        ElementTree.SubElement(case, "system-out").text = f"{'advice' if row.verdict == FAIL else 'exempted'}: {told}"


def _printable(text: str) -> str:
    """`text` without the characters that XML cannot hold, and as `visible` shows it."""
    return visible(_NOT_IN_XML.sub("", text))


_NOT_IN_XML: Final = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
