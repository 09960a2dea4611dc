"""Failures that a workload tells of itself: what answers in time, and with 200, may fail all the same."""

from typing import Literal

from ..base.alarms import Alarm, Metric
from ..base.links import Link
from ..base.telemetry import NAMESPACE, namespace
from .failing_spec import FailingSpec


def alarms_on_failing(thing: Literal["service", "function", "fleet"], name: str, spec: FailingSpec, link: Link) -> list[Alarm]:
    """The alarm on what the workload `name` tells as failed; none where nobody told it the namespace to do so in.

    Both metrics come of the same lines, so nothing is filled in: without requests there is no datapoint, and no alarm.
    """
    if NAMESPACE not in link.environment:
        return []
    metrics = {
        told: Metric(namespace=namespace(), name=told, dimensions={"service": name}, statistic="Sum")
        for told in ("requests", "failed")
    }
    return [
        Alarm(
            key=f"{thing}-failing",
            description=f"Of what the {thing} is asked, {spec.percent} % or more fails, by its own word.",
            metric=metrics,
            expression=f"IF(failed >= {spec.failures}, 100 * failed / requests, 0)",
            comparison="GreaterThanOrEqualToThreshold",
            threshold=spec.percent,
            period=300,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            missing_data="notBreaching",
        )
    ]
