"""The function `newest`: keeps the newest state of each record, from the queue of the same name (docs/ingestion.md)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from functions.shared.batch import Batch
from functions.shared.delivered import Delivered
from functions.shared.judged import judged
from functions.shared.raw import Raw
from functions.shared.tenants import Registry, Sessions, tenants_of
from jobs.aggregate.place import Row

from .state import Newest


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch in; what could not be taken in comes again (`ReportBatchItemFailures`)."""
    return _service().handle(event)


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
    """

    registry: Registry
    sessions: Sessions
    bucket: str
    table: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Service":
        """The service that variables tell of."""
        registry, sessions = tenants_of(environment, "newest")
        return cls(
            registry=registry,
            sessions=sessions,
            bucket=environment["LAKE_RAW"],
            table=environment["NEWEST_TABLE"],
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in; `kept`, `older` and `set-aside` is what becomes of messages."""
        return Batch(self.registry, self._keep).answer("newest", event)

    def _keep(self, row: Row, delivered: Delivered) -> str:
        with self.sessions.watched(delivered.tenant) as session:
            bucket = self.registry.raw_bucket(session, row.tier, pool=self.bucket)
            message = judged(Raw(session.client("s3"), bucket), delivered)
            if message is None:
                return "set-aside"
            return "kept" if Newest(session.client("dynamodb"), self.table).keep(delivered, message) else "older"
