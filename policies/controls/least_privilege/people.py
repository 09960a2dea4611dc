"""Roles and people: how far a role can reach at most and for how long, no keys in code, no console without MFA."""

from collections.abc import Iterator
from typing import Final

from policies.controls.least_privilege.tenants import tag
from policies.kit.document import Statement, readable
from policies.kit.holders import written
from policies.kit.references import referrers, targets
from policies.kit.resource import AWS_PROVIDER, Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, as_number

rules: Final = Rules("least_privilege")


@rules.rule("role-permissions-boundary", "C198", "iam/role")
def _permissions_boundary(role: Resource) -> Answers:
    """Every role has a permissions boundary: whoever deploys cannot make a role that may do more.

    Set permissionsBoundary to the ARN of the policy that the account's administrators keep for this.
    """
    path, limit = role.get("path"), role.get("permissionsBoundary")
    made_by_aws = path is not UNKNOWN and str(path or "").startswith(("/aws-service-role/", "/aws-reserved/"))
    if limit is not UNKNOWN and limit in (None, "") and not made_by_aws:
        yield Finding("permissionsBoundary", limit, "the ARN of the policy that limits roles")


_HOUR: Final = 3600  # IAM's default: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html


@rules.configurable(
    "role-session-duration",
    "C199",
    "iam/role",
    options={
        "harmless": texts("Values of DataClassification that say that a role reaches no customer data.", "public", "internal")
    },
)
def _session_duration(role: Resource, options: Options) -> Answers:
    """Sessions of roles with access to customer data end after an hour.

    Remove maxSessionDuration, or tag the role DataClassification: internal if no customer data is in reach.
    """
    seconds = as_number(role.get("maxSessionDuration"))
    if seconds is not None and seconds > _HOUR and tag(role, "dataclassification") not in options["harmless"]:
        yield Finding("maxSessionDuration", role.get("maxSessionDuration"), f"at most {_HOUR}")


@rules.rule("no-access-keys", "C200", f"iam/accessKey {AWS_PROVIDER}")
def _no_access_keys(resource: Resource) -> Answers:
    """No access keys are made or written down; nothing is left to rotate.

    Use roles: for CI by OIDC, for workloads by their task or instance. A key on its way out has status: Inactive.
    """
    if resource.kind == AWS_PROVIDER:
        for prop in ("accessKey", "secretKey"):
            if resource.get(prop) not in (None, ""):
                yield Finding(prop, "set", "none: credentials from the environment of the run, or assumeRoles", detail=prop)
    elif resource.get("status") != "Inactive":
        yield Finding("status", resource.get("status"), "no access key, or Inactive until it is deleted")


@rules.rule("console-needs-mfa", "C201", "iam/userLoginProfile", needs_stack=True)
def _console_needs_mfa(profile: Resource) -> Answers:
    """Whoever signs in to the console with a password does so with MFA.

    Use SSO, or deny the user everything while aws:MultiFactorAuthPresent is false (BoolIfExists), or make him a
    VirtualMfaDevice.
    """
    users = targets(profile, "user", "iam/user")
    if len(profile.graph.of("iam/virtualMfaDevice")) >= len(profile.graph.of("iam/userLoginProfile")):
        return  # a device for each, which only its user can register
    answers = [answer for user in users for answer in _enforces_mfa(user)]
    if not any(answers):
        # One of the stack's users may be meant by an unknown name.
        unknown = None in answers or (not users and profile.get("user") is UNKNOWN and profile.graph.of("iam/user"))
        missing = Finding("user", profile.get("user"), "no password, or a policy that denies everything without MFA")
        yield NOT_JUDGED if unknown else missing


def _enforces_mfa(user: Resource) -> Iterator[bool | None]:
    """For each policy of the user and his groups whether it denies everything without MFA; None if it is unknown."""
    memberships = [(each, "group") for each in referrers(user, "iam/groupMembership", "users[]")]
    memberships += [(each, "groups[]") for each in referrers(user, "iam/userGroupMembership", "user")]
    groups = [group for membership, prop in memberships for group in targets(membership, prop, "iam/group")]
    for holder in (user, *groups):
        for _, document in written(holder):
            found = readable(document)
            yield None if found is None else any(map(_denies_without_mfa, found))


def _denies_without_mfa(statement: Statement) -> bool:
    broad = bool(statement.not_actions) or statement.covers("s3:GetObject")
    return (
        not statement.allow
        and broad
        and any(
            condition.key == "aws:multifactorauthpresent"
            and condition.operator == "bool"
            and [str(value).lower() for value in condition.values] == ["false"]
            for condition in statement.conditions
        )
    )
