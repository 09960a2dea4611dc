"""From raw objects to Parquet, PostgreSQL and a dump."""

import gzip
import json
import subprocess
from datetime import date, timedelta
from typing import Any

import pytest

from components.compute.job_starts import DAYS
from jobs.aggregate import dump
from jobs.aggregate.run import Delivery, Run
from jobs.aggregate.tables import Tables
from tests.found import some
from tests.jobs.aggregate.platform import ACME, DAY, DUMPS, RAW, ZENITH, Platform, message

LOANS = "SELECT loan_id, status, amount_cents, message_id FROM lending.loan"
DAILY = "SELECT tenant, date, product, state, status, loans, amount_cents FROM lending.loan_daily"
SUMMED = """
SELECT tenant, applied_on, product, state, status, count(*), sum(amount_cents) FROM lending.loan GROUP BY 1, 2, 3, 4, 5
"""


def test_a_message_becomes_a_loan_a_row_of_parquet_and_a_count(lake: Platform) -> None:
    lake.deliver(message(1))
    summary = lake.aggregate()
    assert (summary.accepted, summary.parts, summary.loans, dict(summary.rejected)) == (1, 1, 1, {})
    assert lake.rows(LOANS) == ["loan-1|application|25000000|m1"]
    assert lake.rows(DAILY) == [f"{ACME}|2026-11-20|30-year fixed|OH|application|1|25000000"]
    assert [(row["message_id"], row["amount_cents"], row["applied_at"].isoformat()) for row in lake.curated()] == [
        ("m1", 25_000_000, "2026-11-20T15:00:00+00:00")
    ]
    assert lake.keys("curated") == [f"tenant={ACME}/dataset=loans/date={DAY}/part-0.parquet"]


def test_the_object_that_ends_a_delivery_is_no_message_of_it(lake: Platform) -> None:
    lake.deliver(message(1))
    for place in (f"tenant={ACME}/dataset=loans/date={DAY}/", f"tenant={ACME}/dataset=loans/"):
        lake.s3.put_object(Bucket=RAW, Key=f"{place}_SUCCESS", Body=b"{}")
    lake.deliver(message(2, id="_SUCCESS"))
    summary = lake.aggregate()
    assert (summary.accepted, dict(summary.rejected)) == (2, {})


def test_the_latest_state_of_a_loan_counts_whatever_comes_last(lake: Platform) -> None:
    funded = message(1, id="b", status="funded", updated_at="2026-11-25T10:00:00+01:00", amount_cents=24_000_000)
    lake.deliver(funded)
    lake.aggregate()
    lake.deliver(message(1, id="a"))
    summary = lake.aggregate()
    assert (summary.accepted, summary.loans, summary.known) == (1, 0, 1)
    assert lake.rows(LOANS) == ["loan-1|funded|24000000|b"]
    assert lake.rows(DAILY) == lake.rows(SUMMED) == [f"{ACME}|2026-11-20|30-year fixed|OH|funded|1|24000000"]
    assert len(lake.curated()) == 2


def test_of_two_states_at_the_same_time_the_greater_message_id_counts(lake: Platform) -> None:
    for id, status in (("b", "approved"), ("a", "declined"), ("B", "withdrawn")):
        lake.deliver(message(1, id=id, status=status))
        lake.aggregate()
    assert lake.rows(LOANS) == ["loan-1|approved|25000000|b"]


def test_a_loan_that_moves_is_counted_where_it_is_now_only(lake: Platform) -> None:
    lake.deliver(message(1))
    lake.aggregate()
    moved = message(1, id="m2", applied_at="2026-11-21T15:00:00Z", updated_at="2026-11-22T15:00:00Z", state="KY")
    lake.deliver(moved)
    lake.aggregate()
    assert lake.rows(DAILY) == lake.rows(SUMMED) == [f"{ACME}|2026-11-21|30-year fixed|KY|application|1|25000000"]


def test_a_day_is_one_of_utc(lake: Platform) -> None:
    lake.deliver(message(1, applied_at="2026-11-20T23:30:00-05:00", updated_at="2026-11-21T15:00:00Z"))
    lake.aggregate()
    assert [row.split("|")[1] for row in lake.rows(DAILY)] == ["2026-11-21"]


