"""A stack's configuration in layers: the defaults of all stacks, those of its environment, its services' files, its own file.

Later layers win key by key; a list replaces a list, and a stack's `without` takes out what defaults say. Every value remembers
the file it came from: an error names that file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast, get_args, get_origin

from pydantic import BaseModel

from components.base import checks
from components.base.problems import Line, annotations, instead_of, keys, models_in, shown_key
from components.base.problems import Path as Keys
from components.base.spec import Environment
from settings.files import FileProblemError, read
from settings.misspelt import PROJECT, Meant, misspelt

ROOT: Final = Path(__file__).parents[1]
DEFAULTS: Final = Path("settings") / "defaults"
SERVICES: Final = Path("services")
ENVIRONMENTS: Final = "environments"
NAMESPACE: Final = f"{PROJECT}:"
WITHOUT: Final = f"{NAMESPACE}without"
# RDS allows 63 characters for `dataconnect-<stack>-<generation>`, and no two hyphens in a row.
STACK_NAME: Final = r"(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"
STACK_NAMES: Final = "up to 40 lower-case letters, digits and single hyphens, a letter first"


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
        problems: Services without a file.
        files: What is wrong with other files than the stack's own, each line with its file.
        misspelt: What keys that are nearly right say, none of which is in `values`: of the defaults.
        broken: The sections whose file cannot be used: what they lack is no news. The empty path is the whole stack.
    """

    stack_file: str
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    problems: list[Line] = field(default_factory=list[Line])
    files: list[str] = field(default_factory=list[str])
    broken: set[Keys] = field(default_factory=set[Keys])
    misspelt: list[Meant] = field(default_factory=list[Meant])
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
        if line.says == "is missing" and len(line.path) == 2 and line.path not in self._homes:
            # A section is written in several files; the stack's own may always say what all of them lack.
            origin = Origin(self.stack_file, line.path)
        return f"{origin.file}: {Line(path=origin.keys, says=line.says, advice=line.advice)}"


def layered(
    raw: Mapping[str, object],
    *,
    stack: str,
    model: type[BaseModel],
    roles: Sequence[type[BaseModel]],
    environment: str,
    recovery: bool,
) -> Layers:
    """The configuration `raw` of a stack's own file, over the defaults that `model` knows and the files of its services.

    `roles` are the models of all roles: what none of them knows is no default.
    """
    layers = Layers(f"Pulumi.{stack}.yaml")
    for name in ("all", environment):
        file = DEFAULTS / f"{name}.yaml"
        if (ROOT / file).is_file():
            content = _read(layers, file)
            kept, unknown = _known(content, model, roles)
            layers.add(str(file), kept)
            layers.files += (f"{file}: {line}" for line in unknown)
            layers.misspelt += misspelt(content, model)
    layers.problems += _take_out(layers, raw.get(WITHOUT))
    services = raw.get(f"{NAMESPACE}services")
    for name in cast("dict[str, object]", services) if isinstance(services, dict) else ():
        # What is no name of a service is told by the check of the names, and is nobody's file.
        if checks.service_name(str(name)) is None:
            own = cast("dict[str, object]", services)[name]
            said = set(cast("dict[str, object]", own)) if isinstance(own, dict) else set[str]()
            needs = _required(next(models_in(annotations(model).get(f"{NAMESPACE}services")), None)) - said
            _add_service(layers, str(name), environment, recovery=recovery, needs=needs)
        else:
            layers.broken.add((f"{NAMESPACE}services", str(name)))
    layers.add(layers.stack_file, raw)
    return layers


def _take_out(layers: Layers, names: object) -> Iterator[Line]:
    """Take out of the defaults what the stack's file says it is without, and tell of each that is not there."""
    for index, name in enumerate(cast("list[object]", names) if isinstance(names, list) else ()):
        *above, last = str(name).split(".")
        at: Any = layers.values
        for key in [f"{NAMESPACE}{above[0]}", *above[1:]] if above else ():
            at = cast("dict[str, Any]", at).get(key) if isinstance(at, dict) else None
        key = last if above else f"{NAMESPACE}{last}"
        if isinstance(at, dict) and key in at:
            del at[key]
        else:
            advice = "expected what the defaults of its environment say, e.g. search or functions.index"
            yield Line(path=(WITHOUT, index), says=f"is {name!r}", advice=advice)


def _read(layers: Layers, file: Path) -> dict[str, Any]:
    try:
        return read(ROOT / file)
    except FileProblemError as problem:
        layers.files.append(f"{file}: {problem}")
        layers.broken.add(())
        return {}


