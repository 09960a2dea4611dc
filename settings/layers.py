"""A stack's configuration in layers: the defaults of all stacks, those of its environment, its services' files, its own file.

Later layers win key by key; a list replaces a list. Every value remembers the file it came from: an error names that file.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin

import yaml
from pydantic import BaseModel

from components.base.problems import Line
from components.base.problems import Path as Keys

ROOT: Final = Path(__file__).parents[1]
DEFAULTS: Final = Path("settings") / "defaults"
SERVICES: Final = Path("services")
NAMESPACE: Final = "dataconnect:"

_loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Origin:
    """Where a value is written.

    Attributes:
        file: The file, from the project's folder.
        keys: The path in it.
    """

    file: str
    keys: Keys


@dataclass
class Layers:
    """The configuration of one stack.

    Attributes:
        stack_file: Name of the stack's own file.
        values: The merged configuration, keys with their namespace.
        problems: What is wrong with the files themselves.
    """

    stack_file: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    problems: list[Line] = field(default_factory=list[Line])
    _origins: dict[Keys, Origin] = field(default_factory=dict[Keys, Origin])
    _homes: dict[Keys, Origin] = field(default_factory=dict[Keys, Origin])

    def add(self, file: str, values: Mapping[str, object], *, at: Keys = (), inside: Keys = ()) -> None:
        """Lay `values` of `file`, which stand there below `inside`, over what is known at `at`."""
        target = self.values
        for key in at:
            target = target.setdefault(str(key), {})
            if not isinstance(target, dict):  # the stack file will be told
                return
        _merge(cast("dict[str, Any]", target), values)
        for path in _paths(values):
            self._origins[(*at, *path)] = Origin(file, (*inside, *path))
        if at:
            self._homes.setdefault(at, Origin(file, inside))

    def origin(self, path: Keys) -> Origin:
        """Where the value at `path`, or the nearest thing around it, is written."""
        for length in range(len(path), 0, -1):
            # What a section lacks is missing from the file that is its home, whoever adds to it.
            home = self._homes.get(path[:length]) if length < len(path) else None
            if origin := home or self._origins.get(path[:length]):
                return Origin(origin.file, (*origin.keys, *path[length:]))
        return Origin(self.stack_file, path)

    def told(self, line: Line) -> str:
        """`line` with the file that it is about, and its path there."""
        origin = self.origin(line.path)
        return f"{origin.file}: {Line(path=origin.keys, says=line.says, advice=line.advice)}"


def layered(raw: Mapping[str, object], *, stack: str, model: type[BaseModel], environment: str, recovery: bool) -> Layers:
    """The configuration `raw` of a stack's own file, over the defaults that `model` knows and the files of its services."""
    layers = Layers(f"Pulumi.{stack}.yaml")
    for name in ("all", environment):
        file = DEFAULTS / f"{name}.yaml"
        if (ROOT / file).is_file():
            layers.add(str(file), _known(_load(ROOT / file), model))
    own = {key: value for key, value in raw.items() if key.startswith(NAMESPACE) or ":" in key}
    services = own.get(f"{NAMESPACE}services")
    for name in cast("dict[str, object]", services) if isinstance(services, dict) else ():
        _add_service(layers, str(name), environment, recovery=recovery)
    layers.add(layers.stack_file, own)
    return layers


def _add_service(layers: Layers, name: str, environment: str, *, recovery: bool) -> None:
    file, at = SERVICES / f"{name}.yaml", (f"{NAMESPACE}services", name)
    if not (ROOT / file).is_file():
        names = sorted(path.stem for path in (ROOT / SERVICES).glob("*.yaml"))
        close = difflib.get_close_matches(name, names, n=1)
        advice = f"did you mean {close[0]}?" if close else f"expected one of {', '.join(names)}"
        layers.problems.append(Line(path=at, says=f"has no file {file}", advice=advice))
        return
    content = _load(ROOT / file)
    parts = content.pop("environments", None)
    layers.add(str(file), content, at=at)
    variants = cast("dict[str, Any]", parts) if isinstance(parts, dict) else {}
    for key in (environment, f"{environment}-recovery") if recovery else (environment,):
        if isinstance(values := variants.get(key), dict):
            layers.add(str(file), cast("dict[str, Any]", values), at=at, inside=("environments", key))


def _load(file: Path) -> dict[str, Any]:
    return yaml.load(file.read_text(), Loader=_loader) or {}  # noqa: S506 - the safe loader, or its faster twin


def _merge(target: dict[str, Any], values: Mapping[str, object]) -> None:
    for key, value in values.items():
        current = target.get(key)
        if isinstance(value, Mapping):
            inner = cast("dict[str, Any]", current) if isinstance(current, dict) else {}
            target[key] = inner
            _merge(inner, cast("Mapping[str, object]", value))
        else:
            target[key] = value


def _paths(values: Mapping[str, object], above: Keys = ()) -> Iterator[Keys]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, Mapping):
            yield from _paths(cast("Mapping[str, object]", value), (*above, key))


def _known(values: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """What of `values` a stack of this role has: defaults are written for all roles."""
    fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    return {key: _known_value(value, fields[key]) for key, value in values.items() if key in fields}


def _known_value(value: Any, annotation: object) -> Any:
    if not isinstance(value, dict):
        return value
    section = cast("dict[str, Any]", value)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _known(section, annotation)
    if get_origin(annotation) is dict:
        return {key: _known_value(inner, get_args(annotation)[1]) for key, inner in section.items()}
    models = [each for each in get_args(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
    return _known(section, models[0]) if models else section
