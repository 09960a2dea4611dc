"""The executor on AWS's own runner of durable functions: as Lambda will run it, but for the clock."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_durable_execution_sdk_python import DurableContext, InvocationError, durable_execution
from aws_durable_execution_sdk_python_testing import DurableFunctionTestResult, DurableFunctionTestRunner

from functions.recovery.executor import Durable, recover

from .aws import PRIMARY, RECOVERY
from .faults import Called, Fault
from .world import World

ORDER = {"run": "run-1", "mode": "disaster", "acceptLoss": 60, "by": "somebody", "to": RECOVERY}


@contextmanager
def _runner(world: World, fault: Fault = lambda _: "") -> Generator[Callable[[dict[str, Any]], DurableFunctionTestResult]]:
    way = world.way(RECOVERY, fault=fault)

    @durable_execution
    def handle(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
        # Waits end an invocation, and the runner skips them; the world goes on meanwhile.
        with way.turn:
            world.advance(10)
        return recover(event, Durable(context), world.sites[RECOVERY], way, now=lambda: world.now, smoke=world.smoke)

    with DurableFunctionTestRunner(handler=handle, region=RECOVERY) as runner:

        def start(order: dict[str, Any]) -> DurableFunctionTestResult:
            world.event = order
            return runner.run(input=json.dumps(order), execution_name=order["run"], execution_timeout=7200)

        yield start
    # The runner leaves it open.
    runner._scheduler._loop.close()
    world.calls = way.calls


def _told(result: DurableFunctionTestResult) -> dict[str, Any]:
    assert result.result is not None, result.error
    return json.loads(result.result)


@pytest.mark.parametrize("mode", ["planned", "disaster"])
def test_a_whole_failover(prod: World, mode: str) -> None:
    with _runner(prod) as start:
        told = _told(start({**ORDER, "mode": mode}))
    assert (told["state"], told["why"]) == ("done", "")
    assert prod.serves(RECOVERY)
    assert prod.traffic() == RECOVERY
    assert prod.broken == []


def test_a_step_that_fails_is_tried_again(prod: World) -> None:
    troubles = ["throttled", "broken", "unanswered"]

    def fault(called: Called) -> str:
        return troubles.pop() if troubles and called.operation == "PutItem" else ""

    with _runner(prod, fault) as start:
        assert _told(start(ORDER))["state"] == "done"
    assert not troubles
    assert prod.promotions.accepted == [f"main-{RECOVERY}"]


def test_a_step_that_fails_for_good_ends_the_run_and_says_why(prod: World) -> None:
    def fault(called: Called) -> str:
        return "refused" if called.operation == "Invoke" else ""

    with _runner(prod, fault) as start:
        told = _told(start(ORDER))
    assert told["state"] == "failed"
    assert "AccessDenied" in told["why"]
    assert prod.promotions.accepted == []
    assert prod.item(RECOVERY, "run", "run-1")["state"] == "failed"


@pytest.mark.parametrize("operation", ["PutItem", "ModifyDBInstance", "PromoteReadReplica", "UpdateService", "ModifyRule"])
def test_killed_and_started_again_by_lambda_it_goes_on(prod: World, operation: str) -> None:
    kills = ["kill"]

    class KilledError(InvocationError):
        """What crashes an invocation, and has Lambda start another one."""

    def after(called: Called, told: dict[str, Any]) -> None:
        prod._after(called, told)
        if kills and called.operation == operation and called.region == RECOVERY:
            kills.pop()
            raise KilledError("killed")

    way = prod.way

    def killing(*told: Any, **named: Any) -> Any:
        made = way(*told, **named)
        if named.get("fault"):
            made.after = after
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prod, "way", killing)
        with _runner(prod) as start:
            told = _told(start(ORDER))
    assert (told["state"], told["why"], kills) == ("done", "", [])
    assert prod.promotions.accepted == [f"main-{RECOVERY}"]
    assert len(prod.regions.run_tokens) == 1
    assert prod.serves(RECOVERY)
    assert prod.broken == []


def test_the_same_name_twice_does_nothing_twice(prod: World) -> None:
    # Lambda gives the first execution's answer; the runner starts a second one, as somebody would months later.
    # https://docs.aws.amazon.com/lambda/latest/dg/durable-execution-idempotency.html
    with _runner(prod) as start:
        assert _told(start(ORDER))["state"] == "done"
        before = prod.state()
        again = _told(start(ORDER))
    assert (again["state"], "is over" in again["why"]) == ("refused", True)
    assert prod.state() == before
    assert prod.promotions.accepted == [f"main-{RECOVERY}"]
    assert prod.item(RECOVERY, "run", "run-1")["state"] == "done"


def test_an_order_for_another_region_changes_nothing(prod: World) -> None:
    before = prod.state()
    with _runner(prod) as start:
        told = _told(start({**ORDER, "to": PRIMARY}))
    assert (told["state"], told["why"].split(":")[0]) == ("refused", "to")
    assert prod.state() == before
