"""One run: what is new in the raw bucket is judged, chunk by chunk, and ends in the curated bucket and in PostgreSQL.

A chunk's objects are written first and entered last, in one transaction; what a run that broke off has left is written over.
"""

import hashlib
import itertools
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from .curated import Table, columns, parquet_bytes
from .dump import CONTENT_TYPE, write_dump
from .lake import CONNECTIONS, Bucket, Stored
from .order import Order
from .records import MAX_BYTES, MESSAGE_ID, Message, RefusedError, judge
from .tables import Judged, Part, Tables

CHUNK_OBJECTS: Final = 10_000
CHUNK_BYTES: Final = 32 * 1024 * 1024
"""What is in memory at once, besides copies: the objects of one chunk. An object above `MAX_BYTES` is not read."""
END: Final = "_SUCCESS"
"""Name of the object that ends a delivery, and is no message of it."""
UNDATED: Final = "date=unknown"
"""The folder, in the books, of what lies in no folder of a day."""
_PAGE: Final = 1_000  # keys that S3 lists at once
_SLICE: Final = 25  # objects that one thread reads, one after another: to hand each to a thread costs more than to judge it
_DATED: Final = re.compile(r"(date=(\d{4}-\d\d-\d\d))/([^/]+)\.json", re.ASCII)


class Delivery(NamedTuple):
    """An object of the raw bucket: where it lies, its size, and folder and name in the books."""

    key: str
    size: int
    folder: str
    name: str

    @property
    def is_named_well(self) -> bool:
        """Whether the name can be that of a message in a folder of a day."""
        return MESSAGE_ID.fullmatch(self.name) is not None


