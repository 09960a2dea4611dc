"""What a preview or an update takes away: replacements and deletions, and which of them hold state."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.controls.resilience.protection import rules
from policies.evidence.rebuilds import rebuilt_by
from policies.kit.resource import ROOT, kind_of

STATEFUL: Final = frozenset(next(rule for rule in rules.list if rule.name == "stateful-protected").kinds)
"""Kinds of resource that hold state: those that `stateful-protected` judges. What is protected counts, too, whatever it is."""

_REPLACED: Final = ("replace", "create-replacement", "delete-replaced")
_SHOWN: Final = 10
_STATE: Final = "STATE"


@dataclass(frozen=True)
class Step:
    """One step of the engine: `op` on the resource `urn` of type `token`, which is `protected` or not.

    `rebuilt_by` are the properties for whose change AWS builds the resource anew, though the engine updates it in place.
    """

    op: str
    urn: str
    token: str
    protected: bool
    rebuilt_by: tuple[str, ...] = ()

    @property
    def holds_state(self) -> bool:
        """Whether what it touches holds state."""
        return self.protected or kind_of(self.token) in STATEFUL


def step(op: object, urn: object, state: Mapping[str, Any] | None, planned: Mapping[str, Any] | None) -> Step:
    """The step of an event or of a preview's JSON; `state` is the resource's old state, `planned` its new one."""
    if (state or {}).get("retainOnDelete"):
        op = "discard"  # it leaves the stack and stays in AWS
    token = str(urn).split("::")[2].rpartition("$")[2] if str(urn).count("::") >= 3 else ""
    old, new = ((each or {}).get("inputs") or {} for each in (state, planned))
    return Step(
        str(op), str(urn), token, bool((state or {}).get("protect")), rebuilt_by(token, old, new) if op == "update" else ()
    )


def losses(steps: Iterable[Step]) -> list[str]:
    """A sentence on what is replaced and one on what is deleted, with the names of what holds state; none where nothing is."""
    # One resource has several steps, and not each of them knows that it was protected.
    steps = sorted(steps, key=lambda each: each.holds_state)
    replaced = {each.urn: each for each in steps if each.op in _REPLACED}
    deleted = {each.urn: each for each in steps if each.op == "delete" and each.urn not in replaced}
    return [_sentence(list(found.values()), verb) for found, verb in ((replaced, "replaced"), (deleted, "deleted")) if found]


def rebuilds(steps: Iterable[Step]) -> list[str]:
    """A sentence on each resource that AWS builds anew behind an update in place; none where nothing is."""
    found = {each.urn: each for each in steps if each.rebuilt_by}
    return [
        f"{urn.rpartition('::')[2]} ({each.token}) for {', '.join(each.rebuilt_by)}: AWS builds all its nodes anew beside "
        "the old ones and moves the data (blue/green); it takes as many nodes again for hours, and no other change meanwhile"
        for urn, each in found.items()
    ]


def holds_state(loss: str) -> bool:
    """Whether a sentence of `losses` tells of state."""
    return _STATE in loss


def counts(steps: Iterable[Step]) -> dict[str, int]:
    """Operation -> how many resources, as `losses` counts them; the stack itself is not one."""
    steps = [each for each in steps if each.token != ROOT]
    replaced = {each.urn for each in steps if each.op in _REPLACED}
    found = {(each.urn, "replace" if each.urn in replaced else each.op) for each in steps}
    return dict(sorted(Counter(op for _, op in found).items()))


def _sentence(found: Sequence[Step], verb: str) -> str:
    what = f"1 resource is {verb}" if len(found) == 1 else f"{len(found)} resources are {verb}"
    stateful = [each for each in found if each.holds_state]
    if not stateful:
        return f"{what}, none that holds state"
    names = ", ".join(f"{each.urn.rpartition('::')[2]} ({each.token})" for each in stateful[:_SHOWN])
    more = f" and {len(stateful) - _SHOWN} more" if len(stateful) > _SHOWN else ""
    return f"{what}; {len(stateful)} of them HOLD{'S' if len(stateful) == 1 else ''} {_STATE}: {names}{more}"
