"""Cases of policies/controls/workloads/tasks.py."""

import json
from typing import Any

from tests.policies.given.workloads.common import REPOSITORY
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

TASK = "aws:ecs/taskDefinition:TaskDefinition"
DAEMON = "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition"
EXPRESS = "aws:ecs/expressGatewayService:ExpressGatewayService"
ROLE = "aws:iam/role:Role"
REGISTRY = "111111111111.dkr.ecr.us-east-2.amazonaws.com"
DIGEST = "@sha256:" + "0123456789abcdef" * 4


def task(*containers: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    """Inputs of a task definition with these containers as JSON text."""
    return {"family": "app", "containerDefinitions": json.dumps(containers), **inputs}


def variable(name: str, value: object) -> dict[str, Any]:
    return task({"name": "web", "environment": [{"name": name, "value": value}]})


def image(name: str, **repository: Any) -> list[Planned]:
    """A task that runs `name`, beside the repository `app` if it is described."""
    stored = [planned(REPOSITORY, "app", name="app", **repository)] if repository else []
    return [planned(TASK, **task({"name": "web", "image": name})), *stored]


def roles(first: object, second: object, **refs: tuple[str, str]) -> list[Planned]:
    return [Planned(token=TASK, inputs={"taskRoleArn": first, "executionRoleArn": second}, refs=refs)]


CASES: dict[str, Cases] = {
    "ecs-network-mode": Cases(
        token=TASK,
        fails=[
            task({"name": "web"}),
            task({"name": "web"}, networkMode="bridge"),
            task({"name": "web", "user": "1000"}, networkMode="host"),
            task({"name": "web"}, networkMode="host", requiresCompatibilities=["EXTERNAL"]),
            task({"name": "web", "user": "1000", "privileged": True}, networkMode="host", requiresCompatibilities=["EXTERNAL"]),
            task({"name": "web", "user": "0:0"}, networkMode="host", requiresCompatibilities=["EXTERNAL"]),
        ],
        passes=[
            task({"name": "web"}, networkMode="awsvpc"),
            {"networkMode": "awsvpc", "containerDefinitions": UNKNOWN, "requiresCompatibilities": ["FARGATE"]},
            task({"name": "web"}, requiresCompatibilities=["EXTERNAL"]),
            task({"name": "web", "user": "1000:1000"}, networkMode="host", requiresCompatibilities=["EXTERNAL"]),
        ],
        unknown=[
            task({"name": "web"}, networkMode=UNKNOWN),
            {"networkMode": "host", "requiresCompatibilities": ["EXTERNAL"], "containerDefinitions": UNKNOWN},
        ],
    ),
    "ecs-not-privileged": Cases(
        token=TASK,
        fails=[
            task({"name": "web"}, {"name": "agent", "privileged": True}),
            {"containerDefinitions": json.dumps({"name": "web", "privileged": True})},
            {"containerDefinitions": [{"name": "web", "privileged": True}]},
            task({"Name": "web", "Privileged": True}),
            task({"name": "a", "privileged": UNKNOWN}, {"name": "b", "privileged": True}),
            planned(DAEMON, containerDefinitions=[{"image": "a", "privileged": True}]),
        ],
        passes=[task({"name": "web"}), task({"name": "web", "privileged": False}), {"containerDefinitions": "[]"}],
        unknown=[
            *({"containerDefinitions": text} for text in (UNKNOWN, [UNKNOWN], "not JSON")),
            task({"name": "web", "privileged": UNKNOWN}),
        ],
    ),
    "ecs-read-only-root": Cases(
        token=TASK,
        fails=[
            task({"name": "web"}),
            task({"name": "web", "readonlyRootFilesystem": False}),
            task({"name": "web", "readonlyRootFilesystem": True}, {"name": "agent"}),
            planned(DAEMON, containerDefinitions=[{"image": "a"}]),
        ],
        passes=[
            task({"name": "web", "readonlyRootFilesystem": True}),
            task({"name": "web"}, runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            planned(DAEMON, containerDefinitions=[{"image": "a", "readonlyRootFilesystem": True}]),
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "ecs-own-namespaces": Cases(
        token=TASK,
        fails=[
            task({"name": "web"}, pidMode="host"),
            task({"name": "web"}, ipcMode="host"),
            task({"name": "web", "pidMode": "host"}),
            {"pidMode": "host", "containerDefinitions": UNKNOWN},
        ],
        passes=[task({"name": "web"}), task({"name": "web"}, pidMode="task", ipcMode="none")],
        unknown=[task({"name": "web"}, pidMode=UNKNOWN)],
    ),
    "ecs-no-plain-secrets": Cases(
        token=TASK,
        fails=[
            variable("DB_PASSWORD", "pass-12343"),
            variable("apiKey", "q8fh3kd82jd"),
            variable("STRIPE", "sk_live_0123456789abcdefXYZ"),
            variable("ID", "AKIAIOSFODNN7EXAMPLE"),
            variable("DATABASE_URL", "postgres://app:s3cret@db.example:5432/app"),
            variable("AWS_SECRET_ACCESS_KEY", UNKNOWN),
            variable("CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
            {"containerDefinitions": [{"name": "web", "environment": [{"name": "TOKEN", "value": "abcdef1234"}]}]},
            planned(
                DAEMON, containerDefinitions=[{"image": "a", "environments": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]
            ),
            planned(EXPRESS, primaryContainer={"image": "a", "environments": [{"name": "DB_PASSWORD", "value": "hunter2"}]}),
        ],
        passes=[
            variable("HOST", "localhost:1234"),
            variable("foo", "bar"),
            variable("DB_PASSWORD", ""),
            variable("DB_PASSWORD", "arn:aws:secretsmanager:us-east-2:111111111111:secret:db"),
            variable("DB_PASSWORD", "{{resolve:secretsmanager:db:SecretString:password}}"),
            variable("DB_SECRET_ARN", "arn:aws:secretsmanager:us-east-2:111111111111:secret:db"),
            variable("PASSWORD_MIN_LENGTH", "12"),
            variable("USE_TOKEN", "true"),
            variable("COMMIT", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            task({"name": "web", "secrets": [{"name": "DB_PASSWORD", "valueFrom": "/prod/db/password"}]}),
            planned(EXPRESS, primaryContainer={"image": "a", "environments": [{"name": "A", "value": "b"}]}),
        ],
        unknown=[
            {"containerDefinitions": UNKNOWN},
            variable("DB_PASSWORD", UNKNOWN),
            planned(EXPRESS, primaryContainer=UNKNOWN),
        ],
    ),
    "ecs-roles-differ": Cases(
        token=TASK,
        fails=[
            {"taskRoleArn": "arn:aws:iam::111111111111:role/app", "executionRoleArn": "arn:aws:iam::111111111111:role/app"},
            roles(UNKNOWN, UNKNOWN, taskRoleArn=(ROLE, "app"), executionRoleArn=(ROLE, "app")),
            planned(DAEMON, taskRoleArn="app", executionRoleArn="app"),
        ],
        passes=[
            {},
            {"executionRoleArn": "arn:aws:iam::111111111111:role/app"},
            {"taskRoleArn": "arn:aws:iam::111111111111:role/app", "executionRoleArn": "arn:aws:iam::111111111111:role/start"},
            roles(UNKNOWN, UNKNOWN, taskRoleArn=(ROLE, "app"), executionRoleArn=(ROLE, "start")),
            roles(UNKNOWN, "arn:aws:iam::111111111111:role/start", taskRoleArn=(ROLE, "app")),
        ],
        unknown=[roles(UNKNOWN, UNKNOWN), roles(UNKNOWN, "arn:aws:iam::111111111111:role/start")],
    ),
    "ecs-image-pinned": Cases(
        token=TASK,
        fails=[
            *(image(value) for value in ("nginx", "nginx:1.27", f"public.ecr.aws/nginx/nginx{DIGEST}", f"{REGISTRY}/app")),
            *(image(value) for value in (f"{REGISTRY}/app:latest", f"{REGISTRY}/app:v2-latest")),
            image(f"{REGISTRY}/app:1.2.3", imageTagMutability="MUTABLE"),
            image(f"{REGISTRY}/app:1.2.3", forceDelete=True),
            planned(EXPRESS, primaryContainer={"image": "nginx"}),
        ],
        passes=[
            image(f"{REGISTRY}/app{DIGEST}"),
            image(f"{REGISTRY}/team/app:1.2.3{DIGEST}"),
            image(f"111111111111.dkr-ecr.us-east-2.on.aws/app{DIGEST}"),
            image(f"{REGISTRY}/app:1.2.3", imageTagMutability="IMMUTABLE"),
        ],
        unknown=[image(UNKNOWN), image(f"{REGISTRY}/app:1.2.3"), image(f"{REGISTRY}/app:1.2.3", imageTagMutability=UNKNOWN)],
    ),
}
