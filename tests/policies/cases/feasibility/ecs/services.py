"""Cases of policies/feasibility/rules/ecs/services.py."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.policies.given.feasibility.ecs import fargate, strategy
from tests.policies.given.feasibility.parts import LISTENER, SERVICE, TARGET_GROUP, TASK
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

RULE = "aws:lb/listenerRule:ListenerRule"


def service(task: Mapping[str, Any], inputs: Mapping[str, Any], *more: Planned) -> list[Planned]:
    """A service of the task definition `task`."""
    return [planned(TASK, "task", **task), *more, planned(SERVICE, taskDefinition=ref(TASK, "task"), **inputs)]


def balanced(group: object) -> dict[str, Any]:
    return {"loadBalancers": [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]}


BALANCED = balanced(UNKNOWN)
BEHIND = balanced(ref(TARGET_GROUP, "group"))
IP_GROUP = planned(TARGET_GROUP, "group", targetType="ip")
HTTP = planned(LISTENER, "http", defaultActions=[{"type": "forward", "targetGroupArn": ref(TARGET_GROUP, "group")}])
PATH = planned(RULE, "path", actions=[{"targetGroupArn": ref(TARGET_GROUP, "group")}])
WEB = fargate({"portMappings": [{"containerPort": 80}]})


def behind(*more: Planned, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    return [IP_GROUP, *more, planned(SERVICE, **BEHIND).after(*depends)]


CASES: dict[str, Cases] = {
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
    "service-platform-version": Cases(
        token=SERVICE,
        fails=[{"launchType": "EC2", "platformVersion": "1.4.0"}, {"launchType": "EXTERNAL", "platformVersion": "LATEST"}],
        passes=[
            {"launchType": "FARGATE", "platformVersion": "1.4.0"},
            {"launchType": "EC2"},
            {"platformVersion": "LATEST", "capacityProviderStrategies": [{"capacityProvider": "FARGATE"}]},
        ],
        unknown=[{"launchType": UNKNOWN, "platformVersion": "1.4.0"}],
    ),
    "service-target-type": Cases(
        token=SERVICE,
        fails=[
            service(WEB, BEHIND, planned(TARGET_GROUP, "group")),
            service({}, BEHIND, IP_GROUP),
            [planned(TARGET_GROUP, "group", targetType="instance"), planned(SERVICE, **BEHIND, launchType="FARGATE")],
        ],
        passes=[service(WEB, BEHIND, IP_GROUP), service({}, BEHIND, planned(TARGET_GROUP, "group")), service(WEB, {})],
        unknown=[
            service({"networkMode": UNKNOWN}, BEHIND, IP_GROUP),
            service(WEB, BEHIND, planned(TARGET_GROUP, "group", targetType=UNKNOWN)),
        ],
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
            {"deploymentMaximumPercent": 150, "deploymentMinimumHealthyPercent": 150},
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
        never_unknown=True,
    ),
    "service-role": Cases(
        token=SERVICE,
        fails=[{"iamRole": UNKNOWN}, {"iamRole": "a", **BALANCED, "networkConfiguration": {"subnets": ["subnet-1"]}}],
        passes=[{"iamRole": "a", **BALANCED}, {}],
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
}
