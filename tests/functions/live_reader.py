"""A reader of the live counts as docs/realtime.md says that one works: what the service does for each browser that watches.

It begins with the counts, goes on with the changes, and begins anew where it cannot be certain that it has seen every one.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from functions.live.window import Keys
from functions.shared.tenants import Registry
from functions.shared.valkey import SECONDS, Valkey

BOOKKEEPING: Final = ("window", "number", "last", "at")
NOTHING: Final = "0-0"
CHECK_SECONDS: Final = 15
"""Between two looks at whether the tenant may watch."""


class EndedError(Exception):
    """The tenant may not watch, or nobody knows whether it may: what is open is closed, and nothing is begun."""


@dataclass
class Access:
    """Whether a tenant may watch: the cache's user is the service's, so that nothing else ends with the tenant's access.

    Attributes:
        registry: Read in the session of the tenant, which AWS refuses a suspended one besides.
        tenant: Whose.
        now: The clock, in seconds.
    """

    registry: Registry
    tenant: str
    now: Callable[[], float] = time.monotonic
    _until: float = 0

    def check(self) -> None:
        """Look, unless that was done within the last `CHECK_SECONDS`.

        Raises:
            EndedError: where the tenant is not active, and where the registry does not answer.
        """
        if self.now() < self._until:
            return
        try:
            status = self.registry.row(self.tenant).status
        except (ClientError, BotoCoreError) as error:
            raise EndedError("the registry does not answer") from error
        if status != "active":
            raise EndedError("the tenant is not active")
        self._until = self.now() + CHECK_SECONDS


class Place(NamedTuple):
    """Where a reader is, which a browser sends back as `Last-Event-ID`."""

    window: str
    number: int
    last: str

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place that a browser names; None where it names none."""
        found = re.fullmatch(r"([0-9a-f]{16})\.([0-9]{1,18})\.([0-9]{1,18}-[0-9]{1,18})", text, re.ASCII)
        return cls(found[1], int(found[2]), found[3]) if found else None

    def __str__(self) -> str:
        return ".".join(map(str, self))


class Event(NamedTuple):
    """What a browser is sent: `snapshot` with all counts, or `change` with those that are different."""

    kind: str
    id: str
    counts: dict[str, int]


@dataclass
class Browser:
    """What somebody sees.

    Attributes:
        counts: Name -> value.
        last_event_id: Where it goes on after it was away.
    """

    counts: dict[str, int] = field(default_factory=dict[str, int])
    last_event_id: str = ""

    def take(self, event: Event) -> None:
        """Show an event."""
        found = dict(event.counts) if event.kind == "snapshot" else self.counts | event.counts
        self.counts = {name: value for name, value in found.items() if value}
        self.last_event_id = event.id


@dataclass
class Reader:
    """Reads one dataset of one tenant on one day.

    Attributes:
        valkey: The cache, as the service's user.
        tenant: Whose; from the verified token, never from the request.
        dataset: Which.
        day: YYYY-MM-DD.
        access: Asked before anything is read.
        place: Where it is; None where it has to begin.
    """

    valkey: Valkey
    tenant: str
    dataset: str
    day: str
    access: Access
    place: Place | None = None
    _opened: int = 0

    def begin(self, last_event_id: str = "") -> list[Event]:
        """Begin, or go on where a browser was: with the changes since then, if all of them are still there.

        Raises:
            EndedError: where the tenant may not watch.
        """
        self.access.check()
        place = Place.parse(last_event_id)
        if place and self._is_there(place):
            self.place, self._opened = place, self.valkey.opened
            return list(self.follow())
        return [self.snapshot()]

    def follow(self, *, wait: int = 0) -> Iterator[Event]:
        """The changes that have come, or that come within `wait` milliseconds, which is less than `CHECK_SECONDS`.

        Raises:
            EndedError: where the tenant may not watch any more.
        """
        self.access.check()
        found = self._changes(self.place.last, wait) if self.place else []
        if self.place is None or self.valkey.opened != self._opened:
            # After a failover the new primary may lack what was read, and give its number to another change.
            yield self.snapshot()
            return
        for id, change in found:
            if (change["dataset"], change["day"]) != (self.dataset, self.day):
                self.place = self.place._replace(last=id)
                continue
            if (change["window"], int(change["number"])) != (self.place.window, self.place.number + 1):
                yield self.snapshot()
                return
            self.place = Place(change["window"], int(change["number"]), id)
            yield Event("change", str(self.place), {name: int(value) for name, value in json.loads(change["counts"]).items()})

    def snapshot(self) -> Event:
        """The counts and the last change, of one moment."""
        keys = Keys.of(self.tenant, self.dataset, self.day)
        newest = ["XREVRANGE", keys.changes, "+", "-", "COUNT", 1]
        counts, changes = self.valkey.together([["MULTI"], ["HGETALL", keys.counts], newest, ["EXEC"]])[-1]
        told = {name.decode(): value.decode() for name, value in zip(*[iter(counts)] * 2, strict=True)}
        self.place = Place(told.get("window", ""), int(told.get("number", 0)), changes[0][0].decode() if changes else NOTHING)
        self._opened = self.valkey.opened
        return Event("snapshot", str(self.place), {name: int(value) for name, value in told.items() if name not in BOOKKEEPING})

    def _changes(self, last: str, wait: int) -> list[tuple[str, dict[str, str]]]:
        stream = Keys.of(self.tenant, self.dataset, self.day).changes
        block = ("BLOCK", wait) if wait else ()
        found = self.valkey.call("XREAD", "COUNT", 1000, *block, "STREAMS", stream, last, wait=SECONDS + wait / 1000)
        return [(id.decode(), _fields(fields)) for _, entries in found or [] for id, fields in entries]

    def _is_there(self, place: Place) -> bool:
        """Whether the change that a browser had last is still kept, as it was: then so are those after it."""
        stream = Keys.of(self.tenant, self.dataset, self.day).changes
        found = self.valkey.call("XRANGE", stream, place.last, place.last)
        if not found:
            return False
        change = _fields(found[0][1])
        kept = (change["window"], int(change["number"])) == (place.window, place.number)
        return kept and (change["dataset"], change["day"]) == (self.dataset, self.day)


def _fields(fields: list[bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in zip(*[iter(fields)] * 2, strict=True)}
