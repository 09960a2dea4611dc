"""What is planned in several cases of the feasibility pack: values."""

from tests.policies.harness import Planned

INSTANCE = "aws:ec2/instance:Instance"

GROUP = "aws:autoscaling/group:Group"


def one(token: str, **inputs: object) -> list[Planned]:
    return [Planned(token=token, inputs=inputs)]
