"""Alarms reach somebody, and what the audit trail is searched for raises one."""

import re
from typing import Final

from policies.kit.checks import all_of, each_is, equals
from policies.kit.references import referrers, sure_referrers
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, read

rules: Final = Rules("audit")

ALARM: Final = "cloudwatch/metricAlarm"
FILTER: Final = "cloudwatch/logMetricFilter"
_COMPOSITE: Final = "cloudwatch/compositeAlarm"


def _has_actions(alarm: Resource) -> Answers:
    if not referrers(alarm, _COMPOSITE, "alarmRule"):  # a part of a composite alarm stays silent on purpose
        yield from each_is("alarmActions", bool, "the ARN of a topic or another action")(alarm)


rules.named("alarm-actions", "C172", f"{ALARM} {_COMPOSITE}").add(
    all_of(equals("actionsEnabled", True, default=True), _has_actions),
    description="Alarms tell somebody, and are not muted.",
    remediation="Set alarmActions to a topic that people read, and remove actionsEnabled: false.",
)

# Fields by which CloudTrail's own events are searched; filters on what applications log are nobody's audit.
_TRAIL_FIELD: Final = re.compile(r"\$\.(event(Name|Source|Type)|error(Code|Message)|userIdentity|additionalEventData)\b")


@per_stack
def _alarmed(graph: Graph) -> frozenset[tuple[str, str]]:
    """Namespace and name of each metric that an alarm of the stack watches, as far as they are known."""
    metrics = [alarm.properties for alarm in graph.of(ALARM)]
    metrics += [
        query for alarm in graph.of(ALARM) for _, query in alarm.each("metricQueries[].metric") if isinstance(query, dict)
    ]
    pairs = ((metric.get("namespace"), metric.get("metricName")) for metric in metrics)
    return frozenset((space, name) for space, name in pairs if isinstance(space, str) and isinstance(name, str))


@rules.rule("trail-filter-alarmed", "C173", FILTER)
def _filter_alarmed(metric_filter: Resource) -> Answers:
    """A metric that counts events of the audit trail has an alarm.

    Add a MetricAlarm with the namespace and metricName of the filter's metricTransformation.
    """
    pattern = metric_filter.get("pattern")
    if isinstance(pattern, str) and not _TRAIL_FIELD.search(pattern):
        return
    for transformation in as_list(metric_filter.get("metricTransformation")):
        metric = read(transformation, "namespace"), read(transformation, "name")
        if sure_referrers(metric_filter, (ALARM, "metricName")):
            return
        if metric not in _alarmed(metric_filter.graph):
            unknown = any(value is UNKNOWN for value in (pattern, *metric))
            yield NOT_JUDGED if unknown else Finding("metricTransformation.name", metric[1], "the metric of an alarm")
