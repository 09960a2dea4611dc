"""The tenants' queries on DuckDB, over the Parquet files that the job itself wrote, laid out as in the bucket."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from jobs.aggregate.datasets import curated
from operations.queries import statements
from tests.jobs.aggregate.platform import ACME, CURATED, ZENITH, Platform, message

EARLY, LATE = "2026-11-01", "2026-11-28"
Rows = list[tuple[Any, ...]]


class Lake:
    """What Athena would see: the files, with tenant and date as columns told by the path."""

    def __init__(self, folder: Path) -> None:
        self.engine = duckdb.connect(":memory:")
        files = f"{folder}/tenant=*/dataset=loans/date=*/*.parquet"
        # Glue calls them timestamps, without a zone: what the files hold is UTC.
        times = ", ".join(
            f"make_timestamp(epoch_us({each.name})) AS {each.name}" for each in curated("loans") if each.kind == "time"
        )
        self.engine.execute(
            f"CREATE VIEW loans AS SELECT * EXCLUDE (dataset) REPLACE ({times})"
            f" FROM read_parquet('{files}', hive_partitioning = true, hive_types_autocast = false)"
        )

    def ask(self, name: str, *parameters: str, tenant: str = ACME) -> Rows:
        return self.engine.execute(statements(tenant, {"loans": "loans"})[name].text, parameters).fetchall()


@pytest.fixture
def asked(lake: Platform, tmp_path: Path) -> Iterator[Lake]:
    early = [
        message(1, id="a1", amount_cents=100_00, rate_bp=612),
        message(2, id="a2", amount_cents=200_00, rate_bp=649, state="TX", applied_at="2026-10-01T00:00:00Z"),
        message(3, id="a3", amount_cents=300_00, rate_bp=650, product="ARM", applied_at="2026-10-03T23:00:00-05:00"),
    ]
    late = [
        message(2, id="b2", amount_cents=250_00, rate_bp=649, state="TX", status="approved", applied_at="2026-10-01T00:00:00Z",
                updated_at="2026-11-25T00:00:00Z"),
        message(3, id="b3", amount_cents=300_00, rate_bp=650, product="ARM", status="funded",
                applied_at="2026-10-03T23:00:00-05:00", updated_at="2026-11-24T10:00:00Z"),
        message(4, id="b4", product="ARM", status="withdrawn", amount_cents=1, updated_at="2026-11-26T00:00:00Z"),
        # It came later and tells of before: what stands there does not change.
        message(1, id="z9", status="declined", amount_cents=7, updated_at="2026-11-19T00:00:00Z"),
    ]  # fmt: skip
    for day, told in ((EARLY, early), (LATE, late)):
        for each in told:
            lake.deliver(each, day=day)
    lake.deliver(message(1, id="o1", tenant=ZENITH, amount_cents=999_00, status="funded"), tenant=ZENITH)
    for tenant in (ACME, ZENITH):
        lake.aggregate(tenant)
        for key in lake.keys(CURATED, f"tenant={tenant}/"):
            (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / key).write_bytes(lake.body(CURATED, key))
    yield Lake(tmp_path)


def test_the_pipeline_counts_each_loan_once_where_it_stands_now(asked: Lake) -> None:
    assert asked.ask("pipeline_by_status", EARLY) == [
        ("application", 1, 100_00),
        ("approved", 1, 250_00),
        ("funded", 1, 300_00),
        ("withdrawn", 1, 1),
    ]
    assert ("application", 1, 100_00) not in asked.ask("pipeline_by_status", LATE)


def test_volume_is_by_month_of_application_in_utc(asked: Lake) -> None:
    rows = [(month.strftime("%Y-%m"), *rest) for month, *rest in asked.ask("volume_by_month_and_state", EARLY)]
    assert rows == [("2026-10", "OH", 1, 300_00), ("2026-10", "TX", 1, 250_00), ("2026-11", "OH", 2, 100_01)]


def test_ageing_has_open_applications_by_how_long_they_wait(asked: Lake) -> None:
    assert asked.ask("ageing", EARLY, "2026-11-29") == [("application", "0-14", 1, 100_00), ("approved", "31-60", 1, 250_00)]
    assert asked.ask("ageing", EARLY, "2026-12-02")[1][1] == "61+"


def test_rates_are_counted_in_quarters_of_a_per_cent(asked: Lake) -> None:
    assert asked.ask("rate_distribution", EARLY) == [("30-year fixed", 625, 1), ("ARM", 650, 1)]


def test_pull_through_is_what_was_funded_of_what_was_decided(asked: Lake) -> None:
    assert asked.ask("pull_through", EARLY) == [("ARM", 2, 1, 0.5)]


def test_time_to_fund_counts_days_by_the_month_of_funding(asked: Lake) -> None:
    ((month, *rest),) = asked.ask("time_to_fund", EARLY)
    assert (month.strftime("%Y-%m-%d"), rest) == ("2026-11-01", [1, 51, 51.0, 51])


def test_changes_are_told_from_where_to_where(asked: Lake) -> None:
    changes = asked.ask("status_changes", EARLY, "2026-11-02", LATE, "2026-11-29")
    assert changes == [("application", "approved", 1), ("application", "declined", 1), ("application", "funded", 1)]


def test_deliveries_tell_each_day_what_came_and_when_last(asked: Lake) -> None:
    rows = asked.ask("deliveries", EARLY)
    assert [row[:3] for row in rows] == [(EARLY, 3, 3), (LATE, 4, 4)]
    assert all(isinstance(row[3], datetime) for row in rows)


@pytest.mark.parametrize("name", statements(ACME, {"loans": "loans"}))
def test_no_query_of_one_tenant_sees_another(asked: Lake, name: str) -> None:
    text = statements(ACME, {"loans": "loans"})[name].text
    parameters = ["2026-12-31" if name == "ageing" and at else EARLY for at in range(text.count("?"))]
    before = asked.ask(name, *parameters)
    asked.engine.execute(f"CREATE TABLE kept AS SELECT * FROM loans WHERE tenant = '{ACME}'")
    asked.engine.execute("DROP VIEW loans; ALTER TABLE kept RENAME TO loans")
    assert asked.ask(name, *parameters) == before
