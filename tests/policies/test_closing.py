"""The verdict that closes a preview: what the engine's event log tells, on one screen, failures last."""

import json
from pathlib import Path
from typing import Any

import pytest

from policies.evidence.closing import main

URN = "urn:pulumi:prod::dataconnect::{}"
TABLE = URN.format("aws:dynamodb/table:Table::sessions")
QUEUE = URN.format("aws:sqs/queue:Queue::q")


def policy(name: str, level: str, message: str, urn: str = "") -> dict[str, Any]:
    return {"policyEvent": {"policyName": name, "enforcementLevel": level, "message": message, "resourceUrn": urn}}


def step(op: str, urn: str, *, protect: bool = False) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, "old": {"protect": protect}}}}


def summary(*, preview: bool = True, **changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"isPreview": preview, "resourceChanges": changes}}


ROOT = step("same", URN.format("pulumi:pulumi:Stack::dataconnect-prod"))
ADVICE = policy("advice", "advisory", "Counts.\n39 findings of 20 rules advise and stop nothing: rds-port 1. More.")


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], *events: dict[str, Any], code: int = 0) -> list[str]:
    file = tmp_path / "events.json"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    assert main([str(file), "--code", str(code), "--more", "make evidence"]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_good_preview_ends_with_its_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(tmp_path, capsys, ROOT, ADVICE, policy("exemptions", "advisory", "E.\n1 used"), summary(create=2)) == [
        "Verdict of the preview of dataconnect/prod",
        "  changes  2 create",
        "  loses    nothing",
        "  advice   39 findings of 20 rules advise and stop nothing; each in full: make evidence",
        "Nothing stops it: it may be deployed (exit code 0).",
    ]


def test_what_is_lost_and_what_stops_it_come_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = step("delete", TABLE), step("replace", QUEUE, protect=True), step("delete-replaced", QUEUE)
    finding = policy("sqs-customer-key", "mandatory", "Queues.\nkmsMasterKeyId is absent. [id]\nOr: - {}", QUEUE)
    errors = [
        {"diagnosticEvent": {"severity": "error", "message": text}} for text in ("no credentials\n", "error: preview failed\n")
    ]
    lines = told(tmp_path, capsys, ROOT, *lost, finding, *errors, summary(delete=1, replace=1), code=1)
    assert lines[2:] == [
        "  LOSES    1 resource is replaced; 1 of them HOLDS STATE: q (aws:sqs/queue:Queue)",
        "  LOSES    1 resource is deleted; 1 of them HOLDS STATE: sessions (aws:dynamodb/table:Table)",
        "  advice   none",
        "  STOPS    sqs-customer-key on q: kmsMasterKeyId is absent. [id]",
        "  STOPS    no credentials",
        "STOPPED by 2: the preview failed (exit code 1).",
    ]


def test_of_an_update_only_the_update_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prelude = {"preludeEvent": {}}
    events = prelude, ROOT, step("delete", TABLE), summary(delete=1), prelude, ROOT, summary(preview=False, same=1)
    lines = told(tmp_path, capsys, *events)
    assert lines[0] == "Verdict of the update of dataconnect/prod"
    assert lines[-1] == "The update succeeded (exit code 0)."
    assert "  loses    nothing" in lines


@pytest.mark.parametrize("text", ["{", "[]\n"])
def test_what_is_no_event_log_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    assert main([str(file)]) == 2
    assert "closing: " in capsys.readouterr().err
