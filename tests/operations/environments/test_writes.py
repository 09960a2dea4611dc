"""What DynamoDB answers and moto never does: a conflict of two transactions, and a write that is sent twice."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.environments.items import Lease
from operations.environments.registry import Registry
from operations.environments.writes import patiently, together
from operations.errors import OperationError
from tests.operations.environments.world import ADA, BOB, TABLE, World


def cancelled(*reasons: str) -> ClientError:
    told: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "cancelled"},
        "CancellationReasons": [{"Code": each} for each in reasons],
    }
    return ClientError(told, "TransactWriteItems")


class Scripted:
    """A client that fails with each of these, and then answers."""

    def __init__(self, *errors: ClientError) -> None:
        self.errors, self.calls = [*errors], 0

    def update_item(self, **_: Any) -> Any:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return {}

    transact_write_items = update_item


class Busy:
    """moto's client, whose first transactions meet others."""

    def __init__(self, client: Any, conflicts: list[ClientError]) -> None:
        self._client, self.conflicts = client, conflicts

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def transact_write_items(self, **asked: Any) -> Any:
        if self.conflicts:
            raise self.conflicts.pop()
        return self._client.transact_write_items(**asked)


def test_who_meets_another_tries_again_after_a_while_of_its_own() -> None:
    waited: list[float] = []
    client = Scripted(*[cancelled("None", "TransactionConflict")] * 9)
    assert together(client, [{}, {}], waited.append) is None
    assert client.calls == 10 and len({*waited}) == 9
    assert all(0.05 <= each <= 0.5 for each in waited)


def test_it_does_not_try_for_ever() -> None:
    client = Scripted(*[cancelled("TransactionConflict")] * 20)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        together(client, [{}], lambda _: None)
    assert client.calls == 10


@pytest.mark.parametrize(("reasons", "first"), [(("None", "ConditionalCheckFailed"), 1), (("ConditionalCheckFailed",), 0)])
def test_a_condition_that_does_not_hold_is_an_answer(reasons: tuple[str, ...], first: int) -> None:
    client = Scripted(cancelled(*reasons))
    assert together(client, [{}, {}], lambda _: None) == first
    assert client.calls == 1


def test_a_condition_that_does_not_hold_beside_a_conflict_is_an_answer_too() -> None:
    client = Scripted(cancelled("TransactionConflict", "ConditionalCheckFailed"))
    assert together(client, [{}, {}], lambda _: None) == 1


@pytest.mark.parametrize("reasons", [("ValidationError",), ("TransactionConflict", "ThrottlingError"), ("None",), ()])
def test_anything_else_is_an_error_at_once(reasons: tuple[str, ...]) -> None:
    client = Scripted(cancelled(*reasons))
    with pytest.raises(ClientError):
        together(client, [{}, {}], lambda _: None)
    assert client.calls == 1


def test_a_single_write_that_meets_a_transaction_is_tried_again() -> None:
    conflict = ClientError({"Error": {"Code": "TransactionConflictException", "Message": "busy"}}, "UpdateItem")
    client = Scripted(conflict, conflict)
    assert patiently(client.update_item, lambda _: None) == {}
    assert client.calls == 3


def test_an_up_beside_others_enters_its_environment_all_the_same(world: World) -> None:
    world.up()
    busy = Busy(world.aws.dynamodb, [cancelled("None", "TransactionConflict")] * 3)
    world.registry = Registry(busy, TABLE, lambda _: None)
    assert world.up("y")["range"] == "10.128.16.0/20"
    assert not busy.conflicts


class Twice:
    """A client whose answers to updates are lost: the SDK sends each again, and its caller sees the second answer."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    def update_item(self, **asked: Any) -> Any:
        self._client.update_item(**asked)
        return self._client.update_item(**asked)


def lossy(world: World) -> Registry:
    return Registry(Twice(world.aws.dynamodb), TABLE)


def test_a_warning_is_told_where_its_write_was_sent_twice_and_by_one_janitor(world: World) -> None:
    world.up()
    expires = world.get().expires
    assert lossy(world).warned("x", expires, 0)
    assert not world.registry.warned("x", expires, 0)


def test_the_janitor_tells_the_end_also_when_an_answer_is_lost(world: World) -> None:
    world.up()
    world.told()
    world.passes(7.5 * 3600)
    world.registry = lossy(world)
    world.run("janitor")
    assert len(world.told()) == 1
    world.run("janitor")
    assert world.told() == []


def test_what_one_has_done_is_no_other_s_whose_answer_was_lost(world: World) -> None:
    world.up()
    registry, found = lossy(world), world.get()
    now = world.now
    assert registry.extend("x", old=found.expires, new=found.expires + 60, by=ADA, now=now)
    lease = Lease(token="one", by=ADA, doing="janitor", since=now, until=now + 180)
    taken = registry.lease("x", lease, ("up",), seen=world.get(), state="going-down")
    assert taken.lease == lease
    assert registry.change("x", "one", release=True, state="failed", changed_by=ADA, changed_at=now).state == "failed"


def test_who_lost_its_lease_is_told_even_where_the_other_wrote_the_same(world: World) -> None:
    world.up()
    now = world.now
    same: dict[str, Any] = {"changed_by": ADA, "changed_at": now, "state": "going-down"}
    for token, since in (("one", now), ("two", now + 180)):
        world.registry.lease(
            "x", Lease(token=token, by=BOB, doing="down", since=since, until=since + 180), ("up", "going-down")
        )
        world.registry.change("x", token, **same)
    with pytest.raises(OperationError, match="taken over by another command"):
        world.registry.change("x", "one", **same)
