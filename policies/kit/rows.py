"""What a row is: a check that can be looked into, so that tests derive the edges of its bounds from the row itself."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec

from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check
from policies.kit.values import Value

Block = Mapping[str, Value]
"""A resource's properties, or a nested block."""

BlockCheck = Callable[[str, Block], Answers]
"""Answers on one block; the text is put before a property's name to tell where the block is."""

_P = ParamSpec("_P")


@dataclass(frozen=True, eq=False)
class Row:
    """A check made by a combinator.

    Attributes:
        name: The combinator's name.
        args: What it was given, by the names of its parameters, with their defaults; `checks` are the rows inside it.
        run: The check itself.
    """

    name: str
    args: Mapping[str, Any]
    run: Callable[..., Answers]

    def __call__(self, *subject: Any) -> Answers:
        """The answers on a resource, or on a block and where it is."""
        return self.run(*subject)

    @property
    def parts(self) -> tuple[Any, ...]:
        """The checks inside this one, rows and others."""
        return self.args.get("checks", ())


def _made(factory: Callable[..., Any]) -> Callable[..., Row]:
    signature = inspect.signature(factory)

    @wraps(factory)
    def make(*args: Any, **kwargs: Any) -> Row:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return Row(factory.__name__, bound.arguments, factory(*args, **kwargs))

    return make


def row(factory: Callable[_P, Check]) -> Callable[_P, Check]:
    """Decorator of a combinator that makes a check of a resource."""
    return _made(factory)


def block_row(factory: Callable[_P, BlockCheck]) -> Callable[_P, BlockCheck]:
    """Decorator of a combinator that makes a check of a block."""
    return _made(factory)


def applies_to(resource: Resource, kinds: str) -> bool:
    """Whether a resource is of one of these kinds, which are separated by blanks."""
    return resource.kind in kinds.split()
