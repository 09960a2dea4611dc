"""The verdict that closes a preview: what the engine's event log tells, on one screen, failures last."""

import json
from pathlib import Path
from typing import Any

import pytest

from policies.evidence.closing import main
from policies.kit.messages import message
from policies.kit.resource import Resource
from policies.kit.rule import Finding, Rule
from policies.pack import PACK

URN = "urn:pulumi:prod::dataconnect::{}"
TABLE = URN.format("aws:dynamodb/table:Table::sessions")
QUEUE = URN.format("aws:sqs/queue:Queue::q")


def policy(name: str, level: str, message: str, urn: str = "") -> dict[str, Any]:
    return {"policyEvent": {"policyName": name, "enforcementLevel": level, "message": message, "resourceUrn": urn}}


def step(op: str, urn: str, *, protect: bool = False, kind: str = "resourcePreEvent") -> dict[str, Any]:
    return {kind: {"metadata": {"op": op, "urn": urn, "old": {"protect": protect}}}}


def done(op: str, urn: str) -> dict[str, Any]:
    return step(op, urn, kind="resOutputsEvent")


def error(message: str, severity: str = "error") -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message}}


def printed(*lines: str) -> list[dict[str, Any]]:
    """What the program wrote on its error stream: the engine makes an event of each line."""
    return [error(f"{line}\n\n", "info#err") for line in lines]


def summary(*, preview: bool = True, result: str = "succeeded", **changes: int) -> dict[str, Any]:
    return {"summaryEvent": {"isPreview": preview, "resourceChanges": changes, "result": result}}


ROOT = step("same", URN.format("pulumi:pulumi:Stack::dataconnect-prod"))
ADVICE = policy("advice", "advisory", "Counts.\n39 findings of 20 rules advise and stop nothing: rds-port 1. More.")


JUDGED = {"policyAnalyzeStackSummaryEvent": {"policyPackName": "dataconnect"}}
"""The packs judged the stack as a whole: the program had come to its end, and the plan was complete."""

FAILED = error("preview failed\n"), summary(result="failed", same=1)
NOT_JUDGED = (
    "  advice   unknown: the packs did not judge the stack as a whole; a \u2705 above is for what was declared until then"
)


