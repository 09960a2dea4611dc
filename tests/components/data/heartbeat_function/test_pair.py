"""What is lost, counted: two real servers, a writer that acknowledges what was acknowledged to it, and the heartbeat's numbers.

A second of the heartbeat is 20 ms here, by the clock that everything in a run goes by: writer, numbers, loss.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from moto import mock_aws

from components.data.heartbeat_function.beat import Run
from components.data.heartbeat_function.handler import fulfil
from components.data.heartbeat_function.heart import Heart
from functions.recovery.loss import loss_of
from tests.components.data.heartbeat_function.worlds import HERE, THERE, activate, client_of, heart, make_table
from tests.postgres import DATABASE, MAJORS
from tests.postgres_pair import Node, pair

RUNS = 25
"""Of each major: 50 in all."""
SECOND = 0.02
LONG_AGO = time.monotonic() - 1_700_000_000 * SECOND


def clock() -> float:
    return (time.monotonic() - LONG_AGO) / SECOND


def until(done: Callable[[], bool]) -> None:
    for _ in range(20_000):
        if done():
            return
        time.sleep(0.005)
    raise AssertionError("it never came")


@dataclass
class Writer:
    """A service that writes on until it is told to end, whatever becomes of the server; nobody tells it of a failover."""

    node: Node
    first: int
    acknowledged: dict[int, tuple[float, float]] = field(default_factory=dict[int, tuple[float, float]])
    last: int = 0
    refusals: int = 0
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Writer":
        self._thread = threading.Thread(target=self._write)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._end.set()
        self._thread.join()

    def _write(self) -> None:
        self.last = self.first - 1
        while not self._end.is_set():
            with suppress(psycopg.Error):
                where = f"host=127.0.0.1 port={self.node.port} user=writer dbname={DATABASE} connect_timeout=2"
                with psycopg.connect(where, autocommit=True) as session:
                    while not self._end.is_set():
                        self.last += 1
                        began = clock()
                        session.execute("INSERT INTO work VALUES (%s)", (self.last,))
                        self.acknowledged[self.last] = (began, clock())
            self.refusals += 1
            time.sleep(0.001)


@dataclass
class Beating:
    """The beat of the region that is active, and the global table: what it writes is in the other region a moment later."""

    heart: Heart
    source: Any
    target: Any
    copied: bool = True
    _ended: bool = False

    def __enter__(self) -> "Beating":
        # Once the other region is the active one it tells what it sees, as a region at rest does.
        cloudwatch = client_of("cloudwatch", self.heart.region)
        run = Run(heart=self.heart, cloudwatch=cloudwatch, writer=str(random.random()), every=SECOND, monotonic=self._monotonic)
        self._threads = [threading.Thread(target=run.beat), threading.Thread(target=self._copy)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        for thread in self._threads:
            thread.join()
        self.heart.hang_up()

    def _monotonic(self) -> float:
        return float("inf") if self._ended else time.monotonic()

    def _copy(self) -> None:
        key = {"id": {"S": "heartbeat"}, "item": {"S": self.heart.region}}
        while not self._ended and self.copied:
            if item := self.source.get_item(TableName="recovery", Key=key).get("Item"):
                self.target.put_item(TableName="recovery", Item=item)
            time.sleep(0.005)


@dataclass
class Two:
    """A pair whose roles change from run to run: `there` is active, and `here` is to become it."""

    there: Node
    here: Node
    tables: dict[str, Any]
    next_id: int = 1

    def look(self, node: Node) -> tuple[bool | None, int | None]:
        seen = heart(self.tables[HERE], {"database": node}, node.authorities, region=HERE, now=clock)
        try:
            found = seen.looked()["database"]
        finally:
            seen.hang_up()
        return found["inRecovery"], found["number"]

    def heart_there(self) -> Heart:
        return heart(self.tables[THERE], {"database": self.there}, self.there.authorities, region=THERE, now=clock)

    def probe(self) -> Mapping[str, Any]:
        here = heart(self.tables[HERE], {"database": self.here}, self.here.authorities, region=HERE, now=clock)
        return fulfil({"do": "probe"}, here, cloudwatch=None, writer="")["databases"]["database"]

    def beating(self) -> Beating:
        activate(self.tables[THERE], THERE)
        return Beating(self.heart_there(), self.tables[THERE], self.tables[HERE])

    def written(self) -> int | None:
        beat = heart(self.tables[HERE], {}, "", region=HERE).table.beats().get(THERE)
        return beat and beat["databases"].get("database")

    def begin(self) -> Writer:
        """A writer, and a replica that follows."""
        writer = Writer(self.there, self.next_id)
        self.there.psql("SELECT 1")
        return writer

    def kept(self, writer: Writer) -> set[int]:
        """What of the writer's rows is in the database that was promoted."""
        return {int(each) for each in self.here.psql(f"SELECT id FROM work WHERE id >= {writer.first}")}

    def turn_round(self, writer: Writer, *, killed: bool) -> None:
        """Make the old primary a replica of the new one, and change their roles."""
        if not killed:
            self.there.stop()
        self.there.rewind_to(self.here)
        self.there.start(follows=self.here)
        rows = self.here.psql("SELECT count(*) FROM work")
        until(lambda: self.there.psql("SELECT count(*) FROM work") == rows)
        assert self.there.psql("SELECT pg_is_in_recovery()") == ["t"]
        self.there, self.here = self.here, self.there
        self.next_id = writer.last + 1


