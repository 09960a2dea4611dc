"""What is planned in several cases of the least_privilege pack: exposure."""

from tests.policies.given.least_privilege.common import may

HARMLESS = may(["lambda:CreateFunction", "lambda:CreateEventSourceMapping", "dynamodb:CreateTable"], "*")
