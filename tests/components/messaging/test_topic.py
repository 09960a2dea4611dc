import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.links import Link
from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from components.messaging.topic import Topic, TopicArgs
from components.messaging.topic_spec import TopicSpec
from tests.components.harness import (
    ACCOUNT,
    Declaration,
    children_without_region,
    here,
    kms_key,
    resources_of,
    statements_of_link,
)

TOPIC, POLICY, SUBSCRIPTION = (
    "aws:sns/topic:Topic",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sns/topicSubscription:TopicSubscription",
)
QUEUE, QUEUE_POLICY = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ARN = f"arn:aws:sns:us-east-2:{ACCOUNT}:deliveries"
DEAD = f"arn:aws:sqs:us-east-2:{ACCOUNT}:deliveries-dead-letters"


def topic(where: Here | None = None, *, fifo: bool = False) -> Topic:
    return Topic("deliveries", TopicArgs(here=where or here(), spec=TopicSpec(fifo=fifo), key_arn=kms_key()))


def declare(where: Here | None = None, *, fifo: bool = False) -> Declaration:
    return resources_of(lambda: topic(where, fifo=fifo))


def subscribed(*, fifo: bool = False, **spec: Any) -> Declaration:
    def program() -> None:
        source = topic(fifo=fifo)
        values: dict[str, Any] = {"topic": "deliveries", "fifo": fifo, **spec}
        Queue("newest", QueueArgs(here=here(), spec=QueueSpec(**values), key_arn=kms_key(), topic=source))

    return resources_of(program)


