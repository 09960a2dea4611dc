"""What cannot be processed is kept: queues, subscriptions and functions hand it to a dead-letter queue or a destination."""

from typing import Final

from policies.kit.checks import at_least
from policies.kit.references import from_elsewhere, last_name, may_reference, referrers, targets
from policies.kit.resource import Graph, Resource, parse_json, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_number, given, read

rules: Final = Rules("resilience")

_MAPPING: Final = "lambda/eventSourceMapping"
_INVOKE: Final = "lambda/functionEventInvokeConfig"
# Where a resource names the queue that takes what it could not process; the first ones as JSON.
_REDRIVES: Final = (
    ("sqs/queue", "redrivePolicy"),
    ("sqs/redrivePolicy", "redrivePolicy"),
    ("sns/topicSubscription", "redrivePolicy"),
)
_DESTINATIONS: Final = (
    ("lambda/function", "deadLetterConfig.targetArn"),
    (_INVOKE, "destinationConfig.onFailure.destination"),
    (_MAPPING, "destinationConfig.onFailure.destinationArn"),
    ("cloudwatch/eventTarget", "deadLetterConfig.arn"),
    ("scheduler/schedule", "target.deadLetterConfig.arn"),
    ("pipes/pipe", "sourceParameters.kinesisStreamParameters.deadLetterConfig.arn"),
    ("pipes/pipe", "sourceParameters.dynamodbStreamParameters.deadLetterConfig.arn"),
)
VISIBILITY_FACTOR: Final = 6  # docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_DEFAULT_VISIBILITY_SECONDS: Final = 30  # SQS CreateQueue
_DEFAULT_TIMEOUT_SECONDS: Final = 3  # Lambda CreateFunction


def _names_dead_letters(policy: Value) -> bool:
    """Whether a redrive policy is there; an unknown one is."""
    return policy is UNKNOWN or bool(_said(policy, "deadLetterTargetArn"))


def _said(policy: Value, name: str) -> Value:
    return read({"policy": parse_json(policy)}, f"policy.{name}")


def _has_dead_letters(queue: Resource) -> bool:
    return _names_dead_letters(queue.get("redrivePolicy")) or any(
        _names_dead_letters(other.get("redrivePolicy")) for other in referrers(queue, "sqs/redrivePolicy", "queueUrl")
    )


@per_stack
def _redriven_to(graph: Graph) -> frozenset[str]:
    """Names of the queues that known redrive policies name."""
    found = (_said(resource.get(prop), "deadLetterTargetArn") for kind, prop in _REDRIVES for resource in graph.of(kind))
    return frozenset(last_name(arn) for arn in found if isinstance(arn, str))


def _takes_dead_letters(queue: Resource) -> bool:
    """Whether the queue is itself a dead-letter queue: something redrives to it, or it says that something may."""
    if queue.get("name") in _redriven_to(queue.graph):
        return True
    if any(other is not queue for link in _REDRIVES for other in referrers(queue, *link)):
        return True
    if any(other.get(prop) is not None for kind, prop in _DESTINATIONS for other in referrers(queue, kind, prop)):
        return True
    allowing = referrers(queue, "sqs/redriveAllowPolicy", "queueUrl")
    policies = [other.get("redriveAllowPolicy") for other in (queue, *allowing)]
    return any(_said(policy, "redrivePermission") != "denyAll" for policy in policies if policy is not None)


@rules.rule("sqs-dead-letter-queue", "C062", "sqs/queue", needs_stack=True)
def _dead_letter_queue(queue: Resource) -> Answers:
    """Queues hand messages that fail again and again to a dead-letter queue, or are one.

    Set redrivePolicy (deadLetterTargetArn, maxReceiveCount); on a dead-letter queue itself, redriveAllowPolicy.
    """
    if not _has_dead_letters(queue) and not _takes_dead_letters(queue):
        named = may_reference(queue, *_REDRIVES, ("sqs/redrivePolicy", "queueUrl"))
        expected = "a policy that names a dead-letter queue"
        yield NOT_JUDGED if named else Finding("redrivePolicy", queue.get("redrivePolicy"), expected)


def _functions_of(resource: Resource) -> list[Resource]:
    """The functions of the stack that `functionName` of a resource names, by themselves or by an alias."""
    aliases = targets(resource, "functionName", "lambda/alias")
    return [function for holder in (resource, *aliases) for function in targets(holder, "functionName", "lambda/function")]


