"""Cases of policies/feasibility/rules/iam/sizes.py."""

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.iam import BUCKET_POLICY, KEY, POLICY, PREFIX, ROLE, allow, attached, document, inline
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

MEMBERSHIP = "aws:iam/userGroupMembership:UserGroupMembership"
USER = "aws:iam/user:User"


def long(characters: int) -> str:
    return document(allow(resource=["arn:aws:s3:::" + "x" * (characters - 100)]))


def member(groups: int, keys: int = 0) -> list[Planned]:
    return [
        planned(USER, "user"),
        planned(MEMBERSHIP, user=ref(USER, "user"), groups=[f"g{number}" for number in range(groups)]),
        *(planned("aws:iam/accessKey:AccessKey", f"k{number}", user=ref(USER, "user")) for number in range(keys)),
    ]


PERMISSIONS = "aws:ssoadmin/permissionSet:PermissionSet"


def permitted(count: int) -> list[Planned]:
    token = "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment"
    links = [planned(token, f"a{number}", permissionSetArn=ref(PERMISSIONS, "admin")) for number in range(count)]
    return [planned(PERMISSIONS, "admin"), *links]


CASES: dict[str, Cases] = {
    "iam-policy-size": Cases(
        token=POLICY,
        fails=[{"policy": long(6300)}, one(ROLE, assumeRolePolicy=long(2200))],
        passes=[{"policy": long(6100)}, {"policy": document(allow()) + " " * 9000}, one(ROLE, assumeRolePolicy=long(2000))],
        unknown=[{"policy": UNKNOWN}],
    ),
    "iam-inline-policies-size": Cases(
        token=ROLE,
        fails=[inline("x" * 5120, "x" * 5121), inline(long(6000), long(6000)), inline(long(6000), long(6000), UNKNOWN)],
        passes=[inline("x" * 5120, "x" * 5120), inline(long(5000), long(5000)), {}],
        unknown=[inline(long(5000), UNKNOWN)],
    ),
    "resource-policy-size": Cases(
        token=BUCKET_POLICY,
        fails=[{"policy": long(21000)}, one(KEY, policy=long(33000))],
        passes=[{"policy": long(20000)}, one(KEY, policy=long(30000)), one(KEY)],
        unknown=[{"policy": UNKNOWN}],
    ),
    "permission-set-policy-size": Cases(
        token="aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
        fails=[{"inlinePolicy": long(11000)}],
        passes=[{"inlinePolicy": long(10000)}],
        unknown=[{"inlinePolicy": UNKNOWN}],
    ),
    "iam-managed-policies-per-owner": Cases(
        token=ROLE,
        fails=[attached(11), attached(0, managedPolicyArns=[f"{PREFIX}P{n}" for n in range(11)])],
        passes=[attached(10), {}],
        unknown=[{"managedPolicyArns": UNKNOWN}],
    ),
    "iam-groups-and-keys-per-user": Cases(
        token=USER,
        fails=[member(11), member(0, 3)],
        passes=[member(10, 2), {}],
        unknown=[[planned(USER, "user"), planned(MEMBERSHIP, user=ref(USER, "user"), groups=UNKNOWN)]],
    ),
    "permission-set-attachments": Cases(
        token=PERMISSIONS, fails=[permitted(21)], passes=[{}, permitted(20)], never_unknown=True
    ),
}
