from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.operate.alert_topic import AlertTopic, AlertTopicArgs
from components.operate.alerts_spec import AlertsSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, kms_key, resources_of
from tests.found import some

TOPIC = "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
CHANNEL = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
WEBHOOK = "https://events.dataconnect.example/token"
RUNBOOKS = "https://runbooks.dataconnect.example"


def spec(**changes: Any) -> AlertsSpec:
    slack = {"workspaceId": "T07EXAMPLE", "channelId": "C07EXAMPLE"}
    return AlertsSpec.model_validate({"emails": ["oncall@dataconnect.example"], "slack": slack, **changes})


def arguments(alerts: AlertsSpec | None = None, **changes: Any) -> AlertTopicArgs:
    defaults: dict[str, Any] = {
        "here": Place(region="us-east-2", account_id=ACCOUNT),
        "spec": alerts or spec(),
        "key_arn": kms_key(),
        "runbook_url": RUNBOOKS,
    }
    return AlertTopicArgs(**(defaults | changes))


def topic(alerts: AlertsSpec | None = None, **changes: Any) -> Declaration:
    return resources_of(lambda: AlertTopic("alerts", arguments(alerts, **changes)))


def test_the_topic_is_encrypted_with_the_given_key() -> None:
    assert topic().one(TOPIC).inputs["kmsMasterKeyId"] == kms_key()


def test_only_services_of_this_account_may_publish_and_only_over_tls() -> None:
    allow, _, deny = topic().one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"]
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert "cloudwatch.amazonaws.com" in allow["Principal"]["Service"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_budgets_publish_only_to_a_topic_that_is_for_costs_too() -> None:
    def publishers(**changes: Any) -> list[str]:
        return topic(**changes).one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"][0]["Principal"]["Service"]

    assert set(publishers(costs=True)) - set(publishers()) == {"budgets.amazonaws.com", "costalerts.amazonaws.com"}


def test_event_rules_publish_without_a_condition_for_eventbridge_sends_no_condition_keys() -> None:
    events = topic().one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"][1]
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in events


def test_a_policy_names_the_topic_and_what_is_done_to_it() -> None:
    for statement in some(topic().one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"]):
        assert statement["Action"] == ["sns:Publish"]
        assert statement["Resource"] == [f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"]


def test_every_address_is_subscribed() -> None:
    emails = ["oncall@dataconnect.example", "lead@dataconnect.example"]
    declared = topic(spec(emails=emails))
    subscribed = [declared.one(SUBSCRIPTION, f"alerts-email-{index}").inputs for index in range(2)]
    assert [(each["protocol"], each["endpoint"]) for each in subscribed] == [("email", email) for email in emails]
    assert len(declared.of(SUBSCRIPTION)) == 2


def test_the_webhook_with_its_token_stays_secret() -> None:
    webhook = topic(spec(webhook=WEBHOOK)).one(SUBSCRIPTION, "alerts-webhook")
    assert (webhook.inputs["protocol"], webhook.inputs["endpoint"]) == ("https", WEBHOOK)
    assert "endpoint" in webhook.secret_inputs


def test_nobody_can_run_a_command_from_the_slack_channel() -> None:
    channel = topic().one(CHANNEL)
    assert channel.inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
    assert not topic().of("aws:iam/rolePolicy:RolePolicy")


def test_the_channel_is_the_one_named() -> None:
    channel = topic().one(CHANNEL).inputs
    assert (channel["slackTeamId"], channel["slackChannelId"]) == ("T07EXAMPLE", "C07EXAMPLE")
    assert channel["configurationName"] == "alerts-test"


def test_chatbot_acts_for_this_account_only() -> None:
    (trust,) = topic().one("aws:iam/role:Role").document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "chatbot.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_a_second_topic_of_the_account_leaves_the_channel_to_the_first() -> None:
    declared = topic(slack=False)
    assert not declared.of(CHANNEL) and not declared.of("aws:iam/role:Role")


def test_without_a_channel_nothing_is_posted() -> None:
    declared = topic(AlertsSpec(emails=("oncall@dataconnect.example",)))
    assert not declared.of(CHANNEL)


def test_alarms_are_sent_there_once_they_may_be() -> None:
    seen: list[Any] = []

    def program() -> None:
        target = AlertTopic("alerts", arguments()).target
        seen.append(target.runbook_url)
        pulumi.Output.from_input(target.topic_arn).apply(seen.append)

    resources_of(program)
    assert seen == [RUNBOOKS, f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"]


def test_every_child_is_in_the_given_region() -> None:
    assert children_without_region(topic(spec(webhook=WEBHOOK)), "us-east-2") == []


@pytest.mark.parametrize("address", ["runbooks", "http://runbooks.dataconnect.example", f"{RUNBOOKS}/", ""])
def test_a_runbook_address_that_is_not_https_is_refused(address: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        arguments(runbook_url=address)
    expected = f"AlertTopicArgs.runbook_url is '{address}'; expected an https:// address without user, query or final slash"
    assert str(caught.value) == expected
