"""Cases of the feasibility pack about file systems, parameters, integrations, user pools and policies of topics and queues."""

import json
from typing import Any

from tests.policies.cases import Cases
from tests.policies.feasible import SERVICE, SUBNET, TOPIC, allow
from tests.policies.harness import UNKNOWN, Planned

SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT = "aws:efs/mountTarget:MountTarget"
PARAMETER = "aws:ssm/parameter:Parameter"
GROUP = "aws:rds/parameterGroup:ParameterGroup"
INTEGRATION = "aws:apigateway/integration:Integration"
POOL = "aws:cognito/userPool:UserPool"
QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
TIERING = "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration"
PATTERNS = "aws:wafv2/regexPatternSet:RegexPatternSet"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
LAMBDA = (
    "arn:aws:apigateway:us-east-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-2:111111111111:function:f/invocations"
)


def mounted(first: object, second: object, *, other: str = "data") -> list[Planned]:
    """Two mount targets in subnets of these zones."""
    return [
        Planned(token=SYSTEM, name="data"),
        Planned(token=SYSTEM, name="logs"),
        Planned(token=SUBNET, name="one", inputs={"availabilityZone": first}),
        Planned(token=SUBNET, name="two", inputs={"availabilityZone": second}),
        Planned(
            token=MOUNT,
            name="first",
            inputs={"fileSystemId": UNKNOWN, "subnetId": UNKNOWN},
            refs={"fileSystemId": (SYSTEM, "data"), "subnetId": (SUBNET, "one")},
        ),
        Planned(
            token=MOUNT,
            inputs={"fileSystemId": UNKNOWN, "subnetId": UNKNOWN},
            refs={"fileSystemId": (SYSTEM, other), "subnetId": (SUBNET, "two")},
        ),
    ]


def parameters(name: object, method: object = None, family: object = "postgres16") -> dict[str, Any]:
    block = {"name": name, "value": "1", **({} if method is None else {"applyMethod": method})}
    return {"family": family, "parameters": [block]}


def matched(expression: object) -> list[Planned]:
    rule = {"name": "a", "statement": {"regexMatchStatement": {"regexString": expression}}}
    return [Planned(token=WEB_ACL, inputs={"rules": [rule]})]


