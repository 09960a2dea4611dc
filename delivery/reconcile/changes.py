"""Judges what `up` would change after a failover: nothing but what a list allows, each with its reason."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

Op = Literal["create", "update", "delete", "replace"]

_NO_CHANGE: Final = ("same", "read", "refresh")
# A replacement is told in three steps.
_COMMON: Final[Mapping[str, Op]] = {
    "create-replacement": "replace",
    "delete-replaced": "replace",
}


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """A change that may be made without anybody looking at it.

    Attributes:
        op: What is done.
        type: Pulumi's type of the resource.
        name: Pattern of its name.
        properties: For an update or a replacement, the only ones that may differ.
        why: Why it comes with a failover, and does no harm.
    """

    op: Op
    type: str
    name: str
    properties: frozenset[str] = frozenset()
    why: str


def _allowed(op: Op, type_: str, name: str, *properties: str, why: str) -> Allowed:
    return Allowed(op=op, type=type_, name=name, properties=frozenset(properties), why=why)


_SKIP: Final = "skipFinalSnapshot"
_FLEET: Final = "a fleet has instances only in a region that is active"

ALLOWED: Final = (
    _allowed(
        "update",
        "aws:rds/instance:Instance",
        "*",
        "finalSnapshotIdentifier",
        # Off only: `_properties`.
        _SKIP,
        # The class of what holds data, `RecoveryClass`.
        "tags",
        why="RDS takes no last snapshot of a replica, and must take one of what was promoted, which nobody follows yet",
    ),
    # Nothing of a selection can be changed, and it holds no data: what was backed up stays in the vault.
    # github.com/hashicorp/terraform-provider-aws, internal/service/backup/selection.go: `resources` forces a new one
    _allowed(
        "replace",
        "aws:backup/selection:Selection",
        "*",
        "resources",
        why="a replica is not backed up, and what was promoted is",
    ),
    # The one thing that goes: it is no thing with data, and would ring for ever.
    _allowed(
        "delete",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "*-replica-lag",
        why="what was promoted follows nobody, and the alarm counts missing data as a lag",
    ),
    _allowed(
        "create",
        "aws:lambda/invocation:Invocation",
        "*-users",
        why="users are kept in a database that is written to",
    ),
    _allowed("update", "aws:cloudwatch/dashboard:Dashboard", "*", "dashboardBody", why="its rows tell of the alarms above"),
    _allowed("create", "aws:cloudwatch/metricAlarm:MetricAlarm", "*", why="an alarm more changes nothing else"),
    _allowed("create", "aws:autoscaling/group:Group", "*", why=_FLEET),
    _allowed("create", "aws:autoscaling/policy:Policy", "*", why=_FLEET),
    _allowed("create", "aws:autoscaling/schedule:Schedule", "*", why=_FLEET),
)
"""Everything else is a person's to look at."""

STRANDED: Final = "an earlier `up` was cut off while it created this"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change that `up` would make.

    Attributes:
        op: What is done; as the engine calls it where it is no common one.
        urn: To what.
        properties: What differs; empty where it is created or deleted.
        why: Why it may be, or why not.
    """

    op: str
    urn: str
    properties: tuple[str, ...] = ()
    why: str

    def __str__(self) -> str:
        """For people: "update urn:...: tags, name (why)"."""
        told = f": {', '.join(self.properties)}" if self.properties else ""
        return f"{self.op} {self.urn}{told} ({self.why})"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a preview comes to.

    Attributes:
        made: What `up` may change.
        refused: What stops it.
    """

    made: tuple[Change, ...]
    refused: tuple[Change, ...]


def judge(steps: Iterable[Mapping[str, Any]], stranded: frozenset[str] = frozenset()) -> Verdict:
    """Judge the `steps` of `pulumi preview --json`.

    `stranded` are the URNs that an `up` was creating when it was cut off: to create them now is what was asked for then.
    """
    made: list[Change] = []
    refused: list[Change] = []
    together: dict[tuple[str, str], set[str]] = {}
    for step in steps:
        op = str(step["op"])
        if op not in _NO_CHANGE:
            together.setdefault((_COMMON.get(op, op), step["urn"]), set()).update(_properties(step))
    for (op, urn), properties in together.items():
        told = tuple(sorted(properties)) if op in ("update", "replace") else ()
        allowed = _which(op, urn, told, stranded)
        change = Change(op=op, urn=urn, properties=told, why=allowed or "not on the list of delivery/reconcile/changes.py")
        (made if allowed else refused).append(change)
    return Verdict(made=tuple(made), refused=tuple(refused))


def _which(op: str, urn: str, properties: tuple[str, ...], stranded: frozenset[str]) -> str:
    """Why a change may be made; empty where it may not."""
    if op == "create" and urn in stranded:
        return STRANDED
    _, _, kind, name = urn.split("::", 3)
    for allowed in ALLOWED:
        fits = op == allowed.op and kind.rpartition("$")[2] == allowed.type and fnmatchcase(name, allowed.name)
        # An update whose properties nobody tells is none that can be judged.
        if fits and (op in ("create", "delete") or (properties and allowed.properties.issuperset(properties))):
            return allowed.why
    return ""


def _properties(step: Mapping[str, Any]) -> set[str]:
    """The properties that differ, by their first name: `tags` for `tags.Owner`, `resources` for `resources[2]`.

    A last snapshot that would be skipped from now on, or for which nobody knows, is a property of its own, on no list.
    """
    told = [*(step.get("detailedDiff") or {}), *(step.get("diffReasons") or ()), *(step.get("replaceReasons") or ())]
    found = {re.split(r"[.\[]", each, maxsplit=1)[0] for each in told}
    inputs = (step.get("newState") or {}).get("inputs")
    if _SKIP in found and (inputs is None or inputs.get(_SKIP, False) is not False):
        found.add(f"{_SKIP} other than false")
    return found
