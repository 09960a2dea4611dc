"""Planned resources that cases of the feasibility pack share: a target group, a role, a task definition."""

import json
from typing import Any

from tests.policies.harness import Planned, planned, ref

TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENER = "aws:lb/listener:Listener"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
CLUSTER = "aws:ecs/cluster:Cluster"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
FUNCTION = "aws:lambda/function:Function"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
GROUP = "aws:autoscaling/group:Group"
AWS_ROLE = "arn:aws:iam::111111111111:role/known"


def allow(*actions: str, resource: str = "*", service: str = "") -> str:
    """A policy document that allows `actions`, to a service where it is a resource policy."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    if service:
        statement["Principal"] = {"Service": service}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def grant(service: str, actions: Any) -> str:
    """A resource policy of one statement, which lets `service` do `actions`."""
    return json.dumps({"Statement": {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions, "Resource": "*"}})


def role(*services: str, name: str = "role") -> Planned:
    """A role that these services may take on."""
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return planned(ROLE, name, assumeRolePolicy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def role_policy(document: Any, *, name: str = "policy", of: str = "role") -> Planned:
    """An inline policy of the role `of`."""
    return planned(ROLE_POLICY, name, role=ref(ROLE, of), policy=document)


def attached(arn: str, *, name: str = "attachment", of: str = "role") -> Planned:
    """A managed policy attached to the role `of`."""
    return planned(ATTACHMENT, name, role=ref(ROLE, of), policyArn=arn)
