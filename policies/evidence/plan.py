"""Reads what `pulumi preview --json --show-sames` or `pulumi stack export` printed into resources that rules can judge."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from policies.evidence.changes import Step, step
from policies.kit.pack import is_production
from policies.kit.resource import AWS_PROVIDER, Resource, parse_json

_MASKED: Final = "[secret]"  # what `pulumi preview --json` prints in place of a secret
_SECRET: Final[dict[str, str]] = {rpc._special_sig_key: rpc._special_secret_sig}
_DELETIONS: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard"})
_KEPT: Final = frozenset({"create", "same", "update", "replace", "create-replacement", "import"})
"""Operations after which the resource exists."""
_NOT_PRINTED: Final = frozenset({"read", "refresh"})
"""Operations that the summary counts and the steps leave out."""


class InvalidPlanError(ValueError):
    """The file is neither a complete preview nor an exported state; the message says what it lacks and how to make one."""


@dataclass(frozen=True)
class Plan:
    """All resources of one stack.

    Attributes:
        kind: "preview" or "state".
        stack: The stack's name.
        project: The project's name.
        production: Whether the stack counts as production.
        resources: Every resource that will exist, or exists.
        positions: URN -> file in the project and line that declares it, where the file says so.
        steps: What the engine would do; none in a state.
    """

    kind: str
    stack: str
    project: str
    production: bool
    resources: Sequence[Resource]
    positions: Mapping[str, tuple[str, int]]
    steps: Sequence[Step] = field(default_factory=tuple[Step, ...])


def load(file: Path) -> Plan:
    """The plan in the file.

    Raises:
        InvalidPlanError: if the file cannot be read, is something else, or is only a part of a stack.
    """
    try:
        found: Any = json.loads(_text(file))
    except (OSError, ValueError) as error:
        raise InvalidPlanError(f"{file} is not readable JSON: {error}; {_HOW}") from error
    except RecursionError as error:
        raise InvalidPlanError(f"{file} is nested too deep; {_HOW}") from error
    if not isinstance(found, dict):
        raise InvalidPlanError(f"{file} holds {type(found).__name__}; {_HOW}")
    document = cast(dict[str, Any], found)
    if "deployment" in document:
        deployment = document["deployment"]
        if not isinstance(deployment, dict) or not deployment.get("resources"):
            raise InvalidPlanError(f"{file} is the state of a stack without resources: there is nothing to judge")
        states = _states(file, "deployment.resources", deployment["resources"])
        return _plan(file, "state", [raw for raw in states if not raw.get("delete")], {})
    if "changeSummary" in document or "steps" in document:
        _check(file, document, _PREVIEW)
        return _plan(file, "preview", _planned(file, document), document.get("config") or {}, _steps(document))
    raise InvalidPlanError(f"{file} has neither deployment nor steps; {_HOW}")


def _text(file: Path) -> str:
    """The file's text.

    Raises:
        InvalidPlanError: if it is UTF-16 or UTF-32, as PowerShell's `>` writes it.
    """
    content = file.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:4]:
        raise InvalidPlanError(f"{file} is UTF-16, as PowerShell's > writes it; expected UTF-8: | Out-File -Encoding utf8")
    return content.decode("utf-8-sig")


_Shape = type | Sequence["_Shape"] | Mapping[str, "_Shape"]
_STATE: Final[Mapping[str, _Shape]] = {
    "urn": str,
    "type": str,
    "inputs": dict,
    "outputs": dict,
    "parent": str,
    "provider": str,
    "dependencies": [str],
    "propertyDependencies": {"*": [str]},
    "ignoreChanges": [str],
    "stackTrace": [dict],
}
_PREVIEW: Final[Mapping[str, _Shape]] = {
    "config": {"*": str},
    "steps": [{"op": str, "urn": str, "oldState": dict, "newState": dict}],
    "changeSummary": {"*": int},
    "diagnostics": [{"severity": str, "message": str}],
}


def _check(file: Path, value: object, shape: _Shape, where: str = "") -> None:
    """Refuses what has another shape than the engine prints; what is absent or null is not there."""
    if value is None or (isinstance(shape, type) and isinstance(value, shape)):
        return
    kind = dict if isinstance(shape, Mapping) else list if isinstance(shape, Sequence) else shape
    if not isinstance(value, kind):
        raise InvalidPlanError(f"{file}: {where.strip('.')} is {str(value)[:60]!r}; expected {kind.__name__}; {_HOW}")
    if isinstance(shape, Mapping):
        for key, inner in cast(dict[str, object], value).items():
            if key in shape or "*" in shape:
                _check(file, inner, shape.get(key, shape.get("*", object)), f"{where}.{key}")
    elif isinstance(shape, Sequence):
        for number, inner in enumerate(cast(list[object], value)):
            if inner is None:
                raise InvalidPlanError(f"{file}: {where.strip('.')}[{number}] is empty; {_HOW}")
            _check(file, inner, shape[0], f"{where}[{number}]")


def _states(file: Path, where: str, found: object) -> list[dict[str, Any]]:
    """The resources' states, each as the engine prints one."""
    _check(file, found, [dict], where)
    states = cast(list[dict[str, Any]], found)
    for number, state in enumerate(states):
        urn, token = state.get("urn"), state.get("type")
        if not isinstance(urn, str) or not isinstance(token, str):
            raise InvalidPlanError(f"{file} has a resource without urn or type: {where}[{number}]; {_HOW}")
        if _parts(file, urn)[2].rpartition("$")[2] != token:
            raise InvalidPlanError(f"{file}: the resource {urn!a} has the type {token!a}, which its urn does not say; {_HOW}")
        _check(file, state, _STATE, urn)
    _check_one_stack(file, (state["urn"] for state in states))
    return states


