"""How a tenant is told, wherever its data lies."""

from typing import Final

TAG: Final = "tenant"
"""Key of the session tag that says whose data a session may touch."""

THIS_TENANT: Final = f"${{aws:PrincipalTag/{TAG}}}"
"""What a statement says for the id of the session's tenant; a session without the tag matches nothing."""

PREFIX: Final = f"tenant={THIS_TENANT}/"
"""Where the objects of the session's tenant lie in a bucket that holds tenants' data."""

OWN_ALIAS: Final = "alias/tenant/"
"""What the alias of a silo's own key begins with; the tenant's id follows."""

ATTRIBUTE: Final = "tenant"
"""Hash key of a table that holds tenants' data, and of its indexes."""

ID: Final = "t[a-z2-7]{15}"
"""A tenant's id: random, and of one length, so that no id is the beginning of another."""


def own_bucket(data_class: str, *, account_id: str, region: str, tenant: str) -> str:
    """The name of a silo's own bucket for a class of data; of `THIS_TENANT` as a statement says it.

    A physical name, so that a statement knows it before the bucket exists: a new silo changes no policy.
    """
    return f"{data_class}-{tenant}-{account_id}-{region}"
