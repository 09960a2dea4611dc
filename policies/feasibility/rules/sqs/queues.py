"""Queues that Amazon SQS refuses, or whose dead letters go nowhere."""

from collections.abc import Hashable
from typing import Any, Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.shapes import Block, absent, between, choice, given, of, parsed, saying, unless
from policies.kit.references import arn_of, earlier, reference, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_bool, as_list, as_number

rules: Final = Rules("feasibility", failures())

_QUEUE: Final = "sqs/queue"
_REDRIVE: Final = "sqs/queue sqs/redrivePolicy sns/topicSubscription"

_ONE_ENCRYPTION: Final = (
    "InvalidAttributeValue: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or "
    "SQS SSE."
)


def _both_encryptions(where: str, block: Block) -> Answers:
    managed = block.get("sqsManagedSseEnabled")
    if not given(block.get("kmsMasterKeyId")):
        return
    if managed is UNKNOWN:
        yield NOT_JUDGED
    elif as_bool(managed) is True:
        yield Finding(f"{where}sqsManagedSseEnabled", managed, "false, because kmsMasterKeyId is set", detail="sse")


def _throughput(where: str, block: Block) -> Answers:
    limit, scope = block.get("fifoThroughputLimit"), block.get("deduplicationScope")
    if limit is UNKNOWN or scope is UNKNOWN:
        yield NOT_JUDGED
    elif limit == "perMessageGroupId" and scope != "messageGroup":
        answer = (
            "InvalidAttributeValue: perMessageGroupId is allowed only when the value for DeduplicationScope is messageGroup"
        )
        expected = "messageGroup, because fifoThroughputLimit is perMessageGroupId"
        yield Finding(f"{where}deduplicationScope", scope, expected, answer=answer)


rules.add(
    "queue-settings",
    "F369",
    _QUEUE,
    of(
        unless(
            "fifoQueue",
            (True,),
            saying(
                "InvalidAttributeName / content-based deduplication can only be set for FIFO queue",
                absent("contentBasedDeduplication deduplicationScope fifoThroughputLimit", "because the queue is not FIFO"),
            ),
        ),
        saying(_ONE_ENCRYPTION, _both_encryptions),
        _throughput,
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


@rules.rule(
    "queue-redrive-policy",
    "F369",
    _REDRIVE,
    description="A redrive policy names another queue of the region and a number of receives from 1 to 1000.",
    remediation='Write {"deadLetterTargetArn": <ARN of a queue>, "maxReceiveCount": 3}.',
)
def _redrive(resource: Resource) -> Answers:
    text = resource.get("redrivePolicy")
    if text in (None, "") if text is not UNKNOWN else False:
        return
    subscription = resource.kind == "sns/topicSubscription"
    try:
        policy = parsed(text)
    except ValueError:
        return  # another rule's finding
    if not isinstance(policy, dict):
        yield Finding("redrivePolicy", text, "a JSON object", detail="json")
        return
    fields = cast(dict[str, Any], policy)
    known = ("deadLetterTargetArn",) if subscription else ("deadLetterTargetArn", "maxReceiveCount")
    for name in sorted(fields.keys() - set(known)):
        yield Finding("redrivePolicy", name, f"only {' and '.join(known)}", detail=name)
    count, arn = fields.get("maxReceiveCount"), fields.get("deadLetterTargetArn")
    number = as_number(count)
    if not subscription and (number is None or not 1 <= number <= 1000 or number != int(number)):
        answer = (
            f"InvalidParameterValue: Value for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: "
            f"{count}, valid values are from 1 to 1000 both inclusive."
        )
        yield Finding("redrivePolicy.maxReceiveCount", count, "1 to 1000", detail="count", answer=answer)
    own = arn_of(arn)
    if own is None or own.service != "sqs":
        yield Finding("redrivePolicy.deadLetterTargetArn", arn, "the ARN of a queue", detail="arn")
        return
    if resource.region and own.region != resource.region:
        yield Finding("redrivePolicy.deadLetterTargetArn", arn, f"a queue of {resource.region}", detail="region")
    if resource.kind == _QUEUE and resource.get("name") is not UNKNOWN and own.name == resource.get("name"):
        yield Finding("redrivePolicy.deadLetterTargetArn", arn, "another queue", detail="self")


@rules.rule(
    "queue-dead-letter-kind",
    "F102",
    "sqs/queue sqs/redrivePolicy",
    description="The dead-letter queue of a FIFO queue is FIFO, that of a standard queue is standard.",
    remediation="Use a dead-letter queue of the same kind.",
)
def _kind(resource: Resource) -> Answers:
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
    text = resource.get("redrivePolicy")
    if text is not UNKNOWN:
        try:
            policy = parsed(text)
        except ValueError:
            return None
        arn = arn_of(cast(dict[str, Any], policy).get("deadLetterTargetArn")) if isinstance(policy, dict) else None
        return None if arn is None else arn.name.endswith(".fifo")
    found = [queue.get("fifoQueue") for queue in targets(resource, "redrivePolicy", _QUEUE)]
    if len(found) != 1 or found[0] is UNKNOWN:
        return None
    return as_bool(found[0]) is True


@rules.rule(
    "queue-redrive-allow-policy",
    "F369",
    "sqs/queue sqs/redriveAllowPolicy",
    description="A redrive allow policy lists its sources, ten at most, exactly where it allows by queue.",
    remediation='Write {"redrivePermission": "byQueue", "sourceQueueArns": [...]}, or allowAll or denyAll without sources.',
)
def _allow(resource: Resource) -> Answers:
    text = resource.get("redriveAllowPolicy")
    if text in (None, "") if text is not UNKNOWN else False:
        return
    try:
        policy = parsed(text)
    except ValueError:
        return  # another rule's finding
    fields = cast(dict[str, Any], policy) if isinstance(policy, dict) else {}
    permission, sources = fields.get("redrivePermission"), as_list(fields.get("sourceQueueArns"))
    if permission not in ("allowAll", "denyAll", "byQueue"):
        yield Finding("redriveAllowPolicy.redrivePermission", permission, "allowAll, denyAll or byQueue")
    elif (permission == "byQueue") is not bool(sources) or len(sources) > 10:
        expected = "one to ten queues" if permission == "byQueue" else f"nothing with {permission}"
        yield Finding("redriveAllowPolicy.sourceQueueArns", sources, expected)


def _queue_key(resource: Resource) -> Hashable:
    return (resource.kind, reference(resource, "queueUrl", _QUEUE))


@rules.rule(
    "queue-setting-once",
    "F369",
    "sqs/queuePolicy sqs/redrivePolicy sqs/redriveAllowPolicy",
    needs_stack=True,
    description="A queue has each of its policies from one place.",
    remediation="Keep one resource per queue, with all statements, and no inline policy beside it.",
)
def _once(resource: Resource) -> Answers:
    kinds = ("sqs/queuePolicy", "sqs/redrivePolicy", "sqs/redriveAllowPolicy")
    answer = "No error: the last one written wins, and they replace each other at every update"
    for other in earlier(resource, "queue policies", kinds, _queue_key):
        yield Finding(
            "queueUrl", resource.get("queueUrl"), f"a queue that {other.name} does not set", detail=other.name, answer=answer
        )
    inline = {"sqs/queuePolicy": "policy", "sqs/redrivePolicy": "redrivePolicy"}.get(resource.kind, "redriveAllowPolicy")
    queue = target(resource, "queueUrl", _QUEUE)
    if queue is not None and given(queue.get(inline)):
        yield Finding("queueUrl", queue.name, f"a queue without {inline} of its own", detail="inline", answer=answer)
