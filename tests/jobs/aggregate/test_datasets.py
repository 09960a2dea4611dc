"""One description of a dataset's fields: the tables of PostgreSQL, the curated files and the readers are as it says."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from pyarrow import parquet

from jobs.aggregate.curated import columns, parquet_bytes
from jobs.aggregate.datasets import DATASETS, TYPES, Column, curated, opensearch, shareable
from jobs.aggregate.records import SCHEMAS, Message
from tests.jobs.aggregate.platform import Platform

RIGHT = {"text": "AZ", "integer": 650, "bigint": 2**40, "time": datetime(2026, 11, 29, tzinfo=UTC)}
PARQUET = {"text": "string", "integer": "int32", "bigint": "int64", "time": "timestamp[us, tz=UTC]"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_curated_file_has_the_described_columns_in_their_order(dataset: str) -> None:
    values = tuple(RIGHT[column.kind] for column in DATASETS[dataset].columns)
    message = Message("m1", datetime(2026, 11, 29, tzinfo=UTC), b"", values)
    read: Any = parquet.read_table(io.BytesIO(parquet_bytes(columns(dataset, [message]))))
    assert [(field.name, str(field.type)) for field in read.schema] == [
        (column.name, PARQUET[column.kind]) for column in curated(dataset)
    ]


def test_the_table_of_loans_has_the_described_columns_with_their_types(lake: Platform) -> None:
    rows = lake.rows(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'lending' AND table_name = 'loan'"
    )
    found = dict(row.removesuffix("|NO").split("|") for row in rows if row.endswith("|NO"))
    described = {column.name: TYPES[column.kind].postgres for column in DATASETS["loans"].columns}
    assert {name: found.get(name) for name in described} == described
    # Beside a record, the table knows whose it is, which message brought it, and the day that it is counted under.
    assert found.keys() - described.keys() == {"tenant", "message_id", "applied_on"}


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_readers_read_the_described_fields_and_the_key_is_one_of_them(dataset: str) -> None:
    names = [column.name for column in DATASETS[dataset].columns]
    assert SCHEMAS[dataset].names == names == [*opensearch(dataset)]
    assert DATASETS[dataset].key in names


@pytest.mark.parametrize("column", [column for dataset in DATASETS for column in curated(dataset)], ids=lambda each: each.name)
def test_each_column_says_what_it_means_and_why_it_may_be_shared_or_not(column: Column) -> None:
    assert len(column.meaning) > 10 and len(column.reason) > 10
    assert bool(column.most) == (column.kind in ("integer", "bigint"))
    assert bool(column.pattern) == bool(column.expected)


def test_what_identifies_a_borrower_is_never_shareable() -> None:
    assert shareable("loans") == ("product", "rate_bp", "state", "status")
