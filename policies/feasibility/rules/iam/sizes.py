"""Limits of IAM: sizes of policies, and how many policies, groups, keys and tags one thing can have."""

import json
import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import size_at_most
from policies.feasibility.engine.joins import at_most_referrers, for_kinds
from policies.feasibility.engine.order import by_kind
from policies.feasibility.engine.shapes import of
from policies.kit.checks import all_of
from policies.kit.facts import KEYS
from policies.kit.holders import HOLDERS, attachments, inline
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("feasibility", failures())

_QUOTA: Final = "LimitExceeded: Cannot exceed quota for"
_INLINE: Final = {"iam/role": 10240, "iam/user": 2048, "iam/group": 5120}
_BYTES: Final = {
    "s3/bucketPolicy": ("policy", 20480, "PolicyTooLarge: the bucket policy exceeds 20 KB"),
    " ".join((*KEYS, "kms/keyPolicy")): ("policy", 32768, "LimitExceededException: the key policy exceeds 32 KB"),
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


def _text(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _characters(value: Value) -> int:
    """The length of a document without white space, as IAM counts it."""
    return len(re.sub(r"\s", "", _text(value)))


def _bytes(value: Value) -> int:
    return len(_text(value).encode())


def _iam_text(name: str, most: int, answer: str) -> Check:
    return of(size_at_most(name, most, _characters, "characters", answer=answer))


rules.named("iam-policy-size", "F262", "iam/policy iam/role").add(
    all_of(
        for_kinds("iam/policy", _iam_text("policy", 6144, f"{_QUOTA} PolicySize: 6144")),
        for_kinds("iam/role", _iam_text("assumeRolePolicy", 2048, f"{_QUOTA} ACLSizePerRole: 2048")),
    ),
    description="Managed policies have at most 6,144 characters and trust policies 2,048, white space not counted.",
    remediation="Merge statements, use wildcards in actions, or make two policies.",
)


@rules.rule("iam-inline-policies-size", "F262", " ".join(_INLINE))
def _inline(owner: Resource) -> Answers:
    """Inline policies of a role have at most 10,240 characters together, of a user 2,048, of a group 5,120.

    Move statements into managed policies.
    """
    most = _INLINE[owner.kind]
    documents = [policy.document for policy in inline(owner)]
    size = sum(_characters(document) for document in documents if document is not UNKNOWN and document is not None)
    if size > most:
        answer = (
            f"LimitExceeded: Maximum policy size of {most} bytes exceeded for {owner.kind.removeprefix('iam/')} {owner.name}"
        )
        yield Finding("", None, f"at most {most} characters of inline policies; this plan has {size}", answer=answer)
    elif any(document is UNKNOWN for document in documents):
        yield NOT_JUDGED


rules.named("resource-policy-size", "F262", " ".join(_BYTES)).add(
    by_kind(lambda path, most, answer: of(size_at_most(path, most, _bytes, "bytes", answer=answer)), _BYTES),
    description="Resource policies are no larger than their service takes.",
    remediation="Merge statements, or name an organisation or a path instead of many principals.",
)
rules.named("permission-set-policy-size", "F262", "ssoadmin/permissionSetInlinePolicy").add(
    _iam_text("inlinePolicy", 10240, "ServiceQuotaExceededException: the inline policy exceeds 10,240 characters"),
    description="The inline policy of a permission set has at most 10,240 characters, white space not counted.",
    remediation="Move statements into a customer managed policy.",
)


@rules.rule("iam-managed-policies-per-owner", "F121", " ".join(HOLDERS))
def _attached(owner: Resource) -> Answers:
    """A role, user or group has at most 10 managed policies.

    Merge policies, or move some into inline policies.
    """
    count = len(as_list(owner.get("managedPolicyArns"))) + len(attachments(owner))
    if count > 10:
        quota = f"PoliciesPer{owner.kind.removeprefix('iam/').title()}: 10"
        yield Finding("", None, f"at most 10 managed policies; this plan attaches {count}", answer=f"{_QUOTA} {quota}")


@rules.rule("iam-groups-and-keys-per-user", "F265", "iam/user")
def _user(user: Resource) -> Answers:
    """A user is in at most 10 groups and has at most two access keys.

    Merge groups; remove a key.
    """
    groups = sum(len(as_list(link.get("groups"))) for link in referrers(user, "iam/userGroupMembership", "user"))
    groups += len(referrers(user, "iam/groupMembership", "users[]"))
    if groups > 10:
        yield Finding("", None, f"at most 10 groups; this plan has {groups}", "groups", f"{_QUOTA} GroupsPerUser: 10")
    keys = len(referrers(user, "iam/accessKey", "user"))
    if keys > 2:
        yield Finding("", None, f"at most two access keys; this plan has {keys}", "keys", f"{_QUOTA} AccessKeysPerUser: 2")


rules.named("permission-set-attachments", "F265", "ssoadmin/permissionSet").add(
    at_most_referrers(
        (
            ("ssoadmin/managedPolicyAttachment", "permissionSetArn"),
            ("ssoadmin/customerManagedPolicyAttachment", "permissionSetArn"),
        ),
        20,
        "at most 20 managed policies; this plan attaches {count}",
        answer="ServiceQuotaExceededException: too many managed policies in one permission set",
    ),
    description="A permission set has at most 20 managed policies.",
    remediation="Merge policies into one.",
)
