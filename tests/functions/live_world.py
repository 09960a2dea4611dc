"""The function `live` on a real cache, as its own user, and a reader as the service's."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from components.data.cache_access import access_string
from functions.live.handler import Service
from functions.live.window import Keys, Windows, ends_at
from functions.shared.valkey import Valkey
from tests.functions.live_reader import Access, Reader
from tests.functions.world import ACME, World
from tests.valkey import HOST, Server, running

DAY = "2026-11-28"
USERS = {"live": access_string({"live": ["read", "write"]}), "realtime": access_string({"live": ["read"]})}
WORD = "p" * 16


def far_end(day: str) -> int:
    """When a window ends: by the clock of this machine, which knows nothing of the tests' days, never."""
    return ends_at(f"22{day[2:]}")


@dataclass
class Live:
    """The function and its cache.

    Attributes:
        lake: Registry and raw bucket.
        server: The cache.
        opened: Every client.
    """

    lake: World
    server: Server
    opened: list[Valkey] = field(default_factory=list[Valkey])

    def valkey(self, user: str, server: Server | None = None) -> Valkey:
        """A client as one of the users."""
        self.opened.append(Valkey(HOST, (server or self.server).port, lambda _: (user, WORD), context=None))
        return self.opened[-1]

    def service(self, *, replicas: bool = False) -> Service:
        """The function as a new process."""
        newest = self.lake.newest()
        windows = Windows(valkey=self.valkey("live"), replicas=replicas, ends=far_end)
        return Service(
            registry=newest.registry, sessions=newest.sessions, bucket=newest.bucket, windows=windows, now=lambda: self.lake.now
        )

    def take(self, *records: dict[str, Any]) -> list[bool]:
        """Hand it a batch; whether each was taken."""
        service = self.service()
        failed = {each["itemIdentifier"] for each in service.handle({"Records": list(records)})["batchItemFailures"]}
        service.windows.valkey.close()
        return [each["messageId"] not in failed for each in records]

    def reader(self, tenant: str = ACME, day: str = DAY) -> Reader:
        """A reader of a tenant's loans, as the service's user."""
        return Reader(self.valkey("realtime"), tenant, "loans", day, self.access(tenant))

    def access(self, tenant: str = ACME) -> Access:
        """What the service asks of the registry."""
        return Access(self.lake.newest().registry, tenant, now=lambda: self.lake.now.timestamp())

    def counts(self, tenant: str = ACME, day: str = DAY) -> dict[str, int]:
        """What is counted, whoever may watch it."""
        reader = self.reader(tenant, day)
        counts = reader.snapshot().counts
        reader.valkey.close()
        return {name: value for name, value in counts.items() if value}

    def all_keys(self) -> set[str]:
        """Every key of the cache."""
        administrator = self.server.administrator()
        found = {key.decode() for key in administrator.call("KEYS", "*")}
        administrator.close()
        return found

    def trim(self, tenant: str = ACME, kept: int = 1) -> None:
        """Drop all but the newest changes of a tenant."""
        administrator = self.server.administrator()
        administrator.call("XTRIM", Keys.of(tenant, "loans", DAY).changes, "MAXLEN", kept)
        administrator.close()

    def empty(self) -> None:
        """Take everything out, and end all connections."""
        while self.opened:
            self.opened.pop().close()
        self.lake.empty()
        self.server.empty()
        for user, access in USERS.items():
            self.server.allow(user, access, WORD)


@contextmanager
def live_world(lake: World) -> Generator[Live]:
    """A function with a cache of its own."""
    with running() as server:
        made = Live(lake, server)
        yield made
        made.empty()
