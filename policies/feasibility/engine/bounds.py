"""Rows about one value of a block: what it is one of, which range it is in, how many elements it has."""

import re
from collections.abc import Callable, Collection, Mapping

from policies.kit.rows import Block, BlockCheck, block_row
from policies.kit.rule import NOT_JUDGED, Answers, Finding
from policies.kit.values import UNKNOWN, Value, as_bool, as_list, as_number, read


def _unless(
    name: str,
    wrong: Callable[[Value], bool],
    expected: str,
    *,
    detail: str = "",
    answer: str = "",
    shown: Callable[[Value], Value] = lambda value: value,
) -> BlockCheck:
    """The property is not wrong; in `answer` stands `{value}` for what is there, `shown` makes of it what is told."""

    def check(where: str, block: Block) -> Answers:
        value = read(block, name)
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif wrong(value):
            yield Finding(f"{where}{name}", shown(value), expected, detail=detail, answer=answer.format(value=value))

    return check


@block_row
def choice(name: str, allowed: Collection[Value]) -> BlockCheck:
    """The property, where it is set, has one of these values."""
    expected = " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in allowed)
    right = (None, "", *allowed)
    return _unless(name, lambda value: value not in right and as_bool(value) not in allowed, expected, detail=name)


@block_row
def between(
    name: str,
    low: float,
    high: float,
    *,
    unit: str = "",
    also: Collection[float] = (),
    whole: bool = False,
    step: float = 0,
    required: bool = False,
    answer: str = "",
    detail: str | None = None,
) -> BlockCheck:
    """The number, where it is set, is in this range or one of `also`; a `whole` one, a multiple of `step`, or one that is
    `required`, if it says so.

    In `answer` stands `{value}` for what is there; `detail` is the property's name unless it is given.
    """
    expected = f"{''.join(f'{value:g} or ' for value in also)}{low:g} to {high:g}{unit and ' '}{unit}"

    def wrong(value: Value) -> bool:
        number = as_number(value)
        if number is None:
            return required
        outside = not low <= number <= high or (whole and number % 1) or (step and number % step)
        return bool(outside) and number not in also

    return _unless(name, wrong, expected, detail=name if detail is None else detail, answer=answer)


@block_row
def items_between(name: str, least: int, most: int, expected: str, *, answer: str = "", detail: str = "") -> BlockCheck:
    """The list has so many elements; an absent one has none."""
    return _unless(
        name, lambda value: not least <= len(as_list(value)) <= most, expected, detail=detail, answer=answer, shown=as_list
    )


@block_row
def wanted(
    name: str, allowed: Collection[Value], expected: str, *, default: Value = None, answer: str = "", detail: str = ""
) -> BlockCheck:
    """The property has one of these values; `default` is what AWS assumes where it is absent."""

    def wrong(value: Value) -> bool:
        return as_bool(default if value is None else value) not in allowed

    return _unless(name, wrong, expected, detail=detail, answer=answer, shown=as_bool)


@block_row
def at_most(name: str, other: str, *, default: float | None = None, strictly: bool = False) -> BlockCheck:
    """The number `name` is at most (or, strictly, below) the number `other`; `default` is AWS's own value of `other`."""

    def check(where: str, block: Block) -> Answers:
        value, limit = read(block, name), read(block, other)
        if value is None or (limit is None and default is None):
            return
        if value is UNKNOWN or limit is UNKNOWN:
            yield NOT_JUDGED
            return
        number, bound = as_number(value), as_number(default if limit is None else limit)
        if number is not None and bound is not None and (number >= bound if strictly else number > bound):
            relation = "less than" if strictly else "at most"
            yield Finding(f"{where}{name}", value, f"{relation} {other}, which is {bound:g}", detail=name)

    return check


@block_row
def range_by_table(
    name: str, by: str, table: Mapping[Value, tuple[float, float]], *, default: Value = None, unit: str = ""
) -> BlockCheck:
    """The number, where it is set, is in the range that `table` has for the value of `by`; a value without a row has no range.

    `default` is what AWS assumes where `by` is absent.
    """

    def check(where: str, block: Block) -> Answers:
        value, chosen = read(block, name), read(block, by)
        number = as_number(value)
        if value is None:
            return
        if value is UNKNOWN or chosen is UNKNOWN:
            yield NOT_JUDGED
            return
        chosen = default if chosen is None else chosen
        low, high = table.get(chosen, (float("-inf"), float("inf")))
        if number is not None and not low <= number <= high:
            expected = f"{low:g} to {high:g}{unit and ' '}{unit}, because {by} is {chosen}"
            yield Finding(f"{where}{name}", value, expected, detail=name)

    return check


@block_row
def at_most_items(name: str, most: int, what: str, *, detail: str | None = None) -> BlockCheck:
    """The list has at most so many elements; `detail` is the property's name unless it is given."""

    def count(value: Value) -> int:
        return len(as_list(value))

    told = name if detail is None else detail
    return _unless(name, lambda value: count(value) > most, f"at most {most} {what}", detail=told, shown=count)


@block_row
def size_at_most(name: str, most: int, size: Callable[[Value], int], unit: str, *, answer: str = "") -> BlockCheck:
    """The property, where it is set, has at most this size, which `size` tells in `unit`."""
    return _unless(
        name,
        lambda value: value is not None and size(value) > most,
        f"at most {most}",
        answer=answer,
        shown=lambda value: f"{size(value)} {unit}",
    )


@block_row
def form_by_table(name: str, by: str, table: Mapping[Value, tuple[str, str]]) -> BlockCheck:
    """The text, where it is set, has the form (regular expression, words) that `table` has for the value of `by`.

    A value without a row has no form; the value of `by` is the finding's detail.
    """

    def check(where: str, block: Block) -> Answers:
        value, chosen = read(block, name), read(block, by)
        if value is UNKNOWN or chosen is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and chosen in table:
            pattern, expected = table[chosen]
            if not re.fullmatch(pattern, value, re.DOTALL):
                yield Finding(f"{where}{name}", value, expected, detail=str(chosen))

    return check
