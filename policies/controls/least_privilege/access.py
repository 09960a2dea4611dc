"""Who may use a resource: named principals, services for a named source, no other account unasked, and nobody locked out."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from policies.controls.least_privilege.documents import (
    BUCKETS,
    DOMAINS,
    FUNCTIONS,
    KEYS,
    OTHERS,
    QUEUES,
    REPOSITORIES,
    SECRETS,
    TABLES,
    TOPICS,
    Table,
    each_statement,
    kinds,
)
from policies.kit.checks import all_of, is_not, is_on
from policies.kit.document import Condition, Principal, Statement
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("least_privilege")


def _public(_: Resource, where: str, statement: Statement) -> Answers:
    if not statement.allow or statement.bound_to_caller:
        return
    everyone = next((principal for principal in statement.principals if principal.everyone), None)
    if everyone:
        expected = "named principals, or a condition on account, organisation, source ARN or VPC endpoint"
        yield Finding(f"{where}.Principal", everyone.value, expected)


def _all_but(statement: Statement) -> Condition | None:
    """The condition by which a statement that admits everybody leaves somebody out: NotPrincipal in other words."""
    if not (statement.allow and statement.about_everyone) or statement.bound_to_caller:
        return None
    named = (each for each in statement.conditions if each.key in ("aws:principalarn", "aws:sourcearn"))
    return next((each for each in named if each.operator in ("arnnotequals", "arnnotlike")), None)


def _public_bucket(resource: Resource, where: str, statement: Statement) -> Answers:
    if _all_but(statement) is None:  # which `s3-policy-not-inverted` calls by its name
        yield from _public(resource, where, statement)


@rules.rule("s3-policy-not-inverted", "C188", kinds(BUCKETS), on=partial(each_statement, BUCKETS))
def _inverted_bucket(_: Resource, where: str, statement: Statement) -> Answers:
    """No bucket policy admits everybody but those it names.

    Name the principals, or narrow the statement by ArnLike in place of ArnNotLike.
    """
    if condition := _all_but(statement):
        value = list(condition.values)
        yield Finding(f"{where}.Condition.{condition.key}", value, "those who are admitted, not those who are not")


def _not_public(
    name: str, controls: str, table: Table, subject: str, check: Callable[[Resource, str, Statement], Answers] = _public
) -> None:
    rules.named(name, controls, kinds(table)).add(
        each_statement(table, check),
        description=f"{subject} admits only named principals.",
        remediation="Name the principals, or narrow the statement by aws:PrincipalOrgID, aws:SourceArn or aws:SourceAccount.",
    )


_not_public("s3-policy-not-public", "C048", BUCKETS, "A bucket policy", _public_bucket)
_not_public("sqs-policy-not-public", "C060", QUEUES, "A queue policy")
_not_public("sns-policy-not-public", "C065", TOPICS, "A topic policy")
_not_public("kms-policy-not-public", "C070", KEYS, "A key policy")
_not_public("secret-policy-not-public", "C080", SECRETS, "A secret's policy")
_not_public("ecr-policy-not-public", "C100", REPOSITORIES, "A repository policy")
_not_public("dynamodb-policy-not-public", "C039", TABLES, "A table's policy")
_not_public("lambda-policy-not-public", "C142", FUNCTIONS, "A function's policy")
_not_public("opensearch-policy-not-public", "C212", DOMAINS, "A domain's policy")
_not_public("resource-policy-not-public", "C190", OTHERS, "A resource policy")

# What changes who may use a bucket: https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-blacklisted-actions-prohibited.html
_BUCKET_CONTROL: Final = (
    *("s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration", "s3:PutObjectAcl"),
)


@rules.rule("s3-policy-own-control", "C048", "s3/bucket s3/bucketPolicy", on=partial(each_statement, BUCKETS))
def _bucket_control(resource: Resource, where: str, statement: Statement) -> Answers:
    """No other account may change who may use a bucket.

    Give other accounts s3:GetObject, s3:PutObject and s3:ListBucket at most.
    """
    action = next((name for name in _BUCKET_CONTROL if statement.allows(name)), None)
    for principal in statement.principals if action and not statement.bound_to_caller else ():
        account = principal.account
        if account and resource.account is None:
            yield NOT_JUDGED
        elif account and account != resource.account:
            yield Finding(f"{where}.Action", action, f"nothing that changes the bucket, for account {account}", detail=account)


@rules.rule("s3-policy-no-lockout", "C049", "s3/bucket s3/bucketPolicy", on=partial(each_statement, BUCKETS))
def _locks_out(_: Resource, where: str, statement: Statement) -> Answers:
    """No bucket policy denies everything to everybody, which only the root user could undo.

    Add the condition that is meant (aws:SecureTransport, aws:PrincipalOrgID), or name the principals.
    """
    always = not statement.allow and not statement.conditions and not statement.not_actions
    if always and statement.about_everyone and statement.covers("s3:PutBucketPolicy"):
        yield Finding(f"{where}.Principal", "*", "a condition, or named principals: this denies all, to its author too")


@rules.rule("sqs-policy-no-wildcard-action", "C060", kinds(QUEUES), on=partial(each_statement, QUEUES))
def _queue_wildcard(_: Resource, where: str, statement: Statement) -> Answers:
    """A queue policy allows named actions only.

    Name the actions.
    """
    for action in statement.actions if statement.allow else ():
        if re.fullmatch(r"\*+|sqs:\**", action.lower()):
            yield Finding(f"{where}.Action", action, "named actions, e.g. sqs:SendMessage", detail=action)


@rules.rule("lambda-permission-bound", "C142", "lambda/permission")
def _lambda_permission(permission: Resource) -> Answers:
    """A function's policy admits named principals, and services only for a named source.

    Set sourceArn or sourceAccount (services), or principalOrgId.
    """
    principal = permission.get("principal")
    source = permission.get("sourceArn")
    named = source is UNKNOWN or bool(source and Condition("arnlike", "aws:sourcearn", (source,), False, False).names_caller)
    bound = named or permission.get("sourceAccount") not in (None, "")
    if Principal("AWS", principal).everyone:
        if not bound and permission.get("principalOrgId") in (None, ""):
            yield Finding("principal", principal, "an account, role or service, or principalOrgId")
    elif re.search(r"\.amazonaws\.com(\.cn)?$", str(principal)) and not bound:
        yield Finding("sourceArn", source, f"the ARN that {principal} calls from, or sourceAccount")
    elif str(principal).endswith(".amazon.com") and permission.get("eventSourceToken") in (None, "") and not bound:
        yield Finding("eventSourceToken", None, f"the token that {principal} sends")


@rules.rule("shared-with-named-accounts", "C190", "cloudwatch/eventPermission lambda/layerVersionPermission")
def _shared_with_named_accounts(permission: Resource) -> Answers:
    """Event buses and layers are shared with named accounts or an organisation.

    Name the account, or add the organisation (condition of an EventPermission, organizationId of a layer's).
    """
    principal = permission.get("principal")
    if principal == "*" and all(permission.get(prop) in (None, "", []) for prop in ("condition", "organizationId")):
        yield Finding("principal", principal, "an account, or an organisation besides")


rules.named("opensearch-fine-grained-access", "C212", "opensearch/domain elasticsearch/domain").add(
    all_of(
        is_on("advancedSecurityOptions.enabled"),
        is_not("advancedSecurityOptions.anonymousAuthEnabled", True, "false"),
    ),
    description="Search domains check every request against the user's rights and let nobody in unnamed.",
    remediation="Set advancedSecurityOptions: {enabled: true, anonymousAuthEnabled: false, masterUserOptions}.",
)
