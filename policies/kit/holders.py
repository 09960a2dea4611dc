"""Who holds which policies: roles, users and groups of a stack joined with inline policies, attachments and boundaries."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.kit.references import named, referrers, targets
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, Value

HOLDERS: Final = {
    "iam/role": ("iam/rolePolicy", "iam/rolePolicyAttachment", "role", "roles[]"),
    "iam/user": ("iam/userPolicy", "iam/userPolicyAttachment", "user", "users[]"),
    "iam/group": ("iam/groupPolicy", "iam/groupPolicyAttachment", "group", "groups[]"),
}
"""Kind -> kinds of its inline policies and attachments, their property that names it, that of `iam/policyAttachment`."""


@dataclass(frozen=True)
class Held:
    """One policy of a holder.

    Attributes:
        by: The resource that gives it: the holder itself, an inline policy or an attachment.
        where: Name of the resource that it stands in.
        document: Its text, unknown where it, or which policy is attached, is known only after deployment.
        arn: The ARN of one that is not in the stack, as AWS's own are, and has no text here.
    """

    by: Resource
    where: str
    document: Value = None
    arn: str = ""


def held(holder: Resource) -> Iterator[Held]:
    """Every policy that the stack gives to a holder."""
    yield from inline(holder)
    yield from _managed(holder, "managedPolicyArns[]")
    for source in attachments(holder):
        yield from _managed(source, "policyArn")


def inline(holder: Resource) -> Iterator[Held]:
    """The inline policies of a holder."""
    kind, _, single, _ = HOLDERS[holder.kind]
    for where, document in holder.each("inlinePolicies[].policy"):
        if document is not None:
            yield Held(holder, f"{holder.name}.{where}", document)
    for policy in referrers(holder, kind, single):
        yield Held(policy, policy.name, policy.get("policy"))


def attachments(holder: Resource) -> list[Resource]:
    """The resources that attach managed policies to a holder."""
    _, attachment, single, several = HOLDERS[holder.kind]
    return [*referrers(holder, attachment, single), *referrers(holder, "iam/policyAttachment", several)]


def _managed(source: Resource, prop: str) -> Iterator[Held]:
    policies = targets(source, prop, "iam/policy")
    for policy in policies:
        yield Held(source, policy.name, policy.get("policy"))
    values = [value for _, value in source.each(prop)]
    if not policies and any(value is UNKNOWN for value in values):
        yield Held(source, source.name, UNKNOWN)
    for value in values:
        if isinstance(value, str) and not named(source, value, "iam/policy"):
            yield Held(source, source.name, arn=value)


def written(holder: Resource) -> Iterator[tuple[str, Value]]:
    """Name of the resource that it stands in, and text, of every policy of a holder that is not elsewhere."""
    return ((policy.where, policy.document) for policy in held(holder) if not policy.arn)


def boundary(holder: Resource) -> Iterator[tuple[str, Value]]:
    """The permissions boundary of a holder, as in `written`; nothing if it is none of the stack's policies."""
    for policy in targets(holder, "permissionsBoundary", "iam/policy"):
        yield policy.name, policy.get("policy")
