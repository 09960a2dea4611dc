"""Deliveries that AWS refuses to set up or drops in silence: the receiver does not let the sender in, or its key does not."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import any_unknown, documents, permits
from policies.feasibility.engine.shapes import given
from policies.feasibility.rules.lambda_.sources import function_of
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
_INVOCATIONS: Final = (
    _Invocation("cloudwatch/eventTarget", "arn", "events"),
    _Invocation("sns/topicSubscription", "endpoint", "sns"),
    _Invocation(
        "cloudwatch/logSubscriptionFilter",
        "destinationArn",
        "logs",
        ordered=True,
        answer="InvalidParameterException: Could not execute the lambda function. Make sure you have given CloudWatch Logs "
        "permission to execute your function.",
    ),
    _Invocation(
        "apigateway/integration", "uri", "apigateway", answer="No error: 500 Internal Server Error", unless="credentials"
    ),
    _Invocation(
        "apigatewayv2/integration",
        "integrationUri",
        "apigateway",
        answer="No error: 500 Internal Server Error",
        unless="credentialsArn",
    ),
    _Invocation("cfg/rule", "source.sourceIdentifier", "config", ordered=True, answer=_CONFIG),
    _Invocation(
        "secretsmanager/secretRotation",
        "rotationLambdaArn",
        "secretsmanager",
        ordered=True,
        answer="AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function "
        "policy grants access to the principal secretsmanager.amazonaws.com",
    ),
    _Invocation("cloudwatch/metricAlarm", "alarmActions[]", "lambda.alarms.cloudwatch"),
    _Invocation("cognito/userPool", "lambdaConfig.preSignUp", "cognito-idp"),
    _Invocation("cognito/userPool", "lambdaConfig.postConfirmation", "cognito-idp"),
    _Invocation("cognito/userPool", "lambdaConfig.preTokenGeneration", "cognito-idp"),
)
_NO_PERMISSION: Final = "No error: the event arrives and the invocation fails"


def _allowing(function: Resource, service: str) -> tuple[list[Resource], bool]:
    """The permissions of a function for a service, and whether one of the others may be one."""
    found: list[Resource] = []
    unknown = False
    for permission in referrers(function, "lambda/permission", "function"):
        principal = permission.get("principal")
        if principal is UNKNOWN:
            unknown = True
        elif principal in (f"{service}.amazonaws.com", "*") or (
            service == "logs" and str(principal).startswith("logs.") and str(principal).endswith(".amazonaws.com")
        ):
            found.append(permission)
    aliases = referrers(function, "lambda/alias", "functionName")
    for alias in aliases:
        for permission in referrers(alias, "lambda/permission", "function"):
            if permission.get("principal") == f"{service}.amazonaws.com" and permission not in found:
                found.append(permission)
    return found, unknown


@rules.rule(
    "function-invocation-allowed",
    "F100",
    " ".join(dict.fromkeys(each.kind for each in _INVOCATIONS)),
    needs_stack=True,
    description="A function lets the service that is to invoke it do so, before the service tries.",
    remediation="Declare lambda.Permission with the service as principal; depend on it where the service tries at once.",
)
def _invocation(resource: Resource) -> Answers:
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
        principal = f"{each.service}.amazonaws.com"
        answer = each.answer or _NO_PERMISSION
        if not allowing and unknown:
            yield NOT_JUDGED
        elif not allowing:
            expected = f"a Permission that lets {principal} invoke {function.name}"
            yield Finding(each.path, function.name, expected, detail=f"{function.name} {each.service}", answer=answer)
        elif each.ordered and not any(resource.after(permission) for permission in allowing):
            expected = f"dependsOn {allowing[0].name}"
            yield Finding(each.path, function.name, expected, detail=f"{function.name} order", answer=answer)


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
    for prop in ("alarmActions", "okActions", "insufficientDataActions")
)
_SUBSCRIPTIONS: Final = (("rds/eventSubscription", "snsTopic", "events.rds", _TOPIC),)


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether one is true; None if none is and the plan does not tell of all."""
    found = set(verdicts)
    return True in found or (None if None in found else False)


