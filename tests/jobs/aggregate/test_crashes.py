"""Whatever is delivered, in any order, however often, and wherever a run breaks off: nothing is lost, nothing counts twice."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.aggregate.failures import TRANSIENT, judge
from jobs.aggregate.lake import Bucket
from jobs.aggregate.run import Run, Summary
from tests.jobs.aggregate.platform import ACME, CURATED, DUMPS, RAW, ZENITH, Platform, message

DAYS = ("2026-11-27", "2026-11-28")
DAILY = "SELECT date, product, state, status, loans, amount_cents FROM lending.loan_daily"
SUMMED = "SELECT applied_on, product, state, status, count(*), sum(amount_cents) FROM lending.loan GROUP BY 1, 2, 3, 4"


class Crash(BaseException):
    """The process is gone."""


class Fuse:
    """Ends a run at its nth exchange with S3 or PostgreSQL, before it is sent or before its answer is read."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.sessions: list[psycopg.Connection[Any]] = []

    def burn(self, **_: Any) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Crash

    @contextmanager
    def lit(self, exchanges: int | None) -> Generator[None]:
        """Swallows the crash; sessions end as they do with their process."""
        self.left = exchanges
        try:
            yield
        except Crash:
            pass
        finally:
            self.left = None
            for session in self.sessions:
                session.pgconn.finish()
            self.sessions.clear()


@pytest.fixture(scope="module")
def fuse(whole: Platform) -> Iterator[Fuse]:
    made = Fuse()
    for event in ("before-call.s3", "after-call.s3"):
        whole.s3.meta.events.register(event, made.burn)
    wait = psycopg.Connection.wait

    def watched(self: psycopg.Connection[Any], *arguments: Any, **named: Any) -> Any:
        if self is whole.administrator:
            return wait(self, *arguments, **named)
        if self not in made.sessions:
            made.sessions.append(self)
        made.burn()
        answer = wait(self, *arguments, **named)
        made.burn()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Connection, "wait", watched)
        yield made
    for event in ("before-call.s3", "after-call.s3"):
        whole.s3.meta.events.unregister(event, made.burn)


def everything(lake: Platform) -> Any:
    tables = ("loan", "loan_daily", "delivery", "curated_part")
    rows = [lake.rows(f"SELECT t FROM lending.{table} t") for table in tables]
    return rows, [(key, lake.body(bucket, key)) for bucket in (RAW, CURATED, DUMPS) for key in lake.keys(bucket)]


def test_wherever_a_run_breaks_off_the_next_one_ends_as_if_it_had_not(lake: Platform, fuse: Fuse) -> None:
    def deliver() -> None:
        lake.empty()
        lake.deliver(b"{", name="broken", day=DAYS[0])
        lake.deliver(message(1), day=DAYS[0])
        lake.deliver(message(1, status="funded", updated_at="2026-11-25T00:00:00Z", id="m2"), day=DAYS[0])
        lake.deliver(message(1), day=DAYS[1])
        lake.deliver(message(2, rate_bp=7), day=DAYS[1])

    deliver()
    summary = lake.aggregate(chunk_objects=2)
    assert (summary.accepted, summary.parts, summary.duplicates) == (2, 2, 1)
    assert summary.rejected == {"json": 1, "id-reused": 1}
    expected = everything(lake)
    exchanges, done = 0, list[Summary]()
    while not done:
        deliver()
        with fuse.lit(exchanges):
            done.append(lake.aggregate(chunk_objects=2))
        lake.aggregate(chunk_objects=2)
        assert everything(lake) == expected, f"after a crash at exchange {exchanges}"
        exchanges += 1
    assert exchanges > 100


# What makes a delivery: the number of its message, or what is wrong with it; and its day.
WRONG: dict[str, tuple[bytes, str]] = {
    "half": (b'{"id": ', "json"),
    "poison": (json.dumps(message(1, id="poison", product="a\0b")).encode(), "record"),
    "stolen": (json.dumps(message(1, id="stolen", tenant=ZENITH)).encode(), "tenant"),
    "infinite": (json.dumps(message(1, id="infinite", rate_bp=float("inf"))).encode(), "json"),
}
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "loan_id": st.sampled_from(["a", "b"]),
            "status": st.sampled_from(["application", "funded"]),
            "amount_cents": st.integers(0, 3),
            "applied_at": st.sampled_from(["2026-11-20T15:00:00Z", "2026-11-20T23:30:00-05:00"]),
            "updated_at": st.sampled_from([f"2026-11-{day}T00:00:00Z" for day in (22, 23, 24)]),
        }
    ),
    min_size=5,
    max_size=5,
)
DELIVERIES = st.lists(
    st.tuples(st.integers(0, 4) | st.sampled_from(sorted(WRONG)), st.sampled_from(DAYS)), min_size=1, max_size=6
)
STEPS = st.lists(st.tuples(DELIVERIES, st.none() | st.integers(0, 90), st.sampled_from([1, 2, 10])), min_size=1, max_size=3)


