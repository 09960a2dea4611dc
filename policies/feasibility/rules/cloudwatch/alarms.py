"""Alarms and dashboards that Amazon CloudWatch refuses, or that overwrite each other."""

import re
from collections.abc import Hashable, Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, at_most_items, choice
from policies.feasibility.engine.joins import each_matches, unique
from policies.feasibility.engine.relations import home, plain
from policies.feasibility.engine.shapes import (
    absent,
    as_block,
    blocks,
    exactly_one,
    given,
    json_object,
    of,
    only_one,
    present,
    requires,
    saying,
    where_given,
    where_missing,
)
from policies.kit.checks import all_of
from policies.kit.facts import ALARM_ACTIONS
from policies.kit.references import arn_of, named
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number, read

rules: Final = Rules("feasibility", failures())

_ALARM: Final = "cloudwatch/metricAlarm"
_COMPOSITE: Final = "cloudwatch/compositeAlarm"
_QUERIES: Final = "because metricQueries say which metrics"

rules.named("alarm-metric", "F396", _ALARM).add(
    of(
        saying(
            "ValidationError: exactly one of metric_name, metric_query and evaluation_criteria must be specified",
            exactly_one("metricName metricQueries evaluationCriteria"),
        ),
        where_given("metricQueries", absent("namespace period statistic extendedStatistic dimensions unit", _QUERIES)),
        where_given(
            "metricName",
            present("namespace period", "because metricName is set"),
            saying(
                "ValidationError: Exactly one of statistic and extendedStatistic is required",
                exactly_one("statistic extendedStatistic"),
            ),
        ),
        where_given(
            "evaluationCriteria", absent("threshold thresholdMetricId comparisonOperator", "because the alarm is PromQL's")
        ),
        where_missing("evaluationCriteria", present("evaluationPeriods comparisonOperator", "because an alarm compares")),
        only_one("threshold thresholdMetricId"),
        at_most("datapointsToAlarm", "evaluationPeriods"),
        choice("treatMissingData", ("missing", "ignore", "breaching", "notBreaching")),
        choice("evaluateLowSampleCountPercentiles", ("evaluate", "ignore")),
        choice("statistic", ("SampleCount", "Average", "Sum", "Minimum", "Maximum")),
        *(at_most_items(name, 5, "actions") for name in ALARM_ACTIONS),
    ),
    description="An alarm watches one metric or one set of queries, with one statistic and one threshold.",
    remediation="Set metricName, namespace, period and statistic, or metricQueries alone.",
)

_ANOMALY: Final = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")


@rules.rule("alarm-threshold", "F396", _ALARM)
def _threshold(alarm: Resource) -> Answers:
    """An alarm has a threshold of its own, or one that a query gives, with an operator for it.

    Set threshold, or thresholdMetricId with an operator of anomaly detection.
    """
    operator, metric = alarm.get("comparisonOperator"), alarm.get("thresholdMetricId")
    if operator in _ANOMALY and not given(metric):
        yield Finding("thresholdMetricId", metric, f"the id of an anomaly band, because comparisonOperator is {operator}")
    elif operator not in (None, *_ANOMALY) and given(metric):
        yield Finding("comparisonOperator", operator, f"{' or '.join(_ANOMALY)} with thresholdMetricId")
    elif operator not in (None, *_ANOMALY) and alarm.get("threshold") is None:
        answer = "ValidationError: threshold is required for static threshold alarms"
        yield Finding("threshold", None, "a number", "threshold", answer)


@rules.rule("alarm-period", "F396", _ALARM)
def _period(alarm: Resource) -> Answers:
    """An alarm's period is 10, 20, 30 or a multiple of 60 seconds; it looks back a day, or a week by the hour.

    Set period to a multiple of 60, and evaluationPeriods so that the two multiply to at most 86400.
    """
    count = alarm.get("evaluationPeriods")
    for path in ("period", "metricQueries[].metric.period", "metricQueries[].period"):
        for where, value in alarm.each(path):
            if value is None:
                continue
            if value is UNKNOWN or count is UNKNOWN:
                yield NOT_JUDGED
                continue
            seconds, times = as_number(value), as_number(count) or 1
            if seconds is None:
                continue
            if seconds not in (10, 20, 30) and (seconds < 60 or seconds % 60):
                answer = "ValidationError: Period must be 10, 20, 30 or a multiple of 60"
                yield Finding(where, value, "10, 20, 30 or a multiple of 60", path, answer)
            longest = 604800 if seconds >= 3600 else 86400
            if seconds * times > longest:
                limit = f"(EvaluationPeriods * Period must be <= {longest})"
                answer = f"ValidationError: Metrics cannot be checked across more than a day {limit}"
                expected = f"at most {longest / seconds:g} periods of {seconds:g} s"
                yield Finding("evaluationPeriods", count, expected, path, answer)


