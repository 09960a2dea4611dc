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
WEBHOOK = "https://events.dataconnect.example/token"
RUNBOOKS = "https://runbooks.dataconnect.example"


def spec(**changes: Any) -> AlertsSpec:
    told = {"emails": ["oncall@dataconnect.example"], "teams": {"platform": {"slack": "C07EXAMPLE"}}, "owner": "platform"}
    return AlertsSpec.model_validate({**told, **changes})


def arguments(alerts: AlertsSpec | None = None, **changes: Any) -> AlertTopicArgs:
    defaults: dict[str, Any] = {
        "here": Place(region="us-east-2", account_id=ACCOUNT),
        "spec": alerts or spec(),
        "key_arn": kms_key(),
        "runbook_url": RUNBOOKS,
        "direct": True,
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


def test_a_topic_that_the_notifier_reads_tells_nobody_by_itself() -> None:
    assert not topic(spec(webhook=WEBHOOK), direct=False).of(SUBSCRIPTION)


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
