"""Integrations and user pools that Amazon API Gateway and Amazon Cognito refuse."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.shapes import of, present, saying, some_of, when
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_INTEGRATION: Final = "apigateway/integration"

rules.named("api-integration-method", "F524", _INTEGRATION).add(
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


@rules.rule("api-integration-function", "F524", _INTEGRATION)
def _function(integration: Resource) -> Answers:
    """A function is invoked by POST.

    Set integrationHttpMethod: POST.
    """
    uri, method = integration.get("uri"), integration.get("integrationHttpMethod")
    function = uri is UNKNOWN or ":lambda:path/2015-03-31/functions/" in str(uri)
    if function and method not in (None, "", "POST"):
        if uri is UNKNOWN:
            yield NOT_JUDGED
        else:
            answer = "No error: 500 Internal server error, because Lambda takes POST only"
            yield Finding("integrationHttpMethod", method, "POST, because the integration is a function", answer=answer)


rules.named("user-pool-mfa", "F525", "cognito/userPool").add(
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
