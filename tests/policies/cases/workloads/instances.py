"""Cases of policies/controls/workloads/instances.py."""

import base64
import gzip
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases, on

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"

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


def metadata(**options: object) -> dict[str, Any]:
    return {"metadataOptions": {"httpTokens": "required", **options}}


def launches(token: str, prop: str, path: str, hops: int = 2) -> list[Planned]:
    """A launch template with a hop limit of 2, and what launches from it."""
    nested = {"launchTemplateId" if "Id" in path else "id": ref(TEMPLATE, "it")}
    user = planned(token, "user", **{prop: nested if prop == path else {path: nested}})
    return [planned(TEMPLATE, **metadata(httpPutResponseHopLimit=hops)), user]


GROUP = "aws:autoscaling/group:Group"
PROVIDER = {"autoScalingGroupArn": ref(GROUP, "user")}
CAPACITY = planned("aws:ecs/capacityProvider:CapacityProvider", "capacity", autoScalingGroupProvider=PROVIDER)

CASES: dict[str, Cases] = {
    "imds-token-required": Cases(
        token=INSTANCE,
        fails=[
            {},
            {"metadataOptions": {}},
            {"metadataOptions": {"httpTokens": "optional"}},
            {"metadataOptions": {"httpEndpoint": "enabled"}},
            planned(TEMPLATE),
            planned(CONFIGURATION, metadataOptions=[{"httpTokens": "optional"}]),
        ],
        passes=[
            metadata(),
            {"metadataOptions": {"httpEndpoint": "disabled"}},
            planned(TEMPLATE, **metadata()),
            planned(CONFIGURATION, **metadata()),
            [planned(INSTANCE, launchTemplate={"id": ref(TEMPLATE, "base")}), planned(TEMPLATE, "base", **metadata())],
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
        token="aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
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
}
