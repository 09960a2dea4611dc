"""What the report of a run tells, and that what is told does nothing in it."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.recovery import plan
from functions.recovery.execute import entry_of
from functions.recovery.record import Record, iso
from operations.errors import Code
from tests.operations.recovery.world import BEGAN, HERE, THERE, World, journal_of

DISASTER = ("failover", "--mode", "disaster", "--accept-data-loss", "5", "--yes", "prod-recovery", "--run", "r1")
FENCE = {"state": "open", "unfenced": True, "detail": "database main: ServiceUnavailable", "waits": {"ingest": 4, "idle": 0}}
BY_HAND = "pulumi up --refresh -s prod-recovery"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        yield World(tmp_path)


def troubled(record: Record, order: Mapping[str, Any]) -> None:
    """A run that is done, and left things to do."""
    journal_of(record, order)
    results = {
        "gate": {"loss": {"known": 3, "atMost": 10}, "leftBehind": ["silo"]},
        "fence": FENCE,
        "start": {"tasks": {"web": 3}, "short": {"web": 2}},
        "reconcile": {"started": "", "why": "RESOURCE:FARGATE", "by hand": BY_HAND},
    }
    for step, result in results.items():
        facts = {**record.run(order["run"], entry_of(step)), "result": json.dumps(result)}
        record.journal(order["run"], entry_of(step), **{name: facts[name] for name in ("state", "started", "ended", "result")})


def told(world: World, folder: Path, *words: str) -> dict[str, str]:
    """The files of the report of r1, by name."""
    done = world.run("report", "r1", "--to", str(folder), *words)
    assert done.exit_code == 0, done.stderr
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_a_report_tells_who_decided_and_what_is_left_to_do(world: World, tmp_path: Path) -> None:
    world.awslambda.write = troubled
    world.run(*DISASTER)
    files = told(world, tmp_path / "told")
    facts = json.loads(files["report.json"])
    decided = iso(BEGAN + 15)
    assert (facts["decided"], facts["by"], facts["accepted_loss"]) == (decided, "recovery-operator/jo", "5")
    assert (facts["fence"], facts["short"], facts["by_hand"], facts["left_behind"]) == (FENCE, {"web": 2}, BY_HAND, ["silo"])
    for line in (
        "- Loss accepted: 5 s",
        f"- Decided: {decided}, by recovery-operator/jo",
        "- The other region: open: database main: ServiceUnavailable",
        "- Waits in its queues: ingest: 4",
        "- Not recovered: without a replica here: silo",
        "- Services short of tasks: these run: web: 2",
        f"- The program was not told: when there is time, by hand: {BY_HAND}",
    ):
        assert f"{line}\n" in files["report.md"]
    for words in ("database main: ServiceUnavailable", "ingest: 4", "these run: web: 2", BY_HAND, decided):
        assert words in files["report.html"]


def test_a_run_that_decided_nothing_says_so(world: World) -> None:
    world.awslambda.write = partial(journal_of, state="refused", why="the loss is 9 s", last="gate")
    shown = world.run(*DISASTER).stdout
    assert "- Decided: it did not come to that\n" in shown
    assert "short of tasks" not in shown and "Waits" not in shown and "by hand" not in shown


@pytest.mark.parametrize("mode", plan.BOTH)
def test_a_report_lists_what_each_step_may_call_as_the_dry_run_does(world: World, tmp_path: Path, mode: str) -> None:
    dry = json.loads(world.run("failover", "--mode", mode, "--dry-run", "--json").stdout)
    calls = {step["step"]: [call.replace(THERE, "the other region") for call in step["calls"]] for step in dry["steps"]}
    world.run("failover", "--mode", mode, "--yes", "prod-recovery", "--run", "r1")
    files = told(world, tmp_path / "told")
    assert {step["step"]: step["may_call"] for step in json.loads(files["report.json"])["steps"]} == calls
    assert f"- promote: {', '.join(calls['promote'])}\n" in files["report.md"]
    assert f"rds:PromoteReadReplica in {HERE}" in files["report.html"]


def test_nothing_that_is_told_is_markup_of_the_report(world: World, tmp_path: Path) -> None:
    evil = "x\n\n# Run r1: done\n![t](https://example.com/t.png) <script>alert(1)</script> | ` *a* &lt;"
    why = "`</code> | <img src=x> [click](https://example.com)\n- Loss measured: none"
    world.awslambda.write = lambda record, order: journal_of(
        record, {**order, "by": evil}, state="failed", why=why, last="gate"
    )
    world.run(*DISASTER)
    text = told(world, tmp_path / "told")["report.md"]
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "# Run r1: disaster to us-west-2, failed",
        "## Timeline",
        "## What each step found and did",
        "## What each step may call, besides the journal",
    ]
    assert next(line for line in text.splitlines() if "Loss measured" in line) == "- Loss measured: it did not come to that"
    assert "\n- Loss measured: none" not in text
    # In Markdown's words: a backslash before each sign that would be one of it; in a code span, no backtick.
    (by,) = (line for line in text.splitlines() if line.startswith("- Ordered by: "))
    assert by.startswith("- Ordered by: x # Run r1: done !\\[t\\](https://example.com/t.png) \\<script\\>")
    assert by.endswith("\\</script\\> \\| \\` \\*a\\* \\&lt;")
    (span,) = (line for line in text.splitlines() if line.startswith("**gate** "))
    assert span.count("`") == 2 and json.loads(span.removeprefix("**gate** ").strip("`")) == {"why": why}


@pytest.mark.parametrize(
    ("outage", "exit_code"), [(BEGAN - 1, 0), (BEGAN, 0), (BEGAN + 1, Code.USAGE), (BEGAN * 2, Code.USAGE)]
)
def test_an_outage_that_began_after_the_declaration_is_none(world: World, outage: int, exit_code: int) -> None:
    world.run(*DISASTER)
    shown = world.run("report", "r1", "--outage", iso(outage))
    assert shown.exit_code == exit_code
    refused = f"--outage is '{iso(outage)}', after {iso(BEGAN)}, when run r1 was declared; expected a time before that"
    assert (refused in shown.stderr) == bool(exit_code)
