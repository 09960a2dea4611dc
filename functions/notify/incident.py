"""An incident: something that people are told about, from its first message until it is over and told; and how it changes.

What is written here are values: `store.py` keeps them, `desk.py` tells people.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal, Self

from .notice import Notice, from_text, known, reference

Kind = Literal["alarm", "event", "storm", "report"]

SETTLED_SECONDS: Final = 600
"""So long after its last change an incident stays open: what comes back meanwhile is the same incident, in the same message."""
AHEAD: Final = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a channel was told last.

    Attributes:
        token: What tells it from what there is to tell now.
        state: The state that it was told.
        message: Slack's timestamp of the message; empty elsewhere.
        raised: When what it heard of had been raised; empty where an earlier release told it.
        cared: Whether it was told that somebody takes care of it.
    """

    token: str
    state: str
    message: str = ""
    raised: str = ""
    cared: bool = False


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """Who takes care of it, since when (ISO 8601), and until which second (Unix time) that holds; 0 until it is over."""

    by: str
    at: str
    until: int = 0


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident.

    Attributes:
        kind: What it is.
        notice: What was said last that is to be told: of an alarm that is over, why it was raised.
        state: `firing`, `resolved` or `event`.
        changed: When that began, ISO 8601.
        opened: When it fired first; empty for an alarm that came to be fine without having been heard of.
        raised: When it fired last: from then on somebody should acknowledge it.
        count: How often it came.
        teams: Who is told: the team it was routed to, and those it was escalated to.
        escalated: Steps of escalation that were taken.
        acknowledged: Who takes care of it.
        storm: Identity of the storm that tells it with others; empty where it is told by itself.
        joined: Since when it is in that, ISO 8601.
        told: Channel -> what it was told.
        lease: Who is telling people at the moment; nobody else does until `lease_until` (Unix time).
        version: Grows with each write.
    """

    kind: Kind
    notice: Notice
    state: str
    changed: str
    opened: str = ""
    raised: str = ""
    count: int = 1
    teams: tuple[str, ...] = ()
    escalated: int = 0
    acknowledged: Acknowledged | None = None
    storm: str = ""
    joined: str = ""
    told: Mapping[str, Told] = field(default_factory=dict[str, Told])
    lease: str = ""
    lease_until: float = 0
    version: int = 0

    @property
    def identity(self) -> str:
        """What it is about."""
        return self.notice.identity

    @property
    def reference(self) -> str:
        """What people call it by."""
        return reference(self.identity)

    @property
    def is_open(self) -> bool:
        """Whether it goes on, as far as anybody knows."""
        return self.state != "resolved"

    def goes_on(self, now: datetime) -> bool:
        """Whether it is not over; an event is once it does not come any more."""
        return self.is_open and not (self.state == "event" and self.is_settled(now))

    def is_news(self, told: Told, now: datetime) -> bool:
        """Whether who was told so is to hear anew: it is over, it came back, or who took care of it does so no more."""
        if told.state != self.state:
            return True
        return self.is_open and not self.cared_for(now) and (told.cared or told.raised not in ("", self.raised))

    def cared_for(self, now: datetime) -> bool:
        """Whether somebody has acknowledged it, and that still holds."""
        found = self.acknowledged
        return found is not None and (not found.until or found.until > now.timestamp())

    def is_settled(self, now: datetime) -> bool:
        """Whether nothing has changed for so long that the next message is another incident."""
        return now - datetime.fromisoformat(self.changed) >= timedelta(seconds=SETTLED_SECONDS)

    def numbered(self, version: int) -> Self:
        """Itself as that version."""
        return replace(self, version=version)

    def item(self) -> dict[str, Any]:
        """The attributes that the table keeps of it."""
        body = asdict(self) | {"notice": self.notice.as_text()}
        del body["version"]
        return {"version": self.version, "body": json.dumps(body)}

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Incident":
        """The incident of such attributes."""
        body: dict[str, Any] = json.loads(item["body"])
        body["notice"], body["teams"] = from_text(body["notice"]), tuple(body["teams"])
        body["told"] = {channel: Told(**known(Told, told)) for channel, told in body["told"].items()}
        body["acknowledged"] = body["acknowledged"] and Acknowledged(**known(Acknowledged, body["acknowledged"]))
        return cls(**known(cls, body), version=int(item["version"]))


def take(found: Incident | None, notice: Notice, *, team: str, now: datetime) -> Incident | None:
    """What becomes of an incident by a notice; None where the notice says nothing new, e.g. because it came twice.

    SQS hands out messages twice, and in another order than they were sent.
    """
    # A clock that is ahead must not make all that follows look old.
    at = min(datetime.fromisoformat(notice.at), now + AHEAD).isoformat(timespec="milliseconds")
    begins = "" if notice.state == "resolved" else at
    if found is None:
        kind: Kind = "event" if notice.state == "event" else "alarm"
        return Incident(kind=kind, notice=notice, state=notice.state, changed=at, opened=begins, raised=begins, teams=(team,))
    if notice.state == "event":
        return None if at <= found.changed else replace(found, changed=at, count=found.count + 1)
    if at < found.changed:
        # What began before it was over, and was not heard of: it is told, as what it was.
        unheard = notice.state == "firing" and not found.opened
        return replace(found, notice=notice, opened=at, raised=at, teams=(team,)) if unheard else None
    if at == found.changed and notice.state == found.state:
        return None
    if notice.state == "resolved":
        return replace(found, state="resolved", changed=at) if found.is_open else None
    if found.is_open:
        # ALARM after INSUFFICIENT_DATA, or the reverse: it goes on.
        return replace(found, notice=notice, changed=at)
    return replace(
        found,
        notice=notice,
        state="firing",
        changed=at,
        opened=found.opened or at,
        raised=at,
        count=found.count + 1 if found.opened else 1,
        acknowledged=None,
        escalated=0,
        teams=(team,),
    )
