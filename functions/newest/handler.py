"""The function `newest`: keeps the newest state of each record, from the queue of the same name (docs/ingestion.md)."""

import json
import os
import traceback
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.raw import Raw
from functions.shared.tenants import CONFIG, GONE, NotNowError, Registry, Session, Sessions, trouble_of
from jobs.aggregate.place import ACTIVE, Row
from jobs.aggregate.records import MAX_BYTES, SCHEMAS, RefusedError, judge

from .message import Delivered, UncertainError, read
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
        told = {"function": "newest", "outcomes": dict(batch.outcomes), "troubles": sorted(batch.troubles)}
        print(json.dumps(told), flush=True)
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


@dataclass
class Batch:
    """The messages of one invocation.

    Attributes:
        service: What the function works with.
        outcomes: How many messages became what; see `state.OUTCOMES`.
        troubles: Why some failed, without values.
    """

    service: Service
    outcomes: Counter[str] = field(default_factory=Counter[str])
    troubles: set[str] = field(default_factory=set[str])
    _rows: dict[str, Row] = field(default_factory=dict[str, Row])

    def take_in(self, record: Mapping[str, Any]) -> bool:
        """Take a message in; False where it has to come again."""
        try:
            outcome = self._outcome(read(record))
        except (UncertainError, NotNowError) as error:
            # It waits, and ends among the dead letters, from where it can come back.
            return self._failed(str(error))
        except (ClientError, BotoCoreError) as error:
            return self._failed(trouble_of(error))
        except Exception as error:
            # A message that breaks the code must not take the others of its batch with it.
            last = traceback.extract_tb(error.__traceback__)[-1]
            return self._failed(f"{type(error).__name__} in {last.name}, line {last.lineno}")
        self.outcomes[outcome] += 1
        return True

    def _failed(self, trouble: str) -> bool:
        self.outcomes["failed"] += 1
        self.troubles.add(trouble)
        return False

    def _outcome(self, delivered: Delivered) -> str:
        row = self._row(delivered.tenant)
        if row.status in GONE:
            # Its data is erased, and must not come back out of a queue.
            return "erased"
        if row.status != ACTIVE:
            raise NotNowError("registry: expected an active tenant")
        with self.service.sessions.watched(delivered.tenant) as session:
            bucket = self.service.registry.raw_bucket(session, row.tier, pool=self.service.bucket)
            return self._work(session, Raw(session.client("s3"), bucket), delivered)

    def _row(self, tenant: str) -> Row:
        if tenant not in self._rows:
            self._rows[tenant] = self.service.registry.row(tenant)
        return self._rows[tenant]

    def _work(self, session: Session, raw: Raw, delivered: Delivered) -> str:
        try:
            if delivered.dataset not in SCHEMAS:
                raise RefusedError("dataset", "there is no schema of this name")
            body = raw.read(delivered.key, most=MAX_BYTES + 1) if delivered.body is None else delivered.body
            message = judge(body, tenant=delivered.tenant, dataset=delivered.dataset, message_id=delivered.id)
        except RefusedError as refused:
            _set_aside(raw, delivered, refused)
            return "set-aside"
        newest = Newest(session.client("dynamodb"), self.service.table)
        return "kept" if newest.keep(delivered, message) else "older"


def _set_aside(raw: Raw, delivered: Delivered, refused: RefusedError) -> None:
    """Tell what is wrong with a message, where and as the aggregation does. Its object in the raw bucket stays.

    Where that object is not there, this is an error, and the message, which is the only copy, ends among the dead letters.
    """
    told = {
        "reason": refused.reason,
        "detail": refused.detail,
        "object": delivered.key,
        "bytes": raw.size(delivered.key),
    }
    key = f"tenant={delivered.tenant}/rejected/dataset={delivered.dataset}/{delivered.folder}/{delivered.id}.json"
    raw.put(key, json.dumps(told).encode())
