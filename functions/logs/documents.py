"""What an event of a log is in the log domain: its document, in which index, and under which id."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from .archive import LEAST, Sent

QUARANTINE: Final = "quarantine"
"""In place of a class: the indexes of what no other takes."""
TYPED: Final = (
    *("service", "tier", "operation", "outcome", "tenant", "trace"),
    *("requests", "failed", "duration", "waited", "status"),
    *("level", "requestId"),
)
"""Members of a message in JSON with a field, and so a type, of their own: those of docs/telling.md, `status` of HTTP, and what
Lambda's own lines have. All others are found as texts, below `fields`.
"""
ERROR: Final = ("kind", "fingerprint")
"""Members of `error` that have a field, where it is one of docs/telling.md; elsewhere it may be a text."""
DIRECTIVE: Final = "_aws"
"""What makes metrics of a line, which says nothing of what happened."""
FIELDS_CHARACTERS: Final = 32_000
"""A longer message is text alone: Lucene takes 32,766 bytes in a term."""
FIELDS_DEPTH: Final = 50
"""A message of more objects and lists within each other is text alone: whoever reads or writes it might not get to the end."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document.

    Attributes:
        index: Where it belongs: `logs-<class>-<day>`, by the event's own time, so that it belongs to one index for ever.
        id: The event's.
        fields: What it says.
    """

    index: str
    id: str
    fields: dict[str, Any]

    def lines(self) -> bytes:
        """The two lines that create it, in a body in bulk; one that is there already stays as it is."""
        action = {"create": {"_index": self.index, "_id": self.id}}
        return f"{json.dumps(action)}\n{json.dumps(self.fields)}\n".encode()

    def quarantined(self, reason: str) -> "Document":
        """The same as text, with the reason why its own index takes no such document."""
        kept = ("@timestamp", "class", "group", "stream", "message")
        told = {name: self.fields[name] for name in kept}
        day = self.index[-10:]
        return Document(index=f"logs-{QUARANTINE}-{day}", id=self.id, fields={**told, "reason": reason})


def document(sent: Sent, event: dict[str, Any]) -> Document:
    """The document of an event.

    Raises:
        ValueError: on an event without id, time or message, or of a time that is none.
    """
    id_, timestamp, message = event.get("id"), event.get("timestamp"), event.get("message")
    if not (isinstance(id_, str) and id_ and isinstance(timestamp, int) and isinstance(message, str)):
        raise ValueError("an event without id, timestamp or message")
    try:
        when = datetime.fromtimestamp(timestamp / 1000, UTC)
    except (OverflowError, OSError):
        raise ValueError("an event of a time that is none") from None
    told = {
        "@timestamp": when.isoformat(timespec="milliseconds"),
        "class": sent.log_class,
        "group": sent.group,
        "stream": sent.stream,
        "message": message,
    }
    return Document(index=f"logs-{sent.log_class}-{when:%Y.%m.%d}", id=id_, fields={**told, **_members(message)})


def unreadable(key: str, what: str, reason: str, now: datetime) -> Document:
    """What stands for a part of an object that cannot be read: it is in S3 still, under that key."""
    told = {"@timestamp": now.isoformat(timespec="milliseconds"), "class": LEAST, "group": "", "stream": "", "message": key}
    fields = {**told, "reason": reason}
    # Of its key's own day: it is quarantined once, however often the object comes.
    id_ = hashlib.sha256(f"{key} {what}".encode()).hexdigest()
    return Document(index=f"logs-{QUARANTINE}-{now:%Y.%m.%d}", id=id_, fields=fields)


def _members(message: str) -> dict[str, Any]:
    """What a message in JSON says, by its members."""
    if not message.startswith("{") or len(message) > FIELDS_CHARACTERS:
        return {}
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    if _is_deep(told):
        return {}
    told.pop(DIRECTIVE, None)
    typed = {name: told.pop(name) for name in TYPED if told.get(name) is not None}
    error = told.get("error")
    if isinstance(error, dict) and error.keys() == {*ERROR}:
        typed["error"] = told.pop("error")
    return {**typed, "fields": told} if told else typed


def _is_deep(told: Any) -> bool:
    """Whether more than `FIELDS_DEPTH` objects and lists are within each other."""
    inside: list[Any] = [told]
    for _ in range(FIELDS_DEPTH):
        within = [each for each in inside if isinstance(each, dict | list)]
        inside = [child for each in within for child in (each.values() if isinstance(each, dict) else each)]
    return any(isinstance(each, dict | list) for each in inside)
