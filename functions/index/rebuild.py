"""Filling a new generation of a tenant's index from the table `newest`."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from functions.shared.bulk import SearchError
from functions.shared.raw import Raw
from functions.shared.tenants import NotNowError, Registry, Session, Sessions
from jobs.aggregate.place import ACTIVE
from jobs.aggregate.records import MAX_BYTES, SCHEMAS, judge

from .documents import Document, of_values
from .search import Search

PAGE: Final = 200
SECONDS: Final = 30
"""How long one run fills before it tells where to go on; the function may run twice as long."""


def fill(
    registry: Registry,
    sessions: Sessions,
    search: Search,
    *,
    bucket: str,
    table: str,
    order: Mapping[str, Any],
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """Write the newest states of a tenant's dataset to an index; to be called again with what it tells as `after`.

    `order` has `tenant`, `dataset`, `index`, and `after`, the record after which it goes on (null at first). What is written
    twice is written once: each document bears its version.

    Returns:
        `written` and `older` documents, `refused` ones (which the mapping does not take), and `after`, null at the end.

    Raises:
        ValueError: on a dataset or an index that is none of the tenant's.
        NotNowError: on a tenant that is not active.
        SearchError: where documents could not be written now.
    """
    tenant, dataset, index = (str(order[name]) for name in ("tenant", "dataset", "index"))
    if dataset not in SCHEMAS:
        raise ValueError(f"dataset is {dataset!r}; expected one of {', '.join(SCHEMAS)}")
    if not index.startswith(f"{tenant}-{dataset}-"):
        raise ValueError(f"index is {index!r}; expected one of {tenant}-{dataset}")
    row = registry.row(tenant)
    if row.status != ACTIVE:
        raise NotNowError("registry: expected an active tenant")
    counts = {"written": 0, "older": 0, "refused": 0}
    until, after = time.monotonic() + seconds, order.get("after")
    with sessions.watched(tenant) as session:
        raw = Raw(session.client("s3"), registry.raw_bucket(session, row.tier, pool=bucket))
        while True:
            items, after = _page(session, table, dataset, after)
            documents = [_document(raw, tenant, dataset, item) for item in items]
            for outcome, trouble in search.write(index, documents, only_alias=False) if documents else ():
                if outcome == "failed":
                    raise SearchError(trouble)
                counts["written" if outcome == "kept" else outcome] += 1
            if after is None or time.monotonic() >= until:
                return {**counts, "after": after}


def _page(session: Session, table: str, dataset: str, after: str | None) -> tuple[list[dict[str, str]], str | None]:
    start = {"ExclusiveStartKey": {"tenant": {"S": session.tenant}, "record": {"S": after}}} if after else {}
    found = session.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="tenant = :tenant AND begins_with(#record, :dataset)",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":tenant": {"S": session.tenant}, ":dataset": {"S": f"{dataset}#"}},
        ConsistentRead=True,
        Limit=PAGE,
        **start,
    )
    last = found.get("LastEvaluatedKey")
    items = [{str(name): str(value["S"]) for name, value in item.items()} for item in found["Items"]]
    return items, str(last["record"]["S"]) if last else None


def _document(raw: Raw, tenant: str, dataset: str, item: Mapping[str, str]) -> Document:
    if "object" in item:
        body = raw.read(item["object"], most=MAX_BYTES + 1)
        values = judge(body, tenant=tenant, dataset=dataset, message_id=item["message_id"]).values
    else:
        state, schema = json.loads(item["state"]), SCHEMAS[dataset]
        # A state from before a field came says nothing there.
        values = tuple(field.read(state[field.name]) if field.name in state else None for field in schema.fields)
    return of_values(dataset, values, item["message_id"])