def test_it_is_under_its_key_and_closed_to_plain_http() -> None:
    declared = declare()
    inputs = declared.one(TOPIC).inputs
    assert (inputs["kmsMasterKeyId"], inputs["signatureVersion"]) == (kms_key(), 2)
    assert inputs["tags"]["DataClassification"] == "restricted"
    (statement,) = declared.one(POLICY).document()["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", "*", [ARN])
    # SNS takes no other actions in a topic's policy than its own, and not all of them: not `sns:*`.
    assert statement["Action"] == ["sns:Publish"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_key_of_another_region_is_refused() -> None:
    args = TopicArgs(here=here(), spec=TopicSpec(), key_arn=kms_key("us-west-2"))
    with pytest.raises(ValueError, match="deliveries: key_arn is .*us-west-2.*; expected an ARN of us-east-2"):
        resources_of(lambda: Topic("deliveries", args))


@pytest.mark.parametrize("fifo", [True, False])
def test_dead_letters_are_of_its_own_kind_and_take_what_this_topic_sends_and_nothing_else(fifo: bool) -> None:
    declared = declare(fifo=fifo)
    assert (
        declared.one(TOPIC).inputs.get("fifoTopic") == declared.one(QUEUE).inputs.get("fifoQueue") == (True if fifo else None)
    )
    assert declared.one(QUEUE).inputs["messageRetentionSeconds"] == 14 * 86_400
    plain, sender = declared.one(QUEUE_POLICY).document()["Statement"]
    assert plain["Effect"] == "Deny"
    assert sender == {
        "Sid": "TheTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": [DEAD],
        "Condition": {"ArnEquals": {"aws:SourceArn": ARN}},
    }


def test_no_queue_may_take_its_dead_letters_for_its_own() -> None:
    (allowed,) = declare().of("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert allowed.document("redriveAllowPolicy") == {"redrivePermission": "denyAll"}
    assert allowed.name == "deliveries-dead-letters-redrive-allow"


def link() -> Callable[[], Link]:
    return lambda: topic().link("publish")


def test_a_publisher_may_publish_there_and_use_its_key_through_sns() -> None:
    publish, key = statements_of_link(link())
    assert (publish["Action"], publish["Resource"]) == (["sns:Publish"], [ARN])
    assert (key["Action"], key["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], [kms_key()])
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "sns.us-east-2.amazonaws.com"}}


def test_the_topic_is_told_by_a_variable() -> None:
    seen: list[str] = []
    resources_of(lambda: pulumi.Output.from_input(link()().environment["DELIVERIES_TOPIC_ARN"]).apply(seen.append))
    assert seen == [ARN]


def test_a_queue_gets_messages_as_they_were_published_once_it_may_be_sent_to() -> None:
    declared = subscribed()
    found = declared.one(SUBSCRIPTION)
    assert found.name == "newest-subscription"
    assert (found.inputs["topic"], found.inputs["protocol"]) == (ARN, "sqs")
    assert found.inputs["endpoint"] == f"arn:aws:sqs:us-east-2:{ACCOUNT}:newest"
    assert found.inputs["rawMessageDelivery"] is True
    assert json.loads(found.inputs["redrivePolicy"]) == {"deadLetterTargetArn": DEAD}
    assert found.depends_on("newest-policy") and found.depends_on("deliveries-dead-letters-policy")
    statements = {each["Sid"]: each for each in declared.one(QUEUE_POLICY, "newest-policy").document()["Statement"]}
    assert statements["TheTopic"]["Condition"] == {"ArnEquals": {"aws:SourceArn": ARN}}
    assert statements["TheTopic"]["Resource"] == [f"arn:aws:sqs:us-east-2:{ACCOUNT}:newest"]


def test_its_dead_letters_are_sent_to_by_the_queue_alone() -> None:
    dead = subscribed().one(QUEUE_POLICY, "newest-dead-letters-policy").document()["Statement"]
    assert [each["Effect"] for each in dead] == ["Deny"]


def test_a_queue_gets_what_it_chose_by_the_attribute_and_everything_if_it_chose_nothing() -> None:
    chosen = subscribed(datasets=("loans", "rates")).one(SUBSCRIPTION).inputs
    assert json.loads(chosen["filterPolicy"]) == {"dataset": ["loans", "rates"]}
    assert chosen["filterPolicyScope"] == "MessageAttributes"
    everything = subscribed().one(SUBSCRIPTION).inputs
    assert "filterPolicy" not in everything and "filterPolicyScope" not in everything


def test_a_fifo_queue_subscribes_to_a_fifo_topic() -> None:
    declared = subscribed(fifo=True)
    assert [each.inputs["fifoQueue"] for each in declared.of(QUEUE)] == [True] * 3


def queue_args(spec: QueueSpec, source: Topic | None) -> QueueArgs:
    return QueueArgs(here=here(), spec=spec, key_arn=kms_key(), topic=source)


@pytest.mark.parametrize("fifo", [True, False])
def test_a_topic_and_a_queue_of_which_one_is_fifo_are_refused(fifo: bool) -> None:
    spec = QueueSpec(topic="deliveries", fifo=not fifo)
    with pytest.raises(InvalidArgumentError, match=rf"QueueArgs\.spec\.fifo is {not fifo}; expected {str(fifo).lower()}, as"):
        resources_of(lambda: queue_args(spec, topic(fifo=fifo)))


def test_a_topic_that_its_spec_does_not_name_is_refused_and_one_that_is_not_given() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"QueueArgs\.topic is 'deliveries'; expected the topic of spec.topic \(None"
    ):
        resources_of(lambda: queue_args(QueueSpec(), topic()))
    with pytest.raises(InvalidArgumentError, match=r"QueueArgs\.topic is None; expected the topic of spec.topic \(deliveries"):
        queue_args(QueueSpec(topic="deliveries"), None)


def test_what_is_not_delivered_raises_alarms_and_silence_does_not() -> None:
    alarms = {alarm.name: alarm.inputs for alarm in declare().of(ALARM)}
    assert {name: each["metricName"] for name, each in alarms.items()} == {
        "deliveries-topic-failed-notifications": "NumberOfNotificationsFailed",
        "deliveries-topic-lost-notifications": "NumberOfNotificationsFailedToRedriveToDlq",
        "deliveries-topic-without-attributes": "NumberOfNotificationsFilteredOut-NoMessageAttributes",
        "deliveries-topic-dead-letters": "ApproximateNumberOfMessagesVisible",
    }
    assert alarms["deliveries-topic-failed-notifications"]["dimensions"] == {"TopicName": "deliveries"}
    assert alarms["deliveries-topic-dead-letters"]["dimensions"] == {"QueueName": "deliveries-dead-letters"}
    silence = {name: each["treatMissingData"] for name, each in alarms.items()}
    assert silence.pop("deliveries-topic-dead-letters") == "ignore"
    assert set(silence.values()) == {"notBreaching"}
    assert {each["threshold"] for each in alarms.values()} == {0}


def test_it_is_known_as_something_that_a_lost_region_takes_along() -> None:
    where = here()
    declare(where)
    assert [(store.name, store.recovery, store.backed_up) for store in where.inventory.stores] == [
        ("deliveries-dead-letters", "lost", False),
        ("deliveries", "lost", False),
    ]


def test_everything_is_in_its_region() -> None:
    assert children_without_region(subscribed(), "us-east-2") == []
