"""A tenant's user gets nothing of another tenant, whatever is asked; of the server itself, past the domain's access policy."""

import http.client
import json
import ssl
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from components.analytics.search_function.configuration import INDEXER

from .estate import MASTER, NOBODY, SECRET, WRITER, A, B, Search, loan
from .front import signed

MINE, THEIRS = f"{A}-loans", f"{B}-loans"
ALL: Final[dict[str, Any]] = {"query": {"match_all": {}}}


def _lines(*each: object) -> str:
    return "".join(f"{json.dumps(line)}\n" for line in each)


def _looks_up(index: str, document: str) -> dict[str, Any]:
    return {"query": {"terms": {"product": {"index": index, "id": document, "path": "product"}}}}


_SUGGEST: Final = {
    "suggest": {
        "term": {"text": "zyzzyv", "term": {"field": "product.words", "suggest_mode": "always"}},
        "phrase": {"text": "zyzzyv", "phrase": {"field": "product.words"}},
    }
}
_BUCKETS: Final = {
    "size": 0,
    "aggs": {
        "words": {"terms": {"field": "product"}},
        "significant": {"significant_terms": {"field": "product", "min_doc_count": 1}},
        "text": {"significant_text": {"field": "product.words", "min_doc_count": 1}},
        "everything": {"global": {}, "aggs": {"all": {"terms": {"field": "product"}}}},
        "several": {"multi_terms": {"terms": [{"field": "product"}, {"field": "state"}]}},
        "scripted": {
            "scripted_metric": {
                "init_script": "state.all = []",
                "map_script": "state.all.add(doc['product'].value)",
                "combine_script": "return state.all",
                "reduce_script": "return states",
            }
        },
    },
}