@pytest.fixture(scope="module", params=MAJORS)
def two(request: pytest.FixtureRequest) -> Iterator[Two]:
    with mock_aws(), pair(request.param) as (there, here):
        there.psql("CREATE ROLE writer LOGIN; CREATE TABLE work (id bigint PRIMARY KEY); GRANT INSERT ON work TO writer")
        tables = {region: make_table(region) for region in (HERE, THERE)}
        for client in tables.values():
            activate(client, THERE)
        yield Two(there, here, tables)


def test_a_region_at_rest_tells_what_would_be_lost(two: Two) -> None:
    cloudwatch = client_of("cloudwatch", HERE)
    # One follows, one is not there.
    of = heart(two.tables[HERE], {"database": two.here, "gone": 1}, two.here.authorities, region=HERE, now=clock)
    with two.beating():
        until(lambda: (two.written() or 0) > 0 and two.look(two.here)[1] is not None)
        told = Run(heart=of, cloudwatch=cloudwatch, writer="", seconds=0.1, every=0.1).beat()
    of.hang_up()
    assert "gone: ConnectionRefusedError" in told["troubles"][0]
    metrics = cloudwatch.list_metrics(Namespace="DataConnect/prod/Recovery")["Metrics"]
    dimensions = {(each["MetricName"], *(pair["Value"] for pair in each["Dimensions"])) for each in metrics}
    # What is not known is no number, nor is what is known of the others the region's.
    assert dimensions == {("LossSeconds", "database"), ("UnknownLosses", HERE), ("HeartbeatAgeSeconds", THERE)}


def test_a_planned_switchover_loses_nothing_though_nobody_tells_the_writer(two: Two) -> None:
    for run in range(RUNS // 2):
        switch_over(two, random.Random(run))


def test_a_region_that_is_lost_costs_no_more_than_the_heartbeat_says(two: Two) -> None:
    told = [lose_region(two, random.Random(run), partition=run % 3 == 0) for run in range(RUNS - RUNS // 2)]
    # Else nothing would be proved: rows were lost, and some of that was known for sure.
    assert sum(lost for lost, _ in told) > 0
    assert sum(known for _, known in told) > 0


def switch_over(two: Two, chance: random.Random) -> None:
    with two.beating(), two.begin() as writer:
        until(lambda: len(writer.acknowledged) > 4)
        time.sleep(chance.uniform(0.05, 0.2))
        activate(two.tables[THERE], HERE)
        orders = two.heart_there()
        # Fence: nobody new gets in, who is in is put out, and the beat, which may still get in, ends with the last number.
        two.there.fence(closed=True)
        closed = orders.close()["databases"]["database"]
        assert closed["error"] is None
        assert (closed["closed"] or 0) >= 1
        last = orders.final("planned")["databases"]["database"]["number"]
        orders.hang_up()
        assert last is not None
        # Drain: what was written before the last number is here when the number is.
        until(lambda: two.look(two.here) == (True, last))
        assert "read-only" in str(two.probe()["error"])
        two.here.promote()
        assert two.probe() == {"writable": True, "error": None}
        refused, before = writer.refusals, len(writer.acknowledged)
        until(lambda: writer.refusals > refused)
        assert len(writer.acknowledged) == before
        writer.end()
    kept = two.kept(writer)
    assert writer.acknowledged.keys() <= kept
    assert two.look(two.here) == (False, last)
    two.turn_round(writer, killed=False)


def lose_region(two: Two, chance: random.Random, *, partition: bool) -> tuple[int, int]:
    """Rows that were lost, and what was known to be lost, in seconds."""
    with two.beating() as beating, two.begin() as writer:
        until(lambda: len(writer.acknowledged) > 4)
        time.sleep(chance.uniform(0.02, 0.1))
        # Replication falls behind, of the database or of the table or of both, and then the region is lost.
        if chance.random() < 0.8:
            two.there.way.hold()
        if chance.random() < 0.3:
            beating.copied = False
        time.sleep(chance.uniform(0, 0.15))
        if partition:
            two.there.way.cut()
            beating.copied = False
        else:
            two.there.kill()
        time.sleep(chance.uniform(0, 0.1))
        # The gate.
        recovering, replayed = two.look(two.here)
        now, written = clock(), two.written()
        assert recovering is True
        loss = loss_of(written, replayed, now)
        least, most = loss.known, loss.at_most
        two.there.way.cut()
        two.here.promote()
        if partition:
            two.there.kill()
        writer.end()
    assert least is not None
    assert most is not None
    assert replayed is not None
    kept = two.kept(writer)
    lost = {id: times for id, times in writer.acknowledged.items() if id not in kept}
    # Each row that is lost was sent after the number that the replica has...
    assert all(acknowledged >= replayed for _, acknowledged in lost.values())
    # ...so that of what was there when the gate looked, nothing is older than it said.
    assert all(now - acknowledged <= most + 1 for _, acknowledged in lost.values() if acknowledged <= now)
    # And what it knew to be lost is not nothing: the database over there has had numbers for so long that are not here.
    assert least <= most
    two.turn_round(writer, killed=True)
    return len(lost), least
