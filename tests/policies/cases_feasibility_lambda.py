"""Cases of the feasibility pack about functions, their event sources and permissions."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import linked
from tests.policies.feasible import FUNCTION, QUEUE, ROLE, TOPIC, allow, attached, role, role_policy
from tests.policies.harness import UNKNOWN, Planned

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
PERMISSION = "aws:lambda/permission:Permission"
ALIAS = "aws:lambda/alias:Alias"
TABLE = "aws:dynamodb/table:Table"
STREAM = "aws:kinesis/stream:Stream"
POINT = "aws:efs/accessPoint:AccessPoint"
SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT = "aws:efs/mountTarget:MountTarget"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
MANAGED = "arn:aws:iam::aws:policy/service-role/"
QUEUE_ARN = "arn:aws:sqs:us-east-2:111111111111:orders"

ZIP: dict[str, Any] = {"code": "app.zip", "handler": "app.handler", "runtime": "python3.13"}
IMAGE: dict[str, Any] = {"packageType": "Image", "imageUri": UNKNOWN}
SNAP: dict[str, Any] = {**ZIP, "snapStart": {"applyOn": "PublishedVersions"}}


def function(*policies: Planned, **inputs: Any) -> list[Planned]:
    """A function with a role of these policies."""
    return [role("lambda.amazonaws.com"), *policies, linked(FUNCTION, "handler", role=(ROLE, "role"), **inputs)]


def letters(*policies: Planned, target: Planned | None = None) -> list[Planned]:
    place = target or Planned(token=QUEUE, name="dead")
    inputs = {"role": UNKNOWN, "deadLetterConfig": {"targetArn": UNKNOWN}}
    refs = {"role": (ROLE, "role"), "deadLetterConfig": (place.token, place.name)}
    return [role("lambda.amazonaws.com"), *policies, place, Planned(token=FUNCTION, inputs=inputs, refs=refs)]


def mounted(*mounts: Planned, after: bool) -> list[Planned]:
    return [
        Planned(token=SYSTEM, name="files"),
        linked(POINT, "point", fileSystemId=(SYSTEM, "files")),
        *mounts,
        Planned(
            token=FUNCTION,
            inputs={"fileSystemConfig": {"arn": UNKNOWN, "localMountPath": "/mnt/a"}},
            refs={"fileSystemConfig": (POINT, "point")},
            depends=[(MOUNT, mount.name) for mount in mounts] if after else [],
        ),
    ]


MOUNTED = linked(MOUNT, "mount", fileSystemId=(SYSTEM, "files"))


def reading(source: Planned, *handler: Planned, **inputs: Any) -> list[Planned]:
    """A mapping from `source` to the function `handler`."""
    mapping = linked(MAPPING, "it", eventSourceArn=(source.token, source.name), functionName=(FUNCTION, "handler"), **inputs)
    return [source, *(handler or (Planned(token=FUNCTION, name="handler"),)), mapping]


def queue(**inputs: Any) -> Planned:
    return Planned(token=QUEUE, name="orders", inputs=inputs)


TABLE_ON = Planned(token=TABLE, name="orders", inputs={"streamEnabled": True})
KINESIS = Planned(token=STREAM, name="orders")


def filtered(*patterns: object) -> dict[str, Any]:
    return {"eventSourceArn": QUEUE_ARN, "filterCriteria": {"filters": [{"pattern": pattern} for pattern in patterns]}}


def permission(name: str = "it", of: str = "handler", **inputs: Any) -> Planned:
    return linked(PERMISSION, name, function=(FUNCTION, of), **inputs)


def handlers(*names: str) -> list[Planned]:
    return [Planned(token=FUNCTION, name=name) for name in names]


def version(token: str, prop: str, publish: object, **more: Any) -> list[Planned]:
    return [
        Planned(token=FUNCTION, name="handler", inputs={"publish": publish}),
        linked(token, "it", **{prop: (FUNCTION, "handler"), **more}),
    ]


def variables(**values: object) -> Mapping[str, Any]:
    return {"environment": {"variables": values}}


CASES: dict[str, Cases] = {
    "lambda-package": Cases(
        token=FUNCTION,
        fails=[
            {**IMAGE, "handler": "a.b"},
            {**IMAGE, "layers": ["arn"]},
            {"packageType": "Image"},
            {"code": "app.zip"},
            {**ZIP, "imageUri": UNKNOWN},
            {**ZIP, "code": None},
            {**ZIP, "code": None, "s3Bucket": UNKNOWN},
            {**ZIP, "imageConfig": {"commands": ["a"]}},
        ],
        passes=[IMAGE, ZIP, {**ZIP, "code": None, "s3Bucket": UNKNOWN, "s3Key": "a"}, {**ZIP, "handler": UNKNOWN}],
        unknown=[{"packageType": UNKNOWN, "imageUri": "a"}],
    ),
    "lambda-sizes": Cases(
        token=FUNCTION,
        fails=[
            {"memorySize": 64},
            {"memorySize": 10241},
            {"timeout": 901},
            {"ephemeralStorage": {"size": 256}},
            {"layers": ["a"] * 6},
            {"architectures": ["arm64", "x86_64"]},
            {"reservedConcurrentExecutions": -2},
        ],
        passes=[
            {"memorySize": 10240, "timeout": 900, "reservedConcurrentExecutions": -1, "layers": ["a"] * 5},
            {"timeout": 3600, "capacityProviderConfig": {"lambdaManagedInstancesCapacityProviderConfig": {}}},
            {},
        ],
        unknown=[{"memorySize": UNKNOWN}, {"layers": UNKNOWN}],
    ),
    "lambda-runtime-retired": Cases(
        token=FUNCTION,
        fails=[
            {"runtime": "python3.6"},
            {"runtime": "nodejs12.x"},
            [Planned(token="aws:lambda/layerVersion:LayerVersion", inputs={"compatibleRuntimes": ["python2.7", "python3.13"]})],
        ],
        passes=[{"runtime": "python3.13"}, {"runtime": "python3.7"}, {}],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "lambda-runtime-deprecated": Cases(
        token=FUNCTION,
        fails=[{"runtime": "python3.7"}, {"runtime": "go1.x"}],
        passes=[{"runtime": "python3.12"}, {}],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "lambda-settings": Cases(
        token=FUNCTION,
        fails=[
            {"fileSystemConfig": {"arn": UNKNOWN, "localMountPath": "/mnt/a"}},
            {**IMAGE, "snapStart": {"applyOn": "PublishedVersions"}},
            {**SNAP, "fileSystemConfig": {"arn": UNKNOWN}, "vpcConfig": UNKNOWN},
            {"loggingConfig": {"logFormat": "Text", "systemLogLevel": "WARN"}},
            {"snapStart": {"applyOn": "Always"}},
            {"tracingConfig": {"mode": "On"}},
        ],
        passes=[
            {"fileSystemConfig": {"arn": UNKNOWN}, "vpcConfig": {"subnetIds": [UNKNOWN]}},
            {"loggingConfig": {"logFormat": "JSON", "systemLogLevel": "WARN"}},
            SNAP,
        ],
        unknown=[{"loggingConfig": UNKNOWN}, {"tracingConfig": {"mode": UNKNOWN}}],
    ),
    "lambda-snap-start-runtime": Cases(
        token=FUNCTION,
        fails=[
            {**SNAP, "runtime": "nodejs22.x"},
            {**SNAP, "runtime": "python3.11"},
            {**SNAP, "runtime": "java8.al2"},
            {**SNAP, "ephemeralStorage": {"size": 1024}},
        ],
        passes=[SNAP, {**SNAP, "runtime": "java21"}, {**SNAP, "runtime": "dotnet8"}, ZIP],
        unknown=[{**SNAP, "runtime": UNKNOWN}, {"snapStart": {"applyOn": UNKNOWN}}],
    ),
    "lambda-vpc-config": Cases(
        token=FUNCTION,
        fails=[
            {"vpcConfig": {"subnetIds": ["subnet-1"]}},
            {"vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": []}},
            {
                "vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
                "fileSystemConfig": {"localMountPath": "/data"},
            },
        ],
        passes=[
            {"vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": UNKNOWN}},
            {"vpcConfig": {"subnetIds": [], "securityGroupIds": []}},
            {},
        ],
        unknown=[{"vpcConfig": UNKNOWN}],
    ),
    "lambda-vpc-permissions": Cases(
        token=FUNCTION,
        fails=[
            function(vpcConfig={"subnetIds": [UNKNOWN]}),
            function(attached(f"{MANAGED}AWSLambdaBasicExecutionRole"), vpcConfig={"subnetIds": [UNKNOWN]}),
        ],
        passes=[
            function(attached(f"{MANAGED}AWSLambdaVPCAccessExecutionRole"), vpcConfig={"subnetIds": [UNKNOWN]}),
            function(role_policy(allow("ec2:*")), vpcConfig={"subnetIds": [UNKNOWN]}),
            function(),
            {"vpcConfig": {"subnetIds": ["subnet-1"]}, "role": "arn:aws:iam::111111111111:role/a"},
        ],
        unknown=[
            function(role_policy(UNKNOWN), vpcConfig={"subnetIds": [UNKNOWN]}),
            {"vpcConfig": {"subnetIds": ["subnet-1"]}, "role": UNKNOWN},
        ],
    ),
    "lambda-environment": Cases(
        token=FUNCTION,
        fails=[variables(AWS_REGION="us-east-2"), variables(A_B="x" * 4096), variables(**{"my-var": "a"})],
        passes=[variables(TABLE="orders", AWS_LAMBDA_EXEC_WRAPPER="/opt/a"), {}],
        unknown=[variables(TABLE=UNKNOWN), {"environment": {"variables": UNKNOWN}}],
    ),
    "lambda-dead-letter": Cases(
        token=FUNCTION,
        fails=[
            letters(),
            letters(role_policy(allow("sqs:*")), target=Planned(token=QUEUE, name="dead", inputs={"fifoQueue": True})),
            letters(role_policy(allow("sqs:SendMessage")), target=Planned(token=TOPIC, name="dead")),
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
        unknown=[],
        never_unknown=True,
    ),
    "event-source-shape": Cases(
        token=MAPPING,
        fails=[
            {"region": "us-east-2"},
            {"eventSourceArn": UNKNOWN, "selfManagedEventSource": {"endpoints": {}}, "topics": ["a"]},
            {"eventSourceArn": UNKNOWN, "maximumBatchingWindowInSeconds": 301},
            {"eventSourceArn": UNKNOWN, "maximumRecordAgeInSeconds": 10},
            {"eventSourceArn": UNKNOWN, "scalingConfig": {"maximumConcurrency": 1}},
            {"eventSourceArn": UNKNOWN, "startingPosition": "EARLIEST"},
            {"eventSourceArn": UNKNOWN, "startingPosition": "LATEST", "startingPositionTimestamp": "2026-01-01T00:00:00Z"},
        ],
        passes=[
            {"eventSourceArn": UNKNOWN, "batchSize": 10000, "maximumRecordAgeInSeconds": -1},
            {
                "eventSourceArn": UNKNOWN,
                "startingPosition": "AT_TIMESTAMP",
                "startingPositionTimestamp": "2026-01-01T00:00:00Z",
            },
        ],
        unknown=[{"eventSourceArn": UNKNOWN, "batchSize": UNKNOWN}],
    ),
    "event-source-settings": Cases(
        token=MAPPING,
        fails=[
            reading(KINESIS),
            reading(TABLE_ON, startingPosition="AT_TIMESTAMP"),
            reading(KINESIS, startingPosition="AT_TIMESTAMP"),
            reading(queue(), startingPosition="LATEST"),
            {"eventSourceArn": QUEUE_ARN, "parallelizationFactor": 2},
            reading(KINESIS, startingPosition="LATEST", scalingConfig={"maximumConcurrency": 5}),
            {"eventSourceArn": "arn:aws:kafka:us-east-2:111111111111:cluster/a/b", "startingPosition": "LATEST"},
        ],
        passes=[
            reading(KINESIS, startingPosition="LATEST", parallelizationFactor=2),
            reading(queue(), scalingConfig={"maximumConcurrency": 5}),
            {"eventSourceArn": QUEUE_ARN},
        ],
        unknown=[{"eventSourceArn": UNKNOWN}, reading(KINESIS, startingPosition=UNKNOWN)],
    ),
    "event-source-batch": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), batchSize=100),
            reading(queue(fifoQueue=True), batchSize=11, maximumBatchingWindowInSeconds=1),
            reading(queue(fifoQueue=True), maximumBatchingWindowInSeconds=5),
            {"eventSourceArn": f"{QUEUE_ARN}.fifo", "batchSize": 20},
        ],
        passes=[
            reading(queue(), batchSize=100, maximumBatchingWindowInSeconds=1),
            reading(queue(fifoQueue=True), batchSize=10),
            reading(KINESIS, batchSize=100),
            {"eventSourceArn": QUEUE_ARN},
        ],
        unknown=[reading(queue(), batchSize=UNKNOWN), reading(queue(fifoQueue=UNKNOWN), batchSize=11)],
    ),
    "event-source-filters": Cases(
        token=MAPPING,
        fails=[
            filtered(json.dumps({"body": {"kind": "order"}})),
            filtered(json.dumps({"body": {"kind": [{"starts": "a"}]}})),
            filtered("{}"),
            filtered(*[json.dumps({"body": {"kind": ["a"]}})] * 11),
        ],
        passes=[
            filtered(json.dumps({"body": {"kind": ["order", {"prefix": "a"}], "size": [{"numeric": [">", 0, "<=", 5]}]}})),
            {},
        ],
        unknown=[filtered(UNKNOWN)],
    ),
    "event-source-visibility": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), Planned(token=FUNCTION, name="handler", inputs={"timeout": 60})),
            reading(queue(visibilityTimeoutSeconds=2)),
            [
                queue(),
                Planned(token=FUNCTION, name="handler", inputs={"timeout": 60}),
                linked(ALIAS, "live", functionName=(FUNCTION, "handler")),
                linked(MAPPING, "it", eventSourceArn=(QUEUE, "orders"), functionName=(ALIAS, "live")),
            ],
            [
                Planned(token=QUEUE, name="q", inputs={"name": "orders", "visibilityTimeoutSeconds": 30}),
                Planned(token=FUNCTION, name="f", inputs={"name": "worker", "timeout": 31}),
                Planned(token=MAPPING, inputs={"eventSourceArn": QUEUE_ARN, "functionName": "worker"}),
            ],
        ],
        passes=[
            reading(queue()),
            reading(queue(visibilityTimeoutSeconds=360), Planned(token=FUNCTION, name="handler", inputs={"timeout": 60})),
            reading(KINESIS, Planned(token=FUNCTION, name="handler", inputs={"timeout": 60})),
            {"eventSourceArn": QUEUE_ARN, "functionName": "worker"},
        ],
        unknown=[
            reading(queue(visibilityTimeoutSeconds=UNKNOWN)),
            reading(queue(), Planned(token=FUNCTION, name="handler", inputs={"timeout": UNKNOWN})),
        ],
    ),
    "event-source-permissions": Cases(
        token=MAPPING,
        fails=[
            reading(queue(), *function()),
            reading(queue(), *function(attached(f"{MANAGED}AWSLambdaBasicExecutionRole"))),
            reading(TABLE_ON, *function(attached(f"{MANAGED}AWSLambdaSQSQueueExecutionRole"))),
        ],
        passes=[
            reading(queue(), *function(attached(f"{MANAGED}AWSLambdaSQSQueueExecutionRole"))),
            reading(KINESIS, *function(role_policy(allow("kinesis:Get*")))),
            reading(TABLE_ON, *function(role_policy(allow("dynamodb:*")))),
        ],
        unknown=[reading(queue(), *function(role_policy(UNKNOWN)))],
    ),
    "event-source-stream-on": Cases(
        token=MAPPING,
        fails=[
            reading(Planned(token=TABLE, name="t")),
            reading(Planned(token=TABLE, name="t", inputs={"streamEnabled": False})),
        ],
        passes=[reading(TABLE_ON), reading(queue())],
        unknown=[reading(Planned(token=TABLE, name="t", inputs={"streamEnabled": UNKNOWN}))],
    ),
    "event-source-once": Cases(
        token=MAPPING,
        fails=[
            [
                queue(),
                *handlers("handler"),
                *(
                    linked(MAPPING, name, eventSourceArn=(QUEUE, "orders"), functionName=(FUNCTION, "handler"))
                    for name in ("first", "it")
                ),
            ]
        ],
        passes=[
            [
                queue(),
                *handlers("a", "b"),
                *(
                    linked(MAPPING, name, eventSourceArn=(QUEUE, "orders"), functionName=(FUNCTION, name))
                    for name in ("a", "b")
                ),
            ]
        ],
        unknown=[{"eventSourceArn": UNKNOWN, "functionName": "a"}],
    ),
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
            [
                Planned(token=TOPIC, name="t"),
                linked(
                    PERMISSION,
                    "it",
                    sourceArn=(TOPIC, "t"),
                    principal="events.amazonaws.com",
                    action="lambda:InvokeFunction",
                ),
            ],
        ],
        passes=[
            {"action": "lambda:InvokeFunction", "principal": "events.amazonaws.com"},
            {"action": "lambda:InvokeFunction", "principal": "111111111111"},
            {"action": "lambda:InvokeFunction", "principal": "arn:aws:iam::111111111111:role/a"},
            {"action": "lambda:InvokeFunctionUrl", "principal": "*", "functionUrlAuthType": "NONE"},
            {"action": "lambda:InvokeFunction", "principal": "logs.us-east-2.amazonaws.com"},
            [
                Planned(token=TOPIC, name="t"),
                linked(PERMISSION, "it", sourceArn=(TOPIC, "t"), principal="sns.amazonaws.com", action="lambda:InvokeFunction"),
            ],
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
        passes=[
            {"qualifier": "live"},
            version(PROVISIONED, "qualifier", True),
            version(ALIAS, "functionVersion", False),
        ],
        unknown=[{"qualifier": UNKNOWN}, version(PROVISIONED, "qualifier", UNKNOWN)],
    ),
}
