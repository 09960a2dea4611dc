"""What takes orders from Slack in a stack: who is let through to it, whom it may order, and where there is none."""

import json
from typing import Any

import pytest

from tests.found import some
from tests.settings.stack_files import CONFIG
from tests.stacks.estate import PLATFORMS, Estate, estate_of

ORDERING = [name for name in PLATFORMS if name == "full" or "dataconnect:orders" in CONFIG.get(name, {})]
"""`full` is prod with everything set."""
FUNCTION, RULE = "lambda/function:Function", "lb/listenerRule:ListenerRule"


def document(estate: Estate, function: str, file: str) -> Any:
    return json.loads(estate.inputs(FUNCTION, function)["code"].assets[file].text)


def granted(estate: Estate) -> list[dict[str, Any]]:
    policy = estate.one("iam/policy:Policy", "orders-order").document()
    return [each for each in policy["Statement"] if each["Effect"] == "Allow"]


@pytest.mark.parametrize("name", some(ORDERING))
def test_slack_is_let_through_without_a_token_at_one_path_and_after_recoverys_rules(name: str) -> None:
    estate = estate_of(name)
    rule = estate.inputs(RULE, "orders")
    assert rule["conditions"] == [{"pathPattern": {"values": ["/slack/orders"]}}]
    assert [each["type"] for each in rule["actions"]] == ["forward"]
    priorities = [each.inputs["priority"] for each in estate.of(RULE).values()]
    assert len({*priorities}) == len(priorities) and rule["priority"] > 2
    without = [
        logical for logical, each in estate.of(RULE).items() if [a["type"] for a in each.inputs["actions"]] == ["forward"]
    ]
    assert {*without} == {*estate.services, "orders"}
    permission = estate.inputs("lambda/permission:Permission", "orders-http")
    assert permission["sourceArn"] == estate.arn("lb/targetGroup:TargetGroup", "orders")


@pytest.mark.parametrize("name", some(ORDERING))
def test_the_firewall_stands_before_it_and_leaves_out_what_reads_bodies(name: str) -> None:
    rules = {each["name"]: each["statement"] for each in estate_of(name).inputs("wafv2/webAcl:WebAcl")["rules"]}
    left = {each for each, statement in rules.items() if "/slack/orders" in json.dumps(statement)}
    assert left == {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"}
    assert {"rate-limit", "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet"} <= {*rules} - left


@pytest.mark.parametrize("name", some(ORDERING))
def test_it_orders_the_stacks_own_sleeper_and_nobody_where_production_never_sleeps(name: str) -> None:
    estate = estate_of(name)
    own, sleeper = (f"dataconnect-{estate.stack}-{each}" for each in ("orders", "sleeper"))
    sleeps = "schedule" in estate.file
    assert sleeps is (name == "dev")
    assert document(estate, "orders", "functions/orders/orders.json")["sleeper"] == (sleeper if sleeps else None)
    (found,) = [each["Resource"] for each in granted(estate) if each["Action"] == ["lambda:InvokeFunction"]]
    assert [each.rpartition(":")[2] for each in found] == ([own, sleeper] if sleeps else [own])
    assert estate.inputs(FUNCTION, "orders")["name"] == own


@pytest.mark.parametrize("name", some(ORDERING))
def test_it_writes_the_notifiers_table_and_reads_its_own_secret_alone(name: str) -> None:
    estate = estate_of(name)
    of = {action.partition(":")[0]: {*each["Resource"]} for each in granted(estate) for action in each["Action"]}
    assert of["dynamodb"] == {estate.arn("dynamodb/table:Table", "notifier-table")}
    assert of["secretsmanager"] == {estate.arn("secretsmanager/secret:Secret", "orders-secret")}
    assert {*of} == {"dynamodb", "kms", "lambda", "secretsmanager", "sqs"}


@pytest.mark.parametrize("name", PLATFORMS)
def test_messages_have_buttons_where_something_takes_them(name: str) -> None:
    estate = estate_of(name)
    ordering = name in ORDERING
    assert document(estate, "notifier", "functions/notify/notify.json")["buttons"] is ordering
    assert ("orders" in estate.names(FUNCTION)) is ordering
    if ordering:
        told = {team["slack"] for team in estate.file["alerts"]["teams"].values() if "slack" in team}
        assert some(told) <= {*document(estate, "orders", "functions/orders/orders.json")["channels"]}
