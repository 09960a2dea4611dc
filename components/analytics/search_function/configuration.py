"""What a domain is configured with: templates of the tenants' indexes, and what writes to them."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import reduce
from hashlib import sha256
from typing import Any, Final, TypedDict, cast
from zlib import crc32

from .domain import Domain, DomainError, part

SECURITY: Final = "/_plugins/_security/api"
MARK: Final = "kept by the function search-configurer"
"""The description of every role that is kept here: no other role is ever touched."""

TENANTS: Final = "t???????????????"
"""What an index of a tenant begins with, as a pattern of roles: `t` and 15 characters."""
INDEXER: Final = "indexer"
MAPPING: Final = "mapping"
"""What an index says of itself: the digest of the mapping that it was made with."""
REFRESH: Final = "5s"
"""From a write to a search that finds it, at the most."""

SLOW: Final[Mapping[str, str]] = {
    "search.slowlog.threshold.query.warn": "2s",
    "search.slowlog.threshold.fetch.warn": "1s",
    "indexing.slowlog.threshold.index.warn": "1s",
    # The log names a slow document, and says nothing of what is in it.
    "indexing.slowlog.source": "false",
}
"""Settings of every index: without a threshold of its own it tells nothing to the slow logs."""

AUDIT: Final[Mapping[str, Any]] = {
    "enabled": True,
    "audit": {
        "enable_rest": True,
        "enable_transport": True,
        # Each request that is let through would be a line.
        "disabled_rest_categories": ["AUTHENTICATED", "GRANTED_PRIVILEGES"],
        "disabled_transport_categories": ["AUTHENTICATED", "GRANTED_PRIVILEGES"],
        "resolve_bulk_requests": False,
        "resolve_indices": True,
        # Bodies hold what borrowers are searched by.
        "log_request_body": False,
        "exclude_sensitive_headers": True,
    },
    "compliance": {"enabled": True, "internal_config": True, "read_metadata_only": True, "write_metadata_only": True},
}
"""What the audit log tells: who was refused, and who changed roles, mappings, indexes or this. The domain publishes the
log, which is empty until this is entered: docs.aws.amazon.com/opensearch-service/latest/developerguide/audit-logs.html"""

_WRITE: Final = ("indices:data/write/bulk*", "indices:data/write/index")
"""To index documents. Not to update one, which would read it, nor to delete, nor to make an index or a field."""


class Index(TypedDict):
    """An index that each tenant has.

    Attributes:
        mapping: Its fields, as OpenSearch takes them (`properties`); others are refused.
    """

    mapping: dict[str, Any]


class Changes(TypedDict):
    """What one run has changed, by name."""

    templates: list[str]
    roles: list[str]
    mappings: list[str]
    settings: list[str]


def check_indexes(indexes: Mapping[str, Index]) -> None:
    """Refuse names that are none.

    Raises:
        ValueError: naming what is wrong.
    """
    if not isinstance(cast(object, indexes), Mapping) or not indexes:
        raise ValueError(f"indexes is {indexes!r}; expected name -> mapping, one or more")
    for name in indexes:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name):
            raise ValueError(f"index is {name!r}; expected up to 40 lower-case letters, digits and _, a letter first")


def configure(domain: Domain, indexes: Mapping[str, Index], *, writers: Sequence[str], replicas: int) -> Changes:
    """Make the domain's templates, roles and settings those that are told; may be repeated.

    Args:
        domain: As its master user.
        indexes: Dataset -> the index that each tenant has of it.
        writers: ARNs of the roles of IAM that index.
        replicas: Copies of each shard.

    Raises:
        ValueError: on a name that is none.
        DomainError: when the domain refuses something, also where a role of the name is somebody else's.
    """
    check_indexes(indexes)
    changes = Changes(templates=[], roles=[], mappings=[], settings=[])
    if _keep_settings(domain):
        changes["settings"].append("cluster")
    if keep_audit(domain):
        changes["settings"].append("audit")
    for name, index in sorted(indexes.items()):
        if keep(domain, f"/_index_template/{name}", template(name, index, replicas), told_template):
            changes["templates"].append(name)
        if _keep_slow(domain, f"/t*-{name}-*/_settings"):
            changes["settings"].append(f"slow {name}")
    known = domain.get("/_index_template", missing={"index_templates": []})["index_templates"]
    for each in known:
        if each["name"] not in indexes and each["index_template"].get("_meta", {}).get("kept") == MARK:
            domain.ask("DELETE", f"/_index_template/{part(each['name'])}")
            changes["templates"].append(each["name"])
    if keep_role(domain, INDEXER, cluster=("indices:data/write/bulk",), patterns=(f"{TENANTS}-*",), actions=_WRITE):
        changes["roles"].append(INDEXER)
    if keep_mapping(domain, INDEXER, sorted(writers)):
        changes["mappings"].append(INDEXER)
    return changes


def _keep_settings(domain: Domain) -> bool:
    """Have no request make a tenant's index but one that is for it: it would lack its alias."""
    wanted = {"action.auto_create_index": "-t*,+*"}
    found = domain.get("/_cluster/settings?flat_settings=true")["persistent"]
    if all(found.get(name) == value for name, value in wanted.items()):
        return False
    domain.ask("PUT", "/_cluster/settings", {"persistent": wanted})
    return True


