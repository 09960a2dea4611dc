"""The tenant's rows in PostgreSQL: what was judged, what the loans are now, and what they sum up to."""

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import psycopg
import pyarrow as pa

from .curated import Table, csv_bytes
from .failures import BadConfigurationError
from .order import Order

WAIT_FOR_ANOTHER_RUN: Final = "300s"

# Nothing is found by a search path: a table of the session must not pass for one of the schema.
# Everything is looked for by key: a plan made while a table was small must not read all of it when it has grown.
SESSION: Final = (
    "-c search_path=pg_catalog -c timezone=UTC -c datestyle=ISO,YMD -c idle_in_transaction_session_timeout=600s"
    " -c enable_seqscan=off"
)

_INCOMING: Final = """
CREATE TEMP TABLE judged (name text COLLATE "C", outcome text, reason text, digest bytea) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE accepted (
    message_id text COLLATE "C", received_at timestamptz, loan_id text COLLATE "C", product text, amount_cents bigint,
    rate_bp integer, state text, status text, applied_at timestamptz, updated_at timestamptz
) ON COMMIT DELETE ROWS;
"""

# One statement, so that all its parts see the loans as they were before: what a loan counted for is taken away where it
# counted, what it counts for now is added. Messages that come late change nothing.
_MERGE_LOANS: Final = """
WITH newest AS (
    SELECT DISTINCT ON (loan_id) * FROM pg_temp.accepted
    ORDER BY loan_id, updated_at DESC, message_id DESC
), before AS (
    SELECT loan.* FROM lending.loan JOIN newest USING (loan_id)
), written AS (
    INSERT INTO lending.loan AS loan
        (loan_id, product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id)
    SELECT loan_id, product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id FROM newest
    ON CONFLICT (tenant, loan_id) DO UPDATE SET
        (product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id) =
        ROW (excluded.product, excluded.amount_cents, excluded.rate_bp, excluded.state, excluded.status, excluded.applied_at,
            excluded.updated_at, excluded.message_id)
    WHERE (excluded.updated_at, excluded.message_id) > (loan.updated_at, loan.message_id)
    RETURNING loan_id, applied_on, product, state, status, amount_cents
), change AS (
    SELECT applied_on, product, state, status, 1 AS loans, amount_cents FROM written
    UNION ALL
    SELECT before.applied_on, before.product, before.state, before.status, -1, -before.amount_cents
    FROM before JOIN written USING (loan_id)
), daily AS (
    INSERT INTO lending.loan_daily AS daily (date, product, state, status, loans, amount_cents)
    SELECT applied_on, product, state, status, sum(loans), sum(amount_cents) FROM change
    GROUP BY applied_on, product, state, status
    ON CONFLICT (tenant, date, product, state, status) DO UPDATE SET
        loans = daily.loans + excluded.loans, amount_cents = daily.amount_cents + excluded.amount_cents
)
SELECT count(*) FROM written
"""


class Judged(NamedTuple):
    """How an object was judged: its name, `accepted`, `duplicate` or `rejected`, the reason, the digest of what was right."""

    name: str
    outcome: str
    reason: str | None
    digest: bytes | None


class Part(NamedTuple):
    """A curated file: its number in its folder, its size in bytes, what it holds."""

    number: int
    bytes: int
    rows: Table


