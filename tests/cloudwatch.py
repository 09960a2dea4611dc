"""A small CloudWatch: metric math, and the states of alarms, on datapoints that a test gives.

What it takes from AWS's documentation (docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/: using-metric-math,
alarms-and-missing-data, Create_Composite_Alarm): arithmetic with a missing datapoint gives none, MAX and SUM of a list go by
what there is, FILL puts a value in the place of a missing one; an alarm looks at more datapoints than its evaluation periods,
and only where too few of them exist it treats the missing ones as it says. How late a metric comes is not modelled.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Datapoint = float | None
Series = Sequence[Datapoint]
"""Datapoints, a period each, the oldest first; None where there is none."""

INSUFFICIENT: Final = "INSUFFICIENT_DATA"
_BEYOND: Final = 2
_OPERATORS: Final[Mapping[type[ast.AST], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
}
_COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Measure:
    """What an alarm looks at: one metric in one statistic."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str


def measures(alarm: Mapping[str, Any]) -> dict[str, Measure]:
    """The metrics of an alarm's inputs, by their ids in its expression; one without an expression is called `m`."""
    if alarm.get("metricName"):
        return {"m": _measure(alarm, alarm.get("statistic") or alarm["extendedStatistic"])}
    queries = [each for each in alarm["metricQueries"] if each.get("metric")]
    return {each["id"]: _measure(each["metric"], each["metric"]["stat"]) for each in queries}


def _measure(told: Mapping[str, Any], statistic: str) -> Measure:
    dimensions = tuple(sorted((told.get("dimensions") or {}).items()))
    return Measure(namespace=told["namespace"], name=told["metricName"], dimensions=dimensions, statistic=statistic)


def expression(alarm: Mapping[str, Any]) -> str:
    """The expression that an alarm goes by."""
    if alarm.get("metricName"):
        return "m"
    (found,) = (each["expression"] for each in alarm["metricQueries"] if each.get("returnData"))
    return found


def result(expression: str, values: Mapping[str, Datapoint]) -> Datapoint:
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
            case ast.Call(func=ast.Name(id="FILL"), args=[filled, value]):
                found = of(filled)
                return of(value) if found is None else found
            case ast.Call(func=ast.Name(id="MAX" | "SUM" as name), args=[ast.List(elts=each)]):
                there = [found for found in map(of, each) if found is not None]
                return {"MAX": max, "SUM": sum}[name](there) if there else None
            case _:
                raise AssertionError(ast.dump(node))

    return of(ast.parse(expression, mode="eval").body)


def states(alarm: Mapping[str, Any], series: Mapping[str, Series], begins: str = INSUFFICIENT) -> Iterator[str]:
    """The state of a metric alarm after each period, of series by id of the metric."""
    text, points, state = expression(alarm), list[Datapoint](), begins
    for period in zip(*series.values(), strict=True):
        points.append(result(text, dict(zip(series, period, strict=True))))
        state = _judged(alarm, points, state)
        yield state


def _judged(alarm: Mapping[str, Any], points: Series, state: str) -> str:
    periods, needed = int(alarm["evaluationPeriods"]), int(alarm.get("datapointsToAlarm") or alarm["evaluationPeriods"])
    compare, threshold = _COMPARISONS[alarm["comparisonOperator"]], alarm["threshold"]
    window = points[-periods - _BEYOND :]
    found = [(compare(point, threshold), age) for age, point in enumerate(reversed(window), 1) if point is not None][:periods]
    bad, lacking = sum(breaches for breaches, _ in found), periods - len(found)
    match alarm.get("treatMissingData", "missing") if lacking else "":
        case "breaching":
            bad += lacking
        case "ignore" if bad < needed <= bad + lacking:
            return state
        case "missing" if not found:
            return INSUFFICIENT
        case "missing" if bad == len(found) and found[-1][1] >= needed:
            return "ALARM"
        case _:
            pass
    return "ALARM" if bad >= needed else "OK"


def composite(rule: str, is_alarm: Callable[[str], bool]) -> bool:
    """Whether a composite alarm is in the state ALARM, of those that its rule names."""
    text = re.sub(r'ALARM\("([^"]+)"\)', lambda found: str(is_alarm(found[1])), rule)
    text = re.sub(r"\b(AND|OR|NOT)\b", lambda found: found[1].lower(), text)
    return bool(eval(text, {"__builtins__": {}}))
