"""What no two stacks may both have, whoever names whom: a stack against the files of all others.

A new stack begins as a copy of one that works, and AWS finds what was left in it at the `up`, or nobody does.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from components.base.problems import Line
from settings import on_demand

Values = Mapping[str, Any]

_ACCOUNT: Final = ("aws:allowedAccountIds", 0)
_BUDGET: Final = ("dataconnect:budget",)
_ZONE: Final = ("dataconnect:dns", "zone")
_RECOVERY_REGION: Final = ("dataconnect:recoveryRegion",)
_STANDBY: Final = ("dataconnect:standby",)
_ACTIVE: Final = ("dataconnect:active",)


def conflicts(stack: str, own: Values, others: Mapping[str, Values]) -> Iterator[Line]:
    """A line for each value of `stack` that another stack has and only one can have.

    `own` and the values of `others`, by the stack's name, are merged configurations.
    """
    for name, other in others.items():
        file = f"Pulumi.{name}.yaml"
        if _shared(own, other, *_ACCOUNT):
            if _at(own, *_BUDGET) and _at(other, *_BUDGET):
                advice = f"expected none: {file} has one of the same account, and what an account costs is one sum"
                yield Line(path=_BUDGET, says="is there", advice=advice)
            # An environment on demand runs the images of the stack that it stands beside.
            if _shared(own, other, "aws:region") and name != on_demand.of(own) and stack != on_demand.of(other):
                yield from _repositories(own, other, file)
        if (zone := _shared(own, other, *_ZONE)) is not None:
            advice = f"expected another zone: {file} has it, and the parent zone delegates to one of the two only"
            yield Line(path=_ZONE, says=f"is {zone!r}", advice=advice)
        yield from _recovery(stack, own, other, file)


def _repositories(own: Values, other: Values, file: str) -> Iterator[Line]:
    taken = [_at(other, "dataconnect:services", service, "repository") for service in _services(other)]
    for service in _services(own):
        path = ("dataconnect:services", service, "repository")
        if (repository := _at(own, *path)) in taken:
            advice = f"expected a repository of its own: {file} makes this one in the same account and region"
            yield Line(path=path, says=f"is {repository!r}", advice=advice)


def _recovery(stack: str, own: Values, other: Values, file: str) -> Iterator[Line]:
    """The two ends of a failover: what the primary copies to is where its recovery stands, and there is one of these."""
    if other.get("dataconnect:role") != "recovery":
        return
    if other.get("dataconnect:primaryStack") == stack:
        mine, theirs = _at(own, *_RECOVERY_REGION), other.get("aws:region")
        if mine != theirs:
            says = "is missing" if mine is None else f"is {mine!r}"
            yield Line(path=_RECOVERY_REGION, says=says, advice=f"expected {theirs}, aws:region of {file}, its recovery stack")
        yield from _one_active(own, other, file)
    elif own.get("dataconnect:role") == "recovery" and (primary := _shared(own, other, "dataconnect:primaryStack")):
        advice = f"expected another stack: {file} is the recovery of this one"
        yield Line(path=("dataconnect:primaryStack",), says=f"is {primary!r}", advice=advice)


def _one_active(primary: Values, recovery: Values, file: str) -> Iterator[Line]:
    """One end is active. The primary tells it alone: what a failover runs on the other must not wait for the primary's file."""
    standby, active = _is_on(primary, _STANDBY), _is_on(recovery, _ACTIVE)
    if active and not standby:
        advice = f"expected true: {file} says active, and there is one active region"
        yield Line(path=_STANDBY, says="is false", advice=advice)
    elif standby and not active:
        yield Line(path=_STANDBY, says="is true", advice=f"expected false, or active: true in {file}: nobody would be active")


def _is_on(values: Values, path: tuple[str, ...]) -> bool:
    return _at(values, *path) in (True, "true")


def _services(values: Values) -> list[str]:
    found = values.get("dataconnect:services")
    return [*cast("dict[str, object]", found)] if isinstance(found, dict) else []


def _shared(own: Values, other: Values, *path: str | int) -> object:
    """What both say at `path`, None where they differ or say nothing."""
    mine = _at(own, *path)
    return mine if mine == _at(other, *path) else None


def _at(values: object, *path: str | int) -> object:
    for key in path:
        try:
            values = cast("dict[str | int, object]", values)[key]
        except (KeyError, IndexError, TypeError):
            return None
    return values
