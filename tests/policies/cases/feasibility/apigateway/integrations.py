"""Cases of policies/feasibility/rules/apigateway/integrations.py."""

from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases

INTEGRATION = "aws:apigateway/integration:Integration"

LAMBDA = (
    "arn:aws:apigateway:us-east-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-2:111111111111:function:f/invocations"
)

CASES: dict[str, Cases] = {
    "api-integration-method": Cases(
        token=INTEGRATION,
        fails=[{"type": "AWS_PROXY", "uri": LAMBDA}, {"type": "HTTP_PROXY", "integrationHttpMethod": "GET"}],
        passes=[{"type": "MOCK"}, {"type": "AWS", "uri": UNKNOWN, "integrationHttpMethod": "POST"}],
        unknown=[{"type": UNKNOWN}],
    ),
    "api-integration-function": Cases(
        token=INTEGRATION,
        fails=[{"type": "AWS_PROXY", "uri": LAMBDA, "integrationHttpMethod": "GET"}],
        passes=[
            {"type": "AWS_PROXY", "uri": LAMBDA, "integrationHttpMethod": "POST"},
            {"type": "HTTP", "uri": "https://example.com", "integrationHttpMethod": "GET"},
            {"type": "AWS_PROXY", "uri": UNKNOWN, "integrationHttpMethod": "POST"},
        ],
        unknown=[
            {"type": "AWS_PROXY", "uri": UNKNOWN, "integrationHttpMethod": "GET"},
            {"uri": LAMBDA, "integrationHttpMethod": UNKNOWN},
        ],
    ),
    "user-pool-mfa": Cases(
        token="aws:cognito/userPool:UserPool",
        fails=[{"mfaConfiguration": "ON"}, {"mfaConfiguration": "OPTIONAL", "name": "pool"}],
        passes=[
            {"mfaConfiguration": "OFF"},
            {"mfaConfiguration": "ON", "softwareTokenMfaConfiguration": {"enabled": True}},
            {"mfaConfiguration": "OPTIONAL", "smsConfiguration": UNKNOWN},
        ],
        unknown=[{"mfaConfiguration": UNKNOWN}],
    ),
}
