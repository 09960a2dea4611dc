"""Who may use a resource or become a role: nobody unnamed, no other account unasked, no service on anybody's behalf."""

import re
from collections.abc import Callable
from typing import Final

from policies.kit.document import MalformedDocumentError, Principal, Statement, glob, statements
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Options, Rules
from policies.kit.values import UNKNOWN, UnknownValueError
from policies.least_privilege.documents import ATTACHED, TRUST, documents, each_statement

rules: Final = Rules("least_privilege")


def _public(_: Resource, where: str, statement: Statement) -> Answers:
    if statement.allow and any(p.everyone for p in statement.principals) and not statement.bound_to_caller:
        yield Finding(
            f"{where}.Principal", "*", "named principals, or a condition on account, organisation, source ARN or VPC endpoint"
        )


def _not_public(name: str, control: str, kinds: str, subject: str) -> None:
    rules.add(
        name,
        control,
        kinds,
        each_statement(ATTACHED, _public),
        description=f"{subject} admits only named principals.",
        mend="Name the principals, or narrow the statement by aws:PrincipalOrgID, aws:SourceArn or aws:SourceAccount.",
    )


_not_public("s3-policy-not-public", "C048", "s3/bucket s3/bucketPolicy s3/accessPoint", "A bucket policy")
_not_public("sqs-policy-not-public", "C060", "sqs/queue sqs/queuePolicy", "A queue policy")
_not_public("sns-policy-not-public", "C065", "sns/topic sns/topicPolicy", "A topic policy")
_not_public("kms-policy-not-public", "C070", "kms/key kms/replicaKey kms/externalKey kms/keyPolicy", "A key policy")
_not_public("secret-policy-not-public", "C080", "secretsmanager/secret secretsmanager/secretPolicy", "A secret's policy")
_not_public("ecr-policy-not-public", "C100", "ecr/repositoryPolicy", "A repository policy")
_not_public("dynamodb-policy-not-public", "C039", "dynamodb/resourcePolicy", "A table's policy")


def _queue_wildcard(_: Resource, where: str, statement: Statement) -> Answers:
    for action in statement.actions if statement.allow else ():
        if action.lower() in ("*", "sqs:*"):
            yield Finding(f"{where}.Action", action, "named actions, e.g. sqs:SendMessage", detail=action)


rules.add(
    "sqs-policy-no-wildcard-action",
    "C060",
    "sqs/queue sqs/queuePolicy",
    each_statement(ATTACHED, _queue_wildcard),
    description="A queue policy allows named actions only.",
    mend="Name the actions.",
)


@rules.configurable(
    "sns-policy-own-account",
    "C065",
    "sns/topic sns/topicPolicy",
    description="A topic policy admits no other account that is not listed.",
    mend="Remove the account, or list it in the pack's configuration.",
    options={
        "accounts": {
            "type": "array",
            "items": {"type": "string", "pattern": "^[0-9]{12}$"},
            "default": [],
            "description": "Ids of other accounts that topics may admit.",
        }
    },
)
def _sns_own_account(resource: Resource, options: Options) -> Answers:
    return each_statement(ATTACHED, _foreign_account(frozenset(options["accounts"])))(resource)


def _foreign_account(listed: frozenset[str]) -> Callable[[Resource, str, Statement], Answers]:
    def check(resource: Resource, where: str, statement: Statement) -> Answers:
        for principal in statement.principals if statement.allow else ():
            account = principal.account
            if account and account != resource.account and account not in listed:
                if resource.account is None:
                    yield NOT_JUDGED
                else:
                    yield Finding(f"{where}.Principal", principal.value, "this account or a listed one", detail=account)

    return check


@rules.rule(
    "kms-policy-explicit",
    "C070",
    "kms/key kms/replicaKey kms/externalKey",
    needs_stack=True,
    description="A key's policy is written down; AWS's default leaves the key to every IAM policy of the account.",
    mend="Set policy, or add a KeyPolicy.",
)
def _kms_policy_explicit(key: Resource) -> Answers:
    if key.get("policy") is None and not key.graph.referring(key, "kms/keyPolicy", "keyId"):
        yield Finding("policy", None, "a key policy that names administrators and users")


_KEY_ADMINISTRATION: Final = ("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey")
_KEY_USE: Final = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:Sign")
_KEY_KINDS: Final = "kms/key kms/replicaKey kms/externalKey kms/keyPolicy"


@rules.rule(
    "kms-separate-duties",
    "C073",
    _KEY_KINDS,
    description="Nobody both administers and uses a key; the account itself (which IAM policies then divide) may.",
    mend="Give administrators kms:Put*, kms:Schedule*... and users kms:Decrypt, kms:GenerateDataKey* in two statements.",
)
def _kms_separate_duties(resource: Resource) -> Answers:
    for where, document in documents(resource, ATTACHED):
        try:
            parsed = statements(document)
        except (UnknownValueError, MalformedDocumentError):
            yield NOT_JUDGED
            continue
        duties: dict[str, set[str]] = {}
        for statement in parsed:
            for principal in statement.principals:
                if principal.value is UNKNOWN:
                    yield NOT_JUDGED
                elif principal.type == "AWS" and not principal.whole_account:
                    duties.setdefault(str(principal.value), set()).update(_duties(statement))
        for name, both in duties.items():
            if both == {"administration", "use"}:
                yield Finding(where, name, "either administration or use of the key", detail=name)


def _duties(statement: Statement) -> set[str]:
    administers = any(statement.allows(action) for action in _KEY_ADMINISTRATION)
    uses = any(statement.allows(action) for action in _KEY_USE)
    return {*(["administration"] if administers else []), *(["use"] if uses else [])}


