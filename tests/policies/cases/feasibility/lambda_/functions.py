"""Cases of policies/feasibility/rules/lambda_/functions.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.lambda_ import MANAGED, function
from tests.policies.given.feasibility.parts import FUNCTION, allow, attached, role_policy
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import ABSENT, Cases, about

ZIP: dict[str, Any] = {"code": "app.zip", "handler": "app.handler", "runtime": "python3.13"}
IMAGE: dict[str, Any] = {"packageType": "Image", "imageUri": UNKNOWN}
IN_SUBNET = {"subnetIds": ["subnet-1"]}
SNAP: dict[str, Any] = {**ZIP, "snapStart": {"applyOn": "PublishedVersions"}}


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
            planned("aws:lambda/layerVersion:LayerVersion", compatibleRuntimes=["python2.7", "python3.13"]),
        ],
        passes=[{"runtime": "python3.13"}, {"runtime": "python3.7"}, {}],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "lambda-runtime-deprecated": about(FUNCTION, "runtime", fails=["python3.7", "go1.x"], passes=["python3.12", ABSENT]),
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
            *({**SNAP, "runtime": runtime} for runtime in ("nodejs22.x", "python3.11", "java8.al2")),
            {**SNAP, "ephemeralStorage": {"size": 1024}},
        ],
        passes=[SNAP, {**SNAP, "runtime": "java21"}, {**SNAP, "runtime": "dotnet8"}, ZIP],
        unknown=[{**SNAP, "runtime": UNKNOWN}, {"snapStart": {"applyOn": UNKNOWN}}],
    ),
    "lambda-vpc-config": Cases(
        token=FUNCTION,
        fails=[
            {"vpcConfig": IN_SUBNET},
            {"vpcConfig": {"subnetIds": [UNKNOWN], "securityGroupIds": []}},
            {"vpcConfig": IN_SUBNET | {"securityGroupIds": ["sg-1"]}, "fileSystemConfig": {"localMountPath": "/data"}},
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
            {"vpcConfig": IN_SUBNET, "role": "arn:aws:iam::111111111111:role/a"},
        ],
        unknown=[function(role_policy(UNKNOWN), vpcConfig={"subnetIds": [UNKNOWN]}), {"vpcConfig": IN_SUBNET, "role": UNKNOWN}],
    ),
    "lambda-environment": Cases(
        token=FUNCTION,
        fails=[
            variables(AWS_REGION="us-east-2"),
            variables(A_B="x" * 4096),
            variables(AB="x" * 4095),
            variables(**{"my-var": "a"}),
        ],
        passes=[variables(TABLE="orders", AWS_LAMBDA_EXEC_WRAPPER="/opt/a"), variables(AB="x" * 4094), {}],
        unknown=[variables(TABLE=UNKNOWN), {"environment": {"variables": UNKNOWN}}],
    ),
}
