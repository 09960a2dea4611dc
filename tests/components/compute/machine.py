"""Runs a state machine as Step Functions would: the states that ours are made of, with JSONata's own expressions."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from jsonata import Jsonata

Call = Callable[[str, dict[str, Any]], Any]
"""Service action (`batch:submitJob`) and arguments -> its answer; what it raises, AWS refused."""


class FailedError(Exception):
    """The run ended in a Fail state."""


class Machine:
    """One definition; `call` stands for AWS. Retries are not waited for: a call that is refused is refused for good."""

    def __init__(self, definition: Mapping[str, Any], call: Call) -> None:
        assert definition["QueryLanguage"] == "JSONata"
        self.definition = definition
        self.call = call

    def run(self, given: Any, *, started: str = "2026-11-29T11:00:00.000Z") -> Any:
        """The output of a run with that input."""
        self.execution = {"Id": "arn:run", "Input": given, "StartTime": started}
        self.variables: dict[str, Any] = {}
        return self._states(self.definition, given)

    def _states(self, machine: Mapping[str, Any], value: Any) -> Any:
        name: str | None = machine["StartAt"]
        while name is not None:
            state = machine["States"][name]
            value, name = self._step(state, value)
        return value

    def _step(self, state: Mapping[str, Any], given: Any) -> tuple[Any, str | None]:
        after = state.get("Next")
        match state["Type"]:
            case "Succeed":
                return given, None
            case "Fail":
                raise FailedError(state["Error"])
            case "Choice":
                chosen = (each["Next"] for each in state["Choices"] if self._value(each["Condition"], given) is True)
                return given, next(chosen, state["Default"])
            case "Pass":
                result = given
            case "Map":
                items = self._value(state["Items"], given)
                assert isinstance(items, list), items
                result = [self._states(state["ItemProcessor"], item) for item in items]
            case "Task":
                try:
                    action = state["Resource"].removeprefix("arn:aws:states:::aws-sdk:")
                    result = self.call(action, self._value(state["Arguments"], given))
                except RuntimeError:
                    if not state.get("Catch"):
                        raise
                    (caught,) = state["Catch"]
                    return self._value(caught["Output"], given), caught["Next"]
            case other:
                raise AssertionError(other)
        output = self._value(state["Output"], given, result) if "Output" in state else result
        self.variables |= {name: self._value(value, given, result) for name, value in state.get("Assign", {}).items()}
        return output, after

    def _value(self, written: Any, given: Any, result: Any = None) -> Any:
        if isinstance(written, dict):
            return {key: self._value(value, given, result) for key, value in written.items()}
        if isinstance(written, list):
            return [self._value(value, given, result) for value in written]
        if isinstance(written, str) and written.startswith("{%"):
            expression = Jsonata(written.removeprefix("{%").removesuffix("%}"))
            expression.assign("states", {"input": given, "result": result, "context": {"Execution": self.execution}})
            for name, value in self.variables.items():
                expression.assign(name, value)
            found = expression.evaluate(None)
            assert found is not None, f"{written} gives nothing, which Step Functions refuses"
            return json.loads(json.dumps(found))
        return written
