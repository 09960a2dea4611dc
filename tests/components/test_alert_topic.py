import pulumi
import pytest

from components.alert_topic import AlertTopic, AlertTopicArgs, SlackChannel
from components.component import InvalidArgumentError
from tests.components.harness import Declaration, children_without_region, resources_of

SLACK = SlackChannel(workspace_id="T07EXAMPLE", channel_id="C07EXAMPLE")


def topic(webhook: str | None = None, slack: SlackChannel | None = SLACK) -> Declaration:
    def program() -> None:
        AlertTopic(
            "alerts",
            AlertTopicArgs(
                region="us-east-2",
                account_id="111111111111",
                key_arn="arn:aws:kms:us-east-2:111111111111:key/1",
                emails=("oncall@dataconnect.example",),
                webhook=webhook and pulumi.Output.secret(webhook),
                slack=slack,
                runbook_url="https://runbooks.dataconnect.example/",
            ),
        )

    return resources_of(program)


def test_the_topic_is_encrypted_with_the_given_key() -> None:
    assert topic().one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == "arn:aws:kms:us-east-2:111111111111:key/1"


def test_only_services_of_this_account_may_publish_and_only_over_tls() -> None:
    allow, _, deny = topic().one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"]
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": "111111111111"}}
    assert "cloudwatch.amazonaws.com" in allow["Principal"]["Service"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_event_rules_publish_without_a_condition_for_eventbridge_sends_no_condition_keys() -> None:
    events = topic().one("aws:sns/topicPolicy:TopicPolicy").document()["Statement"][1]
    assert events["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in events


def test_the_webhook_with_its_token_stays_secret() -> None:
    webhook = topic("https://events.dataconnect.example/token").one(
        "aws:sns/topicSubscription:TopicSubscription", "alerts-webhook"
    )
    assert "endpoint" in webhook.secret_inputs


def test_nobody_can_run_a_command_from_the_slack_channel() -> None:
    channel = topic().one("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration")
    assert channel.inputs["guardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AWSDenyAll"]
    assert not topic().of("aws:iam/rolePolicy:RolePolicy")


def test_every_child_is_in_the_given_region() -> None:
    assert children_without_region(topic("https://events.dataconnect.example/token"), "us-east-2") == []


def test_a_topic_that_would_tell_nobody_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"AlertTopicArgs.emails is \(\); expected at least one address"):
        AlertTopicArgs(region="us-east-2", account_id="111111111111", key_arn="k", emails=(), runbook_url="https://r.example")


def test_a_runbook_address_that_is_not_https_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="AlertTopicArgs.runbook_url is 'runbooks'; expected an https:// address"):
        AlertTopicArgs(
            region="us-east-2", account_id="111111111111", key_arn="k", emails=("a@b.example",), runbook_url="runbooks"
        )


@pytest.mark.parametrize(
    ("field", "workspace", "channel"), [("workspace_id", "dataconnect", "C07EXAMPLE"), ("channel_id", "T07EXAMPLE", "#alerts")]
)
def test_a_slack_name_in_place_of_an_id_is_refused(field: str, workspace: str, channel: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"SlackChannel.{field} is "):
        SlackChannel(workspace_id=workspace, channel_id=channel)
