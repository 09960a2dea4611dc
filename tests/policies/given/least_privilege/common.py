"""What is planned in several cases of the least_privilege pack: common."""

import json
from typing import Any

from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Case

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = "aws:iam/policyAttachment:PolicyAttachment"
OWN = "111111111111"
OTHER = "999999999999"
ROLE_ARN = f"arn:aws:iam::{OWN}:role/reader"
OBJECTS = "arn:aws:s3:::lake/*"
OWN_PROVIDER = {"allowedAccountIds": json.dumps([OWN]), "region": "us-east-2"}


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object, resource: object = OBJECTS, **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def may(action: object, resource: object = OBJECTS, **more: object) -> dict[str, Any]:
    return {"policy": document(allow(action, resource, **more))}


def all_of(*statements: object) -> dict[str, Any]:
    return {"policy": document(*statements)}


def when(operator: str, key: str, value: object) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


TAGGED = when("StringEquals", "aws:ResourceTag/Tenant", "acme")

# None of these narrows what is reached.
LOOSE = (
    when("StringEquals", "aws:PrincipalTag/Tenant", "acme"),
    when("StringEquals", "aws:RequestedRegion", "us-east-2"),
    when("Bool", "aws:MultiFactorAuthPresent", "true"),
    when("StringEquals", "aws:ResourceAccount", OWN),
    when("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
    when("StringNotEquals", "aws:ResourceTag/Tenant", "acme"),
    when("StringEqualsIfExists", "aws:ResourceTag/Tenant", "acme"),
    when("StringLike", "aws:ResourceTag/Tenant", "*"),
    when("Null", "aws:ResourceTag/Tenant", "true"),
    when("Null", "aws:PrincipalTag/Tenant", "false"),
    when("Bool", "rds:StorageEncrypted", "true"),
)


def inlined(policy: dict[str, Any]) -> Case:
    return [planned(ROLE, inlinePolicies=[{"name": "it", **policy}])]


UNKNOWN_POLICY: list[Case] = [{"policy": UNKNOWN}]