@dataclass(frozen=True)
class Tables:
    """The tables, in a session of the tenant's role: row level security shows and takes only that tenant's rows."""

    session: psycopg.Connection[Any]
    dataset: str

    def prepare(self) -> None:
        """Make what rows pass through on their way to the tables."""
        self.session.execute(_INCOMING)

    def known(self, folder: str, names: Sequence[str]) -> set[str]:
        """Which of the objects of a folder have been judged."""
        query = "SELECT name FROM lending.delivery WHERE dataset = %s AND folder = %s AND name = ANY(%s)"
        return {name for (name,) in self.session.execute(query, (self.dataset, folder, list(names)))}

    def accepted(self, names: Collection[str]) -> dict[str, bytes]:
        """Which of these messages have been accepted, in any folder -> their digests."""
        query = "SELECT name, digest FROM lending.delivery WHERE dataset = %s AND name = ANY(%s) AND outcome = 'accepted'"
        return {name: bytes(digest) for name, digest in self.session.execute(query, (self.dataset, list(names)))}

    def next_part(self, folder: str) -> int:
        """The number after that of the folder's last curated file: what may lie there was left by a run that broke off."""
        query = "SELECT coalesce(max(part) + 1, 0) FROM lending.curated_part WHERE dataset = %s AND folder = %s"
        row = self.session.execute(query, (self.dataset, folder)).fetchone()
        return row[0] if row else 0

    def enter(self, folder: str, judged: Sequence[Judged], part: Part | None) -> int:
        """Enter what was judged, the curated file and what it holds, all or nothing; the number of loans that changed."""
        with self.session.transaction():
            self._copy("judged", _judged_table(judged))
            self.session.execute(
                "INSERT INTO lending.delivery (dataset, folder, name, outcome, reason, digest)"
                " SELECT %s, %s, name, outcome, reason, digest FROM pg_temp.judged",
                (self.dataset, folder),
            )
            if part is None:
                return 0
            self.session.execute(
                "INSERT INTO lending.curated_part (dataset, folder, part, records, bytes) VALUES (%s, %s, %s, %s, %s)",
                (self.dataset, folder, part.number, part.rows.num_rows, part.bytes),
            )
            self._copy("accepted", part.rows)
            self.session.execute("ANALYZE pg_temp.accepted")
            changed = self.session.execute(_MERGE_LOANS).fetchone()
            # A partial index finds them: there are none but those of this moment.
            self.session.execute("DELETE FROM lending.loan_daily WHERE loans = 0")
            return changed[0] if changed else 0

    def _copy(self, table: str, rows: Table) -> None:
        # COPY into a table with row level security is refused by PostgreSQL; and upserts need a table to select from.
        with self.session.cursor() as cursor, cursor.copy(f"COPY pg_temp.{table} FROM STDIN (FORMAT csv)".encode()) as copy:
            copy.write(csv_bytes(rows))


def _judged_table(judged: Sequence[Judged]) -> Table:
    digests = [None if each.digest is None else rf"\x{each.digest.hex()}" for each in judged]
    texts = ([each.name for each in judged], [each.outcome for each in judged], [each.reason for each in judged], digests)
    return pa.table([pa.array(each, pa.string()) for each in texts], names=["name", "outcome", "reason", "digest"])


@contextmanager
def open_tables(order: Order, token: str) -> Generator[Tables]:
    """The tables, once no other run is at those of this tenant and dataset.

    Raises:
        BadConfigurationError: where the login role is not confined to the tenant.
        psycopg.Error: when the server cannot be reached, is not trusted, or refuses something.
    """
    with psycopg.connect(
        host=order.host,
        port=order.port,
        dbname=order.database,
        user=order.login,
        password=token,
        sslmode="verify-full",
        sslrootcert=str(order.authorities),
        gssencmode="disable",
        connect_timeout=30,
        keepalives_idle=30,
        tcp_user_timeout=60_000,
        application_name="aggregate",
        options=SESSION,
        autocommit=True,
    ) as session:
        _expect_confined(session, order)
        session.execute(f"SET lock_timeout = '{WAIT_FOR_ANOTHER_RUN}'".encode())
        session.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (f"aggregate/{order.tenant}/{order.dataset}",))
        tables = Tables(session, order.dataset)
        tables.prepare()
        yield tables


def _expect_confined(session: psycopg.Connection[Any], order: Order) -> None:
    """Row level security holds for nobody who may bypass it: a wrong login must not reach a table."""
    query = "SELECT split_part(current_user, '_', 1), rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    row = session.execute(query).fetchone()
    if row is None or row[0] != order.tenant or row[1]:
        raise BadConfigurationError(f"the login role {order.login} is not confined to its tenant by row level security")
