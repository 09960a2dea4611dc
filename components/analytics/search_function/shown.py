"""What an operator looks at: the domain's health, and each index with its generation, documents and blocks."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from .domain import Domain
from .tenants import ID, check_tenant

ALL: Final = "t*"
_MOST: Final = 20_000
"""Indexes that one answer tells the newest state of."""


class Node(TypedDict):
    """A node, in percent."""

    name: str
    heap: int
    disk: int
    cpu: int


class Shard(TypedDict):
    """A shard that no node has: itself, or its copy."""

    index: str
    copy: bool
    reason: str


class IndexTold(TypedDict):
    """An index of a tenant.

    Attributes:
        index: Its name, which ends with its generation.
        alias: What it is searched by; empty while it is being filled, or was left behind.
        health: `green`, `yellow` (no copy) or `red` (no shard).
        documents: How many; with those of the last seconds missing.
        bytes: With its copies.
        blocks: What is refused there, e.g. `write`.
        newest: The latest `updated_at` of its documents; None without any.
    """

    index: str
    alias: str
    health: str
    documents: int
    bytes: int
    blocks: list[str]
    newest: str | None


class Shown(TypedDict):
    """A domain.

    Attributes:
        health: That of its worst index.
        nodes: Those that answer.
        shards: With copies, of all indexes.
        room: Shards that the server lets its data nodes have; 0 where it does not tell.
        unassigned: Shards that no node has.
        why: What the server says of the first of these; empty where there is none.
        blocks: What the whole domain refuses.
        indexes: Those of tenants, or of one.
    """

    health: str
    nodes: list[Node]
    shards: int
    room: int
    unassigned: list[Shard]
    why: str
    blocks: list[str]
    indexes: list[IndexTold]


def show(domain: Domain, tenant: str = "") -> Shown:
    """Look at a domain, and at the indexes of one tenant or of all; changes nothing.

    Raises:
        ValueError: on a tenant that is none.
        DomainError: when the domain refuses something.
    """
    if tenant:
        check_tenant(tenant)
    health = domain.get("/_cluster/health")
    settings = domain.get("/_cluster/settings?include_defaults=true&filter_path=*.cluster.blocks,*.cluster.max_shards_per_node")
    unassigned = _unassigned(domain)
    return Shown(
        health=health["status"],
        nodes=_nodes(domain),
        shards=health["active_shards"],
        room=_limit(settings) * health["number_of_data_nodes"],
        unassigned=unassigned,
        why=_why(domain) if unassigned else "",
        blocks=sorted(
            name
            for kind in ("persistent", "transient")
            for name, value in settings.get(kind, {}).get("cluster", {}).get("blocks", {}).items()
            if value in (True, "true")
        ),
        indexes=_indexes(domain, f"{tenant}-*" if tenant else ALL),
    )


def _limit(settings: Mapping[str, Any]) -> int:
    told = [
        settings.get(kind, {}).get("cluster", {}).get("max_shards_per_node") for kind in ("transient", "persistent", "defaults")
    ]
    return next((int(each) for each in told if each is not None), 0)


def _nodes(domain: Domain) -> list[Node]:
    found = domain.get("/_cat/nodes?format=json&h=name,heap.percent,disk.used_percent,cpu")
    return [
        Node(
            name=each["name"],
            heap=_percent(each["heap.percent"]),
            disk=_percent(each["disk.used_percent"]),
            cpu=_percent(each["cpu"]),
        )
        for each in sorted(found, key=lambda each: each["name"])
    ]


def _percent(told: str | None) -> int:
    return round(float(told or 0))


def _unassigned(domain: Domain) -> list[Shard]:
    found = domain.get("/_cat/shards?format=json&h=index,prirep,state,unassigned.reason")
    return [
        Shard(index=each["index"], copy=each["prirep"] != "p", reason=each["unassigned.reason"] or "")
        for each in found
        if each["state"] == "UNASSIGNED"
    ]


def _why(domain: Domain) -> str:
    """Of the first that the server finds; it says 400 where meanwhile there is none."""
    _, told = domain.ask("GET", "/_cluster/allocation/explain", expected=(400,))
    deciders = [
        decider["explanation"]
        for node in told.get("node_allocation_decisions", ())
        for decider in node.get("deciders", ())
        if decider["decision"] == "NO"
    ]
    return " ".join(dict.fromkeys([told.get("allocate_explanation", ""), *deciders])).strip()


def _indexes(domain: Domain, pattern: str) -> list[IndexTold]:
    wide = "expand_wildcards=all"
    found = domain.get(f"/_cat/indices/{pattern}?format=json&bytes=b&h=index,health,docs.count,store.size&{wide}")
    aliases = {each["index"]: each["alias"] for each in domain.get(f"/_cat/aliases/{pattern}?format=json&h=alias,index&{wide}")}
    blocked = domain.get(f"/{pattern}/_settings/index.blocks.*?flat_settings=true&{wide}", missing={})
    each_index = {"terms": {"field": "_index", "size": _MOST}, "aggs": {"newest": {"max": {"field": "updated_at"}}}}
    _, told = domain.ask("POST", f"/{pattern}/_search?ignore_unavailable=true", {"size": 0, "aggs": {"of": each_index}})
    buckets = told.get("aggregations", {}).get("of", {}).get("buckets", ())
    newest = {each["key"]: each["newest"].get("value_as_string") for each in buckets}
    return [
        IndexTold(
            index=each["index"],
            alias=aliases.get(each["index"], ""),
            health=each["health"],
            documents=int(each["docs.count"] or 0),
            bytes=int(each["store.size"] or 0),
            blocks=sorted(
                name.removeprefix("index.blocks.")
                for name, value in blocked.get(each["index"], {}).get("settings", {}).items()
                if value == "true"
            ),
            newest=newest.get(each["index"]),
        )
        for each in sorted(found, key=lambda each: each["index"])
        if ID.match(each["index"])
    ]
