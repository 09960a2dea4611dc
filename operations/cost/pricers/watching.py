"""Alarms, dashboards, metrics and logs."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from operations.cost.lines import Context, Line, Pricer, fixed, used
from operations.cost.resources import Resource


def _alarm(resource: Resource, _: Context) -> Iterator[Line]:
    """An alarm costs for each metric that it reads: one that calculates reads several."""
    queries = [cast("Mapping[str, Any]", each) for each in resource.items("metricQueries") if isinstance(each, Mapping)]
    metrics = sum(1 for each in queries if each.get("metric")) or 1
    yield fixed(resource, "alarm" if metrics == 1 else f"alarm of {metrics} metrics", "alarm/metric", metrics)


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
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": _metric,
    "aws:cloudwatch/logGroup:LogGroup": _logs,
}
