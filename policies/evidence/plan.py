"""Reads what `pulumi preview --json --show-sames` or `pulumi stack export` printed into resources that rules can judge."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from policies.kit.pack import is_production
from policies.kit.resource import AWS_PROVIDER, Resource, parse_json

_MASKED: Final = "[secret]"  # what `pulumi preview --json` prints in place of a secret
_SECRET: Final[dict[str, str]] = {rpc._special_sig_key: rpc._special_secret_sig}
_DELETIONS: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard"})


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
    """

    kind: str
    stack: str
    project: str
    production: bool
    resources: Sequence[Resource]
    positions: Mapping[str, tuple[str, int]]


def load(file: Path) -> Plan:
    """The plan in the file.

    Raises:
        InvalidPlanError: if the file cannot be read, is something else, or is only a part of a stack.
    """
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidPlanError(f"{file} is not readable JSON: {error}; {_HOW}") from error
    if not isinstance(found, dict):
        raise InvalidPlanError(f"{file} holds {type(found).__name__}; {_HOW}")
    document = cast(dict[str, Any], found)
    if "deployment" in document:
        deployment = document["deployment"]
        if not isinstance(deployment, dict) or not deployment.get("resources"):
            raise InvalidPlanError(f"{file} is the state of a stack without resources: there is nothing to judge")
        return _plan(file, "state", [raw for raw in deployment["resources"] if not raw.get("delete")], {})
    if "changeSummary" in document or "steps" in document:
        return _plan(file, "preview", _planned(file, document), document.get("config") or {})
    raise InvalidPlanError(f"{file} has neither deployment nor steps; {_HOW}")


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
    same = sum(step.get("op") == "same" for step in steps)
    unchanged = (document.get("changeSummary") or {}).get("same", 0)
    if same < unchanged:
        raise InvalidPlanError(
            f"{file} lacks {unchanged - same} unchanged resources; make it with `pulumi preview --json --show-sames`"
        )
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        if step.get("newState") and step.get("op") not in _DELETIONS:
            found[step["newState"]["urn"]] = step["newState"]
    return list(found.values())


def _plan(file: Path, kind: str, states: Sequence[Mapping[str, Any]], config: Mapping[str, str]) -> Plan:
    for state in states:
        if not isinstance(state.get("urn"), str) or state["urn"].count("::") < 3 or not isinstance(state.get("type"), str):
            raise InvalidPlanError(f"{file} has a resource without urn or type: {str(dict(state))[:120]}; {_HOW}")
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
    resources: list[Resource] = []
    positions: dict[str, tuple[str, int]] = {}
    for state in states:
        provider = providers.get(_provider(state))
        resources.append(
            Resource(
                urn=state["urn"],
                token=state["type"],
                message=_struct(state.get("inputs") or {}),
                state=_struct(state.get("outputs") or {}),
                protect=bool(state.get("protect")),
                ignore_changes=state.get("ignoreChanges") or (),
                parent=state.get("parent") or "",
                provider=None if provider is None else _struct(provider),
                production=production,
                dependencies=frozenset(state.get("dependencies") or ()),
                property_dependencies=state.get("propertyDependencies") or {},
            )
        )
        for position in _positions(state):
            positions[state["urn"]] = position
            break
    return Plan(kind, stack, head[1], production, resources, positions)


def _provider(state: Mapping[str, Any]) -> str:
    """The URN of the resource's provider; empty if it has none."""
    return str(state.get("provider") or "").rpartition("::")[0]


def _environment(providers: Iterable[Mapping[str, Any]]) -> str:
    for provider in providers:
        tags = parse_json(provider.get("defaultTags"))
        value = tags.get("tags", {}).get("Environment") if isinstance(tags, dict) else None
        if isinstance(value, str):
            return value
    return ""


def _struct(values: Mapping[str, Any]) -> Any:
    return json_format.ParseDict(_unmasked(values), struct_pb2.Struct())


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


def _positions(state: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The project's own files and lines on the way to the resource, the nearest first."""
    frames = [{"sourcePosition": state.get("sourcePosition")}, *(state.get("stackTrace") or ())]
    for frame in frames:
        match = re.fullmatch(r"project://(/[^#]*)#(\d+)(?:,\d+)?", str(frame.get("sourcePosition") or ""))
        if match:
            path = _in_project(match[1])
            if path:
                yield path, int(match[2])


def _in_project(path: str) -> str:
    """`path` from the project's folder, which is the current one; empty if it lies outside or is a library's."""
    root = Path.cwd()
    full = Path(f"{root}{path}").resolve()
    if not full.is_relative_to(root):
        return ""
    inside = PurePosixPath(full.relative_to(root))
    return "" if inside.parts[0].startswith(".") or "site-packages" in inside.parts else str(inside)
