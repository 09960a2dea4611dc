"""What is planned in several cases of the feasibility pack: vpc_rules."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.feasibility.parts import SECURITY_GROUP
from tests.policies.given.feasibility.vpc import in_vpc, linked
from tests.policies.harness import Planned

RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
TCP: dict[str, Any] = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["10.0.0.0/16"]}
NEW: dict[str, Any] = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "10.0.0.0/16"}


def group(name: str = "group", home: str = "vpc", **inputs: Any) -> Planned:
    return in_vpc(SECURITY_GROUP, name, home, **inputs)


def ruled(token: str, inputs: Mapping[str, Any], name: str = "it", of: str = "group") -> Planned:
    return linked(token, name, securityGroupId=(SECURITY_GROUP, of), **inputs)


def inline(**entry: Any) -> dict[str, Any]:
    return {"ingress": [{**TCP, **entry}]}


def entry(number: object = 100, **more: Any) -> dict[str, Any]:
    base = {"ruleNo": number, "action": "allow", "protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlock": "10.0.0.0/16"}
    return {**base, **more}
