"""Alarms and dashboard rows that a component brings for what it creates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import pulumi
from pulumi_aws import cloudwatch

from .component import Component, tags
from .errors import ComponentError
from .severity import severity_of

if TYPE_CHECKING:
    from .here import Here

Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"]
MissingData = Literal["breaching", "notBreaching", "ignore", "missing"]


@dataclass(frozen=True, kw_only=True)
class AlarmTarget:
    """Where a component's alarms go.

    Attributes:
        topic_arn: SNS topic told on ALARM and on OK; in the alarm's own region.
        runbook_url: Base address of the runbooks; an alarm's page is in a folder for its thing.
        stack: What descriptions begin with, where the topic is another stack's and its alarms are to be told apart; nothing by
            default.
    """

    topic_arn: pulumi.Input[str]
    runbook_url: str
    stack: str = ""

    def runbook(self, key: str) -> str:
        """The address of the runbook for a kind of alarm: `database-cpu` is `<runbook_url>/database/cpu`."""
        return f"{self.runbook_url}/{key.replace('-', '/', 1)}"

    def told(self, sentence: str) -> str:
        """A sentence, after the stack that it is of where the topic is another stack's."""
        return f"{self.stack}: {sentence}" if self.stack else sentence

    def described(self, key: str, description: str) -> str:
        """What people and the notifier read of an alarm: what it says, how urgent it is, and where its runbook is."""
        return f"{self.told(description)} Severity: {severity_of(key)}. Runbook: {self.runbook(key)}"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric.

    Attributes:
        namespace: e.g. `AWS/RDS`.
        name: e.g. `CPUUtilization`.
        dimensions: Dimension name -> value.
        statistic: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p95`.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One thing to watch.

    Attributes:
        key: Kind of alarm, `<thing>-<symptom>` in lower case, e.g. `database-cpu`, which the runbook
            `docs/runbooks/database/cpu.md` is for.
        description: One sentence for the person who is woken.
        metric: The metric, or with `expression` the metrics by their id in the expression.
        expression: CloudWatch metric math over the ids of `metric`; none by default.
        comparison: How the value is compared with `threshold`.
        threshold: In the metric's unit.
        period: Seconds per datapoint; 60 by default (10, 20, 30 or a multiple of 60: CloudWatch PutMetricAlarm).
        evaluation_periods: Datapoints looked at.
        datapoints_to_alarm: How many of them must breach; all of them by default.
        missing_data: How absent datapoints count: as `breaching` or `notBreaching`; not at all (`missing`, the default: with
            none left the state is INSUFFICIENT_DATA); or `ignore`, which keeps the state then.
        tell_silence: Whether people are also told when the metric ends, that is on INSUFFICIENT_DATA; false by default. Unlike
            with `breaching`, an alarm whose metric has not begun yet tells nothing. Takes `missing_data` `missing`.
        label: Tells apart several alarms of one key in a component, e.g. a zone.

    Raises:
        ComponentError: on another key; metrics without an expression, or one with; and numbers or `missing_data` with which it
            would never speak.
    """

    key: str
    description: str
    metric: Metric | Mapping[str, Metric]
    comparison: Comparison
    threshold: float
    expression: str | None = None
    period: int = 60
    evaluation_periods: int = 5
    datapoints_to_alarm: int | None = None
    missing_data: MissingData = "missing"
    tell_silence: bool = False
    label: str | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", self.key):
            raise ComponentError(f"Alarm.key is {self.key!r}; expected <thing>-<symptom> in lower case")
        if isinstance(self.metric, Metric) == (self.expression is not None):
            raise ComponentError(f"Alarm {self.key}: give one metric, or metrics by id together with an expression")
        if not 1 <= (self.datapoints_to_alarm or 1) <= self.evaluation_periods:
            raise ComponentError(
                f"Alarm {self.key}.datapoints_to_alarm is {self.datapoints_to_alarm}; "
                f"expected 1 to evaluation_periods ({self.evaluation_periods})"
            )
        if (
            "FILL(" in (self.expression or "")
            and (self.datapoints_to_alarm or self.evaluation_periods) == self.evaluation_periods
        ):
            # The newest point of a metric that lags is always the filler.
            raise ComponentError(
                f"Alarm {self.key}.datapoints_to_alarm is {self.datapoints_to_alarm}; expected fewer than evaluation_periods "
                f"({self.evaluation_periods}), because FILL puts its own value in the place of the newest datapoint"
            )
        if self.tell_silence and self.missing_data != "missing":
            says = f"Alarm {self.key}.missing_data is {self.missing_data!r}"
            raise ComponentError(f"{says}; expected 'missing' with tell_silence")


QUIET_ASLEEP: Final = ("batch-head-of-queue", "database-", "fleet-", "ingress-", "queue-oldest-message", "service-")
"""What the keys of alarms begin with that fire because something sleeps: those of what is stopped, and of what waits for it."""


def any_of(key: str, description: str, counts: Mapping[str, Metric]) -> Alarm:
    """An alarm on anything that one of several metrics counts, by id of the metric; AWS sends none where there is nothing."""
    return Alarm(
        key=key,
        description=description,
        metric=counts,
        expression=" + ".join(f"FILL({identity}, 0)" for identity in counts),
        comparison="GreaterThanThreshold",
        threshold=0,
        period=300,
        evaluation_periods=2,
        datapoints_to_alarm=1,
        missing_data="notBreaching",
    )


@dataclass(frozen=True, kw_only=True)
class DashboardRow:
    """What a component shows on its stack's dashboard: its alarms' metrics with their thresholds."""

    title: str
    region: str
    alarms: Sequence[Alarm] = field(default_factory=tuple[Alarm, ...])


def create_alarms(
    owner: Component, alarms: Sequence[Alarm], here: "Here", *, part: str | None = None, quiet: bool = False
) -> list[cloudwatch.MetricAlarm]:
    """Create `alarms` as children of `owner`, put its row on the dashboard of the stack, and return them.

    Children are named `<owner>-<key>[-<label>]`, or after `part`, where a part of the owner has a row of its own; every alarm
    tells `here.alarms` on ALARM and on OK and links its runbook. Those that are `quiet` tell nobody and have no row: they are
    parts of a composite alarm.
    """
    target = here.alarms
    made: list[cloudwatch.MetricAlarm] = []
    for alarm in alarms:
        name = "-".join(filter(None, (part or owner.name, alarm.key, alarm.label)))
        single = alarm.metric if isinstance(alarm.metric, Metric) else None
        percentile = single is not None and single.statistic.startswith("p")
        created = cloudwatch.MetricAlarm(
            name,
            region=here.region,
            alarm_description=target.described(alarm.key, alarm.description),
            namespace=single and single.namespace,
            metric_name=single and single.name,
            dimensions=single and dict(single.dimensions),
            statistic=single.statistic if single and not percentile else None,
            extended_statistic=single.statistic if single and percentile else None,
            period=alarm.period if single else None,
            metric_queries=None if isinstance(alarm.metric, Metric) else _metric_queries(alarm, alarm.metric),
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.evaluation_periods,
            datapoints_to_alarm=alarm.datapoints_to_alarm or alarm.evaluation_periods,
            treat_missing_data=alarm.missing_data,
            actions_enabled=True,
            alarm_actions=None if quiet else [target.topic_arn],
            ok_actions=None if quiet else [target.topic_arn],
            insufficient_data_actions=[target.topic_arn] if alarm.tell_silence else None,
            tags=tags(name, extra=here.slept_tags() if alarm.key.startswith(QUIET_ASLEEP) else None),
            opts=owner.child(ignore_changes=here.slept("actionsEnabled") if alarm.key.startswith(QUIET_ASLEEP) else None),
        )
        made.append(created)
        if here.sleeps and alarm.key.startswith(QUIET_ASLEEP):
            here.inventory.alarms.append((alarm.key, created.name))
    if quiet:
        return made
    here.inventory.loud.extend(each.arn for each in made)
    here.inventory.rows.append(DashboardRow(title=part or owner.name, region=here.region, alarms=tuple(alarms)))
    return made


def _metric_queries(alarm: Alarm, metrics: Mapping[str, Metric]) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    return [
        cloudwatch.MetricAlarmMetricQueryArgs(id="result", expression=alarm.expression, label=alarm.key, return_data=True),
        *(
            cloudwatch.MetricAlarmMetricQueryArgs(
                id=identifier,
                return_data=False,
                metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    dimensions=dict(metric.dimensions),
                    stat=metric.statistic,
                    period=alarm.period,
                ),
            )
            for identifier, metric in metrics.items()
        ),
    ]
