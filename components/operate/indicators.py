"""What a promise is measured by: the load balancer's metrics of a service, or those that a workload tells of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from ..base.alarms import Metric
from .objective_spec import ObjectiveSpec, PromiseSpec, Tier

Kind = Literal["availability", "latency", "freshness"]
Balanced = Mapping[str, pulumi.Input[str]]
"""The dimensions under which a load balancer counts the requests of one target group."""


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """What is measured for one promise.

    Attributes:
        kind: What is promised.
        target: Percent of the requests, or messages, that must be good.
        promise: The promise in words, e.g. `95 % within 800 ms`.
        tier: Of the tenants that it is made to; None, the default, where it is made to all.
        requests: How many there were.
        bad: How many of them were bad; None where `within` tells it.
        refused: How many more were bad because nobody took them; None, the default, where `bad` counts all.
        within: Percent of them that were good.
    """

    kind: Kind
    target: float
    promise: str
    tier: Tier | None = None
    requests: Metric
    bad: Metric | None = None
    refused: Metric | None = None
    within: Metric | None = None

    @property
    def name(self) -> str:
        """Its name among those of a service, e.g. `latency` or `silo-latency`."""
        return "-".join(filter(None, (self.tier, self.kind)))

    @property
    def metrics(self) -> dict[str, Metric]:
        """The metrics by their id in the expressions."""
        named = {"requests": self.requests, "bad": self.bad, "refused": self.refused, "within": self.within}
        return {name: metric for name, metric in named.items() if metric}

    def burn(self, *, least: int = 0) -> str:
        """Metric math: how fast the budget burns; 0 with fewer than `least` bad requests, no datapoint without any.

        Nothing is filled in. Whatever sends no datapoint was not asked for, or had no error; a sum of two series is of those
        that have a datapoint, which `bad + refused` is not sure to be.
        """
        bad = "SUM([bad, refused])" if self.refused else "bad"
        share = f"{bad} / requests" if self.bad else "(100 - within) / 100"
        count = bad if self.bad else "requests * (100 - within) / 100"
        budget = f"{(100 - self.target) / 100:.6g}"
        rate = f"{share} / {budget}"
        return f"IF({count} >= {least}, {rate}, 0)" if least else rate

    def told(self) -> dict[str, Any]:
        """The same for the stack's outputs: what `dataconnect slo` asks CloudWatch for."""
        return {
            "kind": self.kind,
            "promise": self.promise,
            "target": self.target,
            **({"tier": self.tier} if self.tier else {}),
            "metrics": {
                name: {
                    "namespace": metric.namespace,
                    "name": metric.name,
                    "dimensions": dict(metric.dimensions),
                    "statistic": metric.statistic,
                }
                for name, metric in self.metrics.items()
            },
        }


def indicators_of(name: str, spec: ObjectiveSpec, *, namespace: str, balanced: Balanced | None) -> tuple[Indicator, ...]:
    """What the promises of the workload `name` are measured by.

    Args:
        name: As it tells itself, `service` in its lines.
        spec: What it promises.
        namespace: Of the metrics that it tells.
        balanced: Where a load balancer counts what all tenants ask of it; None of a function, which counts itself.
    """
    found = [_of_balancer(spec, balanced) if balanced else _of_lines(spec, name, namespace, None)]
    found += [_of_lines(promise, name, namespace, tier) for tier, promise in spec.tiers.items()]
    return tuple(each for part in found for each in part)


def _of_balancer(spec: PromiseSpec, dimensions: Balanced) -> list[Indicator]:
    """docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html.

    A task that refuses the connection answers nothing: the load balancer does, with 502, and counts that under itself alone.
    The connection that failed it counts under the target group, too. What else it answers for a target under itself alone (a
    connection that broke off, a timeout) no metric has by target group.
    """

    def metric(name: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, statistic=statistic)

    return _indicators(
        spec,
        tier=None,
        requests=metric("RequestCount", "Sum"),
        bad=metric("HTTPCode_Target_5XX_Count", "Sum"),
        refused=metric("TargetConnectionErrorCount", "Sum"),
        # It measures in seconds.
        within=lambda milliseconds: metric("TargetResponseTime", f"PR(:{milliseconds / 1000:g})"),
        answered=metric("TargetResponseTime", "SampleCount"),
    )


def _of_lines(spec: PromiseSpec, name: str, namespace: str, tier: Tier | None) -> list[Indicator]:
    """docs/telling.md."""
    dimensions = {"service": name, **({"tier": tier} if tier else {})}

    def metric(told: str, statistic: str) -> Metric:
        return Metric(namespace=namespace, name=told, dimensions=dimensions, statistic=statistic)

    found = _indicators(
        spec,
        tier=tier,
        requests=metric("requests", "Sum"),
        bad=metric("failed", "Sum"),
        within=lambda milliseconds: metric("duration", f"PR(:{milliseconds})"),
        answered=metric("duration", "SampleCount"),
    )
    if fresh := spec.freshness:
        found.append(
            Indicator(
                kind="freshness",
                tier=tier,
                target=fresh.percent,
                promise=f"{fresh.percent:g} % taken within {fresh.seconds} s",
                requests=metric("waited", "SampleCount"),
                within=metric("waited", f"PR(:{fresh.seconds})"),
            )
        )
    return found


def _indicators(
    spec: PromiseSpec,
    *,
    tier: Tier | None,
    requests: Metric,
    bad: Metric,
    within: Callable[[int], Metric],
    answered: Metric,
    refused: Metric | None = None,
) -> list[Indicator]:
    found: list[Indicator] = []
    if spec.availability is not None:
        promise = f"{spec.availability:g} % do not fail"
        found.append(
            Indicator(
                kind="availability",
                tier=tier,
                target=spec.availability,
                promise=promise,
                requests=requests,
                bad=bad,
                refused=refused,
            )
        )
    if latency := spec.latency:
        promise = f"{latency.percent:g} % within {latency.milliseconds} ms"
        asked = within(latency.milliseconds)
        found.append(
            Indicator(kind="latency", tier=tier, target=latency.percent, promise=promise, requests=answered, within=asked)
        )
    return found
