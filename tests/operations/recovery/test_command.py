"""`dataconnect recovery`: what it orders, follows and tells, and what it refuses before anything is ordered."""

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from functions.recovery import plan
from functions.recovery.record import iso
from operations.errors import Code
from operations.recovery import watch
from operations.recovery.place import Place
from operations.recovery.runs import EXIT
from tests.operations.recovery.world import CHECK, HERE, LOOK, OUTPUTS, THERE, World, journal_of

DISASTER = ("failover", "--mode", "disaster", "--accept-data-loss", "5", "--yes", "prod-recovery")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        yield World(tmp_path)


def test_a_failover_is_ordered_of_the_executor_followed_and_reported(world: World) -> None:
    done = world.run(*DISASTER, "--run", "r1")
    assert done.exit_code == 0
    order = {"run": "r1", "mode": "disaster", "acceptLoss": 5, "by": "recovery-operator/jo", "to": HERE}
    assert world.awslambda.orders == {"r1": order}
    lines = done.stderr.splitlines()
    assert lines[0].startswith("run r1 is ordered; without this command: aws lambda invoke --region us-west-2 ")
    assert "--durable-execution-name r1" in lines[0] and json.dumps(order) in lines[0]
    steps = [step.name for step in plan.steps(plan.DISASTER)]
    assert [line.split("] ")[1].split()[0] for line in lines[1:]] == steps
    assert lines[1] == f"+00:00  [1/{len(steps)}] lock done in 00:05 (expected 00:02)"
    assert "# Run r1: disaster to us-west-2, done" in done.stdout
    assert "- Ordered by: recovery-operator/jo" in done.stdout
    assert "- Loss measured: 3 s of writes; no more than 10 s" in done.stdout
    assert "- Deliveries possibly lost: listed by dataconnect recovery lost --stack prod-recovery, within a day" in done.stdout
    planned = world.run("failover", "--mode", "planned", "--yes", "prod-recovery", "--run", "r2")
    assert "- Loss measured: none" in planned.stdout and "recovery lost" not in planned.stdout


def test_the_same_order_again_is_the_same_run(world: World) -> None:
    world.run(*DISASTER, "--run", "r1")
    world.awslambda.write = lambda *_: pytest.fail("a second run")
    assert world.run(*DISASTER, "--run", "r1").exit_code == 0


def test_a_run_that_somebody_else_ordered_is_followed(world: World) -> None:
    order = {"run": "r1", "mode": "disaster", "acceptLoss": 5, "by": "by hand", "to": HERE}
    world.awslambda.orders["r1"] = order
    journal_of(world.record, order)
    done = world.run(*DISASTER, "--run", "r1")
    assert done.exit_code == 0, done.stderr
    assert "- Ordered by: by hand" in done.stdout


def test_another_order_under_a_name_that_is_taken_is_refused(world: World) -> None:
    world.run(*DISASTER, "--run", "r1")
    refused = world.run("failover", "--mode", "planned", "--yes", "prod-recovery", "--run", "r1")
    assert refused.exit_code == Code.CONFLICT
    assert "--run is 'r1', and another order was given under that name" in refused.stderr


@pytest.mark.parametrize(
    ("last", "loss"),
    [
        ("reconcile", "none: nobody wrote any more when the last number had arrived"),
        ("gate", "it did not come to that"),
        ("drain", "it did not come to that"),
    ],
)
def test_a_planned_run_that_did_not_come_to_it_tells_of_no_measured_loss(world: World, last: str, loss: str) -> None:
    state = "done" if last == "reconcile" else "refused"
    world.awslambda.write = partial(journal_of, state=state, last=last)
    told = world.run("failover", "--mode", "planned", "--yes", "prod-recovery", "--run", "r1").stdout
    assert f"- Loss measured: {loss}\n" in told


