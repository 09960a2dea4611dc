"""Messages as columns: a Parquet file for the lake, and the CSV that PostgreSQL reads fastest."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv, parquet

from .records import SCHEMAS, Message

Table = Any
"""pyarrow's, which tells no types."""

_TIME: Final = pa.timestamp("us", tz="UTC")
_TYPES: Final[Mapping[str, Any]] = {
    "amount_cents": pa.int64(),
    "rate_bp": pa.int32(),
    "applied_at": _TIME,
    "updated_at": _TIME,
}
"""Types of the fields that are no text."""


def columns(dataset: str, messages: Sequence[Message]) -> Table:
    """The messages as a table: `message_id`, `received_at` and the fields of their records."""
    names = SCHEMAS[dataset].names
    values = zip(*(message.values for message in messages), strict=True)
    data = {
        "message_id": pa.array([message.id for message in messages], pa.string()),
        "received_at": pa.array([message.received_at for message in messages], _TIME),
    }
    data |= {name: pa.array(column, _TYPES.get(name, pa.string())) for name, column in zip(names, values, strict=True)}
    return pa.table(data)


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
