"""Declared alarms on synthetic requests, as `tests.cloudwatch` judges them; a period ends with the minute that is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.cloudwatch import composite, expression, result
from tests.components.harness import Declaration

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"


@dataclass(frozen=True)
class Minute:
    """Requests of a minute, and how many of them were bad: failed, or too slow."""

    requests: int
    bad: int = 0


def values_of(minutes: Sequence[Minute]) -> dict[str, float | None]:
    """The datapoints of a period; of what did not happen there is none."""
    requests, bad = sum(each.requests for each in minutes), sum(each.bad for each in minutes)
    return {
        "requests": requests or None,
        "bad": bad or None,
        "within": 100 * (requests - bad) / requests if requests else None,
    }


class CloudWatch:
    """The alarms of a declaration."""

    def __init__(self, declared: Declaration) -> None:
        self.alarms = {each.name: each.inputs for each in declared.of(ALARM)}
        self.composites = {each.inputs["alarmName"]: each.inputs for each in declared.of(COMPOSITE)}

    def value(self, name: str, minutes: Sequence[Minute]) -> float | None:
        """The newest datapoint of an alarm."""
        (period,) = {each["metric"]["period"] for each in self.alarms[name]["metricQueries"] if "metric" in each}
        return result(expression(self.alarms[name]), values_of(minutes[-int(period) // 60 :]))

    def speaks(self, name: str, minutes: Sequence[Minute]) -> bool:
        """Whether a metric alarm is in the state ALARM at the end of `minutes`."""
        alarm, value = self.alarms[name], self.value(name, minutes)
        assert (alarm["evaluationPeriods"], alarm["treatMissingData"]) == (1, "notBreaching")
        assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
        return value is not None and value >= alarm["threshold"]

    def told(self, minutes: Sequence[Minute]) -> set[str]:
        """The composite alarms that people hear of then."""

        def is_alarm(name: str) -> bool:
            other = self.composites.get(name)
            return composite(other["alarmRule"], is_alarm) if other else self.speaks(name, minutes)

        return {name for name in self.composites if is_alarm(name)}
