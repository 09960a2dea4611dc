"""Cases of policies/feasibility/rules/general/resource_policies.py."""

import json

from tests.policies.given.feasibility.parts import TOPIC, allow
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"

REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"

CASES: dict[str, Cases] = {
    "resource-policy-service": Cases(
        token=TOPIC,
        fails=[
            {"policy": allow("sqs:SendMessage", service="s3.amazonaws.com")},
            [
                Planned(
                    token=QUEUE_POLICY, inputs={"policy": allow("sqs:SendMessage", "sns:Publish", service="sns.amazonaws.com")}
                )
            ],
            [
                Planned(
                    token=REPOSITORY_POLICY,
                    inputs={"policy": json.loads(allow("s3:GetObject", service="lambda.amazonaws.com"))},
                )
            ],
        ],
        passes=[
            {"policy": allow("SNS:Publish", service="s3.amazonaws.com")},
            {"policy": allow("*")},
            {"displayName": "a"},
            [Planned(token=QUEUE_POLICY, inputs={"policy": allow("sqs:*", service="sns.amazonaws.com")})],
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
}