def test_a_second_run_changes_nothing(lake: Platform) -> None:
    for number in range(5):
        lake.deliver(message(number))
    lake.deliver(b"{", name="broken")
    lake.aggregate()
    before = everything(lake)
    summary = lake.aggregate()
    assert (summary.known, summary.accepted, summary.parts, dict(summary.rejected)) == (6, 0, 0, {})
    assert everything(lake) == before


def everything(lake: Platform) -> Any:
    tables = ("loan", "loan_daily", "delivery", "curated_part")
    rows = [lake.rows(f"SELECT t FROM lending.{table} t") for table in tables]
    return rows, [(key, lake.body(bucket, key)) for bucket in ("raw", "curated", "dumps") for key in lake.keys(bucket)]


def test_a_message_that_comes_on_two_days_counts_once(lake: Platform) -> None:
    lake.deliver(message(1), day="2026-11-27")
    lake.deliver(message(1), day="2026-11-28")
    summary = lake.aggregate()
    assert (summary.accepted, summary.duplicates) == (1, 1)
    lake.deliver(message(1) | {"received_at": "2026-11-26T00:00:00Z"}, day="2026-11-26")
    summary = lake.aggregate()
    assert (summary.accepted, summary.duplicates, summary.known) == (0, 1, 2)
    assert len(lake.curated()) == 1 and len(lake.rows(LOANS)) == 1


def test_an_id_that_comes_back_with_something_else_is_set_aside(lake: Platform) -> None:
    lake.deliver(message(1), day="2026-11-27")
    lake.deliver(message(1, status="funded"), day="2026-11-28")
    summary = lake.aggregate()
    assert (summary.accepted, dict(summary.rejected)) == (1, {"id-reused": 1})
    assert lake.rows(LOANS) == ["loan-1|application|25000000|m1"]


def test_a_run_of_some_days_leaves_the_others(lake: Platform) -> None:
    for number, day in enumerate(("2026-11-26", "2026-11-27", "2026-11-28")):
        lake.deliver(message(number), day=day)
    assert lake.aggregate(dates=(date(2026, 11, 26), date(2026, 11, 28))).accepted == 2
    assert lake.aggregate().accepted == 1


def test_what_comes_late_for_a_day_is_taken_by_the_next_night_and_nothing_twice(lake: Platform) -> None:
    day = date(2026, 11, 26)
    lake.deliver(message(1), day=str(day))
    nights = [tuple(day + timedelta(days=night - before) for before in range(DAYS, 0, -1)) for night in (1, 2, 3)]
    assert lake.aggregate(dates=nights[0]).accepted == 1
    lake.deliver(message(2), day=str(day))
    late = lake.aggregate(dates=nights[1])
    assert (late.accepted, late.known) == (1, 1)
    again = lake.aggregate(dates=nights[2])
    assert (again.accepted, again.duplicates, again.known) == (0, 0, 2)


