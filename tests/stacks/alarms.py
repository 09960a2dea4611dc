"""The alarms that a stack plans, and datapoints of their metrics."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from tests.cloudwatch import Series, measures
from tests.found import some
from tests.stacks.estate import ALL, Estate, estate_of, run
from tests.stacks.metrics import values_of
from tests.stacks.test_on_demand import environment

METRIC: Final = "cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "cloudwatch/compositeAlarm:CompositeAlarm"
ON_DEMAND: Final = "dev-x"
STACKS: Final = (*ALL, "cold", ON_DEMAND)
"""What plans alarms: the stacks, a recovery stack that is cold, and an environment on demand."""
LONG: Final = 40
"""More periods than any alarm looks at."""


@cache
def estate(name: str) -> Estate:
    """One of `STACKS`."""
    if name == ON_DEMAND:
        return environment("x")
    return estate_of(name) if name in ALL else run("prod-recovery", {"warmth": name}, others=[estate_of("prod")])


def key_of(alarm: Mapping[str, Any]) -> str:
    """The kind of an alarm, by its runbook."""
    (page,) = re.findall(r"Runbook: \S+/([a-z0-9]+/[a-z0-9-]+)\Z", alarm["alarmDescription"])
    return page.replace("/", "-", 1)


def alarms(planned: Estate) -> dict[str, Mapping[str, Any]]:
    """The metric alarms of a stack."""
    return {name: each.inputs for name, each in some(planned.of(METRIC)).items()}


def series(alarm: Mapping[str, Any], planned: Estate, *parts: tuple[str, int]) -> dict[str, Series]:
    """Datapoints of an alarm's metrics: so many periods `well`, `wrong` or `silent`, one after the other."""
    found: dict[str, Series] = {}
    for identity, measure in measures(alarm).items():
        values = values_of(measure, planned)
        read = {"well": values.well, "wrong": values.wrong, "silent": None}
        found[identity] = [read[what] for what, periods in parts for _ in range(periods)]
    return found