def _parts(file: Path, urn: str) -> tuple[str, str, str, str]:
    """Stack, project, types and name of a resource, as its urn says them."""
    parts = urn.removeprefix("urn:pulumi:").split("::", 3)
    if not urn.startswith("urn:pulumi:") or len(parts) != 4 or not all(parts):
        expected = "urn:pulumi:<stack>::<project>::<types>::<name>"
        raise InvalidPlanError(f"{file} has the urn {urn[:120]!a}; expected {expected}; {_HOW}")
    return parts[0], parts[1], parts[2], parts[3]


def _check_one_stack(file: Path, urns: Iterable[str]) -> None:
    found = sorted({"/".join(reversed(_parts(file, urn)[:2])) for urn in urns})
    if len(found) > 1:
        raise InvalidPlanError(f"{file} has resources of {' and '.join(found[:2])}; expected those of one stack; {_HOW}")


_HOW: Final = (
    "expected what `pulumi preview --json --show-sames` or `pulumi stack export` prints (a stack's secrets may stay encrypted)"
)


def _planned(file: Path, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    errors = [each.get("message", "") for each in document.get("diagnostics") or () if each.get("severity") == "error"]
    if errors:
        raise InvalidPlanError(f"{file} is a preview that failed, so resources may be missing: {errors[0].strip()}")
    steps: list[Mapping[str, Any]] = document.get("steps") or []
    if not steps:
        raise InvalidPlanError(f"{file} is a preview without steps: there is nothing to judge")
    _check_complete(file, Counter(each.get("op") for each in steps), document.get("changeSummary") or {})
    _check_urns(file, steps)
    if lost := next((each.get("urn") for each in steps if each.get("op") in _KEPT and not each.get("newState")), None):
        raise InvalidPlanError(f"{file}: the step of {lost!a} has no newState; {_HOW}")
    states = [each["newState"] for each in steps if each.get("newState") and each.get("op") not in _DELETIONS]
    return list({state["urn"]: state for state in _states(file, "steps", states)}.values())


def _check_urns(file: Path, steps: Sequence[Mapping[str, Any]]) -> None:
    """Refuses steps of several stacks, and one that is not of the resource whose state it shows."""
    for number, each in enumerate(steps):
        urn, state = each.get("urn"), each.get("newState")
        if not urn:
            raise InvalidPlanError(f"{file}: steps[{number}] has no urn; {_HOW}")
        # The old state may bear another one, by which an alias found it.
        if state and state.get("urn") != urn:
            raise InvalidPlanError(f"{file}: steps[{number}] is of {urn!a}, its newState of {state.get('urn')!a}; {_HOW}")
    _check_one_stack(file, (each["urn"] for each in steps))


def _check_complete(file: Path, steps: Counter[Any], summary: Mapping[str, int]) -> None:
    """Refuses a preview of which a part was cut off or left out; its summary counts the steps by operation."""
    if not summary:
        raise InvalidPlanError(f"{file} has no changeSummary, by which one can tell that no step is missing; {_HOW}")
    for op, number in summary.items():
        if isinstance(number, bool) or number < 0:
            raise InvalidPlanError(f"{file}: changeSummary.{op} is {number}; expected how many resources, 0 or more; {_HOW}")
    missing = {op: number - steps[op] for op, number in summary.items() if number > steps[op] and op not in _NOT_PRINTED}
    if missing.keys() == {"same"}:
        lacks = f"lacks {missing['same']} unchanged resources"
    elif missing:
        total = sum(number for op, number in summary.items() if op not in _NOT_PRINTED)
        lacks = f"holds {total - sum(missing.values())} of {total} steps"
    else:
        return
    raise InvalidPlanError(f"{file} {lacks}; make it with `pulumi preview --json --show-sames`")


def _steps(document: Mapping[str, Any]) -> list[Step]:
    return [
        step(each.get("op"), each.get("urn"), each.get("oldState"), each.get("newState"))
        for each in document.get("steps") or ()
    ]


def _plan(
    file: Path, kind: str, states: Sequence[Mapping[str, Any]], config: Mapping[str, str], steps: Sequence[Step] = ()
) -> Plan:
    if not states:
        raise InvalidPlanError(f"{file} leaves no resource: there is nothing to judge")
    defaults = {key.removeprefix("aws:"): value for key, value in config.items() if key.startswith("aws:")}
    providers: dict[str, Mapping[str, Any]] = {
        state["urn"]: state.get("inputs") or {} for state in states if state["type"].startswith("pulumi:providers:")
    }
    head = next(iter(state["urn"] for state in states)).split("::")
    stack = head[0].removeprefix("urn:pulumi:")
    production = is_production(stack, _environment([defaults, *providers.values()]))
    for reference in {_provider(state) for state in states}:
        # A preview does not print default providers; what they are configured with is the stack's configuration.
        if f"::{AWS_PROVIDER}::" in reference and reference not in providers:
            providers[reference] = defaults
            states = [*states, {"urn": reference, "type": AWS_PROVIDER, "inputs": defaults}]
    structs = {urn: json_format.ParseDict(_unmasked(inputs), struct_pb2.Struct()) for urn, inputs in providers.items()}
    inside: dict[str, str] = {}
    resources: list[Resource] = []
    positions: dict[str, tuple[str, int]] = {}
    for state in states:
        resources.append(
            Resource(
                urn=state["urn"],
                token=state["type"],
                message=_struct(file, state, "inputs"),
                state=_struct(file, state, "outputs"),
                protect=bool(state.get("protect")),
                ignore_changes=state.get("ignoreChanges") or (),
                parent=state.get("parent") or "",
                provider=structs.get(_provider(state)),
                production=production,
                dependencies=frozenset(state.get("dependencies") or ()),
                property_dependencies=state.get("propertyDependencies") or {},
            )
        )
        for position in _positions(state, inside):
            positions[state["urn"]] = position
            break
    return Plan(kind, stack, head[1], production, resources, positions, steps)


def _provider(state: Mapping[str, Any]) -> str:
    """The URN of the resource's provider; empty if it has none."""
    return str(state.get("provider") or "").rpartition("::")[0]


def _environment(providers: Iterable[Mapping[str, Any]]) -> str:
    for provider in providers:
        tags = parse_json(provider.get("defaultTags"))
        inner = tags.get("tags") if isinstance(tags, dict) else None
        value = cast(dict[str, Any], inner).get("Environment") if isinstance(inner, dict) else None
        if isinstance(value, str):
            return value
    return ""


def _struct(file: Path, state: Mapping[str, Any], part: str) -> Any:
    try:
        return json_format.ParseDict(_unmasked(state.get(part) or {}), struct_pb2.Struct())
    except (json_format.ParseError, ValueError, RecursionError) as error:
        # Half a surrogate pair, a number that is none, a hundred levels: JSON that the engine never prints.
        raise InvalidPlanError(f"{file}: {part} of {state['urn']!a} cannot be read: {error}; {_HOW}") from error


def _unmasked(value: Any) -> Any:
    """`value` with secrets marked as the engine marks them to a pack; their content is not known here."""
    if value == _MASKED:
        return _SECRET
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        if fields.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return _SECRET
        return {key: _unmasked(inner) for key, inner in fields.items()}
    return [_unmasked(inner) for inner in cast(list[Any], value)] if isinstance(value, list) else value


def _positions(state: Mapping[str, Any], inside: dict[str, str]) -> Iterator[tuple[str, int]]:
    """The project's own files and lines on the way to the resource, the nearest first; `inside` keeps what is looked up."""
    frames = [{"sourcePosition": state.get("sourcePosition")}, *(state.get("stackTrace") or ())]
    for frame in frames:
        match = re.fullmatch(r"project://(/[^#]*)#(\d+)(?:,\d+)?", str(frame.get("sourcePosition") or ""))
        if match:
            if match[1] not in inside:
                inside[match[1]] = _in_project(match[1])
            if path := inside[match[1]]:
                yield path, int(match[2])


def _in_project(path: str) -> str:
    """`path` from the project's folder, which is the current one; empty if it lies outside or is a library's."""
    root = Path.cwd()
    full = Path(f"{root}{path}").resolve()
    if not full.is_relative_to(root):
        return ""
    inside = PurePosixPath(full.relative_to(root))
    return "" if inside.parts[0].startswith(".") or "site-packages" in inside.parts else str(inside)
