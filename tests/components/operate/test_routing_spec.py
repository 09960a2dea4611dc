"""What a stack file may say of teams, and of who of them is told when."""

from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.operate.alerts_spec import AlertsSpec

ON_CALL = "oncall@dataconnect.example"
WEEK = ["mon-fri 08:00-18:00"]
NIGHTS = ["mon-sun 18:00-08:00"]


def spec(**changes: Any) -> AlertsSpec:
    teams = {"platform": {"emails": [ON_CALL]}, "data": {"slack": "C07EXAMPLE"}}
    return AlertsSpec.model_validate({"emails": [ON_CALL], "teams": teams, "owner": "platform", **changes})


def refused(**changes: Any) -> str:
    teams = {"platform": {"emails": [ON_CALL]}}
    values: dict[str, Any] = {"emails": [ON_CALL], "teams": teams, "owner": "platform", **changes}
    with pytest.raises(InvalidArgumentError) as caught:
        AlertsSpec(**values)
    return str(caught.value)


def test_a_team_is_told_in_one_way_or_more() -> None:
    for way in ({"emails": [ON_CALL]}, {"slack": "C07EXAMPLE"}, {"webhook": "hook"}, {"pagerduty": "pager"}):
        assert spec(teams={"platform": way}).teams
    assert refused(teams={"platform": {}}) == (
        "AlertsSpec.teams.platform.pagerduty is empty; expected a team with emails, slack, webhook or pagerduty: its alarms "
        "must reach somebody"
    )
    assert refused(teams={}) == "AlertsSpec.teams is {}; expected one team or more: an alarm must reach somebody"
    assert "expected an address not listed before" in refused(teams={"platform": {"emails": [ON_CALL, ON_CALL]}})


@pytest.mark.parametrize("channel", ["#alerts", "C0", "c07example", "T07EXAMPLE"])
def test_a_slack_name_in_place_of_an_id_is_refused(channel: str) -> None:
    told = refused(teams={"platform": {"slack": channel}})
    assert told == f"AlertsSpec.teams.platform.slack is {channel!r}; expected a Slack channel id, e.g. C0123ABCD"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"owner": "plattform"}, "owner"),
        ({"owners": {"database": "plattform"}}, "owners.database"),
        ({"routes": [{"team": "plattform"}]}, "routes[0].team"),
        ({"escalation": [{"after_minutes": 5, "team": "plattform"}]}, "escalation[0].team"),
    ],
)
def test_a_team_that_there_is_none_of_is_named(changes: dict[str, Any], where: str) -> None:
    expected = "expected a team of dataconnect:alerts.teams; did you mean platform?"
    assert refused(**changes) == f"AlertsSpec.{where} is 'plattform'; {expected}"


def test_a_time_zone_is_one_of_the_database() -> None:
    assert spec(timezone="America/New_York").timezone == "America/New_York"
    assert refused(timezone="EDT5") == "AlertsSpec.timezone is 'EDT5'; expected an IANA time zone, e.g. America/New_York"


def test_hours_that_are_none_or_overlap_are_refused() -> None:
    assert refused(hours=["mon-fri 8-18"]).startswith(
        "AlertsSpec.hours[0] is 'mon-fri 8-18'; expected days and hours, e.g. mon-fri"
    )
    expected = "expected hours that do not overlap mon-fri 08:00-18:00"
    assert refused(hours=[*WEEK, "fri 17:00-19:00"]) == f"AlertsSpec.hours[1] is 'fri 17:00-19:00'; {expected}"
    told = refused(routes=[{"team": "platform", "hours": [*WEEK, "fri 17:00-19:00"]}])
    assert told == f"AlertsSpec.routes[0].hours[1] is 'fri 17:00-19:00'; {expected}"


def test_two_routes_whose_hours_overlap_for_the_same_alarms_are_refused() -> None:
    one = {"team": "platform", "severities": ["critical"], "hours": WEEK}
    other = {"team": "platform", "things": ["database"], "hours": ["mon-fri 17:59-20:00"]}
    assert refused(routes=[one, other]) == (
        "AlertsSpec.routes[1].hours is 'mon-fri 17:59-20:00'; expected hours that do not overlap with those "
        "of routes[0], which is for some of the same alarms"
    )
    apart = {**other, "severities": ["warning"]}
    assert len(spec(routes=[one, apart]).routes) == 2
    assert len(spec(routes=[one, {**one, "hours": NIGHTS}]).routes) == 2


def test_a_route_that_is_never_taken_is_refused() -> None:
    all_of_it = {"team": "platform", "severities": ["critical", "warning"]}
    told = refused(routes=[all_of_it, {"team": "platform", "severities": ["critical"], "hours": WEEK}])
    assert told == (
        "AlertsSpec.routes[1].team is 'platform'; expected a route that can be taken: routes[0] before it take all of it"
    )
    assert len(spec(routes=[all_of_it, {"team": "data"}]).routes) == 2
    assert len(spec(routes=[{"team": "data", "hours": WEEK}, {"team": "platform"}]).routes) == 2


def test_a_route_that_several_before_it_leave_nothing_of_is_refused() -> None:
    parts = [{"team": "platform", "severities": [each]} for each in ("critical", "warning", "info")]
    told = refused(routes=[*parts, {"team": "platform", "things": ["database"]}])
    assert told == (
        "AlertsSpec.routes[3].team is 'platform'; expected a route that can be taken: "
        "routes[0], routes[1], routes[2] before it take all of it"
    )
    days = {"team": "platform", "severities": ["critical"], "hours": ["mon-sun 08:00-18:00"]}
    nights = {"team": "platform", "severities": ["critical"], "hours": NIGHTS}
    assert "routes[2].team" in refused(routes=[days, nights, {"team": "platform", "severities": ["critical"]}])
    assert len(spec(routes=[*parts[:2], {"team": "data"}]).routes) == 3


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"owners": {"databse": "platform"}},
            "AlertsSpec.owners.databse is 'databse'; expected what an alarm's key begins with",
        ),
        (
            {"routes": [{"team": "platform", "things": ["databse"]}]},
            "AlertsSpec.routes[0].things[0] is 'databse'; expected what",
        ),
        (
            {"routes": [{"team": "platform", "severities": ["urgent"]}]},
            "AlertsSpec.routes[0].severities[0] is 'urgent'; expected",
        ),
    ],
)
def test_a_thing_or_a_severity_that_there_is_none_of_is_named(changes: dict[str, Any], says: str) -> None:
    assert says in refused(**changes)
    assert spec(owners={"database": "data"}, routes=[{"team": "data", "things": ["unknown"]}]).owner == "platform"


def test_escalation_goes_on_later_and_later() -> None:
    steps = [{"after_minutes": 15, "team": "platform"}, {"after_minutes": 15, "team": "platform"}]
    assert refused(escalation=steps) == (
        "AlertsSpec.escalation[1].after_minutes is 15; expected more than the 15 minutes of the step before"
    )
    assert "expected 1 to 1440 minutes" in refused(escalation=[{"after_minutes": 0, "team": "platform"}])


@pytest.mark.parametrize(("field", "value"), [("alarms", 1), ("alarms", 101), ("minutes", 0), ("minutes", 61)])
def test_a_storm_has_bounds(field: str, value: int) -> None:
    assert f"AlertsSpec.storm.{field} is {value}; expected" in refused(storm={field: value})
