"""What is planned in several cases of the least_privilege pack: access."""

from typing import Any

from tests.policies.given.least_privilege.common import OWN_PROVIDER, document
from tests.policies.harness import planned
from tests.policies.table import Case


def admits(
    principal: object, condition: object = None, action: object = "svc:Act", effect: str = "Allow", resource: object = "*"
) -> dict[str, Any]:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return {"policy": document({**statement, **({"Condition": condition} if condition else {})})}


def known_account(token: str, inputs: dict[str, Any], **provider: Any) -> Case:
    """A resource of a stack that says which account is its own."""
    return [planned(token, **inputs).with_provider({**OWN_PROVIDER, **provider})]
