"""Cases of policies/feasibility/rules/ecs/containers.py."""

from typing import Any

from tests.policies.given.feasibility.ecs import LOGS, SECRET, containers, fargate
from tests.policies.given.feasibility.parts import TASK
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases, Fails

MOUNTED = {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}
NO_PREFIX = {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "b"}}
FIRELENS = {"logDriver": "awsfirelens"}


def after(container: str, condition: str) -> dict[str, Any]:
    return {"dependsOn": [{"containerName": container, "condition": condition}]}


CASES: dict[str, Cases] = {
    "task-container-json": Cases(
        token=TASK,
        fails=[
            {"containerDefinitions": "{}"},
            containers({"memory": "512"}),
            containers({"portMappings": [{"containerPort": "80"}]}),
            containers({"essential": "true"}),
            containers({"environment": [{"name": "PORT", "value": 8080}]}),
            containers({"environment": {"PORT": "8080"}}),
            containers({"command": "run"}),
            containers({"logConfiguration": {"logDriver": "awslogs", "options": {"max-buffer-size": 1}}}),
        ],
        passes=[
            containers({"memory": 512, "portMappings": [{"containerPort": 80}], "environment": [{"name": "A", "value": "1"}]}),
            containers({"Memory": 512, "command": ["run"], "logConfiguration": LOGS}),
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "task-containers": Cases(
        token=TASK,
        fails=[
            containers({}, {}, memory="512"),
            containers({"essential": False}, memory="512"),
            containers({}),
            containers({"image": ""}, memory="512"),
            containers(after("init", "START"), memory="512"),
            containers(after("b", "HEALTHY"), {"name": "b"}, memory="512"),
            containers(after("b", "SUCCESS"), {"name": "b"}, memory="512"),
            containers(after("b", "START"), {"name": "b", **after("web", "START")}, memory="512"),
            containers(MOUNTED, memory="512"),
            containers({"volumesFrom": [{"sourceContainer": "b"}]}, memory="512"),
        ],
        passes=[
            containers({"memoryReservation": 64}),
            containers({}, {"name": "b", "essential": False}, memory="512"),
            containers(after("b", "HEALTHY"), {"name": "b", "healthCheck": {"command": ["CMD", "true"]}}, memory="512"),
            containers(MOUNTED, memory="512", volumes=[{"name": "data"}]),
        ],
        unknown=[
            {"containerDefinitions": UNKNOWN},
            containers({"mountPoints": [{"sourceVolume": "data"}]}, memory="512", volumes=[{"name": UNKNOWN}]),
        ],
    ),
    "task-container-ranges": Cases(
        token=TASK,
        fails=[
            containers({"healthCheck": {"command": ["CMD", "true"], "interval": 1}}),
            containers({"healthCheck": {"command": ["CMD", "true"], "startPeriod": 301}}),
            containers({"healthCheck": {"interval": 30}}),
            Fails(fargate({"stopTimeout": 121}), "containerDefinitions[web].stopTimeout"),
            Fails(containers({"memory": 3}), "containerDefinitions[web].memory"),
            containers({"memory": 128, "memoryReservation": 256}),
            containers({"portMappings": [{"containerPort": 70000}]}),
            containers({"portMappings": [{"containerPort": 80}, {"containerPort": 80}]}),
            containers({"portMappings": [{"containerPort": 80, "protocol": "http"}]}),
        ],
        passes=[
            containers({"healthCheck": {"command": ["CMD", "true"], "interval": 300, "timeout": 60, "retries": 10}}),
            containers({"stopTimeout": 300, "memory": 256, "memoryReservation": 256}),
            fargate({"stopTimeout": 120, "memory": 4}),
            containers({"portMappings": [{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]}),
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "task-environment": Cases(
        token=TASK,
        fails=[
            containers({"environment": [{"name": "PASSWORD", "value": "a"}], "secrets": [SECRET]}),
            containers({"secrets": [SECRET, SECRET]}),
            containers({"secrets": [{"name": "A"}]}),
        ],
        passes=[containers({"environment": [{"name": "USER", "value": "a"}], "secrets": [SECRET]}), containers({})],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "task-logs": Cases(
        token=TASK,
        fails=[
            containers({"logConfiguration": {"logDriver": "awslogs"}}),
            fargate({"logConfiguration": NO_PREFIX}),
            containers({"logConfiguration": FIRELENS}),
            containers({"firelensConfiguration": {"type": "fluentbit"}}),
        ],
        passes=[
            fargate({"logConfiguration": LOGS}),
            containers({"logConfiguration": NO_PREFIX}),
            containers({"logConfiguration": FIRELENS}, {"name": "r", "firelensConfiguration": {"type": "fluentd"}}),
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
}
