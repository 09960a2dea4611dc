"""Derives `values.json`: what AWS's own service models say about the values of properties of Pulumi resource types.

Run `python -m policies.feasibility.engine.generate_values` after an upgrade of pulumi-aws or botocore. Both must be installed;
the pack itself needs neither, and a test compares the file with what the installed versions give.

- `value_sources.tsv` names, for each resource type, the API inputs that its properties end up in:
  `service.Operation` or, where the API wraps them, `service.Operation.Member.Member`.
- A property is matched with a member of that input by name (any case, singular or plural, with or without the resource's own
  name in front: `name` is `FunctionName` of CreateFunction) and by form; nested blocks are followed in the same way.
- `value_overrides.tsv` says with a reason where that goes wrong: another member's name, `=` and a member of another input of
  the service, `-` for a property that takes another form than the API's member and so is left out, `~` for any case.
- `value_growing.tsv` lists enumerations that AWS extends often; a value that is not in them may be newer than the pack.
- Only properties that the installed SDK has, and constraints of the installed models, get into the file. What is left out for
  the form of a pattern is counted in it.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from policies.feasibility.engine.java_patterns import translate
from policies.feasibility.engine.sdk_types import Properties, Type, module_of, properties_of, resource_types
from policies.kit.resource import kind_of

HERE: Final = Path(__file__).parents[1] / "data"
VALUES: Final = HERE / "values.json"

Shape = Mapping[str, Any]
"""One shape of a botocore service model, with `shapes` of its service beside it (see `Model`)."""

SKIPPED: Final = frozenset({"region", "tags", "tagsAll"})
"""Properties of the provider itself, or judged by the rules about tags."""

DOCUMENTS: Final = {
    ("ecs/taskDefinition", "containerDefinitions"): "ecs.RegisterTaskDefinition.containerDefinitions",
    ("batch/jobDefinition", "containerProperties"): "batch.RegisterJobDefinition.containerProperties",
    ("batch/jobDefinition", "nodeProperties"): "batch.RegisterJobDefinition.nodeProperties",
}
"""Properties that hold JSON text of an API member: judged like nested blocks, with names and required members of the API."""

_PREFIXES: Final = (
    "Create",
    "Put",
    "Register",
    "Request",
    "Update",
    "Modify",
    "Add",
    "Import",
    "Start",
    "Set",
    "Run",
    "Publish",
)
_WRAPPERS: Final = ("configuration", "config", "settings", "setting", "options", "specification", "input")


@dataclass(frozen=True)
class Model:
    """The service model of botocore of one service."""

    service: str
    shapes: Mapping[str, Shape]
    operations: Mapping[str, Shape]

    def of(self, reference: Shape) -> Shape:
        """The shape that a member refers to, with what the member itself adds."""
        return {**self.shapes[reference["shape"]], "name": reference["shape"]}

    def input(self, path: str) -> tuple[Shape, str]:
        """The structure at `Operation.Member...`, and the noun of the operation in lower case."""
        operation, *members = path.split(".")
        shape = self.of(self.operations[operation]["input"])
        for member in members:
            while shape["type"] == "list":
                shape = self.of(shape["member"])
            shape = self.of(shape["members"][member])
        noun = next((operation.removeprefix(verb) for verb in _PREFIXES if operation.startswith(verb)), operation)
        return shape, plain(noun)


@cache
def model(service: str) -> Model:
    """The newest model of a service in the installed botocore."""
    from botocore.loaders import Loader

    data: Any = Loader().load_service_model(service, "service-2")
    return Model(service, data["shapes"], data["operations"])


def plain(name: str) -> str:
    """A name without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def stem(name: str) -> str:
    """A plain name in the singular."""
    text = plain(name)
    if text.endswith("ies"):
        return text[:-3] + "y"
    if text.endswith(("sses", "xes", "ches")):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith("ss") else text


def match(name: str, members: Mapping[str, Shape], noun: str) -> str | None:
    """The member that the property `name` ends up in, or None."""
    by_plain = {plain(member): member for member in members}
    if plain(name) in by_plain:
        return by_plain[plain(name)]
    by_stem = {stem(member): member for member in members}
    for candidate in (stem(name), noun + stem(name), *(word + stem(name) for word in _words(noun, members))):
        if candidate in by_stem:
            return by_stem[candidate]
    for suffix in _WRAPPERS:
        if stem(name) + suffix in by_plain or stem(name).removesuffix(stem(suffix)) in by_stem:
            return by_plain.get(stem(name) + suffix) or by_stem[stem(name).removesuffix(stem(suffix))]
    return None


def _words(noun: str, members: Mapping[str, Shape]) -> list[str]:
    """Parts of `noun` that members start with, as a shorter name of the resource: `filter` for a metric filter."""
    starts = (re.findall(r"^[a-z]+|[A-Z][a-z]+|[A-Z]+(?![a-z])", member) for member in members)
    found = {plain("".join(words[:count])) for words in starts for count in range(1, len(words))}
    return sorted((word for word in found if word in noun), key=lambda word: (noun.endswith(word), len(word)), reverse=True)


