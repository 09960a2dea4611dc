"""What settings say of a budget that nobody could keep, or nobody would hear of."""

from typing import Any

import pytest

from settings import PrimarySettings
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import accepted, refused

TEAM = {"monthlyUsd": 100, "value": "CC-4200", "emails": ["lending@dataconnect.example"]}
FEW = "1 to 5 of them together with actualPercents: AWS takes no more for a budget"
USD = "1 to 10000000 whole US dollars"


def at(key: str, edit: object, wrong: str, value: object, expected: str) -> Any:
    """A case in dev: `key` is set to `edit`, of which `wrong` is wrong."""
    return one("dev", key, edit, is_(f"dataconnect:budget.{wrong}", value, expected))


def team(changes: dict[str, object], wrong: str, value: object, expected: str) -> Any:
    """A case of the team `platform`."""
    return at("budget.teams", {"platform": {**TEAM, **changes}}, f"teams.platform.{wrong}", value, expected)


CASES: list[Any] = [
    plain("dev", "budget.monthlyUsd", 0, USD),
    plain("dev", "budget.monthlyUsd", -5, USD),
    plain("dev", "budget.monthlyUsd", 10_000_001, USD),
    plain("dev", "budget.monthlyUsd", 99.5, "a whole number: whole US dollars a month that it may cost, 1 to 10,000,000"),
    at("budget.actualPercents", [0], "actualPercents[0]", 0, "1 to 1000 percent of monthlyUsd"),
    at("budget.forecastPercents", [1001], "forecastPercents[0]", 1001, "1 to 1000 percent of monthlyUsd"),
    one(
        *("dev", "budget.actualPercents", [80, 80]),
        is_("dataconnect:budget.actualPercents[1]", 80, "a percentage not listed before"),
    ),
    plain(
        *("dev", "budget.forecastPercents", [90, 100, 110, 120]),
        FEW,
    ),
    # With the forecast of 100 percent that is there by default they are more than five.
    at("budget", {"monthlyUsd": 400, "actualPercents": [10, 20, 30, 40, 50, 60]}, "forecastPercents", [100], FEW),
    at("budget", {"monthlyUsd": 400, "actualPercents": [10, 20, 30, 40, 50]}, "forecastPercents", [100], FEW),
    team({"actualPercents": [10, 20, 30, 40, 50, 60]}, "forecastPercents", [100], FEW),
    team({"actualPercents": [10, 20, 30, 40, 50]}, "forecastPercents", [100], FEW),
    plain(
        *("dev", "budget.forecastPercents", []),
        FEW,
        {"budget.actualPercents": []},
    ),
    at("budget.anomalies", {"minimumUsd": 0}, "anomalies.minimumUsd", 0, USD),
    at(
        *("budget.anomalies", {"monitorArn": "arn:aws:ce::222222222222:anomalymonitor/1"}),
        *("anomalies.monitorArn", "arn:aws:ce::222222222222:anomalymonitor/1"),
        "arn:aws:ce::111111111111:anomalymonitor/<id>, as `aws ce get-anomaly-monitors` tells it",
    ),
    team({"emails": []}, "emails", [], "1 to 10 e-mail addresses: a team must hear of it"),
    team({"emails": ["lending"]}, "emails[0]", "lending", "an e-mail address, e.g. data-platform@dataconnect.example"),
    team({"tag": "aws:createdBy"}, "tag", "aws:createdBy", "the key of a tag, e.g. CostCenter"),
    team({"monthlyUsd": 0}, "monthlyUsd", 0, USD),
    team({"monthlyUsd": 401}, "monthlyUsd", 401, "up to 400, monthlyUsd of the whole account"),
    at(
        *("budget.teams", {"research": TEAM}, "teams.research", "research"),
        "a team of dataconnect:alerts.teams: platform",
    ),
    at(
        *("budget.teams", {"platform": TEAM, "research": TEAM}, "teams.research.value", "CC-4200"),
        "another value of CostCenter: that of team platform is the same",
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_four_percentages_leave_room_for_the_forecast_by_default() -> None:
    budget = accepted("dev", {"budget": {"monthlyUsd": 400, "actualPercents": [10, 20, 30, 40]}}, PrimarySettings).budget
    assert budget and budget.forecast_percents == (100,)


def test_a_stack_needs_no_budget() -> None:
    assert accepted("dev", {"budget": None}, PrimarySettings).budget is None


def test_a_team_counts_by_its_cost_centre_unless_it_says_another_tag() -> None:
    accepted(
        "dev",
        {
            "budget.teams": {"platform": TEAM, "research": {**TEAM, "tag": "Project", "value": "research"}},
            "alerts.teams.research": {"emails": ["research@dataconnect.example"]},
        },
        PrimarySettings,
    )
