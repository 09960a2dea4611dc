"""What happened, in the one form in which the notifier knows it, whatever it came as; and how foreign text is made harmless."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

State = Literal["firing", "resolved", "event"]
"""`firing` and `resolved` are an alarm's; an `event` has happened and does not end."""

LONGEST_TITLE: Final = 140
LONGEST_TEXT: Final = 1500
LONGEST_FACT: Final = 300
MOST_FACTS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One thing that people are told.

    Attributes:
        identity: What it is about, the same for each message about it, e.g. of the same alarm.
        state: Whether it goes on.
        at: When it came into that state, ISO 8601 in UTC.
        key: Kind of alarm, `<thing>-<symptom>`; empty where it is of no kind that is known.
        severity: `critical`, `warning` or `info`.
        title: What is the matter, one line.
        text: What is known of it.
        facts: Name -> value, e.g. the threshold.
        runbook: Address of its page; empty without one.
        graph: Address of its chart; empty without one.
        waits: Whether it may wait until people work, where its severity lets it; false of what is over by then.
        stack: Whose it is, where that is an environment on demand, which has no notifier; empty for the notifier's own.
    """

    identity: str
    state: State
    at: str
    severity: str
    title: str
    text: str
    key: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    runbook: str = ""
    graph: str = ""
    waits: bool = True
    stack: str = ""

    @property
    def thing(self) -> str:
        """What its kind is of: `database-cpu` is of `database`; `unknown` without a kind."""
        return self.key.partition("-")[0] or "unknown"

    def as_text(self) -> str:
        """The notice as the table keeps it."""
        return json.dumps(asdict(self))


def from_text(text: str) -> Notice:
    """The notice that `as_text` gave."""
    told = cast("dict[str, Any]", json.loads(text))
    told["facts"] = tuple((name, value) for name, value in told["facts"])
    return Notice(**known(Notice, told))


def known(kind: type[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What an item has of a dataclass: what another release wrote besides must keep nobody from being told."""
    return {each.name: told[each.name] for each in fields(kind) if each.name in told}


def reference(identity: str) -> str:
    """Six letters and digits by which people name it, e.g. to acknowledge it."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8])
    return "".join(alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(6))


def clean(value: object, longest: int) -> str:
    """Any value as harmless text: nothing that moves a cursor, turns the direction or hides, and no more than `longest`.

    Line breaks stay; see `line`.
    """
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    # Before anything else is done to it: what is huge is cut once.
    text = text[: 4 * longest].encode("utf-8", "replace").decode()
    kept = "".join(each if each in "\n " or each.isprintable() else " " for each in text).strip()
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def line(value: object, longest: int) -> str:
    """The same in one line."""
    return clean(" ".join(clean(value, 4 * longest).split()), longest)


def facts_of(found: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Facts, each in one line; what has no value is left out, and what is too much."""
    lines = ((line(name, 40), line(value, LONGEST_FACT)) for name, value in list(found.items())[:50])
    return tuple((name, value) for name, value in lines if name and value)[:MOST_FACTS]


def moment(text: object, otherwise: datetime) -> str:
    """A time as ISO 8601 in UTC; `otherwise` where `text` is none."""
    try:
        found = datetime.fromisoformat(str(text).strip())
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        found = otherwise
    return found.isoformat(timespec="milliseconds")
