"""The search on one node of OpenSearch: what security costs, and what 1,000 tenants' indexes and roles take.

`python -m tests.bench.search`. Ratios of one run on one machine, and counts; nothing of AWS. The server is that of the tests.
"""

import argparse
import http.client
import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from components.analytics.search_function import domain as domains
from components.analytics.search_function.configuration import MARK, SECURITY, configure
from components.analytics.search_function.domain import Domain
from components.analytics.search_function.tenants import READ, keep_tenant
from stacks.parts.search import indexes
from tests.search.estate import WRITER, A, loan
from tests.search.identity import Provider, provider
from tests.search.server import MASTER, Server, server

BULKS: Final = 30
DOCUMENTS: Final = 100
SEARCHES: Final = 400
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1000)
    tenants = parser.parse_args().tenants
    domains.SECONDS = 600  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]  # a thousand roles at once
    with provider() as identity:
        with server(jwks_url=identity.url, secured=False) as bare:
            plain = _rates(bare, lambda _: {}, dict)
        with server(jwks_url=identity.url) as secured:
            domain = _domain(secured)
            configure(domain, indexes(), writers=[WRITER], replicas=0)  # pyright: ignore[reportArgumentType]
            keep_tenant(domain, A, "add", indexes())  # pyright: ignore[reportArgumentType]
            guarded = _rates(secured, _as, lambda: identity.bearer(A))
            told = {
                "indexing: bare / with security": plain[0] / guarded[0],
                "searching: bare / with token and role": plain[1] / guarded[1],
                **_many(secured, domain, identity, tenants),
            }
    print(json.dumps({name: round(value, 3) for name, value in told.items()}, indent=2))


def _as(role: str) -> dict[str, str]:
    return {"x-forwarded-for": "127.0.0.1", "x-front-user": role, "x-front-roles": role}


def _domain(at: Server) -> Domain:
    return Domain(f"http://127.0.0.1:{at.port}", lambda _m, _a, _b, headers: {**headers, **_as(MASTER)})


def _rates(
    at: Server, writer: Callable[[str], Mapping[str, str]], reader: Callable[[], Mapping[str, str]]
) -> tuple[float, float]:
    """Documents and searches a second, on one connection each, the faster of two rounds."""
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=120)
    if not writer(WRITER):
        mapping = {"dynamic": "strict", "properties": indexes()["loans"]["mapping"]}
        settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "5s"}
        alias = {f"{A}-loans": {"is_write_index": True}}
        _ask(connection, "PUT", f"/{A}-loans-000001", {}, {"settings": settings, "mappings": mapping, "aliases": alias})
    best: list[tuple[float, float]] = []
    for turn in range(2):
        began = time.perf_counter()
        for bulk in range(BULKS):
            lines = ""
            for number in range(DOCUMENTS):
                told = {"_id": f"{bulk}-{number}", "version": turn + 1, "version_type": "external"}
                lines += json.dumps({"index": told}) + "\n" + json.dumps(loan(f"{bulk}-{number}", "fixed thirty")) + "\n"
            answer = _ask(connection, "POST", f"/{A}-loans/_bulk?require_alias=true", writer(WRITER), lines)
            assert not answer["errors"], answer["items"][0]
        indexing = BULKS * DOCUMENTS / (time.perf_counter() - began)
        headers = reader()
        began = time.perf_counter()
        for number in range(SEARCHES):
            query = {"query": {"term": {"loan_id": f"1-{number % DOCUMENTS}"}}}
            assert "hits" in _ask(connection, "POST", f"/{A}-loans/_search", headers, query)
        best.append((indexing, SEARCHES / (time.perf_counter() - began)))
    return max(each[0] for each in best), max(each[1] for each in best)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: object) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    kind = "application/x-ndjson" if isinstance(body, str) else "application/json"
    connection.request(method, path, data.encode(), {"content-type": kind, **headers})
    return json.loads(connection.getresponse().read())


def _many(at: Server, domain: Domain, identity: Provider, count: int) -> dict[str, float]:
    """What tenants take: seconds to add the first and the last, heap, shards, and a search among all."""
    ids = [f"t{LETTERS[n // 676 % 26]}{LETTERS[n // 26 % 26]}{LETTERS[n % 26]}{12 * 'q'}" for n in range(count)]
    before, first = _heap(domain), [_added(domain, each) for each in ids[:5]]
    # Those between by requests for many at once, as nobody adds tenants: it is their number that counts.
    between = ids[5:-5]
    permissions = {"allowed_actions": list(READ)}
    roles = [{"description": MARK, "index_permissions": [{"index_patterns": [f"{each}-*"], **permissions}]} for each in between]
    for kind, values in (("roles", roles), ("rolesmapping", [{"backend_roles": [each]} for each in between])):
        told = [{"op": "add", "path": f"/{each}", "value": value} for each, value in zip(between, values, strict=True)]
        domain.ask("PATCH", f"{SECURITY}/{kind}", told)
    for each in between:
        domain.ask("PUT", f"/{each}-loans-000001", {"aliases": {f"{each}-loans": {"is_write_index": True}}})
    last = [_added(domain, each) for each in ids[-5:]]
    connection = http.client.HTTPConnection("127.0.0.1", at.port, timeout=120)
    headers, times = identity.bearer(A), list[float]()
    for _ in range(100):
        began = time.perf_counter()
        _ask(connection, "POST", f"/{A}-loans/_search", headers, {"query": {"term": {"loan_id": "1-1"}}})
        times.append(time.perf_counter() - began)
    return {
        "tenants": count,
        "seconds to add one of the first": statistics.median(first),
        "seconds to add one of the last": statistics.median(last),
        "shards": float(domain.get("/_cluster/health")["active_shards"]),
        "heap in MiB before": before,
        "heap in MiB with all": _heap(domain),
        "milliseconds of a search with all": 1000 * statistics.median(times),
    }


def _added(domain: Domain, tenant: str) -> float:
    began = time.perf_counter()
    keep_tenant(domain, tenant, "add", indexes())  # pyright: ignore[reportArgumentType]
    return time.perf_counter() - began


def _heap(domain: Domain) -> float:
    """The least of some looks: right after a collection."""
    looks: list[float] = []
    for _ in range(20):
        (node,) = domain.get("/_nodes/stats/jvm")["nodes"].values()
        looks.append(node["jvm"]["mem"]["heap_used_in_bytes"] / 2**20)
        time.sleep(0.2)
    return min(looks)


if __name__ == "__main__":
    main()