@dataclass
class Summary:
    """What one run did; numbers only, no values of records.

    Attributes:
        known: Objects that had been judged before.
        accepted: Messages that count.
        duplicates: Deliveries of messages that count already.
        rejected: Set aside, by reason.
        vanished: Objects that were gone before they were read; nothing is entered of them.
        parts: Curated files written.
        loans: Loans that are new or have changed.
        dump: Key, size, hash and rows of the dump.
    """

    known: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter[str])
    vanished: int = 0
    parts: int = 0
    loans: int = 0
    dump: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run works with: see `Order`."""

    tenant: str
    dataset: str
    raw: Bucket
    curated: Bucket
    dumps: Bucket
    tables: Tables
    chunk_objects: int = CHUNK_OBJECTS
    summary: Summary = field(default_factory=Summary)

    @property
    def _prefix(self) -> str:
        return f"tenant={self.tenant}/dataset={self.dataset}/"

    def aggregate(self, dates: Iterable[date] = ()) -> None:
        """Bring in what is new of these days, or of all."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            for folder, chunk in self._chunks(list(dates)):
                self._bring_in(folder, chunk, pool)

    def dump(self, day: date) -> None:
        """Write the tenant's dump of that day."""
        key = f"tenant={self.tenant}/{day}.dump"
        with tempfile.TemporaryFile() as file:
            dump = write_dump(self.tables, file, tenant=self.tenant, day=day)
            file.seek(0)
            self.dumps.upload(key, file, CONTENT_TYPE)
        self.summary.dump = {"key": key, **dump._asdict()}

    def _chunks(self, dates: list[date]) -> Iterator[tuple[str, list[Delivery]]]:
        """What is new, by folder, as much at once as memory is meant to hold."""
        prefixes = [f"{self._prefix}date={day}/" for day in dates] or [self._prefix]
        stored = (each for prefix in prefixes for each in self.raw.objects(prefix))
        found = (self._delivery(each) for each in stored if each.key.rpartition("/")[2] != END)
        for folder, deliveries in itertools.groupby(found, key=lambda each: each.folder):
            chunk: list[Delivery] = []
            size = 0
            for delivery in self._new(folder, deliveries):
                chunk.append(delivery)
                size += min(delivery.size, MAX_BYTES)
                if len(chunk) >= self.chunk_objects or size >= CHUNK_BYTES:
                    yield folder, chunk
                    chunk, size = [], 0
            if chunk:
                yield folder, chunk

    def _new(self, folder: str, deliveries: Iterator[Delivery]) -> Iterator[Delivery]:
        while page := list(itertools.islice(deliveries, _PAGE)):
            known = self.tables.known(folder, [each.name for each in page])
            self.summary.known += len(known)
            yield from (each for each in page if each.name not in known)

    def _delivery(self, stored: Stored) -> Delivery:
        found = _DATED.fullmatch(stored.key.removeprefix(self._prefix))
        folder = found[1] if found and _is_day(found[2]) else UNDATED
        if found and folder != UNDATED and MESSAGE_ID.fullmatch(found[3]):
            return Delivery(*stored, folder, found[3])
        # A name of one length that no message can have: a key may be too long, or hold what a text must not.
        return Delivery(*stored, folder, f"sha256:{hashlib.sha256(stored.key.encode()).hexdigest()}")

    def _bring_in(self, folder: str, chunk: list[Delivery], pool: ThreadPoolExecutor) -> None:
        slices = [chunk[at : at + _SLICE] for at in range(0, len(chunk), _SLICE)]
        found = pool.map(lambda deliveries: [self._judge(each) for each in deliveries], slices)
        verdicts = list(zip(chunk, itertools.chain.from_iterable(found), strict=True))
        accepted_before = self.tables.accepted([each.id for _, each in verdicts if isinstance(each, Message)])
        judged: list[Judged] = []
        accepted: list[Message] = []
        rejected: list[tuple[Delivery, RefusedError]] = []
        for delivery, verdict in verdicts:
            if isinstance(verdict, Message):
                before = accepted_before.get(verdict.id)
                if before is None:
                    accepted.append(verdict)
                    judged.append(Judged(delivery.name, "accepted", None, verdict.digest))
                    continue
                if before == verdict.digest:
                    judged.append(Judged(delivery.name, "duplicate", None, verdict.digest))
                    continue
                verdict = RefusedError("id-reused", "a message of this id, which said something else, has been accepted")
            if verdict is not None:
                rejected.append((delivery, verdict))
                judged.append(Judged(delivery.name, "rejected", verdict.reason, None))
        for _ in pool.map(lambda each: self._set_aside(*each), rejected):
            pass
        part = self._write_part(folder, columns(self.dataset, accepted)) if accepted else None
        self.summary.loans += self.tables.enter(folder, judged, part)
        self._count(judged, vanished=len(chunk) - len(judged), parts=1 if part else 0)

    def _judge(self, delivery: Delivery) -> Message | RefusedError | None:
        try:
            if not delivery.is_named_well:
                raise RefusedError(
                    "name", "expected date=YYYY-MM-DD/<message id>.json, an id of up to 64 letters, digits, - and _"
                )
            if delivery.size > MAX_BYTES:
                raise RefusedError("size", f"expected at most {MAX_BYTES} bytes")
            body = self.raw.read(delivery.key, most=MAX_BYTES + 1)
            if body is None:
                return None
            return judge(body, tenant=self.tenant, dataset=self.dataset, message_id=delivery.name)
        except RefusedError as refused:
            return refused

    def _set_aside(self, delivery: Delivery, refused: RefusedError) -> None:
        """Tell what is wrong with an object, which stays where it is: one copy of personal data is enough."""
        name = delivery.name.removeprefix("sha256:")
        key = f"tenant={self.tenant}/rejected/dataset={self.dataset}/{delivery.folder}/{name}.json"
        told = {"reason": refused.reason, "detail": refused.detail, "object": delivery.key, "bytes": delivery.size}
        self.raw.write(key, json.dumps(told).encode(), "application/json")

    def _write_part(self, folder: str, rows: Table) -> Part:
        body = parquet_bytes(rows)
        number = self.tables.next_part(folder)
        key = f"{self._prefix}{folder}/part-{number}.parquet"
        # A run that has lost its session, and with it the lock, may not have noticed: neither writes over the other.
        self.curated.write_over(key, body, "application/vnd.apache.parquet", version=self.curated.version(key))
        return Part(number, len(body), rows)

    def _count(self, judged: list[Judged], *, vanished: int, parts: int) -> None:
        summary = self.summary
        outcomes = Counter(each.outcome for each in judged)
        summary.accepted += outcomes["accepted"]
        summary.duplicates += outcomes["duplicate"]
        summary.rejected.update(each.reason for each in judged if each.reason)
        summary.vanished += vanished
        summary.parts += parts


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def run_for(order: Order, tables: Tables, client: Any) -> Run:
    """The run of an order."""
    raw, curated, dumps = (Bucket(client, name) for name in (order.raw, order.curated, order.dumps))
    return Run(tenant=order.tenant, dataset=order.dataset, raw=raw, curated=curated, dumps=dumps, tables=tables)