rules.named("alarm-extended-statistic", "F396", _ALARM).add(
    all_of(
        each_matches(
            "extendedStatistic",
            r"p(\d{1,2}(\.\d{0,10})?|100)|(tm|tc|ts|wm)\d{1,2}(\.\d+)?|IQM"
            r"|(TM|PR|TC|TS|WM)\((\d*(\.\d+)?%?)?:(\d*(\.\d+)?%?)?\)",
            "p99, tm90, IQM, TM(2%:98%) or the like",
            answer="ValidationError: The value {value} for parameter ExtendedStatistic is not supported.",
            detail=False,
        ),
        of(
            where_missing(
                "extendedStatistic",
                absent("evaluateLowSampleCountPercentiles", "because the alarm has no percentile", detail="low"),
            )
        ),
    ),
    description="A percentile or trimmed statistic is written as CloudWatch reads it.",
    remediation="Write p99, p99.9, tm90, IQM or TM(2%:98%).",
)


def _queries(alarm: Resource) -> Answers:
    found = list(blocks(alarm, "metricQueries[]"))
    if not found:
        return
    ids = [block.get("id") for _, block in found]
    returning = [block.get("returnData") for _, block in found]
    band = alarm.get("thresholdMetricId")
    if any(value is UNKNOWN for value in (*ids, *returning, band)):
        raise UnknownValueError
    count = sum(str(value).lower() == "true" for value in returning)
    if count != 1 and not (given(band) and count == 2):  # an anomaly band may return beside its metric
        answer = "ValidationError: Exactly one element of the metrics list should return data."
        yield Finding("metricQueries[].returnData", returning, "true on exactly one query", detail="returnData", answer=answer)
    for where, block in found:
        yield from _query(where, block, ids)


def _query(where: str, block: Block, ids: list[Value]) -> Answers:
    name = str(block.get("id"))
    if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", name):
        answer = f"ValidationError: Invalid metrics list id: {name}"
        yield Finding(f"{where}.id", name, "letters, digits and _, a small letter first", detail=f"id {name}", answer=answer)
    if ids.count(block.get("id")) > 1:
        yield Finding(f"{where}.id", name, "an id of its own", detail=f"twice {name}")
    yield from exactly_one("expression metric")(f"{where}.", block)
    expression = block.get("expression")
    if expression is UNKNOWN:
        yield NOT_JUDGED
    elif isinstance(expression, str) and not re.match(r"\s*SELECT\b", expression, re.IGNORECASE):
        unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", expression)
        for used in sorted({*re.findall(r"\b([em]\d+\w*)\b(?!\s*\()", unquoted)} - {*map(str, ids)}):
            answer = f"ValidationError: Error in expression '{name}': Unrecognized id {used}"
            yield Finding(f"{where}.expression", expression, f"ids of the alarm's queries, not {used}", used, answer)


rules.named("alarm-queries", "F396", _ALARM).add(
    all_of(of(at_most_items("metricQueries", 100, "queries", detail="count")), _queries),
    description="Metric queries have ids of their own, name only each other, and one of them gives the data.",
    remediation="Set returnData: true on exactly one query; start ids with a small letter.",
)


@rules.rule("alarm-filled-datapoints", "F538", _ALARM)
def _filled(alarm: Resource) -> Answers:
    """An alarm over an expression that fills gaps with a number lets some datapoints be the filler.

    Set datapointsToAlarm below evaluationPeriods: 3 of 5 rather than 5 of 5.
    """
    for where, expression in alarm.each("metricQueries[].expression"):
        if expression is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(expression, str) and _fills(expression):
            periods = as_number(alarm.get("evaluationPeriods"))
            given_points = alarm.get("datapointsToAlarm")
            points = periods if given_points is None else as_number(given_points)
            if points is UNKNOWN or periods is UNKNOWN:
                yield NOT_JUDGED
            elif points is not None and points == periods:
                yield Finding("datapointsToAlarm", given_points, f"fewer than evaluationPeriods, {periods:g}", where)


def _fills(expression: str) -> bool:
    """Whether it puts a number in the place of what is missing: REPEAT and LINEAR go on from the metric itself."""
    fills, follows = (re.findall(form, expression, re.IGNORECASE) for form in (r"\bFILL\s*\(", r",\s*(?:REPEAT|LINEAR)\s*\)"))
    return len(fills) > len(follows)


