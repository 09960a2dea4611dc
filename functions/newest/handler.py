"""The function `newest`: keeps the newest state of each record, from the queue of the same name (docs/ingestion.md)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from functions.shared.delivered import Delivered
from functions.shared.raw import Raw
from functions.shared.taking import Taking
from functions.shared.tenants import CONFIG, Registry, Session, Sessions
from jobs.aggregate.records import Message

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
        region = environment["AWS_REGION"]
        make: Any = boto3.client
        dynamodb, sts = (make(name, region_name=region, config=CONFIG) for name in ("dynamodb", "sts"))
        return cls(
            registry=Registry(dynamodb, environment["TENANTS_TABLE"]),
            sessions=Sessions(sts, role=environment["TENANT_ROLE_ARN"], workload="newest", region=region),
            bucket=environment["LAKE_RAW"],
            table=environment["NEWEST_TABLE"],
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in, and log one line without a value of it."""
        batch = Batch(self)
        failed = [record["messageId"] for record in event["Records"] if not batch.take_in(record)]
        batch.tell("newest")
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


class Batch(Taking):
    """The messages of one invocation."""

    def __init__(self, service: Service) -> None:
        super().__init__(service.registry, service.sessions, service.bucket)
        self._table = service.table

    def keep(self, session: Session, raw: Raw, delivered: Delivered, message: Message) -> str:  # noqa: ARG002 - no object is read
        """Enter it, unless what is there is as new."""
        newest = Newest(session.client("dynamodb"), self._table)
        return "kept" if newest.keep(delivered, message) else "older"
