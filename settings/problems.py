"""What can be wrong with a settings value, and the line that says so: the stack file's key, the value, what would be right."""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast, get_args

from pydantic import AfterValidator, BaseModel, SecretStr, ValidationError
from pydantic_core import PydanticCustomError

from components import checks

T = TypeVar("T")
Path = tuple[str | int, ...]


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
    """Report `problems`, if any, from within a validator."""
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


@dataclass(frozen=True, kw_only=True)
class Line:
    """A problem placed in the stack file.

    Attributes:
        path: The whole path, beginning with the namespaced key.
        says: What the file says, e.g. `is 'x'` or `is missing`.
        advice: What would be right, e.g. `expected 1 to 5`.
    """

    path: Path
    says: str
    advice: str

    def __str__(self) -> str:
        first, *rest = self.path
        key = str(first) + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest)
        return f"{key} {self.says}; {self.advice}"


def lines(
    error: ValidationError, model: type[BaseModel], secrets: frozenset[str], other_roles: Mapping[str, str]
) -> Iterator[Line]:
    """The lines of everything `model` refused.

    Args:
        error: What pydantic found.
        model: The model that was asked.
        secrets: Top-level keys that hold secrets; their values are never shown.
        other_roles: Keys that only another role knows, with the name of that role.
    """
    for details in error.errors():
        path: Path = details["loc"]
        kind, value = details["type"], cast("object", details["input"])
        context: dict[str, Any] = details.get("ctx", {})
        if kind == "missing":
            yield Line(path=path, says="is missing", advice=f"expected {keys(_model_at(model, path[:-1]))[str(path[-1])]}")
        elif kind == "extra_forbidden":
            yield Line(
                path=path, says="is an unknown key", advice=_known(str(path[-1]), _model_at(model, path[:-1]), other_roles)
            )
        else:
            problems: tuple[Problem, ...] = context.get("problems") or (
                Problem(value=value, expected=context.get("expected") or _shape(kind, value, path, model)),
            )
            for problem in problems:
                said = _says(problem.value, secret=path[0] in secrets)
                yield Line(path=(*path, *problem.path), says=said, advice=f"expected {problem.expected}")


def keys(model: type[BaseModel]) -> dict[str, str]:
    """The keys of `model` as the stack file spells them, with their descriptions."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def _shape(kind: str, value: object, path: Path, model: type[BaseModel]) -> str:
    if kind.startswith("model"):
        return f"an object with the keys {', '.join(keys(_model_at(model, path)))}"
    if kind.startswith("string"):
        return "text, in quotes" if isinstance(value, int | float) else "text"
    return {"int": "a whole number", "bool": "true or false", "tuple": "a list"}[kind.partition("_")[0]]


def _says(value: object, *, secret: bool) -> str:
    if secret or isinstance(value, SecretStr) or checks.credential(str(value)):
        return "is [hidden]"
    if value is None or isinstance(value, bool):
        return "is empty" if value is None else f"is {str(value).lower()}"
    return f"is {value!r}"


def _known(key: str, model: type[BaseModel], other_roles: Mapping[str, str]) -> str:
    if role := other_roles.get(key):
        return f"it belongs to stacks whose dataconnect:role is {role}"
    bare = {known.rpartition(":")[2]: known for known in keys(model)}
    close = difflib.get_close_matches(key.rpartition(":")[2], bare, n=1)
    return f"did you mean {bare[close[0]]}?" if close else f"expected one of {', '.join(bare.values())}"


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    for part in path:
        if isinstance(part, str):
            field = next(field for field in model.model_fields.values() if field.alias == part)
            model = next(_models_in(field.annotation))
    return model


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


_CREDENTIAL_KEYS: Final = ("aws:accessKey", "aws:secretKey", "aws:token")


def credentials(raw: Mapping[str, object], secrets: frozenset[str]) -> Iterator[Line]:
    """A line for each value in plain text that looks like a credential; the value is not shown."""
    for key, value in raw.items():
        if key in _CREDENTIAL_KEYS:
            advice = "expected no credentials in a stack file: they come from the shell's AWS profile or the job's role"
            yield Line(path=(key,), says="is [hidden]", advice=advice)
        elif key not in secrets:
            for path, text in _texts(value, (key,)):
                if what := checks.credential(text):
                    yield Line(
                        path=path, says="is [hidden]", advice=f"expected no secret in plain text: this looks like {what}"
                    )


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _texts(item, (*path, index))
