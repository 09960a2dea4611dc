"""Cases of the workloads pack: functions, instances, secrets' rotation and the edge."""

import base64
import gzip
from typing import Any

from tests.policies.cases import Case, Cases
from tests.policies.harness import UNKNOWN, Planned, secret

FUNCTION = "aws:lambda/function:Function"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
DEFAULTS = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
ROTATOR = "arn:aws:lambda:us-east-2:111111111111:function:rotate"

LEAK = """#!/bin/bash
export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE
export AWS_DEFAULT_REGION=us-west-2
"""
CLEAN = """#!/bin/bash
export AWS_DEFAULT_REGION=us-west-2
TOKEN=`curl -X PUT http://169.254.169.254/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 60"`
DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text)
aws ecr get-login-password | docker login --username AWS --password-stdin registry.example
aws ssm get-parameter --name /prod/db/password --with-decryption
"""


def encoded(text: str, *, compress: bool = False) -> str:
    data = text.encode()
    return base64.b64encode(gzip.compress(data) if compress else data).decode()


def environment(**variables: object) -> dict[str, Any]:
    return {"environment": {"variables": variables}}


def metadata(**options: object) -> dict[str, Any]:
    return {"metadataOptions": {"httpTokens": "required", **options}}


def launches(token: str, prop: str, path: str, hops: int = 2) -> list[Planned]:
    """A launch template with a hop limit of 2, and what launches from it."""
    nested: dict[str, Any] = {"launchTemplateId" if "Id" in path else "id": UNKNOWN}
    return [
        Planned(token=TEMPLATE, inputs=metadata(httpPutResponseHopLimit=hops)),
        Planned(
            token=token,
            name="user",
            inputs={prop: nested if prop == path else {path: nested}},
            refs={prop: (TEMPLATE, "it")},
        ),
    ]


GROUP = "aws:autoscaling/group:Group"
CAPACITY = Planned(
    token="aws:ecs/capacityProvider:CapacityProvider",
    name="capacity",
    inputs={"autoScalingGroupProvider": {"autoScalingGroupArn": UNKNOWN}},
    refs={"autoScalingGroupProvider": (GROUP, "user")},
)


def rotated(*, of: str = SECRET, days: object = 30, **rotation: Any) -> list[Planned]:
    inputs = {"secretId": UNKNOWN, "rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": days}, **rotation}
    version = Planned(token=VERSION, name="it", inputs={"secretId": UNKNOWN}, refs={"secretId": (SECRET, "it")})
    return [
        Planned(token=SECRET),
        *([version] if of == VERSION else []),
        Planned(token=ROTATION, name="rotation", inputs=inputs, refs={"secretId": (of, "it")}),
    ]


def schedule(expression: object) -> dict[str, Any]:
    return {"rotationRules": {"scheduleExpression": expression}}


def on(token: str, *cases: dict[str, Any]) -> list[Case]:
    return [[Planned(token=token, inputs=case)] for case in cases]


