"""The registry of tenants: one table, a tenant's row, its journal, and the names that are taken."""

import json
import re
import secrets
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import Code, OperationError
from operations.steps import Result

ID: Final = re.compile(r"t[a-z2-7]{15}")
SLUG: Final = re.compile(r"[a-z][a-z0-9-]{1,38}")
LIMITS: Final = {"connections": range(1, 101), "scanned_gib_per_month": range(1, 1_000_001)}
"""What a tenant may be limited to -> the values that may be given. PostgreSQL enforces `connections`, of each of its users; the
function `quota` what its queries scan in a calendar month (UTC)."""
DEFAULT_LIMITS: Final = {"connections": 5, "scanned_gib_per_month": 1_000}

Status = Literal["onboarding", "active", "suspended", "removing", "removed"]
Tier = Literal["pool", "silo"]

_ROW: Final = "registry"
_STEP: Final = "step#"
_CUT_OFF: Final = "scan-quota"
_LOCK: Final = "lock#access"
_LOCK_SECONDS: Final = 120
_write = TypeSerializer().serialize
_read = TypeDeserializer().deserialize


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A tenant's row.

    Attributes:
        id: Random; what its data is kept under everywhere.
        slug: The lender's readable name, e.g. `acme-home-loans`; stays taken when the tenant is removed.
        name: The lender's full name.
        tier: `pool` shares everything; `silo` has a key, buckets and a database of its own, by an entry in the settings.
        cell: The stack where its data is.
        status: What may be done with it.
        created_at: ISO 8601, UTC.
        limits: What it is limited to.
        isolation: What the isolation probe proved, or why it did not; empty before it.
        removed_at: When the last of it was removed; empty before.
    """

    id: str
    slug: str
    name: str
    tier: Tier
    cell: str
    status: Status
    created_at: str
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    isolation: str = ""
    removed_at: str = ""


def now() -> str:
    """This moment, as the registry writes it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """An id that nobody has: 75 random bits."""
    return "t" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(15))


