"""What can be wrong with a value, and the line that says so: its key, the value, what would be right."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast, get_args, get_origin

from pydantic import AfterValidator, BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from . import checks

T = TypeVar("T")
Path = tuple[str | int, ...]

LONGEST: Final = 200
"""Characters of a value that a line shows."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One wrong value.

    Attributes:
        value: What the stack file says.
        expected: What would be right.
        path: Where it is, below the field whose validator found it.
    """

    value: object
    expected: str
    path: Path = ()


def fail_on(problems: Iterable[Problem]) -> None:
    """Report `problems` from within a validator.

    Raises:
        PydanticCustomError: if there are any; it carries them.
    """
    if found := tuple(problems):
        raise PydanticCustomError("problems", "see the problems", {"problems": found})


def duplicates(values: Sequence[T], *, what: str, path: Path = ()) -> Iterator[Problem]:
    """One problem per value that an earlier one has too."""
    first: dict[T, int] = {}
    for index, value in enumerate(values):
        if first.setdefault(value, index) != index:
            yield Problem(value=value, expected=f"{what} not listed before", path=(index, *path))


def checked(check: Callable[[T], str | None]) -> AfterValidator:
    """A validator from a check, which answers what was expected, or None when the value is right."""

    def validate(value: T) -> T:
        if expected := check(value):
            fail_on([Problem(value=value, expected=expected)])
        return value

    return AfterValidator(validate)


def matching(pattern: str, expected: str) -> AfterValidator:
    """A validator for text that must match the whole of `pattern`."""

    def check(text: str) -> str | None:
        return checks.pattern(text, pattern, expected)

    return checked(check)


def between(lowest: int, highest: int, unit: str = "") -> AfterValidator:
    """A validator for a whole number from `lowest` to `highest`."""

    def check(number: int) -> str | None:
        return checks.between(number, lowest, highest, unit)

    return checked(check)


def shown_key(key: str | int) -> str:
    """A key as a message shows it: in quotes where it could not be told from the words around it."""
    text = str(key)
    return text if text.isprintable() and text == text.strip() and len(text) <= LONGEST else repr(text[:LONGEST])


@dataclass(frozen=True, kw_only=True)
class Line:
    """A problem placed in the stack file.

    Attributes:
        path: The whole path, beginning with the namespaced key.
        says: What the file says, e.g. `is 'x'` or `is missing`.
        advice: What would be right, e.g. `expected 1 to 5`.
        value: What the file says, as a value.
    """

    path: Path
    says: str
    advice: str
    value: object = None

    @property
    def key(self) -> str:
        """The path as a stack file's reader writes it, e.g. `dataconnect:network.zones[1]`."""
        first, *rest = self.path
        return shown_key(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{shown_key(part)}" for part in rest)

    def in_python(self, model: type[BaseModel]) -> "Line":
        """The line as a program has it: fields of `model` under their Python names."""
        path: list[str | int] = []
        for index, part in enumerate(self.path):
            fields = _model_at(model, self.path[:index]).model_fields if isinstance(part, str) else {}
            path.append(next((name for name, field in fields.items() if field.alias == part), part))
        return replace(self, path=tuple(path))

    def __str__(self) -> str:
        text = f"{self.key} {self.says}; {self.advice}"
        # Advice may quote another value of the file: one problem stays one line.
        return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def lines(
    error: ValidationError,
    model: type[BaseModel],
    secrets: frozenset[str] = frozenset(),
    other_roles: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """The lines of everything `model` refused.

    Args:
        error: What pydantic found.
        model: The model that was asked.
        secrets: Top-level keys that hold secrets; their values are never shown.
        other_roles: Keys that only another role of stack knows, with the name of that role.
    """
    for details in error.errors():
        # pydantic marks a mapping's wrong key by a further part.
        path: Path = _spelled(tuple(part for part in details["loc"] if part != "[key]"), model)
        kind, value = details["type"], cast("object", details["input"])
        context: dict[str, Any] = details.get("ctx", {})
        if kind == "missing":
            section = _model_at(model, path[:-1])
            advice = f"expected {keys(section)[str(path[-1])]}"
            if section.model_config.get("extra") == "allow" and (near := _nearest(str(path[-1]), value, keys(section))):
                advice += f"; {near} is another key"
            yield Line(path=path, says="is missing", advice=advice)
        elif kind == "extra_forbidden":
            yield Line(
                path=path,
                says="is an unknown key",
                advice=_known(path, model, other_roles or {}),
            )
        else:
            problems: tuple[Problem, ...] = context.get("problems") or (
                Problem(value=value, expected=context.get("expected") or _shape(kind, value, path, model)),
            )
            for problem in problems:
                said = _says(problem.value, secret=path[0] in secrets or _is_secret(path, model))
                where = (*path, *problem.path)
                yield Line(path=where, says=said, advice=f"expected {problem.expected}", value=problem.value)


def _nearest(key: str, section: object, known: Iterable[str]) -> str | None:
    """The key of `section`, none of the known ones, that may have been meant as `key`."""
    others = {*map(str, cast("dict[object, object]", section))} - {*known} if isinstance(section, dict) else set[str]()
    return next(iter(difflib.get_close_matches(key, sorted(others), n=1)), None)


def _spelled(path: Path, model: type[BaseModel]) -> Path:
    """`path` with every field as a stack file spells it; pydantic names the field where a default is wrong."""
    spelled: list[str | int] = []
    for index, part in enumerate(path):
        field = _model_at(model, path[:index]).model_fields.get(part) if isinstance(part, str) else None
        spelled.append(field.alias or part if field is not None else part)
    return tuple(spelled)


def _is_secret(path: Path, model: type[BaseModel]) -> bool:
    """Whether the field at `path`, or one around it, holds a secret, whatever shape the value there has."""
    fields = (_field_at(model, path[:length]) for length in range(1, len(path) + 1))
    return any(field.annotation is SecretStr or SecretStr in get_args(field.annotation) for field in fields if field)


def example(model: type[BaseModel], path: Path) -> object:
    """The example that the field at `path` gives of its values; None where it gives none, or there is no such field."""
    field = _field_at(model, path)
    return field.examples[0] if field and field.examples else None


def _field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field at `path`, keys as a stack file spells them; None where no field of its own has that place."""
    fields = _model_at(model, path[:-1]).model_fields.values() if isinstance(path[-1], str) else ()
    return next((field for field in fields if field.alias == path[-1]), None)


def keys(model: type[BaseModel]) -> dict[str, str]:
    """The keys of `model` as the stack file spells them, with their descriptions."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def annotations(model: type[BaseModel]) -> dict[str, object]:
    """The keys of `model` as the stack file spells them, with the annotation of each."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _shape(kind: str, value: object, path: Path, model: type[BaseModel]) -> str:
    if kind.startswith("model"):
        return f"an object with the keys {', '.join(keys(_model_at(model, path)))}"
    described = _described(path, model)
    if kind.startswith("string"):
        number = isinstance(value, int | float)  # or a switch
        if not isinstance(path[-1], int):
            return f"{'text, in quotes' if number else 'text'}: {described}"
        return f'text, in quotes: "{str(value).lower()}"' if number else f"text as an item of: {described}"
    if kind.startswith("int"):
        return f"a whole number: {described}"
    shapes = {"bool": "true or false", "tuple": "a list", "dict": "an object", "mapping": "an object"}
    return shapes.get(kind.partition("_")[0], "a value that can be read")


def _described(path: Path, model: type[BaseModel]) -> str:
    """What the field is for that holds the value at `path`, be it in a list or by a name there."""
    for length in range(len(path), 0, -1):
        described = keys(_model_at(model, path[: length - 1])) if isinstance(path[length - 1], str) else {}
        if path[length - 1] in described:
            return described[str(path[length - 1])]
    return "a name"


def _says(value: object, *, secret: bool) -> str:
    if secret or isinstance(value, SecretStr) or checks.credential(str(value)):
        return "is [hidden]"
    if value is None or isinstance(value, bool):
        return "is empty" if value is None else f"is {str(value).lower()}"
    text = repr(value)
    return f"is {text if len(text) <= LONGEST else f'{text[:LONGEST]}...'}"


def _known(path: Path, model: type[BaseModel], other_roles: Mapping[str, str]) -> str:
    key, model = str(path[-1]), _model_at(model, path[:-1])
    if role := other_roles.get(key):
        return f"it belongs to stacks whose dataconnect:role is {role}"
    return instead_of(key, keys(model))


def instead_of(name: str, known: Iterable[str]) -> str:
    """The advice on a name that is none of `known`: the one that was meant, or all of them. A namespace counts for nothing."""
    bare = {each.rpartition(":")[2]: each for each in known}
    close = difflib.get_close_matches(name.rpartition(":")[2], bare, n=1)
    return f"did you mean {bare[close[0]]}?" if close else f"expected one of {', '.join(bare.values())}"


def one_of(what: str, name: str, known: Iterable[str]) -> str:
    """What is expected in place of a name that is none of `known`, e.g. `a team of ...: platform, data`; see `instead_of`."""
    advice = instead_of(name, known)
    return f"{what}: {names}" if (names := advice.removeprefix("expected one of ")) != advice else f"{what}; {advice}"


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the section at `path`; behind a list's index or a mapping's key is the model of the values."""
    mapping = False
    for part in path:
        if mapping:
            mapping = False
        elif isinstance(part, str):
            field = next((field for name, field in model.model_fields.items() if part in (field.alias, name)), None)
            if field is None:
                break
            model = next(models_in(field.annotation), model)
            mapping = get_origin(field.annotation) in (dict, Mapping)
    return model


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a field's annotation names, e.g. `TableSpec` in `dict[str, TableSpec]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)
