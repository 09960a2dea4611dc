"""What is planned in several cases of the least_privilege pack: access."""

from typing import Any

from tests.policies.given.least_privilege.common import document


def admits(
    principal: object, condition: object = None, action: object = "svc:Act", effect: str = "Allow", resource: object = "*"
) -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {"policy": document({**statement, **({"Condition": condition} if condition else {})})}
