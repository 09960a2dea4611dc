"""Athena's part for tests: DuckDB over curated files that lie in a folder as they lie in the bucket."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from jobs.aggregate.datasets import curated

Rows = list[tuple[Any, ...]]


class Lake:
    """What Athena would see: the files, with tenant and date as columns told by the path.

    Attributes:
        engine: DuckDB's connection.
    """

    def __init__(self, folder: Path, *, table: str = "loans") -> None:
        self.engine = duckdb.connect(":memory:")
        files = f"{folder}/tenant=*/dataset=loans/date=*/*.parquet"
        # Glue calls them timestamps, without a zone: what the files hold is UTC.
        times = ", ".join(
            f"make_timestamp(epoch_us({each.name})) AS {each.name}" for each in curated("loans") if each.kind == "time"
        )
        if "." in table:
            self.engine.execute(f"CREATE SCHEMA {table.partition('.')[0]}")
        self.engine.execute(
            f"CREATE VIEW {table} AS SELECT * EXCLUDE (dataset) REPLACE ({times})"
            f" FROM read_parquet('{files}', hive_partitioning = true, hive_types_autocast = false)"
        )

    def run(self, text: str, *parameters: str) -> Rows:
        """The rows of a query."""
        return self.engine.execute(text, parameters).fetchall()

    def scan(self, text: str, parameters: Sequence[str]) -> tuple[Rows, int]:
        """The rows of a query, and the bytes that it read of the files; Athena counts those, too."""
        self.engine.execute("SET enable_profiling = 'no_output'")
        rows = self.run(text, *parameters)
        told = json.loads(self.engine.get_profiling_information(format="json"))
        # What is answered by statistics alone reads nothing, and says so by leaving it out.
        return rows, int(told.get("io", {}).get("total_bytes_read", 0))