def _required(model: type[BaseModel] | None) -> set[str]:
    fields = model.model_fields.items() if model else ()
    return {field.alias or name for name, field in fields if field.is_required()}


def _add_service(layers: Layers, name: str, environment: str, *, recovery: bool, needs: set[str]) -> None:
    """Lay down the file of a service; `needs` are the keys that it must have, in one of its parts or another."""
    file, at = SERVICES / f"{name}.yaml", (f"{NAMESPACE}services", name)
    if not (ROOT / file).is_file():
        names = sorted(path.stem for path in (ROOT / SERVICES).glob("*.yaml") if path.is_file())
        advice = instead_of(name, names) if names else "expected no name: there is no file"
        layers.problems.append(Line(path=at, says=f"has no file {file}", advice=advice))
        return
    told = len(layers.files)
    try:
        content = read(ROOT / file)
    except FileProblemError as problem:
        layers.files.append(f"{file}: {problem}")
        layers.broken.add(at)
        return
    parts = content.pop(ENVIRONMENTS, {})
    layers.add(str(file), content, at=at)
    known = [f"{each}{part}" for each in get_args(Environment) for part in ("", "-recovery")]
    variants = cast("dict[str, Any]", parts) if isinstance(parts, dict) else {}
    if not isinstance(parts, dict):
        layers.files.append(f"{file}: environments is {parts!r}; expected an object with the keys {', '.join(known)}")
    for key, values in variants.items():
        if key not in known:
            layers.files.append(f"{file}: environments.{shown_key(key)} is an unknown key; expected one of {', '.join(known)}")
        elif not isinstance(values, dict):
            layers.files.append(f"{file}: environments.{shown_key(key)} is {values!r}; expected an object: what differs there")
        elif key in ((environment, f"{environment}-recovery") if recovery else (environment,)):
            layers.add(str(file), cast("dict[str, Any]", values), at=at, inside=("environments", key))
    meant = f"did you mean {ENVIRONMENTS}?"
    for key in content:
        if instead_of(key, [*needs, ENVIRONMENTS]) == meant:
            layers.files.append(f"{file}: {shown_key(key)} is an unknown key; {meant}")
    if len(layers.files) == told and environment not in variants and (missing := sorted(needs - set(content))):
        advice = f"expected {', '.join(missing)} there, or at the top for every environment"
        layers.files.append(f"{file}: {ENVIRONMENTS}.{environment} is missing; {advice}")
    if len(layers.files) > told:
        layers.broken.add(at)


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


def _known(
    values: Mapping[str, Any], model: type[BaseModel] | None, models: Sequence[type[BaseModel]], above: str = ""
) -> tuple[dict[str, Any], list[str]]:
    """What of `values` a stack of this role has (`model`), and a line for each key that no role has (`models`).

    Defaults are written for all roles. What no role knows is a slip of the pen, and must not pass in silence.
    """
    kept: dict[str, Any] = {}
    unknown: list[str] = []
    names = list(dict.fromkeys(key for each in models for key in keys(each) if not key.startswith("aws:")))
    for key, value in values.items():
        if key not in names:
            in_stack_file = "expected it in the stack file: the engine and the provider read it there"
            advice = in_stack_file if key.startswith("aws:") else instead_of(key, names)
            unknown.append(f"{above}{shown_key(key)} is an unknown key; {advice}")
            continue
        inner, further = _below(
            value, _annotation(model, key), [_annotation(each, key) for each in models], f"{above}{shown_key(key)}"
        )
        unknown += further
        if model is not None and key in keys(model):
            kept[key] = inner
    return kept, unknown


def _below(value: Any, annotation: object, annotations: Sequence[object], at: str) -> tuple[Any, list[str]]:
    if not isinstance(value, dict):
        return value, []
    section = cast("dict[str, Any]", value)
    mappings = [get_args(each)[1] for each in annotations if get_origin(each) is dict]
    if mappings:
        own = get_args(annotation)[1] if get_origin(annotation) is dict else None
        parts = {key: _below(inner, own, mappings, f"{at}.{shown_key(key)}") for key, inner in section.items()}
        return {key: kept for key, (kept, _) in parts.items()}, [line for _, lines in parts.values() for line in lines]
    models = list(dict.fromkeys(found for each in annotations for found in models_in(each)))
    if not models:
        return section, []
    return _known(section, next(models_in(annotation), None), models, f"{at}.")


def _annotation(model: type[BaseModel] | None, key: str) -> object:
    return annotations(model).get(key) if model else None