def test_a_chunk_holds_no_more_than_memory_is_meant_to_hold(lake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {len(lake.body(RAW, lake.deliver(message(number)))) for number in range(5)}
    monkeypatch.setattr("jobs.aggregate.run.CHUNK_BYTES", 2 * min(sizes))
    assert lake.aggregate().parts == 3
    for number in range(5, 9):
        lake.deliver(message(number))
    assert lake.aggregate(chunk_objects=1).parts == 4
    assert len(lake.keys("curated")) == 7


def test_a_run_touches_one_tenant_only(lake: Platform) -> None:
    lake.deliver(message(1))
    lake.deliver(message(2, tenant=ZENITH), tenant=ZENITH)
    lake.aggregate()
    assert {row.split("|")[0] for row in lake.rows("SELECT tenant FROM lending.loan")} == {ACME}
    lake.aggregate(ZENITH)
    assert {row.split("|")[0] for row in lake.rows(DAILY)} == {ACME, ZENITH}
    assert all(key.startswith((f"tenant={ACME}/", f"tenant={ZENITH}/")) for key in some(lake.keys("curated")))


# What is set aside


def test_what_is_wrong_is_told_beside_the_object_which_stays(lake: Platform) -> None:
    key = lake.deliver(message(1, amount_cents="25000000"))
    lake.aggregate()
    told = json.loads(lake.body(RAW, f"tenant={ACME}/rejected/dataset=loans/date={DAY}/m1.json"))
    detail = "record.amount_cents: expected a whole number from 0 to 1000000000000"
    assert told == {"reason": "record", "detail": detail, "object": key, "bytes": len(lake.body(RAW, key))}
    assert lake.rows("SELECT name, outcome, reason FROM lending.delivery") == ["m1|rejected|record"]
    assert lake.rows(LOANS) == [] and lake.curated() == []


def test_each_kind_of_wrong_object_is_counted_and_none_stops_the_others(lake: Platform) -> None:
    lake.deliver(b"", name="empty")
    lake.deliver(b"\xff", name="binary")
    lake.deliver(b"x" * (1024 * 1024 + 1), name="large")
    lake.deliver(message(1, tenant=ZENITH), name="stolen")
    lake.deliver(message(2), name="misnamed")
    lake.deliver(message(3), name="no id \u00fc" + "x" * 800)
    lake.deliver(message(4), day="2026-02-30")
    lake.deliver(message(5), name="folder/m5")
    lake.deliver(message(6))
    summary = lake.aggregate()
    expected = {"json": 1, "encoding": 1, "size": 1, "tenant": 1, "id": 1, "name": 3}
    assert summary.rejected == expected == lake.reasons()
    assert summary.accepted == 1
    assert sum(summary.rejected.values()) + summary.accepted == len(lake.rows("SELECT name FROM lending.delivery"))
    assert lake.aggregate().known == 9


def test_an_object_that_is_gone_before_it_is_read_is_not_entered(lake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.deliver(message(1))
    key = lake.deliver(message(2))
    judge = Run._judge

    def judge_late(self: Run, delivery: Delivery) -> Any:
        if delivery.key == key:
            lake.s3.delete_object(Bucket=RAW, Key=key)
        return judge(self, delivery)

    monkeypatch.setattr(Run, "_judge", judge_late)
    summary = lake.aggregate()
    assert (summary.accepted, summary.vanished) == (1, 1)
    assert lake.rows("SELECT name FROM lending.delivery") == ["m1"]


# The dump


def test_a_dump_is_loaded_without_us(lake: Platform) -> None:
    for number, product in enumerate(("30-year fixed", "a\\.b", 'tab\'s "product"', "größer \\N")):
        lake.deliver(message(number, product=product))
    lake.deliver(message(9, tenant=ZENITH), tenant=ZENITH)
    lake.aggregate(ZENITH)
    summary = lake.aggregate()
    assert summary.dump is not None and summary.dump["rows"] == {"loan": 4, "loan_daily": 4}
    key = summary.dump["key"]
    assert key in lake.keys(DUMPS, f"tenant={ACME}/")
    script = gzip.decompress(lake.body(DUMPS, key))
    lake.server.psql("DROP DATABASE IF EXISTS elsewhere", database="postgres")
    lake.server.psql("CREATE DATABASE elsewhere", database="postgres")
    where = ["-h", "127.0.0.1", "-p", str(lake.server.port), "-U", "rdsadmin", "-d", "elsewhere"]
    psql = [str(lake.server.binaries / "psql"), "-X", "-q", "--set", "ON_ERROR_STOP=1", "--single-transaction", *where]
    subprocess.run(psql, input=script, check=True, capture_output=True)
    for table in ("loan", "loan_daily"):
        query = f"SELECT t FROM {{}}{table} t WHERE tenant = '{ACME}'"
        there = sorted(lake.server.psql(query.format(""), database="elsewhere"))
        assert there == lake.rows(query.format("lending.")) and len(there) == 4
    assert lake.server.psql("SELECT DISTINCT tenant FROM loan", database="elsewhere") == [ACME]


def test_a_dump_of_the_same_rows_is_the_same_file(lake: Platform) -> None:
    for number in range(20):
        lake.deliver(message(number, product=f"product {number}"))
    first, second = lake.aggregate().dump, lake.aggregate().dump
    assert first == second and first is not None
    assert first["bytes"] == len(lake.body(DUMPS, first["key"]))


def test_a_dump_is_of_one_moment(lake: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.deliver(message(1))
    write = dump._write_table

    def write_late(tables: Tables, table: str, script: gzip.GzipFile) -> int:
        rows = write(tables, table, script)
        lake.administrator.execute("DELETE FROM lending.loan_daily")
        return rows

    monkeypatch.setattr(dump, "_write_table", write_late)
    written = lake.aggregate().dump
    assert written is not None and written["rows"] == {"loan": 1, "loan_daily": 1}


def test_a_run_may_leave_the_dump_out(lake: Platform) -> None:
    lake.deliver(message(1))
    assert lake.aggregate(dump=False).dump is None
    assert lake.keys(DUMPS) == []
