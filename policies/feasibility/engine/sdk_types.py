"""Reads the installed pulumi_aws as source text: the input properties of its resource types and of their nested blocks."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_TOKEN: Final = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_SIGNATURE: Final = re.compile(r"def (?:__init__|_internal_init)\(.*?\):(?=\n)", re.DOTALL)
_GETTER: Final = re.compile(r'@pulumi\.getter\(name="(\w+)"\)\s+(?:@_utilities\.deprecated\(.*?\)\s+)?def (\w+)\(', re.DOTALL)
_SCALARS: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "AssetOrArchive": "asset"}
_ASSETS: Final = ("Archive", "Asset", "AssetOrArchive")


@dataclass(frozen=True)
class Type:
    """The type of a property.

    Attributes:
        form: string, integer, number, boolean, asset, list, map, block or any.
        of: Type of the elements of a list or of the values of a map.
        block: Name of the class of a block.
    """

    form: str
    of: "Type | None" = None
    block: str = ""


Properties = Mapping[str, Type]
"""Property name as in a plan (camel case) -> its type."""


@dataclass(frozen=True)
class Module:
    """One module of the SDK: the blocks that its resource types use, by class name."""

    blocks: Mapping[str, Properties]


@cache
def resource_types() -> Mapping[str, Path]:
    """`module/resource` as in a token -> the file of the installed SDK that defines it."""
    spec = find_spec("pulumi_aws")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pulumi_aws is not installed; install the project's dependencies first")
    found: dict[str, Path] = {}
    for file in sorted(Path(spec.submodule_search_locations[0]).glob("*/*.py")):
        token = _TOKEN.search(file.read_text(encoding="utf-8"))
        if token:
            found[token[1].split(":")[1]] = file
    return found


@cache
def properties_of(file: Path) -> Properties:
    """The input properties of the resource type that `file` defines."""
    text = file.read_text(encoding="utf-8")
    names = _camel_names(text)
    found = _SIGNATURE.search(text, text.index("def _internal_init"))
    parameters = _parameters(found[0]) if found else {}
    return {names.get(name, name): type_ for name, type_ in parameters.items() if name not in ("resource_name", "opts")}


@cache
def module_of(folder: Path) -> Module:
    """The blocks in one folder of the SDK."""
    file = folder / "_inputs.py"
    if not file.exists():
        return Module({})
    blocks: dict[str, Properties] = {}
    for text in re.split(r"^class ", file.read_text(encoding="utf-8"), flags=re.MULTILINE):
        name, found = re.match(r"(\w+Args):", text), _SIGNATURE.search(text)
        if name and found:
            names = _camel_names(text)
            blocks[name[1]] = {names.get(key, key): type_ for key, type_ in _parameters(found[0]).items()}
    return Module(blocks)


def _camel_names(text: str) -> dict[str, str]:
    """Python name -> name in a plan, from the getters."""
    return {python: name for name, python in _GETTER.findall(text)}


def _parameters(signature: str) -> dict[str, Type]:
    """Name -> type of the parameters in the text of a `def`."""
    function = ast.parse(f"{signature.strip()} pass").body[0]
    if not isinstance(function, ast.FunctionDef):
        return {}
    arguments = (*function.args.args, *function.args.kwonlyargs)
    return {argument.arg: _type(argument.annotation) for argument in arguments if argument.annotation is not None}


def _type(node: ast.expr) -> Type:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Type("block", block=node.value) if node.value.endswith("Args") else Type("string")
    if isinstance(node, ast.Attribute):
        return Type("asset") if node.attr in _ASSETS else Type(_SCALARS.get(node.attr, "any"))
    if not isinstance(node, ast.Subscript):
        return Type("any")
    outer = ast.unparse(node.value).rpartition(".")[2]
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if outer in ("Input", "Optional"):
        return _type(inner[0])
    if outer == "Union":
        return next((found for found in map(_type, inner) if found.form not in ("any", "asset")), Type("any"))
    if outer == "Sequence":
        return Type("list", of=_type(inner[0]))
    return Type("map", of=_type(inner[1])) if outer == "Mapping" else Type("any")
