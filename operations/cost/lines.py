"""One line of an estimate: how much of what a resource takes in a month."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from operations.cost.amounts import Amount, exactly
from operations.cost.awake import HOURS
from operations.cost.resources import Resource
from operations.cost.usage import Usage

Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a resource takes.

    Attributes:
        resource: Which.
        says: What it is, for people.
        key: Its price.
        amount: How much a month, in the price's unit, while the environment is awake all of it; None where nobody knows.
        sleeps: Whether nothing of it is paid while the environment sleeps.
        used: Whether it depends on how much the stack is used.
    """

    resource: Resource
    says: str
    key: str
    amount: Amount | None
    sleeps: bool = False
    used: bool = False


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a pricer may look at besides the resource.

    Attributes:
        resources: All of the stack.
        usage: How much it is used.
    """

    resources: Sequence[Resource]
    usage: Usage
    _known: dict[object, Any] = field(default_factory=dict[object, Any])

    def of(self, type: str) -> Iterable[Resource]:
        """The stack's resources of a type."""
        return (resource for resource in self.resources if resource.type == type)

    def once(self, type: str, find: Callable[[Iterable[Resource]], Found]) -> Found:
        """What `find` makes of the stack's resources of a type; it is looked for once."""
        if find not in self._known:
            self._known[find] = find(self.of(type))
        return self._known[find]


Pricer = Callable[[Resource, Context], Iterable[Line]]


def by_hour(resource: Resource, says: str, key: str, count: Decimal | int | None = 1, *, sleeps: bool = False) -> Line:
    """A line of something that costs by the hour, `count` times."""
    amount = None if count is None else exactly(count).times(HOURS)
    return Line(resource=resource, says=says, key=key, amount=amount, sleeps=sleeps)


def fixed(resource: Resource, says: str, key: str, count: Decimal | int | None = 1) -> Line:
    """A line of something that costs by the month, `count` times."""
    return Line(resource=resource, says=says, key=key, amount=None if count is None else exactly(count))


def used(resource: Resource, says: str, key: str, amount: Amount, *, kept: bool = False) -> Line:
    """A line of something that is used; what is kept, e.g. stored, is paid asleep, too."""
    return Line(resource=resource, says=says, key=key, amount=amount, sleeps=not kept, used=True)
