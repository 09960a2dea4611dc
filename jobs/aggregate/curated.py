"""Messages as columns: a Parquet file for the lake, and the CSV that PostgreSQL reads fastest."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv, parquet

from .datasets import Kind
from .datasets import curated as described
from .records import Message

Table = Any
"""pyarrow's, which tells no types."""

_TYPES: Final[Mapping[Kind, Any]] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "time": pa.timestamp("us", tz="UTC"),
}


def schema(dataset: str) -> Any:
    """The columns of a dataset's files with their types; a file from before a column came lacks it."""
    return pa.schema([(column.name, _TYPES[column.kind]) for column in described(dataset)])


def columns(dataset: str, messages: Sequence[Message]) -> Table:
    """The messages as a table: `message_id`, `received_at` and the fields of their records."""
    values = zip(*(message.values for message in messages), strict=True)
    told = [[message.id for message in messages], [message.received_at for message in messages], *values]
    return pa.table(
        {column.name: pa.array(each, _TYPES[column.kind]) for column, each in zip(described(dataset), told, strict=True)}
    )


def parquet_bytes(table: Table) -> bytes:
    """The table as a Parquet file: the same bytes for the same table."""
    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd")
    return file.getvalue()


def csv_bytes(table: Table) -> bytes:
    """The table as CSV for COPY: a text is quoted, so that an empty one is none that is missing."""
    file = io.BytesIO()
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="needed"))
    return file.getvalue()
