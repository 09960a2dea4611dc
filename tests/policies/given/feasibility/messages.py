"""What is planned in several cases of the feasibility pack: messages."""

from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import Planned

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
BUS = "aws:cloudwatch/eventBus:EventBus"
ARN = "arn:aws:sqs:us-east-2:111111111111:"
LAMBDA_ARN = "arn:aws:lambda:us-east-2:111111111111:function:a"


def twice(token: str, prop: str, home: Planned, *names: str) -> list[Planned]:
    return [home, *(linked(token, name, **{prop: (home.token, home.name)}) for name in names)]
