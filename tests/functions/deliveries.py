"""Messages of the queue `newest`, as `ingest` makes them, and what can be wrong with them."""

import itertools
import json
from typing import Any

from functions.shared.messages import Stored, message_of
from jobs.aggregate.place import POOL
from tests.functions.world import ACME, RAW, World, silo_of
from tests.loans import record

RECEIVED = "2026-11-28T09:00:00.000Z"
_numbers = itertools.count()


def stored(
    number: int = 1, *, id: str = "", tenant: str = ACME, dataset: str = "loans", tier: str = POOL, **changes: Any
) -> Stored:
    """An envelope, and where it lies."""
    id = id or f"m{number}"
    envelope = {"id": id, "tenant": tenant, "dataset": dataset, "received_at": RECEIVED, "record": record(number, **changes)}
    key = f"tenant={tenant}/dataset={dataset}/date=2026-11-28/{id}.json"
    return Stored(key, tenant, dataset, id, RECEIVED, json.dumps(envelope).encode(), tier)


def put(lake: World, told: Stored) -> Stored:
    """Put the envelope where it lies."""
    lake.s3.put_object(Bucket=RAW if told.tier == POOL else silo_of(told.tenant), Key=told.key, Body=told.envelope)
    return told


def delivered(told: Stored, *, body: str | None = None, group: str | None = None, **attributes: str | None) -> dict[str, Any]:
    """The record of SQS, and what is different about it; an attribute that is None is not there."""
    made = message_of(told)
    values = {name: each["StringValue"] for name, each in made["MessageAttributes"].items()} | attributes
    return {
        "messageId": f"message-{next(_numbers)}",
        "receiptHandle": "receipt",
        "body": made["Message"] if body is None else body,
        "attributes": {"MessageGroupId": group or made["MessageGroupId"], "ApproximateReceiveCount": "1"},
        "messageAttributes": {
            name: {"stringValue": value, "dataType": "String"} for name, value in values.items() if value is not None
        },
        "eventSource": "aws:sqs",
    }


def take(lake: World, *records: dict[str, Any]) -> list[bool]:
    """Hand a batch to `newest`; whether each was taken."""
    failed = {each["itemIdentifier"] for each in lake.newest().handle({"Records": list(records)})["batchItemFailures"]}
    return [each["messageId"] not in failed for each in records]