CASES: dict[str, Cases] = {
    "lambda-runtime-supported": Cases(
        token=FUNCTION,
        fails=[{"runtime": runtime} for runtime in ("python3.8", "nodejs16.x", "dotnetcore3.1", "go1.x", "provided", "java8")],
        passes=[{}, {"packageType": "Image"}, {"runtime": "python3.13"}, {"runtime": "java21"}, {"runtime": "provided.al2023"}],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "lambda-no-plain-secrets": Cases(
        token=FUNCTION,
        fails=[
            environment(access_key="AKIAIOSFODNN7EXAMPLE"),
            environment(key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            environment(db_password="test-password"),
            environment(STAGE=UNKNOWN, API_KEY="0f9a7d5c3b1e"),
            environment(VALUE=secret("anything")),
            {"environment": [{"variables": {"DB_PASSWORD": "hunter2"}}]},
        ],
        passes=[
            {},
            {"environment": {}},
            environment(AWS_DEFAULT_REGION="us-west-2", STAGE="prod"),
            environment(DB_SECRET_ARN="arn:aws:secretsmanager:us-east-2:111111111111:secret:db"),
            environment(API_KEY=secret("arn:aws:secretsmanager:us-east-2:111111111111:secret:db")),
            environment(TOKEN_URL="https://auth.example.com/token"),
            environment(DB_PASSWORD="/prod/db/password"),
        ],
        unknown=[{"environment": UNKNOWN}, environment(DB_PASSWORD=UNKNOWN)],
    ),
    "lambda-code-signing": Cases(
        token=FUNCTION,
        fails=[{}, {"packageType": "Zip"}, {"codeSigningConfigArn": ""}],
        passes=[{"codeSigningConfigArn": UNKNOWN}, {"packageType": "Image"}],
        unknown=[{"packageType": UNKNOWN}],
    ),
    "imds-token-required": Cases(
        token=INSTANCE,
        fails=[
            {},
            {"metadataOptions": {}},
            {"metadataOptions": {"httpTokens": "optional"}},
            {"metadataOptions": {"httpEndpoint": "enabled"}},
            [Planned(token=TEMPLATE)],
            [Planned(token=CONFIGURATION, inputs={"metadataOptions": [{"httpTokens": "optional"}]})],
        ],
        passes=[
            metadata(),
            {"metadataOptions": {"httpEndpoint": "disabled"}},
            [Planned(token=TEMPLATE, inputs=metadata())],
            [Planned(token=CONFIGURATION, inputs=metadata())],
            [
                Planned(
                    token=INSTANCE, inputs={"launchTemplate": {"id": UNKNOWN}}, refs={"launchTemplate": (TEMPLATE, "base")}
                ),
                Planned(token=TEMPLATE, name="base", inputs=metadata()),
            ],
        ],
        unknown=[
            {"metadataOptions": UNKNOWN},
            {"metadataOptions": {"httpTokens": UNKNOWN}},
            {"launchTemplate": {"id": "lt-1"}},
        ],
    ),
    "imds-hop-limit": Cases(
        token=INSTANCE,
        fails=[
            metadata(httpPutResponseHopLimit=2),
            metadata(httpPutResponseHopLimit=2)
            | {"ami": "ami-0123456789abcdef0", "iamInstanceProfile": "web", "userData": "cd /"},
            metadata(httpPutResponseHopLimit=3) | {"userData": "echo ECS_CLUSTER=prod >> /etc/ecs/ecs.config"},
            *on(TEMPLATE, metadata(httpPutResponseHopLimit="64")),
            [*launches(GROUP, "launchTemplate", "launchTemplate")],
            launches("aws:eks/nodeGroup:NodeGroup", "launchTemplate", "launchTemplate", hops=3),
        ],
        passes=[
            {},
            metadata(),
            metadata(httpPutResponseHopLimit=1),
            metadata(httpPutResponseHopLimit=9, httpEndpoint="disabled"),
            metadata(httpPutResponseHopLimit=2) | {"userData": "echo ECS_CLUSTER=prod >> /etc/ecs/ecs.config"},
            metadata(httpPutResponseHopLimit=2) | {"iamInstanceProfile": "ecsInstanceRole"},
            *on(TEMPLATE, metadata(httpPutResponseHopLimit=2) | {"userData": encoded("/etc/eks/bootstrap.sh blue")}),
            *on(TEMPLATE, metadata(httpPutResponseHopLimit=2) | {"imageId": "resolve:ssm:/aws/service/ecs/optimized-ami/id"}),
            launches("aws:eks/nodeGroup:NodeGroup", "launchTemplate", "launchTemplate"),
            launches("aws:batch/computeEnvironment:ComputeEnvironment", "computeResources", "launchTemplate"),
            [*launches(GROUP, "launchTemplate", "launchTemplate"), CAPACITY],
        ],
        unknown=[metadata(httpPutResponseHopLimit=UNKNOWN)],
    ),
    "imds-account-default": Cases(
        token=DEFAULTS,
        fails=[{"httpTokens": "optional"}],
        passes=[{}, {"httpTokens": "required"}, {"httpTokens": "no-preference"}],
        unknown=[{"httpTokens": UNKNOWN}],
    ),
    "no-secret-in-user-data": Cases(
        token=INSTANCE,
        fails=[
            {"userData": LEAK},
            {"userDataBase64": encoded(LEAK)},
            {"userDataBase64": encoded(LEAK, compress=True)},
            {"userData": "#cloud-config\npassword: hunter2\n"},
            {"userData": "docker run -e MYSQL_ROOT_PASSWORD=hunter2 mysql"},
            {"userData": "cat > /root/key <<E\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nE"},
            *on(TEMPLATE, {"userData": encoded(LEAK)}),
            *on(CONFIGURATION, {"userData": LEAK}),
        ],
        passes=[
            {},
            {"userData": CLEAN},
            {"userDataBase64": encoded(CLEAN)},
            {"userData": "#cloud-config\nssh_pwauth: false\nusers:\n  - name: app\n    lock_passwd: true\n"},
            {"userData": "0123456789abcdef0123456789abcdef01234567"},
            *on(TEMPLATE, {"userData": encoded(CLEAN, compress=True)}),
        ],
        unknown=[{"userData": UNKNOWN}, {"userDataBase64": UNKNOWN}],
    ),
    "secret-rotates": Cases(
        token=SECRET,
        fails=[
            {},
            [Planned(token=SECRET), Planned(token=ROTATION, name="other", inputs={"secretId": "another"})],
            rotated(rotationLambdaArn=None),
            {"rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": 100}},
        ],
        passes=[
            rotated(),
            rotated(of=VERSION),
            rotated(rotationLambdaArn=UNKNOWN),
            {"rotationLambdaArn": ROTATOR, "rotationRules": {"automaticallyAfterDays": 30}},
            [
                Planned(token=SECRET, inputs={"name": "db"}),
                Planned(
                    token=ROTATION,
                    name="rotation",
                    inputs={"secretId": "db", "rotationLambdaArn": ROTATOR} | schedule("rate(4 hours)"),
                ),
            ],
        ],
        unknown=[[Planned(token=SECRET), Planned(token=ROTATION, name="other", inputs={"secretId": UNKNOWN})]],
    ),
    "secret-rotates-often": Cases(
        token=ROTATION,
        fails=[
            {},
            {"rotationRules": {}},
            {"rotationRules": {"automaticallyAfterDays": 91}},
            {"rotationEnabled": False},
            schedule("rate(180 days)"),
            schedule("cron(0 12 * 2 ? *)"),
            schedule("cron(0 12 1 1,7 ? *)"),
            schedule("cron(0 12 1 * ? 2030)"),
        ],
        passes=[
            {"rotationRules": {"automaticallyAfterDays": 30}},
            {"rotationRules": {"automaticallyAfterDays": "90"}},
            schedule("rate(89 days)"),
            schedule("rate(4 hours)"),
            schedule("cron(0 12 * * ? *)"),
            schedule("cron(0 12 1 1/3 ? *)"),
            schedule("cron(0 12 ? JAN,APR,JUL,OCT MON#1 *)"),
        ],
        unknown=[{"rotationRules": UNKNOWN}, schedule(UNKNOWN), {"rotationRules": {"automaticallyAfterDays": UNKNOWN}}],
    ),
    "alb-drops-invalid-headers": Cases(
        token=BALANCER,
        fails=[
            {},
            {"loadBalancerType": "application", "dropInvalidHeaderFields": False},
            *on("aws:alb/loadBalancer:LoadBalancer", {"dropInvalidHeaderFields": "false"}),
        ],
        passes=[
            {"dropInvalidHeaderFields": True},
            {"loadBalancerType": "network"},
            {"loadBalancerType": "gateway"},
        ],
        unknown=[{"dropInvalidHeaderFields": UNKNOWN}, {"loadBalancerType": UNKNOWN}],
    ),
    "desync-mitigation": Cases(
        token=BALANCER,
        fails=[
            {"desyncMitigationMode": "monitor"},
            *on("aws:applicationloadbalancing/loadBalancer:LoadBalancer", {"desyncMitigationMode": "monitor"}),
            *on(CLASSIC, {"desyncMitigationMode": "monitor"}),
        ],
        passes=[
            {},
            {"desyncMitigationMode": "strictest"},
            {"desyncMitigationMode": "defensive"},
            {"loadBalancerType": "network", "desyncMitigationMode": "monitor"},
            *on(CLASSIC, {}),
        ],
        unknown=[{"desyncMitigationMode": UNKNOWN}],
    ),
    "certificate-names": Cases(
        token="aws:acm/certificate:Certificate",
        fails=[
            {"domainName": "*.example.com"},
            {"domainName": "example.com", "subjectAlternativeNames": ["www.example.com", "*.example.com"]},
            {"domainName": UNKNOWN, "subjectAlternativeNames": ["*.example.com"]},
        ],
        passes=[{"domainName": "example.com"}, {"domainName": "example.com", "subjectAlternativeNames": ["www.example.com"]}],
        unknown=[{"domainName": UNKNOWN}, {"domainName": "example.com", "subjectAlternativeNames": UNKNOWN}],
    ),
}
