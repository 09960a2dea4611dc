"""Deliveries that AWS refuses to set up or drops in silence: the receiver does not let the sender in, or its key does not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.order import after_any
from policies.feasibility.engine.relations import any_so, any_unknown, lets, permits, unless_so
from policies.feasibility.engine.shapes import given
from policies.feasibility.rules.kms.keys import KEY_POLICY
from policies.feasibility.rules.lambda_.sources import function_of
from policies.kit.facts import ALARM_ACTIONS, KEYS
from policies.kit.references import referrers, targets
from policies.kit.resource import STACK_REFERENCE, Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())


@dataclass(frozen=True)
class _Invocation:
    """A property that names a function which a service is to invoke.

    `ordered` says that AWS tries at once, so the permission must be there first; `answer` what it replies if it is not;
    `unless` the property that hands the service a role instead.
    """

    kind: str
    path: str
    service: str
    ordered: bool = False
    answer: str = ""
    unless: str = ""


_CONFIG: Final = (
    "InsufficientPermissionsException: The AWS Lambda function cannot be invoked. Check the specified function ARN, and check "
    "the function's permissions"
)
_LOGS: Final = (
    "InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
    "execute your function."
)
_ROTATION: Final = (
    "AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy "
    "grants access to the principal secretsmanager.amazonaws.com"
)
_API: Final = "No error: 500 Internal Server Error"
_INVOCATIONS: Final = (
    _Invocation("cloudwatch/eventTarget", "arn", "events"),
    _Invocation("sns/topicSubscription", "endpoint", "sns"),
    _Invocation("cloudwatch/logSubscriptionFilter", "destinationArn", "logs", ordered=True, answer=_LOGS),
    _Invocation("apigateway/integration", "uri", "apigateway", answer=_API, unless="credentials"),
    _Invocation("apigatewayv2/integration", "integrationUri", "apigateway", answer=_API, unless="credentialsArn"),
    _Invocation("cfg/rule", "source.sourceIdentifier", "config", ordered=True, answer=_CONFIG),
    _Invocation("secretsmanager/secretRotation", "rotationLambdaArn", "secretsmanager", ordered=True, answer=_ROTATION),
    _Invocation("cloudwatch/metricAlarm", "alarmActions[]", "lambda.alarms.cloudwatch"),
    _Invocation("cognito/userPool", "lambdaConfig.preSignUp", "cognito-idp"),
    _Invocation("cognito/userPool", "lambdaConfig.postConfirmation", "cognito-idp"),
    _Invocation("cognito/userPool", "lambdaConfig.preTokenGeneration", "cognito-idp"),
)


def _allowing(function: Resource, service: str) -> tuple[list[Resource], bool]:
    """The permissions of a function, or of its aliases, for a service, and whether one of the others may be one."""
    form = re.compile(rf"{re.escape(service)}{r'(|[.].+)' if service == 'logs' else ''}[.]amazonaws[.]com|[*]")
    holders = (function, *referrers(function, "lambda/alias", "functionName"))
    found = [permission for holder in holders for permission in referrers(holder, "lambda/permission", "function")]
    known = [permission for permission in found if permission.get("principal") is not UNKNOWN]
    return [permission for permission in known if form.fullmatch(str(permission.get("principal")))], len(known) < len(found)


@rules.rule(
    "function-invocation-allowed", "F100", " ".join(dict.fromkeys(each.kind for each in _INVOCATIONS)), needs_stack=True
)
def _invocation(resource: Resource) -> Answers:
    """A function lets the service that is to invoke it do so, before the service tries.

    Declare lambda.Permission with the service as principal; depend on it where the service tries at once.
    """
    for each in _INVOCATIONS:
        if each.kind != resource.kind or (each.unless and resource.get(each.unless) is not None):
            continue
        if not targets(resource, each.path, "lambda/function", "lambda/alias"):
            if any_unknown(resource, each.path) and STACK_REFERENCE in (resource.sources(each.path) or {STACK_REFERENCE}):
                yield NOT_JUDGED
            continue
        function = function_of(resource, each.path)
        if function is None:
            continue
        allowing, unknown = _allowing(function, each.service)
        answer = each.answer or "No error: the event arrives and the invocation fails"
        if not allowing:
            expected = f"a Permission that lets {each.service}.amazonaws.com invoke {function.name}"
            missing = Finding(each.path, function.name, expected, f"{function.name} {each.service}", answer)
            yield from unless_so(None if unknown else False, missing)
        elif each.ordered:
            detail = f"{function.name} order"
            yield from after_any(resource, allowing, each.path, function.name, detail=detail, answer=answer)


@dataclass(frozen=True)
class _Receiver:
    """What receives: its kind, the resource that holds its policy and names it, and the action that a sender needs."""

    kind: str
    policy: str
    named: str
    action: str
    managed_key: str


_QUEUE: Final = _Receiver("sqs/queue", "sqs/queuePolicy", "queueUrl", "sqs:SendMessage", "alias/aws/sqs")
_TOPIC: Final = _Receiver("sns/topic", "sns/topicPolicy", "arn", "sns:Publish", "alias/aws/sns")
_SENDERS: Final = (
    ("sns/topicSubscription", "endpoint", "sns", _QUEUE),
    ("sns/topicSubscription", "redrivePolicy", "sns", _QUEUE),
    ("cloudwatch/eventTarget", "arn", "events", _QUEUE),
    ("cloudwatch/eventTarget", "deadLetterConfig.arn", "events", _QUEUE),
    ("cloudwatch/eventTarget", "arn", "events", _TOPIC),
)
_ALARMS: Final = tuple(
    (kind, f"{prop}[]", "cloudwatch", _TOPIC)
    for kind in ("cloudwatch/metricAlarm", "cloudwatch/compositeAlarm")
    for prop in ALARM_ACTIONS
)
_SUBSCRIPTIONS: Final = (("rds/eventSubscription", "snsTopic", "events.rds", _TOPIC),)


@rules.rule(
    "delivery-allowed",
    "F368",
    "sns/topicSubscription cloudwatch/eventTarget cloudwatch/metricAlarm cloudwatch/compositeAlarm rds/eventSubscription",
    needs_stack=True,
)
def _delivery(resource: Resource) -> Answers:
    """A queue or topic of the stack lets the service in that is to send to it.

    Allow sqs:SendMessage or sns:Publish to the service in a QueuePolicy or TopicPolicy.
    """
    for kind, path, service, receiver in (*_SENDERS, *_ALARMS, *_SUBSCRIPTIONS):
        if kind != resource.kind:
            continue
        for target in targets(resource, path, receiver.kind):
            verdicts = lets(target, service, receiver.action, (receiver.policy, receiver.named, "policy"))
            if receiver is _TOPIC and not verdicts and service != "events":
                continue  # a topic's own default policy lets the account's other services in
            expected = f"a {receiver.kind.split('/')[1]} whose policy allows {receiver.action} to {service}.amazonaws.com"
            refused = Finding(path.replace("[]", ""), target.name, expected, detail=f"{target.name} {service}")
            yield from unless_so(any_so(verdicts.values()), refused)


def _keys(resource: Resource, prop: str) -> list[Resource]:
    """The customer managed keys of the stack that a property names, themselves or by an alias."""
    found = targets(resource, prop, *KEYS)
    for alias in targets(resource, prop, "kms/alias"):
        found += targets(alias, "targetKeyId", *KEYS)
    return list({key.urn: key for key in found}.values())


def _senders_to(receiver: Resource, kind: _Receiver) -> Iterator[tuple[str, Resource]]:
    for sender, path, service, wanted in (*_SENDERS, *_ALARMS, *_MORE_SENDERS):
        if wanted is kind:
            yield from ((service, resource) for resource in referrers(receiver, sender, path))


_MORE_SENDERS: Final = (
    ("s3/bucketNotification", "queues[].queueArn", "s3", _QUEUE),
    ("s3/bucketNotification", "topics[].topicArn", "s3", _TOPIC),
    ("budgets/budget", "notifications[].subscriberSnsTopicArns[]", "budgets", _TOPIC),
)


@rules.rule("encrypted-delivery-allowed", "F103", "sns/topic sqs/queue", needs_stack=True)
def _encrypted(receiver: Resource) -> Answers:
    """The key of an encrypted topic or queue lets the services use it that publish there.

    Use a customer managed key whose policy allows kms:GenerateDataKey* and kms:Decrypt to the service.
    """
    kind = _TOPIC if receiver.kind == "sns/topic" else _QUEUE
    key = receiver.get("kmsMasterKeyId")
    if not given(key):
        return
    senders = {service: resource.name for service, resource in _senders_to(receiver, kind)}
    if not senders:
        return
    if key is not UNKNOWN and str(key).endswith(kind.managed_key):
        for service, name in sorted(senders.items()):
            why = f"because {name} sends as {service}.amazonaws.com, which may not use AWS's own key"
            yield Finding("kmsMasterKeyId", key, f"a customer managed key, {why}", detail=service)
        return
    found = _keys(receiver, "kmsMasterKeyId")
    if not found and key is UNKNOWN:
        yield NOT_JUDGED
    for own in found:
        for service, name in sorted(senders.items()):
            allowed = f"kms:GenerateDataKey* and kms:Decrypt to {service}.amazonaws.com"
            expected = f"a key whose policy allows {allowed} ({name} sends so)"
            yield from unless_so(_key_lets(own, service), Finding("kmsMasterKeyId", own.name, expected, detail=service))


def _key_lets(key: Resource, service: str) -> bool | None:
    verdicts = [lets(key, service, action, KEY_POLICY).values() for action in ("kms:GenerateDataKey", "kms:Decrypt")]
    if not verdicts[0]:
        return None if key.kind.startswith("kms/replica") else False
    return None if any(None in found for found in verdicts) else all(any(found) for found in verdicts)


@rules.rule("event-log-group-allowed", "F105", "cloudwatch/eventTarget", needs_stack=True)
def _log_group(resource: Resource) -> Answers:
    """A log group that receives events is named /aws/events/... and lets EventBridge write.

    Declare cloudwatch.LogResourcePolicy for events.amazonaws.com and delivery.logs.amazonaws.com.
    """
    for group in targets(resource, "arn", "cloudwatch/logGroup"):
        name = group.get("name")
        if isinstance(name, str) and not name.startswith("/aws/events/"):
            yield Finding("arn", name, "a log group whose name starts with /aws/events/", detail="name")
        allowed = any_so(
            permits(policy.get("policyDocument"), service, "logs:PutLogEvents")
            for policy in resource.graph.of("cloudwatch/logResourcePolicy")
            for service in ("events.amazonaws.com", "delivery.logs.amazonaws.com")
        )
        expected = "a LogResourcePolicy that allows logs:PutLogEvents to events.amazonaws.com"
        yield from unless_so(allowed, Finding("arn", group.name, expected, detail="policy"))
