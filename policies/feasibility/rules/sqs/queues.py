"""Queues that Amazon SQS refuses, or whose dead letters go nowhere."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, choice, items_between, wanted
from policies.feasibility.engine.joins import REPLACE_EACH_OTHER, for_kinds, set_once
from policies.feasibility.engine.shapes import absent, given, json_object, json_text, of, saying, unless, when, where_given
from policies.kit.checks import all_of
from policies.kit.references import arn_of, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool

rules: Final = Rules("feasibility", failures())

_QUEUE: Final = "sqs/queue"

_ONE_ENCRYPTION: Final = (
    "InvalidAttributeValue: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or "
    "SQS SSE."
)


rules.named("queue-settings", "F369", _QUEUE).add(
    of(
        unless(
            "fifoQueue",
            (True,),
            saying(
                "InvalidAttributeName / content-based deduplication can only be set for FIFO queue",
                absent("contentBasedDeduplication deduplicationScope fifoThroughputLimit", "because the queue is not FIFO"),
            ),
        ),
        where_given(
            "kmsMasterKeyId",
            wanted(
                "sqsManagedSseEnabled",
                (False,),
                "false, because kmsMasterKeyId is set",
                default=False,
                answer=_ONE_ENCRYPTION,
                detail="sse",
            ),
        ),
        when(
            "fifoThroughputLimit",
            ("perMessageGroupId",),
            wanted(
                "deduplicationScope",
                ("messageGroup",),
                "messageGroup, because fifoThroughputLimit is perMessageGroupId",
                answer=(
                    "InvalidAttributeValue: perMessageGroupId is allowed only when the value for DeduplicationScope is "
                    "messageGroup"
                ),
            ),
        ),
        between("visibilityTimeoutSeconds", 0, 43200, unit="seconds"),
        between("messageRetentionSeconds", 60, 1209600, unit="seconds"),
        between("maxMessageSize", 1024, 1048576, unit="bytes"),
        between("delaySeconds", 0, 900, unit="seconds"),
        between("receiveWaitTimeSeconds", 0, 20, unit="seconds"),
        between("kmsDataKeyReusePeriodSeconds", 60, 86400, unit="seconds"),
        choice("deduplicationScope", ("queue", "messageGroup")),
        choice("fifoThroughputLimit", ("perQueue", "perMessageGroupId")),
    ),
    description="A queue's settings are those of its kind, in the ranges that SQS takes.",
    remediation="Set fifoQueue for FIFO settings, one kind of encryption, and values in the range.",
)


_COUNT: Final = between(
    "maxReceiveCount",
    1,
    1000,
    whole=True,
    required=True,
    detail="count",
    answer=(
        "InvalidParameterValue: Value for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "
        "{value}, valid values are from 1 to 1000 both inclusive."
    ),
)


def _dead_letter_queue(resource: Resource) -> Answers:
    """The dead-letter queue is another queue of the region."""
    policy = json_object(resource.get("redrivePolicy"))
    if policy is None:
        return
    path, arn = "redrivePolicy.deadLetterTargetArn", policy.get("deadLetterTargetArn")
    own = arn_of(arn)
    if own is None or own.service != "sqs":
        yield Finding(path, arn, "the ARN of a queue", detail="arn")
        return
    if resource.region and own.region != resource.region:
        yield Finding(path, arn, f"a queue of {resource.region}", detail="region")
    if resource.kind == _QUEUE and resource.get("name") is not UNKNOWN and own.name == resource.get("name"):
        yield Finding(path, arn, "another queue", detail="self")


rules.named("queue-redrive-policy", "F369", f"{_QUEUE} sqs/redrivePolicy sns/topicSubscription").add(
    all_of(
        for_kinds(
            f"{_QUEUE} sqs/redrivePolicy", of(json_text("redrivePolicy", _COUNT, known="deadLetterTargetArn maxReceiveCount"))
        ),
        for_kinds("sns/topicSubscription", of(json_text("redrivePolicy", known="deadLetterTargetArn"))),
        _dead_letter_queue,
    ),
    description="A redrive policy names another queue of the region and a number of receives from 1 to 1000.",
    remediation='Write {"deadLetterTargetArn": <ARN of a queue>, "maxReceiveCount": 3}.',
)


@rules.rule("queue-dead-letter-kind", "F102", "sqs/queue sqs/redrivePolicy")
def _kind(resource: Resource) -> Answers:
    """The dead-letter queue of a FIFO queue is FIFO, that of a standard queue is standard.

    Use a dead-letter queue of the same kind.
    """
    if not given(resource.get("redrivePolicy")):
        return
    queue = resource if resource.kind == _QUEUE else target(resource, "queueUrl", _QUEUE)
    if queue is None:
        return
    fifo, other = queue.get("fifoQueue"), _dead_letters_fifo(resource)
    if fifo is UNKNOWN or other is None:
        yield NOT_JUDGED
    elif (as_bool(fifo) is True) is not other:
        expected = "a FIFO queue" if not other else "a standard queue"
        answer = "InvalidParameterValue: Value for parameter RedrivePolicy is invalid. Reason: Dead-letter queue must be same type of queue as the source."  # noqa: E501
        yield Finding("redrivePolicy.deadLetterTargetArn", "FIFO" if other else "standard", expected, answer=answer)


def _dead_letters_fifo(resource: Resource) -> bool | None:
    """Whether the dead-letter queue that a redrive policy names is FIFO; None if the plan does not say."""
    if resource.get("redrivePolicy") is not UNKNOWN:
        arn = arn_of((json_object(resource.get("redrivePolicy")) or {}).get("deadLetterTargetArn"))
        return None if arn is None else arn.name.endswith(".fifo")
    found = [queue.get("fifoQueue") for queue in targets(resource, "redrivePolicy", _QUEUE)]
    if len(found) != 1 or found[0] is UNKNOWN:
        return None
    return as_bool(found[0]) is True


rules.named("queue-redrive-allow-policy", "F369", f"{_QUEUE} sqs/redriveAllowPolicy").add(
    of(
        json_text(
            "redriveAllowPolicy",
            wanted("redrivePermission", ("allowAll", "denyAll", "byQueue"), "allowAll, denyAll or byQueue"),
            when("redrivePermission", ("byQueue",), items_between("sourceQueueArns", 1, 10, "one to ten queues")),
            when("redrivePermission", ("allowAll",), items_between("sourceQueueArns", 0, 0, "nothing with allowAll")),
            when("redrivePermission", ("denyAll",), items_between("sourceQueueArns", 0, 0, "nothing with denyAll")),
        )
    ),
    description="A redrive allow policy lists its sources, ten at most, exactly where it allows by queue.",
    remediation='Write {"redrivePermission": "byQueue", "sourceQueueArns": [...]}, or allowAll or denyAll without sources.',
)
rules.named("queue-setting-once", "F369", "sqs/queuePolicy sqs/redrivePolicy sqs/redriveAllowPolicy", needs_stack=True).add(
    all_of(
        *(
            set_once(kind, "queueUrl", _QUEUE, inline, "queue", answer=REPLACE_EACH_OTHER)
            for kind, inline in (
                ("sqs/queuePolicy", "policy"),
                ("sqs/redrivePolicy", "redrivePolicy"),
                ("sqs/redriveAllowPolicy", "redriveAllowPolicy"),
            )
        )
    ),
    description="A queue has each of its policies from one place.",
    remediation="Keep one resource per queue, with all statements, and no inline policy beside it.",
)
