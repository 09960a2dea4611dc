"""Who holds which policies: roles, users and groups of a stack joined with inline policies, attachments and boundaries."""

from collections.abc import Iterator
from typing import Final

from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Value

HOLDERS: Final = {
    "iam/role": ("iam/rolePolicy", "iam/rolePolicyAttachment", "role", "roles[]"),
    "iam/user": ("iam/userPolicy", "iam/userPolicyAttachment", "user", "users[]"),
    "iam/group": ("iam/groupPolicy", "iam/groupPolicyAttachment", "group", "groups[]"),
}
"""Kind -> kinds of its inline policies and attachments, their property that names it, that of `iam/policyAttachment`."""


def held(holder: Resource) -> Iterator[tuple[str, Value]]:
    """Every policy that the stack gives to a holder: name of the resource that it stands in, and text.

    The text is unknown where it, or which policy is attached, is known only after deployment. AWS managed policies are not in
    the stack; what they allow is left out.
    """
    inline, attachment, single, several = HOLDERS[holder.kind]
    for where, document in holder.each("inlinePolicies[].policy"):
        if document is not None:
            yield f"{holder.name}.{where}", document
    for policy in referrers(holder, inline, single):
        yield policy.name, policy.get("policy")
    yield from _managed(holder, "managedPolicyArns[]")
    for kind, prop in ((attachment, single), ("iam/policyAttachment", several)):
        for source in referrers(holder, kind, prop):
            yield from _managed(source, "policyArn")


def _managed(source: Resource, prop: str) -> Iterator[tuple[str, Value]]:
    """The policies of the stack that a property attaches."""
    policies = targets(source, prop, "iam/policy")
    for policy in policies:
        yield policy.name, policy.get("policy")
    if not policies and any(value is UNKNOWN for _, value in source.each(prop)):
        yield source.name, UNKNOWN


def boundary(holder: Resource) -> Iterator[tuple[str, Value]]:
    """The permissions boundary of a holder, as in `held`; nothing if it is none of the stack's policies."""
    for policy in targets(holder, "permissionsBoundary", "iam/policy"):
        yield policy.name, policy.get("policy")
