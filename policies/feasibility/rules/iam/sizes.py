"""Limits of IAM: sizes of policies, and how many policies, groups, keys and tags one thing can have."""

import json
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.rules.iam.documents import compact
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("feasibility", failures())

_QUOTA: Final = "LimitExceeded: Cannot exceed quota for"
_INLINE: Final = {
    "iam/role": ("iam/rolePolicy", "role", 10240, "inlinePolicies[].policy"),
    "iam/user": ("iam/userPolicy", "user", 2048, ""),
    "iam/group": ("iam/groupPolicy", "group", 5120, ""),
}
_BYTES: Final = {
    "s3/bucketPolicy": ("policy", 20480, "PolicyTooLarge: the bucket policy exceeds 20 KB"),
    "kms/key": ("policy", 32768, "LimitExceededException: the key policy exceeds 32 KB"),
    "kms/keyPolicy": ("policy", 32768, "LimitExceededException: the key policy exceeds 32 KB"),
    "kms/replicaKey": ("policy", 32768, "LimitExceededException: the key policy exceeds 32 KB"),
    "secretsmanager/secretPolicy": (
        "policy",
        20480,
        "ValidationException: resourcePolicy must have length less than or equal to 20480",
    ),
    "sns/topicPolicy": ("policy", 30720, "InvalidParameter: the topic policy exceeds 30 KB"),
    "dynamodb/resourcePolicy": ("policy", 20480, "ValidationException: the resource policy exceeds 20 KB"),
    "cloudwatch/logResourcePolicy": (
        "policyDocument",
        5120,
        "InvalidParameterException: policyDocument must have length less than or equal to 5120",
    ),
}
_ATTACHED: Final = {
    "iam/role": ("iam/rolePolicyAttachment", "role", "roles[]", "PoliciesPerRole: 10"),
    "iam/user": ("iam/userPolicyAttachment", "user", "users[]", "PoliciesPerUser: 10"),
    "iam/group": ("iam/groupPolicyAttachment", "group", "groups[]", "PoliciesPerGroup: 10"),
}


@rules.rule(
    "iam-policy-size",
    "F262",
    "iam/policy iam/role",
    description="Managed policies have at most 6,144 characters and trust policies 2,048, white space not counted.",
    remediation="Merge statements, use wildcards in actions, or make two policies.",
)
def _size(resource: Resource) -> Answers:
    path, most, quota = (
        ("policy", 6144, "PolicySize: 6144")
        if resource.kind == "iam/policy"
        else ("assumeRolePolicy", 2048, "ACLSizePerRole: 2048")
    )
    value = resource.get(path)
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif value is not None and compact(value) > most:
        yield Finding(path, f"{compact(value)} characters", f"at most {most}", answer=f"{_QUOTA} {quota}")


@rules.rule(
    "iam-inline-policies-size",
    "F262",
    " ".join(_INLINE),
    description="Inline policies of a role have at most 10,240 characters together, of a user 2,048, of a group 5,120.",
    remediation="Move statements into managed policies.",
)
def _inline(owner: Resource) -> Answers:
    kind, name, most, own = _INLINE[owner.kind]
    documents: list[Value] = [value for _, value in owner.each(own)] if own else []
    documents += [policy.get("policy") for policy in referrers(owner, kind, name)]
    size = sum(compact(document) for document in documents if document is not UNKNOWN and document is not None)
    if size > most:
        answer = (
            f"LimitExceeded: Maximum policy size of {most} bytes exceeded for {owner.kind.removeprefix('iam/')} {owner.name}"
        )
        yield Finding("", None, f"at most {most} characters of inline policies; this plan has {size}", answer=answer)
    elif any(document is UNKNOWN for document in documents):
        yield NOT_JUDGED


@rules.rule(
    "resource-policy-size",
    "F262",
    " ".join(_BYTES),
    description="Resource policies are no larger than their service takes.",
    remediation="Merge statements, or name an organisation or a path instead of many principals.",
)
def _bytes(resource: Resource) -> Answers:
    path, most, answer = _BYTES[resource.kind]
    value = resource.get(path)
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif value is not None:
        size = len((value if isinstance(value, str) else json.dumps(value)).encode())
        if size > most:
            yield Finding(path, f"{size} bytes", f"at most {most}", answer=answer)


@rules.rule(
    "permission-set-policy-size",
    "F262",
    "ssoadmin/permissionSetInlinePolicy",
    description="The inline policy of a permission set has at most 10,240 characters, white space not counted.",
    remediation="Move statements into a customer managed policy.",
)
def _permission_set(policy: Resource) -> Answers:
    value = policy.get("inlinePolicy")
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif value is not None and compact(value) > 10240:
        answer = "ServiceQuotaExceededException: the inline policy exceeds 10,240 characters"
        yield Finding("inlinePolicy", f"{compact(value)} characters", "at most 10240", answer=answer)


@rules.rule(
    "iam-managed-policies-per-owner",
    "F121",
    " ".join(_ATTACHED),
    description="A role, user or group has at most 10 managed policies.",
    remediation="Merge policies, or move some into inline policies.",
)
def _attached(owner: Resource) -> Answers:
    kind, name, shared, quota = _ATTACHED[owner.kind]
    count = len(as_list(owner.get("managedPolicyArns")))
    count += len(referrers(owner, kind, name)) + len(referrers(owner, "iam/policyAttachment", shared))
    if count > 10:
        yield Finding("", None, f"at most 10 managed policies; this plan attaches {count}", answer=f"{_QUOTA} {quota}")


@rules.rule(
    "iam-groups-and-keys-per-user",
    "F265",
    "iam/user",
    description="A user is in at most 10 groups and has at most two access keys.",
    remediation="Merge groups; remove a key.",
)
def _user(user: Resource) -> Answers:
    groups = sum(len(as_list(link.get("groups"))) for link in referrers(user, "iam/userGroupMembership", "user"))
    groups += len(referrers(user, "iam/groupMembership", "users[]"))
    if groups > 10:
        yield Finding("", None, f"at most 10 groups; this plan has {groups}", "groups", f"{_QUOTA} GroupsPerUser: 10")
    keys = len(referrers(user, "iam/accessKey", "user"))
    if keys > 2:
        yield Finding("", None, f"at most two access keys; this plan has {keys}", "keys", f"{_QUOTA} AccessKeysPerUser: 2")


rules.add(
    "permission-set-attachments",
    "F265",
    "ssoadmin/permissionSet",
    lambda permission_set: _permission_set_count(permission_set),
    description="A permission set has at most 20 managed policies.",
    remediation="Merge policies into one.",
)


def _permission_set_count(permission_set: Resource) -> Answers:
    count = sum(
        len(referrers(permission_set, kind, "permissionSetArn"))
        for kind in ("ssoadmin/managedPolicyAttachment", "ssoadmin/customerManagedPolicyAttachment")
    )
    if count > 20:
        answer = "ServiceQuotaExceededException: too many managed policies in one permission set"
        yield Finding("", None, f"at most 20 managed policies; this plan attaches {count}", answer=answer)
