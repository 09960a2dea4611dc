"""Reads the components from their source, without importing them: pulumi_aws would cost seconds."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

_SECTIONS: Final = ("Args", "Attributes", "Outputs", "Raises", "Returns")


@dataclass(frozen=True)
class Argument:
    """One field of a dataclass or a spec.

    Attributes:
        name: Its name.
        type: Its type, as a reader wants it.
        default: None where a value must be given.
        meaning: Its line in the docstring of a dataclass; in a spec its description.
    """

    name: str
    type: str
    default: str | None
    meaning: str


@dataclass(frozen=True)
class Method:
    """A public method: `signature` without `self` and types, and the first line of its docstring."""

    name: str
    signature: str
    summary: str


class Definition:
    """A class as its source has it. `code` gives what it inherits."""

    def __init__(self, node: ast.ClassDef, module: str, code: "Code") -> None:
        self.name: Final = node.name
        self.module: Final = module
        self._node: Final = node
        self._code: Final = code

    @cached_property
    def bases(self) -> list["Definition"]:
        """The bases that are written in this project, nearest first, without `Component` itself."""
        names = [ast.unparse(base).rpartition(".")[2] for base in self._node.bases]
        direct = [self._code.classes[name] for name in names if name in self._code.classes and name != "Component"]
        return [base for parent in direct for base in (parent, *parent.bases)]

    @property
    def family(self) -> list["Definition"]:
        """Itself and its bases."""
        return [self, *self.bases]

    @property
    def is_component(self) -> bool:
        """Whether it is a component that a program can use."""
        return any(ast.unparse(base) == "Component" for member in self.family for base in member._node.bases)

    @property
    def is_dataclass(self) -> bool:
        """Whether it is a dataclass."""
        return any(ast.unparse(decorator).startswith("dataclass") for decorator in self._node.decorator_list)

    @property
    def is_spec(self) -> bool:
        """Whether it is a section of a stack file that a component takes, too."""
        return any(ast.unparse(base).rpartition(".")[2] == "Spec" for member in self.family for base in member._node.bases)

    @cached_property
    def docstring(self) -> Mapping[str, str]:
        """Section -> text; the text before the first section is under the empty name."""
        sections: dict[str, list[str]] = {"": []}
        name = ""
        for line in (ast.get_docstring(self._node) or "").splitlines():
            head, colon, rest = line.partition(":")
            if colon and head in _SECTIONS:
                name, line = head, rest.strip()
            sections.setdefault(name, []).append(line)
        return {name: "\n".join(lines).strip("\n") for name, lines in sections.items()}

    @property
    def prose(self) -> str:
        """The docstring before its sections."""
        return self.docstring[""]

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return re.split(r"(?<=\.) (?=[A-Z])", flat(self.prose.partition("\n\n")[0]))[0].rstrip(".")

    @property
    def outputs(self) -> list[tuple[str, str]]:
        """What the docstrings of the class and its bases say of their outputs: class name and text."""
        return [(member.name, flat(member.docstring["Outputs"])) for member in self.family if "Outputs" in member.docstring]

    @cached_property
    def arguments(self) -> list[Argument]:
        """The fields, those without a default first, inherited ones before its own."""
        fields = {field.name: field for member in reversed(self.family) for field in member._own_arguments()}
        return sorted(fields.values(), key=lambda field: field.default is not None)

    @property
    def methods(self) -> list[Method]:
        """The public methods, its own before inherited ones."""
        found = {method.name: method for member in reversed(self.family) for method in member._own_methods()}
        return list(found.values())

    def _own_arguments(self) -> Iterator[Argument]:
        lines: dict[str, str] = {}
        for member in reversed(self.family):
            lines |= dict(_entries(member.docstring.get("Attributes", "")))
        for node in self._node.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_"):
                name, type_ = node.target.id, self._code.type(node.annotation)
                if type_.startswith("ClassVar"):
                    continue
                described = _described(node.value) if self.is_spec else None
                yield Argument(name, type_, _default(node.value), described or lines.get(name, ""))

    def _own_methods(self) -> Iterator[Method]:
        for node in self._node.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                is_value = any(ast.unparse(decorator).endswith("property") for decorator in node.decorator_list)
                signature = node.name if is_value else f"{node.name}({_parameters(node.args)})"
                yield Method(node.name, signature, flat((ast.get_docstring(node) or "").partition("\n\n")[0]))


class Code:
    """Every public class of the modules in `folder` and below; a module is named by its path from there.

    Code that Lambda runs (`<thing>_function/`) is left out: it has classes of its own, some called as a component is.
    """

    def __init__(self, folder: Path) -> None:
        files = [path for path in sorted(folder.rglob("*.py")) if not path.parent.name.endswith("_function")]
        trees = {path.relative_to(folder).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in files}
        self._literals: Final = dict(pair for tree in trees.values() for pair in _literals(tree))
        self.classes: Final = {
            node.name: Definition(node, module, self)
            for module, tree in trees.items()
            for node in tree.body
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        }

    @property
    def components(self) -> list[Definition]:
        """The components a program can use, by name; a base of several is none."""
        found = [each for each in self.classes.values() if each.is_component and f"{each.name}Args" in self.classes]
        return sorted(found, key=lambda each: each.name)

    def arguments_of(self, component: Definition) -> Definition:
        """The arguments class of a component."""
        return self.classes[f"{component.name}Args"]

    def parts_of(self, component: Definition | None) -> list[Definition]:
        """The dataclasses and specs that only this component's arguments are made of; without a component, those of several."""
        users: dict[str, set[str]] = {}
        for each in self.components:
            queue = [self.arguments_of(each)]
            while queue:
                types = " ".join(argument.type for argument in queue.pop().arguments)
                for name in re.findall(r"\w+", types):
                    part = self.classes.get(name)
                    if part and (part.is_dataclass or part.is_spec) and each.name not in users.setdefault(name, set()):
                        users[name].add(each.name)
                        queue.append(part)
        wanted = {name for name, names in users.items() if (names == {component.name} if component else len(names) > 1)}
        return [self.classes[name] for name in sorted(wanted)]

    def type(self, node: ast.expr) -> str:
        """A type as a reader wants it: without module names and checks, with the values of a named Literal spelled out."""
        text = ast.unparse(_unchecked(node)).strip("'\"").replace("pulumi.", "")
        for name, values in self._literals.items():
            text = re.sub(rf"(?<![\w.]){name}\b", values, text)
        return text


