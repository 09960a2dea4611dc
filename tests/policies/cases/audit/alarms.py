"""Cases of policies/controls/audit/alarms.py."""

from typing import Any

from tests.policies.given.audit.trails import FILTER, ROOT_USE, metric_filter
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alerts"


def alarm(**inputs: Any) -> Planned:
    return planned(ALARM, "alarm", **{"metricName": "RootUse", "namespace": "CIS", **inputs})


CASES: dict[str, Cases] = {
    "alarm-actions": Cases(
        token=ALARM,
        fails=[
            {},
            {"alarmActions": []},
            {"okActions": [TOPIC_ARN]},
            {"alarmActions": [TOPIC_ARN], "actionsEnabled": False},
            {"alarmActions": [TOPIC_ARN], "actionsEnabled": "false"},
            planned(COMPOSITE, alarmRule="ALARM(a)"),
        ],
        passes=[
            {"alarmActions": [TOPIC_ARN]},
            {"alarmActions": [UNKNOWN], "actionsEnabled": True},
            [planned(ALARM), planned(COMPOSITE, "both", alarmRule=ref(ALARM, "it"), alarmActions=[TOPIC_ARN])],
        ],
        unknown=[{"alarmActions": UNKNOWN}, {"alarmActions": [TOPIC_ARN], "actionsEnabled": UNKNOWN}],
    ),
    "trail-filter-alarmed": Cases(
        token=FILTER,
        fails=[
            [metric_filter()],
            [metric_filter('{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }')],
            [metric_filter("{ $.eventName = StopLogging }"), alarm(metricName="Another")],
            [metric_filter(), alarm(namespace="Another")],
        ],
        passes=[
            {"pattern": "ERROR", "metricTransformation": {"name": "Errors", "namespace": "App", "value": "1"}},
            {"pattern": "{ $.level = error }", "metricTransformation": {"name": "Errors", "namespace": "App", "value": "1"}},
            [metric_filter(), alarm()],
            [metric_filter(UNKNOWN), alarm()],
            [metric_filter(name=UNKNOWN), planned(ALARM, metricName=ref(FILTER, "filter"))],
            [
                planned(FILTER, pattern=ROOT_USE, metricTransformation=[{"name": "RootUse", "namespace": "CIS"}]),
                planned(ALARM, metricQueries=[{"id": "m", "metric": {"metricName": "RootUse", "namespace": "CIS"}}]),
            ],
        ],
        unknown=[
            [metric_filter(UNKNOWN)],
            [metric_filter(name=UNKNOWN), alarm()],
            [metric_filter(), alarm(metricName=UNKNOWN)],
        ],
    ),
}