@pytest.mark.parametrize("state", [state for state in EXIT if state != "done"])
def test_a_run_that_is_not_done_ends_the_command_with_its_reason(world: World, state: str) -> None:
    world.awslambda.write = partial(journal_of, state=state, why="gate: the loss is 9 s", last="gate")
    ended = world.run(*DISASTER, "--run", "r1")
    assert ended.exit_code == EXIT[state] != 0
    assert f"dataconnect: run r1 is {state}: gate: the loss is 9 s" in ended.stderr
    assert "gate failed in 00:05 (expected 00:04): gate: the loss is 9 s" in ended.stderr


def test_a_run_that_does_not_begin_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "APPEARS_SECONDS", 0)
    world.awslambda.write = lambda *_: None
    ended = world.run(*DISASTER, "--run", "r1")
    assert ended.exit_code == Code.FAILED
    assert "has not begun" in ended.stderr and OUTPUTS["recovery"]["recover"] in ended.stderr


def test_it_can_be_ordered_without_being_followed(world: World) -> None:
    ended = world.run(*DISASTER, "--run", "r1", "--no-wait")
    assert ended.exit_code == 0
    assert ended.stdout == "follow it: dataconnect recovery status --stack prod-recovery\n"
    assert [*world.awslambda.orders] == ["r1"]


def test_a_run_without_a_name_gets_one_of_its_time_and_mode(world: World) -> None:
    world.run(*DISASTER, "--no-wait")
    (name,) = world.awslambda.orders
    date, time, mode = name.split("-")
    assert (len(date), len(time), mode) == (8, 6, "disaster")


@pytest.mark.parametrize("mode", plan.BOTH)
def test_a_dry_run_names_each_call_and_orders_nothing(world: World, mode: str) -> None:
    told = world.run("failover", "--mode", mode, "--dry-run", "--json")
    assert told.exit_code == 0
    assert world.awslambda.orders == {} and world.record.runs() == {}
    steps = {step["step"]: step for step in json.loads(told.stdout)["steps"]}
    assert "rds:PromoteReadReplica in us-west-2" in steps["promote"]["calls"]
    assert "rds:ModifyDBInstance in us-east-2" in steps["fence"]["calls"]
    lost = {name for name, step in steps.items() if any(call.endswith(THERE) for call in step["calls"])}
    assert (lost == {"fence"}) == (mode == "disaster")
    text = world.run("failover", "--mode", mode, "--dry-run").stdout
    assert "(--dry-run: nothing is changed)" in text
    assert "database  True     1000" in text and "last number told by us-east-2: 1003" in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("failover", "--mode", "sudden", "--yes", "prod-recovery"), "--mode is 'sudden'; expected planned or disaster"),
        (("failover", "--mode", "disaster"), "--yes is not given; give --yes prod-recovery, or --dry-run"),
        (("failover", "--mode", "disaster", "--yes", "prod"), "--yes is 'prod'; give --yes prod-recovery"),
        (
            ("failover", "--mode", "disaster", "--accept-data-loss", "5.5", "--yes", "prod-recovery"),
            "--accept-data-loss is '5.5'; expected whole seconds, 0 or more, or the word unknown",
        ),
        (
            ("failover", "--mode", "disaster", "--accept-data-loss", "-1", "--yes", "prod-recovery"),
            "--accept-data-loss is '-1'; expected whole seconds",
        ),
        (
            ("failover", "--mode", "planned", "--accept-data-loss", "5", "--yes", "prod-recovery"),
            "--accept-data-loss is '5'; expected none with --mode planned, which loses nothing",
        ),
        (
            ("failover", "--mode", "planned", "--without", "silo", "--yes", "prod-recovery"),
            "--without is given with --mode planned, which loses nothing; expected it with --mode disaster",
        ),
        (
            ("failover", "--mode", "planned", "--run", "-r", "--yes", "prod-recovery"),
            "--run is '-r'; expected 1 to 64 letters, digits and hyphens",
        ),
        (
            ("failback", "--yes", "prod-recovery"),
            "prod-recovery is the recovery stack; expected the primary stack, or the command failover",
        ),
        (("report", "r9"), "there is no run 'r9'; known are none"),
        (("report", "r9", "--outage", "yesterday"), "--outage is 'yesterday'; expected a time with its zone"),
        (
            ("report", "r9", "--outage", "2026-11-30T08:00:00"),
            "--outage is '2026-11-30T08:00:00'; expected a time with its zone",
        ),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_ordered(world: World, words: tuple[str, ...], told: str) -> None:
    refused = world.run(*words)
    assert refused.exit_code in (Code.USAGE, Code.UNKNOWN)
    assert told in refused.stderr
    assert world.awslambda.orders == {}
    as_json = json.loads(world.run(*words, "--json").stdout)
    assert told in as_json["error"]


