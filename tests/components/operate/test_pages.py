"""Each page fits CloudWatch's grid, and shows whoever opens it what concerns him."""

import json
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.operate.dashboard import Dashboard, DashboardArgs, Section
from components.operate.error_search import MOST_GROUPS, QUERIES, ErrorSearch, ErrorSearchArgs
from components.operate.indicators import indicators_of
from components.operate.objective_spec import ObjectiveSpec
from components.operate.pages import ALARMS_EACH, Promised, of_tenants, on_call
from tests.cloudwatch import result
from tests.components.harness import ACCOUNT, children_without_region, resources_of

PLACE = Place(region="us-east-2", account_id=ACCOUNT)
SPEC = ObjectiveSpec(availability=99.9, latency={"percent": 95, "milliseconds": 800}, tiers={"silo": {"availability": 99.95}})  # type: ignore[arg-type]
BALANCED = {"LoadBalancer": "app/ingress/1", "TargetGroup": "targetgroup/search/1"}
SEARCH = Promised(
    service="search",
    window_days=30,
    indicators=indicators_of("search", SPEC, namespace="DataConnect/test", balanced=BALANCED),
)
COUNTED: dict[str, float | None] = {"requests": 1000, "bad": 10, "within": 90}
ALARMS = [f"arn:aws:cloudwatch:us-east-2:{ACCOUNT}:alarm:{number}" for number in range(250)]


def page(sections: Any) -> list[dict[str, Any]]:
    declared = resources_of(lambda: Dashboard("page", DashboardArgs(here=PLACE, sections=sections())))
    assert not children_without_region(declared, "us-east-2")
    return json.loads(declared.one("aws:cloudwatch/dashboard:Dashboard").inputs["dashboardBody"])["widgets"]


def shown_on_call() -> list[dict[str, Any]]:
    return page(lambda: on_call("us-east-2", ALARMS, [SEARCH], {"search": "search-1", "bi": "bi-1"}))


def shown_to_tenants() -> list[dict[str, Any]]:
    functions = {"ingest": False, "newest": True}
    return page(lambda: of_tenants("us-east-2", [SEARCH], functions, namespace="DataConnect/test"))


@pytest.mark.parametrize("shown", [shown_on_call, shown_to_tenants])
def test_widgets_fit_the_grid_and_never_overlap(shown: Any) -> None:
    cells = [
        (x, y)
        for each in shown()
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    rows = {y for _, y in cells}
    assert rows == set(range(max(rows) + 1))


def test_a_widget_of_another_height_pushes_the_next_line_down() -> None:
    def widget(width: int, height: int) -> dict[str, Any]:
        return {"type": "text", "width": width, "height": height, "properties": {"markdown": "x"}}

    found = page(lambda: [Section(title="a", widgets=[widget(12, 2), widget(12, 5), widget(13, 1)])])
    assert [(each["x"], each["y"]) for each in found] == [(0, 0), (0, 1), (12, 1), (0, 6)]


def test_whoever_is_on_call_sees_every_alarm_of_the_stack() -> None:
    widgets = [each["properties"]["alarms"] for each in shown_on_call() if each["type"] == "alarm"]
    assert [alarm for each in widgets for alarm in each] == ALARMS
    assert all(1 <= len(each) <= ALARMS_EACH for each in widgets)


def test_a_budget_is_shown_by_what_its_alarms_measure() -> None:
    graphs = [each["properties"] for each in shown_on_call() if each["type"] == "metric"]
    assert [each["title"] for each in graphs] == [
        "availability: 99.9 % do not fail",
        "latency: 95 % within 800 ms",
        "availability (silo): 99.95 % do not fail",
    ]
    for each, burn in zip(graphs, (10, 2, 20), strict=True):
        ids = [line[-1]["id"] for line in each["metrics"]]
        assert len(ids) == len(set(ids))
        for line in each["metrics"]:
            if "expression" in line[-1]:
                told = {own: number for own in ids for name, number in COUNTED.items() if own.startswith(name)}
                assert result(line[-1]["expression"], told) == pytest.approx(burn)
    assert [mark["value"] for mark in graphs[0]["annotations"]["horizontal"]] == [14.4, 6]


def test_what_fails_is_read_from_every_log() -> None:
    (log,) = [each["properties"] for each in shown_on_call() if each["type"] == "log"]
    assert log["query"].startswith("SOURCE 'search-1' | SOURCE 'bi-1' | filter outcome")


def test_a_stack_without_promises_logs_or_alarms_has_a_page_all_the_same() -> None:
    assert [each["type"] for each in page(lambda: on_call("us-east-2", [], [], {}))] == ["text"]


def test_tenants_are_shown_by_tier_and_beside_what_they_were_promised() -> None:
    widgets = [each["properties"] for each in shown_to_tenants() if each["type"] == "metric"]
    by_tier = widgets[: 2 * 3]
    assert all([line[-1]["label"] for line in each["metrics"]] == ["pool", "silo"] for each in by_tier)
    assert [each["metrics"][0][1] for each in by_tier] == ["requests", "failed", "duration", "requests", "failed", "waited"]
    assert [each["annotations"]["horizontal"][0]["value"] for each in widgets[6:]] == [99.9, 95, 99.95]


def test_more_widgets_than_cloudwatch_takes_are_refused_wherever_they_stand() -> None:
    with pytest.raises(InvalidArgumentError, match="501 widgets"):
        DashboardArgs(here=PLACE, sections=[Section(title="a", widgets=[{}] * 500)])


def test_queries_are_saved_under_the_stacks_name_over_all_its_logs() -> None:
    logs = {"search": "search-1", "bi": "bi-1"}
    declared = resources_of(lambda: ErrorSearch("errors", ErrorSearchArgs(here=PLACE, logs=logs)))
    found = {each.inputs["name"]: each.inputs for each in declared.of("aws:cloudwatch/queryDefinition:QueryDefinition")}
    assert found.keys() == {f"dataconnect/test/{name}" for name in QUERIES}
    assert all(each["logGroupNames"] == ["search-1", "bi-1"] for each in found.values())
    assert not children_without_region(declared, "us-east-2")


@pytest.mark.parametrize("count", [0, MOST_GROUPS + 1])
def test_a_query_over_no_log_or_over_too_many_is_refused(count: int) -> None:
    with pytest.raises(InvalidArgumentError, match="expected 1 to 50"):
        ErrorSearchArgs(here=PLACE, logs={str(number): "x" for number in range(count)})
