"""Who may invoke a function, what a function may reach, and which of its versions: what AWS Lambda refuses there."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import key, unique
from policies.feasibility.engine.relations import may, unless_so
from policies.feasibility.engine.shapes import given
from policies.kit.references import referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, read, switch

rules: Final = Rules("feasibility", failures())

_FUNCTION: Final = "lambda/function"
_PERMISSION: Final = "lambda/permission"
_SENDS: Final = {"sqs/queue": ("sqs:SendMessage", "SendMessage on SQS"), "sns/topic": ("sns:Publish", "Publish on SNS")}

rules.named("lambda-permission-once", "F367", _PERMISSION, needs_stack=True).add(
    unique(
        _PERMISSION,
        key("function:lambda/function lambda/alias", "statementId", "qualifier?"),
        "statementId",
        "an id that {other} does not have",
        answer="ResourceConflictException: The statement id ({value}) provided already exists.",
        detail=False,
    ),
    description="Statements of a function's policy have ids of their own.",
    remediation="Leave statementId out, or give each permission its own.",
)
_SOURCE_PRINCIPALS: Final = {
    "cloudwatch/eventRule": "events.amazonaws.com",
    "sns/topic": "sns.amazonaws.com",
    "s3/bucket": "s3.amazonaws.com",
    "lb/targetGroup": "elasticloadbalancing.amazonaws.com",
    "cognito/userPool": "cognito-idp.amazonaws.com",
    "iot/topicRule": "iot.amazonaws.com",
    "apigateway/restApi": "apigateway.amazonaws.com",
    "apigatewayv2/api": "apigateway.amazonaws.com",
}


@rules.rule("lambda-permission-principal", "F367", _PERMISSION)
def _principal(permission: Resource) -> Answers:
    """A permission names a service, an account or a role that exists, for the source that it names.

    Set principal to the service that invokes, such as events.amazonaws.com.
    """
    principal, action = permission.get("principal"), permission.get("action")
    text, act = str(principal or ""), str(action or "")
    if not re.fullmatch(
        r"\*|\d{12}|arn:[^:]+:(iam|sts)::\d{12}:.+|[a-z0-9.\-]+\.amazonaws\.com(\.cn)?|[a-z0-9.\-]+\.alexa\.\w+|.*\.amazon\.com",
        text,
    ):
        answer = "InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again."
        yield Finding("principal", principal, "a service such as events.amazonaws.com, an account or a role", answer=answer)
    wanted = {_SOURCE_PRINCIPALS[kind] for kind in permission.sources("sourceArn") or () if kind in _SOURCE_PRINCIPALS}
    if text.endswith(".amazonaws.com") and len(wanted) == 1 and text not in wanted:
        expected = f"{', '.join(wanted)}, because sourceArn is one of its resources"
        answer = "No error: the source may not invoke the function"
        yield Finding("principal", principal, expected, detail="source", answer=answer)
    if act and not act.startswith("lambda:") and act != "*":
        yield Finding("action", action, "lambda:InvokeFunction", detail="action")
    if given(permission.get("functionUrlAuthType")) and act != "lambda:InvokeFunctionUrl":
        answer = "InvalidParameterValueException: FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"
        expected = "lambda:InvokeFunctionUrl, because functionUrlAuthType is set"
        yield Finding("action", action, expected, detail="url", answer=answer)


@rules.rule(
    "lambda-provisioned-version",
    "F367",
    "lambda/provisionedConcurrencyConfig lambda/functionUrl lambda/alias",
    needs_stack=True,
)
def _version(resource: Resource) -> Answers:
    """Provisioned concurrency, addresses and weighted aliases belong to a published version or an alias.

    Set publish: true on the function and use its version, or use an alias.
    """
    prop = "functionVersion" if resource.kind == "lambda/alias" else "qualifier"
    value = resource.get(prop)
    weighted = given(read(resource.properties, "routingConfig.additionalVersionWeights"))
    if resource.kind == "lambda/alias" and not weighted:
        return
    unpublished = [
        function.name for function in targets(resource, prop, "lambda/function") if not switch(function.get("publish"))
    ]
    if value == "$LATEST" if value is not UNKNOWN else bool(unpublished):
        provisioned = resource.kind == "lambda/provisionedConcurrencyConfig"
        what = "Provisioned Concurrency Configs" if provisioned else "Weights and addresses"
        answer = f"InvalidParameterValueException: {what} cannot be applied to unpublished function versions."
        yield Finding(prop, value, "a published version or an alias, not $LATEST", answer=answer)
    elif value is UNKNOWN and not resource.sources(prop):
        yield NOT_JUDGED


@rules.rule("lambda-dead-letter", "F364", _FUNCTION, needs_stack=True)
def _dead_letter(function: Resource) -> Answers:
    """The dead-letter target of a function is a standard queue or topic that its role may send to.

    Use a standard queue, and allow sqs:SendMessage (or sns:Publish) on it to the function's role.
    """
    path = "deadLetterConfig.targetArn"
    found, named = targets(function, path, *_SENDS), function.get(path)
    if not found and isinstance(named, str) and named.endswith(".fifo"):
        yield Finding(path, named, "a standard queue or topic", detail="fifo")
    role = target(function, "role", "iam/role") if found else None
    for letters in found:
        action, what = _SENDS[letters.kind]
        if role is not None:
            answer = f"InvalidParameterValueException: The provided execution role does not have permissions to call {what}"
            refused = Finding(path, letters.name, f"a role that allows {action}", detail="role", answer=answer)
            yield from unless_so(may(role, action), refused)
        if switch(letters.get("fifoQueue" if letters.kind == "sqs/queue" else "fifoTopic")):
            yield Finding(path, letters.name, f"a standard queue or topic ({letters.name} is FIFO)", detail="fifo")


@rules.rule("lambda-file-system-mounted", "F364", _FUNCTION, needs_stack=True)
def _mounted(function: Resource) -> Answers:
    """A function with a file system is created after the file system's mount targets.

    Name the efs.MountTargets in the function's dependsOn.
    """
    for point in targets(function, "fileSystemConfig.arn", "efs/accessPoint"):
        for system in targets(point, "fileSystemId", "efs/fileSystem"):
            mounts = referrers(system, "efs/mountTarget", "fileSystemId")
            late = [mount.name for mount in mounts if not function.after(mount)]
            answer = (
                "InvalidParameterValueException: EFS file system does not have mount targets created in all availability zones "
                "the function will execute in."
            )
            if not mounts or late:
                expected = f"dependsOn {', '.join(sorted(late))}" if late else f"mount targets of {system.name}"
                yield Finding("fileSystemConfig.arn", point.name, expected, answer=answer)
