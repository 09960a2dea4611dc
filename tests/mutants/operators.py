"""What can be wrong with a line of wiring: every single change of a source file that the tests should notice.

A mutant is a replacement of one stretch of text, found on the syntax tree. Docstrings, annotations, decorators, imports, what
is raised, and prose (`description` and the like) are left alone.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

# What decides where something runs and what it may do; `text` and `number` change values as well.
WIRING: Final = (
    *("argument", "attribute", "subscript", "lookup", "element", "iterable", "statement", "boolean"),
    *("negate", "guard", "comparison", "logic"),
)
VALUES: Final = ("text", "number")
PROSE: Final = frozenset({"description", "comment", "sentence", "wildcard_reason", "expected", "what"})
# Attributes that are easily taken for each other, whatever they are read from.
SIBLINGS: Final = (
    ("public_subnet_ids", "application_subnet_ids", "data_subnet_ids"),
    ("region", "primary_region", "recovery_region"),
    ("min_tasks", "max_tasks"),
    ("cpu", "memory"),
    ("storage_gib", "max_storage_gib"),
    ("backup_window", "maintenance_window"),
    ("hash_key", "range_key"),
    ("arn", "replica_arn"),
    ("read", "write", "read_write"),
)
MOST_SIBLINGS: Final = 2
COMPARISONS: Final[Mapping[type[ast.cmpop], tuple[str, str]]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}


@dataclass(frozen=True)
class Mutant:
    """One change: `new` in the place of `old` at bytes `start` to `end` of `file`."""

    file: str
    line: int
    function: str
    operator: str
    old: str
    new: str
    start: int
    end: int
    number: int = 1

    @property
    def key(self) -> str:
        """What it is called in the list of accepted ones: it stays when lines move."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.file} | {self.function} | {self.operator} | {_short(self.old)} -> {_short(self.new)}{again}"

    def apply(self, source: bytes) -> bytes:
        """The file's source with this change."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


@dataclass(frozen=True)
class Signatures:
    """Parameters without a default of the functions and classes of the mutated files, by name."""

    required: Mapping[str, frozenset[str]]

    @staticmethod
    def of(trees: Iterable[ast.Module]) -> "Signatures":
        """Read them off the sources."""
        required: dict[str, set[str]] = {}
        bases: dict[str, list[str]] = {}
        for node in (each for tree in trees for each in ast.walk(tree)):
            if isinstance(node, ast.ClassDef):
                required[node.name] = {
                    each.target.id
                    for each in node.body
                    if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value is None
                }
                bases[node.name] = [base.id for base in node.bases if isinstance(base, ast.Name)]
            elif isinstance(node, ast.FunctionDef):
                arguments = node.args
                positional = arguments.args[: len(arguments.args) - len(arguments.defaults)]
                keyword = [arg for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if not default]
                required[node.name] = {arg.arg for arg in (*positional, *keyword)}
        for name in bases:
            required[name] |= {one for base in bases[name] for one in required.get(base, ())}
        return Signatures({name: frozenset(names) for name, names in required.items()})


@dataclass
class _File:
    """One file on its way to mutants."""

    name: str
    source: bytes
    signatures: Signatures
    attributes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    subscripts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lookups: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()

    def learn(self, tree: ast.Module) -> None:
        """What is read from the same thing elsewhere in the file: the likely mix-ups."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                self.attributes[_base(self.text(node.value))].add(node.attr)
            elif isinstance(node, ast.Subscript) and (key := _text_of(node.slice)) is not None:
                self.subscripts[_base(self.text(node.value))].add(key)
            elif isinstance(node, ast.Call):
                for index, argument in enumerate(node.args):
                    if (key := _text_of(argument)) is not None:
                        self.lookups[self.text(node.func), index].add(key)


def _base(text: str) -> str:
    return text.rpartition(".")[2]


def _text_of(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def mutants_of(name: str, source: bytes, signatures: Signatures, operators: Iterable[str]) -> list[Mutant]:
    """Every mutant of a file by those operators, in the order of the file."""
    file = _File(name, source, signatures)
    tree = ast.parse(source)
    file.learn(tree)
    wanted = set(operators)
    found: list[Mutant] = []
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for function, node, operator, start, end, new in _changes(file, tree):
        old = source[start:end].decode()
        if operator not in wanted or old == new:
            continue
        line = source.count(b"\n", 0, start) + 1
        mutant = Mutant(name, line, function, operator, old, new, start, end)
        try:
            compile(mutant.apply(source), name, "exec")
        except SyntaxError:
            continue
        shown = (function, operator, _short(old), _short(new))
        seen[shown] += 1
        found.append(Mutant(name, line, function, operator, old, new, start, end, seen[shown]))
        del node
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end))


_Change = tuple[str, ast.AST, str, int, int, str]


def _changes(file: _File, tree: ast.Module) -> Iterator[_Change]:
    for function, node in _code(tree, "module"):
        for operator, start, end, new in _changes_of(file, node):
            yield function, node, operator, start, end, new


