"""Alarms, dashboards, metrics and logs."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from operations.cost.lines import Context, Line, Pricer, fixed, used
from operations.cost.resources import Resource

ALARMS: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTERS: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
OF_AWS: Final = ("AWS/", "ECS/ContainerInsights")
"""How the namespaces of metrics begin that AWS makes: they cost nothing by themselves, or are the cluster's."""


def _alarm(resource: Resource, context: Context) -> Iterator[Line]:
    """An alarm costs for each metric that it reads: one that calculates reads several.

    A metric of our own costs, too, and is counted at the first alarm that reads it, unless a filter of a log makes it.
    """
    metrics = _metrics(resource)
    yield fixed(resource, "alarm" if len(metrics) == 1 else f"alarm of {len(metrics)} metrics", "alarm/metric", len(metrics))
    first, filtered = context.once(ALARMS, _own), context.once(FILTERS, _filtered)
    own = {each for each in metrics if first.get(each) == resource.urn and each not in filtered}
    if own:
        yield fixed(resource, "metrics of our own that it reads", "metric", len(own))


def _metrics(alarm: Resource) -> list[tuple[str, str, str]]:
    """Namespace, name and dimensions of each metric that an alarm reads."""
    queries = [cast("Mapping[str, Any]", each) for each in alarm.items("metricQueries") if isinstance(each, Mapping)]
    read = [cast("Mapping[str, Any]", each["metric"]) for each in queries if each.get("metric")] or [alarm.inputs]
    return [
        (str(each.get("namespace")), str(each.get("metricName")), json.dumps(each.get("dimensions") or {}, sort_keys=True))
        for each in read
    ]


def _own(alarms: Iterable[Resource]) -> dict[tuple[str, str, str], str]:
    """Each metric of our own -> the URN of the first alarm that reads it."""
    found: dict[tuple[str, str, str], str] = {}
    for alarm in alarms:
        for metric in _metrics(alarm):
            if not metric[0].startswith(OF_AWS):
                found.setdefault(metric, alarm.urn)
    return found


def _filtered(filters: Iterable[Resource]) -> set[tuple[str, str, str]]:
    """Each metric that a filter of a log makes; ours have no dimensions."""
    told = [cast("Mapping[str, Any]", each.inputs.get("metricTransformation") or {}) for each in filters]
    return {(str(each.get("namespace")), str(each.get("name")), "{}") for each in told}


def _composite(resource: Resource, _: Context) -> Iterator[Line]:
    yield fixed(resource, "alarm over alarms", "alarm/composite")


def _dashboard(resource: Resource, _: Context) -> Iterator[Line]:
    yield fixed(resource, "dashboard", "dashboard")


def _metric(resource: Resource, _: Context) -> Iterator[Line]:
    yield fixed(resource, "metric of a log", "metric")


def _logs(resource: Resource, context: Context) -> Iterator[Line]:
    """What is kept after the retention is not paid for; a group without one keeps for ever, taken as ten years."""
    coming, days = context.usage["logs_gb"], resource.number("retentionInDays") or Decimal(3650)
    yield used(resource, "taken in", "logs/gb", coming)
    kept = coming.times(context.usage["logs_kept"]).times(days * 12 / 365)
    yield used(resource, f"kept for {days} days", "logs/stored", kept, kept=True)


PRICERS: Final[Mapping[str, Pricer]] = {
    ALARMS: _alarm,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _composite,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    FILTERS: _metric,
    "aws:cloudwatch/logGroup:LogGroup": _logs,
}
