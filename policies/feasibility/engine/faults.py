"""Faults: what is wrong in a block where some conditions on its properties hold together."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from policies.feasibility.engine.shapes import filled
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding
from policies.kit.values import UNKNOWN, Value, as_bool, as_number, given, read


@dataclass(frozen=True)
class Condition:
    """What properties of a block are like: the name of the first one, and whether it holds (None: the plan does not say)."""

    name: str
    holds: Callable[[Block], bool | None]


def _valued(name: str, test: Callable[[Value], bool], default: Value) -> Condition:
    def holds(block: Block) -> bool | None:
        value = as_bool(read(block, name))
        return None if value is UNKNOWN else test(default if value is None else value)

    return Condition(name, holds)


def on(name: str) -> Condition:
    """The switch is true; it is off where it is absent."""
    return _valued(name, lambda value: value is True, default=False)


def off(name: str) -> Condition:
    """The switch is not true; it is off where it is absent."""
    return _valued(name, lambda value: value is not True, default=False)


def said(names: str) -> Condition:
    """One of these properties is set: a value that is not known yet is."""
    parts = names.split()
    return Condition(parts[0], lambda block: any(given(read(block, name)) for name in parts))


def unsaid(names: str) -> Condition:
    """None of these properties is set: a value that is not known yet is."""
    parts = names.split()
    return Condition(parts[0], lambda block: not any(given(read(block, name)) for name in parts))


def is_one(name: str, *values: Value, default: Value = None) -> Condition:
    """The property has one of these values; `default` is what AWS assumes where it is absent."""
    return _valued(name, lambda value: value in values, default)


def is_other(name: str, *values: Value, default: Value = None) -> Condition:
    """The property has another value than these; `default` is what AWS assumes where it is absent."""
    return _valued(name, lambda value: value not in values, default)


def like(name: str, pattern: str) -> Condition:
    """The property is a text that matches the regular expression as a whole; an absent one is empty."""
    form = re.compile(pattern, re.DOTALL)
    return _valued(name, lambda value: isinstance(value, str) and form.fullmatch(value) is not None, default="")


def unlike(name: str, pattern: str) -> Condition:
    """The property is a text, not an empty one, that does not match the regular expression as a whole."""
    form = re.compile(pattern, re.DOTALL)
    return _valued(name, lambda value: isinstance(value, str) and value != "" and not form.fullmatch(value), default="")


def number(name: str, test: Callable[[float], bool], *, default: float | None = None) -> Condition:
    """The property is a number for which the test holds; `default` is what AWS assumes where it is absent."""
    return _valued(name, lambda value: (found := as_number(value)) is not None and test(found), default)


@dataclass(frozen=True)
class Fault:
    """A check of a block: where all conditions hold, the property `name` is wrong; unknown where one is and the others hold.

    In `expected`, `detail` and `answer` stand `{name}` for the block's own properties; `shown` is what to show in place of the
    value, or makes it of the value.
    """

    conditions: tuple[Condition, ...]
    name: str = ""
    expected: str = ""
    detail: str = ""
    answer: str = ""
    shown: Value | Callable[[Value], Value] = None

    def wrong(
        self, expected: str, detail: str = "", *, about: str = "", shown: Value | Callable[[Value], Value] = None
    ) -> "Fault":
        """The last condition's property, or the one at `about`, is wrong."""
        return replace(self, name=about or self.conditions[-1].name, expected=expected, detail=detail, shown=shown)

    def says(self, answer: str) -> "Fault":
        """This is what AWS answers to it."""
        return replace(self, answer=answer)

    def __call__(self, where: str, block: Block) -> Answers:
        """The finding, if it is one."""
        held = [condition.holds(block) for condition in self.conditions]
        if None in held and False not in held:
            yield NOT_JUDGED
        elif all(held):
            value = read(block, self.name)
            shown = value if self.shown is None else self.shown(value) if callable(self.shown) else self.shown
            texts = (filled(text, block) for text in (self.expected, self.detail, self.answer))
            yield Finding(f"{where}{self.name}", shown, *texts)


def where_all(*conditions: Condition) -> Fault:
    """Where all of these conditions hold, `.wrong(...)`."""
    return Fault(conditions)


def plain_number(value: Value) -> Value:
    """A number as a text without a needless fraction; None where there is none."""
    found = as_number(value)
    return None if found is None else f"{found:g}"
