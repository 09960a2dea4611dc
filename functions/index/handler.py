"""The function `index`: keeps each tenant's index of the search, from the queue `ingest`; or fills one anew, on an order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import telling
from functions.shared.batch import Batch
from functions.shared.bulk import SearchError, signed_with_role
from functions.shared.delivered import Delivered
from functions.shared.judged import judged, set_aside
from functions.shared.raw import Raw
from functions.shared.tenants import Registry, Sessions, tenants_of, trouble_of
from jobs.aggregate.place import Row
from jobs.aggregate.records import RefusedError

from .documents import Document, document_of
from .rebuild import fill
from .search import Search


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch in (`ReportBatchItemFailures`), or fill an index anew where the event has `rebuild`."""
    service = _service()
    return service.rebuild(event["rebuild"]) if "rebuild" in event else service.handle(event)


@cache
def _service() -> "Service":
    return Service.of(os.environ)


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the function works with, from one invocation to the next.

    Attributes:
        registry: Of tenants.
        sessions: Of tenants.
        bucket: Name of the pool's raw bucket.
        table: Name of the table `newest`.
        search: The domain.
    """

    registry: Registry
    sessions: Sessions
    bucket: str
    table: str
    search: Search

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Service":
        """The service that variables tell of."""
        registry, sessions = tenants_of(environment, "index")
        return cls(
            registry=registry,
            sessions=sessions,
            bucket=environment["LAKE_RAW"],
            table=environment["NEWEST_TABLE"],
            search=Search(environment["SEARCH_ENDPOINT"], signed_with_role(environment["AWS_REGION"])),
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in."""
        return Writing(self).answer(event)

    def rebuild(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Fill an index anew; see `rebuild.fill`. It is an operator's order: told, and counted for no promise."""
        with telling.event("index", "rebuild", counted=False) as line:
            line.tell(tenant=str(order["tenant"]))
            told = fill(self.registry, self.sessions, self.search, bucket=self.bucket, table=self.table, order=order)
            line.tell(**{name: told[name] for name in ("written", "older", "refused")})
        return told


@dataclass(frozen=True)
class _Waiting:
    """A document that goes with the others of its tenant."""

    record_id: str
    document: Document
    delivered: Delivered
    raw: Raw


class Writing:
    """The messages of one invocation: read one by one, written with one request for each index."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._batch = Batch(service.registry, self._read)
        self._waiting: dict[str, list[_Waiting]] = {}

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take the batch in."""
        return self._batch.answer("index", event, self._finish)

    def _read(self, row: Row, delivered: Delivered) -> str:
        """Have a message wait for the others."""
        service = self._service
        with service.sessions.watched(delivered.tenant) as session:
            raw = Raw(session.client("s3"), service.registry.raw_bucket(session, row.tier, pool=service.bucket))
            message = judged(raw, delivered)
        if message is None:
            return "set-aside"
        waiting = _Waiting(self._batch.record_id, document_of(delivered.dataset, message), delivered, raw)
        self._waiting.setdefault(f"{delivered.tenant}-{delivered.dataset}", []).append(waiting)
        return "waiting"

    def _finish(self) -> None:
        """Write what waits, and say what became of it."""
        for alias, waiting in self._waiting.items():
            try:
                results = self._service.search.write(alias, [each.document for each in waiting], only_alias=True)
            except SearchError as error:
                results = [("failed", str(error))] * len(waiting)
            for each, (outcome, trouble) in zip(waiting, results, strict=True):
                if outcome == "failed":
                    self._batch.failed(each.record_id, trouble)
                elif outcome == "refused":
                    self._set_aside(each, trouble)
                else:
                    self._batch.became(each.record_id, outcome)

    def _set_aside(self, each: _Waiting, trouble: str) -> None:
        try:
            set_aside(each.raw, each.delivered, RefusedError("index", f"the index takes no such document: {trouble}"))
        except (ClientError, BotoCoreError) as error:
            self._batch.failed(each.record_id, trouble_of(error))
        else:
            self._batch.became(each.record_id, "set-aside")
