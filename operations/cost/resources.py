"""The resources of a stack and its schedule, as Pulumi's state or a preview tells them."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

from operations.errors import Code, OperationError
from operations.pulumi_outputs import ROOT

GONE: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace"})
"""Steps of a preview after which a resource is not there."""
NOT_PRINTED: Final = frozenset({"read", "refresh"})
"""Steps that a preview's summary counts and does not print."""
SCHEDULE: Final = "dataconnect:index:Schedule"
"""The component that tells when a stack is awake."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of AWS.

    Attributes:
        urn: Its URN.
        type: Its type, e.g. `aws:rds/instance:Instance`.
        inputs: What it was declared with; what is not known before a deployment may be a text in place of a number.
        needs: Input -> URNs of the resources that it is made of.
    """

    urn: str
    type: str
    inputs: Mapping[str, Any]
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def name(self) -> str:
        """Its logical name."""
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        """The stack that it is of, e.g. `dev`."""
        return self.urn.partition("::")[0].removeprefix("urn:pulumi:")

    @property
    def component(self) -> str:
        """The outermost component of this house that it is part of, e.g. `Database`; its own service where it is in none."""
        chain = self.urn.split("::")[2].split("$")
        return next((each.rpartition(":")[2] for each in chain[:-1] if each.startswith("dataconnect:")), self.service)

    @property
    def service(self) -> str:
        """The service in its type, e.g. `rds`."""
        return self.type.split(":")[1].partition("/")[0]

    @property
    def region(self) -> str:
        """Its region; empty where its service has none."""
        return str(self.inputs.get("region") or "")

    def tag(self, key: str) -> str:
        """The value of its tag, `-` where it has none."""
        tags = cast("Mapping[str, Any]", self.inputs.get("tags") or {})
        return str(tags.get(key, "-"))

    def number(self, *path: str | int) -> Decimal | None:
        """A number of its inputs; None where there is none, or it is not known yet."""
        found: Any = self.inputs
        for key in path:
            held = isinstance(found, Mapping) if isinstance(key, str) else isinstance(found, list)
            try:
                found = found[key] if held else None
            except (KeyError, IndexError):
                found = None
        if isinstance(found, bool) or not isinstance(found, int | float | str):
            return None
        try:
            return Decimal(str(found))
        except ArithmeticError:
            return None

    def items(self, key: str) -> list[Any]:
        """A list of its inputs; empty where there is none."""
        found = self.inputs.get(key)
        return cast("list[Any]", found) if isinstance(found, list) else []


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What there is, or will be.

    Attributes:
        resources: Those of AWS.
        schedule: When it is awake: timezone, hours, holidays and windows; None where it never sleeps.
    """

    resources: Sequence[Resource]
    schedule: Mapping[str, Any] | None


def of_state(told: Any) -> Stack:
    """The stack in what `pulumi stack export` prints."""
    return _stack(told["deployment"].get("resources") or ())


def of_preview(told: Any) -> Stack:
    """The stack that there will be, of what `pulumi preview --json --show-sames` prints.

    Raises:
        OperationError: when it lacks resources that there will be: a sum of the others would be too low.
    """
    if lacks := _lacks(told):
        raise OperationError(f"the preview {lacks}; make it with `pulumi preview --json --show-sames`", Code.USAGE)
    return _stack([step["newState"] for step in told["steps"] if step["op"] not in GONE and step.get("newState")])


def _lacks(told: Any) -> str | None:
    """What a preview does not tell of, None where it is complete; its summary counts the steps by operation."""
    if error := next((each for each in told.get("diagnostics") or () if each.get("severity") == "error"), None):
        return f"failed, so resources may be missing: {str(error.get('message', '')).strip()}"
    summary: Mapping[str, int] = {
        op: number for op, number in (told.get("changeSummary") or {}).items() if op not in NOT_PRINTED
    }
    if not summary:
        return "has no changeSummary, by which one can tell that no step is missing"
    steps = Counter(step["op"] for step in told["steps"])
    missing = {op: number - steps[op] for op, number in summary.items() if number > steps[op]}
    if missing.keys() == {"same"}:
        return f"lacks {missing['same']} unchanged resources"
    total = sum(summary.values())
    return f"holds {total - sum(missing.values())} of {total} steps" if missing else None


def _stack(states: Sequence[Any]) -> Stack:
    schedule = next((state.get("inputs") for state in states if state.get("type") == SCHEDULE), None)
    return Stack(resources=_resources(states), schedule=schedule or None)


def _resources(states: Iterable[Any]) -> list[Resource]:
    found = {
        state["urn"]: Resource(
            urn=state["urn"],
            type=state["type"],
            inputs=state.get("inputs") or {},
            needs={key: tuple(urns) for key, urns in (state.get("propertyDependencies") or {}).items()},
        )
        for state in states
        if state.get("custom") and str(state.get("type")).startswith("aws:") and not state.get("delete")
    }
    return list(found.values())


def read(stack: str, planned: Path | None, state: Path | None) -> Stack:
    """A stack: planned, as a file has its state, or as Pulumi tells it.

    Raises:
        OperationError: when the file is none of that, or of another stack, or Pulumi knows no such stack.
    """
    file = planned or state
    if not file:
        return of_state(_exported(stack))
    option, command = ("--planned", "preview --json --show-sames") if planned else ("--state", "stack export")
    expected = f"expected what `pulumi {command} --stack {stack}` prints"
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        found = of_preview(told) if planned else of_state(told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OperationError(f"{option} {file} is not readable ({error}); {expected}", Code.USAGE) from error
    if others := {each.stack for each in found.resources} - {stack.rpartition("/")[2]}:
        raise OperationError(f"{option} {file} is of stack {', '.join(sorted(others))}; {expected}", Code.USAGE)
    return found


def _exported(stack: str) -> Any:
    command = ["pulumi", "stack", "export", "--stack", stack]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        hint = f"install it, or give --state FILE; `./sandbox/pulumi stack export -s {stack} > FILE` writes one of the sandbox"
        raise OperationError(f"there is no pulumi on the path; {hint}", Code.USAGE) from error
    if done.returncode:
        raise OperationError(f"pulumi does not tell the state of stack {stack}: {done.stderr.strip()}", Code.USAGE)
    return json.loads(done.stdout)
