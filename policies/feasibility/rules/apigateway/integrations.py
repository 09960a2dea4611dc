"""Integrations and user pools that Amazon API Gateway and Amazon Cognito refuse."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import wanted
from policies.feasibility.engine.shapes import of, present, saying, some_of, when, where_matches
from policies.kit.rule import Rules

rules: Final = Rules("feasibility", failures())

_INTEGRATION: Final = "apigateway/integration"

rules.add(
    "api-integration-method",
    "F524",
    _INTEGRATION,
    of(
        when(
            "type",
            ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY"),
            present("integrationHttpMethod uri", "because the integration calls something"),
        ),
    ),
    description="An integration that calls something says where and how.",
    remediation="Set uri and integrationHttpMethod (POST for functions).",
)


rules.add(
    "api-integration-function",
    "F524",
    _INTEGRATION,
    of(
        where_matches(
            "uri",
            ".*:lambda:path/2015-03-31/functions/.*",
            wanted(
                "integrationHttpMethod",
                (None, "", "POST"),
                "POST, because the integration is a function",
                answer="No error: 500 Internal server error, because Lambda takes POST only",
            ),
        )
    ),
    description="A function is invoked by POST.",
    remediation="Set integrationHttpMethod: POST.",
)


rules.add(
    "user-pool-mfa",
    "F525",
    "cognito/userPool",
    of(
        when(
            "mfaConfiguration",
            ("ON", "OPTIONAL"),
            saying(
                "InvalidParameterException: SMS configuration or software token MFA is required when MFA is on or optional",
                some_of("softwareTokenMfaConfiguration smsConfiguration emailMfaConfiguration webAuthnConfiguration"),
            ),
        ),
    ),
    description="A user pool that wants a second factor offers one.",
    remediation="Set softwareTokenMfaConfiguration: {enabled: true}, or smsConfiguration.",
)
