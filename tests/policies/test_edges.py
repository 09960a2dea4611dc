"""The edges of every bound in a table row, derived from the row: just inside passes, just outside is a finding."""

import gc
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from policies.kit.resource import Graph, Resource
from policies.kit.rows import Row
from policies.kit.rule import Rule
from policies.pack import PACK
from tests.policies.harness import struct, urn

Inputs = dict[str, Any]
Context = Callable[[Inputs], Inputs]
"""Puts a block where the row finds it, with what must hold for the row to be asked."""


@dataclass(frozen=True)
class Edge:
    """A value at a bound: the rule, the kind, the inputs, the path of the finding, and whether there is one."""

    rule: Rule
    kind: str
    inputs: Inputs
    path: str
    wrong: bool
    what: str


def put(inputs: Inputs, path: str, value: Any) -> Inputs:
    """`inputs` with a value at a dotted path, in which `name[]` stands for the only element of a list."""
    head, _, rest = path.partition(".")
    name = head.removesuffix("[]")
    inner: Any = value
    if rest:
        before = inputs.get(name, {})
        inner = put(dict(before[0] if isinstance(before, list) else before), rest, value)
    return {**inputs, name: [inner] if head.endswith("[]") else inner}


def at(path: str) -> str:
    """Where the finding is that `put` provokes."""
    return path.replace("[]", "[0]")


def other_than(values: Any, default: Any) -> Any:
    """A value that is none of `values`; None, for absent, where the default does."""
    if default not in values:
        return None
    return not default if isinstance(default, bool) else "other"


def context(row: Row, outer: Context) -> Context | None:
    """The context of the rows inside this one; None where it has none."""
    args = row.args
    simple = {"of", "all_of", "saying", "where_missing", "for_kinds", "except_where", "inherited", "in_production"}
    if row.name in simple:
        return outer
    if row.name == "each_block":
        return lambda block: outer(put({}, args["path"], block))
    if row.name == "inside":
        return lambda block: outer(put({}, args["path"], block))
    if row.name == "each_container":
        return lambda block: outer({args["path"]: json.dumps([block])})
    if row.name == "in_container":
        return lambda block: outer({args["path"]: json.dumps(block)})
    if row.name == "where_listed":
        return lambda block: outer(put(block, args["name"], [args["value"]]))
    if row.name == "json_text":
        return lambda block: outer({args["name"]: json.dumps(block)})
    if row.name == "where_given" or (row.name == "only_where" and not args["values"]):
        return lambda block: outer(block if args["name"] in block else put(block, args["name"], "given"))
    if row.name in ("when", "only_where"):
        return lambda block: outer(put(block, args["name"], next(iter(args["values"]))))
    if row.name == "unless":
        value = other_than(args["values"], args["default"])
        return lambda block: outer(block if value is None else put(block, args["name"], value))
    return None


def bounds(row: Row) -> Iterator[tuple[Inputs, str, bool, str]]:
    """Blocks at the row's bounds: the block, the property, whether it is wrong, and which bound that is."""
    args = row.args
    name: str = args.get("name") or args.get("path") or ""
    if row.name == "between":
        yield from numbers(name, args["low"], args["high"], args["also"], {})
    elif row.name == "range_by_table":
        for chosen, (low, high) in args["table"].items():
            yield from numbers(name, low, high, (), put({}, args["by"], chosen))
    elif row.name == "at_most":
        for value in (9, 10, 11):
            wrong = value > 10 or (value == 10 and args["strictly"])
            yield put(put({}, args["other"], 10), name, value), name, wrong, f"{value} of 10"
    elif row.name == "at_most_items":
        for count in (args["most"], args["most"] + 1):
            yield put({}, name, [f"e{n}" for n in range(count)]), name, count > args["most"], f"{count} items"
    elif row.name == "items_between":
        for count in range(max(args["least"] - 1, 0), args["most"] + 2):
            wrong = not args["least"] <= count <= args["most"]
            yield put({}, name, [f"e{n}" for n in range(count)]), name, wrong, f"{count} items"
    elif row.name == "size_at_most":
        for count in (args["most"], args["most"] + 1):
            yield put({}, name, "x" * count), name, count > args["most"], f"{count} {args['unit']}"
    elif row.name == "at_least":
        for value in (args["minimum"] - 1, args["minimum"]):
            yield put({}, name, value), name, value < args["minimum"], f"{value:g}"


def numbers(name: str, low: float, high: float, also: Any, block: Inputs) -> Iterator[tuple[Inputs, str, bool, str]]:
    for value in (low - 1, low, high, high + 1):
        if abs(value) != float("inf"):
            yield put(block, name, value), name, not low <= value <= high and value not in also, f"{value:g}"


def inside(check: object, outer: Context, where: str, kind: str) -> Iterator[tuple[Row, Context, str]]:
    """The rows with bounds at and below a check, each with its context and the path of the block that it judges."""
    if not isinstance(check, Row) or (check.name == "for_kinds" and kind not in check.args["kinds"].split()):
        return
    if any(True for _ in bounds(check)):
        yield check, outer, where
    inner = context(check, outer)
    prefix = {
        "each_block": "path",
        "inside": "path",
        "json_text": "name",
        "each_container": "path",
        "in_container": "path",
    }.get(check.name)
    for part in check.parts if inner is not None else ():
        yield from inside(part, inner or outer, f"{where}{at(check.args[prefix])}." if prefix else where, kind)


def edges() -> Iterator[Edge]:
    for rule in PACK.rules:
        for kind in rule.kinds:
            for row, outer, where in inside(rule.row, lambda block: block, "", kind):
                for block, name, wrong, what in bounds(row):
                    yield Edge(rule, kind, outer(block), where + at(name), wrong, f"{row.name} {name} {what}")


def findings(rule: Rule, kind: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    token = f"aws:{kind}:It"
    resource = Resource(urn=urn(token, "it"), token=token, message=struct(inputs), dependencies=(), property_dependencies={})
    resource.stack = Graph([resource])
    return [(found.path, found.expected) for found in rule.judge(resource, rule.defaults()).findings]


EDGES = list(edges())

BY_HAND: Mapping[str, str] = {}
"""Row with a bound that has no derived edge, because a written check calls it -> the cases that stand for it."""


def id_of(edge: Edge) -> str:
    return f"{edge.rule.pack}/{edge.rule.name}: {edge.kind} {edge.what}"


@pytest.mark.parametrize("edge", EDGES, ids=id_of)
def test_a_value_at_a_bound_is_judged_as_the_row_says(edge: Edge) -> None:
    found = findings(edge.rule, edge.kind, edge.inputs)
    there = [expected for path, expected in found if re.sub(r"\[\d+\]", "", path) == re.sub(r"\[\d+\]", "", edge.path)]
    said = [expected for expected in there if re.search(r"\d", expected) or "nothing" in expected or "one to" in expected]
    assert bool(said) is edge.wrong, (edge.inputs, found)


def test_every_bound_of_a_row_has_derived_edges_or_stands_here_with_its_cases() -> None:
    reached = {
        id(row) for rule in PACK.rules for kind in rule.kinds for row, _, _ in inside(rule.row, lambda block: block, "", kind)
    }
    missed = {
        f"{row.name} {row.args.get('name') or row.args.get('path')}"
        for row in gc.get_objects()
        if isinstance(row, Row) and id(row) not in reached and any(True for _ in bounds(row))
    }
    assert missed == BY_HAND.keys(), "has no derived edge"


def test_most_bounds_of_rows_are_derived() -> None:
    assert len(EDGES) >= 300