def flat(text: str) -> str:
    """`text` on one line."""
    return " ".join(text.split())


def _entries(section: str) -> Iterator[tuple[str, str]]:
    for entry in re.split(r"\n(?=    \w)", "\n" + section):
        name, colon, meaning = entry.strip().partition(":")
        if colon:
            yield name, flat(meaning)


def _literals(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Subscript)
            and ast.unparse(node.value.value) == "Literal"
        ):
            values = node.value.slice.elts if isinstance(node.value.slice, ast.Tuple) else [node.value.slice]
            yield ast.unparse(node.targets[0]), " | ".join(ast.unparse(value).replace("'", '"') for value in values)
        elif isinstance(node, ast.Assign) and _unchecked(node.value) is not node.value:
            yield ast.unparse(node.targets[0]), ast.unparse(_unchecked(node.value))


def _unchecked(node: ast.expr) -> ast.expr:
    """`X` of `Annotated[X, ...]`, anything else as it is."""
    if not isinstance(node, ast.Subscript) or ast.unparse(node.value) != "Annotated":
        return node
    return node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node


def _described(value: ast.expr | None) -> str | None:
    """The description of a spec's field."""
    found = next((each.value for each in getattr(value, "keywords", ()) if each.arg == "description"), None)
    if found is None:
        return None
    text = found.value if isinstance(found, ast.Constant) else ast.unparse(found).removeprefix("f").strip("'\"")
    return f"{text[:1].upper()}{text[1:]}." if isinstance(text, str) else None


def _default(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call) and ast.unparse(value.func) in ("field", "Field"):
        by_name = {keyword.arg: keyword.value for keyword in value.keywords}
        factory = by_name.get("default_factory")
        if "default" not in by_name and factory is None:
            return None
        value = by_name.get("default") or (ast.Tuple([]) if factory and "tuple" in ast.unparse(factory) else ast.Dict([], []))
    return None if value is None else ast.unparse(value).replace("'", '"')


def _parameters(arguments: ast.arguments) -> str:
    def shown(argument: ast.arg, default: ast.expr | None) -> str:
        return argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"

    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + list(arguments.defaults)
    positional = [shown(*pair) for pair in zip(arguments.args, defaults, strict=True) if pair[0].arg not in ("self", "cls")]
    named = [shown(*pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return ", ".join([*positional, *(["*"] if named else []), *named])
