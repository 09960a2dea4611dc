"""The function `live`: counts what comes in today, from the queue of the same name (docs/realtime.md)."""

import json
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import boto3

from functions.shared import telling
from functions.shared.batch import Batch
from functions.shared.delivered import Delivered
from functions.shared.raw import Raw
from functions.shared.tenants import CONFIG, GONE, ID, Registry, Sessions, tenants_of
from functions.shared.valkey import Credentials, LostError, Valkey, ValkeyError
from jobs.aggregate.place import Row
from jobs.aggregate.records import MAX_BYTES, SCHEMAS, RefusedError, judge

from .window import GROUPS, MOST_RECORDS, NotCopiedError, Windows, ends_at

ORDERS: Final = ("erase", "left", "state")
KNOWN: Final[Mapping[type[Exception], Callable[[Any], str]]] = {
    ValkeyError: lambda error: f"cache: {error.code}",
    LostError: lambda error: f"cache: {error}",
    NotCopiedError: str,
}
"""What the log says of an error of the cache: the rest of an answer may hold a key."""


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a batch in, or do what `dataconnect tenant` orders for a tenant."""
    service = _service()
    return service.handle(event) if "Records" in event else service.obey(event["action"], event["tenant"])


@cache
def _service() -> "Service":
    return Service.of(os.environ)


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the function works with, from one invocation to the next.

    Attributes:
        registry: Of tenants.
        sessions: Of tenants, to read what was too large for the topic.
        bucket: Name of the pool's raw bucket.
        windows: The counts.
        now: What the time is.
    """

    registry: Registry
    sessions: Sessions
    bucket: str
    windows: Windows
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Service":
        """The service that variables tell of."""
        registry, sessions = tenants_of(environment, "live")
        make: Any = boto3.client
        manager = make("secretsmanager", region_name=environment["AWS_REGION"], config=CONFIG)
        valkey = Valkey(
            environment["CACHE_HOST"],
            int(environment["CACHE_PORT"]),
            credentials_in(manager, environment["CACHE_LOGIN_ARN"]),
            # The certificates of ElastiCache are of Amazon's public authorities, which Lambda's system believes.
            context=ssl.create_default_context(),
        )
        return cls(
            registry=registry,
            sessions=sessions,
            bucket=environment["LAKE_RAW"],
            windows=Windows(valkey=valkey, replicas=environment["CACHE_REPLICAS"] != "0"),
        )

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Take a batch in. Besides an `Outcome`, `wrong` and `late` becomes of messages, which count nowhere.

        `newest` sets aside what is wrong, and tells why.
        """
        return Batch(self.registry, self._count, KNOWN).answer("live", event)

    def obey(self, action: str, tenant: str) -> dict[str, Any]:
        """`erase` the counts of a tenant that has left, tell how many keys are `left`, or the `state` of its windows.

        Raises:
            ValueError: on another action, what is no tenant's id, or a tenant that is not being removed.
        """
        if not ID.fullmatch(tenant):
            raise ValueError("no tenant's id")
        if action not in ORDERS:
            raise ValueError(f"expected {', '.join(ORDERS[:-1])} or {ORDERS[-1]}")
        # It is an operator's order: told, and counted for no promise.
        with telling.event("live", action, counted=False) as line:
            line.tell(tenant=tenant)
            return self._obey(action, tenant)

    def _obey(self, action: str, tenant: str) -> dict[str, Any]:
        if action == "left":
            return {"left": self.windows.left(tenant, self.now())}
        if action == "state":
            return {"most": MOST_RECORDS, "windows": self.windows.state(tenant, self.now())}
        if self.registry.row(tenant).status not in GONE:
            raise ValueError("the tenant is not being removed; expected its status to be removing or removed")
        return {"erased": self.windows.erase(tenant, self.now()), "left": self.windows.left(tenant, self.now())}

    def _count(self, row: Row, delivered: Delivered) -> str:
        day = delivered.folder.removeprefix("date=")
        if ends_at(day) <= self.now().timestamp():
            return "late"
        try:
            if delivered.dataset not in SCHEMAS or delivered.dataset not in GROUPS:
                raise RefusedError("dataset", "nothing is counted of it")
            body = self._read(row, delivered) if delivered.body is None else delivered.body
            message = judge(body, tenant=delivered.tenant, dataset=delivered.dataset, message_id=delivered.id)
        except RefusedError:
            return "wrong"
        return self.windows.count(delivered.tenant, delivered.dataset, day, message)

    def _read(self, row: Row, delivered: Delivered) -> bytes:
        """What was too large for the topic."""
        with self.sessions.watched(delivered.tenant) as session:
            bucket = self.registry.raw_bucket(session, row.tier, pool=self.bucket)
            return Raw(session.client("s3"), bucket).read(delivered.key, most=MAX_BYTES + 1)


def credentials_in(manager: Any, arn: str) -> Credentials:
    """What a secret of the cache says, read when it is first asked for and when what was read does not open any more."""
    held: list[tuple[str, str]] = []

    def credentials(anew: bool) -> tuple[str, str]:
        if anew or not held:
            value = json.loads(manager.get_secret_value(SecretId=arn)["SecretString"])
            held[:] = [(value["username"], value["password"])]
        return held[0]

    return credentials
