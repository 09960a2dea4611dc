import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.base.here import Here
from components.base.links import Link
from components.messaging.queue import Queue, QueueArgs
from components.messaging.queue_spec import QueueSpec
from tests.components.harness import (
    ACCOUNT,
    Declaration,
    children_without_region,
    here,
    kms_key,
    resources_of,
    statements_of_link,
)

QUEUE, POLICY, ALLOW = "aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
REDRIVE = "aws:sqs/redrivePolicy:RedrivePolicy"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ARN = f"arn:aws:sqs:us-east-2:{ACCOUNT}:ingest"
DEAD = f"{ARN}-dead-letters"


def arguments(where: Here | None = None, **spec: Any) -> QueueArgs:
    return QueueArgs(here=where or here(), spec=QueueSpec(**spec), key_arn=kms_key())


def declare(where: Here | None = None, **spec: Any) -> Declaration:
    return resources_of(lambda: Queue("ingest", arguments(where, **spec)))


def test_messages_that_nobody_can_process_are_kept_for_two_weeks() -> None:
    declared = declare(max_receives=9, retention_days=2)
    queue, dead = (declared.one(QUEUE, name).inputs for name in ("ingest", "ingest-dead-letters"))
    redrive = declared.one(REDRIVE).inputs
    assert json.loads(redrive["redrivePolicy"]) == {"deadLetterTargetArn": DEAD, "maxReceiveCount": 9}
    assert (queue["messageRetentionSeconds"], dead["messageRetentionSeconds"]) == (2 * 86_400, 14 * 86_400)
    assert "redrivePolicy" not in dead and "redrivePolicy" not in queue


def test_a_queue_that_is_made_anew_is_admitted_before_it_sends_its_dead_letters() -> None:
    assert declare().one(REDRIVE).depends_on("ingest-redrive-allow")


def test_no_other_queue_may_send_its_dead_letters_here() -> None:
    allow = declare().one(ALLOW).inputs
    assert json.loads(allow["redriveAllowPolicy"]) == {"redrivePermission": "byQueue", "sourceQueueArns": [ARN]}


def test_queue_and_dead_letters_are_under_the_key_and_closed_to_plain_http() -> None:
    declared = declare()
    assert {queue.inputs["kmsMasterKeyId"] for queue in declared.of(QUEUE)} == {kms_key()}
    for name, arn in (("ingest", ARN), ("ingest-dead-letters", DEAD)):
        (statement,) = declared.one(POLICY, f"{name}-policy").document()["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", "*", [arn])
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert {queue.inputs["tags"]["DataClassification"] for queue in declared.of(QUEUE)} == {"restricted"}


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="ingest: key_arn is .*us-west-2.*; expected an ARN of us-east-2"):
        resources_of(lambda: Queue("ingest", QueueArgs(here=here(), spec=QueueSpec(), key_arn=kms_key("us-west-2"))))


@pytest.mark.parametrize("protect", [True, False])
def test_what_holds_messages_is_protected_with_its_stack(protect: bool) -> None:
    assert {queue.protect for queue in declare(here(protect=protect)).of(QUEUE)} == {protect}


def test_a_fifo_queue_has_fifo_dead_letters_and_a_standard_one_says_nothing_of_it() -> None:
    assert [queue.inputs.get("fifoQueue") for queue in declare(fifo=True).of(QUEUE)] == [True, True]
    assert [queue.inputs.get("fifoQueue") for queue in declare().of(QUEUE)] == [None, None]


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


def link(verb: str) -> Callable[[], Link]:
    return lambda: Queue("ingest", arguments()).link(verb)


def test_a_sender_cannot_receive_and_a_consumer_cannot_send() -> None:
    send, send_key = statements_of_link(link("send"))
    consume, consume_key = statements_of_link(link("consume"))
    assert send["Action"] == ["sqs:GetQueueUrl", "sqs:SendMessage"]
    assert "sqs:SendMessage" not in consume["Action"]
    assert {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"} <= set(consume["Action"])
    assert send["Resource"] == consume["Resource"] == [ARN]
    assert (send_key["Action"], consume_key["Action"]) == (["kms:Decrypt", "kms:GenerateDataKey"], ["kms:Decrypt"])
    for key in (send_key, consume_key):
        assert key["Resource"] == [kms_key()]
        assert key["Condition"] == {"StringEquals": {"kms:ViaService": "sqs.us-east-2.amazonaws.com"}}


def test_a_workload_that_sends_and_consumes_gets_both_once() -> None:
    both: list[Any] = []
    resources_of(lambda: both.extend(s.sid for verb in QueueSpec.link.verbs for s in link(verb)().statements))
    assert len(set(both)) == len(both) == 4


def test_the_address_is_told_by_a_variable() -> None:
    seen: list[str] = []
    resources_of(lambda: pulumi.Output.from_input(link("send")().environment["INGEST_QUEUE_URL"]).apply(seen.append))
    assert len(seen) == 1


def test_age_in_flight_and_dead_letters_raise_alarms_and_silence_does_not() -> None:
    declared = declare(max_age_seconds=600)
    thresholds = {alarm.name: (alarm.inputs["metricName"], alarm.inputs["threshold"]) for alarm in declared.of(ALARM)}
    assert thresholds == {
        "ingest-queue-oldest-message": ("ApproximateAgeOfOldestMessage", 600),
        "ingest-queue-in-flight": ("ApproximateNumberOfMessagesNotVisible", 90_000),
        "ingest-queue-dead-letters": ("ApproximateNumberOfMessagesVisible", 0),
    }
    silence = {alarm.name: alarm.inputs["treatMissingData"] for alarm in declared.of(ALARM)}
    dead = declared.one(ALARM, "ingest-queue-dead-letters").inputs
    # After six hours without a reader SQS reports nothing of dead letters, which are still there.
    assert silence.pop("ingest-queue-dead-letters") == "ignore"
    assert set(silence.values()) == {"notBreaching"}
    assert dead["dimensions"] == {"QueueName": "ingest-dead-letters"}


def test_it_is_known_as_something_that_a_lost_region_takes_along() -> None:
    where = here()
    declare(where)
    assert [(store.name, store.recovery, store.backed_up) for store in where.inventory.stores] == [
        ("ingest", "lost", False),
        ("ingest-dead-letters", "lost", False),
    ]
