"""The course of the task beside another failover: what the real engine is too quick for a test to meet."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from delivery.reconcile.course import ENTRY, Clock, reconcile
from delivery.reconcile.engine import Deployed, Engine, LockedError
from delivery.reconcile.locks import Life
from delivery.reconcile.order import UNKNOWN, Order
from functions.recovery.record import Record

HERE, THERE = "us-west-2", "us-east-2"
ORDER = Order(stack="prod-recovery", region=HERE, table="recovery", topic="topic", commit=UNKNOWN)
NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
HELD = f"the stack is currently locked by 1 lock(s)\n  one: created by jane@agent-1 (pid 7) at {NOW.isoformat()}"


@pytest.fixture
def record() -> Iterator[Record]:
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name=HERE)
        client.create_table(
            TableName="recovery",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
        )
        made = Record(client, "recovery")
        made.decide(HERE, "run-1", 1, NOW.timestamp())
        yield made


class Changing:
    """An engine for whose stack one change is to be made; somebody holds its lock at first when `up` is asked for."""

    def __init__(self, held: int = 0) -> None:
        self.did: list[str] = []
        self._held = held

    def deployed(self) -> Deployed:
        return Deployed(commit=UNKNOWN, failed=False)

    def configure(self) -> None:
        pass

    def life(self) -> tuple[Life, frozenset[str]]:
        return Life(written=NOW, pending=()), frozenset()

    def refresh(self, _message: str) -> None:
        self.did.append("refresh")

    def preview(self) -> list[dict[str, Any]]:
        return [{"op": "create", "urn": "urn:pulumi:prod-recovery::d::aws:autoscaling/group:Group::fleet"}]

    def up(self, _message: str) -> None:
        if self._held:
            self._held -= 1
            raise LockedError(HELD)
        self.did.append("up")

    def look(self) -> tuple[list[dict[str, Any]], list[str]]:
        return [], []


def test_the_change_is_made_while_the_region_is_the_active_one(record: Record) -> None:
    engine = Changing(held=1)
    outcome = reconcile(ORDER, cast("Engine", engine), record, Clock(now=lambda: NOW, sleep=lambda _: None))
    assert (outcome.state, engine.did) == ("done", ["refresh", "up"])


def test_nothing_is_changed_for_a_region_that_another_run_left_while_the_lock_was_waited_for(record: Record) -> None:
    engine = Changing(held=1)

    def fail_back(_: float) -> None:
        record.decide(THERE, "run-2", 2, NOW.timestamp())

    outcome = reconcile(ORDER, cast("Engine", engine), record, Clock(now=lambda: NOW, sleep=fail_back))
    assert (outcome.state, engine.did) == ("refused", ["refresh"])
    assert outcome.why == "run run-2 made us-east-2 the active region meanwhile; nothing was changed for run-1"
    assert record.run("run-1", ENTRY)["state"] == "failed"
