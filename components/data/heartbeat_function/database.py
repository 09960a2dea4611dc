"""One database of a region, as the heartbeat works with it: a session that is opened anew when it fails."""

# ruff: noqa: S608 - every text goes through `literal`, every number is one

import secrets
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ..users_function.credentials import ReadSecret, log_in
from ..users_function.postgres_client import Connection, PostgresError, connect, literal

APPLICATION: Final = "heartbeat"
ANSWER_SECONDS: Final = 3
"""So long an answer is waited for: what does not answer by then is unknown."""
CLOSED_SECONDS: Final = 10
"""So long the sessions of others may take to end."""
FAILURES: Final = (OSError, PostgresError, ClientError, BotoCoreError)
"""What a database that is not there, does not do it, or whose credentials cannot be read ends in. A timeout is an OSError."""

# Nobody else may use the schema: PostgreSQL grants nothing on a new one.
_TABLE: Final = """
CREATE SCHEMA IF NOT EXISTS recovery;
CREATE TABLE IF NOT EXISTS recovery.heartbeat (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number bigint NOT NULL, writer text NOT NULL, at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS recovery.probe (token text PRIMARY KEY, at timestamptz NOT NULL)
"""
_LOOK: Final = "SELECT pg_is_in_recovery(), to_regclass('recovery.heartbeat')"
# rdsadmin's sessions are a superuser's: no other role may end them, and RDS itself needs them. What follows this server has no
# database. Not by backend_type: of others' sessions, the server shows it to who may read all statistics only.
_OTHERS: Final = """
FROM pg_stat_activity JOIN pg_roles ON pg_roles.oid = usesysid
WHERE datid IS NOT NULL AND pid <> pg_backend_pid() AND NOT rolsuper
"""


class OvertakenError(Exception):
    """Another run writes the numbers now."""


@dataclass
class Database:
    """A database and the one session with it, which one thread has at a time.

    Attributes:
        name: Its name among the region's databases.
        facts: What its switch says: address, port, credentials (ARN of the secret with dbname, username and password).
        read_secret: What reads its credentials.
        authorities: File with the authorities of its certificate.
    """

    name: str
    facts: Mapping[str, Any]
    read_secret: ReadSecret
    authorities: Path
    _session: Connection | None = field(default=None, init=False)
    _writer: str = field(default="", init=False)
    _alone: Lock = field(default_factory=Lock, init=False)

    def look(self) -> tuple[bool, int | None]:
        """Whether it is in recovery, and the last number that it has, None where there is none.

        Raises:
            FAILURES: where it does not say.
        """
        with self._attempt():
            ((recovering, table),) = self._run(_LOOK)
            rows = self._run("SELECT number FROM recovery.heartbeat") if table else []
            return recovering == "t", int(str(rows[0][0])) if rows else None

    def claim(self, number: int, writer: str) -> int:
        """Write a number as the writer from now on, whoever wrote before; what was written: more than what was there.

        Raises:
            FAILURES: where it does not.
        """
        with self._attempt():
            self._run(_TABLE)
            ((written,),) = self._run(
                f"INSERT INTO recovery.heartbeat (number, writer, at) VALUES ({number:d}, {literal(writer)}, now())"
                " ON CONFLICT (only_row) DO UPDATE SET number = greatest(heartbeat.number + 1, excluded.number),"
                " writer = excluded.writer, at = excluded.at RETURNING number"
            )
            self._writer = writer
            return int(str(written))

    def write(self, number: int, writer: str) -> int:
        """Write the next number; what was written: more than what was there.

        Raises:
            FAILURES: where it does not.
            OvertakenError: where another writer has claimed it since.
        """
        if self._writer != writer:
            return self.claim(number, writer)
        with self._attempt():
            rows = self._run(
                f"UPDATE recovery.heartbeat SET number = greatest(number + 1, {number:d}), at = now()"
                f" WHERE writer = {literal(writer)} RETURNING number"
            )
        if not rows:
            raise OvertakenError(self.name)
        return int(str(rows[0][0]))

    def close_others(self) -> int:
        """End all sessions of others that can be ended; how many there were.

        Raises:
            FAILURES: where it does not, or some do not end.
        """
        with self._attempt():
            ended = len(self._run(f"SELECT pg_terminate_backend(pid) {_OTHERS}"))
            until = time.monotonic() + CLOSED_SECONDS
            while left := int(str(self._run(f"SELECT count(*) {_OTHERS}")[0][0])):
                if time.monotonic() > until:
                    raise PostgresError(f"{left} sessions have not ended within {CLOSED_SECONDS} s")
                time.sleep(0.05)
            return ended

    def probe(self) -> None:
        """Write something and read it back in a transaction that is committed.

        Raises:
            FAILURES: where it cannot be written to.
        """
        token = secrets.token_hex(16)
        with self._attempt():
            self._run(_TABLE)
            self._run("BEGIN")
            self._run("DELETE FROM recovery.probe")
            self._run(f"INSERT INTO recovery.probe VALUES ({literal(token)}, now())")
            found = self._run("SELECT token FROM recovery.probe")
            self._run("COMMIT")
            if found != [(token,)]:
                raise PostgresError("what was written was not read back")

    def hang_up(self) -> None:
        """End the session."""
        session, self._session = self._session, None
        if session:
            session.__exit__()

    @contextmanager
    def _attempt(self) -> Generator[None]:
        """What fails within it ends the session: the next attempt finds out by a new one whether the database is there."""
        with self._alone:
            try:
                yield
            except BaseException:
                self.hang_up()
                raise

    def _run(self, statement: str) -> list[tuple[str | None, ...]]:
        if self._session is None:
            self._session = log_in(self.facts["credentials"], self.read_secret, self._open)
        return self._session.run(statement)

    def _open(self, login: Mapping[str, str]) -> Connection:
        return connect(
            host=self.facts["address"],
            port=int(self.facts["port"]),
            database=login["dbname"],
            user=login["username"],
            password=login["password"],
            authorities=self.authorities,
            application=APPLICATION,
            timeout_seconds=ANSWER_SECONDS,
        )
