import json
from typing import Any

from components.base.here import Place
from components.operate.budget import PUBLISHERS, Budget, BudgetArgs
from components.operate.budget_spec import BudgetSpec
from components.security.key import USES
from tests.components.harness import ACCOUNT, Declaration, resources_of
from tests.found import some

BUDGET = "aws:budgets/budget:Budget"
MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"
TOPIC = f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"
TEAM = {"monthlyUsd": 100, "value": "CC-4200", "emails": ["lending@dataconnect.example"]}


def declared(**changes: Any) -> Declaration:
    spec = BudgetSpec.model_validate({"monthlyUsd": 400, **changes})
    here = Place(region="us-east-2", account_id=ACCOUNT)
    return resources_of(lambda: Budget("budget", BudgetArgs(here=here, spec=spec, topic_arn=TOPIC)))


def test_the_whole_account_counts_whether_it_is_tagged_or_not() -> None:
    budget = declared().one(BUDGET).inputs
    assert "costFilters" not in budget
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("400", "USD", "MONTHLY")
    assert budget["accountId"] == ACCOUNT


def test_the_topic_is_told_of_what_is_spent_and_of_what_is_expected() -> None:
    told = declared(actualPercents=[50], forecastPercents=[110]).one(BUDGET).inputs["notifications"]
    assert [(each["notificationType"], each["threshold"], each["thresholdType"]) for each in told] == [
        ("ACTUAL", 50, "PERCENTAGE"),
        ("FORECASTED", 110, "PERCENTAGE"),
    ]
    assert all(each["subscriberSnsTopicArns"] == [TOPIC] for each in some(told))


def test_a_teams_budget_counts_what_bears_its_tag_and_tells_the_team() -> None:
    budget = declared(teams={"lending": TEAM}).one(BUDGET, "budget-lending").inputs
    assert budget["costFilters"] == [{"name": "TagKeyValue", "values": ["user:CostCenter$CC-4200"]}]
    for each in some(budget["notifications"]):
        assert each["subscriberEmailAddresses"] == ["lending@dataconnect.example"] and "subscriberSnsTopicArns" not in each


def test_what_is_unusual_goes_to_the_topic_at_once() -> None:
    found = declared(anomalies={"minimumUsd": 75})
    monitor, subscription = found.one(MONITOR).inputs, found.one(SUBSCRIPTION)
    assert (monitor["monitorType"], monitor["monitorDimension"]) == ("DIMENSIONAL", "SERVICE")
    assert subscription.inputs["frequency"] == "IMMEDIATE"
    assert subscription.inputs["subscribers"] == [{"type": "SNS", "address": TOPIC}]
    dimension = subscription.inputs["thresholdExpression"]["dimension"]
    assert (dimension["key"], dimension["values"]) == ("ANOMALY_TOTAL_IMPACT_ABSOLUTE", ["75"])


def test_the_monitor_that_an_account_has_is_used_and_none_is_made() -> None:
    arn = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/0a1b2c3d"
    found = declared(anomalies={"monitorArn": arn})
    assert not found.of(MONITOR)
    assert found.one(SUBSCRIPTION).inputs["monitorArnLists"] == [arn]


def test_a_teams_anomalies_are_those_of_its_tag_and_are_mailed_daily() -> None:
    assert "budget-lending" not in declared(teams={"lending": TEAM}).of(MONITOR), "AWS refuses it in a member account"
    found = declared(teams={"lending": TEAM}, anomalies={"byTeam": True})
    monitor = found.one(MONITOR, "budget-lending").inputs
    assert monitor["monitorType"] == "CUSTOM" and "monitorDimension" not in monitor
    assert json.loads(monitor["monitorSpecification"])["Tags"] == {
        "Key": "CostCenter",
        "MatchOptions": None,
        "Values": ["CC-4200"],
    }
    # AWS mails daily or weekly only; at once it tells topics.
    subscription = found.one(SUBSCRIPTION, "budget-lending-anomalies").inputs
    assert subscription["frequency"] == "DAILY"
    assert subscription["subscribers"] == [{"type": "EMAIL", "address": "lending@dataconnect.example"}]


def test_whoever_publishes_may_use_the_key_of_the_topic() -> None:
    assert set(PUBLISHERS) <= set(USES["alerts"].publishers)