def _code(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST]]:
    """Nodes that decide what a program does, each with the function it is in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Raise | ast.Import | ast.ImportFrom | ast.Assert | ast.arg):
            continue
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inner = child.name if function == "module" else f"{function}.{child.name}"
            for statement in child.body:
                if not _is_text(statement):
                    yield inner, statement
                    yield from (
                        _code(statement, inner)
                        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
                        else _code_of(statement, inner)
                    )
            if isinstance(child, ast.FunctionDef):
                for default in (*child.args.defaults, *(each for each in child.args.kw_defaults if each)):
                    yield inner, default
                    yield from _code(default, inner)
            continue
        if _is_text(child) or (isinstance(child, ast.keyword) and child.arg in PROSE):
            continue
        if isinstance(child, ast.AnnAssign):
            if child.value:
                yield function, child.value
                yield from _code(child.value, function)
            continue
        if _is_type(child):
            continue
        yield function, child
        if not isinstance(child, ast.JoinedStr):
            yield from _code(child, function)


def _code_of(definition: ast.stmt, function: str) -> Iterator[tuple[str, ast.AST]]:
    """The same for a definition inside another."""
    wrapper = ast.Module(body=[definition], type_ignores=[])
    for inner, node in _code(wrapper, "module"):
        yield f"{function}.{inner}", node


def _is_type(node: ast.AST) -> bool:
    """Whether it is a parametrised type, e.g. `dict[str, int]`; the values of a `Literal` decide what programs do."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Tuple)
        and not (isinstance(node.value, ast.Name) and node.value.id == "Literal")
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


_Edit = tuple[str, int, int, str]


def _changes_of(file: _File, node: ast.AST) -> Iterator[_Edit]:
    match node:
        case ast.Call():
            yield from _without_arguments(file, node)
            yield from _other_lookups(file, node)
        case ast.Attribute(ctx=ast.Load()):
            end = file.span(node)[1]
            for other in _siblings(file, node):
                yield "attribute", end - len(node.attr.encode()), end, other
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            others = sorted(file.subscripts[_base(file.text(node.value))] - {key})
            for other in others[:MOST_SIBLINGS]:
                yield "subscript", *file.span(node.slice), repr(other).replace("'", '"')
        case ast.List() | ast.Tuple(ctx=ast.Load()) | ast.Set():
            for element in node.elts:
                yield "element", *_with_comma(file, *file.span(element)), ""
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                start, end = file.span(value)
                begin = file.span(key)[0] if key else file.source.rindex(b"**", 0, start)
                yield "element", *_with_comma(file, begin, end), ""
        case ast.Expr(value=ast.Call()):
            yield "statement", *file.span(node), "pass"
        case ast.Constant(value=bool(value)):
            yield "boolean", *file.span(node), str(not value)
        case ast.Constant(value=str(value)):
            start, end = file.span(node)
            quote = file.source[end - 1 : end].decode()
            if value:
                yield "text", start, end, file.source[start : end - 1].decode() + "x" + quote
        case ast.JoinedStr():
            start, end = file.span(node)
            yield "text", start, end, file.source[start : end - 1].decode() + "x" + file.source[end - 1 : end].decode()
        case ast.Constant(value=int(value) | float(value)):
            yield "number", *file.span(node), repr(value + 1)
        case ast.If() | ast.IfExp():
            yield "negate", *file.span(node.test), f"(not ({file.text(node.test)}))"
            yield "guard", *file.span(node.test), "True"
        case ast.comprehension():
            yield "iterable", *file.span(node.iter), f"[*{file.text(node.iter)}][1:]"
            for test in node.ifs:
                yield "negate", *file.span(test), f"(not ({file.text(test)}))"
                yield "guard", *file.span(test), "True"
        case ast.For():
            yield "iterable", *file.span(node.iter), f"[*({file.text(node.iter)})][1:]"
        case ast.Compare():
            yield from _other_comparisons(file, node)
        case ast.BoolOp():
            old, new = (b"and", "or") if isinstance(node.op, ast.And) else (b"or", "and")
            for left, right in pairwise(node.values):
                at = file.source.find(old, file.span(left)[1], file.span(right)[0])
                if at >= 0:
                    yield "logic", at, at + len(old), new
        case _:
            pass


def _without_arguments(file: _File, node: ast.Call) -> Iterator[_Edit]:
    required = file.signatures.required.get(_base(file.text(node.func)), frozenset())
    for keyword in node.keywords:
        if keyword.arg is None:
            start = file.source.rindex(b"**", 0, file.span(keyword.value)[0])
            yield "argument", *_with_comma(file, start, file.span(keyword)[1]), ""
        elif keyword.arg not in required:
            yield "argument", *_with_comma(file, *file.span(keyword)), ""
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            yield "element", *_with_comma(file, *file.span(argument)), ""


def _other_lookups(file: _File, node: ast.Call) -> Iterator[_Edit]:
    for index, argument in enumerate(node.args):
        if (key := _text_of(argument)) is not None:
            others = sorted(file.lookups[file.text(node.func), index] - {key})
            for other in others[:MOST_SIBLINGS]:
                yield "lookup", *file.span(argument), f'"{other}"'


def _siblings(file: _File, node: ast.Attribute) -> list[str]:
    alike = [other for group in SIBLINGS if node.attr in group for other in group if other != node.attr]
    kind = node.attr.rpartition("_")[2]
    seen = sorted(file.attributes[_base(file.text(node.value))] - {node.attr, *alike})
    seen = [other for other in seen if other.rpartition("_")[2] == kind and not other.startswith("__")]
    return [*alike[:MOST_SIBLINGS], *seen[: max(0, MOST_SIBLINGS - len(alike))]]


def _other_comparisons(file: _File, node: ast.Compare) -> Iterator[_Edit]:
    for operator, (left, right) in zip(node.ops, pairwise([node.left, *node.comparators]), strict=True):
        old, new = COMPARISONS[type(operator)]
        at = file.source.find(old.encode(), file.span(left)[1], file.span(right)[0])
        if at >= 0:
            yield "comparison", at, at + len(old), new


def _with_comma(file: _File, start: int, end: int) -> tuple[int, int]:
    """The stretch with the comma behind it, if there is one."""
    rest = file.source[end:]
    after = len(rest) - len(rest.lstrip())
    return (start, end + after + 1) if rest[after : after + 1] == b"," else (start, end)
