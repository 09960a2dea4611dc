"""A small CloudWatch: it judges declared alarms on synthetic requests, minute by minute.

What it takes from AWS's documentation: a period ends with the minute that it is judged at; arithmetic with a missing datapoint
gives none, and SUM of several series adds up those that have one; none is treated as the alarm says (`notBreaching` here); a
composite alarm follows the states of its parts.
"""

import ast
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.components.harness import Declaration

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_OPERATORS: Final[Mapping[type[ast.AST], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
}


@dataclass(frozen=True)
class Minute:
    """Requests of a minute, and how many of them were bad: failed, or too slow; and how many more no task took."""

    requests: int
    bad: int = 0
    refused: int = 0


def values_of(minutes: Sequence[Minute]) -> dict[str, float | None]:
    """The datapoints of a period; of what did not happen there is none."""
    requests, bad = sum(each.requests for each in minutes), sum(each.bad for each in minutes)
    return {
        "requests": requests or None,
        "bad": bad or None,
        "refused": sum(each.refused for each in minutes) or None,
        "within": 100 * (requests - bad) / requests if requests else None,
    }


def result(expression: str, values: Mapping[str, float | None]) -> float | None:
    """The datapoint of an expression of metric math."""

    def of(node: ast.AST) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return values[name]
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
                one, other = of(left), of(right)
                return None if None in (one, other) else _OPERATORS[type(op)](one, other)
            case ast.Call(func=ast.Name(id="IF"), args=[condition, yes, no]):
                chosen = of(condition)
                return None if chosen is None else of(yes if chosen else no)
            case ast.Call(func=ast.Name(id="SUM"), args=[ast.List(elts=series)]):
                there = [value for value in map(of, series) if value is not None]
                return sum(there) if there else None
            case _:
                raise AssertionError(ast.dump(node))

    return of(ast.parse(expression, mode="eval").body)


class CloudWatch:
    """The alarms of a declaration."""

    def __init__(self, declared: Declaration) -> None:
        self.alarms = {each.name: each.inputs for each in declared.of(ALARM)}
        self.composites = {each.inputs["alarmName"]: each.inputs for each in declared.of(COMPOSITE)}

    def value(self, name: str, minutes: Sequence[Minute]) -> float | None:
        """The newest datapoint of an alarm."""
        queries = self.alarms[name]["metricQueries"]
        (expression,) = (each["expression"] for each in queries if each["returnData"])
        (period,) = {each["metric"]["period"] for each in queries if "metric" in each}
        return result(expression, values_of(minutes[-int(period) // 60 :]))

    def speaks(self, name: str, minutes: Sequence[Minute]) -> bool:
        """Whether a metric alarm is in the state ALARM at the end of `minutes`."""
        alarm, value = self.alarms[name], self.value(name, minutes)
        assert (alarm["evaluationPeriods"], alarm["treatMissingData"]) == (1, "notBreaching")
        assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
        return value is not None and value >= alarm["threshold"]

    def told(self, minutes: Sequence[Minute]) -> set[str]:
        """The composite alarms that people hear of then."""

        def judged(rule: str) -> bool:
            def state(found: re.Match[str]) -> str:
                other = self.composites.get(found[1])
                return str(judged(other["alarmRule"]) if other else self.speaks(found[1], minutes))

            text = re.sub(r'ALARM\("([^"]+)"\)', state, rule)
            text = re.sub(r"\b(AND|OR|NOT)\b", lambda found: found[1].lower(), text)
            return bool(eval(text, {"__builtins__": {}}))

        return {name for name, each in self.composites.items() if judged(each["alarmRule"])}
