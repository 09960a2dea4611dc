"""Writes a tenant's tables as one compressed SQL script, which any PostgreSQL loads and any editor shows."""

import gzip
import hashlib
import io
from datetime import date
from typing import IO, Final, NamedTuple, cast

from psycopg import IsolationLevel, sql

from .tables import Tables

TABLES: Final = ("loan", "loan_daily")
"""What is the tenant's own; what the job keeps for itself is not."""
CONTENT_TYPE: Final = "application/gzip"


class Dump(NamedTuple):
    """A dump: its rows by table, its size in bytes, and its SHA-256 in hexadecimal."""

    rows: dict[str, int]
    bytes: int
    sha256: str


def write_dump(tables: Tables, file: IO[bytes], *, tenant: str, day: date) -> Dump:
    """Write the tables as they are at one moment; the same bytes for the same rows and day."""
    watched = _Watched(file)
    rows: dict[str, int] = {}
    session = tables.session
    session.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with (
            gzip.GzipFile(fileobj=cast("IO[bytes]", watched), mode="wb", filename="", mtime=0) as script,
            session.transaction(),
        ):
            script.write(
                f"-- Loans of tenant {tenant} as DataConnect had them on {day} (UTC). To load them into a database:\n"
                "-- gunzip --stdout FILE | psql --set ON_ERROR_STOP=1 --single-transaction DATABASE\n"
                "SET client_encoding = 'UTF8';\nSET timezone = 'UTC';\n".encode()
            )
            for table in TABLES:
                rows[table] = _write_table(tables, table, script)
    finally:
        session.isolation_level = None
    return Dump(rows, watched.written, watched.hash.hexdigest())


def _write_table(tables: Tables, table: str, script: gzip.GzipFile) -> int:
    regclass = f"lending.{table}"
    columns = tables.session.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (regclass,),
    ).fetchall()
    key = [
        name
        for (name,) in tables.session.execute(
            "SELECT attname FROM pg_index, unnest(indkey) WITH ORDINALITY AS key(attribute, place) JOIN pg_attribute"
            " ON attnum = attribute WHERE indrelid = %s::regclass AND indisprimary AND attrelid = indrelid ORDER BY place",
            (regclass,),
        )
    ]
    names = ", ".join(name for name, _ in columns)
    described = ",\n".join(f"    {name} {kind} NOT NULL" for name, kind in columns)
    script.write(f"\nCREATE TABLE {table} (\n{described},\n    PRIMARY KEY ({', '.join(key)})\n);\n".encode())
    script.write(f"COPY {table} ({names}) FROM stdin;\n".encode())
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        sql.Identifier("lending", table),
        sql.SQL(", ").join(
            sql.SQL('{} COLLATE "C"').format(sql.Identifier(name)) if kind == "text" else sql.Identifier(name)
            for name, kind in columns
            if name in key
        ),
    )
    with tables.session.cursor() as cursor, cursor.copy(query) as copy:
        rows = 0
        for block in copy:
            script.write(block)
            rows += bytes(block).count(b"\n")  # those inside of values are written as \n
    script.write(b"\\.\n")
    return rows


class _Watched(io.RawIOBase):
    """A file to write to, that knows its size and hash without being read again."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.hash.update(data)
        self.written += len(data)
        return self._file.write(data)
