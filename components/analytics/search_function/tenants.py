"""What a tenant has in a domain: an index of each dataset behind an alias, a role that reads them, and who has that role."""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal, TypedDict

from .configuration import SECURITY, Index, check_indexes, keep_mapping, keep_role
from .domain import Domain, part

ID: Final = re.compile(r"t[a-z2-7]{15}", re.ASCII)
"""A tenant's id: of one length, so that no pattern of one fits another's index."""
READ: Final = ("indices:data/read/search", "indices:data/read/get", "indices:data/read/field_caps*")
"""To search, one index at a time, and no more: what names indexes in its body, or goes on with what was kept open, is refused.
Beginning that (`?scroll=`) is a search to the server: whoever hands requests on lets no query string through."""

Action = Literal["add", "lock", "remove", "verify"]


class Tenant(TypedDict):
    """What the tenant has after a run.

    Attributes:
        indexes: Its indexes -> how many documents each has.
        aliases: Its aliases -> the index behind each.
        role: Whether it has its role.
        open: Whether its people have that role.
        changed: What this run created, changed or deleted.
    """

    indexes: dict[str, int]
    aliases: dict[str, str]
    role: bool
    open: bool
    changed: list[str]


def keep_tenant(domain: Domain, tenant: str, action: Action, indexes: Mapping[str, Index]) -> Tenant:
    """Make (`add`), lock, remove or tell (`verify`) what a tenant has, as the master user; each may be repeated.

    `add` makes what is missing. `lock` takes the role from its people, which holds from the next request on; the indexes stay.
    `remove` does that, and deletes the indexes and the role.

    Raises:
        ValueError: on a tenant, action or index that is none.
        DomainError: when the domain refuses something.
    """
    check_tenant(tenant)
    if action not in ("add", "lock", "remove", "verify"):
        raise ValueError(f"action is {action!r}; expected add, lock, remove or verify")
    check_indexes(indexes)
    changed: list[str] = []
    if action == "add":
        changed += _add(domain, tenant, indexes)
    if action in ("lock", "remove"):
        changed += _delete(domain, f"{SECURITY}/rolesmapping/{tenant}", f"mapping {tenant}")
    if action == "remove":
        for index in indexes_of(domain, tenant):
            changed += _delete(domain, f"/{part(index)}", index)
        changed += _delete(domain, f"{SECURITY}/roles/{tenant}", f"role {tenant}")
    return Tenant(**tell(domain, tenant), changed=changed)


def check_tenant(tenant: str) -> None:
    """Refuse what is no tenant's id.

    Raises:
        ValueError: naming it.
    """
    if not ID.fullmatch(tenant):
        raise ValueError(f"tenant is {tenant!r}; expected t and 15 of a-z and 2-7")


def generation(tenant: str, dataset: str, number: int) -> str:
    """The name of an index; a number stands for the mapping that it was made with."""
    return f"{tenant}-{dataset}-{number:06}"


def indexes_of(domain: Domain, tenant: str) -> list[str]:
    """The tenant's indexes, whichever they are."""
    found = domain.get(f"/_cat/indices/{tenant}-*?format=json&h=index&expand_wildcards=all")
    return sorted(each["index"] for each in found)


def aliases_of(domain: Domain, tenant: str) -> dict[str, str]:
    """The tenant's aliases -> the index behind each."""
    found = domain.get(f"/_cat/aliases/{tenant}-*?format=json&h=alias,index&expand_wildcards=all")
    return {each["alias"]: each["index"] for each in sorted(found, key=lambda each: each["index"])}


def tell(domain: Domain, tenant: str) -> dict[str, Any]:
    """All that the tenant has; counted by the server, so a document of the last seconds may be missing."""
    indexes = indexes_of(domain, tenant)
    counts = {index: int(domain.get(f"/{part(index)}/_count", missing={"count": 0})["count"]) for index in indexes}
    mapping = domain.get(f"{SECURITY}/rolesmapping/{tenant}")
    return {
        "indexes": counts,
        "aliases": aliases_of(domain, tenant),
        "role": domain.get(f"{SECURITY}/roles/{tenant}") is not None,
        "open": mapping is not None and tenant in mapping[tenant]["backend_roles"],
    }


def _add(domain: Domain, tenant: str, indexes: Mapping[str, Index]) -> list[str]:
    changed: list[str] = []
    aliases = aliases_of(domain, tenant)
    for dataset in sorted(indexes):
        alias = f"{tenant}-{dataset}"
        if alias not in aliases:
            index = generation(tenant, dataset, 1)
            # With its alias at once: there is no moment in which the one is there and not the other.
            domain.ask("PUT", f"/{part(index)}", {"aliases": {alias: {"is_write_index": True}}})
            changed.append(index)
    if keep_role(domain, tenant, cluster=(), patterns=(f"{tenant}-*",), actions=READ):
        changed.append(f"role {tenant}")
    # Last: nobody has the role before there is what it reads.
    if keep_mapping(domain, tenant, (tenant,)):
        changed.append(f"mapping {tenant}")
    return changed


def _delete(domain: Domain, path: str, what: str) -> list[str]:
    status, _ = domain.ask("DELETE", path, expected=(404,))
    return [] if status == 404 else [what]
