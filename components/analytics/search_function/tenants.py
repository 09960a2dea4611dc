"""What a tenant has in a domain: an index of each dataset behind an alias, a role that reads them, and who has that role."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from .configuration import MAPPING, SECURITY, Index, check_indexes, digest, keep_mapping, keep_mappings, keep_role, keep_roles
from .domain import Domain, part

ID: Final = re.compile(r"t[a-z2-7]{15}", re.ASCII)
"""A tenant's id: of one length, so that no pattern of one fits another's index."""
READ: Final = ("indices:data/read/search", "indices:data/read/get", "indices:data/read/field_caps*")
"""To search, one index at a time, and no more: what names indexes in its body, or goes on with what was kept open, is refused.
Beginning that (`?scroll=`) is a search to the server: whoever hands requests on lets no query string through."""

Action = Literal["add", "lock", "remove", "verify"]
AT_ONCE: Final = 100
"""Tenants that one order adds at the most, well within what the function may last."""


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


class Added(TypedDict):
    """What many tenants have after a run.

    Attributes:
        aliases: Their aliases -> the index behind each.
        empty: Those of these aliases whose only index has the mapping of now, and no document yet.
        changed: What this run created or changed.
    """

    aliases: dict[str, str]
    empty: list[str]
    changed: list[str]


def add_tenants(domain: Domain, tenants: Sequence[str], indexes: Mapping[str, Index]) -> Added:
    """Make what is missing of many tenants, as the master user; may be repeated.

    Their roles are entered with one request, and who has them with another: each request has the domain write those of all
    tenants anew, and for a thousand tenants one after the other that takes hours.

    Raises:
        ValueError: on no tenant, one that is none, more than `AT_ONCE`, or an index that is none.
        DomainError: when the domain refuses something.
    """
    if not 1 <= len(tenants) <= AT_ONCE:
        raise ValueError(f"tenants is {len(tenants)} ids; expected 1 to {AT_ONCE}")
    for tenant in tenants:
        check_tenant(tenant)
    check_indexes(indexes)
    wide, wanted = "expand_wildcards=all", {f"{tenant}-{dataset}" for tenant in tenants for dataset in sorted(indexes)}
    found = domain.get(f"/_cat/aliases/t*?format=json&h=alias,index&{wide}")
    aliases = {
        each["alias"]: each["index"] for each in sorted(found, key=lambda each: each["index"]) if each["alias"] in wanted
    }
    changed: list[str] = []
    for tenant in tenants:
        made = _add_indexes(domain, tenant, indexes, aliases)
        aliases |= made
        changed += made.values()
    empty = _empty(domain, aliases, changed, indexes)
    changed += (f"role {each}" for each in keep_roles(domain, {each: (f"{each}-*",) for each in tenants}, READ))
    # Last: nobody has the role before there is what it reads.
    changed += (f"mapping {each}" for each in keep_mappings(domain, {each: (each,) for each in tenants}))
    return Added(aliases=aliases, empty=empty, changed=changed)


def _empty(domain: Domain, aliases: Mapping[str, str], made: Iterable[str], indexes: Mapping[str, Index]) -> list[str]:
    """Of what was made just now it is known; the others' last seconds are asked for, too."""
    new = set(made)
    counts = {each["index"]: each["docs.count"] for each in domain.get("/_cat/indices/t*?format=json&h=index,docs.count")}
    # One beside which the next was begun already is to be replaced by it, and may be blocked.
    generations = Counter(index.rpartition("-")[0] for index in counts)
    old = {alias: index for alias, index in aliases.items() if index not in new and counts.get(index) == "0"}
    old = {alias: index for alias, index in old.items() if generations[alias] == 1}
    # Of all: a request's first line has no room for the names of so many.
    told = domain.get("/t*/_mapping?filter_path=*.mappings._meta") if old else {}
    current = {dataset: digest(index) for dataset, index in indexes.items()}
    found = [alias for alias, index in aliases.items() if index in new]
    for alias, index in old.items():
        meta = told.get(index, {}).get("mappings", {}).get("_meta", {})
        if meta.get(MAPPING) == current[alias.partition("-")[2]]:
            domain.ask("POST", f"/{part(index)}/_refresh")
            if domain.get(f"/{part(index)}/_count")["count"] == 0:
                found.append(alias)
    return sorted(found)


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
    changed = list(_add_indexes(domain, tenant, indexes, aliases_of(domain, tenant)).values())
    if keep_role(domain, tenant, cluster=(), patterns=(f"{tenant}-*",), actions=READ):
        changed.append(f"role {tenant}")
    # Last: nobody has the role before there is what it reads.
    if keep_mapping(domain, tenant, (tenant,)):
        changed.append(f"mapping {tenant}")
    return changed


def _add_indexes(domain: Domain, tenant: str, indexes: Mapping[str, Index], aliases: Mapping[str, str]) -> dict[str, str]:
    """Make the indexes of aliases that are not there: alias -> index."""
    made: dict[str, str] = {}
    for dataset in sorted(indexes):
        alias = f"{tenant}-{dataset}"
        if alias not in aliases:
            made[alias] = generation(tenant, dataset, 1)
            # With its alias at once: there is no moment in which the one is there and not the other.
            domain.ask("PUT", f"/{part(made[alias])}", {"aliases": {alias: {"is_write_index": True}}})
    return made


def _delete(domain: Domain, path: str, what: str) -> list[str]:
    status, _ = domain.ask("DELETE", path, expected=(404,))
    return [] if status == 404 else [what]
