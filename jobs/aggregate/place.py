"""Where a tenant's data lies: what the registry of tenants says of it, for this job and for functions.

The table has an item `registry` for each tenant, and for each silo an item for each region, which Pulumi writes
(docs/decisions/ingestion.md).
"""

import re
from collections.abc import Collection
from typing import Any, Final, NamedTuple

ACTIVE: Final = "active"
POOL: Final = "pool"
"""The tier of a tenant whose data lies where all tenants' does: variables say where."""
SILO: Final = "silo"
"""The tier of a tenant that has buckets and a database of its own."""
BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
HOST: Final = r"[A-Za-z0-9.-]+"


class Row(NamedTuple):
    """What the registry says of a tenant; empty is what it does not say, and all where there is no such tenant."""

    status: str
    tier: str


class Place(NamedTuple):
    """Where a silo's data lies in a region: its buckets, and the host of its database. All else is as in the pool."""

    raw: str
    curated: str
    dumps: str
    host: str


class WrongPlaceError(Exception):
    """What the registry says is no place of a silo; it says what would be, and no value."""


def read_row(dynamodb: Any, table: str, tenant: str) -> Row:
    """A tenant's row, as it was written last."""
    item = _item(dynamodb, table, tenant, "registry", ("status", "tier"))
    return Row(_text(item, "status"), _text(item, "tier"))


def read_place(dynamodb: Any, table: str, tenant: str, region: str, *, pool: Collection[str]) -> Place | None:
    """The place of a silo in a region; None where the registry has none.

    Args:
        dynamodb: A client of the tenant's session.
        table: The registry.
        tenant: Whose.
        region: Where the caller runs.
        pool: Buckets and host of the pool, as far as the caller knows them. Policies would let it write there.

    Raises:
        WrongPlaceError: where the item names no buckets or no host, or the pool's.
    """
    item = _item(dynamodb, table, tenant, f"place#{region}", ("buckets", "database_host"))
    if not item:
        return None
    buckets = item.get("buckets", {}).get("M", {})
    raw, curated, dumps = names = [_text(buckets, name) for name in ("raw", "curated", "dumps")]
    host = _text(item, "database_host")
    if not all(re.fullmatch(BUCKET, name) for name in names) or not re.fullmatch(HOST, host):
        raise WrongPlaceError(f"registry, place#{region}: expected buckets (raw, curated, dumps) and database_host")
    if not {*names, host}.isdisjoint(pool):
        raise WrongPlaceError(f"registry, place#{region}: expected a silo's own buckets and database, none of the pool's")
    return Place(raw, curated, dumps, host)


def _item(dynamodb: Any, table: str, tenant: str, item: str, names: tuple[str, ...]) -> dict[str, Any]:
    found = dynamodb.get_item(
        TableName=table,
        Key={"tenant": {"S": tenant}, "item": {"S": item}},
        ConsistentRead=True,
        ProjectionExpression=", ".join(f"#{name}" for name in names),
        ExpressionAttributeNames={f"#{name}": name for name in names},
    )
    return found.get("Item", {})


def _text(attributes: dict[str, Any], name: str) -> str:
    return attributes.get(name, {}).get("S", "")
