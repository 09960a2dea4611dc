from typing import Any

import pytest

from components.base.alarms import Alarm, DashboardRow, Metric, create_alarms
from components.base.component import Component
from tests.components.harness import Declaration, Declared, here, resources_of

TARGET = here().alarms
REQUESTS = Metric(
    namespace="AWS/ApplicationELB", name="RequestCount", dimensions={"LoadBalancer": "app/edge/1"}, statistic="Sum"
)
CPU = Metric(namespace="AWS/RDS", name="CPUUtilization", dimensions={"DBInstanceIdentifier": "db-1"}, statistic="Average")


def alarm(**changes: Any) -> Alarm:
    values: dict[str, Any] = {
        "key": "database-cpu",
        "description": "CPU is high.",
        "metric": CPU,
        "comparison": "GreaterThanThreshold",
        "threshold": 90,
        **changes,
    }
    return Alarm(**values)


def created(*alarms: Alarm) -> Declaration:
    return resources_of(lambda: create_alarms(Component("db"), alarms, here()))


def only(*alarms: Alarm) -> Declared:
    return created(*alarms).one("aws:cloudwatch/metricAlarm:MetricAlarm")


def test_an_alarm_tells_the_topic_when_it_starts_and_when_it_ends() -> None:
    inputs = only(alarm()).inputs
    assert inputs["alarmActions"] == inputs["okActions"] == [TARGET.topic_arn]
    assert inputs["actionsEnabled"] is True


def test_an_alarm_links_its_runbook() -> None:
    assert only(alarm()).inputs["alarmDescription"].endswith("https://runbooks.dataconnect.example/database/cpu")


def test_a_percentile_becomes_an_extended_statistic() -> None:
    latency = Metric(namespace="AWS/RDS", name="ReadLatency", dimensions={}, statistic="p90")
    inputs = only(alarm(metric=latency)).inputs
    assert inputs["extendedStatistic"] == "p90"
    assert "statistic" not in inputs


def test_an_expression_alarms_on_the_result_and_not_on_its_parts() -> None:
    rate = alarm(metric={"errors": REQUESTS, "requests": REQUESTS}, expression="100 * errors / requests")
    queries = only(rate).inputs["metricQueries"]
    assert [query["id"] for query in queries if query["returnData"]] == ["result"]
    assert {query["metric"]["period"] for query in queries if "metric" in query} == {60}


def test_all_looked_at_datapoints_must_breach_unless_fewer_are_asked_for() -> None:
    assert only(alarm(evaluation_periods=15)).inputs["datapointsToAlarm"] == 15
    assert only(alarm(evaluation_periods=15, datapoints_to_alarm=10)).inputs["datapointsToAlarm"] == 10


def test_silence_is_told_on_request() -> None:
    assert only(alarm(tell_silence=True)).inputs["insufficientDataActions"] == [TARGET.topic_arn]
    assert "insufficientDataActions" not in only(alarm()).inputs


def test_labels_tell_alarms_of_one_kind_apart() -> None:
    names = {
        declared.name for declared in created(alarm(label="a"), alarm(label="b")).of("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    assert names == {"db-database-cpu-a", "db-database-cpu-b"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"key": "CPU"}, "Alarm.key is 'CPU'"),
        (
            {"metric": {"errors": REQUESTS}, "expression": "FILL(errors, 0)"},
            r"Alarm database-cpu.datapoints_to_alarm is None; expected fewer than evaluation_periods \(5\), because FILL",
        ),
        (
            {"metric": {"errors": REQUESTS}, "expression": "FILL(errors, 0)", "datapoints_to_alarm": 5},
            r"Alarm database-cpu.datapoints_to_alarm is 5; expected fewer than evaluation_periods \(5\), because FILL",
        ),
        (
            {"tell_silence": True, "missing_data": "breaching"},
            "Alarm database-cpu.missing_data is 'breaching'; expected 'missing' with tell_silence",
        ),
        ({"metric": {"a": CPU}}, "give one metric, or metrics by id together with an expression"),
        ({"expression": "a + b"}, "give one metric, or metrics by id together with an expression"),
        (
            {"evaluation_periods": 3, "datapoints_to_alarm": 4},
            r"datapoints_to_alarm is 4; expected 1 to evaluation_periods \(3\)",
        ),
    ],
)
def test_an_alarm_that_could_not_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        alarm(**changes)


def test_a_component_has_a_row_on_the_dashboard_of_its_stack_with_alarms_or_without() -> None:
    where = here("us-west-2")

    def program() -> None:
        create_alarms(Component("db"), [alarm()], where)
        create_alarms(Component("search"), [], where)

    resources_of(program)
    assert where.inventory.rows == [
        DashboardRow(title="db", region="us-west-2", alarms=(alarm(),)),
        DashboardRow(title="search", region="us-west-2"),
    ]


def test_an_alarm_is_where_its_metrics_are() -> None:
    declared = resources_of(lambda: create_alarms(Component("db"), [alarm()], here("us-west-2")))
    assert declared.one("aws:cloudwatch/metricAlarm:MetricAlarm").inputs["region"] == "us-west-2"
