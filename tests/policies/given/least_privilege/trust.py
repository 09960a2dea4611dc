"""What is planned in several cases of the least_privilege pack: trust."""

from typing import Any

from tests.policies.given.least_privilege.common import document


def trust(principal: object, condition: object = None, action: object = "sts:AssumeRole", **more: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **({"Condition": condition} if condition else {})}
    return {"assumeRolePolicy": document({**statement, **more})}
