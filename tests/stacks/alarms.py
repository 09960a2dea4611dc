"""The alarms that a stack plans, and datapoints of their metrics."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.cloudwatch import Series, measures
from tests.found import some
from tests.stacks.estate import Estate
from tests.stacks.metrics import values_of

METRIC: Final = "cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "cloudwatch/compositeAlarm:CompositeAlarm"
LONG: Final = 40
"""More periods than any alarm looks at."""


def key_of(alarm: Mapping[str, Any]) -> str:
    """The kind of an alarm, by its runbook."""
    (page,) = re.findall(r"Runbook: \S+/([a-z0-9]+/[a-z0-9-]+)\Z", alarm["alarmDescription"])
    return page.replace("/", "-", 1)


def alarms(estate: Estate) -> dict[str, Mapping[str, Any]]:
    """The metric alarms of a stack."""
    return {name: each.inputs for name, each in some(estate.of(METRIC)).items()}


def series(alarm: Mapping[str, Any], estate: Estate, *parts: tuple[str, int]) -> dict[str, Series]:
    """Datapoints of an alarm's metrics: so many periods `well`, `wrong` or `silent`, one after the other."""
    found: dict[str, Series] = {}
    for identity, measure in measures(alarm).items():
        values = values_of(measure, estate)
        read = {"well": values.well, "wrong": values.wrong, "silent": None}
        found[identity] = [read[what] for what, periods in parts for _ in range(periods)]
    return found
