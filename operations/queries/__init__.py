"""The queries that every tenant's workgroup has as prepared statements: what a lender's people ask of their loans.

A query is a file, `<name>.sql`. Its first lines say what it answers and what its parameters are, in order. It reads curated
files, which hold every message that was taken in, so most begin with the newest state of each loan. Each scan of a table says
`tenant = '${tenant}'`: Athena refuses it otherwise, and a test parses that it is there.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from operations.errors import OperationError
from operations.tenants.registry import ID

FOLDER: Final = Path(__file__).parent
TABLES: Final = ("loans",)
"""The datasets that queries read: `${loans}` stands for the table."""


class Query(NamedTuple):
    """A query.

    Attributes:
        name: The prepared statement's: letters, digits and _.
        answers: What it tells, and its parameters, in a sentence.
        text: Its SQL, with `${tenant}` and the tables to be filled in.
    """

    name: str
    answers: str
    text: str


def _read(file: Path) -> Query:
    lines = file.read_text(encoding="utf-8").strip().splitlines()
    says = [line.removeprefix("--").strip() for line in lines if line.startswith("--")]
    return Query(file.stem, " ".join(says), "\n".join(line for line in lines if not line.startswith("--")))


QUERIES: Final = tuple(_read(file) for file in sorted(FOLDER.glob("*.sql")))


def statements(tenant: str, tables: Mapping[str, str], *, database: str = "") -> dict[str, Query]:
    """Name -> query of a tenant.

    Args:
        tenant: Its id.
        tables: Dataset -> the table that holds the tenant's data.
        database: Of the tables; by default that of whoever asks.

    Raises:
        OperationError: on what is no tenant's id or no name of a table or database: it would be SQL.
    """
    if not ID.fullmatch(tenant):
        raise OperationError(f"tenant is {tenant!r}; expected a tenant's id")
    for name in (*tables.values(), *([database] if database else ())):
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,127}", name):
            raise OperationError(f"table or database is {name!r}; expected lower-case letters, digits and _")
    called = {dataset: f"{database}.{table}" if database else table for dataset, table in tables.items()}
    return {query.name: query._replace(text=Template(query.text).substitute(called, tenant=tenant)) for query in QUERIES}
