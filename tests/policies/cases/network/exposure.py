"""Cases of policies/controls/network/exposure.py."""

from typing import Any

from tests.policies.given.network.vpcs import SUBNET, subnet
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ALB = "aws:lb/loadBalancer:LoadBalancer"
OLD_ALB = "aws:alb/loadBalancer:LoadBalancer"
FIREWALL = "aws:wafv2/webAclAssociation:WebAclAssociation"
FUNCTION = "aws:lambda/function:Function"


def public_ip(value: object) -> dict[str, Any]:
    return {"networkConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": value}}


def interfaces(*values: object) -> list[Planned]:
    """A launch template with one network interface each."""
    inputs = {"networkInterfaces": [{"associatePublicIpAddress": value} for value in values]}
    return [planned(TEMPLATE, **inputs)]


def instance_in(*, public: object, **inputs: Any) -> list[Planned]:
    return [subnet("a", mapPublicIpOnLaunch=public), planned(INSTANCE, subnetId=ref(SUBNET, "a"), **inputs)]


def guarded(token: str = ALB, firewall: str = FIREWALL, **inputs: Any) -> list[Planned]:
    association = planned(firewall, resourceArn=ref(token, "alb"))
    return [planned(token, "alb", **inputs), association]


def function_in(*zones: str, subnet_ids: object = None) -> list[Planned]:
    subnets = [subnet(f"s{number}", zone or None) for number, zone in enumerate(zones)]
    ids = [UNKNOWN for _ in zones] if subnet_ids is None else subnet_ids
    refs = {"vpcConfig": [(SUBNET, other.name) for other in subnets]}
    inputs = {"vpcConfig": {"subnetIds": ids, "securityGroupIds": ["sg-1"]}}
    return [*subnets, Planned(token=FUNCTION, inputs=inputs, refs=refs)]


CASES: dict[str, Cases] = {
    "ecs-public-ip": Cases(
        token="aws:ecs/service:Service",
        fails=[
            public_ip(True),
            public_ip("true"),
            {"networkConfiguration": [{"assignPublicIp": True}]},
            planned("aws:ecs/taskSet:TaskSet", **public_ip(True)),
        ],
        passes=[{}, public_ip(False), public_ip(None)],
        unknown=[public_ip(UNKNOWN), {"networkConfiguration": UNKNOWN}],
    ),
    "instance-public-ip": Cases(
        token=INSTANCE,
        fails=[
            {"associatePublicIpAddress": True},
            {"associatePublicIpAddress": "true", "subnetId": "subnet-1"},
            planned("aws:ec2/spotInstanceRequest:SpotInstanceRequest", associatePublicIpAddress=True),
            planned("aws:ec2/launchConfiguration:LaunchConfiguration", associatePublicIpAddress=True),
            interfaces(True),
            interfaces(False, "true"),
            instance_in(public=True),
            planned("aws:ec2/eip:Eip", domain="vpc", instance=UNKNOWN),
            planned("aws:ec2/eipAssociation:EipAssociation", instanceId="i-1"),
        ],
        passes=[
            {},
            {"associatePublicIpAddress": False},
            {"subnetId": "subnet-1"},
            interfaces(False, None),
            planned(TEMPLATE),
            instance_in(public=True, associatePublicIpAddress=False),
            instance_in(public=False),
            planned("aws:ec2/eip:Eip", domain="vpc"),
        ],
        unknown=[{"associatePublicIpAddress": UNKNOWN}, interfaces(UNKNOWN), instance_in(public=UNKNOWN)],
    ),
    "alb-firewall": Cases(
        token=ALB,
        fails=[
            {},
            {"internal": False, "loadBalancerType": "application"},
            planned(OLD_ALB),
            [*guarded(), planned(ALB, "other")],
        ],
        passes=[
            {"internal": True},
            {"loadBalancerType": "network"},
            {"loadBalancerType": "gateway"},
            guarded(),
            guarded(OLD_ALB, internal=False),
            guarded(firewall="aws:wafregional/webAclAssociation:WebAclAssociation"),
            [planned(ALB, arn="arn:1"), planned(FIREWALL, resourceArn="arn:1")],
        ],
        unknown=[{"internal": UNKNOWN}, [planned(ALB), planned(FIREWALL, resourceArn=UNKNOWN)]],
    ),
    "load-balancer-internal": Cases(
        token=ALB,
        fails=[
            {},
            {"internal": False},
            {"internal": False, "tags": {"Tier": "public"}},
            {"loadBalancerType": "network"},
            planned(OLD_ALB),
            planned("aws:elb/loadBalancer:LoadBalancer"),
        ],
        passes=[{"internal": True}, {"internal": "true", "tags": UNKNOWN}, {"loadBalancerType": "gateway"}],
        unknown=[{"internal": UNKNOWN}],
    ),
    "function-url-auth": about("aws:lambda/functionUrl:FunctionUrl", "authorizationType", fails=["NONE"], passes=["AWS_IAM"]),
    "function-url-cors": about(
        "aws:lambda/functionUrl:FunctionUrl",
        "cors",
        fails=[
            {"allowOrigins": ["*"]},
            [{"allowOrigins": ["https://dataconnect.example", "*"], "allowMethods": ["*"]}],
            {"allowOrigins": "*"},
        ],
        passes=[ABSENT, {"allowOrigins": ["https://dataconnect.example"], "allowMethods": ["GET"]}, {"allowMethods": ["*"]}],
        unknown=[UNKNOWN, {"allowOrigins": [UNKNOWN]}],
    ),
    "function-in-vpc": Cases(
        token=FUNCTION,
        fails=[
            {},
            {"vpcConfig": {}},
            {"vpcConfig": {"subnetIds": [], "securityGroupIds": []}},
            {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
            {"vpcConfig": [{"subnetIds": [UNKNOWN]}]},
            function_in("a", "a"),
        ],
        passes=[
            {"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}},
            function_in("a", "b"),
            function_in("a", ""),
            function_in("a", "b", subnet_ids=UNKNOWN),
            function_in("a", "a", subnet_ids=[UNKNOWN, UNKNOWN, "subnet-elsewhere"]),
        ],
        unknown=[{"vpcConfig": UNKNOWN}, {"vpcConfig": {"subnetIds": UNKNOWN}}, function_in("a", subnet_ids=UNKNOWN)],
    ),
}
