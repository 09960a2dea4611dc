"""Cases of policies/feasibility/rules/iam/roles.py."""

from typing import Any

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.iam import ATTACHMENT, POLICY, PREFIX, ROLE, allow, attached, document, inline, role
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

LIST = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
EXCLUSIVE = "aws:iam/policyAttachment:PolicyAttachment"


def exclusive(*others: Planned, owned: bool = True) -> list[Planned]:
    arn = ref(POLICY, "own") if owned else f"{PREFIX}ReadOnlyAccess"
    return [planned(POLICY, "own"), *others, planned(EXCLUSIVE, policyArn=arn, roles=["a"])]


OTHER = planned(ATTACHMENT, "other", role="a", policyArn=ref(POLICY, "own"))


def complete(listed: Any, attached_arn: Any = f"{PREFIX}ReadOnlyAccess") -> list[Planned]:
    return [
        role(),
        planned(ATTACHMENT, "a", role=ref(ROLE, "role"), policyArn=attached_arn),
        planned(LIST, roleName=ref(ROLE, "role"), policyArns=listed),
    ]


CASES: dict[str, Cases] = {
    "aws-policy-path": Cases(
        token=ATTACHMENT,
        fails=[
            {"policyArn": f"{PREFIX}AWSLambdaBasicExecutionRole"},
            {"policyArn": f"{PREFIX}service-role/AmazonSSMManagedInstanceCore"},
            {"policyArn": f"{PREFIX}ViewOnlyAccess"},
            one(ROLE, managedPolicyArns=[f"{PREFIX}AmazonRDSEnhancedMonitoringRole"]),
        ],
        passes=[
            {"policyArn": f"{PREFIX}service-role/AWSLambdaBasicExecutionRole"},
            {"policyArn": f"{PREFIX}AmazonSSMManagedInstanceCore"},
            {"policyArn": f"{PREFIX}SomethingNewerThanThisList"},
            {"policyArn": "arn:aws:iam::111111111111:policy/AWSLambdaBasicExecutionRole"},
        ],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "iam-exclusive-attachment": Cases(
        token=EXCLUSIVE,
        fails=[exclusive(owned=False), exclusive(OTHER)],
        passes=[exclusive()],
        unknown=[{"policyArn": UNKNOWN}],
    ),
    "iam-role-policies-one-owner": Cases(
        token=ROLE,
        fails=[
            attached(1, managedPolicyArns=[f"{PREFIX}ReadOnlyAccess"]),
            [*inline(document(allow()))[1:], role(inlinePolicies=[{"name": "a", "policy": document(allow())}])],
        ],
        passes=[attached(1), {"managedPolicyArns": [f"{PREFIX}ReadOnlyAccess"]}],
        never_unknown=True,
    ),
    "iam-exclusive-list-complete": Cases(
        token=LIST,
        fails=[complete([]), complete([f"{PREFIX}PowerUserAccess"])],
        passes=[complete([f"{PREFIX}ReadOnlyAccess"])],
        unknown=[complete([UNKNOWN]), complete([], UNKNOWN)],
    ),
}
