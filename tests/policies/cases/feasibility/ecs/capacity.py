"""Cases of policies/feasibility/rules/ecs/capacity.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.ecs import strategy
from tests.policies.given.feasibility.parts import (
    ATTACHMENT,
    AWS_ROLE,
    CLUSTER,
    GROUP,
    ROLE,
    SERVICE,
    SUBNET,
    VPC,
    attached,
    role,
)
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

CAPACITY = "aws:ecs/capacityProvider:CapacityProvider"
ASSOCIATION = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
TARGET = "aws:appautoscaling/target:Target"
TABLE = "aws:ec2/routeTable:RouteTable"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"


def on_cluster(names: list[object], have: object, *, depends: bool) -> list[Planned]:
    wanted = strategy(*((name, {"weight": 1}) for name in names))
    service = planned(SERVICE, cluster=ref(CLUSTER, "cluster"), capacityProviderStrategies=wanted)
    return [
        planned(CLUSTER, "cluster"),
        linked(ASSOCIATION, "association", clusterName=(CLUSTER, "cluster"), capacityProviders=have),
        service.after((ASSOCIATION, "association")) if depends else service,
    ]


def associated(default: list[dict[str, Any]]) -> Planned:
    return planned(ASSOCIATION, capacityProviders=["FARGATE"], defaultCapacityProviderStrategies=default)


def provider(group: Mapping[str, Any], scaling: object = "ENABLED", protection: object = "ENABLED") -> list[Planned]:
    managed = {"managedTerminationProtection": protection, "managedScaling": {"status": scaling}}
    return [
        planned(GROUP, "group", **group),
        planned(CAPACITY, autoScalingGroupProvider={"autoScalingGroupArn": ref(GROUP, "group"), **managed}),
    ]


def placed(*more: Planned, public: object = False) -> list[Planned]:
    return [
        planned(VPC, "vpc"),
        linked(SUBNET, "subnet", vpcId=(VPC, "vpc")),
        *more,
        planned(SERVICE, networkConfiguration={"subnets": [ref(SUBNET, "subnet")], "assignPublicIp": public}),
    ]


def routed(**route: Any) -> list[Planned]:
    return [
        planned(TABLE, "table"),
        linked(LINK, "link", subnetId=(SUBNET, "subnet"), routeTableId=(TABLE, "table")),
        linked("aws:ec2/route:Route", "route", routeTableId=(TABLE, "table"), **route),
    ]


def endpoints(*names: object) -> list[Planned]:
    return [linked(ENDPOINT, f"endpoint{number}", vpcId=(VPC, "vpc"), serviceName=name) for number, name in enumerate(names)]


def with_role(*depends: tuple[str, str]) -> list[Planned]:
    """A service with a role of its own, after `depends`."""
    policy = attached("arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceRole")
    return [role("ecs.amazonaws.com"), policy, linked(SERVICE, "it", depends, iamRole=(ROLE, "role"))]


def executed(**settings: Any) -> dict[str, Any]:
    return {"configuration": {"executeCommandConfiguration": settings}}


PULL = [f"com.amazonaws.us-east-2.{name}" for name in ("ecr.api", "ecr.dkr", "s3", "logs")]

CASES: dict[str, Cases] = {
    "service-launch-type": Cases(
        token=SERVICE,
        fails=[
            {"launchType": "FARGATE", "capacityProviderStrategies": strategy(("FARGATE", {"weight": 1}))},
            {"launchType": "FARGATE", "capacityProviderStrategies": UNKNOWN},
        ],
        passes=[{"launchType": "FARGATE"}, {"capacityProviderStrategies": strategy(("FARGATE", {"weight": 1}))}, {}],
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
            associated(strategy(("FARGATE_SPOT", {"weight": 1}))),
        ],
        passes=[
            {},
            {"capacityProviderStrategies": strategy(("FARGATE", {}))},
            {"capacityProviderStrategies": strategy(("FARGATE", {"base": 1, "weight": 1}), ("FARGATE_SPOT", {"weight": 3}))},
            on_cluster(["FARGATE"], ["FARGATE", "FARGATE_SPOT"], depends=True),
            associated(strategy(("FARGATE", {"weight": 1}))),
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
            [planned(SERVICE, desiredCount=2), linked(TARGET, "t", resourceId=(SERVICE, "it"))],
            [planned(SERVICE, desiredCount=2, name="web"), planned(TARGET, "t", resourceId="service/main/web")],
        ],
        passes=[
            [planned(SERVICE, desiredCount=2).ignoring("desiredCount"), linked(TARGET, "t", resourceId=(SERVICE, "it"))],
            {"desiredCount": 2},
            [planned(SERVICE, desiredCount=2, name="web"), planned(TARGET, "t", resourceId="service/main/other")],
        ],
        never_unknown=True,
    ),
    "service-after-role-policies": Cases(
        token=SERVICE,
        fails=[with_role()],
        passes=[{}, {"iamRole": AWS_ROLE}, with_role((ATTACHMENT, "attachment"))],
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
        fails=[executed(logging="OVERRIDE")],
        passes=[{}, executed(logging="OVERRIDE", logConfiguration={"s3BucketName": "a"}), executed(logging="NONE")],
        unknown=[executed(logging=UNKNOWN)],
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