_SERVICE_BOUNDS: Final = (
    "kms:viaservice",
    "kms:calleraccount",
    "kms:encryptioncontext:*",
    "kms:grantisforawsresource",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
)


# Publishers to encrypted topics that send none of these keys: a condition would silence them without an error.
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
_NO_KEY_CONDITIONS: Final = ("events.amazonaws.com", "events.rds.amazonaws.com")


def _bare_service_use(_: Resource, where: str, statement: Statement) -> Answers:
    if not any(statement.allows(action) for action in _KEY_USE) or statement.condition_values(*_SERVICE_BOUNDS):
        return
    for principal in statement.principals:
        if principal.type == "Service" and principal.value not in _NO_KEY_CONDITIONS:
            expected = "a condition on kms:EncryptionContext, kms:ViaService, aws:SourceArn or aws:SourceAccount"
            yield Finding(f"{where}.Condition", None, expected, detail=str(principal.value))


rules.add(
    "kms-service-use-bound",
    "C074",
    _KEY_KINDS,
    each_statement(ATTACHED, _bare_service_use),
    description="AWS services use a key only for this account's resources.",
    mend="Bind the statement by kms:EncryptionContext, kms:ViaService with kms:CallerAccount, or aws:SourceAccount.",
)


@rules.rule(
    "lambda-permission-bound",
    "C142",
    "lambda/permission",
    description="A function's policy admits named principals, and services only for a named source.",
    mend="Set sourceArn or sourceAccount (services), or principalOrgId.",
)
def _lambda_permission(permission: Resource) -> Answers:
    principal = permission.get("principal")
    bounds = [permission.get(prop) for prop in ("sourceArn", "sourceAccount")]
    if principal is UNKNOWN:
        yield NOT_JUDGED
    elif principal == "*" and permission.get("principalOrgId") is None and permission.get("sourceAccount") is None:
        yield Finding("principal", principal, "an account, role or service, or principalOrgId")
    elif str(principal).endswith((".amazonaws.com", ".amazonaws.com.cn")) and all(bound is None for bound in bounds):
        yield Finding("sourceArn", None, f"the ARN that {principal} calls from, or sourceAccount")


def _trust_principal(resource: Resource, where: str, statement: Statement) -> Answers:
    if not statement.allow:
        return
    for principal in statement.principals:
        if principal.value is UNKNOWN:
            yield NOT_JUDGED
        elif principal.everyone and not statement.bound_to_caller:
            yield Finding(f"{where}.Principal", "*", "named principals", detail="*")
        elif principal.whole_account and principal.account != resource.account and not statement.bound_to_caller:
            expected = "a role of that account, or a condition on sts:ExternalId or aws:PrincipalOrgID"
            yield Finding(f"{where}.Principal", principal.value, expected, detail=str(principal.account))


rules.add(
    "trust-named-principals",
    "C190",
    "iam/role",
    each_statement(TRUST, _trust_principal),
    description="A role trusts named principals; another account as a whole only with an external id or organisation.",
    mend="Name the principal, or add the condition sts:ExternalId or aws:PrincipalOrgID.",
)

# Services that are not documented to say for which resource or account they assume a role; a condition would lock them out.
# Nobody can name such a role in an account of theirs without iam:PassRole on it.
_NO_SOURCE_KEYS: Final = (
    *("ec2.amazonaws.com*", "lambda.amazonaws.com*", "edgelambda.amazonaws.com", "s3.amazonaws.com*", "backup.amazonaws.com*"),
    *("spotfleet.amazonaws.com*", "autoscaling.amazonaws.com*", "application-autoscaling.amazonaws.com*"),
)


def _confused_deputy(_: Resource, where: str, statement: Statement) -> Answers:
    if not statement.allow or statement.condition_values(
        "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "sts:externalid"
    ):
        return
    for principal in statement.principals:
        silent = any(glob(service).fullmatch(str(principal.value)) for service in _NO_SOURCE_KEYS)
        if principal.type == "Service" and not silent:
            yield Finding(f"{where}.Condition", None, "aws:SourceAccount or aws:SourceArn", detail=str(principal.value))


rules.add(
    "trust-service-bound",
    "C191",
    "iam/role",
    each_statement(TRUST, _confused_deputy),
    description="A role that a service assumes is bound to this account's resources (confused deputy).",
    mend="Add the condition aws:SourceAccount, and aws:SourceArn where the source is known.",
)

_GITHUB: Final = "token.actions.githubusercontent.com"


def _federated(_: Resource, where: str, statement: Statement) -> Answers:
    if not statement.allow or not statement.allows("sts:AssumeRoleWithWebIdentity"):
        return
    for principal in statement.principals:
        if principal.value is UNKNOWN:
            yield NOT_JUDGED
        elif _is_oidc(principal):
            for claim in ("aud", "sub"):
                if not statement.condition_values(f"*:{claim}"):
                    yield Finding(f"{where}.Condition", None, f"a condition on {claim}", detail=claim)
            for subject in statement.condition_values("*:sub"):
                repository = re.fullmatch(r"repo:[^*?/:]+/[^*?/:]+:.+", str(subject))
                if _GITHUB in str(principal.value) and not repository:
                    yield Finding(
                        f"{where}.Condition", subject, "repo:OWNER/REPOSITORY:... without a wildcard", detail=str(subject)
                    )


def _is_oidc(principal: Principal) -> bool:
    return principal.type == "Federated" and not re.search(r":saml-provider/|cognito-identity", str(principal.value))


rules.add(
    "trust-oidc-bound",
    "C192",
    "iam/role",
    each_statement(TRUST, _federated),
    description="A role that an OIDC provider vouches for checks audience and subject; GitHub's names one repository.",
    mend="Add StringEquals on <provider>:aud and <provider>:sub.",
)