CASES = {
    "efs-settings": Cases(
        token=SYSTEM,
        fails=[
            {"throughputMode": "provisioned"},
            {"provisionedThroughputInMibps": 10},
            {"performanceMode": "maxIO", "throughputMode": "elastic"},
            {"performanceMode": "maxIO", "availabilityZoneName": "us-east-2a"},
            {"kmsKeyId": UNKNOWN},
            {"kmsKeyId": UNKNOWN, "encrypted": False},
        ],
        passes=[
            {"throughputMode": "provisioned", "provisionedThroughputInMibps": UNKNOWN},
            {"performanceMode": "maxIO", "throughputMode": "bursting"},
            {"encrypted": True, "kmsKeyId": UNKNOWN, "throughputMode": "elastic"},
        ],
        unknown=[{"throughputMode": UNKNOWN}, {"encrypted": UNKNOWN, "kmsKeyId": "a"}],
    ),
    "efs-mount-target-zone": Cases(
        token=MOUNT,
        fails=[
            mounted("us-east-2a", "us-east-2a"),
            [
                Planned(token=MOUNT, name=name, inputs={"fileSystemId": "fs-1", "subnetId": "subnet-1"})
                for name in ("first", "it")
            ],
        ],
        passes=[mounted("us-east-2a", "us-east-2b"), mounted("us-east-2a", "us-east-2a", other="logs")],
        unknown=[mounted("us-east-2a", UNKNOWN)],
    ),
    "ssm-parameter-size": Cases(
        token=PARAMETER,
        fails=[
            {"value": "x" * 4097},
            {"value": "x" * 4097, "tier": "Standard"},
            {"insecureValue": "x" * 8193, "tier": "Advanced"},
            {"value": "x" * 8193, "tier": UNKNOWN},
        ],
        passes=[
            {"value": "x" * 4096},
            {"value": "x" * 8192, "tier": "Advanced"},
            {"value": "x" * 5000, "tier": "Intelligent-Tiering"},
        ],
        unknown=[{"value": UNKNOWN}, {"value": "x" * 4097, "tier": UNKNOWN}],
    ),
    "rds-static-parameter": Cases(
        token=GROUP,
        fails=[
            parameters("shared_preload_libraries"),
            parameters("max_connections", "immediate", "aurora-postgresql16"),
            parameters("performance_schema", "immediate", "mysql8.0"),
        ],
        passes=[
            parameters("shared_preload_libraries", "pending-reboot"),
            parameters("log_statement", "immediate"),
            parameters("max_connections", "immediate", "mysql8.0"),
            {"family": "postgres16"},
        ],
        unknown=[parameters("max_connections", UNKNOWN), parameters("max_connections", "immediate", UNKNOWN)],
    ),
    "api-integration-method": Cases(
        token=INTEGRATION,
        fails=[{"type": "AWS_PROXY", "uri": LAMBDA}, {"type": "HTTP_PROXY", "integrationHttpMethod": "GET"}],
        passes=[{"type": "MOCK"}, {"type": "AWS", "uri": UNKNOWN, "integrationHttpMethod": "POST"}],
        unknown=[{"type": UNKNOWN}],
    ),
    "api-integration-function": Cases(
        token=INTEGRATION,
        fails=[{"type": "AWS_PROXY", "uri": LAMBDA, "integrationHttpMethod": "GET"}],
        passes=[
            {"type": "AWS_PROXY", "uri": LAMBDA, "integrationHttpMethod": "POST"},
            {"type": "HTTP", "uri": "https://example.com", "integrationHttpMethod": "GET"},
            {"type": "AWS_PROXY", "uri": UNKNOWN, "integrationHttpMethod": "POST"},
        ],
        unknown=[
            {"type": "AWS_PROXY", "uri": UNKNOWN, "integrationHttpMethod": "GET"},
            {"uri": LAMBDA, "integrationHttpMethod": UNKNOWN},
        ],
    ),
    "user-pool-mfa": Cases(
        token=POOL,
        fails=[{"mfaConfiguration": "ON"}, {"mfaConfiguration": "OPTIONAL", "name": "pool"}],
        passes=[
            {"mfaConfiguration": "OFF"},
            {"mfaConfiguration": "ON", "softwareTokenMfaConfiguration": {"enabled": True}},
            {"mfaConfiguration": "OPTIONAL", "smsConfiguration": UNKNOWN},
        ],
        unknown=[{"mfaConfiguration": UNKNOWN}],
    ),
    "resource-policy-service": Cases(
        token=TOPIC,
        fails=[
            {"policy": allow("sqs:SendMessage", service="s3.amazonaws.com")},
            [
                Planned(
                    token=QUEUE_POLICY, inputs={"policy": allow("sqs:SendMessage", "sns:Publish", service="sns.amazonaws.com")}
                )
            ],
            [
                Planned(
                    token=REPOSITORY_POLICY,
                    inputs={"policy": json.loads(allow("s3:GetObject", service="lambda.amazonaws.com"))},
                )
            ],
        ],
        passes=[
            {"policy": allow("SNS:Publish", service="s3.amazonaws.com")},
            {"policy": allow("*")},
            {"displayName": "a"},
            [Planned(token=QUEUE_POLICY, inputs={"policy": allow("sqs:*", service="sns.amazonaws.com")})],
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "s3-archive-tiers": Cases(
        token=TIERING,
        fails=[
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 60}]},
            {"tierings": [{"accessTier": "DEEP_ARCHIVE_ACCESS", "days": 120}]},
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 731}]},
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": days} for days in (90, 120)]},
        ],
        passes=[
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 90}, {"accessTier": "DEEP_ARCHIVE_ACCESS", "days": 180}]},
        ],
        unknown=[{"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": UNKNOWN}]}],
    ),
    "service-platform-version": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "EC2", "platformVersion": "1.4.0"},
            {"launchType": "EXTERNAL", "platformVersion": "LATEST"},
        ],
        passes=[
            {"launchType": "FARGATE", "platformVersion": "1.4.0"},
            {"launchType": "EC2"},
            {"platformVersion": "LATEST", "capacityProviderStrategies": [{"capacityProvider": "FARGATE"}]},
        ],
        unknown=[{"launchType": UNKNOWN, "platformVersion": "1.4.0"}],
    ),
    "waf-regex": Cases(
        token=PATTERNS,
        fails=[
            {"regularExpressions": [{"regexString": "(a"}]},
            {"regularExpressions": [{"regexString": "a)"}]},
            matched("[a-z"),
        ],
        passes=[
            {"regularExpressions": [{"regexString": "(?i)a{2,}\\("}]},
            {"regularExpressions": [{"regexString": "\\p{L}+(?<name>x)"}]},
            matched("^/a/[0-9]+$"),
        ],
        unknown=[{"regularExpressions": [{"regexString": UNKNOWN}]}, matched(UNKNOWN)],
    ),
}
