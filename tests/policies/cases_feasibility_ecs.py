"""Cases of the feasibility pack about ECS tasks, services and capacity."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.feasible import (
    ATTACHMENT,
    AWS_ROLE,
    CLUSTER,
    GROUP,
    LISTENER,
    ROLE,
    SERVICE,
    SUBNET,
    TARGET_GROUP,
    TASK,
    VPC,
    allow,
    attached,
    role,
    role_policy,
)
from tests.policies.harness import UNKNOWN, Planned

CAPACITY = "aws:ecs/capacityProvider:CapacityProvider"
ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
TARGET = "aws:appautoscaling/target:Target"
RULE = "aws:lb/listenerRule:ListenerRule"
TABLE = "aws:ec2/routeTable:RouteTable"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

FARGATE: dict[str, Any] = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "256", "memory": "512"}


def containers(*each: Mapping[str, Any], **task: Any) -> dict[str, Any]:
    """A task definition of these containers."""
    return {**task, "containerDefinitions": json.dumps([{"name": "web", "image": "nginx", **one} for one in each])}


def fargate(*each: Mapping[str, Any], **task: Any) -> dict[str, Any]:
    return containers(*each, **{**FARGATE, **task})


def sized(cpu: object, memory: object, **task: Any) -> dict[str, Any]:
    return {**FARGATE, "cpu": cpu, "memory": memory, "containerDefinitions": "[]", **task}


def service(task: Mapping[str, Any], inputs: Mapping[str, Any], *more: Planned, **options: Any) -> list[Planned]:
    """A service of the task definition `task`."""
    refs = {"taskDefinition": (TASK, "task"), **options.pop("refs", {})}
    return [
        Planned(token=TASK, name="task", inputs=task),
        *more,
        Planned(token=SERVICE, inputs={"taskDefinition": UNKNOWN, **inputs}, refs=refs, **options),
    ]


BALANCED: dict[str, Any] = {"loadBalancers": [{"targetGroupArn": UNKNOWN, "containerName": "web", "containerPort": 80}]}
BEHIND = {"loadBalancers": (TARGET_GROUP, "group")}
IP_GROUP = Planned(token=TARGET_GROUP, name="group", inputs={"targetType": "ip"})
HTTP = Planned(
    token=LISTENER,
    name="http",
    inputs={"defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}]},
    refs={"defaultActions": (TARGET_GROUP, "group")},
)
PATH = Planned(
    token=RULE, name="path", inputs={"actions": [{"targetGroupArn": UNKNOWN}]}, refs={"actions": (TARGET_GROUP, "group")}
)
WEB = fargate({"portMappings": [{"containerPort": 80}]})


def behind(*more: Planned, **options: Any) -> list[Planned]:
    return [IP_GROUP, *more, Planned(token=SERVICE, inputs=BALANCED, refs=BEHIND, **options)]


def strategy(*providers: tuple[object, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"capacityProvider": name, **rest} for name, rest in providers]


def on_cluster(names: list[object], have: object, *, depends: bool) -> list[Planned]:
    association = Planned(
        token=ASSOCIATION,
        name="association",
        inputs={"clusterName": UNKNOWN, "capacityProviders": have},
        refs={"clusterName": (CLUSTER, "cluster")},
    )
    return [
        Planned(token=CLUSTER, name="cluster"),
        association,
        Planned(
            token=SERVICE,
            inputs={"cluster": UNKNOWN, "capacityProviderStrategies": strategy(*((name, {"weight": 1}) for name in names))},
            refs={"cluster": (CLUSTER, "cluster")},
            depends=[(ASSOCIATION, "association")] if depends else [],
        ),
    ]


def provider(group: Mapping[str, Any], scaling: object = "ENABLED", protection: object = "ENABLED") -> list[Planned]:
    inputs = {
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": UNKNOWN,
            "managedTerminationProtection": protection,
            "managedScaling": {"status": scaling},
        }
    }
    return [
        Planned(token=GROUP, name="group", inputs=group),
        Planned(token=CAPACITY, inputs=inputs, refs={"autoScalingGroupProvider": (GROUP, "group")}),
    ]


def placed(*more: Planned, public: object = False, subnet: object = UNKNOWN) -> list[Planned]:
    return [
        Planned(token=VPC, name="vpc"),
        Planned(token=SUBNET, name="subnet", inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, "vpc")}),
        *more,
        Planned(
            token=SERVICE,
            inputs={"networkConfiguration": {"subnets": [subnet], "assignPublicIp": public}},
            refs={"networkConfiguration": (SUBNET, "subnet")},
        ),
    ]


def routed(**route: Any) -> list[Planned]:
    links = {"subnetId": (SUBNET, "subnet"), "routeTableId": (TABLE, "table")}
    return [
        Planned(token=TABLE, name="table"),
        Planned(token=LINK, name="link", inputs={"subnetId": UNKNOWN, "routeTableId": UNKNOWN}, refs=links),
        Planned(token=ROUTE, name="route", inputs={"routeTableId": UNKNOWN, **route}, refs={"routeTableId": (TABLE, "table")}),
    ]


def endpoints(*names: object) -> list[Planned]:
    return [
        Planned(
            token=ENDPOINT,
            name=f"endpoint{number}",
            inputs={"vpcId": UNKNOWN, "serviceName": name},
            refs={"vpcId": (VPC, "vpc")},
        )
        for number, name in enumerate(names)
    ]


PULL = [f"com.amazonaws.us-east-2.{name}" for name in ("ecr.api", "ecr.dkr", "s3", "logs")]
LOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "us-east-2", "awslogs-stream-prefix": "b"}}
SECRET = {"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:us-east-2:111111111111:secret:a"}


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
            containers({"dependsOn": [{"containerName": "init", "condition": "START"}]}, memory="512"),
            containers({"dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]}, {"name": "b"}, memory="512"),
            containers({"dependsOn": [{"containerName": "b", "condition": "SUCCESS"}]}, {"name": "b"}, memory="512"),
            containers(
                {"dependsOn": [{"containerName": "b", "condition": "START"}]},
                {"name": "b", "dependsOn": [{"containerName": "web", "condition": "START"}]},
                memory="512",
            ),
            containers({"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}, memory="512"),
            containers({"volumesFrom": [{"sourceContainer": "b"}]}, memory="512"),
        ],
        passes=[
            containers({"memoryReservation": 64}),
            containers({}, {"name": "b", "essential": False}, memory="512"),
            containers(
                {"dependsOn": [{"containerName": "b", "condition": "HEALTHY"}]},
                {"name": "b", "healthCheck": {"command": ["CMD", "true"]}},
                memory="512",
            ),
            containers(
                {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}, memory="512", volumes=[{"name": "data"}]
            ),
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
            fargate({"stopTimeout": 121}),
            containers({"memory": 128, "memoryReservation": 256}),
            containers({"portMappings": [{"containerPort": 70000}]}),
            containers({"portMappings": [{"containerPort": 80}, {"containerPort": 80}]}),
            containers({"portMappings": [{"containerPort": 80, "protocol": "http"}]}),
        ],
        passes=[
            containers({"healthCheck": {"command": ["CMD", "true"], "interval": 300, "timeout": 60, "retries": 10}}),
            containers({"stopTimeout": 300, "memory": 256, "memoryReservation": 256}),
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
            fargate({"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "b"}}}),
            containers({"logConfiguration": {"logDriver": "awsfirelens"}}),
            containers({"firelensConfiguration": {"type": "fluentbit"}}),
        ],
        passes=[
            fargate({"logConfiguration": LOGS}),
            containers(
                {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "a", "awslogs-region": "b"}}}
            ),
            containers(
                {"logConfiguration": {"logDriver": "awsfirelens"}}, {"name": "r", "firelensConfiguration": {"type": "fluentd"}}
            ),
        ],
        unknown=[{"containerDefinitions": UNKNOWN}],
    ),
    "service-target-group-attached": Cases(
        token=SERVICE,
        fails=[behind(), behind(HTTP), behind(PATH), behind(HTTP, depends=[(TARGET_GROUP, "group")])],
        passes=[
            {},
            behind(HTTP, depends=[(LISTENER, "http")]),
            behind(PATH, depends=[(RULE, "path")]),
            {"loadBalancers": [{"targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:111111111111:targetgroup/a/b"}]},
        ],
        unknown=[BALANCED],
    ),
    "service-container-port": Cases(
        token=SERVICE,
        fails=[
            service(WEB, {"loadBalancers": [{"containerName": "app", "containerPort": 80}]}),
            service(WEB, {"loadBalancers": [{"containerName": "web", "containerPort": 8080}]}),
            service(fargate({}), BALANCED),
        ],
        passes=[
            service(WEB, BALANCED),
            service(WEB, {"loadBalancers": [{"containerName": "web", "containerPort": "80"}]}),
            service(fargate({"portMappings": [{"containerPortRange": "80-90"}]}), BALANCED),
            service(WEB, {}),
            {**BALANCED, "taskDefinition": "arn:aws:ecs:us-east-2:111111111111:task-definition/other:1"},
        ],
        unknown=[
            service({"containerDefinitions": UNKNOWN}, BALANCED),
            service(WEB, {"loadBalancers": [{"containerName": UNKNOWN, "containerPort": 80}]}),
            {**BALANCED, "taskDefinition": UNKNOWN},
        ],
    ),
    "service-target-type": Cases(
        token=SERVICE,
        fails=[
            service(WEB, BALANCED, Planned(token=TARGET_GROUP, name="group"), refs=BEHIND),
            service({}, BALANCED, IP_GROUP, refs=BEHIND),
            [
                Planned(token=TARGET_GROUP, name="group", inputs={"targetType": "instance"}),
                Planned(token=SERVICE, inputs={**BALANCED, "launchType": "FARGATE"}, refs=BEHIND),
            ],
        ],
        passes=[
            service(WEB, BALANCED, IP_GROUP, refs=BEHIND),
            service({}, BALANCED, Planned(token=TARGET_GROUP, name="group"), refs=BEHIND),
            service(WEB, {}),
        ],
        unknown=[
            service({"networkMode": UNKNOWN}, BALANCED, IP_GROUP, refs=BEHIND),
            service(WEB, BALANCED, Planned(token=TARGET_GROUP, name="group", inputs={"targetType": UNKNOWN}), refs=BEHIND),
        ],
    ),
    "service-network-configuration": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "FARGATE"},
            {"capacityProviderStrategies": strategy(("FARGATE_SPOT", {}))},
            service({"networkMode": "awsvpc"}, {"launchType": "EC2"}),
            {"launchType": "EC2", "networkConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": True}},
        ],
        passes=[
            {"launchType": "FARGATE", "networkConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": True}},
            service({"networkMode": "bridge"}, {}),
            service({}, {}),
            {"taskDefinition": "web:1"},
        ],
        unknown=[service({"networkMode": UNKNOWN}, {}), {"launchType": UNKNOWN}, {"taskDefinition": UNKNOWN}],
    ),
    "service-options": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "FARGATE", "placementConstraints": [{"type": "distinctInstance"}]},
            {"launchType": "FARGATE", "orderedPlacementStrategies": [{"type": "spread", "field": "host"}]},
            {"schedulingStrategy": "DAEMON", "orderedPlacementStrategies": [{"type": "spread", "field": "host"}]},
            {"deploymentController": {"type": "CODE_DEPLOY"}, "deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            {"placementConstraints": [{"type": "memberOf"}]},
            {"placementConstraints": [{"type": "distinctInstance", "expression": "a"}]},
            {"orderedPlacementStrategies": [{"type": "binpack", "field": "disk"}]},
            {"orderedPlacementStrategies": [{"type": "random", "field": "cpu"}]},
            {"loadBalancers": [{}] * 6},
        ],
        passes=[
            {"launchType": "EC2", "placementConstraints": [{"type": "memberOf", "expression": "attribute:a == b"}]},
            {"orderedPlacementStrategies": [{"type": "spread", "field": "host"}, {"type": "binpack", "field": "memory"}]},
            {"deploymentController": {"type": "ECS"}, "deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            {"deploymentController": {"type": "CODE_DEPLOY"}},
        ],
        unknown=[
            {"launchType": UNKNOWN, "placementConstraints": [{"type": "distinctInstance"}]},
            {"placementConstraints": UNKNOWN},
        ],
    ),
    "service-daemon": Cases(
        token=SERVICE,
        fails=[
            {"schedulingStrategy": "DAEMON", "launchType": "FARGATE"},
            {"schedulingStrategy": "DAEMON", "deploymentController": {"type": "EXTERNAL"}},
        ],
        passes=[{"schedulingStrategy": "DAEMON", "launchType": "EC2"}, {"launchType": "FARGATE"}],
        unknown=[{"schedulingStrategy": UNKNOWN, "launchType": "FARGATE"}],
    ),
    "service-deployment-percents": Cases(
        token=SERVICE,
        fails=[
            {"deploymentMaximumPercent": 100},
            {"deploymentMaximumPercent": 100, "deploymentMinimumHealthyPercent": 100},
            {"deploymentMaximumPercent": 150, "deploymentMinimumHealthyPercent": 200},
        ],
        passes=[
            {},
            {"deploymentMaximumPercent": 100, "deploymentMinimumHealthyPercent": 50},
            {"deploymentMaximumPercent": 100, "schedulingStrategy": "DAEMON"},
            {"deploymentMaximumPercent": 100, "deploymentController": {"type": "CODE_DEPLOY"}},
        ],
        unknown=[{"deploymentMaximumPercent": UNKNOWN}],
    ),
    "service-grace-period": Cases(
        token=SERVICE,
        fails=[{"healthCheckGracePeriodSeconds": 60}],
        passes=[
            {"healthCheckGracePeriodSeconds": 60, **BALANCED},
            {},
            {"healthCheckGracePeriodSeconds": 60, "loadBalancers": UNKNOWN},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "service-role": Cases(
        token=SERVICE,
        fails=[{"iamRole": UNKNOWN}, {"iamRole": "a", **BALANCED, "networkConfiguration": {"subnets": ["subnet-1"]}}],
        passes=[{"iamRole": "a", **BALANCED}, {}],
        unknown=[],
        never_unknown=True,
    ),
    "service-fits-task": Cases(
        token=SERVICE,
        fails=[
            service({"networkMode": "bridge", "cpu": "256", "memory": "512"}, {"launchType": "FARGATE"}),
            service({"cpu": "256", "memory": "512"}, {"launchType": "FARGATE"}),
            service({"networkMode": "awsvpc"}, {"launchType": "FARGATE"}),
            service(WEB, {"enableExecuteCommand": True}),
            service(WEB, {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http"}]}}),
        ],
        passes=[
            service(WEB, {"launchType": "FARGATE"}),
            service({"networkMode": "awsvpc", "cpu": "256", "memory": "512"}, {"launchType": "FARGATE"}),
            service({**WEB, "taskRoleArn": UNKNOWN}, {"enableExecuteCommand": True}),
            service(
                fargate({"portMappings": [{"containerPort": 80, "name": "http"}]}),
                {"serviceConnectConfiguration": {"enabled": True, "services": [{"portName": "http"}]}},
            ),
            service({"networkMode": "bridge"}, {"launchType": "EC2"}),
        ],
        unknown=[
            service({"requiresCompatibilities": UNKNOWN}, {"launchType": "FARGATE"}),
            service(WEB, {"serviceConnectConfiguration": {"services": [{"portName": UNKNOWN}]}}),
            {"taskDefinition": UNKNOWN},
        ],
    ),
    "service-launch-type": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "FARGATE", "capacityProviderStrategies": strategy(("FARGATE", {"weight": 1}))},
            {"launchType": "FARGATE", "capacityProviderStrategies": UNKNOWN},
        ],
        passes=[{"launchType": "FARGATE"}, {"capacityProviderStrategies": strategy(("FARGATE", {"weight": 1}))}, {}],
        unknown=[],
        never_unknown=True,
    ),
    "service-capacity-providers": Cases(
        token=SERVICE,
        fails=[
            {"capacityProviderStrategies": strategy(("FARGATE", {"weight": 1}), ("own", {"weight": 1}))},
            {"capacityProviderStrategies": strategy(("FARGATE", {"base": 1}), ("FARGATE_SPOT", {"base": 1}))},
            {"capacityProviderStrategies": strategy(("FARGATE", {}), ("FARGATE_SPOT", {"weight": 0}))},
            on_cluster(["FARGATE_SPOT"], ["FARGATE"], depends=True),
            on_cluster(["FARGATE"], ["FARGATE"], depends=False),
            [
                Planned(
                    token=ASSOCIATION,
                    inputs={
                        "capacityProviders": ["FARGATE"],
                        "defaultCapacityProviderStrategies": strategy(("FARGATE_SPOT", {"weight": 1})),
                    },
                )
            ],
        ],
        passes=[
            {},
            {"capacityProviderStrategies": strategy(("FARGATE", {"base": 1, "weight": 1}), ("FARGATE_SPOT", {"weight": 3}))},
            on_cluster(["FARGATE"], ["FARGATE", "FARGATE_SPOT"], depends=True),
            [
                Planned(
                    token=ASSOCIATION,
                    inputs={
                        "capacityProviders": ["FARGATE"],
                        "defaultCapacityProviderStrategies": strategy(("FARGATE", {"weight": 1})),
                    },
                )
            ],
        ],
        unknown=[
            {"capacityProviderStrategies": UNKNOWN},
            {"capacityProviderStrategies": strategy((UNKNOWN, {"weight": 1}))},
            on_cluster(["FARGATE"], UNKNOWN, depends=True),
        ],
    ),
    "service-desired-count-ignored": Cases(
        token=SERVICE,
        fails=[
            [
                Planned(token=SERVICE, inputs={"desiredCount": 2}),
                Planned(token=TARGET, name="t", inputs={"resourceId": UNKNOWN}, refs={"resourceId": (SERVICE, "it")}),
            ],
            [
                Planned(token=SERVICE, inputs={"desiredCount": 2, "name": "web"}),
                Planned(token=TARGET, name="t", inputs={"resourceId": "service/main/web"}),
            ],
        ],
        passes=[
            [
                Planned(token=SERVICE, inputs={"desiredCount": 2}, ignore_changes=["desiredCount"]),
                Planned(token=TARGET, name="t", inputs={"resourceId": UNKNOWN}, refs={"resourceId": (SERVICE, "it")}),
            ],
            {"desiredCount": 2},
            [
                Planned(token=SERVICE, inputs={"desiredCount": 2, "name": "web"}),
                Planned(token=TARGET, name="t", inputs={"resourceId": "service/main/other"}),
            ],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "service-after-role-policies": Cases(
        token=SERVICE,
        fails=[
            [
                role("ecs.amazonaws.com"),
                attached("arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole"),
                Planned(token=SERVICE, inputs={"iamRole": UNKNOWN}, refs={"iamRole": (ROLE, "role")}),
            ]
        ],
        passes=[
            {},
            {"iamRole": AWS_ROLE},
            [
                role("ecs.amazonaws.com"),
                attached("arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole"),
                Planned(
                    token=SERVICE,
                    inputs={"iamRole": UNKNOWN},
                    refs={"iamRole": (ROLE, "role")},
                    depends=[(ATTACHMENT, "attachment")],
                ),
            ],
        ],
        unknown=[{"iamRole": UNKNOWN}],
    ),
    "capacity-provider-protection": Cases(
        token=CAPACITY,
        fails=[provider({}), provider({"protectFromScaleIn": False}), provider({"protectFromScaleIn": True}, "DISABLED")],
        passes=[provider({"protectFromScaleIn": True}), provider({}, protection="DISABLED"), {}],
        unknown=[provider({"protectFromScaleIn": UNKNOWN}), provider({}, protection=UNKNOWN)],
    ),
    "capacity-provider-deletable": Cases(
        token=CAPACITY,
        fails=[provider({}), provider({"forceDelete": False})],
        passes=[provider({"forceDelete": True}), provider({}, protection="DISABLED")],
        unknown=[provider({"forceDelete": UNKNOWN})],
    ),
    "capacity-provider-group-tag": Cases(
        token=CAPACITY,
        fails=[provider({}), provider({"tags": [{"key": "Name", "value": "a", "propagateAtLaunch": True}]})],
        passes=[provider({"tags": [{"key": "AmazonECSManaged", "value": "true", "propagateAtLaunch": True}]}), {}],
        unknown=[provider({"tags": [{"key": UNKNOWN}]})],
    ),
    "capacity-provider-sizes": Cases(
        token=CAPACITY,
        fails=[
            {"autoScalingGroupProvider": {"managedScaling": {"targetCapacity": 0}}},
            {"autoScalingGroupProvider": {"managedScaling": {"minimumScalingStepSize": 5, "maximumScalingStepSize": 2}}},
        ],
        passes=[{"autoScalingGroupProvider": {"managedScaling": {"targetCapacity": 100, "minimumScalingStepSize": 1}}}, {}],
        unknown=[{"autoScalingGroupProvider": {"managedScaling": {"targetCapacity": UNKNOWN}}}],
    ),
    "cluster-exec-logging": Cases(
        token=CLUSTER,
        fails=[{"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE"}}}],
        passes=[
            {},
            {
                "configuration": {
                    "executeCommandConfiguration": {"logging": "OVERRIDE", "logConfiguration": {"s3BucketName": "a"}}
                }
            },
            {"configuration": {"executeCommandConfiguration": {"logging": "NONE"}}},
        ],
        unknown=[{"configuration": {"executeCommandConfiguration": {"logging": UNKNOWN}}}],
    ),
    "service-can-pull": Cases(
        token=SERVICE,
        fails=[
            placed(*routed(destinationCidrBlock="10.1.0.0/16", vpcPeeringConnectionId="pcx-1")),
            placed(*routed(destinationCidrBlock="0.0.0.0/0", gatewayId=UNKNOWN)),
            placed(*routed(), *endpoints(*PULL[:2])),
        ],
        passes=[
            placed(*routed(destinationCidrBlock="0.0.0.0/0", natGatewayId=UNKNOWN)),
            placed(*routed(), *endpoints(*PULL)),
            placed(*routed(destinationCidrBlock="0.0.0.0/0", gatewayId=UNKNOWN), public=True),
            {"networkConfiguration": {"subnets": ["subnet-1"]}},
        ],
        unknown=[
            placed(),
            placed(*routed(destinationCidrBlock=UNKNOWN)),
            placed(*routed(), *endpoints(UNKNOWN)),
            placed(public=UNKNOWN),
        ],
    ),
}
