"""Topics and subscriptions that Amazon SNS refuses."""

from math import prod
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import choice
from policies.feasibility.engine.joins import key, set_once, unique
from policies.feasibility.engine.patterns import depth, pattern_mistakes
from policies.feasibility.engine.shapes import absent, json_object, of, present, requires, saying, unless, when
from policies.kit.checks import all_of
from policies.kit.references import arn_of, target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, switch

rules: Final = Rules("feasibility", failures())

_TOPIC: Final = "sns/topic"
_SUBSCRIPTION: Final = "sns/topicSubscription"

rules.named("topic-settings", "F370", _TOPIC).add(
    of(
        unless(
            "fifoTopic",
            (True,),
            saying(
                "content-based deduplication can only be set for FIFO topics",
                absent("contentBasedDeduplication archivePolicy fifoThroughputScope", "because the topic is not FIFO"),
            ),
        ),
        choice("signatureVersion", (1, 2)),
        choice("tracingConfig", ("Active", "PassThrough")),
    ),
    description="A topic's settings are those of its kind.",
    remediation="Set fifoTopic for FIFO settings.",
)
rules.named("subscription-settings", "F370", _SUBSCRIPTION).add(
    of(
        when(
            "protocol",
            ("firehose",),
            saying(
                "InvalidParameter: Invalid parameter: SubscriptionRoleArn",
                present("subscriptionRoleArn", "because the protocol is firehose"),
            ),
        ),
        unless(
            "protocol", ("firehose",), absent("subscriptionRoleArn", "because only firehose has a role"), default="firehose"
        ),
        when(
            "protocol",
            ("email", "email-json", "sms", "lambda", "application"),
            saying(
                "InvalidParameter: Invalid parameter: Delivery protocol does not support raw message delivery.",
                absent("rawMessageDelivery", "because only sqs, http, https and firehose deliver raw messages"),
            ),
        ),
        requires("filterPolicyScope", "filterPolicy"),
        choice("filterPolicyScope", ("MessageAttributes", "MessageBody")),
    ),
    description="A subscription's settings are those of its protocol.",
    remediation="Set subscriptionRoleArn for firehose only, and rawMessageDelivery for sqs, http, https and firehose only.",
)


@rules.rule("subscription-filter-policy", "F370", _SUBSCRIPTION)
def _filter(subscription: Resource) -> Answers:
    """A filter policy is JSON with lists as leaves, flat for attributes, five keys and 150 combinations at most.

    Write {"kind": ["order", {"prefix": "a"}]}; set filterPolicyScope: MessageBody for nested policies.
    """
    text, scope = subscription.get("filterPolicy"), subscription.get("filterPolicyScope")
    if text in (None, "") if text is not UNKNOWN else False:
        return
    mistakes = pattern_mistakes(text)
    for mistake in mistakes:
        if mistake != "at least one field in the pattern":
            answer = f"InvalidParameter: Invalid parameter: FilterPolicy: {mistake}"
            yield Finding("filterPolicy", text, mistake, detail=mistake, answer=answer)
    policy = json_object(text)
    if mistakes or policy is None:
        return
    if scope is UNKNOWN:
        yield NOT_JUDGED
    elif (scope or "MessageAttributes") == "MessageAttributes" and depth(policy) > 1:
        answer = (
            "InvalidParameter: Invalid parameter: Filter policy scope MessageAttributes does not support nested filter policy"
        )
        yield Finding("filterPolicyScope", scope, "MessageBody, because the policy is nested", detail="scope", answer=answer)
    if len(policy) > 5:
        answer = "InvalidParameter: Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys"
        yield Finding("filterPolicy", sorted(policy), "at most five keys", detail="keys", answer=answer)
    elif depth(policy) == 1 and prod(len(value) for value in policy.values() if isinstance(value, list)) > 150:
        answer = "InvalidParameter: Invalid parameter: FilterPolicy: Filter policy is too complex"
        yield Finding("filterPolicy", text, "at most 150 combinations of values", detail="combinations", answer=answer)


@rules.rule("subscription-fifo", "F370", _SUBSCRIPTION, needs_stack=True)
def _fifo(subscription: Resource) -> Answers:
    """A FIFO topic delivers to queues only, and a FIFO queue listens to FIFO topics only.

    Subscribe a queue to a FIFO topic; use a FIFO topic for a FIFO queue.
    """
    protocol = subscription.get("protocol")
    from_fifo = _is_fifo(subscription, "topic", _TOPIC, "fifoTopic")
    if from_fifo and protocol not in (None, "sqs"):
        answer = f"InvalidParameter: Invalid parameter: Invalid protocol type: {protocol}"
        yield Finding("protocol", protocol, "sqs, because the topic is FIFO", "protocol", answer)
    if protocol == "sqs" and not from_fifo and _is_fifo(subscription, "endpoint", "sqs/queue", "fifoQueue"):
        answer = "InvalidParameter: Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"  # noqa: E501
        yield Finding("endpoint", subscription.get("endpoint"), "a standard queue, or a FIFO topic", "queue", answer)


def _is_fifo(subscription: Resource, prop: str, kind: str, setting: str) -> bool:
    """Whether the topic or queue that a property names is FIFO, by its `setting` or by its ARN."""
    named = target(subscription, prop, kind)
    if named is not None:
        return switch(named.get(setting))
    arn = arn_of(subscription.get(prop))
    return arn is not None and arn.name.endswith(".fifo")


_ENDPOINTS: Final = "sqs/queue lambda/function lambda/alias kinesis/firehoseDeliveryStream"

rules.named("topic-policy-once", "F370", f"sns/topicPolicy {_SUBSCRIPTION}", needs_stack=True).add(
    all_of(
        set_once(
            "sns/topicPolicy",
            "arn",
            _TOPIC,
            "policy",
            "topic",
            answer="No error: the last policy written wins, and they replace each other at every update",
        ),
        unique(
            _SUBSCRIPTION,
            key(f"topic:{_TOPIC}", "protocol", f"endpoint!:{_ENDPOINTS}"),
            "endpoint",
            "an endpoint that {other} does not subscribe",
            answer=(
                "InvalidParameter: Invalid parameter: Attributes Reason: Subscription already exists with different attributes"
            ),
            detail=False,
        ),
    ),
    description="A topic has its policy from one place, and an endpoint is subscribed to it once.",
    remediation="Keep one TopicPolicy per topic with all statements, and one subscription per endpoint.",
)
