"""What becomes of a command while its run goes on: a run that dies, a command that is cut off, answers that are incomplete."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from functions.recovery import plan
from functions.recovery.execute import entry_of
from functions.recovery.record import LEASE_SECONDS, Record, iso
from operations.errors import Code, OperationError
from operations.recovery import runs, turn
from operations.recovery.place import load
from operations.recovery.watch import ENDED_SECONDS, WITHOUT_SECONDS, watch
from tests.operations.recovery.world import BEGAN, HERE, LOOK, THERE, World, journal_of

DISASTER = ("failover", "--mode", "disaster", "--accept-data-loss", "5", "--yes", "prod-recovery")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with mock_aws():
        yield World(tmp_path)


class Time:
    """Goes by when somebody sleeps; `then` happens meanwhile."""

    def __init__(self, then: Callable[[float], None] = lambda _: None, *, skew: float = 0) -> None:
        self.slept, self._then, self._skew = 0.0, then, skew

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        assert self.slept < 1_200, "followed for ever"
        self._then(BEGAN + self.slept)

    def now(self) -> float:
        return BEGAN + self.slept + self._skew


def begin(record: Record, order: Mapping[str, Any], at: float = BEGAN) -> None:
    """What a run writes first."""
    facts = {name: order[name] for name in ("mode", "to", "by", "acceptLoss")}
    record.journal(order["run"], "", state="running", started=iso(at), **facts)


ORDER = {"run": "r1", "mode": "disaster", "to": HERE, "by": "jo", "acceptLoss": 5}


def follow(world: World, time: Time) -> Any:
    place = world.open(load("prod-recovery", world.file))
    return watch(place, "r1", lambda _: None, sleep=time.sleep, now=time.now)


def test_a_run_that_died_is_followed_no_longer_than_its_lock(world: World) -> None:
    begin(world.record, ORDER)
    world.record.lock(HERE, "r1", "disaster", BEGAN)
    time = Time()
    with pytest.raises(OperationError, match=rf"r1 .*no sign of life: its lock of {HERE} ended at .*order it again") as ended:
        follow(world, time)
    assert ended.value.code == Code.INCOMPLETE
    assert LEASE_SECONDS <= time.slept <= LEASE_SECONDS + ENDED_SECONDS + 10


def test_a_run_whose_lock_another_took_is_followed_no_longer_than_it_may_wait_for_it(world: World) -> None:
    begin(world.record, ORDER)
    world.record.lock(HERE, "r2", "disaster", BEGAN + 10**6)
    time = Time()
    with pytest.raises(OperationError, match=rf"it has no lock of {HERE}, run r2 took it last") as ended:
        follow(world, time)
    assert ended.value.code == Code.INCOMPLETE
    assert WITHOUT_SECONDS <= time.slept <= WITHOUT_SECONDS + 10


@pytest.mark.parametrize("skew", [-600, 0, 600])
def test_a_run_that_lives_is_followed_to_its_end_whatever_the_clock_here_says(world: World, skew: int) -> None:
    begin(world.record, ORDER)

    def live(now: float) -> None:
        if now >= BEGAN + 900:
            journal_of(world.record, ORDER)
        elif int(now) % 50 == 0:
            world.record.lock(HERE, "r1", "disaster", now)

    assert follow(world, Time(live, skew=skew)).state == "done"


def test_a_run_that_waits_for_the_lock_of_one_that_died_is_followed(world: World) -> None:
    begin(world.record, ORDER)
    world.record.lock(HERE, "r0", "disaster", BEGAN)

    def wait(now: float) -> None:
        world.record.lock(HERE, "r1", "disaster", now)
        if now >= BEGAN + 600:
            journal_of(world.record, ORDER)

    assert follow(world, Time(wait)).state == "done"


def cut(world: World, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> dict[str, Any]:
    """The answer as JSON of a command that an error meets while it follows; what is said to people as `said`."""

    def sleep(_: float) -> None:
        raise error

    world.awslambda.write = begin
    monkeypatch.setattr(turn, "watch", partial(watch, sleep=sleep))
    ended = world.run(*DISASTER, "--json")
    assert ended.exit_code != 0
    return {**json.loads(ended.stdout), "said": ended.stderr.splitlines()[-1]}


def test_who_interrupts_the_command_is_told_how_to_follow_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = cut(world, monkeypatch, KeyboardInterrupt())
    ((name, order),) = world.awslambda.orders.items()
    assert (told["run"], told["order"], told["kind"]) == (name, order, "interrupted")
    again = f"interrupted; the run goes on without it; the same command with --run {name} follows it"
    assert told["error"] == again and told["said"] == f"dataconnect: {again}"


def test_the_name_of_the_run_is_told_when_the_network_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    told = cut(world, monkeypatch, EndpointConnectionError(endpoint_url="https://dynamodb.example"))
    assert told["run"] in world.awslambda.orders and told["order"]["run"] == told["run"]
    assert "Could not connect" in told["error"]


def test_the_name_of_the_run_is_told_when_the_order_itself_is_interrupted(world: World) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    world.awslambda.write = interrupt
    told = json.loads(world.run(*DISASTER, "--json").stdout)
    assert told["run"] in world.awslambda.orders
    assert f"--run {told['run']} follows it" in told["error"]


class Waking:
    """Lambda, which answers with a code so many times before it takes an order."""

    def __init__(self, world: World, code: str, times: int) -> None:
        self._lambda, self._code, self.left = world.awslambda, code, times

    def invoke(self, **asked: Any) -> dict[str, Any]:
        if self.left:
            self.left -= 1
            raise ClientError({"Error": {"Code": self._code, "Message": "emulated"}}, "Invoke")  # pyright: ignore[reportArgumentType]
        return self._lambda.invoke(**asked)


def order(world: World, code: str, times: int) -> tuple[list[str], float]:
    """Order r1 of such a Lambda: what is told, and the seconds waited."""
    place = world.open(load("prod-recovery", world.file))
    waking = Waking(world, code, times)
    told: list[str] = []
    time = Time()
    object.__setattr__(place, "awslambda", waking)
    runs.start(place, run="r1", mode=plan.DISASTER, accept_loss=5, tell=told.append, sleep=time.sleep)
    return told, time.slept


@pytest.mark.parametrize("code", runs.WAKES)
def test_a_function_that_lambda_makes_ready_first_is_ordered_again(world: World, code: str) -> None:
    told, waited = order(world, code, 3)
    assert [*world.awslambda.orders] == ["r1"]
    assert (len(told), waited) == (3, 15)
    assert told[0] == f"Lambda makes the function ready ({code}): run r1 is ordered again in 5 s"


def test_a_function_that_is_not_made_ready_and_any_other_error_are_told(world: World) -> None:
    with pytest.raises(ClientError, match="ResourceConflictException"):
        order(world, "ResourceConflictException", 10**6)
    with pytest.raises(ClientError, match="AccessDenied"):
        order(world, "AccessDeniedException", 1)
    assert world.awslambda.orders == {}


PARTIAL: list[Any] = [
    {},
    None,
    [],
    "text",
    {**LOOK, "databases": None},
    {**LOOK, "table": {THERE: {}}},
    {**LOOK, "databases": {"database": None}},
    {name: told for name, told in LOOK.items() if name != "now"},
]


@pytest.mark.parametrize("answer", PARTIAL, ids=json.dumps)
def test_an_incomplete_answer_of_the_heartbeat_is_told_and_ends_nothing(world: World, answer: Any) -> None:
    world.awslambda.heartbeat = answer
    for words in (("status",), ("failover", "--mode", "planned", "--dry-run")):
        told = world.run(*words)
        assert told.exit_code == 0
        assert "loss: unknown; the function ready does not answer: its answer lacks databases, table or now" in told.stdout


@pytest.mark.parametrize(
    "answer", [{}, None, {"region": HERE, "checks": [{}]}, {"region": HERE, "checks": None}], ids=json.dumps
)
def test_an_incomplete_answer_of_readiness_is_an_error(world: World, answer: Any) -> None:
    world.awslambda.ready = answer
    told = world.run("readiness")
    assert told.exit_code == Code.FAILED
    assert "expected a region and checks, each with name, verdict, found, expected" in told.stderr


@pytest.mark.parametrize(
    ("entry", "facts", "told"),
    [
        ("", {"state": "running"}, "run r9 lacks mode, to, by, started; expected what the function `recover` writes"),
        (
            "",
            {"mode": "disaster", "to": HERE, "by": "jo", "state": "running", "started": "noon"},
            "run r9: 'noon' is no time; expected ISO 8601",
        ),
        (entry_of("gate"), {"state": "done"}, "run r9, entry 02#gate lacks started; expected"),
        (entry_of("gate"), {"state": "done", "started": iso(BEGAN), "result": "[]"}, "result is '[]'; expected an object"),
        (entry_of("gate"), {"state": "done", "started": iso(BEGAN), "result": "{"}, "result is '{'; expected an object"),
    ],
)
def test_a_broken_journal_is_told_by_what_it_lacks(world: World, entry: str, facts: dict[str, Any], told: str) -> None:
    begin(world.record, {**ORDER, "run": "r9"})
    world.record.journal("r9", entry, **facts)
    report, status = world.run("report", "r9"), world.run("status")
    assert report.exit_code == Code.FAILED and told in report.stderr
    assert status.exit_code == 0 and told in status.stdout and "active: us-east-2" in status.stdout
    assert told in json.loads(world.run("status", "--json").stdout)["run"]["error"]
    # Nor does it hold up a failover: a new run finds what is done.
    world.record.decide(HERE, "r9", 1, 0)
    assert world.run(*DISASTER, "--run", "r10").exit_code == 0
