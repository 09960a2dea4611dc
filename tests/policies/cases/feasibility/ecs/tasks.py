"""Cases of policies/feasibility/rules/ecs/tasks.py."""

from typing import Any

from tests.policies.given.feasibility.ecs import FARGATE, LOGS, SECRET, containers, fargate
from tests.policies.given.feasibility.parts import AWS_ROLE, ROLE, TASK, allow, attached, role, role_policy
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases


def sized(cpu: object, memory: object, **task: Any) -> dict[str, Any]:
    return {**FARGATE, "cpu": cpu, "memory": memory, "containerDefinitions": "[]", **task}


def reading(*policies: Planned) -> list[Planned]:
    inputs = containers({"secrets": [SECRET]}, executionRoleArn=UNKNOWN)
    task = Planned(token=TASK, inputs=inputs, refs={"executionRoleArn": (ROLE, "role")})
    return [role("ecs-tasks.amazonaws.com"), *policies, task]


CASES: dict[str, Cases] = {
    "fargate-task-size": Cases(
        token=TASK,
        fails=[
            sized("512", "512"),
            sized("256", "4096"),
            sized("8192", "18432"),
            sized("16384", "30720"),
            sized("300", "1024"),
            sized("1024", "9216"),
            sized("32768", "65536"),
            sized("1 vCPU", "1GB"),
            sized(None, "512"),
            sized("256", None),
            sized("256", "512", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            fargate({"memory": 1024}),
            fargate({"cpu": 128}, {"cpu": 256, "name": "b"}),
        ],
        passes=[
            {"requiresCompatibilities": ["EC2"], "cpu": "300", "memory": "7"},
            {},
            sized("256", "512"),
            sized(256, 2048),
            sized("8192", "20480"),
            sized("16384", "122880"),
            sized("32768", "249856"),
            sized(".25 vCPU", "0.5GB"),
            sized("4 vCPU", "30 GB"),
            sized("1024", "2048", runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            fargate({"memory": 512, "memoryReservation": 256}, {"memoryReservation": 256, "name": "b"}),
        ],
        unknown=[
            sized(UNKNOWN, "512"),
            sized("256", UNKNOWN),
            {**FARGATE, "requiresCompatibilities": [UNKNOWN]},
            {**FARGATE, "containerDefinitions": UNKNOWN},
        ],
    ),
    "fargate-network-mode": Cases(
        token=TASK,
        fails=[
            {"requiresCompatibilities": ["FARGATE"]},
            {"requiresCompatibilities": ["EC2", "FARGATE"], "networkMode": "host"},
        ],
        passes=[FARGATE, {"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}, {}],
        unknown=[{"requiresCompatibilities": ["FARGATE"], "networkMode": UNKNOWN}, {"requiresCompatibilities": UNKNOWN}],
    ),
    "fargate-unsupported-settings": Cases(
        token=TASK,
        fails=[
            fargate({"privileged": True}),
            fargate({"links": ["db"]}),
            fargate({"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}),
            fargate({"linuxParameters": {"sharedMemorySize": 64}}),
            fargate({"ulimits": [{"name": "core", "softLimit": 1, "hardLimit": 1}]}),
            fargate({"resourceRequirements": [{"type": "GPU", "value": "1"}]}),
            fargate({"logConfiguration": {"logDriver": "json-file"}}),
            fargate({}, volumes=[{"name": "host", "hostPath": "/srv"}]),
            fargate({}, placementConstraints=[{"type": "memberOf"}]),
            fargate({}, pidMode="host"),
            fargate({}, ephemeralStorage={"sizeInGib": 20}),
        ],
        passes=[
            containers({"privileged": True}),
            fargate(
                {"linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}, "initProcessEnabled": True}}
            ),
            fargate({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}], "privileged": False}),
            fargate({}, volumes=[{"name": "scratch"}], pidMode="task", ephemeralStorage={"sizeInGib": 200}),
        ],
        unknown=[
            {**FARGATE, "containerDefinitions": UNKNOWN},
            fargate({}, ephemeralStorage={"sizeInGib": UNKNOWN}),
            fargate({}, volumes=UNKNOWN),
        ],
    ),
    "task-execution-role": Cases(
        token=TASK,
        fails=[
            fargate({"logConfiguration": LOGS}),
            fargate({"image": "111111111111.dkr.ecr.us-east-2.amazonaws.com/web:1"}),
            containers({"secrets": [SECRET]}),
            containers({"repositoryCredentials": {"credentialsParameter": "arn"}}),
        ],
        passes=[
            fargate({}),
            containers({"logConfiguration": LOGS}),
            fargate({"logConfiguration": LOGS}, executionRoleArn=UNKNOWN),
            fargate({"logConfiguration": LOGS}, executionRoleArn=AWS_ROLE),
        ],
        unknown=[{**FARGATE, "containerDefinitions": UNKNOWN}],
    ),
    "task-host-ports": Cases(
        token=TASK,
        fails=[
            containers({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, networkMode="awsvpc"),
            containers({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, networkMode="host"),
            containers({"links": ["db"]}, networkMode="awsvpc"),
        ],
        passes=[
            containers({"portMappings": [{"containerPort": 80, "hostPort": 80}]}, networkMode="awsvpc"),
            containers({"portMappings": [{"containerPort": 80}]}, networkMode="awsvpc"),
            containers({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}),
            containers({"PortMappings": [{"ContainerPort": 80, "HostPort": 80}]}, networkMode="awsvpc"),
        ],
        unknown=[
            containers({"portMappings": [{"containerPort": 80, "hostPort": 8080}]}, networkMode=UNKNOWN),
            {"networkMode": "awsvpc", "containerDefinitions": UNKNOWN},
        ],
    ),
    "task-efs-volume-encrypted": Cases(
        token=TASK,
        fails=[
            {"volumes": [{"name": "a", "efsVolumeConfiguration": {"authorizationConfig": {"iam": "ENABLED"}}}]},
            {"volumes": [{"name": "a", "efsVolumeConfiguration": {"authorizationConfig": {"accessPointId": UNKNOWN}}}]},
        ],
        passes=[
            {"volumes": [{"name": "a", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "rootDirectory": "/data"}}]},
            {
                "volumes": [
                    {"efsVolumeConfiguration": {"transitEncryption": "ENABLED", "authorizationConfig": {"iam": "ENABLED"}}}
                ]
            },
            {"volumes": [{"name": "a"}]},
        ],
        unknown=[
            {"volumes": [{"efsVolumeConfiguration": UNKNOWN}]},
            {"volumes": [{"efsVolumeConfiguration": {"authorizationConfig": {"iam": UNKNOWN}}}]},
        ],
    ),
    "task-secrets-readable": Cases(
        token=TASK,
        fails=[
            reading(),
            reading(attached("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")),
            reading(role_policy(allow("ssm:GetParameters"))),
        ],
        passes=[
            reading(role_policy(allow("secretsmanager:GetSecretValue"))),
            reading(attached("arn:aws:iam::aws:policy/SecretsManagerReadWrite")),
            containers({"secrets": [SECRET]}, executionRoleArn=AWS_ROLE),
            containers({}),
        ],
        unknown=[
            reading(role_policy(UNKNOWN)),
            reading(attached("arn:aws:iam::111111111111:policy/own")),
            containers({"secrets": [SECRET]}, executionRoleArn=UNKNOWN),
        ],
    ),
}
