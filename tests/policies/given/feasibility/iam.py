"""What is planned in several cases of the feasibility pack: iam."""

import json
from typing import Any

from tests.policies.harness import Planned, planned, ref

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KEY = "aws:kms/key:Key"
PREFIX = "arn:aws:iam::aws:policy/"


def document(*statements: dict[str, Any], **top: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **top})


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::lake/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> dict[str, Any]:
    return {"assumeRolePolicy": document({"Effect": "Allow", "Principal": principal, "Action": action, **more})}


def role(principal: Any = None, name: str = "role", **more: Any) -> Planned:
    return planned(ROLE, name, **trust(principal or {"Service": "lambda.amazonaws.com"}), **more)


def bucket_policy(principal: Any) -> list[Planned]:
    inputs = {"bucket": "lake", "policy": document(allow(Principal=principal))}
    return [planned(BUCKET_POLICY, **inputs)]


def attached(count: int, **inputs: Any) -> list[Planned]:
    links = [
        planned(ATTACHMENT, f"a{number}", role=ref(ROLE, "role"), policyArn=f"{PREFIX}P{number}") for number in range(count)
    ]
    return [role(**inputs), *links]


def inline(*documents: Any) -> list[Planned]:
    return [
        role(),
        *(planned(INLINE, f"p{number}", role=ref(ROLE, "role"), policy=text) for number, text in enumerate(documents)),
    ]