@rules.rule(
    "delivery-allowed",
    "F368",
    "sns/topicSubscription cloudwatch/eventTarget cloudwatch/metricAlarm cloudwatch/compositeAlarm rds/eventSubscription",
    needs_stack=True,
    description="A queue or topic of the stack lets the service in that is to send to it.",
    remediation="Allow sqs:SendMessage or sns:Publish to the service in a QueuePolicy or TopicPolicy.",
)
def _delivery(resource: Resource) -> Answers:
    for kind, path, service, receiver in (*_SENDERS, *_ALARMS, *_SUBSCRIPTIONS):
        if kind != resource.kind:
            continue
        for target in targets(resource, path, receiver.kind):
            found = list(documents(target, "policy", (receiver.policy, receiver.named, "policy")))
            if receiver is _TOPIC and not found and service != "events":
                continue  # a topic's own default policy lets the account's other services in
            allowed = _any(permits(document, f"{service}.amazonaws.com", receiver.action) for _, _, document in found)
            if allowed is None:
                yield NOT_JUDGED
            elif not allowed:
                expected = f"a {receiver.kind.split('/')[1]} whose policy allows {receiver.action} to {service}.amazonaws.com"
                yield Finding(path.replace("[]", ""), target.name, expected, detail=f"{target.name} {service}")


def _keys(resource: Resource, prop: str) -> list[Resource]:
    """The customer managed keys of the stack that a property names, themselves or by an alias."""
    found = targets(resource, prop, "kms/key", "kms/replicaKey")
    for alias in targets(resource, prop, "kms/alias"):
        found += targets(alias, "targetKeyId", "kms/key", "kms/replicaKey")
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


@rules.rule(
    "encrypted-delivery-allowed",
    "F103",
    "sns/topic sqs/queue",
    needs_stack=True,
    description="The key of an encrypted topic or queue lets the services use it that publish there.",
    remediation="Use a customer managed key whose policy allows kms:GenerateDataKey* and kms:Decrypt to the service.",
)
def _encrypted(receiver: Resource) -> Answers:
    kind = _TOPIC if receiver.kind == "sns/topic" else _QUEUE
    key = receiver.get("kmsMasterKeyId")
    if not given(key):
        return
    senders = {service: resource.name for service, resource in _senders_to(receiver, kind)}
    if not senders:
        return
    if key is not UNKNOWN and str(key).endswith(kind.managed_key):
        for service, name in sorted(senders.items()):
            expected = (
                f"a customer managed key, because {name} sends as {service}.amazonaws.com, which may not use AWS's own key"
            )
            yield Finding("kmsMasterKeyId", key, expected, detail=service)
        return
    found = _keys(receiver, "kmsMasterKeyId")
    if not found and key is UNKNOWN:
        yield NOT_JUDGED
    for own in found:
        for service, name in sorted(senders.items()):
            verdict = _key_lets(own, service)
            if verdict is None:
                yield NOT_JUDGED
            elif not verdict:
                allowed = f"kms:GenerateDataKey* and kms:Decrypt to {service}.amazonaws.com"
                expected = f"a key whose policy allows {allowed} ({name} sends so)"
                yield Finding("kmsMasterKeyId", own.name, expected, detail=service)


def _key_lets(key: Resource, service: str) -> bool | None:
    policies = [policy for _, _, policy in documents(key, "policy", ("kms/keyPolicy", "keyId", "policy"))]
    if not policies:
        return None if key.kind == "kms/replicaKey" else False
    verdicts = [
        [permits(policy, f"{service}.amazonaws.com", action) for policy in policies]
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    ]
    return None if any(None in found for found in verdicts) else all(any(found) for found in verdicts)


@rules.rule(
    "event-log-group-allowed",
    "F105",
    "cloudwatch/eventTarget",
    needs_stack=True,
    description="A log group that receives events is named /aws/events/... and lets EventBridge write.",
    remediation="Declare cloudwatch.LogResourcePolicy for events.amazonaws.com and delivery.logs.amazonaws.com.",
)
def _log_group(resource: Resource) -> Answers:
    for group in targets(resource, "arn", "cloudwatch/logGroup"):
        name = group.get("name")
        if isinstance(name, str) and not name.startswith("/aws/events/"):
            yield Finding("arn", name, "a log group whose name starts with /aws/events/", detail="name")
        allowed = _any(
            permits(policy.get("policyDocument"), service, "logs:PutLogEvents")
            for policy in resource.graph.of("cloudwatch/logResourcePolicy")
            for service in ("events.amazonaws.com", "delivery.logs.amazonaws.com")
        )
        if allowed is None:
            yield NOT_JUDGED
        elif not allowed:
            expected = "a LogResourcePolicy that allows logs:PutLogEvents to events.amazonaws.com"
            yield Finding("arn", group.name, expected, detail="policy")
