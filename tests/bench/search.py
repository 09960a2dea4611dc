"""The search on one node of OpenSearch: what security costs, and what many tenants' indexes and roles take.

Ratios of one run on one machine, and counts; nothing of AWS. The server is that of the tests. What is written and asked is the
same of the bare server, in turn with the secured one, after rounds that warm both.
"""

import http.client
import json
import os
import signal
import socket
import statistics
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

from components.analytics.search_function import domain as domains
from components.analytics.search_function.configuration import MARK, SECURITY, SLOW, configure, template
from components.analytics.search_function.domain import Domain
from components.analytics.search_function.shown import show
from components.analytics.search_function.tenants import READ, add_tenants, keep_tenant
from functions.index import rebuild
from functions.index.handler import Service as Index
from functions.index.search import Search as Writer
from operations.search import rebuilding
from operations.tenants.registry import Tenant
from stacks.parts.search import indexes
from tests.functions.requests import request, sent, told
from tests.functions.world import ACME, NEWEST, RAW, world
from tests.search.estate import WRITER, A, Search, loan
from tests.search.front import signed
from tests.search.identity import Provider, provider
from tests.search.server import HEAP_MB, MASTER, Server, server

BULKS: Final = 20
DOCUMENTS: Final = 100
SEARCHES: Final = 300
WARMING: Final = 3
AT_ONCE: Final = 50
"""Roles, or mappings, that are entered by one request: each request writes the document of all of them anew."""
ARRIVALS: Final = 20
EDGE: Final = 5
"""Tenants at either end that are added as `dataconnect tenant add` does it."""
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
INDEXES: Final[Any] = indexes()


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was measured.

    Attributes:
        indexing: Time of a bulk with security / on the bare server: the median of the rounds, and the least and largest.
        searching: The same of a search with token and role.
        arrival: Seconds from a lender's request to a hit of its user's search: functions `ingest` and `index` here, with
            moto's bucket, topic and queue between them. Most of it is the refresh of the index, each five seconds.
        tenants: Figures with all tenants, by what they are.
    """

    indexing: tuple[float, float, float]
    searching: tuple[float, float, float]
    arrival: dict[str, float]
    tenants: dict[str, float]


def measure(tenants: int, rounds: int) -> Found:
    """Measure with that many tenants; ratios of so many rounds."""
    if tenants < 3 * EDGE:
        raise ValueError(f"--tenants is {tenants}; expected {3 * EDGE} or more")
    with provider() as identity, server(jwks_url=identity.url, heap_mb=max(HEAP_MB, 2 * tenants)) as secured:
        domain = _domain(secured)
        configure(domain, INDEXES, writers=[WRITER], replicas=0)
        keep_tenant(domain, A, "add", INDEXES)
        with server(jwks_url=identity.url, secured=False) as bare:
            pairs = [*_pairs(bare, secured, identity, WARMING + rounds)][WARMING:]
        writing, asking = ([pair[what] for pair in pairs] for what in range(2))
        return Found(
            indexing=(statistics.median(writing), min(writing), max(writing)),
            searching=(statistics.median(asking), min(asking), max(asking)),
            arrival=_arrival(secured, identity),
            tenants=_many(secured, domain, identity, tenants),
        )


def _as(role: str) -> dict[str, str]:
    return {"x-forwarded-for": "127.0.0.1", "x-front-user": role, "x-front-roles": role}


def _domain(at: Server) -> Domain:
    return Domain(f"http://127.0.0.1:{at.port}", lambda _m, _a, _b, headers: {**headers, **_as(MASTER)})


def _pairs(bare: Server, secured: Server, identity: Provider, rounds: int) -> Iterator[tuple[float, float]]:
    """The ratios of each round: writing, and searching."""
    plain, guarded = (http.client.HTTPConnection("127.0.0.1", at.port, timeout=120) for at in (bare, secured))
    made = template("loans", INDEXES["loans"], 0)["template"]
    _ask(plain, "PUT", f"/{A}-loans-000001", {}, {**made, "aliases": {f"{A}-loans": {"is_write_index": True}}})
    for turn in range(rounds):
        writes = [_timed(partial(_write, at, who, turn)) for at, who in ((plain, {}), (guarded, _as(WRITER)))]
        asks = [_timed(partial(_search, at, who)) for at, who in ((plain, {}), (guarded, identity.bearer(A)))]
        yield writes[1] / writes[0], asks[1] / asks[0]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _write(at: http.client.HTTPConnection, headers: Mapping[str, str], turn: int) -> None:
    for bulk in range(BULKS):
        lines = ""
        for number in range(DOCUMENTS):
            action = {"_id": f"{bulk}-{number}", "version": turn + 1, "version_type": "external"}
            lines += json.dumps({"index": action}) + "\n" + json.dumps(loan(f"{bulk}-{number}", "fixed thirty")) + "\n"
        answer = _ask(at, "POST", f"/{A}-loans/_bulk?require_alias=true", headers, lines)
        assert not answer["errors"], answer["items"][0]


def _search(at: http.client.HTTPConnection, headers: Mapping[str, str]) -> None:
    for number in range(SEARCHES):
        query = {"query": {"term": {"loan_id": f"1-{number % DOCUMENTS}"}}}
        assert "hits" in _ask(at, "POST", f"/{A}-loans/_search", headers, query)


def _ask(connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: object) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    kind = "application/x-ndjson" if isinstance(body, str) else "application/json"
    connection.request(method, path, data.encode(), {"content-type": kind, **headers})
    return json.loads(connection.getresponse().read())


def _arrival(secured: Server, identity: Provider) -> dict[str, float]:
    """One record after the other, each asked for until it is found."""
    times: list[float] = []
    with world() as lake, Search.of(secured, identity) as search, redirect_stdout(StringIO()):  # what the functions log
        lake.empty()
        search.tenant("add", ACME)
        ingestion, newest = lake.ingest(), lake.newest()
        writer = Writer(search.front.endpoint, signed(WRITER), search.front.tls)
        index = Index(registry=newest.registry, sessions=newest.sessions, bucket=RAW, table=NEWEST, search=writer)
        for number in range(ARRIVALS):
            query = {"query": {"term": {"loan_id": f"loan-{number}"}}}
            began = time.perf_counter()
            status, answer = told(ingestion.handle(request([sent(number)])))
            assert status < 300, answer
            assert index.handle({"Records": lake.received(1)}) == {"batchItemFailures": []}
            while not search.as_user(ACME, "POST", f"/{ACME}-loans/_search", query)[1]["hits"]["hits"]:
                time.sleep(0.02)
            times.append(time.perf_counter() - began)
        search.tenant("remove", ACME)
    return {"median": statistics.median(times), "longest": max(times)}


def _many(at: Server, domain: Domain, identity: Provider, count: int) -> dict[str, float]:
    """What tenants take: seconds to add the first and the last, heap, shards, sizes, and a search among all."""
    ids = [f"t{LETTERS[n // 676 % 26]}{LETTERS[n // 26 % 26]}{LETTERS[n % 26]}{12 * 'q'}" for n in range(count)]
    # The server's own limit stands for a node of AWS's that has more heap.
    domain.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": max(1000, count + 100)}})
    before, first = _heap(at, domain), [_added(domain, each) for each in ids[:EDGE]]
    # Those between by requests for many at once, as nobody adds tenants: it is their number that counts.
    with _patience():
        between = ids[EDGE:-EDGE]
        parts = [between[n : n + AT_ONCE] for n in range(0, len(between), AT_ONCE)]
        chunks = [_timed(partial(_enter, domain, part)) for part in parts]
        for each in between:
            domain.ask("PUT", f"/{each}-loans-000001", {"aliases": {f"{each}-loans": {"is_write_index": True}}})
    last = [_added(domain, each) for each in ids[-EDGE:]]
    headers, connection = identity.bearer(A), http.client.HTTPConnection("127.0.0.1", at.port, timeout=120)
    query = {"query": {"term": {"loan_id": "1-1"}}}
    times = [_timed(lambda: _ask(connection, "POST", f"/{A}-loans/_search", headers, query)) for _ in range(100)]
    heap = _heap(at, domain)
    slow = {f"index.{name}": None for name in SLOW}
    with _patience():
        domain.ask("PUT", "/t*/_settings", slow)
        configured = _timed(lambda: configure(domain, INDEXES, writers=[WRITER], replicas=0))
    shown = show(domain)
    assert len(shown["indexes"]) == count + 1, len(shown["indexes"])
    return {
        "shards": float(shown["shards"]),
        "seconds to add one of the first": statistics.median(first),
        "seconds to add one of the last": statistics.median(last),
        f"seconds to enter the first {AT_ONCE} roles and mappings at once": chunks[0],
        f"seconds to enter the last {AT_ONCE}": chunks[-1 if len(chunks) == 1 else -2],
        "MiB of heap that is in use without them, after a collection": before,
        "MiB of heap with all": heap,
        "KiB of all roles": _kib(domain, f"{SECURITY}/roles"),
        "KiB of all mappings of roles": _kib(domain, f"{SECURITY}/rolesmapping"),
        "KiB of the cluster's metadata": _kib(domain, "/_cluster/state/metadata"),
        "milliseconds of a search with all": 1000 * statistics.median(times),
        "seconds of a deployment that changes a setting of every index": configured,
        "seconds of dataconnect search show": _timed(lambda: show(domain)),
    }


def refilled(tenants: int, filled: int, documents: int) -> dict[str, float]:
    """What `dataconnect search rebuild` takes in a domain that has nothing, as after a failover: seconds, by what is done.

    The functions run here, one configurer and five indexers at once as in AWS. Of so many `filled` tenants there are that many
    `documents`, made here and not read from the table; of the others there are none.
    """
    ids = [f"t{LETTERS[n // 676 % 26]}{LETTERS[n // 26 % 26]}{LETTERS[n % 26]}{12 * 'q'}" for n in range(tenants)]
    when = "2026-11-01T00:00:00+00:00"
    known = [Tenant(id=id, slug=id, name=id, tier="pool", cell="", status="active", created_at=when, limits={}) for id in ids]
    with provider() as identity, server(jwks_url=identity.url, heap_mb=max(HEAP_MB, 2 * tenants)) as at:
        domain = _domain(at)
        configure(domain, INDEXES, writers=[WRITER], replicas=0)
        domain.ask("PUT", "/_cluster/settings", {"persistent": {"cluster.max_shards_per_node": max(1000, tenants + 100)}})
        functions = _Functions(domain, at, dict.fromkeys(ids[:filled], documents))
        took = _timed(lambda: functions.rebuild(known))
        assert functions.written == filled * documents, functions.written
        orders = functions.orders
        return {
            f"a rebuilding of {tenants} tenants, {filled} of them with {documents} documents": took,
            f"the first order that opens {rebuilding.OPENED_AT_ONCE} of them": orders[0],
            "the last order": orders[-1],
            "all orders": sum(orders),
        }


class _Functions:
    """The functions as the command reaches them."""

    datasets = tuple(sorted(INDEXES))

    def __init__(self, domain: Domain, at: Server, documents: Mapping[str, int]) -> None:
        self._domain, self._at, self._documents = domain, at, documents
        self._turn = Lock()
        self.orders: list[float] = []
        self.written = 0

    def rebuild(self, tenants: Sequence[Tenant]) -> None:
        done = rebuilding.rebuild_all(self, tenants, lambda _: "active")
        assert not done.failed and len(done.rows) == len(tenants), done

    def order(self, tenant: str, **order: Any) -> Any:
        raise AssertionError(f"{tenant}: {order}: nothing is left to be ordered of one")

    def look(self, tenant: str = "") -> Any:
        raise AssertionError(f"{tenant}: nobody looks meanwhile")

    def add(self, tenants: Sequence[str]) -> Any:
        began = time.perf_counter()
        told = add_tenants(self._domain, tenants, INDEXES)
        self.orders.append(time.perf_counter() - began)
        return told

    def fill(self, **order: Any) -> Any:
        count = self._documents.get(order["tenant"], 0)
        connection = http.client.HTTPConnection("127.0.0.1", self._at.port, timeout=120)
        for first in range(0, count, rebuild.PAGE):
            page = range(first, min(first + rebuild.PAGE, count))
            lines = ""
            for number in page:
                action = {"_id": str(number), "version": 1, "version_type": "external"}
                lines += json.dumps({"index": action}) + "\n" + json.dumps(loan(str(number), "fixed thirty")) + "\n"
            answer = _ask(connection, "POST", f"/{order['index']}/_bulk", _as(WRITER), lines)
            assert not answer["errors"], answer["items"][0]
        with self._turn:
            self.written += count
        return {"written": count, "older": 0, "refused": 0, "after": None}


def _enter(domain: Domain, tenants: Sequence[str]) -> None:
    own = [[{"index_patterns": [f"{each}-*"], "allowed_actions": list(READ)}] for each in tenants]
    values = {
        "roles": [{"description": MARK, "index_permissions": each} for each in own],
        "rolesmapping": [{"backend_roles": [each]} for each in tenants],
    }
    for kind, wanted in values.items():
        patch = [{"op": "add", "path": f"/{each}", "value": value} for each, value in zip(tenants, wanted, strict=True)]
        domain.ask("PATCH", f"{SECURITY}/{kind}", patch)


@contextmanager
def _patience() -> Generator[None]:
    """What the function itself would not wait for."""
    usual, domains.SECONDS = domains.SECONDS, 600  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]
    try:
        yield
    finally:
        domains.SECONDS = usual  # pyright: ignore[reportConstantRedefinition, reportAttributeAccessIssue]


def _added(domain: Domain, tenant: str) -> float:
    return _timed(lambda: keep_tenant(domain, tenant, "add", INDEXES))


def _kib(domain: Domain, path: str) -> float:
    return len(json.dumps(domain.get(path))) / 1024


def _heap(at: Server, domain: Domain) -> float:
    """In use, right after a collection of all of it."""
    _collect(at.pid)
    (node,) = domain.get("/_nodes/stats/jvm")["nodes"].values()
    return node["jvm"]["mem"]["heap_used_in_bytes"] / 2**20


def _collect(pid: int) -> None:
    """Have the virtual machine collect: what `jcmd PID GC.run` does, which this Java comes without."""
    asked, door = Path(f"/proc/{pid}/cwd/.attach_pid{pid}"), Path(f"/tmp/.java_pid{pid}")
    if not door.exists():
        asked.touch()
        os.chown(asked, Path(f"/proc/{pid}").stat().st_uid, -1)
        os.kill(pid, signal.SIGQUIT)
        while not door.exists():
            time.sleep(0.05)
        asked.unlink()
    with socket.socket(socket.AF_UNIX) as talk:
        talk.connect(str(door))
        talk.sendall(b"1\0jcmd\0GC.run\0\0\0")
        while talk.recv(4096):
            pass
