"""Tests of single values: what would be right where a value is not one of a list, too long, of another form or out of range."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache, partial
from typing import Any, Final, cast

from policies.kit.values import Value, as_number

Test = Callable[[Value], str]
"""Says what would be right where a value is wrong, else an empty string."""

Bounds = list[float | None]
"""Least and greatest; None where there is no limit."""

_LONG: Final = 256


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


@cache
def misspelled(values: tuple[str, ...]) -> Test:
    """The value differs from one of `values` in case or punctuation only."""
    known = frozenset(values)
    plain = {_plain(value): value for value in values}

    def test(value: Value) -> str:
        meant = plain.get(_plain(value)) if isinstance(value, str) and value not in known else None
        return f"{meant!r} (spelled exactly so)" if meant else ""

    return test


@cache
def unlisted(values: tuple[str, ...]) -> Test:
    """The value is none of `values`, and no misspelling of one."""
    known = frozenset(values)
    plain = {_plain(value) for value in values}
    expected = f"one of {', '.join(values)}" if len(values) <= 14 else ""

    def test(value: Value) -> str:
        if not isinstance(value, str) or not value or value in known or _plain(value) in plain:
            return ""
        close = get_close_matches(value, values, n=3, cutoff=0.5) or sorted(values)[:5]
        return expected or f"one of {len(values)} values, such as {', '.join(close)}"

    return test


@cache
def folded(values: tuple[str, ...]) -> Test:
    """The value is none of `values`, in any case."""
    known = frozenset(value.lower() for value in values)
    expected = f"one of {', '.join(values)}"
    return lambda value: expected if isinstance(value, str) and value and value.lower() not in known else ""


@cache
def pattern_test(pattern: str) -> Test:
    """A long text is judged by simple patterns only: several repetitions in one pattern can take cubic time."""
    compiled = cache(lambda: re.compile(pattern, re.ASCII | re.DOTALL))
    expected = f"a text like {pattern}" if len(pattern) <= 160 else "a text of another form"
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", pattern)
    most = 1_000_000 if len(re.findall(r"[*+]|,\}", bare)) <= 1 else _LONG

    def test(value: Value) -> str:
        judged_text = isinstance(value, str) and 0 < len(value) <= most
        return expected if judged_text and not compiled().fullmatch(value) else ""

    return test


def _counted(types: tuple[type, ...], unit: str, bounds: Bounds, *, zero: bool = False) -> Test:
    """A text or list has so many characters or elements; an empty one counts where `zero` does."""
    expected = f"{_between(bounds)} {unit}"
    return lambda value: expected if isinstance(value, types) and (value or zero) and not _within(len(value), bounds) else ""


_length: Final = partial(_counted, (str,), "characters")
_size: Final = partial(_counted, (list, dict), "elements")


def _range(bounds: Bounds, *, zero: bool = False) -> Test:
    """Zero stands for "not set" in most properties of the provider, so it is taken where AWS wants at least one."""
    expected = _between(bounds)

    def test(value: Value) -> str:
        number = _number(value)
        return expected if number is not None and (number or zero) and not _within(number, bounds) else ""

    return test


def _choice(texts: list[str]) -> Test:
    """One of these numbers."""
    known = {float(text) for text in texts}
    expected = f"one of {', '.join(texts)}"
    return lambda value: "" if (number := _number(value)) is None or number in known else expected


def _multiple(texts: list[str]) -> Test:
    """A multiple of the first number, or one of the others."""
    step, others = float(texts[0]), {float(text) for text in texts[1:]}
    expected = f"{', '.join(texts[1:])} or a multiple of {texts[0]}"
    return lambda value: (
        "" if (number := _number(value)) is None or number in others or (number > 0 and number % step == 0) else expected
    )


def _number(value: Value) -> float | None:
    return None if isinstance(value, (bool, list, dict)) else as_number(value)


def _members(names: list[str]) -> Test:
    """The names in JSON text are the API's; the provider reads them in any case and drops others without a word."""
    known = frozenset(name.lower() for name in names)

    def test(value: Value) -> str:
        for name in cast(dict[str, Value], value) if isinstance(value, dict) else ():
            if name.lower() not in known:
                close = get_close_matches(name, names, n=1)
                return f"no {name!r}" + (f"; did you mean {close[0]!r}?" if close else ", which the API does not know")
        return ""

    return test


def _required(names: list[str]) -> Test:
    wanted = [(name, name.lower()) for name in names]

    def test(value: Value) -> str:
        there = {name.lower() for name in cast(dict[str, Value], value)} if isinstance(value, dict) else None
        missing = [name for name, lower in wanted if there is not None and lower not in there]
        return f"also {', '.join(missing)}" if missing else ""

    return test


def _within(number: float, bounds: Bounds) -> bool:
    low, high = bounds
    return (low is None or number >= low) and (high is None or number <= high)


def _between(bounds: Bounds) -> str:
    low, high = bounds
    if high is None:
        return f"at least {low:g}"
    return f"{low:.15g} to {high:.15g}" if low is not None else f"at most {high:.15g}"


OF_MODEL: Final[dict[str, Callable[[Any], Test]]] = {
    "pattern": pattern_test,
    "length": _length,
    "size": _size,
    "range": _range,
    "members": _members,
    "required": _required,
}
"""Name of a constraint in `values.json` -> its test."""


def of_row(name: str, text: str, *, zero: bool) -> Test:
    """The test of a row of `value_extras.tsv`; `zero` says that 0 and empty texts count as values."""
    if name == "pattern":
        return pattern_test(text)
    if name in ("choice", "multiple"):
        return (_choice if name == "choice" else _multiple)(text.split("|"))
    bounds: Bounds = [float(part) if part else None for part in text.split("..")]
    return {"length": _length, "size": _size, "range": _range}[name](bounds, zero=zero)
