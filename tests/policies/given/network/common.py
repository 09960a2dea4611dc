"""What is planned in several cases of the network pack: common."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned

GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DEFAULT = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
VPC = "aws:ec2/vpc:Vpc"
ALB = "aws:lb/loadBalancer:LoadBalancer"
EVERYONE = "0.0.0.0/0"


def block(port: object, cidr: object = EVERYONE, **more: Any) -> dict[str, Any]:
    """An inline rule for one TCP port."""
    return {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": [cidr], **more}


def rule(token: str, *, name: str = "rule", **inputs: Any) -> Planned:
    """A rule resource of the group `group`."""
    refs = {"securityGroupId": (GROUP, "group")}
    return Planned(token=token, name=name, inputs={"securityGroupId": UNKNOWN, **inputs}, refs=refs)


def group(name: str = "group", **inputs: Any) -> Planned:
    return planned(GROUP, name, description="What it is for", **inputs)


def old(port: object, cidr: object = EVERYONE, **more: Any) -> Planned:
    return rule(RULE, **{"type": "ingress", **block(port, cidr), **more})


def new(port: object, cidr: object = EVERYONE, **more: Any) -> Planned:
    fields: dict[str, Any] = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": cidr, **more}
    return rule(INGRESS, **fields)


def user(token: str, prop: str, name: str = "user", **inputs: Any) -> Planned:
    """Something that has the group `group`."""
    return Planned(token=token, name=name, inputs={prop: [UNKNOWN], **inputs}, refs={prop: (GROUP, "group")})


INSTANCE = user("aws:ec2/instance:Instance", "vpcSecurityGroupIds")