def told(tmp_path: Path, capsys: pytest.CaptureFixture[str], *events: dict[str, Any], code: int = 0) -> list[str]:
    file = tmp_path / "events.json"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    assert main([str(file), "--code", str(code), "--more", "make evidence"]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_good_preview_ends_with_its_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = step("create", TABLE), step("create", QUEUE)
    assert told(
        tmp_path, capsys, ROOT, *new, ADVICE, policy("exemptions", "advisory", "E.\n1 used"), JUDGED, summary(create=2)
    ) == [
        "Verdict of the preview of dataconnect/prod",
        "  changes  2 create",
        "  loses    nothing",
        "  advice   39 findings of 20 rules advise and stop nothing; each in full: make evidence",
        "Nothing stops it: it may be deployed (exit code 0).",
    ]


def test_what_is_lost_and_what_stops_it_come_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = step("delete", TABLE), step("replace", QUEUE, protect=True), step("delete-replaced", QUEUE)
    finding = policy("sqs-customer-key", "mandatory", "Queues.\nkmsMasterKeyId is absent. [id]\nOr: - {}", QUEUE)
    errors = error("no credentials\n"), error("error: preview failed\n")
    lines = told(tmp_path, capsys, ROOT, *lost, finding, JUDGED, *errors, summary(delete=1, replace=1), code=1)
    assert lines[1:] == [
        "  changes  1 delete, 1 replace",
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


def test_a_preview_that_is_lossy_and_allowed_says_so_in_its_last_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(tmp_path, capsys, ROOT, step("delete", TABLE), JUDGED, summary(delete=1))
    assert lines[-1] == "Nothing stops it, but it LOSES STATE, as told above: deploy it only if that is meant (exit code 0)."


def test_settings_that_are_refused_are_counted_one_by_one_and_nothing_else_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = printed("error: all.yaml: tables.x.hashKey is missing", "all.yaml: tables.x.hashKye is an unknown key")
    assert told(tmp_path, capsys, ROOT, *said, FAILED[1], code=1)[1:] == [
        "  changes  unknown: it ended before the whole stack was planned",
        "  loses    unknown",
        NOT_JUDGED,
        "  STOPS    all.yaml: tables.x.hashKey is missing",
        "  STOPS    all.yaml: tables.x.hashKye is an unknown key",
        "STOPPED by 2: the preview failed (exit code 1).",
    ]


def test_a_program_that_stops_half_way_is_one_cause_and_has_no_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planned = step("create", TABLE), step("replace", QUEUE, protect=True)
    said = printed(
        "error: Program failed with an unhandled exception:",
        "Traceback (most recent call last):",
        '  File "x.py", line 1, in <module>',
        "    raise KeyError(1)",
        "KeyError: 1",
    )
    assert told(tmp_path, capsys, ROOT, *planned, *said, FAILED[1], code=1)[1:] == [
        "  changes  unknown: it ended before the whole stack was planned",
        "  LOSES    so far: 1 resource is replaced; 1 of them HOLDS STATE: q (aws:sqs/queue:Queue)",
        NOT_JUDGED,
        "  STOPS    Program failed with an unhandled exception:",
        "           KeyError: 1",
        "STOPPED by 1: the preview failed (exit code 1).",
    ]


def test_a_run_that_ends_before_it_plans_names_its_stack_and_where_the_reason_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "events.json"
    file.write_text('{"policyLoadEvent": {}}\n{"cancelEvent": {}}\n')
    assert main([str(file), "--code", "1", "--stack", "dev"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Verdict of the preview of dev",
        "  changes  unknown: nothing was planned or judged",
        "STOPPED: the preview failed (exit code 1); the engine's error above says why.",
    ]


def test_what_is_protected_is_one_cause_and_counts_as_deleted_in_every_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = error("Preview failed: q cannot be deleted\nbecause it is protected.\n`pulumi state unprotect q`\n")
    gone = step("delete", QUEUE, protect=True), step("delete", URN.format("aws:sns/topic:Topic::t"))
    lines = told(tmp_path, capsys, ROOT, *gone, refused, FAILED[0], summary(result="failed", delete=1), code=1)
    assert lines[1:] == [
        "  changes  2 delete",
        "  LOSES    2 resources are deleted; 1 of them HOLDS STATE: q (aws:sqs/queue:Queue)",
        NOT_JUDGED,
        "  STOPS    Preview failed: q cannot be deleted",
        "           because it is protected.",
        "           `pulumi state unprotect q`",
        "STOPPED by 1: the preview failed (exit code 1).",
    ]


def test_of_a_long_error_the_beginning_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(tmp_path, capsys, ROOT, error("".join(f"{number}\n" for number in range(9))), *FAILED, code=1)
    assert lines[-5:-1] == ["  STOPS    0", "           1", "           2", "           ... (in full above)"]


def test_of_an_update_that_fails_what_was_done_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun = step("create", QUEUE), step("delete", TABLE)
    end = error("update failed\n"), summary(preview=False, result="failed", create=1)
    lines = told(tmp_path, capsys, ROOT, *begun, done("create", QUEUE), error("in use\n"), *end, code=1)
    assert lines[1:3] == ["  changes  1 create, before it failed", "  loses    nothing"]
    assert lines[-1] == "STOPPED by 1: the update failed (exit code 1)."


def test_what_a_good_program_writes_on_its_error_stream_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = told(tmp_path, capsys, ROOT, *printed("DeprecationWarning: x"), JUDGED, summary(same=1))
    assert lines[-1] == "Nothing stops it: it may be deployed (exit code 0)."


@pytest.mark.parametrize("text", ["{", "[]\n"])
def test_what_is_no_event_log_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "events.json"
    file.write_text(text)
    assert main([str(file)]) == 2
    assert "closing: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "rule", [max(PACK.rules, key=lambda rule: len(rule.remediation)), PACK.rules[0]], ids=lambda rule: rule.name
)
@pytest.mark.parametrize("length", [100, 5_000])
def test_what_is_wrong_and_its_remedy_are_told_however_long_a_finding_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: Rule, length: int
) -> None:
    queue = Resource(urn=QUEUE, token="aws:sqs/queue:Queue", message=None)
    finding = Finding("policy", "wrong", f"{'x' * length}right", detail="d" * 60)
    said = f"{rule.description}\n{message(rule, queue, finding)}"
    lines = told(tmp_path, capsys, ROOT, policy(rule.name, "mandatory", said, QUEUE), JUDGED, summary(create=1), code=1)
    (stops,) = (line for line in lines if "STOPS  " in line)
    assert f"{rule.name} on q: policy is 'wrong'; expected x" in stops
    assert f"{rule.remediation} " in stops
    assert stops.endswith(f"[{rule.id}[{'d' * 60}] {' '.join(rule.controls)}]")
    assert len(stops) < 800


def test_the_end_of_a_long_setting_s_problem_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = f"error: all.yaml: tables.x is '{'y' * 900}'; expected an object"
    (line,) = (each for each in told(tmp_path, capsys, ROOT, *printed(said), FAILED[1], code=1) if "STOPS  " in each)
    assert line.startswith("  STOPS    all.yaml: tables.x is 'yyy")
    assert line.endswith("y'; expected an object")
