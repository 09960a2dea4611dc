"""What whoever is on call, and whoever cares for tenants, looks at; a team has the stack's dashboard of everything it runs.

What a widget may say: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from ..base.alarms import Metric
from .burn import DAY, PAIRS, threshold
from .dashboard import COLUMNS, Section, series
from .error_search import FAILURES
from .indicators import Indicator
from .objective_spec import TIERS

ALARMS_EACH: Final = 100
"""Alarms of one widget, at the most."""
_THIRD: Final = {"width": COLUMNS // 3, "height": 6}
_PERIODS: Final = {"1h": 3600, "6h": 6 * 3600}


@dataclass(frozen=True, kw_only=True)
class Promised:
    """A service and what it promises.

    Attributes:
        service: Its name.
        window_days: Days over which that is judged.
        indicators: What it is measured by.
    """

    service: str
    window_days: int
    indicators: Sequence[Indicator]


def on_call(
    region: str,
    alarms: Sequence[pulumi.Input[str]],
    promised: Sequence[Promised],
    logs: Mapping[str, pulumi.Input[str]],
) -> list[Section]:
    """What speaks now, which budget burns how fast, and what fails."""
    states = {"sortBy": "stateUpdatedTimestamp", "states": ["ALARM", "INSUFFICIENT_DATA"]}
    chunks = [alarms[start : start + ALARMS_EACH] for start in range(0, len(alarms), ALARMS_EACH)]
    speaking = [
        {"type": "alarm", "width": COLUMNS, "height": 4, "properties": {"title": "Alarms", "alarms": [*chunk], **states}}
        for chunk in chunks
    ]
    sections = [Section(title="What speaks now", widgets=speaking)]
    for each in promised:
        burning = [_burning(region, one, each.window_days) for one in each.indicators]
        sections.append(Section(title=f"{each.service}: how fast its budget burns", widgets=burning))
    if logs:
        query = pulumi.Output.concat(*(part for name in logs.values() for part in ("SOURCE '", name, "' | ")), FAILURES)
        failing = {"title": "Failures by kind", "region": region, "view": "table", "query": query}
        sections.append(
            Section(title="What fails", widgets=[{"type": "log", "width": COLUMNS, "height": 8, "properties": failing}])
        )
    return sections


def _burning(region: str, indicator: Indicator, window_days: int) -> dict[str, Any]:
    """How fast the budget burns over an hour and over six, with the rates at which people are woken."""
    lines: list[list[Any]] = []
    for label, period in _PERIODS.items():
        own = {name: f"{name}{label}" for name in indicator.metrics}
        burn = re.sub(r"[a-z]+", lambda found, own=own: own[found[0]], indicator.burn())
        lines.append([{"expression": burn, "label": label, "id": f"burn{label}", "period": period}])
        lines += [
            series(metric, {"stat": metric.statistic, "id": own[name], "visible": False, "period": period})
            for name, metric in indicator.metrics.items()
        ]
    marks = [
        {"label": f"{pair.share:.0%} of it gone", "value": threshold(pair, target=indicator.target, window_days=window_days)}
        for pair in PAIRS
        if pair.speed == "fast"
    ]
    return _metric(region, _title(indicator), lines, 3600, marks)


def of_tenants(
    region: str,
    promised: Sequence[Promised],
    functions: Mapping[str, bool],
    *,
    namespace: str,
) -> list[Section]:
    """What tenants notice, by tier: how much they send, what of it fails, how soon it is there; and what they were promised.

    `functions` tells by the name of a function that counts its requests whether they wait in a queue.
    """
    sections = [
        Section(title=f"{name}: by tier", widgets=[*_by_tier(region, name, namespace, queued=queued)])
        for name, queued in functions.items()
    ]
    for each in promised:
        good = [_kept(region, indicator) for indicator in each.indicators]
        sections.append(Section(title=f"{each.service}: what is promised, and what is kept by the day", widgets=good))
    return sections


def _by_tier(region: str, service: str, namespace: str, *, queued: bool) -> Iterator[dict[str, Any]]:
    slow = ("waited", "p95", "p95 of the seconds in the queue") if queued else ("duration", "p95", "p95 of the milliseconds")
    for name, statistic, title in (("requests", "Sum", "Requests"), ("failed", "Sum", "Failed"), slow):
        metrics = {
            tier: Metric(namespace=namespace, name=name, dimensions={"service": service, "tier": tier}, statistic=statistic)
            for tier in TIERS
        }
        lines = [series(metric, {"stat": statistic, "label": tier}) for tier, metric in metrics.items()]
        yield _metric(region, title, lines, 300, [])


def _kept(region: str, indicator: Indicator) -> dict[str, Any]:
    """The share that was good, day by day, beside the target."""
    if indicator.within:
        lines = [series(indicator.within, {"stat": indicator.within.statistic, "label": "good, %"})]
    else:
        bad = " + ".join(f"FILL({name}, 0)" for name in ("bad", "refused") if name in indicator.metrics)
        lines = [[{"expression": f"100 - 100 * ({bad}) / requests", "label": "good, %", "id": "good"}]]
        lines += [
            series(metric, {"stat": metric.statistic, "id": name, "visible": False})
            for name, metric in indicator.metrics.items()
        ]
    return _metric(region, _title(indicator), lines, DAY, [{"label": "promised", "value": indicator.target}])


def _title(indicator: Indicator) -> str:
    tier = f" ({indicator.tier})" if indicator.tier else ""
    return f"{indicator.kind}{tier}: {indicator.promise}"


def _metric(region: str, title: str, lines: list[list[Any]], period: int, marks: list[dict[str, Any]]) -> dict[str, Any]:
    properties = {"title": title, "region": region, "view": "timeSeries", "period": period, "metrics": lines}
    drawn = {"annotations": {"horizontal": marks}} if marks else {}
    return {"type": "metric", **_THIRD, "properties": {**properties, **drawn}}
