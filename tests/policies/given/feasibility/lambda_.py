"""What is planned in several cases of the feasibility pack: lambda."""

from typing import Any

from tests.policies.given.feasibility.parts import FUNCTION, ROLE, role
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import Planned, planned

ALIAS = "aws:lambda/alias:Alias"
MANAGED = "arn:aws:iam::aws:policy/service-role/"
QUEUE_ARN = "arn:aws:sqs:us-east-2:111111111111:orders"


def function(*policies: Planned, **inputs: Any) -> list[Planned]:
    """A function with a role of these policies."""
    return [role("lambda.amazonaws.com"), *policies, linked(FUNCTION, "handler", role=(ROLE, "role"), **inputs)]


def handlers(*names: str) -> list[Planned]:
    return [planned(FUNCTION, name) for name in names]
