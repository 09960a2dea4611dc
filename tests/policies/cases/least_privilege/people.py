"""Cases of policies/controls/least_privilege/people.py."""

import json
from typing import Any

from tests.policies.given.least_privilege.common import OWN, POLICY, ROLE, USER, all_of, allow, deny, when
from tests.policies.harness import UNKNOWN, Planned, planned, ref, secret
from tests.policies.table import Case, Cases

PROFILE = "aws:iam/userLoginProfile:UserLoginProfile"
PROVIDER = "pulumi:providers:aws"
NO_MFA = when("BoolIfExists", "aws:MultiFactorAuthPresent", "false")
ONLY_WITH_MFA = {**deny("*", **NO_MFA)}
EXCEPT_MFA = {"Effect": "Deny", "NotAction": ["iam:EnableMFADevice", "sts:GetSessionToken"], "Resource": "*", **NO_MFA}


def provider(**inputs: Any) -> Case:
    return [planned(PROVIDER, **inputs)]


def signs_in(*more: Planned) -> Case:
    user = planned(USER, "me", name="me")
    return [user, planned(PROFILE, "password", user=ref(USER, "me")), *more]


def own(*statements: object) -> Planned:
    return planned("aws:iam/userPolicy:UserPolicy", "own", user="me", **all_of(*statements))


def of_group(*statements: object) -> list[Planned]:
    return [
        planned("aws:iam/group:Group", "staff", name="staff"),
        planned("aws:iam/groupPolicy:GroupPolicy", "mfa", group="staff", **all_of(*statements)),
    ]


def classified(value: str) -> dict[str, Any]:
    return {"maxSessionDuration": 43200, "tags": {"DataClassification": value}}


def by_default(value: str) -> Case:
    defaults = {"defaultTags": json.dumps({"tags": {"DataClassification": value}})}
    return [planned(ROLE, maxSessionDuration=7200).with_provider(defaults)]


OF_STAFF = planned("aws:iam/userGroupMembership:UserGroupMembership", "in", user="me", groups=["staff"])
WITH_ME = planned("aws:iam/groupMembership:GroupMembership", "in", group="staff", users=["me"])
MFA_DEVICE = planned("aws:iam/virtualMfaDevice:VirtualMfaDevice", "mfa", virtualMfaDeviceName="me")

CASES: dict[str, Cases] = {
    "role-permissions-boundary": Cases(
        token=ROLE,
        fails=[{}, {"permissionsBoundary": ""}, {"path": "/app/"}],
        passes=[
            {"permissionsBoundary": f"arn:aws:iam::{OWN}:policy/boundary"},
            planned(ROLE, permissionsBoundary=ref(POLICY, "boundary")),
            {"path": "/aws-service-role/rds.amazonaws.com/"},
        ],
        never_unknown=True,
    ),
    "role-session-duration": Cases(
        token=ROLE,
        fails=[
            {"maxSessionDuration": 43200},
            {"maxSessionDuration": "3601"},
            classified("restricted"),
            by_default("confidential"),
        ],
        passes=[{}, {"maxSessionDuration": 3600}, classified("internal"), by_default("public")],
        unknown=[{"maxSessionDuration": UNKNOWN}, {"maxSessionDuration": 7200, "tags": UNKNOWN}],
    ),
    "no-access-keys": Cases(
        token="aws:iam/accessKey:AccessKey",
        fails=[
            {"user": "root"},
            {"user": "ci", "status": "Active"},
            provider(accessKey="AKIAIOSFODNN7EXAMPLE"),
            provider(secretKey=secret("x")),
        ],
        passes=[{"user": "ci", "status": "Inactive"}, provider(region="us-east-2"), provider(accessKey="")],
        unknown=[{"user": "ci", "status": UNKNOWN}],
    ),
    "console-needs-mfa": Cases(
        token=PROFILE,
        fails=[
            {"user": "me"},
            {"user": UNKNOWN},
            signs_in(),
            signs_in(own(allow("*", "*", **NO_MFA))),
            signs_in(own(deny("iam:*", **NO_MFA))),
            signs_in(own(deny("*", **when("Bool", "aws:MultiFactorAuthPresent", "true")))),
            signs_in(*of_group(ONLY_WITH_MFA)),
            signs_in(MFA_DEVICE, planned(PROFILE, "another", user="you")),
        ],
        passes=[
            signs_in(own(ONLY_WITH_MFA)),
            signs_in(own(EXCEPT_MFA)),
            signs_in(MFA_DEVICE),
            signs_in(*of_group(EXCEPT_MFA), OF_STAFF),
            signs_in(*of_group(ONLY_WITH_MFA), WITH_ME),
        ],
        unknown=[
            signs_in(planned("aws:iam/userPolicy:UserPolicy", "own", user="me", policy=UNKNOWN)),
            [planned(USER, "me"), planned(PROFILE, "password", user=UNKNOWN)],
        ],
    ),
}
