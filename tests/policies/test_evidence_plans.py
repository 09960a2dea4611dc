"""What a preview or a state must be to be judged: all of one stack, counted, each resource under its own name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policies.evidence.__main__ import main
from tests.policies.harness import UNKNOWN
from tests.policies.test_evidence import QUEUE, URN, preview, state, written

__all__ = ["written"]

FORM = "expected urn:pulumi:<stack>::<project>::<types>::<name>; expected what `pulumi preview --json --show-sames`"
GOOD = preview(state(QUEUE, "q", {}))
COUNTED = "has no changeSummary, by which one can tell that no step is missing"


def of(urn: str, token: str = QUEUE) -> dict[str, Any]:
    """The state of a resource with that urn."""
    return {"urn": urn, "type": token, "inputs": {}}


def deployed(*states: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": states}}


LATE = {**of(URN), "inputs": {"kmsMasterKeyId": UNKNOWN, "policy": UNKNOWN}}
"""Nothing stops it: what it is judged by is not known."""


def also(**step: object) -> dict[str, Any]:
    """A preview with one step more."""
    return {**GOOD, "steps": [*GOOD["steps"], step], "changeSummary": {"create": 1, str(step["op"]): 1}}


WRONG_URNS = (
    "x",
    "urn:x",
    "urn:pulumi:prod::dataconnect::q",
    f"urn:pulumi:::dataconnect::{QUEUE}::q",
    f"urn:pulumi:prod::::{QUEUE}::q",
    "urn:pulumi:prod::dataconnect::::q",
    f"urn:pulumi:prod::dataconnect::{QUEUE}::",
    f"arn:pulumi:prod::dataconnect::{QUEUE}::q",
)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({**GOOD, "changeSummary": None}, COUNTED),
        ({**GOOD, "changeSummary": {}}, COUNTED),
        ({"steps": GOOD["steps"]}, COUNTED),
        ({**GOOD, "changeSummary": {"create": -1}}, "changeSummary.create is -1; expected how many resources, 0 or more"),
        ({**GOOD, "changeSummary": {"create": 1, "read": -1}}, "changeSummary.read is -1; expected how many"),
        ({**GOOD, "changeSummary": {"create": True}}, "changeSummary.create is True; expected how many"),
        *((deployed(of(urn)), f"has the urn '{urn}'; {FORM}") for urn in WRONG_URNS),
        *((preview(of(urn)), f"has the urn '{urn}'; {FORM}") for urn in WRONG_URNS),
        *((also(op="delete", urn=urn), f"has the urn '{urn}'; {FORM}") for urn in WRONG_URNS),
        (
            deployed({"type": QUEUE, "outputs": {"password": "hunter2"}}),
            "a resource without urn or type: deployment.resources[0]",
        ),
        (
            deployed(of(URN, "aws:sns/topic:Topic")),
            f"the resource '{URN}' has the type 'aws:sns/topic:Topic', which its urn does",
        ),
        (
            preview(state(QUEUE, "q", {}), of(f"urn:pulumi:dev::dataconnect::{QUEUE}::r")),
            "has resources of dataconnect/dev and dataconnect/prod; expected those of one stack",
        ),
        (
            also(op="delete", urn=f"urn:pulumi:prod::another::{QUEUE}::r"),
            "has resources of another/prod and dataconnect/prod; expected those of one stack",
        ),
        (
            deployed(of(URN), of(f"urn:pulumi:prod::another::{QUEUE}::r")),
            "has resources of another/prod and dataconnect/prod; expected those of one stack",
        ),
        (also(op="same", newState=of(URN)), "steps[1] has no urn"),
        (also(op="same", urn=f"{URN}2", newState=of(URN)), f"steps[1] is of '{URN}2', its newState of '{URN}'"),
        (also(op="same", urn=URN, newState={"type": QUEUE}), f"steps[1] is of '{URN}', its newState of None"),
    ],
)
def test_a_plan_that_is_not_all_of_one_stack_is_refused(
    written: Callable[[object], Path],
    capsys: pytest.CaptureFixture[str],
    document: object,
    says: str,
) -> None:
    assert main([str(written(document))]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert "hunter2" not in captured.err
    assert captured.out == ""


def test_what_an_alias_found_under_another_name_is_judged(written: Callable[[object], Path]) -> None:
    renamed = also(op="same", urn=URN, oldState=of(f"urn:pulumi:old::elsewhere::{QUEUE}::r"), newState=of(URN))
    assert main([str(written(renamed))]) == 1


def test_a_name_may_hold_what_divides_an_urn(written: Callable[[object], Path]) -> None:
    assert main([str(written(deployed(of(f"{URN}::of::all"))))]) == 1


# What is deployed


def test_a_deployed_state_is_neither_before_a_deployment_nor_to_be_deployed(
    written: Callable[[object], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(written(deployed(LATE))), "--out", str(tmp_path / "out"), "--packs", "encryption"]) == 0
    assert "dataconnect/prod (state): nothing stops it." in capsys.readouterr().out
    texts = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
    assert '<skipped message="unknown: it reads a value that the state does not tell." />' in texts["evidence.junit.xml"]
    for text in texts.values():
        assert "before deployment" not in text
        assert "may be deployed" not in text


def test_of_a_preview_junit_says_when_what_is_unknown_is_judged(written: Callable[[object], Path], tmp_path: Path) -> None:
    main([str(written(preview(LATE))), "--out", str(tmp_path / "out"), "--packs", "encryption"])
    text = (tmp_path / "out" / "evidence.junit.xml").read_text()
    assert '<skipped message="unknown: it reads a value that exists only after deployment. `up` judges' in text


@pytest.mark.parametrize("stops", [True, False])
def test_no_file_says_that_a_plan_may_be_deployed_which_loses_state(
    written: Callable[[object], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], *, stops: bool
) -> None:
    table = "urn:pulumi:prod::dataconnect::aws:dynamodb/table:Table::t"
    queue = of(URN) if stops else LATE
    plan = preview(queue)
    plan["steps"] += [{"op": "delete", "urn": table, "oldState": {}}]
    arguments = [str(written(plan)), "--out", str(tmp_path / "out"), "--packs", "encryption"]
    assert main(arguments) == (1 if stops else 0)
    verdict = "stopped" if stops else "loses state: deploy it only if that is meant"
    assert f"dataconnect/prod (preview): {verdict}. " in capsys.readouterr().out
    texts = {file.name: file.read_text() for file in (tmp_path / "out").iterdir()}
    assert not [name for name, text in texts.items() if "may be deployed" in text]
    colour = "fail" if stops else "loss"
    assert f'<span class="verdict {colour}">{verdict}</span>' in texts["evidence.html"]
    assert texts["evidence.md"].startswith("### ⛔ " if stops else "### ⚠️ ")


def test_a_plan_that_loses_nothing_that_holds_state_may_be_deployed(written: Callable[[object], Path], tmp_path: Path) -> None:
    plan = preview(LATE)
    plan["steps"] += [{"op": "delete", "urn": f"{URN}2", "oldState": {}}]
    assert main([str(written(plan)), "--out", str(tmp_path / "out"), "--packs", "encryption"]) == 0
    assert '<span class="verdict pass">may be deployed</span>' in (tmp_path / "out" / "evidence.html").read_text()
