"""A region's beat against a real server: what is written, by whom, and what is not."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from moto import mock_aws

from components.data.heartbeat_function.beat import BEAT_SECONDS, REST_SECONDS, Beaten, Run
from components.data.heartbeat_function.database import ANSWER_SECONDS
from components.data.heartbeat_function.handler import fulfil
from components.data.heartbeat_function.heart import Heart
from components.operate.heartbeat import HEARTBEAT
from tests.components.data.heartbeat_function.worlds import HERE, THERE, activate, client_of, heart, make_table
from tests.postgres import ADMINISTRATOR, DATABASE, MAJORS, MASTER, Server, listening, server

LONG_AGO = 1_700_000_000


@pytest.fixture(scope="module", params=MAJORS)
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(request.param) as started:
        yield started


@pytest.fixture
def database(running: Server) -> Server:
    running.reset()
    return running


@pytest.fixture
def table() -> Iterator[Any]:
    with mock_aws():
        yield make_table(THERE)


class Clock:
    """Unix time, and the time that nobody sets; both go by with a beat. An answer is really waited for, as long as it takes."""

    EVERY = 20.0

    def __init__(self, each: Callable[[int], None] = lambda _: None) -> None:
        self.unix, self.passed, self.each = float(LONG_AGO), 0.0, each

    def sleep(self, seconds: float) -> None:
        self.unix, self.passed = self.unix + 1, self.passed + seconds
        self.each(round(self.passed / self.EVERY))

    def beat(self, of: Heart, beats: int, *, writer: str = "a run", every: float = EVERY, rest: float = float("inf")) -> Beaten:
        self.passed = 0.0
        cloudwatch = client_of("cloudwatch", HERE)
        run = Run(
            heart=of, cloudwatch=cloudwatch, writer=writer, seconds=beats * every, rest=rest, every=every, sleep=self.sleep
        )
        run.monotonic = lambda: self.passed
        try:
            return run.beat()
        finally:
            of.hang_up()


def numbers(database: Server) -> list[str]:
    return database.psql("SELECT number FROM recovery.heartbeat")


def test_the_active_region_has_a_number_in_its_databases_and_then_in_the_table(database: Server, table: Any) -> None:
    clock = Clock()
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    assert clock.beat(of, 5) == {"numbers": 5, "overtaken": False, "troubles": []}
    assert numbers(database) == [str(LONG_AGO + 4)]
    look = of.look()
    of.hang_up()
    assert look["databases"] == {"database": {"inRecovery": False, "number": LONG_AGO + 4, "error": None}}
    assert look["table"] == {
        THERE: {"number": LONG_AGO + 4, "at": "2023-11-14T22:13:24Z", "databases": {"database": LONG_AGO + 4}}
    }
    assert (look["region"], look["now"]) == (THERE, LONG_AGO + 5)


def test_numbers_rise_though_the_clock_steps_back(database: Server, table: Any) -> None:
    seen: list[int] = []
    clock = Clock(lambda _: seen.append(int(numbers(database)[0])))
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    clock.beat(of, 3)
    clock.unix -= 3600
    clock.beat(of, 3, writer="another run")
    # In another container, too, which has written nothing yet.
    anew = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    clock.beat(anew, 3, writer="a third run")
    assert seen == [LONG_AGO + each for each in range(9)]


def test_a_region_that_is_not_active_writes_nothing(database: Server, table: Any) -> None:
    activate(table, HERE)
    clock = Clock()
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    assert clock.beat(of, 3)["numbers"] == 0
    assert of.table.beats() == {}
    assert database.psql("SELECT to_regclass('recovery.heartbeat')") == [""]


def test_a_run_of_a_region_at_rest_ends_before_the_next_one_begins(table: Any) -> None:
    clock, of = Clock(), heart(table, {}, "", region=THERE)
    activate(table, HERE)
    clock.beat(of, 6, rest=3 * Clock.EVERY)
    assert clock.passed == 3 * Clock.EVERY
    activate(table, THERE)
    clock.beat(of, 6, rest=3 * Clock.EVERY)
    assert clock.passed == 6 * Clock.EVERY


def test_beats_are_without_a_gap_though_scheduler_starts_them_at_any_second_of_a_minute() -> None:
    """From the first second of one minute to the last of the next."""
    assert BEAT_SECONDS >= 120
    assert REST_SECONDS < 60
    assert HEARTBEAT.timeout_seconds > BEAT_SECONDS + 2 * ANSWER_SECONDS


def test_a_region_that_becomes_standby_ends_to_write_at_once_and_one_that_becomes_active_begins(
    database: Server, table: Any
) -> None:
    switches = {2: HERE, 4: THERE}
    seen: list[str] = []

    def each(passed: int) -> None:
        seen.extend(numbers(database))
        if passed in switches:
            activate(table, switches[passed])

    clock = Clock(each)
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    clock.beat(of, 5)
    assert seen == [str(LONG_AGO + each) for each in (0, 1, 1, 1, 4)]


def test_who_cannot_read_which_region_is_active_writes_nothing(database: Server, table: Any) -> None:
    table.delete_table(TableName="recovery")
    clock = Clock()
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    told = clock.beat(of, 2)
    assert told["numbers"] == 0
    assert "ResourceNotFoundException" in told["troubles"][0]
    assert database.psql("SELECT to_regclass('recovery.heartbeat')") == [""]


def test_a_database_that_hangs_does_not_hold_up_the_others(database: Server, table: Any) -> None:
    never = threading.Event()
    clock = Clock()

    def hang(_: object) -> None:
        never.wait()

    with listening(hang) as hanging:
        both: dict[str, Server | int] = {"database": database, "silo-thangs": hanging}
        of = heart(table, both, database.authorities, region=THERE, now=lambda: clock.unix)
        # Of each second the one that hangs has its full share; the other one's number is with the table all the same.
        told = clock.beat(of, 8, every=0.2)
        look = of.look()
        of.hang_up()
        never.set()
    assert told["numbers"] >= 6
    assert "silo-thangs" not in look["table"][THERE]["databases"]
    assert look["table"][THERE]["databases"].keys() == {"database"}
    assert look["databases"]["database"]["number"] is not None
    hung = look["databases"]["silo-thangs"]
    assert (hung["inRecovery"], hung["number"]) == (None, None)
    assert "timed out" in str(hung["error"])


def test_a_database_that_is_gone_is_unknown_and_comes_back(database: Server, table: Any) -> None:
    def each(passed: int) -> None:
        if passed == 2:
            database.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{MASTER}'")

    clock = Clock(each)
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    told = clock.beat(of, 5)
    assert told["numbers"] == 4
    assert len(told["troubles"]) == 1
    assert numbers(database) == [str(LONG_AGO + 4)]


def test_of_two_runs_the_one_that_began_last_goes_on(database: Server, table: Any) -> None:
    second: list[Beaten] = []

    def each(passed: int) -> None:
        if passed == 2 and not second:
            later = Clock()
            later.unix = clock.unix
            of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: later.unix)
            second.append(later.beat(of, 2, writer="the next run"))

    clock = Clock(each)
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    first = clock.beat(of, 5)
    assert (first["numbers"], first["overtaken"]) == (2, True)
    assert second == [{"numbers": 2, "overtaken": False, "troubles": []}]


def test_numbers_keep_to_the_clock_where_each_run_begins_in_the_second_in_which_the_one_before_has_written(
    database: Server, table: Any
) -> None:
    clock = Clock()
    for minute in range(6):
        of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
        clock.beat(of, 4, writer=f"run {minute}")
        assert numbers(database) == [str(int(clock.unix) - 1)]
        clock.unix -= 1


def test_the_last_number_ends_the_beat_and_is_the_highest(database: Server, table: Any) -> None:
    last: list[Any] = []

    def each(passed: int) -> None:
        if passed == 2:
            other = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
            last.append(fulfil({"do": "final"}, other, cloudwatch=None, writer="the executor's"))

    clock = Clock(each)
    of = heart(table, {"database": database}, database.authorities, region=THERE, now=lambda: clock.unix)
    assert clock.beat(of, 5)["overtaken"] is True
    number = LONG_AGO + 2
    assert last == [{"region": THERE, "databases": {"database": {"number": number, "error": None}}, "table": None}]
    assert numbers(database) == [str(number)]
    assert of.table.beats()[THERE]["number"] == number


def test_all_sessions_of_others_end_but_those_of_rds(database: Server, table: Any) -> None:
    database.psql("CREATE ROLE service LOGIN")
    where = f"host=127.0.0.1 port={database.port} dbname={DATABASE}"
    of = heart(table, {"database": database}, database.authorities, region=THERE)
    with (
        psycopg.connect(f"{where} user={ADMINISTRATOR}", autocommit=True) as of_rds,
        psycopg.connect(f"{where} user=service", autocommit=True) as of_a_service,
        psycopg.connect(f"host=127.0.0.1 port={database.port} dbname=postgres user=service", autocommit=True) as elsewhere,
    ):
        told = fulfil({"do": "close"}, of, cloudwatch=None, writer="the executor's")
        assert told == {"databases": {"database": {"closed": 2, "error": None}}}
        assert of_rds.execute("SELECT 1").fetchone() == (1,)
        for gone in (of_a_service, elsewhere):
            with pytest.raises(psycopg.OperationalError):
                gone.execute("SELECT 1")


def test_what_can_be_written_to_is_written_to(database: Server, table: Any) -> None:
    of = heart(table, {"database": database, "silo-tgone": 1}, database.authorities, region=THERE)
    told = fulfil({"do": "probe"}, of, cloudwatch=None, writer="the executor's")["databases"]
    assert told["database"] == {"writable": True, "error": None}
    assert told["silo-tgone"]["writable"] is False
    assert "ConnectionRefusedError" in told["silo-tgone"]["error"]


def test_nobody_else_reads_or_writes_the_numbers(database: Server, table: Any) -> None:
    database.psql("CREATE ROLE service LOGIN")
    of = heart(table, {"database": database}, database.authorities, region=THERE)
    fulfil({"do": "final"}, of, cloudwatch=None, writer="the executor's")
    assert "permission denied for schema recovery" in database.attempt("TABLE recovery.heartbeat", user="service").stderr


def test_an_unknown_order_is_refused(table: Any) -> None:
    order: Any = {"do": "nothing"}
    with pytest.raises(KeyError, match="nothing"):
        fulfil(order, heart(table, {}, "", region=THERE), cloudwatch=None, writer="")