def test_the_region_that_is_active_already_is_not_made_so_again(world: World) -> None:
    world.run(*DISASTER, "--run", "r0")
    world.record.decide(HERE, "r0", 1, 0)
    refused = world.run(*DISASTER)
    assert refused.exit_code == Code.CONFLICT
    assert "us-west-2 is the active region already, made so by run r0: there is nothing to turn" in refused.stderr


def test_a_run_that_did_not_end_well_is_taken_up_by_a_new_one(world: World) -> None:
    world.awslambda.write = partial(journal_of, state="failed", why="start: 1 of 3 tasks run", last="start")
    world.run(*DISASTER, "--run", "r0")
    world.record.decide(HERE, "r0", 1, 0)
    world.awslambda.write = journal_of
    assert world.run(*DISASTER, "--run", "r1").exit_code == 0


def test_the_way_back_is_the_primary_stacks(world: World) -> None:
    recover = f"arn:aws:lambda:{THERE}:222222222222:function:recover-7654321:live"
    world.tell({"stack": "prod", "recovery": {**OUTPUTS["recovery"], "recover": recover}})
    world.record.decide(HERE, "r0", 1, 0)
    told = world.run("failback", "--dry-run", "--json", stack="prod")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout)["to"] == THERE
    refused = world.run("failover", "--mode", "planned", "--dry-run", stack="prod")
    assert "prod is the primary stack; expected the recovery stack, or the command failback" in refused.stderr


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ({"stack": "prod-recovery"}, "prod-recovery has no recovery; expected a primary stack with recoveryRegion"),
        (
            {**OUTPUTS, "recovery": {**OUTPUTS["recovery"], "recover": "recover"}},
            "output recovery.recover is 'recover'; expected the ARN",
        ),
        (
            {**OUTPUTS, "recovery": {**OUTPUTS["recovery"], "recoveryRegion": "us-west-1"}},
            "expected a function in us-east-2 or us-west-1",
        ),
        ({**OUTPUTS, "recovery": {**OUTPUTS["recovery"], "table": None}}, "output recovery.table is missing"),
    ],
)
def test_outputs_that_do_not_tell_the_recovery_are_named(world: World, outputs: dict[str, Any], told: str) -> None:
    world.tell(outputs)
    refused = world.run("status")
    assert refused.exit_code == Code.USAGE
    assert told in refused.stderr


def test_a_rehearsal_is_ordered_in_the_region_on_standby_and_its_report_tells_no_loss(world: World) -> None:
    done = world.run("rehearse", "--yes", "prod-recovery", "--run", "r1")
    assert done.exit_code == 0, done.stderr
    assert world.awslambda.orders["r1"]["mode"] == "rehearsal"
    steps = [step.name for step in plan.steps(plan.REHEARSAL)]
    assert [line.split("] ")[1].split()[0] for line in done.stderr.splitlines()[1:]] == steps
    assert "Loss" not in done.stdout
    world.record.decide(HERE, "r0", 1, 0)
    assert world.run("rehearse", "--yes", "prod-recovery").exit_code == Code.CONFLICT


def test_the_dry_run_of_a_rehearsal_touches_nothing_of_the_other_region(world: World) -> None:
    told = world.run("rehearse", "--dry-run", "--json")
    assert told.exit_code == 0, told.stderr
    assert not [call for step in json.loads(told.stdout)["steps"] for call in step["calls"] if call.endswith(THERE)]