@dataclass
class Table:
    """The constraints found so far; patterns and enumerations are numbered, as most occur often."""

    enums: dict[tuple[str, ...], int] = field(default_factory=dict[tuple[str, ...], int])
    patterns: dict[str, int] = field(default_factory=dict[str, int])
    left_out: Counter[str] = field(default_factory=Counter[str])

    def leaf(self, form: str, shape: Shape, growing: frozenset[str], service: str, *, fold: bool) -> dict[str, Any]:
        """What the model says about one value: `enum`, `open` or `fold` (an enumeration), `length`, `pattern`, `range`."""
        found: dict[str, Any] = {}
        if shape["type"] in ("integer", "long", "float", "double"):
            found |= _bounds("range", shape)
        elif shape["type"] != "string" or form not in ("string", "any"):
            self.left_out["another form than the API's member"] += 1
        elif "enum" in shape:
            number = self.enums.setdefault(tuple(shape["enum"]), len(self.enums))
            found["fold" if fold else "open" if f"{service}.{shape['name']}" in growing else "enum"] = number
        else:
            found |= _bounds("length", shape)
            if "pattern" in shape and (pattern := self.pattern(shape["pattern"])):
                found["pattern"] = self.patterns.setdefault(pattern, len(self.patterns))
        return found

    def pattern(self, java: str) -> str | None:
        """The pattern as Python reads it, or None if it cannot mean the same (only `.` matches more: line breaks)."""
        python, why = translate(java)
        if why:
            self.left_out[f"pattern {why}"] += 1
        return python


def _bounds(name: str, shape: Shape) -> dict[str, Any]:
    low, high = shape.get("min"), shape.get("max")
    return {name: [low, high]} if high is not None or low not in (None, 0, -2147483648) else {}


@dataclass(frozen=True)
class Overrides:
    """`value_overrides.tsv`: (kind, path) -> the member's name, or `-`."""

    rows: Mapping[tuple[str, str], str]
    used: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def get(self, kind: str, path: str) -> tuple[tuple[str, str], str] | None:
        """The row about a property, of its kind or of `*`, and what it says."""
        keys = ((kind, path), ("*", path.rpartition(".")[2]))
        return next(((key, self.rows[key]) for key in keys if key in self.rows), None)


class Walk:
    """Matches one resource type with one API input and collects the constraints of its properties by path."""

    def __init__(self, kind: str, blocks: Mapping[str, Properties], source: str, table: Table, tables: "Tables") -> None:
        self.kind: Final = kind
        self.blocks: Final = blocks
        service, _, self.path = source.partition(".")
        self.model: Final = model(service)
        self.table: Final = table
        self.tables: Final = tables
        self.found: Final[dict[str, dict[str, Any]]] = {}
        self._open: Final[list[str]] = []

    def run(self, properties: Properties) -> dict[str, dict[str, Any]]:
        """Path -> constraints."""
        shape, noun = self.model.input(self.path)
        while shape["type"] == "list":
            shape = self.model.of(shape["member"])
        self._block(properties, shape, "", noun)
        return self.found

    def _block(self, properties: Properties, shape: Shape, path: str, noun: str) -> None:
        for name, type_ in properties.items():
            where = f"{path}.{name}" if path else name
            if (self.kind, where) in DOCUMENTS:
                self._document(where, DOCUMENTS[self.kind, where])
                continue
            row = self.tables.overrides.get(self.kind, where.replace("[]", ""))
            fold = row is not None and row[1] == "~"
            member = row[1] if row and not fold else match(name, shape["members"], noun)
            if (name in SKIPPED and not path) or member is None:
                continue
            target = self._elsewhere(member[1:]) if member.startswith("=") else self._at(shape, member)
            if row and (target is not None or member == "-"):
                self.tables.overrides.used.add(row[0])
            if target is not None:
                self._value(type_, {**target, "fold": fold}, where)

    def _elsewhere(self, member: str) -> Shape:
        """The shape at `service.Operation.Member...`; the models of one walk are of one service."""
        service, _, path = member.partition(".")
        if service != self.model.service:
            raise ValueError(f"{self.kind}: {member} is not of {self.model.service}")
        return self.model.input(path)[0]

    def _at(self, shape: Shape, path: str) -> Shape | None:
        for step in path.split("."):
            while shape["type"] == "list":
                shape = self.model.of(shape["member"])
            if step not in shape.get("members", {}):
                return None
            shape = self.model.of(shape["members"][step])
        return shape

    def _value(self, type_: Type, shape: Shape, path: str) -> None:
        if type_.form == "block":
            self._inside(type_, shape, path)
        elif type_.form == "list" and type_.of is not None:
            if shape["type"] == "structure" and "Items" in shape["members"]:
                shape = self.model.of(shape["members"]["Items"])
            if shape["type"] == "list":
                self._add(path, _bounds("size", shape))
                self._value(type_.of, self.model.of(shape["member"]), f"{path}[]")
            elif type_.of.form == "block":
                self._inside(type_.of, shape, f"{path}[]")
        elif type_.form == "map" and type_.of is not None:
            if shape["type"] == "map":
                self._add(path, _bounds("size", shape))
                self._add(f"{path}{{key}}", self._leaf("string", self.model.of(shape["key"])))
                self._value(type_.of, self.model.of(shape["value"]), f"{path}{{}}")
        else:
            if shape["type"] == "list" and "enum" in (element := self.model.of(shape["member"])):
                shape = element  # the provider takes the only element instead of a list of it
            if shape["type"] not in ("structure", "list", "map"):
                self._add(path, self._leaf(type_.form, shape))

    def _inside(self, type_: Type, shape: Shape, path: str) -> None:
        while shape["type"] == "list":
            shape = self.model.of(shape["member"])
        if (
            shape["type"] == "structure" and type_.block in self.blocks and type_.block not in self._open
        ):  # some hold themselves
            self._open.append(type_.block)
            self._block(self.blocks[type_.block], shape, path, plain(shape["name"]))
            self._open.pop()

    def _document(self, path: str, source: str) -> None:
        """The constraints inside JSON text: there, names are the API's own."""
        operation, _, member = source.removeprefix(f"{self.model.service}.").partition(".")
        shape = self.model.of(self.model.of(self.model.operations[operation]["input"])["members"][member])
        self._json(shape, f"{path}{{json}}")

    def _json(self, shape: Shape, path: str) -> None:
        if shape["type"] == "structure":
            if shape["name"] not in self._open:
                self._open.append(shape["name"])
                self._add(path, {"members": sorted(shape["members"]), "required": shape.get("required", [])})
                for name, reference in shape["members"].items():
                    self._json(self.model.of(reference), f"{path}.{name}")
                self._open.pop()
        elif shape["type"] == "list":
            self._json(self.model.of(shape["member"]), f"{path}[]")
        elif shape["type"] != "map":
            self._add(path, self._leaf("any", shape))

    def _leaf(self, form: str, shape: Shape) -> dict[str, Any]:
        fold = shape.get("fold", False)
        return self.table.leaf(form, shape, self.tables.growing, self.model.service, fold=fold)

    def _add(self, path: str, constraints: dict[str, Any]) -> None:
        if (self.kind, path) in self.tables.names:
            left = ("length", "pattern") if self.tables.names[self.kind, path] else ("length",)
            constraints = {name: value for name, value in constraints.items() if name not in left}
        if constraints:
            self.found[path] = constraints