# What names B's index, by every way that there is to name one, or everybody's.
REACHES: Final[dict[str, tuple[str, str, object]]] = {
    "search": ("GET", f"/{THEIRS}/_search", ALL),
    "search of the index behind": ("GET", f"/{B}-loans-000001/_search", ALL),
    "a list of two": ("GET", f"/{MINE},{THEIRS}/_search", ALL),
    "all": ("GET", "/_all/_search", ALL),
    "everything": ("GET", "/_search", ALL),
    "a pattern": ("GET", "/t*-loans/_search", ALL),
    "a pattern and what is not": ("GET", f"/*,-{MINE}*/_search", ALL),
    "a date in the name": ("GET", f"/%3C{B}-loans%7Bnow%2Fd%7Byyyy%7D%7D%3E,%3C{B}-loans%3E/_search", ALL),
    "a cluster before it": ("GET", f"/*:{THEIRS}/_search", ALL),
    "with indexes left out that are not there": (
        "GET",
        f"/{THEIRS},{MINE}/_search?ignore_unavailable=true&allow_no_indices=true&expand_wildcards=all",
        ALL,
    ),
    "count": ("GET", f"/{THEIRS}/_count", None),
    "get": ("GET", f"/{THEIRS}/_doc/B-1", None),
    "source": ("GET", f"/{THEIRS}/_source/B-1", None),
    "head": ("HEAD", f"/{THEIRS}/_doc/B-1", None),
    "explain": ("GET", f"/{THEIRS}/_explain/B-1", ALL),
    "term vectors": ("GET", f"/{THEIRS}/_termvectors/B-1?fields=product.words", None),
    "multi term vectors": ("POST", "/_mtermvectors", {"docs": [{"_index": THEIRS, "_id": "B-1", "fields": ["product.words"]}]}),
    "mget": ("POST", "/_mget", {"docs": [{"_index": THEIRS, "_id": "B-1"}]}),
    "mget at mine": ("POST", f"/{MINE}/_mget", {"docs": [{"_index": THEIRS, "_id": "B-1"}]}),
    "msearch": ("POST", "/_msearch", _lines({"index": THEIRS}, ALL)),
    "msearch at mine": ("POST", f"/{MINE}/_msearch", _lines({"index": THEIRS}, ALL)),
    "msearch template": ("POST", "/_msearch/template", _lines({"index": THEIRS}, {"source": ALL})),
    "a template": ("POST", f"/{THEIRS}/_search/template", {"source": ALL}),
    "render": ("POST", "/_render/template", {"source": ALL}),
    "terms of a document of theirs": ("POST", f"/{MINE}/_search", _looks_up(THEIRS, "B-1")),
    "percolate": (
        "POST",
        f"/{MINE}/_search",
        {"query": {"percolate": {"field": "query", "index": THEIRS, "id": "B-1"}}},
    ),
    "more like theirs": (
        "POST",
        f"/{MINE}/_search",
        {
            "query": {
                "more_like_this": {"fields": ["product.words"], "like": [{"_index": THEIRS, "_id": "B-1"}], "min_term_freq": 1}
            }
        },
    ),
    "a shape of theirs": (
        "POST",
        f"/{MINE}/_search",
        {"query": {"geo_shape": {"place": {"indexed_shape": {"index": THEIRS, "id": "B-1", "path": "product"}}}}},
    ),
    "boosted indexes": ("POST", f"/{MINE}/_search", {"indices_boost": [{THEIRS: 2}], **ALL}),
    "suggest": ("POST", f"/{THEIRS}/_search", _SUGGEST),
    "buckets": ("POST", f"/{THEIRS}/_search", _BUCKETS),
    "profile": ("POST", f"/{THEIRS}/_search", {"profile": True, **ALL}),
    "validate": ("GET", f"/{THEIRS}/_validate/query?explain=true&q={SECRET}", None),
    "fields": ("GET", f"/{THEIRS}/_field_caps?fields=*", None),
    "mapping": ("GET", f"/{THEIRS}/_mapping", None),
    "settings": ("GET", f"/{THEIRS}/_settings", None),
    "stats": ("GET", f"/{THEIRS}/_stats", None),
    "segments": ("GET", f"/{THEIRS}/_segments", None),
    "shards that would be searched": ("GET", f"/{THEIRS}/_search_shards", None),
    "rank": (
        "GET",
        f"/{THEIRS}/_rank_eval",
        {"requests": [{"id": "x", "request": ALL, "ratings": []}], "metric": {"precision": {}}},
    ),
    "aliases": ("GET", "/_alias", None),
    "an alias": ("GET", f"/_alias/{THEIRS}", None),
    "indexes": ("GET", "/_cat/indices?format=json", None),
    "aliases in columns": ("GET", "/_cat/aliases?format=json", None),
    "shards": ("GET", "/_cat/shards?format=json", None),
    "count in columns": ("GET", f"/_cat/count/{THEIRS}?format=json", None),
    "names resolved": ("GET", "/_resolve/index/*", None),
    "state": ("GET", "/_cluster/state", None),
    "health": ("GET", "/_cluster/health?level=indices", None),
    "stats of all": ("GET", "/_stats", None),
    "stats of nodes": ("GET", "/_nodes/stats/indices?level=indices", None),
    "hot threads": ("GET", "/_nodes/hot_threads", None),
    "tasks": ("GET", "/_tasks?detailed=true", None),
    "templates": ("GET", "/_index_template", None),
    "a point in time": ("POST", f"/{THEIRS}/_search/point_in_time?keep_alive=1m", None),
    "all points in time": ("GET", "/_search/point_in_time/_all", None),
    "a scroll": ("GET", f"/{THEIRS}/_search?scroll=1m", ALL),
    "copied to mine": ("POST", "/_reindex", {"source": {"index": THEIRS}, "dest": {"index": MINE}}),
    "cloned": ("PUT", f"/{B}-loans-000001/_clone/{A}-loans-000009", None),
    "an alias of mine on theirs": (
        "POST",
        "/_aliases",
        {"actions": [{"add": {"index": f"{B}-loans-000001", "alias": f"{A}-x"}}]},
    ),
    "roles": ("GET", "/_plugins/_security/api/roles", None),
    "a role": ("PUT", f"/_plugins/_security/api/rolesmapping/{B}", {"backend_roles": [A]}),
    "the roles' own index": ("GET", "/.opendistro_security/_search", ALL),
    "scripts run": (
        "POST",
        "/_scripts/painless/_execute",
        {"script": {"source": "1"}, "context": "filter", "context_setup": {"index": THEIRS, "document": {}}},
    ),
    "SQL": ("POST", "/_plugins/_sql", {"query": f'SELECT * FROM "{THEIRS}"'}),
    "PPL": ("POST", "/_plugins/_ppl", {"query": f"source={THEIRS}"}),
    "asynchronously": ("POST", f"/_plugins/_asynchronous_search?index={THEIRS}", ALL),
    "snapshots": ("GET", "/_snapshot/_all", None),
    "analyze": ("GET", f"/{THEIRS}/_analyze", {"field": "product.words", "text": "x"}),
    "cache": ("POST", f"/{THEIRS}/_cache/clear", None),
    "write": ("PUT", f"/{THEIRS}/_doc/B-9", loan("B-9", "mine now")),
    "update": ("POST", f"/{THEIRS}/_update/B-1", {"doc": {"product": "mine now"}}),
    "delete": ("DELETE", f"/{THEIRS}/_doc/B-1", None),
    "delete the index": ("DELETE", f"/{B}-loans-000001", None),
}


