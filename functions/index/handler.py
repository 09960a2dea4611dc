"""The function `index`: keeps each tenant's index of the search, from the queue `ingest`; or fills one anew, on an order."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from functions.shared.delivered import Delivered
from functions.shared.raw import Raw
from functions.shared.taking import Taking, set_aside
from functions.shared.tenants import CONFIG, Registry, Session, Sessions, trouble_of
from jobs.aggregate.records import Message, RefusedError

from .documents import Document, document_of
from .rebuild import fill
from .search import Search, SearchError, signed_with_role


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
        region = environment["AWS_REGION"]
        make: Any = boto3.client
        dynamodb, sts = (make(name, region_name=region, config=CONFIG) for name in ("dynamodb", "sts"))
        return cls(
            registry=Registry(dynamodb, environment["TENANTS_TABLE"]),
            sessions=Sessions(sts, role=environment["TENANT_ROLE_ARN"], workload="index", region=region),
            bucket=environment["LAKE_RAW"],
            table=environment["NEWEST_TABLE"],
            search=Search(environment["SEARCH_ENDPOINT"], signed_with_role(region)),
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in."""
        batch = Batch(self)
        failed = [record["messageId"] for record in event["Records"] if not batch.take_in(record)]
        failed += batch.finish()
        batch.tell("index")
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    def rebuild(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Fill an index anew; see `rebuild.fill`."""
        return fill(self.registry, self.sessions, self.search, bucket=self.bucket, table=self.table, order=order)


@dataclass(frozen=True)
class _Waiting:
    """A document that goes with the others of its tenant."""

    record_id: str
    document: Document
    delivered: Delivered
    raw: Raw


class Batch(Taking):
    """The messages of one invocation: read one by one, written with one request for each index."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.registry, service.sessions, service.bucket)
        self._search = service.search
        self._waiting: dict[str, list[_Waiting]] = {}
        self._record_id = ""

    def take_in(self, record: Mapping[str, Any]) -> bool:
        """Read a message; False where it has to come again."""
        self._record_id = record["messageId"]
        return super().take_in(record)

    def keep(self, session: Session, raw: Raw, delivered: Delivered, message: Message) -> str:  # noqa: ARG002 - the role signs
        """Have it wait for the others."""
        waiting = _Waiting(self._record_id, document_of(delivered.dataset, message), delivered, raw)
        self._waiting.setdefault(f"{delivered.tenant}-{delivered.dataset}", []).append(waiting)
        return "waiting"

    def finish(self) -> list[str]:
        """Write what waits; the ids of the records that have to come again."""
        failed: list[str] = []
        for alias, waiting in self._waiting.items():
            try:
                results = self._search.write(alias, [each.document for each in waiting], only_alias=True)
            except SearchError as error:
                failed += [each.record_id for each in waiting if not self._became("failed", str(error))]
                continue
            for each, result in zip(waiting, results, strict=True):
                outcome, trouble = result
                if outcome == "refused":
                    outcome, trouble = self._set_aside(each, trouble)
                if not self._became(outcome, trouble):
                    failed.append(each.record_id)
        return failed

    def _became(self, outcome: str, trouble: str) -> bool:
        self.outcomes["waiting"] -= 1
        self.outcomes += type(self.outcomes)()  # drops what is down to nothing
        if outcome == "failed":
            return self.failed(trouble)
        self.outcomes[outcome] += 1
        return True

    def _set_aside(self, each: _Waiting, trouble: str) -> tuple[str, str]:
        try:
            set_aside(each.raw, each.delivered, RefusedError("index", f"the index takes no such document: {trouble}"))
        except Exception as error:
            return "failed", trouble_of(error) if hasattr(error, "response") else type(error).__name__  # pyright: ignore[reportArgumentType]
        return "set-aside", ""
