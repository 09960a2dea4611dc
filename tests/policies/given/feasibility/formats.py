"""What is planned in several cases of the feasibility pack: formats."""

from tests.policies.harness import Planned, planned

FUNCTION = "aws:lambda/function:Function"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
SUBNET = "aws:ec2/subnet:Subnet"
OHIO = {"region": "us-east-2"}


def one(token: str, **inputs: object) -> list[Planned]:
    return [planned(token, **inputs)]


def here(token: str, **inputs: object) -> list[Planned]:
    return [planned(token, **inputs).with_provider(OHIO)]