class Registry:
    """The table, as what it holds.

    Attributes:
        table: Its name in AWS, which is the same in every region that has a replica of it.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self.table = table

    def claim(self, tenant: Tenant) -> bool:
        """Enter a tenant and take its slug, both or neither; False where the slug is taken."""
        free = "attribute_not_exists(tenant)"
        slug = {"tenant": f"slug#{tenant.slug}", "item": _ROW, "claimed_by": tenant.id}
        puts = [
            {"Put": {"TableName": self.table, "Item": _items(each), "ConditionExpression": free}}
            for each in (slug, _row(tenant))
        ]
        try:
            self._client.transact_write_items(TransactItems=puts)
        except ClientError as error:
            if code_of(error) != "TransactionCanceledException":
                raise
            return False
        return True

    def find(self, who: str) -> Tenant | None:
        """A tenant by slug or id."""
        row = self._get(who, _ROW) if ID.fullmatch(who) else None
        if row is None:
            slug = self._get(f"slug#{who}", _ROW)
            row = self._get(slug["claimed_by"], _ROW) if slug else None
        return _tenant(row) if row else None

    def get(self, who: str) -> Tenant:
        """A tenant by slug or id.

        Raises:
            OperationError: if there is none.
        """
        found = self.find(who)
        if found is None:
            raise OperationError(f"there is no tenant {who!r} here; `dataconnect tenant list` has all of a stack", Code.UNKNOWN)
        return found

    def of_cell(self, cell: str) -> list[Tenant]:
        """All tenants of a cell, by slug. What was written in the last second may be missing."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName="by-cell",
            KeyConditionExpression="cell = :cell",
            ExpressionAttributeValues=_items({":cell": cell}),
        )
        return sorted((_tenant(_plain(item)) for page in pages for item in page["Items"]), key=lambda tenant: tenant.slug)

    def all_rows(self) -> list[Tenant]:
        """Every tenant, as of now: reads the whole table, and is for what must not miss one."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self.table,
            ConsistentRead=True,
            FilterExpression="#item = :row AND attribute_exists(slug)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=_items({":row": _ROW}),
        )
        return [_tenant(_plain(item)) for page in pages for item in page["Items"]]

    def change(self, tenant: str, allowed: tuple[Status, ...], **values: Any) -> None:
        """Change a row whose status is one of `allowed`.

        Raises:
            OperationError: when its status is another one by now.
        """
        self._set(tenant, allowed, [((name,), value) for name, value in values.items()])

    def limit(self, tenant: str, allowed: tuple[Status, ...], changes: Mapping[str, int]) -> None:
        """Set some of a tenant's limits, while its status is one of those allowed; another command may set others meanwhile.

        Raises:
            OperationError: if it has another status.
        """
        self._set(tenant, allowed, [(("limits", name), value) for name, value in changes.items()])

    def _set(self, tenant: str, allowed: tuple[Status, ...], values: Sequence[tuple[tuple[str, ...], object]]) -> None:
        names = {f"#{part}": part for path, _ in values for part in path} | {"#status": "status"}
        paths = (".".join(f"#{part}" for part in path) for path, _ in values)
        expression = ", ".join(f"{path} = :to{number}" for number, path in enumerate(paths))
        states = {f":is{number}": each for number, each in enumerate(allowed)}
        try:
            self._client.update_item(
                TableName=self.table,
                Key=_items({"tenant": tenant, "item": _ROW}),
                UpdateExpression=f"SET {expression}",
                ConditionExpression=f"#status IN ({', '.join(states)})",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=_items({**{f":to{at}": value for at, (_, value) in enumerate(values)}, **states}),
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            found = self.get(tenant)
            raise conflict(found, allowed) from error

    def place(self, tenant: str, region: str) -> dict[str, Any] | None:
        """Where workloads of a region find a silo, as Pulumi writes it: `buckets` by name, and `database_host`."""
        return self._get(tenant, f"place#{region}")

    def cut_off(self, tenant: str) -> dict[str, Any] | None:
        """What the function `quota` wrote when the tenant's queries had scanned what they may this month (UTC).

        `month`, `scanned_bytes`, `limit_gib` and `since`; None where they may go on.
        """
        found = self._get(tenant, _CUT_OFF)
        is_now = found is not None and found.get("month") == now()[:7] and bool(found.get("cut_off"))
        return found if is_now else None

    def share_state(self, tenant: str, share: str) -> dict[str, Any] | None:
        """What was done to a share: `state` is `revoked`, `at` when; None where it stands."""
        return self._get(tenant, f"share-state#{share}")

    def close_share(self, tenant: str, share: str) -> None:
        """Enter that a share is revoked. Nobody publishes it again, and no deployment grants it."""
        told = {"tenant": tenant, "item": f"share-state#{share}", "state": "revoked", "at": now()}
        self._client.put_item(TableName=self.table, Item=_items(told))

    def journal(self, tenant: str) -> "StepJournal":
        """The journal of a tenant."""
        return StepJournal(self, tenant)

    def steps(self, tenant: str) -> list[dict[str, Any]]:
        """The journal's entries, the oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="tenant = :tenant AND begins_with(#item, :step)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues=_items({":tenant": tenant, ":step": _STEP}),
        )
        return sorted((_entry(_plain(item)) for page in pages for item in page["Items"]), key=lambda entry: entry["started_at"])

    @contextmanager
    def only_one(self) -> Generator[None]:
        """Nobody else changes who has access meanwhile; a lock whose holder died is free after two minutes.

        Raises:
            OperationError: while another command holds it.
        """
        holder, until = secrets.token_hex(8), int(time.time()) + _LOCK_SECONDS
        key = {"tenant": _LOCK, "item": _ROW}
        try:
            self._client.put_item(
                TableName=self.table,
                Item=_items(key | {"holder": holder, "until": until}),
                ConditionExpression="attribute_not_exists(tenant) OR #until < :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues=_items({":now": int(time.time())}),
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise OperationError(
                f"another command is changing who has access; run this one again, within {_LOCK_SECONDS} seconds at the latest",
                Code.CONFLICT,
            ) from error
        try:
            yield
        finally:
            self._client.delete_item(
                TableName=self.table,
                Key=_items(key),
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues=_items({":holder": holder}),
            )

    def _get(self, tenant: str, item: str) -> dict[str, Any] | None:
        found = self._client.get_item(TableName=self.table, Key=_items({"tenant": tenant, "item": item}), ConsistentRead=True)
        return _plain(found["Item"]) if "Item" in found else None

    def read_step(self, tenant: str, step: str) -> dict[str, Any] | None:
        """The entry of a step."""
        found = self._get(tenant, f"{_STEP}{step}")
        return _entry(found) if found else None

    def write_step(self, tenant: str, step: str, state: str, result: Result | None) -> None:
        """Enter that a step is started or done."""
        done = state == "done"
        values: dict[str, Any] = {":state": state, ":now": now(), **({":result": json.dumps(result or {})} if done else {})}
        sets = "#state = :state, " + (
            "finished_at = :now, #result = :result, started_at = if_not_exists(started_at, :now)"
            if done
            else "started_at = :now"
        )
        self._client.update_item(
            TableName=self.table,
            Key=_items({"tenant": tenant, "item": f"{_STEP}{step}"}),
            UpdateExpression=f"SET {sets}",
            ExpressionAttributeNames={"#state": "state", **({"#result": "result"} if done else {})},
            ExpressionAttributeValues=_items(values),
        )


class StepJournal:
    """The journal of one tenant, in its items of the registry."""

    def __init__(self, registry: Registry, tenant: str) -> None:
        self._registry = registry
        self._tenant = tenant

    def read(self, step: str) -> Result | None:
        """The entry of a step."""
        return self._registry.read_step(self._tenant, step)

    def write(self, step: str, state: str, result: Result | None = None) -> None:
        """Enter that a step was started or is done."""
        self._registry.write_step(self._tenant, step, state, result)


def conflict(tenant: Tenant, expected: tuple[str, ...]) -> OperationError:
    """That a tenant is not in a state for what is asked."""
    return OperationError(f"tenant {tenant.slug} is {tenant.status}; expected {' or '.join(expected)}", Code.CONFLICT)


def _row(tenant: Tenant) -> dict[str, Any]:
    return {"tenant": tenant.id, "item": _ROW} | {
        name: value for name, value in vars(tenant).items() if name != "id" and value not in ("", None)
    }


def _tenant(row: Mapping[str, Any]) -> Tenant:
    values: dict[str, Any] = {name: value for name, value in row.items() if name in Tenant.__dataclass_fields__}
    values["id"] = row["tenant"]
    # DynamoDB's numbers are decimals.
    values["limits"] = {name: int(value) for name, value in row.get("limits", {}).items()}
    return Tenant(**values)


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "step": row["item"].removeprefix(_STEP),
        "state": row["state"],
        "started_at": row["started_at"],
        "finished_at": row.get("finished_at"),
        "result": json.loads(row.get("result", "{}")),
    }


def _items(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _write(dict(value) if isinstance(value, Mapping) else value) for name, value in values.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _read(value) for name, value in item.items()}
