"""An event of the log domain as people read it."""

from collections.abc import Mapping
from typing import Any, Final

_PLACE: Final = ("id", "@timestamp", "class", "group", "stream", "message", "fields")
# Those of docs/telling.md that stand first, and the list whose largest value stands there by itself.
_FIRST: Final = ("service", "operation", "outcome", "error", "waited")


def said(event: Mapping[str, Any]) -> str:
    """What an event says: its message or, of a line as docs/telling.md has it, its members."""
    if not {"service", "outcome"} <= event.keys():
        return str(event["message"]).rstrip()
    error = event.get("error", {})
    first = (event["service"], event.get("operation"), event["outcome"], error.get("kind"), error.get("fingerprint"))
    members = {**event, **event.get("fields", {})}
    rest = [f"{name}={value}" for name, value in members.items() if name not in (*_PLACE, *_FIRST)]
    return " ".join([*(str(each) for each in first if each), *rest])
