from typing import Any

import pytest

from components.base.alarms import Alarm, DashboardRow, Metric
from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.operate.dashboard import Dashboard, DashboardArgs
from tests.components.harness import ACCOUNT, children_without_region, resources_of

PLACE = Place(region="us-east-2", account_id=ACCOUNT)
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


def dashboard(*rows: DashboardRow) -> list[dict[str, Any]]:
    declared = resources_of(lambda: Dashboard("overview", DashboardArgs(here=PLACE, rows=rows)))
    return declared.one("aws:cloudwatch/dashboard:Dashboard").document("dashboardBody")["widgets"]


def test_graphs_never_overlap_and_carry_their_threshold() -> None:
    five = DashboardRow(title="database", region="us-east-2", alarms=[alarm(label=str(n)) for n in range(5)])
    widgets = dashboard(five, DashboardRow(title="edge", region="us-west-2", alarms=[alarm()]))
    cells = [
        (x, y)
        for widget in widgets
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    graphs = [widget["properties"] for widget in widgets if widget["type"] == "metric"]
    assert {graph["annotations"]["horizontal"][0]["value"] for graph in graphs} == {90}
    assert [graph["region"] for graph in graphs] == ["us-east-2"] * 5 + ["us-west-2"]


def test_a_graph_of_an_expression_hides_its_parts() -> None:
    rate = alarm(metric={"errors": REQUESTS}, expression="errors * 2")
    metrics = dashboard(DashboardRow(title="edge", region="us-east-2", alarms=[rate]))[1]["properties"]["metrics"]
    assert metrics[0] == [{"expression": "errors * 2", "label": "database-cpu", "id": "result"}]
    assert metrics[1][-1]["visible"] is False


def test_more_graphs_than_cloudwatch_takes_are_refused() -> None:
    row = DashboardRow(title="database", region="us-east-2", alarms=[alarm()] * 500)
    with pytest.raises(InvalidArgumentError, match="DashboardArgs.rows is '501 widgets'; expected at most 500"):
        DashboardArgs(here=PLACE, rows=[row])


def test_as_many_graphs_as_cloudwatch_takes_are_shown() -> None:
    assert len(dashboard(DashboardRow(title="database", region="us-east-2", alarms=[alarm()] * 499))) == 500


def test_a_graph_has_the_series_and_the_statistic_of_its_alarm() -> None:
    graph = dashboard(DashboardRow(title="database", region="us-east-2", alarms=[alarm(label="a")]))[1]["properties"]
    assert graph["metrics"] == [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "db-1", {"stat": "Average"}]]
    assert (graph["title"], graph["period"]) == ("database-cpu a", 60)


def test_it_is_found_by_name_in_the_region_it_is_kept_in() -> None:
    declared = resources_of(lambda: Dashboard("overview", DashboardArgs(here=PLACE, rows=())))
    assert declared.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardName"] == "overview-test"
    assert not children_without_region(declared, "us-east-2")
