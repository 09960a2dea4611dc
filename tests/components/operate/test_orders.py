"""What is declared to take orders from Slack: who may reach it, what it may do, and who hears that it fails."""

import json
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.edge.listener import Listener
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from components.operate.notifier_table import NotifierTable, NotifierTableArgs
from components.operate.orders import SIZE, Orders, OrdersArgs
from components.operate.orders_spec import OrdersSpec
from components.operate.schedule import EVERY_MINUTES, SLEEPER
from functions.orders.doing import WAIT_SECONDS
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of
from tests.found import some

LISTENER = "arn:aws:elasticloadbalancing:us-east-2:111111111111:listener/app/ingress/1/2"
KEYS = {name: kms_key(name=name) for name in ("messages", "secrets")}
OWN, SLEEPER_NAME = "dataconnect-test-orders", "dataconnect-test-sleeper"


def spec(**changes: Any) -> OrdersSpec:
    told = {"workspace": "T0001", "channels": ["C0CALLS"], "users": {"U0001": "ada@dataconnect.example"}}
    return OrdersSpec.model_validate(told | changes)


def declare(**changes: Any) -> Declaration:
    def program() -> None:
        where = here()
        group = SecurityGroup("ingress", SecurityGroupArgs(here=where, vpc_id="vpc-1", description="Load balancer"))
        arguments: dict[str, Any] = {
            "here": where,
            "spec": spec(),
            "listener": Listener(arn=LISTENER, security_group=group, load_balancer_suffix="app/ingress/1"),
            "table": NotifierTable("notices", NotifierTableArgs(here=where, key_arn=kms_key(name="tables"))),
            "sleeper": SLEEPER_NAME,
            "keys": KEYS,
            "source": {"functions/orders/handler.py": ""},
        }
        Orders("orders", OrdersArgs(**(arguments | changes)))

    return resources_of(program)


def allowed(declared: Declaration) -> list[dict[str, Any]]:
    """What the function may do besides what every function may."""
    statements = declared.one("aws:iam/policy:Policy", "orders-order").document()["Statement"]
    return [each for each in statements if each["Effect"] == "Allow"]


def test_requests_of_one_path_come_to_it_without_a_token() -> None:
    rule = declare().one("aws:lb/listenerRule:ListenerRule")
    assert (rule.inputs["listenerArn"], rule.inputs["priority"]) == (LISTENER, 600)
    assert rule.inputs["conditions"] == [{"pathPattern": {"values": ["/slack/orders"]}}]
    (forward,) = rule.inputs["actions"]
    assert (forward["order"], forward["type"]) == (1, "forward")
    assert declare().one("aws:lb/targetGroup:TargetGroup").inputs["lambdaMultiValueHeadersEnabled"] is True


def test_it_may_go_on_and_order_the_sleeper_and_nothing_where_there_is_none() -> None:
    def invoked(declared: Declaration) -> list[str]:
        (found,) = [each["Resource"] for each in allowed(declared) if each["Action"] == ["lambda:InvokeFunction"]]
        return [arn.rpartition(":")[2] for arn in found]

    assert invoked(declare()) == [OWN, SLEEPER_NAME]
    assert invoked(declare(sleeper=None)) == [OWN]


def test_it_reads_what_is_open_and_writes_words_and_touches_no_other_item() -> None:
    of_table = [each for each in allowed(declare()) if any(action.startswith("dynamodb:") for action in each["Action"])]
    assert all(len(each["Resource"]) == 1 and "notices" in each["Resource"][0] for each in of_table)
    found = {
        tuple(each["Action"]): each["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"] for each in some(of_table)
    }
    assert found == {
        ("dynamodb:GetItem", "dynamodb:Query"): ["open"],
        ("dynamodb:PutItem",): ["open", "request", "silence", "silenced"],
    }
    assert all(each["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"} for each in of_table)


