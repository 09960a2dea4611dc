"""The table took a write and its answer was lost: boto3 writes again, is refused, and what stands there is our own."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.notify.incident import Acknowledged
from functions.notify.store import Silence, Store, TakenError
from tests.functions.notify.desks import World, alarm


class Lossy:
    """A table whose first answer is lost."""

    def __init__(self, table: Any) -> None:
        self._table, self._lost = table, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def put_item(self, **told: Any) -> Any:
        answer = self._table.put_item(**told)
        if self._lost:
            return answer
        self._lost = True
        raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")


def test_ones_own_word_is_not_taken_for_anothers(desk: World) -> None:
    desk.take(alarm())
    (found,) = desk.open()
    said, store = Acknowledged(by="ada", at=desk.now.isoformat()), Store(Lossy(desk.table))
    store.acknowledge(found.identity, said, seen=None, now=desk.now)
    assert desk.open()[0].acknowledged == said
    other = Acknowledged(by="grace", at=desk.now.isoformat())
    with pytest.raises(TakenError, match="ada takes care of it already"):
        store.acknowledge(found.identity, other, seen=None, now=desk.now)


def test_ones_own_word_holds_where_it_was_over_before_that_was_known(desk: World) -> None:
    desk.take(alarm())
    (found,) = desk.open()
    said = Acknowledged(by="ada", at=desk.now.isoformat())
    desk.notifier().store.acknowledge(found.identity, said, seen=None, now=desk.now)
    desk.advance(minutes=1)
    desk.take(alarm(state="OK", at=desk.now))
    desk.notifier().store.acknowledge(found.identity, said, seen=None, now=desk.now)


def test_ones_own_silence_is_in_the_weeks_report(desk: World) -> None:
    now = int(desk.now.timestamp())
    said = Silence(by="ada", why="a test", since=now, until=now + 600, thing="database", title="")
    store = Store(Lossy(desk.table))
    assert store.silence("database-cpu", said) == said
    ((what, noted),) = store.silenced(now - 1, now + 1)
    assert (what, noted.by) == ("database-cpu", "ada")
    assert store.silence("database-cpu", replace(said, by="grace")).by == "ada", "who was first"