def _tells_of_b(answer: Any) -> bool:
    # What was asked comes back in errors: that is no news. A document, a word, a count or a name not asked for is.
    text = json.dumps(answer)
    hits = isinstance(answer, dict) and bool(answer.get("hits", {}).get("hits") or answer.get("count"))
    return SECRET in text or (hits and "B-" in text) or "jumbo" in text


@pytest.mark.parametrize("name", REACHES)
def test_what_is_asked_of_another_tenant_is_refused(filled: Search, name: str) -> None:
    method, path, body = REACHES[name]
    owner, _ = filled.as_user(B, method, path, body) if method in ("GET", "HEAD") and not body else (0, None)
    status, answer = filled.as_user(A, method, path, body)
    assert not _tells_of_b(answer), answer
    if name == "boosted indexes":  # a list of names that it is told, and looks up only among what it searches
        assert status in (200, 400, 403)
    elif status == 200 and name in ("a pattern", "everything", "all", "a cluster before it"):
        assert {each["_index"] for each in answer["hits"]["hits"]} <= {f"{A}-loans-000001"}
    else:
        # 400 and 405: there is no such API here, or not for that; 404: what is not there for anybody.
        assert status >= 400, (status, answer, owner)


def test_their_own_is_theirs(filled: Search) -> None:
    """What is refused above works at home: it is not refused for being wrong."""
    for tenant, index, letter in ((A, MINE, "A"), (B, THEIRS, "B")):
        status, found = filled.as_user(tenant, "GET", f"/{index}/_search", ALL)
        assert status == 200 and {each["_id"] for each in found["hits"]["hits"]} == {f"{letter}-1", f"{letter}-2"}
        assert filled.as_user(tenant, "GET", f"/{index}/_count")[1]["count"] == 2
        assert filled.as_user(tenant, "GET", f"/{index}/_doc/{letter}-1")[0] == 200
        assert filled.as_user(tenant, "POST", f"/{index}/_search", _BUCKETS)[0] == 200
        assert (
            filled.as_user(tenant, "POST", f"/{index}/_search", _looks_up(index, f"{letter}-1"))[1]["hits"]["total"]["value"]
            == 1
        )
    status, found = filled.as_user(B, "POST", f"/{THEIRS}/_search", _SUGGEST)
    assert SECRET in json.dumps(found)


OWN: Final[dict[str, dict[str, Any]]] = {
    "suggestions": _SUGGEST,
    "buckets": _BUCKETS,
    "profile": {"profile": True, "explain": True, "query": {"match": {"product.words": SECRET}}},
}


def _others_words(search: Search, body: dict[str, Any]) -> list[str]:
    """What of B's the own index tells A."""
    status, answer = search.as_user(A, "POST", f"/{MINE}/_search", body)
    assert status == 200
    # A profile says the query again, which A has told itself; besides, no word, no document and no name of B's is in it.
    told = json.dumps(answer).replace(f"product.words:{SECRET}", "what was asked")
    return [theirs for theirs in (SECRET, "B-1", "B-2", B) if theirs in told]


@pytest.mark.parametrize("name", OWN)
def test_what_is_asked_of_the_own_index_tells_nothing_of_another(filled: Search, name: str) -> None:
    assert _others_words(filled, OWN[name]) == []


@pytest.mark.parametrize("keeps", ["scroll", "point in time"])
def test_what_the_other_holds_open_is_not_read(filled: Search, keeps: str) -> None:
    """Only the master can hold anything open; its handle is of no use to a tenant."""
    if keeps == "scroll":
        handle = filled.server.master("GET", f"/{THEIRS}/_search?scroll=1m&size=1", ALL)["_scroll_id"]
        status, answer = filled.as_user(A, "POST", "/_search/scroll", {"scroll_id": handle, "scroll": "1m"})
    else:
        handle = filled.server.master("POST", f"/{THEIRS}/_search/point_in_time?keep_alive=1m")["pit_id"]
        status, answer = filled.as_user(A, "POST", "/_search", {"pit": {"id": handle}, **ALL})
    assert status == 403 and not _tells_of_b(answer)


