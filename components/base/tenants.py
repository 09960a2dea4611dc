"""How a tenant is told, wherever its data lies."""

from typing import Final

TAG: Final = "tenant"
"""Key of the session tag that says whose data a session may touch."""

PROBE_TAG: Final = "probe"
"""Key of the second tag of a session that only tries: the account's boundary lets it touch markers and count, and no more."""

THIS_TENANT: Final = f"${{aws:PrincipalTag/{TAG}}}"
"""What a statement says for the id of the session's tenant; in a session without the tag it names nobody's data."""

PREFIX: Final = f"tenant={THIS_TENANT}/"
"""Where the objects of the session's tenant lie in a bucket that holds tenants' data."""

OWN_ALIAS: Final = "alias/tenant/"
"""What the alias of a silo's own key begins with; the tenant's id follows."""

SHARE_ALIAS: Final = "alias/share/"
"""What the alias of a share's key begins with; the tenant's id, / and the name of the share follow."""

ATTRIBUTE: Final = "tenant"
"""Hash key of a table that holds tenants' data, and of its indexes."""

ID_PATTERN: Final = "t" + 15 * "?"
"""The same as a pattern of IAM's, which knows any character only; what else it fits names nobody's data."""

ID: Final = "t[a-z2-7]{15}"
"""A tenant's id: random, and of one length, so that no id is the beginning of another."""

NOBODY: Final = "tprobeprobeprobe"
"""The id of a tenant that never exists, as which `dataconnect` tries what others are refused."""


def own_bucket(data_class: str, *, account_id: str, region: str, tenant: str) -> str:
    """The name of a silo's own bucket for a class of data; of `THIS_TENANT` as a statement says it.

    A physical name, so that a statement knows it before the bucket exists: a new silo changes no policy.
    """
    return f"{data_class}-{tenant}-{account_id}-{region}"


def other_tenants(tenant: str) -> dict[str, dict[str, str]]:
    """The condition of sessions of all tenants but one.

    By the form of an id: the stack's own roles bear `Tenant: shared`, a default tag, and IAM takes that key for `tenant`
    (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html: keys are not case-sensitive).
    """
    tag = f"aws:PrincipalTag/{TAG}"
    return {"StringNotEquals": {tag: tenant}, "StringLike": {tag: ID_PATTERN}}
