"""What is planned in several cases of the feasibility pack: kms."""

import json
from typing import Any

from tests.policies.harness import Planned, planned, ref

KEY = "aws:kms/key:Key"
KEY_POLICY = "aws:kms/keyPolicy:KeyPolicy"
FUNCTION = "aws:lambda/function:Function"
PERMISSION = "aws:lambda/permission:Permission"
ROOT = {"AWS": "arn:aws:iam::111111111111:root"}
LAMBDA_ARN = "arn:aws:lambda:us-east-2:111111111111:function:ship"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any = ROOT, action: Any = "kms:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


def service(name: str, action: Any = "kms:Encrypt*", **more: Any) -> dict[str, Any]:
    return allow({"Service": name}, action, **more)


def encrypted(token: str, key: dict[str, Any], *others: Planned, group: dict[str, Any] | None = None) -> list[Planned]:
    user = planned(token, kmsKeyId=ref(KEY, "key"), **(group or {}))
    return [planned(KEY, "key", **key), *others, user]


def separate(text: Any) -> Planned:
    return planned(KEY_POLICY, "policy", keyId=ref(KEY, "key"), policy=text)


LOGS = service("logs.us-east-2.amazonaws.com", ["kms:Encrypt*", "kms:GenerateDataKey*"])


def permitted(principal: Any) -> Planned:
    return planned(PERMISSION, "permission", function=ref(FUNCTION, "ship"), principal=principal)
