"""Cases of policies/feasibility/rules/iam/sizes.py."""

from tests.policies.given.feasibility.iam import BUCKET_POLICY, KEY, POLICY, PREFIX, ROLE, allow, attached, document, inline
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

USER = "aws:iam/user:User"


def long(characters: int) -> str:
    return document(allow(resource=["arn:aws:s3:::" + "x" * (characters - 100)]))


def member(groups: int, keys: int = 0) -> list[Planned]:
    return [
        Planned(token=USER, name="user"),
        Planned(
            token="aws:iam/userGroupMembership:UserGroupMembership",
            inputs={"user": UNKNOWN, "groups": [f"g{number}" for number in range(groups)]},
            refs={"user": (USER, "user")},
        ),
        *(
            Planned(
                token="aws:iam/accessKey:AccessKey", name=f"k{number}", inputs={"user": UNKNOWN}, refs={"user": (USER, "user")}
            )
            for number in range(keys)
        ),
    ]


CASES: dict[str, Cases] = {
    "iam-policy-size": Cases(
        token=POLICY,
        fails=[{"policy": long(6300)}, [Planned(token=ROLE, inputs={"assumeRolePolicy": long(2200)})]],
        passes=[
            {"policy": long(6100)},
            {"policy": document(allow()) + " " * 9000},
            [Planned(token=ROLE, inputs={"assumeRolePolicy": long(2000)})],
        ],
        unknown=[{"policy": UNKNOWN}],
    ),
    "iam-inline-policies-size": Cases(
        token=ROLE,
        fails=[inline(long(6000), long(6000)), inline(long(6000), long(6000), UNKNOWN)],
        passes=[inline(long(5000), long(5000)), {}],
        unknown=[inline(long(5000), UNKNOWN)],
    ),
    "resource-policy-size": Cases(
        token=BUCKET_POLICY,
        fails=[{"policy": long(21000)}, [Planned(token=KEY, inputs={"policy": long(33000)})]],
        passes=[{"policy": long(20000)}, [Planned(token=KEY, inputs={"policy": long(30000)})], [Planned(token=KEY)]],
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
        unknown=[
            [
                Planned(token=USER, name="user"),
                Planned(
                    token="aws:iam/userGroupMembership:UserGroupMembership",
                    inputs={"user": UNKNOWN, "groups": UNKNOWN},
                    refs={"user": (USER, "user")},
                ),
            ]
        ],
    ),
    "permission-set-attachments": Cases(
        token="aws:ssoadmin/permissionSet:PermissionSet",
        fails=[
            [
                Planned(token="aws:ssoadmin/permissionSet:PermissionSet", name="admin"),
                *(
                    Planned(
                        token="aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
                        name=f"a{number}",
                        inputs={"permissionSetArn": UNKNOWN},
                        refs={"permissionSetArn": ("aws:ssoadmin/permissionSet:PermissionSet", "admin")},
                    )
                    for number in range(21)
                ),
            ]
        ],
        passes=[{}],
        unknown=[],
        never_unknown=True,
    ),
}