def test_a_rehearsal_is_no_mode_of_a_failover(world: World) -> None:
    refused = world.run("failover", "--mode", "rehearsal", "--yes", "prod-recovery")
    assert "--mode is 'rehearsal'; expected planned or disaster" in refused.stderr


def test_the_status_before_any_run(world: World) -> None:
    told = world.run("status")
    assert told.exit_code == 0
    assert told.stdout.startswith("active: us-east-2 (epoch 0, as it was deployed)\n")
    assert "fence of us-east-2: never asked for" in told.stdout and "no run is known" in told.stdout


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ({"inRecovery": True, "number": 1_000}, "would lose 3 s of writes: accept at least that (at the worst 10 s,"),
        ({"inRecovery": None, "number": None}, "would lose an unknown amount of writes, at the worst nobody knows how much"),
        ({"inRecovery": False, "number": 1_000}, None),
    ],
)
def test_the_status_tells_what_a_failover_would_lose(world: World, database: dict[str, Any], told: str | None) -> None:
    world.awslambda.heartbeat = {**LOOK, "databases": {"database": {**database, "error": None}}}
    shown = world.run("status").stdout
    assert f"a failover to us-west-2 {told}" in shown if told else "would lose" not in shown


def test_the_status_takes_a_heartbeat_that_had_stopped_before_for_unknown(world: World) -> None:
    world.record.put_site(THERE, "{}", 1_003 + 121)
    assert "would lose an unknown amount of writes, at the worst 10 s" in world.run("status").stdout


def test_the_status_is_told_though_the_heartbeat_does_not_answer(world: World) -> None:
    world.awslambda.heartbeat = TimeoutError("no answer")
    told = world.run("status")
    assert told.exit_code == 0
    assert "loss: unknown; the function ready does not answer: no answer" in told.stdout


def test_the_status_after_a_run_shows_its_steps(world: World) -> None:
    world.run(*DISASTER, "--run", "r1")
    world.record.put_fence(THERE, "unreachable", "rds does not answer", 0)
    told = world.run("status")
    assert "fence of us-east-2: unreachable" in told.stdout
    assert "latest run: r1, disaster to us-west-2 by recovery-operator/jo: done" in told.stdout
    assert "all of it: dataconnect recovery report r1 --stack prod-recovery" in told.stdout


@pytest.mark.parametrize("verdict", ["not ready", "unknown"])
def test_readiness_lists_the_checks_and_ends_with_what_is_not_ready(world: World, verdict: str) -> None:
    assert world.run("readiness").exit_code == 0
    wrong = {"name": "quota", "verdict": verdict, "found": "80 of 64 vCPUs", "expected": "as many as it takes"}
    world.awslambda.ready = {"region": HERE, "ready": False, "checks": [CHECK, wrong]}
    told = world.run("readiness")
    assert told.exit_code == Code.CONFLICT
    assert "80 of 64 vCPUs" in told.stdout
    assert "us-west-2 is not ready to take over: quota" in told.stderr


def test_a_report_is_text_json_and_a_page_with_both_clocks(world: World, tmp_path: Path) -> None:
    world.run(*DISASTER, "--run", "r1")
    told = world.run("report", "r1", "--outage", "2026-11-30T07:55:00Z", "--to", str(tmp_path / "told"), "--json")
    assert told.exit_code == 0, told.stderr
    facts = json.loads(told.stdout)
    (opened,) = (step for step in facts["steps"] if step["step"] == "open")
    assert facts["seconds"]["declared"] == opened["after"] + opened["seconds"]
    assert facts["seconds"]["outage"] > facts["seconds"]["declared"]
    written = {Path(file).name: Path(file).read_text() for file in facts["written"]}
    assert written.keys() == {"report.md", "report.json", "report.html"}
    assert json.loads(written["report.json"])["run"] == "r1"
    for text in (written["report.md"], written["report.html"]):
        assert "Traffic turned after" in text and "From the outage" in text


