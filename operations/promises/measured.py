"""What is kept of promises, from CloudWatch's numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from operations.promises.outputs import Promise

WINDOWS: Final = {"1h": 3600, "6h": 6 * 3600, "3d": 3 * 86_400}
"""Windows whose burn is told: those of the alarms."""

Points = Mapping[datetime, float]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a promise.

    Attributes:
        promise: Which.
        requests: How many requests, or messages, there were in its window.
        bad: How many of them were bad.
        burn: How fast the budget burns over each of `WINDOWS`: 1 spends it in just the window; None without requests.
    """

    promise: Promise
    requests: float
    bad: float
    burn: Mapping[str, float | None]

    @property
    def good_percent(self) -> float | None:
        """Percent that was good; None where nobody asked anything."""
        return 100 * (1 - self.bad / self.requests) if self.requests else None

    @property
    def left_percent(self) -> float | None:
        """Percent of the budget that is left, below 0 once it is overdrawn; None where nobody asked anything."""
        return 100 * (1 - self.bad / (self.requests * _budget(self.promise))) if self.requests else None

    def told(self) -> dict[str, Any]:
        """For programs."""
        promise = self.promise
        return {
            "service": promise.service,
            "tier": promise.tier,
            "kind": promise.kind,
            "promise": promise.says,
            "target_percent": promise.target,
            "window_days": promise.window_days,
            "requests": round(self.requests),
            "bad": round(self.bad),
            "good_percent": self.good_percent,
            "budget_left_percent": self.left_percent,
            "burn": dict(self.burn),
        }


def measure(promise: Promise, cloudwatch: Any, now: datetime | None = None) -> Kept:
    """Ask CloudWatch for what was kept of a promise: each hour of its window, and each five minutes of the last three days.

    It asks $0.01 for 1,000 metrics (aws.amazon.com/cloudwatch/pricing): these are two, asked for twice.
    """
    end = now or datetime.now(UTC)
    hours = _points(promise, cloudwatch, end - timedelta(days=promise.window_days), end, 3600)
    minutes = _points(promise, cloudwatch, end - timedelta(seconds=max(WINDOWS.values())), end, 300)
    return Kept(
        promise=promise,
        requests=sum(hours["requests"].values()),
        bad=sum(_bad(hours).values()),
        burn={name: _burn(promise, minutes, end - timedelta(seconds=window)) for name, window in WINDOWS.items()},
    )


def _budget(promise: Promise) -> float:
    return (100 - promise.target) / 100


def _burn(promise: Promise, points: Mapping[str, Points], since: datetime) -> float | None:
    requests = sum(value for moment, value in points["requests"].items() if moment >= since)
    bad = sum(value for moment, value in _bad(points).items() if moment >= since)
    return bad / requests / _budget(promise) if requests else None


def _bad(points: Mapping[str, Points]) -> Points:
    if "bad" in points:
        counted = [points[name] for name in ("bad", "refused") if name in points]
        return {at: sum(each.get(at, 0) for each in counted) for at in set().union(*counted)}
    requests = points["requests"]
    return {at: requests.get(at, 0) * (100 - within) / 100 for at, within in points["within"].items()}


def _points(promise: Promise, cloudwatch: Any, start: datetime, end: datetime, period: int) -> dict[str, dict[datetime, float]]:
    """The datapoints of each metric; of what did not happen there is none."""
    queries = [{"Id": name, "MetricStat": {**metric, "Period": period}} for name, metric in promise.metrics.items()]
    found = {name: dict[datetime, float]() for name in promise.metrics}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, StartTime=start, EndTime=end)
    for page in pages:
        for result in page["MetricDataResults"]:
            found[result["Id"]].update(zip(result["Timestamps"], result["Values"], strict=True))
    return found