@given(records=RECORDS, steps=STEPS)
@settings(max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_lost_and_nothing_counts_twice(lake: Platform, fuse: Fuse, records: Any, steps: Any) -> None:
    lake.empty()
    messages = [message(number, **record) for number, record in enumerate(records)]
    delivered: set[int | str] = set()
    for deliveries, exchanges, chunk_objects in steps:
        for what, day in deliveries:
            delivered.add(what)
            if isinstance(what, int):
                lake.deliver(messages[what], day=day)
            else:
                lake.deliver(WRONG[what][0], name=what, day=day)
        with fuse.lit(exchanges):
            lake.aggregate(chunk_objects=chunk_objects, dump=False)
    lake.aggregate(dump=False)

    right = [messages[what] for what in delivered if isinstance(what, int)]
    objects = lake.keys(RAW, f"tenant={ACME}/dataset=")
    entered = lake.rows("SELECT folder, name, outcome, reason FROM lending.delivery")
    assert len(entered) == len(objects)
    assert sorted(row.split("|")[1] for row in entered if "|accepted|" in row) == sorted(each["id"] for each in right)
    assert sorted(row["message_id"] for row in lake.curated()) == sorted(each["id"] for each in right)
    assert lake.rows("SELECT coalesce(sum(records), 0) FROM lending.curated_part") == [str(len(right))]
    rejected = sorted(row.split("|")[3] for row in entered if "|rejected|" in row)
    assert rejected == sorted(lake.reasons().elements())
    assert set(rejected) == {WRONG[what][1] for what in delivered if isinstance(what, str)}

    newest: dict[str, tuple[Any, ...]] = {}
    for each in sorted(right, key=lambda each: (each["record"]["updated_at"], each["id"])):
        newest[each["record"]["loan_id"]] = (each["record"]["status"], each["record"]["amount_cents"], each["id"])
    loans = lake.rows("SELECT loan_id, status, amount_cents, message_id FROM lending.loan")
    assert loans == sorted("|".join(map(str, (loan, *state))) for loan, state in newest.items())
    assert lake.rows(DAILY) == lake.rows(SUMMED)


# Two runs


def test_a_run_that_lost_its_session_cannot_write_over_the_next_ones_file(
    lake: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zombie has chosen its part, and what is at that place, when another run takes over."""
    lake.deliver(message(1))
    version = Bucket.version
    taken_over: list[Summary] = []

    def slow(self: Bucket, key: str) -> str | None:
        found = version(self, key)
        if self.name == CURATED and not taken_over:
            taken_over.append(Summary())
            lake.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aggregate'")
            lake.deliver(message(2))
            taken_over.append(lake.aggregate(dump=False))
        return found

    monkeypatch.setattr(Bucket, "version", slow)
    with pytest.raises(Exception) as failed:
        lake.aggregate(dump=False)
    assert judge(failed.value) == (TRANSIENT, "PutObject: PreconditionFailed")
    assert taken_over[1].accepted == 2
    assert sorted(row["message_id"] for row in lake.curated()) == ["m1", "m2"]
    assert lake.aggregate(dump=False).known == 2


def test_a_second_run_waits_for_the_first(lake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.aggregate.tables.WAIT_FOR_ANOTHER_RUN", "50ms")
    lake.deliver(message(1))
    bring_in = Run._bring_in

    def meet(self: Run, *arguments: Any) -> None:
        with pytest.raises(psycopg.errors.LockNotAvailable) as refused:
            lake.aggregate()
        assert judge(refused.value)[0] == TRANSIENT
        assert lake.aggregate(ZENITH).accepted == 0, "another tenant's run need not wait"
        bring_in(self, *arguments)

    monkeypatch.setattr(Run, "_bring_in", meet)
    assert lake.aggregate().accepted == 1


def test_a_day_that_lies_ahead_does_not_freeze_a_loan(lake: Platform) -> None:
    lake.deliver(message(1, updated_at="2099-01-01T00:00:00Z"))
    lake.deliver(message(1, id="m2", updated_at="2026-11-28T09:30:00Z", status="funded"))
    summary = lake.aggregate()
    assert (summary.accepted, dict(summary.rejected)) == (1, {"record": 1})
    assert lake.rows("SELECT status FROM lending.loan") == ["funded"]