@pytest.mark.parametrize(
    ("token", "claims"),
    [
        ("expired", {"seconds": -120}),
        ("forged", {"forged": True}),
        ("unsigned", {"head": {"alg": "none"}}),
        ("of another key", {"head": {"kid": "two"}, "forged": True}),
        ("of another algorithm", {"head": {"alg": "HS256"}}),
    ],
)
def test_a_token_that_is_none_opens_nothing(filled: Search, token: str, claims: dict[str, Any]) -> None:
    assert filled.as_user(A, "GET", f"/{MINE}/_search", ALL, **claims)[0] == 401, token


@pytest.mark.parametrize("tenant", [None, "", "*", f"{A}x", A[:-1], "t" + 15 * "?", "t" + 15 * "c"])
def test_a_token_of_no_tenant_opens_nothing(filled: Search, tenant: str | None) -> None:
    for index in (MINE, THEIRS):
        assert filled.as_user(tenant, "GET", f"/{index}/_search", ALL)[0] in (401, 403)


def test_a_user_of_two_tenants_reads_both_and_no_third(filled: Search) -> None:
    for tenant in ([A, B], f"{A},{B}"):
        assert {filled.as_user(tenant, "GET", f"/{index}/_count")[0] for index in (MINE, THEIRS)} == {200}


WRITES: Final = {
    name: REACHES[name]
    for name in ("search", "count", "get", "mget at mine", "update", "delete", "mapping", "delete the index")
}


@pytest.mark.parametrize("name", WRITES)
def test_who_writes_reads_nothing(filled: Search, name: str) -> None:
    method, path, body = WRITES[name]
    status, answer = filled.server.ask(method, path, body, user=WRITER)
    assert status >= 400 and not _tells_of_b(answer)


def test_who_writes_updates_and_deletes_nothing_in_bulk(filled: Search) -> None:
    lines = _lines({"update": {"_id": "B-1"}}, {"doc": {"product": "x"}}, {"delete": {"_id": "B-2"}})
    _, told = filled.server.ask("POST", f"/{THEIRS}/_bulk", lines, user=WRITER)
    assert [next(iter(each.values()))["status"] for each in told["items"]] == [403, 403]


# Through the front: what the domain's access policy lets in at all.


def _status(search: Search, method: str, path: str, headers: dict[str, str], body: object = None) -> int:
    where = urlsplit(search.front.endpoint)
    connection = http.client.HTTPSConnection(where.hostname or "", where.port, context=search.front.tls)
    data = b"" if body is None else json.dumps(body).encode()
    told = {"content-type": "application/json", **headers} if data else headers
    connection.request(method, path, data or None, told)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("POST", f"/{MINE}/_search", True),
        ("GET", f"/{MINE}/_count", True),
        ("GET", f"/{MINE}/_doc/A-1", False),
        ("GET", "/_cat/indices", False),
        ("POST", "/_msearch", False),
        ("GET", "/_search", False),
        ("GET", "/_plugins/_security/api/roles", False),
        ("PUT", f"/{MINE}/_doc/x", False),
        ("DELETE", f"/{MINE}", False),
    ],
)
def test_a_token_passes_the_policy_to_search_and_no_more(filled: Search, method: str, path: str, passes: bool) -> None:
    status = _status(filled, method, path, filled.identity.bearer(A))
    assert (status == 200) is passes, status


def test_a_token_that_names_the_master_or_the_writer_is_not_it(filled: Search) -> None:
    """The provider's word is believed: past the policy such a token would be the master."""
    for role in (MASTER, WRITER):
        headers = filled.identity.bearer(role)
        assert _status(filled, "GET", "/_cat/indices", headers) == 403
        assert _status(filled, "DELETE", f"/{B}-loans-000001", headers) == 403


def test_headers_of_the_front_are_nobodys_to_send(filled: Search) -> None:
    for name in (MASTER, WRITER):
        headers = {"x-front-user": name, "x-front-roles": name, "x-forwarded-for": "127.0.0.1"}
        assert _status(filled, "GET", f"/{MINE}/_search", headers) == 401


def test_a_signature_that_is_wrong_is_nobodys(filled: Search) -> None:
    address = f"{filled.front.endpoint}/_cat/indices"
    good = dict(signed(MASTER)("GET", address, b"", {"host": urlsplit(address).netloc}))
    assert _status(filled, "GET", "/_cat/indices", good) == 200
    assert _status(filled, "GET", "/_cat/indices", {**good, "Authorization": good["Authorization"][:-1] + "x"}) == 403
    assert _status(filled, "GET", "/_cat/aliases", good) == 403
    assert filled.front.tls.verify_mode is ssl.CERT_REQUIRED


