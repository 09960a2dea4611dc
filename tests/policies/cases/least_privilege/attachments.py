"""Cases of policies/controls/least_privilege/attachments.py."""

from dataclasses import replace
from typing import Any

from tests.policies.given.least_privilege.common import ATTACHMENT, ATTACHMENTS, OWN, POLICY, ROLE, ROLE_POLICY, USER, may
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases


def attached(role_inputs: dict[str, Any], kind: str = ATTACHMENT, prop: str = "role") -> list[Planned]:
    return [planned(ROLE, "app", **role_inputs), planned(kind, "other", **{prop: ref(ROLE, "app")})]


def twice(second: str) -> list[Planned]:
    """A policy attached by a PolicyAttachment, and `second` by a RolePolicyAttachment."""
    return [
        planned(ROLE, "app"),
        *(planned(POLICY, name) for name in ("first", "second")),
        planned(ATTACHMENTS, "all", roles=[ref(ROLE, "app")], policyArn=ref(POLICY, "first")),
        planned(ATTACHMENT, "one", role=ref(ROLE, "app"), policyArn=ref(POLICY, second)),
    ]


def inline(parent_of_role: str, parent_of_policy: str) -> list[Planned]:
    policy = replace(planned(ROLE_POLICY, "policy", role=ref(ROLE, "app")), parent=parent_of_policy)
    return [Planned(token=ROLE, name="app", parent=parent_of_role), policy]


GROUP_LIST = "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive"
ROLE_LIST = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
AWS = "arn:aws:iam::aws:policy/"
COMPONENT = "urn:pulumi:prod::dataconnect::dataconnect:index:Service::api"
ROOT = "urn:pulumi:prod::dataconnect::pulumi:pulumi:Stack::dataconnect-prod"

CASES: dict[str, Cases] = {
    "administrator-attached": Cases(
        token=ATTACHMENT,
        fails=[
            {"policyArn": f"{AWS}AdministratorAccess"},
            {"policyArn": f"{AWS}PowerUserAccess"},
            {"policyArn": "arn:aws-us-gov:iam::aws:policy/IAMFullAccess"},
            planned(ROLE, managedPolicyArns=[f"{AWS}job-function/ViewOnlyAccess", f"{AWS}IAMFullAccess"]),
            planned(ATTACHMENTS, policyArn=f"{AWS}AdministratorAccess", groups=["staff"]),
            planned(GROUP_LIST, policyArns=[f"{AWS}AdministratorAccess"]),
        ],
        passes=[
            {"policyArn": f"{AWS}service-role/AWSLambdaBasicExecutionRole"},
            planned(ATTACHMENT, policyArn=ref(POLICY, "own")),
            planned(ROLE),
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "aws-managed-policy": Cases(
        token=ATTACHMENT,
        fails=[
            {"policyArn": f"{AWS}AmazonS3FullAccess"},
            {"policyArn": f"{AWS}ReadOnlyAccess"},
            planned(ROLE, managedPolicyArns=[f"{AWS}ReadOnlyAccess"]),
        ],
        passes=[
            {"policyArn": f"{AWS}service-role/AmazonECSTaskExecutionRolePolicy"},
            {"policyArn": f"arn:aws:iam::{OWN}:policy/own"},
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "no-users": Cases(
        token=USER,
        fails=[
            {},
            planned("aws:iam/userPolicyAttachment:UserPolicyAttachment"),
            planned("aws:iam/userPolicy:UserPolicy"),
            planned(ATTACHMENTS, users=["me"]),
            planned("aws:iam/userPoliciesExclusive:UserPoliciesExclusive", policyNames=["inline"]),
        ],
        passes=[
            planned(ROLE),
            planned(ATTACHMENTS, roles=["a"], users=[]),
            planned("aws:iam/userPoliciesExclusive:UserPoliciesExclusive", policyNames=[]),
        ],
        unknown=[planned(ATTACHMENTS, users=UNKNOWN)],
    ),
    "no-stray-inline-policy": Cases(
        token=ROLE_POLICY,
        fails=[
            inline(COMPONENT, ROOT),
            inline(ROOT, ROOT),
            inline("", ""),
            {"role": UNKNOWN},
            {"role": "app"},
            planned("aws:iam/groupPolicy:GroupPolicy", group="staff"),
            planned(ROLE, inlinePolicies=[{"name": "a", **may("s3:GetObject")}]),
            inline(f"{COMPONENT}2", COMPONENT),
        ],
        passes=[
            inline(COMPONENT, COMPONENT),
            Planned(token=ROLE, parent=COMPONENT, inputs={"inlinePolicies": [{"name": "a", **may("s3:GetObject")}]}),
            planned(ROLE, inlinePolicies=[{}]),
        ],
        unknown=[Planned(token=ROLE_POLICY, inputs={"role": UNKNOWN}, parent=COMPONENT)],
    ),
    "one-owner-of-role-policies": Cases(
        token=ROLE,
        fails=[
            attached({"managedPolicyArns": [f"{AWS}service-role/AWSLambdaBasicExecutionRole"]}),
            attached({"managedPolicyArns": ["a"]}, ATTACHMENTS, "roles"),
            attached({"managedPolicyArns": ["a"]}, ROLE_POLICY),
            attached({"managedPolicyArns": UNKNOWN}, ROLE_POLICY),
            attached({"inlinePolicies": [{"name": "a", "policy": "{}"}]}, ROLE_POLICY),
            attached({"inlinePolicies": [{"name": "a", "policy": "{}"}]}),
            attached({"managedPolicyArns": ["a"]}, ROLE_LIST, "roleName"),
            [planned(ROLE, name="app", managedPolicyArns=["a"]), planned(ATTACHMENT, "other", role="app", policyArn="b")],
            twice("first"),
        ],
        passes=[
            attached({}),
            {"managedPolicyArns": ["a"]},
            attached({"managedPolicyArns": [], "inlinePolicies": []}, ROLE_POLICY),
            twice("second"),
        ],
        never_unknown=True,
    ),
}