def keep_audit(domain: Domain) -> bool:
    """Have the audit log filled; what AWS or somebody has set besides, e.g. users that are left out, stays."""
    found = domain.get(f"{SECURITY}/audit")["config"]
    wanted: dict[str, Any] = {
        name: {**found.get(name, {}), **value} if isinstance(value, Mapping) else value for name, value in AUDIT.items()
    }
    if all(found.get(name) == value for name, value in wanted.items()):
        return False
    domain.ask("PUT", f"{SECURITY}/audit/config", wanted)
    return True


def _keep_slow(domain: Domain, path: str) -> bool:
    """Have the indexes that are there tell what is slow; a template is for those that are made after it."""
    wanted = {f"index.{name}": value for name, value in SLOW.items()}
    # With a setting that each has: the server leaves out who has none of those that are asked for.
    found = domain.get(f"{path}/index.uuid,index.*.slowlog.*?flat_settings=true&expand_wildcards=all")
    if all(each["settings"].get(name) == value for each in found.values() for name, value in wanted.items()):
        return False
    domain.ask("PUT", f"{path}?expand_wildcards=all", wanted)
    return True


def template(name: str, index: Index, replicas: int) -> dict[str, Any]:
    """The template of the indexes `<tenant>-<name>-<generation>`."""
    # Nested, and all values texts, as the server tells it: what is alike is not put again.
    settings: dict[str, Any] = {"number_of_shards": "1", "number_of_replicas": str(replicas), "refresh_interval": REFRESH}
    return {
        "index_patterns": [f"t*-{name}-*"],
        # Patterns know `*` only, so to the server those of two templates overlap; it refuses two of one priority (tried).
        "priority": 100 + crc32(name.encode()),
        "_meta": {"kept": MARK},
        "template": {
            "settings": {"index": telling_slow(settings)},
            "mappings": {"_meta": {MAPPING: digest(index)}, "dynamic": "strict", "properties": index["mapping"]},
        },
    }


