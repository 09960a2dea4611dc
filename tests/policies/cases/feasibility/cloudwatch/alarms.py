"""Cases of policies/feasibility/rules/cloudwatch/alarms.py."""

import json
from typing import Any

from tests.policies.given.feasibility.guards import ALARM, pair
from tests.policies.given.feasibility.parts import TOPIC
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alerts"

WATCHED: dict[str, Any] = {
    "metricName": "CPUUtilization",
    "namespace": "AWS/EC2",
    "statistic": "Average",
    "period": 60,
    "evaluationPeriods": 5,
    "comparisonOperator": "GreaterThanThreshold",
    "threshold": 80,
}

ERRORS = {"id": "m1", "metric": {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"}}
RATE = {"id": "e1", "expression": "m1 * 100", "returnData": True}


def watched(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**WATCHED, **changes}.items() if value is not None}


def queried(*queries: object, **more: Any) -> dict[str, Any]:
    base = {"evaluationPeriods": 1, "comparisonOperator": "GreaterThanThreshold", "threshold": 1}
    return {**base, "metricQueries": list(queries), **more}


def filled(expression: object, **more: Any) -> dict[str, Any]:
    return queried(ERRORS, {**RATE, "expression": expression}, **more)


def composed(rule: object, *depends: tuple[str, str]) -> list[Planned]:
    return [planned(ALARM, "cpu", name="cpu-high"), linked(COMPOSITE, "it", depends, alarmRule=rule)]


def dashboard(*widgets: object) -> dict[str, Any]:
    return {"dashboardBody": json.dumps({"widgets": list(widgets)})}


METRICS = {"type": "metric", "width": 6, "height": 6, "properties": {"metrics": [["a", "b"]], "region": "us-east-2"}}

CASES: dict[str, Cases] = {
    "alarm-metric": Cases(
        token=ALARM,
        fails=[
            {"region": "us-east-2"},
            watched(metricQueries=[ERRORS]),
            watched(namespace=None),
            watched(period=None),
            watched(statistic=None),
            watched(extendedStatistic="p99"),
            queried(ERRORS, statistic="Sum"),
            watched(thresholdMetricId="e1"),
            watched(datapointsToAlarm=6),
            watched(treatMissingData="ok"),
            watched(alarmActions=[UNKNOWN] * 6),
            watched(evaluationPeriods=None),
        ],
        passes=[
            WATCHED,
            queried({**ERRORS, "returnData": True}),
            watched(statistic=None, extendedStatistic="p99"),
            {"evaluationCriteria": {"promqlCriteria": {"query": "up"}}, "evaluationInterval": 60},
        ],
        unknown=[watched(treatMissingData=UNKNOWN), watched(datapointsToAlarm=UNKNOWN)],
    ),
    "alarm-threshold": Cases(
        token=ALARM,
        fails=[
            watched(comparisonOperator="GreaterThanUpperThreshold"),
            watched(threshold=None, thresholdMetricId="e1"),
            watched(threshold=None),
        ],
        passes=[
            WATCHED,
            watched(threshold=None, thresholdMetricId="e1", comparisonOperator="GreaterThanUpperThreshold"),
            watched(threshold=UNKNOWN),
            watched(threshold=0),
        ],
        unknown=[watched(comparisonOperator=UNKNOWN)],
    ),
    "alarm-period": Cases(
        token=ALARM,
        fails=[
            watched(period=45),
            watched(period=90),
            watched(period=300, evaluationPeriods=289),
            watched(period=3600, evaluationPeriods=169),
            queried({**ERRORS, "metric": {"period": 61}}),
        ],
        passes=[
            watched(period=10),
            watched(period=300, evaluationPeriods=288),
            watched(period=3600, evaluationPeriods=168),
            queried(ERRORS),
        ],
        unknown=[watched(period=UNKNOWN), watched(evaluationPeriods=UNKNOWN)],
    ),
    "alarm-extended-statistic": Cases(
        token=ALARM,
        fails=[
            *(watched(statistic=None, extendedStatistic=statistic) for statistic in ("p101", "99", "Average")),
            watched(evaluateLowSampleCountPercentiles="ignore"),
        ],
        passes=[
            *(watched(statistic=None, extendedStatistic=statistic) for statistic in ("p99.9", "tm90", "TM(2%:98%)")),
            watched(statistic=None, extendedStatistic="IQM", evaluateLowSampleCountPercentiles="ignore"),
            WATCHED,
        ],
        unknown=[watched(statistic=None, extendedStatistic=UNKNOWN)],
    ),
    "alarm-queries": Cases(
        token=ALARM,
        fails=[
            queried(ERRORS),
            queried({**ERRORS, "returnData": True}, RATE),
            queried({**ERRORS, "id": "M1"}, RATE),
            queried(ERRORS, ERRORS, RATE),
            queried({"id": "m1", "returnData": True}),
            queried(ERRORS, {**RATE, "expression": "m2 * 100"}),
        ],
        passes=[
            queried(ERRORS, RATE),
            queried({"id": "q1", "expression": "SELECT AVG(a) FROM b", "returnData": True}),
            queried(ERRORS, {**RATE, "expression": "ANOMALY_DETECTION_BAND(m1, 2)"}),
            queried({**ERRORS, "returnData": True}, RATE, thresholdMetricId="e1"),
            WATCHED,
        ],
        unknown=[queried(ERRORS, {**RATE, "returnData": UNKNOWN}), queried(ERRORS, {**RATE, "expression": UNKNOWN})],
    ),
    "alarm-filled-datapoints": Cases(
        token=ALARM,
        fails=[
            filled("100 * FILL(m1, 0)"),
            filled("fill( SUM(METRICS()) , 0)", evaluationPeriods=5),
            filled("FILL(m1, 0)", evaluationPeriods=5, datapointsToAlarm=5),
        ],
        passes=[
            filled("FILL(m1, 0)", evaluationPeriods=5, datapointsToAlarm=3),
            filled("FILL(m1, REPEAT)"),
            filled("m1 * 100"),
            WATCHED,
        ],
        unknown=[
            filled(UNKNOWN),
            filled("FILL(m1, 0)", evaluationPeriods=UNKNOWN),
            filled("FILL(m1, 0)", datapointsToAlarm=UNKNOWN),
        ],
    ),
    "alarm-action-target": Cases(
        token=ALARM,
        fails=[
            {"alarmActions": ["alerts"]},
            {"alarmActions": [TOPIC_ARN], "region": "us-west-2"},
            {"alarmActions": ["arn:aws:automate:us-east-2:ec2:reboot"], "dimensions": {"LoadBalancer": "a"}},
        ],
        passes=[
            {"alarmActions": [TOPIC_ARN], "region": "us-east-2"},
            {"alarmActions": ["arn:aws:automate:us-east-2:ec2:reboot"], "dimensions": {"InstanceId": "i-1"}},
            [planned(TOPIC, "t"), planned(ALARM, alarmActions=[ref(TOPIC, "t")])],
        ],
        unknown=[{"alarmActions": [UNKNOWN]}],
    ),
    "alarm-name-once": Cases(
        token=ALARM,
        fails=[pair(ALARM, {"name": "a"}, {"name": "a"})],
        passes=[
            pair(ALARM, {"name": "a"}, {"name": "b"}),
            pair(ALARM),
            pair(ALARM, {"name": "a", "region": "x"}, {"name": "a"}),
        ],
        unknown=[{"name": UNKNOWN}],
    ),
    "composite-alarm-rule": Cases(
        token=COMPOSITE,
        fails=[composed("cpu-high OR x"), composed("(ALARM(a)"), composed(""), composed('ALARM("cpu-high")')],
        passes=[
            composed('ALARM("cpu-high") AND NOT OK(other)', (ALARM, "cpu")),
            composed("ALARM(other) OR (ALARM(x) AND TRUE)"),
        ],
        unknown=[{"alarmRule": UNKNOWN}],
    ),
    "composite-alarm-suppressor": Cases(
        token=COMPOSITE,
        fails=[{"actionsSuppressor": {"alarm": "a", "waitPeriod": 60}}, {"alarmActions": ["a"] * 6}],
        passes=[{"actionsSuppressor": {"alarm": "a", "waitPeriod": 60, "extensionPeriod": 60}}, {}],
        unknown=[{"alarmActions": UNKNOWN}],
    ),
    "dashboard-widgets": Cases(
        token="aws:cloudwatch/dashboard:Dashboard",
        fails=[
            dashboard({"type": "text", "properties": {}}),
            dashboard({**METRICS, "x": 20}),
            dashboard({"type": "metric", "properties": {}}),
            dashboard(*[METRICS] * 501),
        ],
        passes=[
            dashboard(METRICS, {"type": "text", "properties": {"markdown": "a"}}),
            dashboard({**METRICS, "x": 12, "width": 12}),
            dashboard(*[METRICS] * 500),
            dashboard(),
            {},
            {"dashboardBody": "{"},
        ],
        unknown=[{"dashboardBody": UNKNOWN}],
    ),
}
