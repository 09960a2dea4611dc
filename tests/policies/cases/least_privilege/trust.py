"""Cases of policies/controls/least_privilege/trust.py."""

from typing import Any

from tests.policies.given.least_privilege.common import OTHER, OWN, OWN_PROVIDER, ROLE, ROLE_ARN
from tests.policies.given.least_privilege.trust import trust
from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import Case, Cases


def ours(principal: object) -> Case:
    return [planned(ROLE, **trust(principal)).with_provider(OWN_PROVIDER)]


ROOT_OF_OTHER = f"arn:aws:iam::{OTHER}:root"
CLUSTER = "oidc.eks.us-east-2.amazonaws.com/id/A1"
GITHUB = "token.actions.githubusercontent.com"
SUBJECT = "repo:dataconnect/infrastructure:ref:refs/heads/main"


def web(provider: str, condition: object) -> dict[str, Any]:
    federated = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{provider}"}
    return trust(federated, condition, "sts:AssumeRoleWithWebIdentity")


def federated(by: str, audience: str) -> dict[str, Any]:
    return trust({"Federated": by}, {"StringEquals": {f"{by}:aud": audience}}, "sts:AssumeRoleWithWebIdentity")


def github(sub: object, operator: str = "StringEquals", aud: str | None = "sts.amazonaws.com") -> dict[str, Any]:
    condition: dict[str, Any] = {operator: {f"{GITHUB}:sub": sub}} if sub else {}
    if aud:
        condition.setdefault("StringEquals", {})[f"{GITHUB}:aud"] = aud
    return web(GITHUB, condition)


def other(provider: str, sub: str) -> dict[str, Any]:
    return web(provider, {"StringLike": {f"{provider}:sub": sub, f"{provider}:aud": "sts.amazonaws.com"}})


def saml(condition: object) -> dict[str, Any]:
    return trust({"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}, condition, "sts:AssumeRoleWithSAML")


UNKNOWN_TRUST: list[Case] = [{"assumeRolePolicy": UNKNOWN}]

CASES: dict[str, Cases] = {
    "trust-named-principals": Cases(
        token=ROLE,
        fails=[
            trust("*"),
            *(trust({"AWS": aws}) for aws in ("*", "arn:aws:iam::*:root", f"arn:aws:iam::{OWN}:role/*", ROOT_OF_OTHER)),
            trust({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "abc"}}),
            trust({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}),
            trust({"Service": "*"}),
            trust({"AWS": [ROLE_ARN, OTHER]}),
            trust({"AWS": ROOT_OF_OTHER}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
            ours({"AWS": ROOT_OF_OTHER}),
        ],
        passes=[
            trust({"AWS": ROLE_ARN}),
            trust({"AWS": ROOT_OF_OTHER}, {"StringEquals": {"sts:ExternalId": "abc"}}),
            trust("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}),
            trust({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/aws-reserved/sso.amazonaws.com/*"}}),
            trust({"Service": "ecs-tasks.amazonaws.com"}),
            trust({"AWS": "*"}, Effect="Deny"),
            ours({"AWS": f"arn:aws:iam::{OWN}:root"}),
            ours({"AWS": OWN}),
        ],
        unknown=UNKNOWN_TRUST,
    ),
    "trust-silent-service": Cases(
        token=ROLE,
        fails=[
            trust({"Service": "ec2.amazonaws.com"}),
            trust({"Service": ["lambda.amazonaws.com", "s3.amazonaws.com"]}),
            # The role of a subscription of a delivery stream.
            trust({"Service": "sns.amazonaws.com"}),
        ],
        passes=[
            trust({"Service": "lambda.amazonaws.com"}),
            trust({"Service": "ec2.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}),
            trust({"Service": "ec2.amazonaws.com"}, Effect="Deny"),
            trust({"AWS": ROLE_ARN}),
        ],
        unknown=UNKNOWN_TRUST,
    ),
    "trust-service-bound": Cases(
        token=ROLE,
        fails=[
            trust({"Service": "ecs-tasks.amazonaws.com"}),
            trust({"Service": ["ec2.amazonaws.com", "scheduler.amazonaws.com"]}),
            trust({"Service": "lambda.amazonaws.com"}),
            trust({"Service": "events.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-2:*:rule/*"}}),
            trust({"Service": "events.amazonaws.com"}, {"StringEqualsIfExists": {"aws:SourceAccount": OWN}}),
        ],
        passes=[
            trust({"Service": "ecs-tasks.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}),
            trust({"Service": "ecs-tasks.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": f"arn:aws:ecs:*:{OWN}:*"}}),
            trust({"Service": "config.amazonaws.com"}, {"StringEquals": {"aws:SourceOrgID": "o-1234567890"}}),
            trust({"Service": ["ec2.amazonaws.com", "backup.amazonaws.com", "s3.amazonaws.com"]}),
            trust({"Service": "sns.amazonaws.com"}),
            trust({"AWS": ROLE_ARN}),
        ],
        unknown=UNKNOWN_TRUST,
    ),
    "trust-oidc-bound": Cases(
        token=ROLE,
        fails=[
            github(None),
            *(github(value, "StringLike") for value in ("repo:dataconnect/*", "repo:dataconnect*", "*", [SUBJECT, "repo:*"])),
            github("repo:dataconnect/infrastructure:*", "StringLike", aud=None),
            github("workflow:deploy:repo:dataconnect/infrastructure:ref:refs/heads/main"),
            github("invalid"),
            github(SUBJECT, "StringEqualsIfExists"),
            web(GITHUB, None),
            web(GITHUB, {"StringEquals": {"gitlab.com:sub": SUBJECT, "gitlab.com:aud": "sts.amazonaws.com"}}),
            other("gitlab.com", "project_path:*"),
            other("gitlab.com", "project_path:dataconnect/*:ref_type:branch:ref:main"),
            web(CLUSTER, {"StringEquals": {f"{CLUSTER}:aud": "a"}}),
            trust({"Federated": "cognito-identity.amazonaws.com"}, None, "sts:AssumeRoleWithWebIdentity"),
            trust({"Federated": "graph.facebook.com"}, None, "sts:AssumeRoleWithWebIdentity"),
        ],
        passes=[
            github(SUBJECT),
            github("repo:dataconnect/infrastructure:environment:*", "StringLike"),
            github("repo:dataconnect@1/infrastructure@2:ref:refs/heads/main"),
            web(GITHUB, {"StringEquals": {f"{GITHUB}/dataconnect:sub": SUBJECT, f"{GITHUB}:aud": "sts.amazonaws.com"}}),
            other("gitlab.com", "project_path:dataconnect/platform/infrastructure:ref_type:branch:ref:main"),
            web("oidc.eks.x.amazonaws.com/id/A1", {"StringEquals": {"oidc.eks.x.amazonaws.com/id/A1:sub": "system:x"}}),
            other("app.terraform.io", "organization:dataconnect:project:platform:workspace:*:run_phase:*"),
            federated("cognito-identity.amazonaws.com", "us-east-2:1"),
            federated("accounts.google.com", "1"),
            trust({"Service": "ec2.amazonaws.com"}),
            saml(None),
        ],
        unknown=UNKNOWN_TRUST,
    ),
    "trust-saml-audience": Cases(
        token=ROLE,
        fails=[saml(None), saml({"StringEquals": {"SAML:iss": "https://idp"}}), saml({"StringLike": {"SAML:aud": "*"}})],
        passes=[saml({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}), github(SUBJECT)],
        unknown=UNKNOWN_TRUST,
    ),
}
