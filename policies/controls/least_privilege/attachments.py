"""Which policies are attached to whom: no administrators, reviewed AWS policies, no users, one owner of a role's policies."""

from collections.abc import Sequence
from typing import Final

from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("least_privilege")

_ATTACHMENTS: Final = {
    "iam/rolePolicyAttachment": "policyArn",
    "iam/userPolicyAttachment": "policyArn",
    "iam/groupPolicyAttachment": "policyArn",
    "iam/policyAttachment": "policyArn",
    "iam/role": "managedPolicyArns[]",
    "iam/rolePolicyAttachmentsExclusive": "policyArns[]",
    "iam/userPolicyAttachmentsExclusive": "policyArns[]",
    "iam/groupPolicyAttachmentsExclusive": "policyArns[]",
    "ssoadmin/managedPolicyAttachment": "managedPolicyArn",
    "ssoadmin/managedPolicyAttachmentsExclusive": "managedPolicyArns[]",
}
_ADMINISTRATORS: Final = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


def _aws_policies(resource: Resource) -> Sequence[tuple[str, str | None]]:
    """Path and name of each AWS managed policy the resource attaches; the name is None while the ARN is unknown."""
    found: list[tuple[str, str | None]] = []
    for where, arn in resource.each(_ATTACHMENTS[resource.kind]):
        if arn is UNKNOWN:
            from_stack = resource.sources(where)
            if not from_stack or "iam/policy" not in from_stack:
                found.append((where, None))
        elif isinstance(arn, str) and ":iam::aws:policy/" in arn:
            found.append((where, arn.partition(":iam::aws:policy/")[2]))
    return found


@rules.rule("administrator-attached", "C193", " ".join(_ATTACHMENTS))
def _administrator_attached(resource: Resource) -> Answers:
    """AdministratorAccess, IAMFullAccess and PowerUserAccess are attached to nothing.

    Attach a policy of the project that names what is needed.
    """
    for where, name in _aws_policies(resource):
        if name is None:
            yield NOT_JUDGED
        elif name.rpartition("/")[2] in _ADMINISTRATORS:
            yield Finding(where, name, "a policy with the actions that are needed", detail=name)


@rules.configurable(
    "aws-managed-policy",
    "C194",
    " ".join(_ATTACHMENTS),
    options={
        "allowed": texts(
            "Names of AWS managed policies, as they follow `policy/` in the ARN.",
            *("service-role/AmazonECSTaskExecutionRolePolicy", "service-role/AmazonRDSEnhancedMonitoringRole"),
            *("service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole"),
            *("service-role/AWSBackupServiceRolePolicyForBackup", "service-role/AWSBackupServiceRolePolicyForRestores"),
            *("service-role/AWS_ConfigRole", "service-role/AWSBatchServiceRole", "AmazonSSMManagedInstanceCore"),
        )
    },
)
def _aws_managed_policy(resource: Resource, options: Options) -> Answers:
    """AWS managed policies come only from the list of those that were reviewed.

    Write the statements that are needed, or add the policy to the list in the pack's configuration.
    """
    for where, name in _aws_policies(resource):
        if name is None:
            yield NOT_JUDGED
        elif name not in options["allowed"] and name.rpartition("/")[2] not in _ADMINISTRATORS:
            yield Finding(where, name, "one of the reviewed policies", detail=name)


_ON_USERS: Final = "the policy on a group or role"
_USER_KINDS: Final = {
    "iam/user": "people sign in through SSO and workloads through roles",
    "iam/userPolicy": _ON_USERS,
    "iam/userPolicyAttachment": _ON_USERS,
    "iam/userPoliciesExclusive": _ON_USERS,
    "iam/userPolicyAttachmentsExclusive": _ON_USERS,
}
_LISTS: Final = {"iam/userPoliciesExclusive": "policyNames", "iam/userPolicyAttachmentsExclusive": "policyArns"}


@rules.rule("no-users", "C195", f"{' '.join(_USER_KINDS)} iam/policyAttachment")
def _no_users(resource: Resource) -> Answers:
    """There are no IAM users, and no policies on users.

    Use SSO for people and roles for workloads.
    """
    if resource.kind == "iam/policyAttachment":
        if as_list(resource.get("users")):
            yield Finding("users", resource.get("users"), "groups or roles")
    elif resource.kind not in _LISTS or as_list(resource.get(_LISTS[resource.kind])):
        yield Finding(_LISTS.get(resource.kind, ""), None, _USER_KINDS[resource.kind])


@rules.rule("no-stray-inline-policy", "C196", "iam/rolePolicy iam/userPolicy iam/groupPolicy iam/role", needs_stack=True)
def _no_stray_inline_policy(resource: Resource) -> Answers:
    """Inline policies exist only inside the component that owns the role.

    Make it a Policy with an attachment, or a child of the component that owns the role.
    """
    component = resource.parent and "pulumi:pulumi:Stack" not in resource.parent.rpartition("::")[0]
    expected = "a managed policy, or an inline one in the component that owns the role"
    if resource.kind == "iam/role":
        inline = [policy for _, policy in resource.each("inlinePolicies[].policy") if policy is not None]
        if inline and not component:
            yield Finding("inlinePolicies", f"{len(inline)} inline", expected)
    elif resource.kind != "iam/rolePolicy":
        yield Finding("policy", "inline", "a managed policy on a group or role")
    elif not component:
        yield Finding("policy", "inline", expected)
    else:
        owners = targets(resource, "role", "iam/role")
        if not owners and resource.get("role") is UNKNOWN:
            yield NOT_JUDGED
        elif not owners or not all(resource.parent in (role.parent, role.urn) for role in owners):
            yield Finding("policy", "inline", expected)


_ATTACHING: Final = (("iam/rolePolicyAttachment", "role"), ("iam/policyAttachment", "roles[]"), ("iam/rolePolicy", "role"))


@rules.rule("one-owner-of-role-policies", "C197", "iam/role", needs_stack=True)
def _one_owner(role: Resource) -> Answers:
    """A role's policies are owned either by the role itself or by attachment resources, not by both.

    Remove managedPolicyArns and inlinePolicies from the role and attach each policy by a resource.
    """
    attached = [other for kind, by in _ATTACHING for other in referrers(role, kind, by)]
    for prop in ("managedPolicyArns", "inlinePolicies"):
        value = role.get(prop)
        if attached and (value is UNKNOWN or value not in (None, [])):
            yield Finding(prop, f"set, and {attached[0].name} attaches another", "one of the two", detail=prop)
    for exclusive, kind in (
        ("iam/rolePolicyAttachmentsExclusive", "managedPolicyArns"),
        ("iam/rolePoliciesExclusive", "inlinePolicies"),
    ):
        owners = referrers(role, exclusive, "roleName")
        if role.get(kind) is not None and owners:
            yield Finding(kind, f"set, and {owners[0].name} owns them too", "one of the two", detail=f"{kind} exclusive")
    yield from _attached_twice(role)


def _attached_twice(role: Resource) -> Answers:
    """A PolicyAttachment owns all attachments of its policy: others of the same policy are removed by its next update."""
    owned = {
        policy.urn: attachment
        for attachment in referrers(role, "iam/policyAttachment", "roles[]")
        for policy in targets(attachment, "policyArn", "iam/policy")
    }
    for attachment in referrers(role, "iam/rolePolicyAttachment", "role") if owned else ():
        for policy in targets(attachment, "policyArn", "iam/policy"):
            if policy.urn in owned:
                both = f"{owned[policy.urn].name} and {attachment.name}"
                yield Finding("", None, f"one attachment of {policy.name}, not {both}", detail=policy.name)
