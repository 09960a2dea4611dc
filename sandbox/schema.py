"""What the installed pulumi_aws says about a resource type: its inputs, its outputs and their shapes.

Importing pulumi_aws to ask would cost seconds, so the one module that defines the type is parsed instead, and the answer
is kept in a small file next to the sandbox's state.
"""

from __future__ import annotations

import ast
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Shape = Any
"""`"str" | "int" | "float" | "bool" | "any"`, `["list", shape]`, `["map", shape]` or `{property: shape}`."""

_SCALARS = {"str": "str", "int": "int", "float": "float", "bool": "bool"}
_FORMAT = 1
"""Raised when the parser learns something new, so that what older clones remember is read again."""


class UnknownTypeError(Exception):
    """The installed pulumi_aws has no such resource type."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One resource type of pulumi_aws.

    type: its token, such as `aws:ec2/vpc:Vpc`.
    inputs: camel-case name -> whether the SDK demands a value.
    outputs: camel-case name -> shape, of every property of the resource ("any" where only the program gives the value).
    always: the outputs that hold a value even where the program gives none (AWS computes it, or there is a default).
    """

    type: str
    inputs: dict[str, bool] = field(default_factory=dict[str, bool])
    outputs: dict[str, Shape] = field(default_factory=dict[str, Shape])
    always: tuple[str, ...] = ()

    @property
    def has_default_tags(self) -> bool:
        """Whether the provider merges its default tags into this type."""
        return "tags" in self.inputs and self.outputs.get("tagsAll") == ["map", "str"]


class Schema:
    """Reads resource types from the package at `package`, remembering each in `cache`."""

    def __init__(self, package: Path, cache: Path) -> None:
        self._package = package
        self._cache = cache
        self._types: dict[str, ResourceType] = {}

    def resource_type(self, token: str) -> ResourceType:
        """The type behind a token such as `aws:ec2/vpc:Vpc`; `UnknownTypeError` when the SDK has none."""
        known = self._types.get(token)
        if known is None:
            known = self._types[token] = self._cached(token) or self._parse(token)
        return known

    def _file(self, token: str) -> Path:
        return self._cache / (re.sub(r"\W", "-", token) + ".json")

    def _cached(self, token: str) -> ResourceType | None:
        try:
            known = json.loads(self._file(token).read_text())
        except (OSError, ValueError):
            return None
        if known.get("format") != _FORMAT:
            return None
        return ResourceType(type=token, inputs=known["inputs"], outputs=known["outputs"], always=tuple(known["always"]))

    def _parse(self, token: str) -> ResourceType:
        name = token.rpartition(":")[2]
        source = self._source(token)
        classes = {node.name: node for node in ast.parse(source.read_text()).body if isinstance(node, ast.ClassDef)}
        shapes = _Shapes(source.parent / "outputs.py")
        inputs = {
            prop: not _optional(_argument(hint))
            for prop, hint in _properties(classes.get(f"{name}Args") or classes[f"{name}InitArgs"])
        }
        outputs: dict[str, Shape] = {}
        always: list[str] = []
        for prop, hint in _properties(classes[name]):
            value = _argument(hint)
            outputs[prop] = "any"
            if not _optional(value):
                outputs[prop] = shapes.of(value)
                always.append(prop)
        self._cache.mkdir(parents=True, exist_ok=True)
        draft = self._file(token).with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"format": _FORMAT, "inputs": inputs, "outputs": outputs, "always": always}))
        draft.replace(self._file(token))
        return ResourceType(type=token, inputs=inputs, outputs=outputs, always=tuple(always))

    def _source(self, token: str) -> Path:
        _, _, rest = token.partition(":")
        module, _, name = rest.partition(":")
        folder = self._package / module.partition("/")[0]
        if not folder.is_dir():
            folder = folder.with_name(folder.name + "_") if folder.with_name(folder.name + "_").is_dir() else self._package
        likely = folder / f"{_snake(name)}.py"
        others = (path for path in sorted(folder.glob("*.py")) if path != likely)
        for path in (likely, *others):
            if path.is_file() and f"'{token}'" in path.read_text():
                return path
        raise UnknownTypeError(f"the installed pulumi_aws has no resource type {token}")


class _Shapes:
    """Turns type hints into shapes, reading nested classes from the module's outputs.py when one is met."""

    def __init__(self, outputs: Path) -> None:
        self._outputs = outputs
        self._text: str | None = None

    def of(self, hint: ast.expr, depth: int = 0) -> Shape:
        if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
            return self._nested(hint.value.rpartition(".")[2], depth)
        if isinstance(hint, ast.Attribute):
            return _SCALARS.get(hint.attr, "any")
        if isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Name):
            if hint.value.id == "Optional":
                return self.of(hint.slice, depth)
            if hint.value.id == "Sequence":
                return ["list", self.of(hint.slice, depth)]
            if hint.value.id == "Mapping" and isinstance(hint.slice, ast.Tuple):
                return ["map", self.of(hint.slice.elts[1], depth)]
        return "any"

    def _nested(self, name: str, depth: int) -> Shape:
        if depth > 2:  # Deeper objects are never computed by AWS; some types (WAF statements) nest without end.
            return "any"
        if self._text is None:
            self._text = self._outputs.read_text() if self._outputs.is_file() else ""
        found = re.search(rf"^(?:@pulumi\.output_type\n)?class {name}\(dict\):\n(?:[ \t].*\n|\n)*", self._text, re.MULTILINE)
        if found is None:
            return "any"
        (node,) = (node for node in ast.parse(found.group(0)).body if isinstance(node, ast.ClassDef))
        return {prop: self.of(hint, depth + 1) for prop, hint in _properties(node)}


def _properties(node: ast.ClassDef) -> list[tuple[str, ast.expr]]:
    """Name as the engine spells it, and type hint, of every property that carries `@pulumi.getter`."""
    found: list[tuple[str, ast.expr]] = []
    for item in node.body:
        if not isinstance(item, ast.FunctionDef) or item.returns is None:
            continue
        for decorator in item.decorator_list:
            if (
                isinstance(decorator, ast.Call)
                and isinstance(decorator.func, ast.Attribute)
                and decorator.func.attr == "getter"
            ):
                found.append(
                    (next(ast.literal_eval(key.value) for key in decorator.keywords if key.arg == "name"), item.returns)
                )
            elif isinstance(decorator, ast.Attribute) and decorator.attr == "getter":
                found.append((item.name, item.returns))
    return found


def _argument(hint: ast.expr) -> ast.expr:
    """`T` of `pulumi.Input[T]` or `pulumi.Output[T]`."""
    return hint.slice if isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Attribute) else hint


def _optional(hint: ast.expr) -> bool:
    return isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Name) and hint.value.id == "Optional"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