@rules.rule(
    "sqs-visibility-timeout",
    "C063",
    "sqs/queue",
    needs_stack=True,
    description=f"A queue hides a message {VISIBILITY_FACTOR} times as long as the function that reads it may run.",
    remediation=f"Set visibilityTimeoutSeconds to {VISIBILITY_FACTOR} times the function's timeout, or more.",
)
def _visibility_timeout(queue: Resource) -> Answers:
    visible = _seconds(queue, "visibilityTimeoutSeconds", _DEFAULT_VISIBILITY_SECONDS)
    for mapping in referrers(queue, _MAPPING, "eventSourceArn"):
        timeouts = [_seconds(function, "timeout", _DEFAULT_TIMEOUT_SECONDS) for function in _functions_of(mapping)]
        if visible is None or None in timeouts or not timeouts:
            yield NOT_JUDGED
        for timeout in timeouts:
            if visible is not None and timeout is not None and visible < VISIBILITY_FACTOR * timeout:
                expected = f"at least {VISIBILITY_FACTOR * timeout:g}, {VISIBILITY_FACTOR} times the function's timeout"
                yield Finding("visibilityTimeoutSeconds", queue.get("visibilityTimeoutSeconds"), expected, detail=mapping.name)


def _seconds(resource: Resource, prop: str, default: int) -> float | None:
    """A number of seconds; None if it is unknown."""
    value = as_number(default if resource.get(prop) is None else resource.get(prop))
    return None if value is UNKNOWN else value


@rules.rule("sns-subscription-dead-letters", "C067", "sns/topicSubscription")
def _subscription_dead_letters(subscription: Resource) -> Answers:
    """Subscriptions hand messages that cannot be delivered to a dead-letter queue.

    Set redrivePolicy: {deadLetterTargetArn: <queue>} as JSON.
    """
    policy = subscription.get("redrivePolicy")
    if not _names_dead_letters(policy):
        yield Finding("redrivePolicy", policy, "a policy that names a dead-letter queue")


@rules.rule("lambda-failure-destination", "C148", f"lambda/function {_INVOKE}", needs_stack=True)
def _failure_destination(resource: Resource) -> Answers:
    """Functions hand events that they could not process to a dead-letter queue or a destination on failure.

    Set deadLetterConfig: {targetArn: <queue or topic>}, or add a FunctionEventInvokeConfig with
    destinationConfig.onFailure.destination.
    """
    if resource.kind == _INVOKE:
        if not _on_failure(resource) and not any(map(_dead_letters, _functions_of(resource))):
            yield Finding(_ON_FAILURE, resource.get(_ON_FAILURE), "the ARN of a queue, topic, function or bus")
        return
    invoked = (resource, *referrers(resource, "lambda/alias", "functionName"))
    configs = [config for each in invoked for config in referrers(each, _INVOKE, "functionName")]
    if not _dead_letters(resource) and not any(map(_on_failure, configs)):
        path = "deadLetterConfig.targetArn"
        missing = Finding(path, resource.get(path), "the ARN of a queue or topic, or a destination on failure")
        yield NOT_JUDGED if may_reference(resource, (_INVOKE, "functionName")) else missing


_ON_FAILURE: Final = "destinationConfig.onFailure.destination"


def _dead_letters(function: Resource) -> bool:
    return given(function.get("deadLetterConfig.targetArn"))


def _on_failure(config: Resource) -> bool:
    return given(config.get(_ON_FAILURE))


rules.named("lambda-reserved-concurrency", "C149", "lambda/function").add(
    at_least("reservedConcurrentExecutions", 0, default=-1),
    description="Functions have a share of the account's concurrency of their own, which is also their limit.",
    remediation="Set reservedConcurrentExecutions.",
)


@rules.rule("lambda-mapping-failure-destination", "C153", _MAPPING, needs_stack=True)
def _mapping_failure_destination(mapping: Resource) -> Answers:
    """Event source mappings hand records that they could not process to a destination; a queue redrives by itself.

    Set destinationConfig.onFailure.destinationArn; where the source is a queue, give the queue a redrivePolicy.
    """
    path = "destinationConfig.onFailure.destinationArn"
    if given(mapping.get(path)):
        return
    queues = targets(mapping, "eventSourceArn", "sqs/queue") if _reads_queue(mapping) else []
    if _reads_queue(mapping) and not queues:
        yield NOT_JUDGED  # the queue is another stack's
    elif mapping.get("eventSourceArn") is UNKNOWN and from_elsewhere(mapping, "eventSourceArn"):
        yield NOT_JUDGED  # it may be a queue
    elif not any(_has_dead_letters(queue) for queue in queues):
        yield Finding(path, mapping.get(path), "the ARN of a queue or topic" if not queues else "a redrivePolicy on the queue")


def _reads_queue(mapping: Resource) -> bool:
    source = mapping.get("eventSourceArn")
    if source is UNKNOWN:
        return "sqs/queue" in (mapping.sources("eventSourceArn") or ())
    return ":sqs:" in str(source)
