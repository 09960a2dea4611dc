"""Checks on the shape of a resource or of its blocks: what excludes, what requires and what bounds what."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from policies.kit.resource import Resource
from policies.kit.rows import Block, BlockCheck, block_row, row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_bool, as_list, given, read


def as_block(value: Value) -> Block:
    """A block; an empty one in place of anything else."""
    return cast(Block, value) if isinstance(value, Mapping) else {}


def blocks(resource: Resource, path: str) -> Iterator[tuple[str, Block]]:
    """The blocks at `path` (`name[]` stands for a list's elements) with the path of each.

    Raises:
        UnknownValueError: on the first block that is unknown.
    """
    for where, value in resource.each(path):
        for block in as_list(value):
            if block is UNKNOWN:
                raise UnknownValueError
            if isinstance(block, Mapping):
                yield where, cast(Block, block)


@row
def of(*checks: BlockCheck) -> Check:
    """The checks on the resource's own properties; a resource without any stands for one that is described elsewhere."""

    def check(resource: Resource) -> Answers:
        for part in checks if resource.properties else ():
            yield from part("", resource.properties)

    return check


@row
def each_block(path: str, *checks: BlockCheck) -> Check:
    """The checks on every block at `path`."""

    def check(resource: Resource) -> Answers:
        for where, value in resource.each(path):
            yield from _inner(where, value, checks)

    return check


@block_row
def inside(path: str, *checks: BlockCheck) -> BlockCheck:
    """The checks on every block at `path` of the block itself."""
    return lambda where, block: _inner(f"{where}{path}", read(block, path), checks)


def _inner(where: str, value: Value, checks: tuple[BlockCheck, ...]) -> Answers:
    """The checks on a block, or on each of a list of blocks."""
    for block in [UNKNOWN] if value is UNKNOWN else as_list(value):
        if block is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(block, Mapping):
            for part in checks:
                yield from part(f"{where}.", cast(Block, block))


@block_row
def saying(
    answer: str,
    *checks: BlockCheck,
    expected: str = "",
    detail: str | None = None,
    shown: Value | Callable[[Value], Value] = None,
) -> BlockCheck:
    """The checks, with what AWS answers to just these mistakes and, where it is given, what else is told of them.

    In the texts stand `{name}` for the block's own properties; `shown` is what to show in place of the value, or makes it of
    the value.
    """

    def check(where: str, block: Block) -> Answers:
        for part in checks:
            for found in part(where, block):
                if isinstance(found, Finding):
                    found = replace(
                        found,
                        value=found.value if shown is None else shown(found.value) if callable(shown) else shown,
                        expected=filled(expected, block) or found.expected,
                        detail=found.detail if detail is None else filled(detail, block),
                        answer=filled(answer, block) or found.answer,
                    )
                yield found

    return check


def filled(text: str, block: Block) -> str:
    """A text with the block's own properties in place of `{name}`."""
    return re.sub(r"\{([\w.]+)\}", lambda found: str(read(block, found[1])), text)


@block_row
def only_one(names: str) -> BlockCheck:
    """At most one of these properties is set."""

    def check(where: str, block: Block) -> Answers:
        found = [name for name in names.split() if given(read(block, name))]
        for name in found[1:]:
            yield Finding(f"{where}{name}", read(block, name), f"nothing, because {found[0]} is set", detail=name)

    return check


@block_row
def some_of(names: str) -> BlockCheck:
    """At least one of these properties is set."""

    def check(where: str, block: Block) -> Answers:
        parts = names.split()
        if not any(given(read(block, name)) for name in parts):
            yield Finding(f"{where}{parts[0]}", read(block, parts[0]), _either(parts), detail=parts[0])

    return check


def _either(names: list[str]) -> str:
    return f"one of {', '.join(names)}" if len(names) > 1 else "a value"


@block_row
def exactly_one(names: str) -> BlockCheck:
    """One of these properties is set, and only one."""
    none, several = some_of(names), only_one(names)

    def check(where: str, block: Block) -> Answers:
        yield from none(where, block)
        yield from several(where, block)

    return check


def _each(names: str, expected: str, *, is_set: bool, answer: str = "", detail: str | None = None) -> BlockCheck:
    """Each of these is set, or each is not; `detail` is the property's name unless it is given."""

    def check(where: str, block: Block) -> Answers:
        for name in names.split():
            if given(read(block, name)) is not is_set:
                told = name if detail is None else detail
                yield Finding(f"{where}{name}", read(block, name), expected, detail=told, answer=answer)

    return check


@block_row
def requires(name: str, others: str) -> BlockCheck:
    """Where `name` is set, every one of `others` is set, too."""
    return where_given(name, _each(others, f"a value, because {name} is set", is_set=True))


@block_row
def requires_one(name: str, others: str) -> BlockCheck:
    """Where `name` is set, at least one of `others` is set, too."""

    def check(where: str, block: Block) -> Answers:
        parts = others.split()
        if given(read(block, name)) and not any(given(read(block, other)) for other in parts):
            yield Finding(f"{where}{name}", read(block, name), f"nothing, or also {_either(parts)}", detail=name)

    return check


@block_row
def forbids(name: str, others: str) -> BlockCheck:
    """Where `name` is set, none of `others` is."""
    return where_given(name, _each(others, f"nothing, because {name} is set", is_set=False))


@block_row
def present(names: str, because: str) -> BlockCheck:
    """All of these are set."""
    return _each(names, f"a value, {because}", is_set=True)


@block_row
def absent(names: str, because: str, *, detail: str | None = None) -> BlockCheck:
    """None of these is set; `detail` is the property's name unless it is given."""
    return _each(names, f"nothing, {because}", is_set=False, detail=detail)


@block_row
def needs(name: str, expected: str, *, answer: str = "", detail: str = "") -> BlockCheck:
    """This is set; `expected` says what it would be."""
    return _each(name, expected, is_set=True, answer=answer, detail=detail)


@block_row
def when(name: str, values: Collection[Value], *checks: BlockCheck, default: Value = None) -> BlockCheck:
    """The checks where the property has one of these values; `default` is what AWS assumes where it is absent."""
    return _switched(name, lambda value: value in values, default, checks)


@block_row
def unless(name: str, values: Collection[Value], *checks: BlockCheck, default: Value = None) -> BlockCheck:
    """The checks where the property has none of these values; `default` is what AWS assumes where it is absent."""
    return _switched(name, lambda value: value not in values, default, checks)


def _switched(name: str, holds: Callable[[Value], bool], default: Value, checks: tuple[BlockCheck, ...]) -> BlockCheck:
    def check(where: str, block: Block) -> Answers:
        value = as_bool(read(block, name))
        if value is UNKNOWN:
            if any(True for part in checks for _ in part(where, block)):
                yield NOT_JUDGED
        elif holds(default if value is None else value):
            for part in checks:
                yield from part(where, block)

    return check


@block_row
def where_given(name: str, *checks: BlockCheck) -> BlockCheck:
    """The checks where the property is set."""
    return _where(lambda block: given(read(block, name)), checks)


@block_row
def where_missing(names: str | Collection[str], *checks: BlockCheck) -> BlockCheck:
    """The checks where none of these properties is set."""
    parts = names.split() if isinstance(names, str) else names
    return _where(lambda block: not any(given(read(block, name)) for name in parts), checks)


def _where(holds: Callable[[Block], bool], checks: tuple[BlockCheck, ...]) -> BlockCheck:
    def check(where: str, block: Block) -> Answers:
        for part in checks if holds(block) else ():
            yield from part(where, block)

    return check


@block_row
def json_text(name: str, *checks: BlockCheck, known: str = "") -> BlockCheck:
    """The checks on the object in a property that holds JSON text, or none; `known`: the only names that it may have.

    Text that is no JSON is the finding of the rule about JSON texts.
    """

    def check(where: str, block: Block) -> Answers:
        text = read(block, name)
        if text is UNKNOWN:
            yield NOT_JUDGED
            return
        try:
            value = None if text in (None, "") else parsed(text)
        except ValueError:
            return
        if isinstance(value, Mapping):
            inner = cast(Block, value)
            for other in sorted(inner.keys() - set(known.split())) if known else ():
                yield Finding(f"{where}{name}", other, f"only {' and '.join(known.split())}", detail=other)
            for part in checks:
                yield from part(f"{where}{name}.", inner)
        elif value is not None:
            yield Finding(f"{where}{name}", text, "a JSON object", detail="json")

    return check


def distinct(resource: Resource, path: str, what: str) -> Answers:
    """The values at `path` differ from each other."""
    seen: dict[Value, str] = {}
    for where, value in resource.each(path):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value is not None:
            if value in seen:
                yield Finding(where, value, f"a {what} of its own; {seen[value]} has it already", detail=str(value))
            seen.setdefault(value, where)


def parsed(value: Value) -> Any:
    """JSON text as its value; objects as they are.

    Raises:
        UnknownValueError: if it is known only after deployment.
        ValueError: if it is not JSON; the message says where.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} at line {error.lineno} column {error.colno}") from error


def json_object(value: Value) -> Block | None:
    """The object in a JSON text; None where it is none.

    Raises:
        UnknownValueError: if it is known only after deployment.
    """
    try:
        found = parsed(value)
    except ValueError:
        return None
    return cast(Block, found) if isinstance(found, Mapping) else None


def contains_unknown(value: Value) -> bool:
    """Whether any part of a nested value is unknown."""
    if isinstance(value, Mapping):
        return any(contains_unknown(inner) for inner in cast(Mapping[str, Value], value).values())
    if isinstance(value, list):
        return any(contains_unknown(inner) for inner in cast(list[Value], value))
    return value is UNKNOWN
