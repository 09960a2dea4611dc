"""Cases of policies/feasibility/rules/lambda_/access.py."""

from typing import Any

from tests.policies.given.feasibility.lambda_ import ALIAS, QUEUE_ARN, handlers
from tests.policies.given.feasibility.parts import FUNCTION, QUEUE, ROLE, TOPIC, allow, role, role_policy
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

PERMISSION = "aws:lambda/permission:Permission"
POINT = "aws:efs/accessPoint:AccessPoint"
SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT = "aws:efs/mountTarget:MountTarget"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"


def letters(*policies: Planned, target: Planned | None = None) -> list[Planned]:
    place = target or planned(QUEUE, "dead")
    function = planned(FUNCTION, role=ref(ROLE, "role"), deadLetterConfig={"targetArn": ref(place.token, place.name)})
    return [role("lambda.amazonaws.com"), *policies, place, function]


def mounted(*mounts: Planned, after: bool) -> list[Planned]:
    function = planned(FUNCTION, fileSystemConfig={"arn": ref(POINT, "point"), "localMountPath": "/mnt/a"})
    return [
        planned(SYSTEM, "files"),
        linked(POINT, "point", fileSystemId=(SYSTEM, "files")),
        *mounts,
        function.after(*((MOUNT, mount.name) for mount in mounts)) if after else function,
    ]


MOUNTED = linked(MOUNT, "mount", fileSystemId=(SYSTEM, "files"))


def permission(name: str = "it", of: str = "handler", **inputs: Any) -> Planned:
    return linked(PERMISSION, name, function=(FUNCTION, of), **inputs)


def of_topic(principal: str) -> list[Planned]:
    invoke = {"action": "lambda:InvokeFunction", "principal": principal}
    return [planned(TOPIC, "t"), linked(PERMISSION, "it", sourceArn=(TOPIC, "t"), **invoke)]


def version(token: str, prop: str, publish: object, **more: Any) -> list[Planned]:
    return [planned(FUNCTION, "handler", publish=publish), linked(token, "it", **{prop: (FUNCTION, "handler"), **more})]


CASES: dict[str, Cases] = {
    "lambda-permission-once": Cases(
        token=PERMISSION,
        fails=[[*handlers("handler"), permission("first", statementId="Allow"), permission(statementId="Allow")]],
        passes=[
            [*handlers("handler"), permission("first", statementId="A"), permission(statementId="B")],
            [*handlers("handler", "other"), permission("first", "other", statementId="A"), permission(statementId="A")],
            [*handlers("handler"), permission("first"), permission()],
        ],
        unknown=[[*handlers("handler"), permission(statementId=UNKNOWN)]],
    ),
    "lambda-permission-principal": Cases(
        token=PERMISSION,
        fails=[
            {"action": "lambda:InvokeFunction", "principal": "events"},
            {"action": "lambda:InvokeFunction", "principal": "sns.amazonaws"},
            {"action": "InvokeFunction", "principal": "events.amazonaws.com"},
            {"action": "lambda:InvokeFunction", "principal": "*", "functionUrlAuthType": "NONE"},
            of_topic("events.amazonaws.com"),
        ],
        passes=[
            {"action": "lambda:InvokeFunction", "principal": "events.amazonaws.com"},
            {"action": "lambda:InvokeFunction", "principal": "111111111111"},
            {"action": "lambda:InvokeFunction", "principal": "arn:aws:iam::111111111111:role/a"},
            {"action": "lambda:InvokeFunctionUrl", "principal": "*", "functionUrlAuthType": "NONE"},
            {"action": "lambda:InvokeFunction", "principal": "logs.us-east-2.amazonaws.com"},
            of_topic("sns.amazonaws.com"),
        ],
        unknown=[{"action": "lambda:InvokeFunction", "principal": UNKNOWN}],
    ),
    "lambda-provisioned-version": Cases(
        token=PROVISIONED,
        fails=[
            {"qualifier": "$LATEST"},
            version(PROVISIONED, "qualifier", False),
            version(ALIAS, "functionVersion", False, routingConfig={"additionalVersionWeights": {"2": 0.5}}),
        ],
        passes=[{"qualifier": "live"}, version(PROVISIONED, "qualifier", True), version(ALIAS, "functionVersion", False)],
        unknown=[{"qualifier": UNKNOWN}, version(PROVISIONED, "qualifier", UNKNOWN)],
    ),
    "lambda-dead-letter": Cases(
        token=FUNCTION,
        fails=[
            letters(),
            letters(role_policy(allow("sqs:*")), target=planned(QUEUE, "dead", fifoQueue=True)),
            letters(role_policy(allow("sqs:SendMessage")), target=planned(TOPIC, "dead")),
            {"deadLetterConfig": {"targetArn": f"{QUEUE_ARN}.fifo"}, "role": "a"},
        ],
        passes=[
            letters(role_policy(allow("sqs:SendMessage"))),
            {},
            {"deadLetterConfig": {"targetArn": QUEUE_ARN}, "role": "a"},
        ],
        unknown=[letters(role_policy(UNKNOWN))],
    ),
    "lambda-file-system-mounted": Cases(
        token=FUNCTION,
        fails=[mounted(after=True), mounted(MOUNTED, after=False)],
        passes=[mounted(MOUNTED, after=True), {}],
        never_unknown=True,
    ),
}
