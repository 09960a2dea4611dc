"""Values that AWS does not take: outside an enumeration, a range, a length, a pattern or a number of elements.

The constraints come from AWS's service models by way of `values.json` (see `generate_values.py`) and, where the models are
silent, from the documentation (`value_extras.tsv`). One walk over a resource's properties serves all rules of this file.
"""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine import value_tests
from policies.feasibility.engine.value_tests import Test
from policies.kit.resource import Resource, parse_json, per_resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, NotJudged, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_DATA: Final = Path(__file__).parents[2] / "data"
_STEP: Final = re.compile(r"\[\]|\{\}|\{key\}|\{json\}|[^.\[\]{}]+")

ENUM, OPEN, FOLD, LENGTH, PATTERN, RANGE, SIZE = "enum", "open", "fold", "length", "pattern", "range", "size"
UNSURE, MEMBERS, REQUIRED = "unsure", "members", "required"


@dataclass
class Node:
    """What is known about the values at one property path."""

    tests: list[tuple[str, Test]] = field(default_factory=list[tuple[str, Test]])
    inside: dict[str, "Node"] = field(default_factory=dict[str, "Node"])
    asked: set[str] = field(default_factory=set[str])
    """Which rules read this value or something inside it."""

    def at(self, path: str, rule: str) -> "Node":
        """The node at a path such as `rules[].transitions[].storageClass`, made if it is new."""
        node = self
        for step in _STEP.findall(path):
            node.asked.add(rule)
            node = node.inside.setdefault(step, Node())
        node.asked.add(rule)
        return node


@cache
def model() -> Mapping[str, Any]:
    """The content of `values.json`."""
    return json.loads((_DATA / "values.json").read_text(encoding="utf-8"))


@cache
def extras() -> Mapping[str, list[Mapping[str, str]]]:
    """The rows of `value_extras.tsv` by kind."""
    table: defaultdict[str, list[Mapping[str, str]]] = defaultdict(list)
    with (_DATA / "value_extras.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            for kind in row["kinds"].split():
                table[kind].append(row)
    return table


def kinds() -> str:
    """All kinds that are judged here, separated by blanks."""
    return " ".join(sorted({*model()["kinds"], *extras()}))


@cache
def tree(kind: str) -> Node:
    """The constraints of one kind, ready for the walk."""
    root = Node()
    content = model()
    for path, constraints in content["kinds"].get(kind, {}).items():
        for name, value in constraints.items():
            if name in (ENUM, OPEN, FOLD):
                _enumerate(root, path, name, tuple(content["enums"][value]))
            else:
                given = content["patterns"][value] if name == PATTERN else value
                root.at(path, name).tests.append((name, value_tests.OF_MODEL[name](given)))
    for row in extras().get(kind, []):
        name, _, text = row["constraint"].partition(" ")
        rule = UNSURE if row["confidence"] == "inferred" else name
        if name in (ENUM, FOLD):
            _enumerate(root, row["property"], rule, tuple(text.split("|")))
        else:
            rule = RANGE if rule in ("choice", "multiple") else rule
            test = value_tests.of_row(name, text, zero="zero" in row["confidence"])
            root.at(row["property"], rule).tests.append((rule, test))
    return root


def _enumerate(root: Node, path: str, rule: str, values: tuple[str, ...]) -> None:
    """A value that is only spelled otherwise is wrong, whatever may have been added to the enumeration since."""
    if rule == FOLD:
        root.at(path, ENUM).tests.append((ENUM, value_tests.folded(values)))
        return
    root.at(path, ENUM).tests.append((ENUM, value_tests.misspelled(values)))
    root.at(path, rule).tests.append((rule, value_tests.unlisted(values)))


@per_resource
def judged(resource: Resource) -> Mapping[str, list[Finding | NotJudged]]:
    """The answers on one resource by rule."""
    found: defaultdict[str, list[Finding | NotJudged]] = defaultdict(list)
    for rule, answer in _walk(tree(resource.kind), resource.properties, ""):
        found[rule].append(answer)
    return found


def _walk(node: Node, value: Value, path: str) -> Iterator[tuple[str, Finding | NotJudged]]:
    if value is None:
        return
    if value is UNKNOWN:
        yield from ((rule, NOT_JUDGED) for rule in sorted(node.asked))
        return
    for rule, test in node.tests:
        expected = test(value)
        if expected:
            yield rule, Finding(path, value, expected, re.sub(r"\[\d+\]", "", path))
    document = node.inside.get("{json}")
    if document is not None:
        parsed = parse_json(value)
        if not isinstance(parsed, str):
            yield from _walk(document, parsed, path)
    elif isinstance(value, list):
        element = node.inside.get("[]", node)
        for index, inner in enumerate(cast(list[Value], value)):
            if element is not node or isinstance(inner, dict):
                yield from _walk(element, inner, f"{path}[{index}]")
    elif isinstance(value, dict) and node.inside:
        if "[]" in node.inside:
            node = node.inside["[]"]
        keys, values = node.inside.get("{key}"), node.inside.get("{}")
        for key, inner in cast(dict[str, Value], value).items():
            where = f"{path}.{key}" if path else key
            if keys is not None:
                yield from _walk(keys, key, where)
            child = (
                values
                or node.inside.get(key)
                or (node.inside.get(key[:1].lower() + key[1:]) if MEMBERS in node.asked else None)
            )
            if child is not None:
                yield from _walk(child, inner, where)


def _answers(rule: str) -> Check:
    def check(resource: Resource) -> Answers:
        return judged(resource).get(rule, ())

    return check


_CHANGE: Final = "Change the value; the property's description in the provider's documentation lists what is allowed."
_TABLE: Final = (
    (ENUM, "value-enum", "F401", "Values are among those that AWS takes, spelled exactly.", _CHANGE),
    (
        OPEN,
        "value-enum-growing",
        "F402",
        "Values are among those that AWS took when the pack was made, where AWS adds new ones often.",
        "Check the spelling; if AWS has added the value since, upgrade the pack.",
    ),
    (LENGTH, "value-length", "F403", "Texts are as long as AWS allows.", "Shorten or lengthen the text."),
    (PATTERN, "value-pattern", "F404", "Texts have the form that AWS asks for.", _CHANGE),
    (RANGE, "value-range", "F405", "Numbers are within the range that AWS allows.", "Choose a number within the range."),
    (
        SIZE,
        "value-count",
        "F406",
        "Lists and maps have as many elements as AWS allows.",
        "Remove or add elements, or spread them over several resources.",
    ),
    (
        UNSURE,
        "value-unsure",
        "F407",
        "Values are within limits that AWS documents for the usual case or has changed before.",
        "Check the current quota of the service.",
    ),
    (
        MEMBERS,
        "document-members",
        "F408",
        "JSON documents have names that the API knows; others are dropped without a word.",
        "Correct the name, or remove the member.",
    ),
    (
        REQUIRED,
        "document-required",
        "F409",
        "JSON documents have the members that the API requires.",
        "Add the missing members.",
    ),
)
"""Constraint, the name and id of its rule, description, remediation."""

for _constraint, _name, _id, _description, _remediation in _TABLE:
    rules.named(_name, _id, "ecs/taskDefinition batch/jobDefinition" if _constraint in (MEMBERS, REQUIRED) else kinds()).add(
        _answers(_constraint),
        description=_description,
        remediation=_remediation,
    )
