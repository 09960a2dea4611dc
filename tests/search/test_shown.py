"""What `dataconnect search show` tells of a real domain."""

from typing import Any

import pytest

from components.analytics.search_function.generations import rebuild
from stacks.parts.search import indexes

from .estate import A, B, Search
from .server import MASTER


def shown(search: Search, **order: Any) -> Any:
    return search.order(show=True, **order)


def test_an_empty_domain_is_shown(search: Search) -> None:
    told = shown(search)
    assert (told["health"], told["indexes"], told["blocks"], told["unassigned"], told["why"]) == ("green", [], [], [], "")
    (node,) = told["nodes"]
    assert 0 < node["heap"] <= 100 and told["room"] == 1000


def test_each_index_tells_its_generation_documents_and_newest_state(fresh: Search) -> None:
    told = {each["index"]: each for each in shown(fresh)["indexes"]}
    assert told.keys() == {f"{A}-loans-000001", f"{B}-loans-000001"}
    mine = told[f"{A}-loans-000001"]
    assert {name: mine[name] for name in ("alias", "health", "documents", "blocks", "newest")} == {
        "alias": f"{A}-loans",
        "health": "green",
        "documents": 2,
        "blocks": [],
        "newest": "2026-11-02T10:00:00.000Z",
    }
    assert mine["bytes"] > 0
    assert [each["index"] for each in shown(fresh, tenant=A)["indexes"]] == [f"{A}-loans-000001"]


def test_a_generation_that_is_filled_and_a_block_are_told(fresh: Search) -> None:
    rebuild(fresh.domain(MASTER), A, "loans", "begin", indexes())  # pyright: ignore[reportArgumentType]
    fresh.server.master("PUT", f"/{A}-loans-000001/_block/write")
    old, new = shown(fresh, tenant=A)["indexes"]
    assert (old["alias"], old["blocks"]) == (f"{A}-loans", ["write"])
    assert (new["index"], new["alias"], new["documents"], new["newest"]) == (f"{A}-loans-000002", "", 0, None)


def test_a_shard_without_a_node_is_told_with_its_reason(fresh: Search) -> None:
    fresh.server.master("PUT", f"/{A}-loans-000001/_settings", {"index.number_of_replicas": 1})
    told = shown(fresh)
    assert (told["health"], told["unassigned"]) == (
        "yellow",
        [{"index": f"{A}-loans-000001", "copy": True, "reason": "REPLICA_ADDED"}],
    )
    assert "a copy of this shard is already allocated to this node" in told["why"]


def test_a_domain_that_takes_no_index_says_so(fresh: Search) -> None:
    fresh.server.master("PUT", "/_cluster/settings", {"persistent": {"cluster.blocks.create_index": True}})
    try:
        assert shown(fresh)["blocks"] == ["create_index"]
    finally:
        fresh.server.master("PUT", "/_cluster/settings", {"persistent": {"cluster.blocks.create_index": None}})


def test_a_tenant_that_is_none_is_named(search: Search) -> None:
    with pytest.raises(ValueError, match="tenant is 't\\*'; expected t and 15"):
        shown(search, tenant="t*")