@dataclass(frozen=True)
class Tables:
    """The hand-written tables."""

    sources: Mapping[str, tuple[str, ...]]
    overrides: Overrides
    growing: frozenset[str]
    names: Mapping[tuple[str, str], str]
    """(kind, property) of `names.tsv` -> its pattern: these names are judged there."""


def tables() -> Tables:
    """The hand-written tables as they are in this folder."""
    return Tables(
        {row["kind"]: tuple(row["inputs"].split()) for row in _rows("value_sources.tsv")},
        Overrides({(row["kind"], row["property"]): row["member"] for row in _rows("value_overrides.tsv")}),
        frozenset(row["enum"] for row in _rows("value_growing.tsv")),
        {(kind, row["property"]): row["pattern"] for row in _rows("names.tsv") for kind in row["kinds"].split()},
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def derive() -> dict[str, Any]:
    """The content of `values.json` for the installed versions.

    Raises:
        ValueError: if a hand-written table names a resource type or property that is not there.
    """
    table, hand = Table(), tables()
    files = resource_types()
    kinds: dict[str, dict[str, Any]] = {}
    for name, sources in sorted(hand.sources.items()):
        if name not in files:
            raise ValueError(f"value_sources.tsv: pulumi_aws has no resource type {name}")
        properties, blocks = properties_of(files[name]), module_of(files[name].parent).blocks
        found: dict[str, Any] = {}
        for source in sources:
            found = {**Walk(name, blocks, source, table, hand).run(properties), **found}
        if found:
            kinds.setdefault(kind_of(f"aws:{name}"), {}).update(found)
    unused = hand.overrides.rows.keys() - hand.overrides.used
    if unused:
        raise ValueError(f"value_overrides.tsv: no such properties: {sorted(unused)}")
    return {
        "botocore": version("botocore"),
        "pulumi_aws": version("pulumi-aws"),
        "left_out": dict(sorted(table.left_out.items())),
        "enums": [list(values) for values in table.enums],
        "patterns": list(table.patterns),
        "kinds": kinds,
    }


def text(content: Mapping[str, Any]) -> str:
    """`values.json`: one line for each kind, so that a change shows where it is."""
    kinds: Mapping[str, Any] = content["kinds"]
    head = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items() if key != "kinds"]
    body = ",\n".join(f" {json.dumps(kind)}: {json.dumps(found, separators=(',', ':'))}" for kind, found in kinds.items())
    return "{\n" + ",\n".join(head) + ',\n"kinds": {\n' + body + "\n}\n}\n"


if __name__ == "__main__":
    VALUES.write_text(text(derive()), encoding="utf-8")
