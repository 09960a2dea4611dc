"""IAM attachments: one owner of each list of policies, and policies of AWS by their right path."""

from functools import cache
from pathlib import Path
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import not_beside
from policies.feasibility.engine.leaves import alike
from policies.kit.checks import all_of
from policies.kit.holders import HOLDERS
from policies.kit.references import referrers, target, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list

rules: Final = Rules("feasibility", failures())

_AWS_POLICY: Final = ":iam::aws:policy/"
_POLICY_ARNS: Final = {
    **alike("iam/rolePolicyAttachment iam/userPolicyAttachment iam/groupPolicyAttachment iam/policyAttachment", "policyArn"),
    "iam/role": "managedPolicyArns[]",
    "ssoadmin/managedPolicyAttachment": "managedPolicyArn",
}


@cache
def managed_policies() -> dict[str, str]:
    """Name of a policy of AWS -> its name with path; service-linked roles' own policies are left out."""
    lines = (Path(__file__).parents[2] / "data" / "managed_policies.txt").read_text(encoding="utf-8").split()
    return {line.rpartition("/")[2]: line for line in lines}


@rules.rule("aws-policy-path", "F264", " ".join(_POLICY_ARNS))
def _path(resource: Resource) -> Answers:
    """Policies of AWS are named with their path.

    Copy the ARN from AWS's list: many are under service-role/ or job-function/.
    """
    for where, value in resource.each(_POLICY_ARNS[resource.kind]):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and _AWS_POLICY in value:
            prefix, _, name = value.partition(_AWS_POLICY)
            right = managed_policies().get(name.rpartition("/")[2])
            if right is not None and right != name:
                answer = f"NoSuchEntity: Policy {value} does not exist or is not attachable."
                yield Finding(where, value, f"{prefix}{_AWS_POLICY}{right}", name, answer)


@rules.rule("iam-exclusive-attachment", "F122", "iam/policyAttachment")
def _exclusive(attachment: Resource) -> Answers:
    """Nothing but policies of this stack is attached by the exclusive PolicyAttachment, and nothing else attaches them.

    Use RolePolicyAttachment (or User..., Group...): PolicyAttachment detaches the policy from everybody it does not name.
    """
    policy = target(attachment, "policyArn", "iam/policy")
    value = attachment.get("policyArn")
    if policy is None:
        yield Finding("policyArn", value, "a RolePolicyAttachment: others in the account may use this policy")
        return
    kinds = (*(kind for _, kind, _, _ in HOLDERS.values()), "iam/policyAttachment")
    others = (other for kind in kinds for other in referrers(policy, kind, "policyArn") if other is not attachment)
    for other, names in together(others):
        expected = f"one way of attaching {policy.name}; {names} attaches it, too"
        yield Finding("policyArn", policy.name, expected, other.name)


_ATTACHES: Final = "nothing, because {other} attaches policies to the role"

rules.named("iam-role-policies-one-owner", "F122", "iam/role").add(
    all_of(
        not_beside(
            "managedPolicyArns",
            (("iam/rolePolicyAttachment", "role"), ("iam/rolePolicyAttachmentsExclusive", "roleName")),
            _ATTACHES,
            shown="set",
        ),
        not_beside(
            "inlinePolicies", (("iam/rolePolicy", "role"), ("iam/rolePoliciesExclusive", "roleName")), _ATTACHES, shown="set"
        ),
    ),
    description="The policies of a role are listed on the role, or attached by resources, not both.",
    remediation="Remove managedPolicyArns or inlinePolicies from the role, and keep the resources.",
)


@rules.rule("iam-exclusive-list-complete", "F122", "iam/rolePolicyAttachmentsExclusive iam/rolePoliciesExclusive")
def _complete(exclusive: Resource) -> Answers:
    """A list that says it is exclusive names every policy that this stack attaches to the role.

    Add the policy to the list: the list detaches whatever it does not name.
    """
    prop, kind, names = (
        ("policyArns", "iam/rolePolicyAttachment", "policyArn")
        if exclusive.kind.endswith("AttachmentsExclusive")
        else ("policyNames", "iam/rolePolicy", "name")
    )
    role = target(exclusive, "roleName", "iam/role")
    listed = as_list(exclusive.get(prop))
    if role is None:
        return
    for other in referrers(role, kind, "role"):
        value = other.get(names)
        if value is UNKNOWN or any(element is UNKNOWN for element in listed):
            yield NOT_JUDGED
        elif value not in listed:
            yield Finding(prop, listed, f"{value} in the list: {other.name} attaches it", other.name)
