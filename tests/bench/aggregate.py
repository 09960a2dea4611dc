"""The aggregation job on a real PostgreSQL server, and DuckDB's own scan of the same messages; each on one core.

The job's objects come out of the file, one line each, and not out of S3, whose time is its own: what is measured is judging,
Parquet, the books, and the tables. PostgreSQL works in processes of its own, whose CPU time is counted with the job's.
"""

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import duckdb
import psycopg
from psycopg.conninfo import make_conninfo

from jobs.aggregate.curated import columns, parquet_bytes
from jobs.aggregate.lake import Bucket, Stored
from jobs.aggregate.records import Message, judge
from jobs.aggregate.run import Run
from jobs.aggregate.tables import SESSION, Tables
from tests.jobs.aggregate.platform import ACME, DAY, SCHEMA
from tests.postgres import DATABASE, MAJORS, MASTER, Server, server

MESSAGES = 100_000
LOANS = 60_000
SCAN = """
SELECT record.applied_at::DATE, record.product, record.state, record.status, count(*), sum(record.amount_cents)
FROM read_json(?, format = 'newline_delimited', columns = {
    id: 'VARCHAR', tenant: 'VARCHAR', dataset: 'VARCHAR', received_at: 'TIMESTAMP',
    record: 'STRUCT(loan_id VARCHAR, product VARCHAR, amount_cents BIGINT, rate_bp INTEGER, state VARCHAR, status VARCHAR,
        applied_at TIMESTAMP, updated_at TIMESTAMP)'
}) GROUP BY ALL
"""


@dataclass(frozen=True)
class Times:
    """Seconds: DuckDB's scan; judging alone, and with Parquet; of a whole run the job's CPU, PostgreSQL's, and the wall's."""

    scan: float
    judging: float
    curated: float
    job: float
    postgres: float
    wall: float


@dataclass
class Memory:
    """A bucket in memory."""

    bodies: dict[str, bytes]
    written: dict[str, int] = field(default_factory=dict[str, int])

    def objects(self, prefix: str) -> Iterator[Stored]:
        return (Stored(key, len(body)) for key, body in self.bodies.items() if key.startswith(prefix))

    def read(self, key: str, *, most: int) -> bytes:
        return self.bodies[key][:most]

    def version(self, _: str) -> None:
        return None

    def write_over(self, key: str, body: bytes, *_: Any, **__: Any) -> None:
        self.written[key] = len(body)


def measure(folder: Path, runs: int) -> list[Times]:
    """The times of each run."""
    file = folder / "messages.ndjson"
    lines = [json.dumps(message).encode() for message in _messages()]
    file.write_bytes(b"\n".join(lines) + b"\n")
    bodies = {f"tenant={ACME}/dataset=loans/date={DAY}/m{number:07}.json": line for number, line in enumerate(lines)}
    with server(max(MAJORS)) as running:
        return [_measure_once(running, file, bodies) for _ in range(runs + 1)][1:]


def _measure_once(running: Server, file: Path, bodies: dict[str, bytes]) -> Times:
    began = time.process_time()
    with duckdb.connect(config={"threads": 1}) as database:
        scanned = sum(row[4] for row in database.execute(SCAN, [str(file)]).fetchall())
    scan = time.process_time() - began
    assert scanned == MESSAGES

    began = time.process_time()
    found: list[Message] = []
    for number, body in enumerate(bodies.values()):
        found.append(judge(body, tenant=ACME, dataset="loans", message_id=f"m{number:07}"))
    judging = time.process_time() - began
    parquet_bytes(columns("loans", found))
    curated = time.process_time() - began
    del found

    running.reset()
    running.psql(SCHEMA, user=MASTER)
    role = f"{ACME}_aggregate"
    running.psql(f"CREATE ROLE {role} LOGIN; GRANT lending_write TO {role} WITH INHERIT TRUE, SET FALSE", user=MASTER)
    raw, target = Memory(bodies), Memory({})
    where = make_conninfo(host="127.0.0.1", port=running.port, user=role, dbname=DATABASE, options=SESSION)
    # Without TLS, which PostgreSQL here has from a proxy in this process.
    with psycopg.connect(where, autocommit=True) as session:
        tables = Tables(session, "loans")
        tables.prepare()
        backend = session.info.backend_pid
        buckets = cast("tuple[Bucket, Bucket]", (raw, target))
        run = Run(tenant=ACME, dataset="loans", raw=buckets[0], curated=buckets[1], dumps=buckets[1], tables=tables)
        before, wall, began = _cpu_seconds(backend), time.perf_counter(), time.process_time()
        run.aggregate()
        job, wall = time.process_time() - began, time.perf_counter() - wall
        postgres = _cpu_seconds(backend) - before
    assert run.summary.accepted == MESSAGES
    return Times(scan, judging, curated, job, postgres, wall)


def _cpu_seconds(process: int) -> float:
    """CPU time of a process, user and system, in hundredths of a second as Linux counts it."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _messages() -> Iterator[dict[str, Any]]:
    chance = random.Random(1)
    statuses = ("application", "approved", "declined", "funded", "withdrawn")
    first = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(MESSAGES):
        applied = first + timedelta(minutes=chance.randrange(60 * 24 * 300))
        record = {
            "loan_id": f"loan-{chance.randrange(LOANS):06}",
            "product": chance.choice(("30-year fixed", "15-year fixed", "5/1 ARM", "FHA")),
            "amount_cents": chance.randrange(5_000_000, 90_000_000),
            "rate_bp": chance.randrange(400, 900),
            "state": chance.choice(("OH", "KY", "TX", "CA", "NY", "WA")),
            "status": chance.choice(statuses),
            "applied_at": applied.isoformat().replace("+00:00", "Z"),
            "updated_at": (applied + timedelta(minutes=chance.randrange(40_000))).isoformat().replace("+00:00", "Z"),
        }
        received = "2026-11-28T09:00:00Z"
        yield {"id": f"m{number:07}", "tenant": ACME, "dataset": "loans", "received_at": received, "record": record}
