"""Who may become a role: nobody unnamed, no other account unasked, no service on anybody's behalf, one repository's builds."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from policies.controls.least_privilege.documents import TRUST, StatementCheck, each_statement, kinds
from policies.kit.document import Statement, glob
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("least_privilege")


@rules.rule("trust-named-principals", "C190", kinds(TRUST), on=partial(each_statement, TRUST))
def _trust_principal(resource: Resource, where: str, statement: Statement) -> Answers:
    """A role trusts named principals; another account as a whole only with an external id or organisation.

    Name the principal, or add the condition sts:ExternalId or aws:PrincipalOrgID.
    """
    if not statement.allow:
        return
    for principal in statement.principals:
        if principal.value is UNKNOWN:
            yield NOT_JUDGED
        elif principal.everyone and not statement.bound_to_caller:
            yield Finding(f"{where}.Principal", principal.value, "named principals", detail=str(principal.value))
        elif principal.type == "AWS" and not principal.everyone and "*" in str(principal.value):
            yield Finding(f"{where}.Principal", principal.value, "whole ARNs", detail=str(principal.value))
        elif principal.whole_account and principal.account != resource.account and not _invited(statement):
            expected = "a role of that account, or a condition on sts:ExternalId or aws:PrincipalOrgID"
            yield Finding(f"{where}.Principal", principal.value, expected, detail=str(principal.account))


def _invited(statement: Statement) -> bool:
    """Whether another account must say something that only its own users of the role know, or be one of ours."""
    return statement.bound_to_caller or bool(statement.condition_values("sts:externalid"))


# Services that are not documented to say for which resource or account they assume a role; a condition would lock them out.
# Nobody can name such a role in an account of theirs without iam:PassRole on it.
_NO_SOURCE_KEYS: Final = (
    *("ec2.amazonaws.com*", "edgelambda.amazonaws.com", "s3.amazonaws.com*", "backup.amazonaws.com*"),
    *("apigateway.amazonaws.com*", "spotfleet.amazonaws.com*", "autoscaling.amazonaws.com*"),
    *("application-autoscaling.amazonaws.com*", "elastictranscoder.amazonaws.com*"),
    # docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html: the trust of a location's role, without a condition
    "lakeformation.amazonaws.com",
    # docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html: the role of a subscription, without a condition
    "sns.amazonaws.com",
)
_SOURCES: Final = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")


def _from_source(statement: Statement) -> bool:
    """Whether the statement says for whom a service may act."""
    named = any(condition.key in _SOURCES and condition.names_caller for condition in statement.conditions)
    return named or bool(statement.condition_values("sts:externalid"))


def _confused_deputy(*, silent: bool) -> StatementCheck:
    """No service assumes the role for anybody: of the services that say for whom they act, or of those that do not."""

    def check(_: Resource, where: str, statement: Statement) -> Answers:
        for principal in statement.principals if statement.allow and not _from_source(statement) else ():
            says_nothing = any(glob(service).fullmatch(str(principal.value)) for service in _NO_SOURCE_KEYS)
            if principal.type == "Service" and says_nothing is silent:
                yield Finding(f"{where}.Condition", None, "aws:SourceAccount or aws:SourceArn", detail=str(principal.value))

    return check


rules.named("trust-silent-service", "C191", kinds(TRUST), severity="low").add(
    each_statement(TRUST, _confused_deputy(silent=True)),
    description="No role is assumed by a service that does not say for whom it acts.",
    remediation="A condition would lock EC2, S3 and their like out: let only those who deploy pass the role (iam:PassRole).",
)

rules.named("trust-service-bound", "C191", kinds(TRUST)).add(
    each_statement(TRUST, _confused_deputy(silent=False)),
    description="A role that a service assumes is bound to this account's resources (confused deputy).",
    remediation="Add the condition aws:SourceAccount, and aws:SourceArn where the source is known.",
)

_GITHUB: Final = "token.actions.githubusercontent.com"
_GITLAB: Final = "gitlab"
# Providers with one audience per application and subjects that are people: the audience alone says who is meant.
_AUDIENCE_ONLY: Final = {
    "accounts.google.com": ("aud", "oaud"),
    "cognito-identity.amazonaws.com": ("aud",),
    "graph.facebook.com": ("app_id",),
    "www.amazon.com": ("app_id",),
}


@rules.rule("trust-oidc-bound", "C192", kinds(TRUST), on=partial(each_statement, TRUST))
def _federated(_: Resource, where: str, statement: Statement) -> Answers:
    """A role that an OIDC provider vouches for checks the subject; GitHub's checks the audience and one repository.

    Add StringEquals on <provider>:aud and <provider>:sub.
    """
    for provider in _federated_by(statement, "sts:AssumeRoleWithWebIdentity", saml=False):
        claims = _claims(where, statement, str(provider).rpartition("oidc-provider/")[2].lower())
        yield from [NOT_JUDGED] if provider is UNKNOWN else claims


def _federated_by(statement: Statement, action: str, *, saml: bool) -> Iterator[Value]:
    """The providers whose word the statement takes for this action: of SAML or of OIDC, and those that are not known yet."""
    for principal in statement.principals if statement.allows(action) else ():
        if principal.value is UNKNOWN:
            yield UNKNOWN
        elif principal.type == "Federated" and (":saml-provider/" in str(principal.value)) is saml:
            yield principal.value


def _claims(where: str, statement: Statement, provider: str) -> Iterator[Finding]:
    """What a statement that trusts an OIDC provider does not ask of its tokens."""
    if provider in _AUDIENCE_ONLY:
        if not statement.condition_values(*(f"{provider}:{claim}" for claim in _AUDIENCE_ONLY[provider])):
            yield Finding(f"{where}.Condition", None, f"a condition on {provider}:{_AUDIENCE_ONLY[provider][0]}", detail="aud")
        return
    for claim in ("aud", "sub") if provider.startswith(_GITHUB) else ("sub",):
        if not statement.condition_values(f"{provider}*:{claim}"):
            yield Finding(f"{where}.Condition", None, f"a condition on {provider}:{claim}", detail=claim)
    for subject in map(str, statement.condition_values(f"{provider}*:sub")):
        if provider.startswith(_GITHUB) and not re.fullmatch(r"repo:[^*?/:]+/[^*?/:]+:.+", subject):
            expected = "repo:OWNER/REPOSITORY:... without a wildcard in owner and repository"
            yield Finding(f"{where}.Condition", subject, expected, detail=subject)
        elif _GITLAB in provider and not re.fullmatch(r"project_path:[^*?:]+/[^*?/:]+:.+", subject):
            yield Finding(f"{where}.Condition", subject, "project_path:GROUP/PROJECT:... without a wildcard", detail=subject)


@rules.rule("trust-saml-audience", "C192", kinds(TRUST), on=partial(each_statement, TRUST))
def _saml(_: Resource, where: str, statement: Statement) -> Answers:
    """A role that a SAML provider vouches for checks that the assertion is meant for AWS.

    Add StringEquals on SAML:aud.
    """
    for provider in _federated_by(statement, "sts:AssumeRoleWithSAML", saml=True):
        if provider is UNKNOWN:
            yield NOT_JUDGED
        elif not statement.condition_values("saml:aud"):
            expected = "a condition on SAML:aud, e.g. https://signin.aws.amazon.com/saml"
            yield Finding(f"{where}.Condition", None, expected, detail=str(provider))