def test_a_page_shows_what_a_step_said_as_text(world: World, tmp_path: Path) -> None:
    world.awslambda.write = partial(journal_of, state="failed", why="<script>alert(1)</script>", last="smoke")
    world.run(*DISASTER, "--run", "r1")
    world.run("report", "r1", "--to", str(tmp_path))
    page = (tmp_path / "report.html").read_text()
    assert "<script>" not in page and "&lt;script&gt;" in page


def test_a_report_that_cannot_be_written_says_where(world: World, tmp_path: Path) -> None:
    world.run(*DISASTER, "--run", "r1")
    (tmp_path / "taken").write_text("")
    refused = world.run("report", "r1", "--to", str(tmp_path / "taken"))
    assert refused.exit_code == Code.USAGE
    assert f"--to is {tmp_path / 'taken'}: " in refused.stderr


def test_a_database_is_left_behind_where_somebody_says_so(world: World) -> None:
    done = world.run(*DISASTER, "--run", "r1", "--without", "silo-b", "--without", "silo-a", "--no-wait")
    assert done.exit_code == 0
    assert world.awslambda.orders["r1"]["without"] == ["silo-b", "silo-a"]
    assert '"without": ["silo-b", "silo-a"]' in done.stderr


def test_a_run_that_is_named_alone_is_followed_whatever_was_accepted(world: World) -> None:
    world.run(*DISASTER, "--run", "r1", "--no-wait")
    done = world.run("failover", "--run", "r1")
    assert done.exit_code == 0
    assert done.stderr.splitlines()[0].startswith("run r1 is followed: disaster, ordered by ")
    assert [*world.awslambda.orders] == ["r1"]
    assert "go on with section 4 of docs/runbooks/failover.md" in done.stdout
    unknown = world.run("failover", "--run", "r9")
    assert (unknown.exit_code, "--run is 'r9', which is not known here, and --mode is not given" in unknown.stderr) == (2, True)


@pytest.mark.parametrize(
    ("held", "told"),
    [("disaster", "waits up to three minutes for it to end"), ("planned", "this one stops it, and takes over")],
)
def test_another_run_that_is_at_work_is_told_before_the_order(world: World, held: plan.Mode, told: str) -> None:
    world.record.lock(HERE, "r0", held, time.time())
    said = world.run(*DISASTER, "--run", "r1", "--no-wait").stderr
    assert f"run r0 ({held}) works in {HERE}" in said.splitlines()[0]
    assert told in said.splitlines()[0]


def test_a_wrong_stack_is_told_before_its_region_is_asked(world: World) -> None:
    def lost(_: object) -> Place:
        raise AssertionError("the region is lost")

    world.open = lost  # type: ignore[method-assign]
    refused = world.run("failback", "--yes", "prod-recovery")
    assert "prod-recovery is the recovery stack; expected the primary stack, or the command failover" in refused.stderr


def test_the_status_shows_the_run_that_is_at_work_and_names_the_others(world: World) -> None:
    now = time.time()
    for run, state, at in (("r1", "running", now - 60), ("r2", "refused", now - 30)):
        whole = {"mode": "disaster", "to": HERE, "by": "jo", "acceptLoss": 5, "state": state, "why": "lock", "started": iso(at)}
        world.record.journal(run, "", **whole)
    world.record.lock(HERE, "r1", "disaster", now)
    shown = world.run("status").stdout
    assert f"run at work: r1, disaster to {HERE} by jo: running" in shown
    assert "also ordered: r2: refused lock" in shown
    world.record.release(HERE, "r1", "disaster", now - 600)
    world.record.journal("r1", "", **{**whole, "state": "done", "started": iso(now - 60)})
    assert f"latest run: r1, disaster to {HERE} by jo: done" in world.run("status").stdout


@pytest.mark.parametrize(("accept", "told"), [("0", "the gate would refuse it now: the loss is 3 s"), ("5", "let it pass now")])
def test_a_dry_run_says_what_the_gate_would_say(world: World, accept: str, told: str) -> None:
    shown = world.run("failover", "--mode", "disaster", "--accept-data-loss", accept, "--dry-run").stdout
    assert told in shown.splitlines()[-1]