def telling_slow(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of an index, with `SLOW` in them: nested, as the server tells them."""
    for path, value in SLOW.items():
        *folders, last = path.split(".")
        reduce(lambda within, each: within.setdefault(each, {}), folders, settings)[last] = value
    return settings


def digest(index: Index) -> str:
    """Of a mapping: an index that was made with another one bears another."""
    return sha256(json.dumps(index["mapping"], sort_keys=True).encode()).hexdigest()


def told_template(answer: Any) -> Any:
    """A template as it was put, of what the server answers."""
    found = dict(answer["index_templates"][0]["index_template"])
    return {name: found.get(name) for name in ("index_patterns", "priority", "_meta", "template")}


def keep(domain: Domain, path: str, wanted: Any, told: Any) -> bool:
    """Put what is wanted where something else is; whether it was."""
    found = domain.get(path)
    if found is not None and told(found) == wanted:
        return False
    domain.ask("PUT", path, wanted)
    return True


def keep_role(domain: Domain, name: str, *, cluster: Sequence[str], patterns: Sequence[str], actions: Sequence[str]) -> bool:
    """Make a role what is told; whether it was another, or none.

    Raises:
        DomainError: where it is not one that is kept here.
    """
    path = f"{SECURITY}/roles/{part(name)}"
    wanted = _role(cluster, patterns, actions)
    if not _differs(name, domain.get(path, missing={}), wanted):
        return False
    domain.ask("PUT", path, wanted)
    return True


def keep_roles(domain: Domain, roles: Mapping[str, Sequence[str]], actions: Sequence[str]) -> list[str]:
    """The same of many, each with the patterns of its indexes, with one request; which were others, or none.

    Raises:
        DomainError: where one is not kept here; none is changed then.
    """
    found = domain.get(f"{SECURITY}/roles")
    wanted = {name: _role((), patterns, actions) for name, patterns in roles.items()}
    return _patch(domain, "roles", {name: role for name, role in wanted.items() if _differs(name, found, role)})


def keep_mapping(domain: Domain, name: str, backend_roles: Sequence[str]) -> bool:
    """Make a role that of who has the backend roles, and of nobody else; whether it was another's."""
    path = f"{SECURITY}/rolesmapping/{part(name)}"
    if _has(domain.get(path, missing={}), name, backend_roles):
        return False
    domain.ask("PUT", path, _mapping(backend_roles))
    return True


def keep_mappings(domain: Domain, mappings: Mapping[str, Sequence[str]]) -> list[str]:
    """The same of many, with one request; which were another's, or nobody's."""
    found = domain.get(f"{SECURITY}/rolesmapping")
    wanted = {name: _mapping(who) for name, who in mappings.items() if not _has(found, name, who)}
    return _patch(domain, "rolesmapping", wanted)


def _patch(domain: Domain, kind: str, values: Mapping[str, Any]) -> list[str]:
    if values:
        # `add` puts in place of what is there, too (RFC 6902).
        patch = [{"op": "add", "path": f"/{name}", "value": value} for name, value in values.items()]
        domain.ask("PATCH", f"{SECURITY}/{kind}", patch)
    return list(values)


def _role(cluster: Sequence[str], patterns: Sequence[str], actions: Sequence[str]) -> dict[str, Any]:
    return {
        "description": MARK,
        "cluster_permissions": list(cluster),
        "index_permissions": [{"index_patterns": list(patterns), "allowed_actions": list(actions)}],
    }


def _mapping(backend_roles: Sequence[str]) -> dict[str, Any]:
    return {"backend_roles": list(backend_roles), "hosts": [], "users": [], "and_backend_roles": []}


def _has(found: Mapping[str, Any], name: str, backend_roles: Sequence[str]) -> bool:
    """Whether a role is that of who has the backend roles, and of nobody else."""
    told, others = found.get(name), ("hosts", "users", "and_backend_roles")
    return bool(told) and sorted(told["backend_roles"]) == sorted(backend_roles) and not any(told.get(each) for each in others)


def _differs(name: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a role is another, or none; one that is somebody else's is refused."""
    if name not in found:
        return True
    _refuse_others(name, found[name])
    return not _alike(found[name], wanted)


def _refuse_others(name: str, role: Mapping[str, Any]) -> None:
    if role.get("description") != MARK:
        raise DomainError(f"the role {name} is not one that is kept here; expected a name that no other role has")


def _alike(role: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    permissions = role["index_permissions"]
    if role["cluster_permissions"] != wanted["cluster_permissions"] or len(permissions) != 1 or role["tenant_permissions"]:
        return False
    told = permissions[0]
    narrowed = told.get("dls") or told.get("fls") or told.get("masked_fields")
    (expected,) = wanted["index_permissions"]
    return not narrowed and all(told[name] == expected[name] for name in expected)