def test_a_role_that_the_policy_does_not_name_passes_to_nothing_of_its_own(filled: Search) -> None:
    for role, path in ((NOBODY, "/_cat/indices"), (WRITER, "/_cat/indices"), (WRITER, f"/{MINE}/_doc/x")):
        headers = dict(
            signed(role)("GET", f"{filled.front.endpoint}{path}", b"", {"host": urlsplit(filled.front.endpoint).netloc})
        )
        assert _status(filled, "GET", path, headers) == 403
    # Where everybody may knock, the domain's own roles answer.
    headers = dict(
        signed(NOBODY)("GET", f"{filled.front.endpoint}/{MINE}/_search", b"", {"host": urlsplit(filled.front.endpoint).netloc})
    )
    assert _status(filled, "GET", f"/{MINE}/_search", headers) == 403


def test_a_suspended_tenant_reads_nothing_from_the_next_request_on(fresh: Search) -> None:
    assert fresh.as_user(A, "GET", f"/{MINE}/_count")[0] == 200
    fresh.tenant("lock", A)
    assert fresh.as_user(A, "GET", f"/{MINE}/_count")[0] == 403
    assert fresh.as_user(B, "GET", f"/{THEIRS}/_count")[0] == 200
    fresh.tenant("add", A)
    assert fresh.as_user(A, "GET", f"/{MINE}/_count")[1]["count"] == 2


def test_a_tenant_that_was_removed_left_nothing(fresh: Search) -> None:
    fresh.tenant("remove", B)
    assert fresh.as_user(B, "GET", f"/{THEIRS}/_search", ALL)[0] in (401, 403, 404)
    assert fresh.server.ask("GET", f"/{THEIRS}/_search", user=MASTER)[0] == 404
    assert fresh.as_user(A, "GET", f"/{MINE}/_count")[1]["count"] == 2


def _widen(search: Search, **permissions: Any) -> None:
    found = search.server.master("GET", f"/_plugins/_security/api/roles/{A}")[A]
    (index,) = found["index_permissions"]
    role = {"description": found["description"], "cluster_permissions": permissions.pop("cluster", [])}
    index = {name: index[name] for name in ("index_patterns", "allowed_actions")} | permissions
    search.server.master("PUT", f"/_plugins/_security/api/roles/{A}", {**role, "index_permissions": [index]})


@pytest.mark.parametrize(
    ("mutation", "method", "path", "body"),
    [
        ({"index_patterns": ["t*"]}, "GET", f"/{THEIRS}/_search", ALL),
        ({"index_patterns": [f"{A}-*", "t*-loans-*"]}, "POST", f"/{MINE}/_search", _looks_up(THEIRS, "B-1")),
        ({"index_patterns": ["*"], "allowed_actions": ["*"]}, "POST", f"/{THEIRS}/_search", _SUGGEST),
    ],
)
def test_a_role_that_is_too_wide_shows(fresh: Search, mutation: dict[str, Any], method: str, path: str, body: object) -> None:
    assert fresh.as_user(A, method, path, body)[0] == 403
    _widen(fresh, **mutation)
    assert fresh.as_user(A, method, path, body)[0] == 200
    # And the next deployment, or order, puts it right.
    assert fresh.tenant("add", A)["changed"] == [f"role {A}"]
    assert fresh.as_user(A, method, path, body)[0] == 403


@pytest.mark.parametrize("name", OWN)
def test_an_alias_over_two_tenants_indexes_shows(fresh: Search, name: str) -> None:
    """Who may read an alias reads whatever is behind it."""
    assert _others_words(fresh, OWN[name]) == []
    fresh.server.master("POST", "/_aliases", {"actions": [{"add": {"index": f"{B}-loans-000001", "alias": MINE}}]})
    assert SECRET in _others_words(fresh, OWN[name])


def test_a_writers_role_that_may_search_shows(fresh: Search) -> None:
    def read() -> set[str]:
        asked = {name: fresh.server.ask(*WRITES[name], user=WRITER) for name in ("search", "get", "count")}
        return {name for name, (status, _) in asked.items() if status == 200}

    assert read() == set()
    role = fresh.server.master("GET", f"/_plugins/_security/api/roles/{INDEXER}")[INDEXER]
    (index,) = role["index_permissions"]
    wider = {"index_patterns": index["index_patterns"], "allowed_actions": [*index["allowed_actions"], "read"]}
    told = {**{name: role[name] for name in ("description", "cluster_permissions")}, "index_permissions": [wider]}
    fresh.server.master("PUT", f"/_plugins/_security/api/roles/{INDEXER}", told)
    assert read() == {"search", "get", "count"}
    fresh.configure()
    assert read() == set()