def test_it_may_do_nothing_else_than_that_and_read_its_secret_and_leave_letters() -> None:
    actions = {(action, tuple(each["Resource"])) for each in allowed(declare()) for action in each["Action"]}
    assert {action.partition(":")[0] for action, _ in actions} == {"dynamodb", "kms", "lambda", "secretsmanager", "sqs"}
    assert not [each for each in actions if "*" in each[0] or "*" in each[1]]
    secrets = {each for action, each in actions if action.startswith("secretsmanager:")}
    assert secrets == {(f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:orders-secret",)}
    assert {action for action, _ in actions if action.startswith("sqs:")} == {"sqs:SendMessage"}


def test_what_it_hands_on_is_done_once_and_kept_where_it_is_not() -> None:
    declared = declare()
    config = declared.one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig")
    assert (config.inputs["maximumRetryAttempts"], config.inputs["maximumEventAgeInSeconds"]) == (0, 300)
    letters = f"arn:aws:sqs:us-east-2:{ACCOUNT}:orders-dead-letters"
    assert config.inputs["destinationConfig"] == {"onFailure": {"destination": letters}}
    assert config.depends_on("orders-order") and config.depends_on("orders-dead-letters-policy")


def test_its_document_says_who_may_order_and_no_secret_is_kept_in_the_state() -> None:
    declared = declare()
    files = declared.one("aws:lambda/function:Function").inputs["code"].assets
    told = json.loads(files["functions/orders/orders.json"].text)
    assert (told["workspace"], told["channels"], told["users"]) == ("T0001", ["C0CALLS"], {"U0001": "ada@dataconnect.example"})
    assert (told["function"], told["sleeper"], told["path"]) == (OWN, SLEEPER_NAME, "/slack/orders")
    assert declared.one("aws:secretsmanager/secret:Secret").inputs["kmsKeyId"] == KEYS["secrets"]
    assert not declared.of("aws:secretsmanager/secretVersion:SecretVersion")


def test_refusals_are_counted_and_told_when_they_are_many_and_letters_at_once() -> None:
    declared = declare()
    counted = declared.one("aws:cloudwatch/logMetricFilter:LogMetricFilter", "orders-refused").inputs
    alarm = declared.one("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-slack-orders-refused").inputs
    made = counted["metricTransformation"]
    assert (alarm["namespace"], alarm["metricName"]) == (made["namespace"], made["name"])
    assert (alarm["threshold"], alarm["period"], alarm["evaluationPeriods"]) == (20, 300, 2)
    assert counted["pattern"] == '{ $.service = "orders" && $.operation = "answer" && $.outcome = "refused" }'
    letters = declared.one("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-slack-orders-dead-letters").inputs
    assert letters["dimensions"] == {"QueueName": "orders-dead-letters"}


def test_it_has_time_for_a_sleeper_that_is_busy_and_waits_longer_than_a_round() -> None:
    assert SLEEPER.timeout_seconds < WAIT_SECONDS <= EVERY_MINUTES * 60
    assert SIZE.timeout_seconds >= WAIT_SECONDS + SLEEPER.timeout_seconds


def test_every_child_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"workspace": "E0001"}, "a Slack workspace id, e.g. T0123ABCD"),
        ({"channels": []}, "one channel or more: nobody could order anything"),
        ({"channels": ["general"]}, "a Slack channel id, e.g. C0123ABCD"),
        ({"channels": ["C0CALLS", "C0CALLS"]}, "a channel not listed before"),
        ({"users": {}}, "one user or more: nobody could order anything"),
        ({"users": {"ada": "ada@dataconnect.example"}}, "a Slack user id, e.g. U024BE7LH"),
        ({"path": "/slack/*"}, r"a path without \* and \?"),
        ({"path": "slack"}, "/"),
        ({"priority": 0}, "1 to 50000|1 to 50,000"),
    ],
)
def test_settings_that_are_none_are_refused_and_say_what_would_be_right(changes: dict[str, Any], says: str) -> None:
    told: dict[str, Any] = {"workspace": "T0001", "channels": ["C0CALLS"], "users": {"U0001": "ada@dataconnect.example"}}
    with pytest.raises(InvalidArgumentError, match=says):
        OrdersSpec(**(told | changes))