@rules.rule("alarm-action-target", "F396", "cloudwatch/metricAlarm cloudwatch/compositeAlarm")
def _actions(alarm: Resource) -> Answers:
    """An alarm's actions are in its region; EC2 actions have an instance to act on.

    Use a topic of the alarm's region; set dimensions.InstanceId for EC2 actions.
    """
    dimensions = alarm.get("dimensions")
    has_instance = dimensions is UNKNOWN or "InstanceId" in as_block(dimensions)
    for name in ALARM_ACTIONS:
        for _, value in alarm.each(f"{name}[]"):
            arn = arn_of(value)
            if value is UNKNOWN:
                if not alarm.sources(name):
                    yield NOT_JUDGED
            elif arn is None:
                answer = f"ValidationError: Invalid arn syntax: {value}"
                yield Finding(name, value, "the ARN of a topic, function or action", detail=str(value), answer=answer)
            elif alarm.region and arn.region and arn.region != alarm.region:
                answer = f"ValidationError: Invalid region {arn.region} specified. Only {alarm.region} is supported."
                yield Finding(name, value, f"an action of {alarm.region}", detail=f"{name} region", answer=answer)
            elif arn.service in ("automate", "swf") and not has_instance:
                answer = "ValidationError: Invalid use of EC2 action: the alarm needs the dimension InstanceId"
                yield Finding(name, value, "an alarm with dimensions.InstanceId", detail="instance", answer=answer)


def _name_key(alarm: Resource) -> Hashable:
    return None if alarm.get("name") is None else (home(alarm), *plain(alarm, "name"))


rules.named("alarm-name-once", "F396", f"{_ALARM} {_COMPOSITE}", needs_stack=True).add(
    unique(
        f"{_ALARM} {_COMPOSITE}",
        _name_key,
        "name",
        "a name that {other} does not have",
        answer="No error: the second alarm replaces the first",
    ),
    description="Alarms of a region have names of their own.",
    remediation="Rename one of the two.",
)


_CALL: Final = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(\"[^\"]+\"|'[^']+'|[^)\"']+)\s*\)")
_REST: Final = re.compile(r"[\s()]|\b(AND|OR|NOT|TRUE|FALSE)\b|\bAT_LEAST\b.*")


@rules.rule("composite-alarm-rule", "F396", _COMPOSITE, needs_stack=True)
def _composite(composite: Resource) -> Answers:
    """A composite alarm's rule can be read, and its alarms exist before it.

    Write ALARM("a") AND NOT ALARM("b"), taking the names from the alarms.
    """
    rule = composite.get("alarmRule")
    text = str(rule or "")
    if _REST.sub("", _CALL.sub("", text)).strip() or text.count("(") != text.count(")") or not text.strip():
        answer = "ValidationError: AlarmRule must be a valid expression"
        yield Finding("alarmRule", rule, 'ALARM("name") joined by AND, OR and NOT', detail="form", answer=answer)
        return
    for _, quoted in _CALL.findall(text):
        name = quoted.strip().strip("\"'")
        for child in named(composite, name.rpartition(":alarm:")[2], _ALARM, _COMPOSITE):
            if not composite.after(child):
                answer = f"ValidationError: Alarm rule must not contain references to alarms that do not exist: {name}"
                yield Finding("alarmRule", name, f"dependsOn {child.name}, or its name", detail=name, answer=answer)


rules.named("composite-alarm-suppressor", "F396", _COMPOSITE).add(
    of(
        requires("actionsSuppressor.alarm", "actionsSuppressor.extensionPeriod actionsSuppressor.waitPeriod"),
        *(at_most_items(name, 5, "actions") for name in ALARM_ACTIONS),
    ),
    description="A suppressor has both its periods, and an alarm at most five actions of a kind.",
    remediation="Set actionsSuppressor.extensionPeriod and waitPeriod.",
)


@rules.rule("dashboard-widgets", "F396", "cloudwatch/dashboard")
def _dashboard(dashboard: Resource) -> Answers:
    """Widgets of a dashboard have content, and stay in its 24 columns.

    Give metric widgets metrics and text widgets markdown; keep x and width within 24.
    """
    answer = "InvalidParameterInput: The dashboard body is invalid, there are 1 validation errors"
    found = as_list((json_object(dashboard.get("dashboardBody")) or {}).get("widgets"))
    if len(found) > 500:
        yield Finding("dashboardBody.widgets", len(found), "at most 500 widgets", "count", answer)
    for index, widget in enumerate(found):
        for path, value, expected in _widget(as_block(widget)):
            yield Finding(f"dashboardBody.widgets[{index}].{path}", value, expected, f"{index} {path}", answer)


def _widget(widget: Block) -> Iterator[tuple[str, Value, str]]:
    """Path, value and what would be right of each thing that is wrong with a widget."""
    x, width = as_number(widget.get("x")), as_number(widget.get("width"))
    if x is not None and width is not None and x + width > 24:
        yield "width", widget.get("width"), f"at most {24 - x:g}, so that the widget ends at column 24"
    kind, fields = widget.get("type"), widget.get("properties")
    if not isinstance(fields, dict):
        return
    if kind == "metric" and not fields.get("metrics") and not read(fields, "annotations.alarms"):
        yield "properties.metrics", fields.get("metrics"), "metrics, or annotations.alarms"
    if kind == "text" and "markdown" not in fields:
        yield "properties.markdown", None, "a text"
