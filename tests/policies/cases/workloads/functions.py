"""Cases of policies/controls/workloads/functions.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, secret
from tests.policies.table import Cases

FUNCTION = "aws:lambda/function:Function"


def environment(**variables: object) -> dict[str, Any]:
    return {"environment": {"variables": variables}}


CASES: dict[str, Cases] = {
    "lambda-runtime-supported": Cases(
        token=FUNCTION,
        fails=[{"runtime": runtime} for runtime in ("python3.8", "nodejs16.x", "dotnetcore3.1", "go1.x", "provided", "java8")],
        passes=[{}, {"packageType": "Image"}, {"runtime": "python3.13"}, {"runtime": "java21"}, {"runtime": "provided.al2023"}],
        unknown=[{"runtime": UNKNOWN}],
    ),
    "lambda-no-plain-secrets": Cases(
        token=FUNCTION,
        fails=[
            environment(access_key="AKIAIOSFODNN7EXAMPLE"),
            environment(key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            environment(db_password="test-password"),
            environment(STAGE=UNKNOWN, API_KEY="0f9a7d5c3b1e"),
            environment(VALUE=secret("anything")),
            {"environment": [{"variables": {"DB_PASSWORD": "hunter2"}}]},
        ],
        passes=[
            {},
            {"environment": {}},
            environment(AWS_DEFAULT_REGION="us-west-2", STAGE="prod"),
            environment(DB_SECRET_ARN="arn:aws:secretsmanager:us-east-2:111111111111:secret:db"),
            environment(API_KEY=secret("arn:aws:secretsmanager:us-east-2:111111111111:secret:db")),
            environment(TOKEN_URL="https://auth.example.com/token"),
            environment(DB_PASSWORD="/prod/db/password"),
        ],
        unknown=[{"environment": UNKNOWN}, environment(DB_PASSWORD=UNKNOWN)],
    ),
    "lambda-code-signing": Cases(
        token=FUNCTION,
        fails=[{}, {"packageType": "Zip"}, {"codeSigningConfigArn": ""}],
        passes=[{"codeSigningConfigArn": UNKNOWN}, {"packageType": "Image"}],
        unknown=[{"packageType": UNKNOWN}],
    ),
}
