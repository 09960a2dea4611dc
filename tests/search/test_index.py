"""The function that indexes, on a real domain: what is kept, older, set aside, or comes again; and rebuilding."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from components.analytics.search_function.domain import DomainError
from functions.index import handler, rebuild
from functions.index.documents import id_of, version_of
from functions.index.search import Search as Writer
from functions.shared.tenants import Registry, Sessions
from operations.search.rebuilding import rebuild_tenant
from stacks.parts.search import indexes
from tests import loans
from tests.functions.conftest import lake, whole
from tests.functions.deliveries import delivered, stored, take
from tests.functions.world import ACME, FUNCTION, NEWEST, RAW, REGION, REGISTRY, ROLE, ZENITH, World, _client

from .estate import WRITER, Search
from .front import signed

ALL: Final = {"query": {"match_all": {}}}
__all__ = ["lake", "whole"]  # the fixtures of the functions' tests


class Domain:
    """The search and the lake together."""

    def __init__(self, search: Search, lake: World) -> None:
        self.search, self.lake = search, lake
        search.configure()
        for tenant in (ACME, ZENITH):
            search.tenant("add", tenant)

    def service(self) -> handler.Service:
        return handler.Service(
            registry=Registry(_client("dynamodb", FUNCTION), REGISTRY),
            sessions=Sessions(_client("sts", FUNCTION), role=ROLE, workload="index", region=REGION),
            bucket=RAW,
            table=NEWEST,
            search=Writer(self.search.front.endpoint, signed(WRITER), self.search.front.tls),
        )

    def take(self, *records: dict[str, Any]) -> list[str]:
        """Ids of the records that come again."""
        told = self.service().handle({"Records": list(records)})
        return [each["itemIdentifier"] for each in told["batchItemFailures"]]

    def found(self, tenant: str, alias: str = "") -> dict[str, Any]:
        """Id -> document of a tenant's index, as its user finds them."""
        name = alias or f"{tenant}-loans"
        self.search.server.master("POST", f"/{name}/_refresh")
        _, answer = self.search.as_user(tenant, "POST", f"/{name}/_search", {"size": 100, **ALL})
        return {each["_id"]: each["_source"] for each in answer["hits"]["hits"]}


@pytest.fixture
def domain(search: Search, lake: World) -> Iterator[Domain]:
    yield Domain(search, lake)


def test_a_batch_of_two_tenants_is_found_each_by_its_own(domain: Domain) -> None:
    records = [delivered(stored(1)), delivered(stored(2)), delivered(stored(3, tenant=ZENITH))]
    assert domain.take(*records) == []
    assert domain.found(ACME).keys() == {"loan-1", "loan-2"}
    assert domain.found(ZENITH).keys() == {"loan-3"}
    assert domain.found(ACME)["loan-1"]["status"] == "application"


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"updated_at": "2026-11-20T15:00:00Z"}, {"updated_at": "2026-11-20T15:00:00.000001Z"}),
        ({"id": "a"}, {"id": "b"}),
        ({"id": "a-z"}, {"id": "a9"}),
    ],
)
def test_the_newest_state_is_found_in_whatever_order_they_come(
    domain: Domain, older: dict[str, str], newer: dict[str, str]
) -> None:
    first, second = (delivered(stored(1, status=status, **told)) for status, told in (("approved", older), ("funded", newer)))
    for order in ((first, second), (second, first), (first, second, first)):
        domain.search.tenant("remove", ACME)
        domain.search.tenant("add", ACME)
        for record in order:
            assert domain.take(record) == []
        assert domain.found(ACME)["loan-1"]["status"] == "funded"


def test_what_the_index_does_not_take_is_set_aside_and_the_others_are_kept(domain: Domain) -> None:
    # A mapping that is behind the schema.
    domain.search.tenant("remove", ACME)
    domain.search.order(indexes={"loans": {"mapping": {"loan_id": {"type": "keyword"}}}}, writers=[WRITER], replicas=0)
    domain.search.tenant("add", ACME)
    told = stored(1)
    domain.lake.s3.put_object(Bucket=RAW, Key=told.key, Body=told.envelope)
    assert domain.take(delivered(told), delivered(stored(2, tenant=ZENITH))) == []
    aside = {key: each for key, each in domain.lake.objects().items() if "/rejected/" in key}
    (reason,) = aside.values()
    assert (reason["reason"], reason["detail"]) == (
        "index",
        "the index takes no such document: strict_dynamic_mapping_exception",
    )
    assert domain.found(ZENITH).keys() == {"loan-2"}


def test_what_cannot_be_written_now_comes_again_and_no_other(domain: Domain) -> None:
    domain.search.server.master("PUT", f"/{ACME}-loans-000001/_block/write")
    mine, other = delivered(stored(1)), delivered(stored(2, tenant=ZENITH))
    assert domain.take(mine, other) == [mine["messageId"]]
    domain.search.server.master("PUT", f"/{ACME}-loans-000001/_settings", {"index.blocks.write": None})
    assert domain.take(mine) == []
    assert domain.found(ACME).keys() == {"loan-1"}


def test_without_an_index_nothing_is_made_and_all_comes_again(domain: Domain) -> None:
    domain.search.tenant("remove", ACME)
    record = delivered(stored(1))
    assert domain.take(record) == [record["messageId"]]
    assert domain.search.tenant("verify", ACME)["indexes"] == {}


@pytest.mark.parametrize(("status", "again"), [("suspended", True), ("removing", False), ("removed", False)])
def test_a_tenant_that_is_not_active_gets_nothing(domain: Domain, status: str, again: bool) -> None:
    domain.lake.register(ACME, status)
    record = delivered(stored(1))
    assert domain.take(record) == ([record["messageId"]] if again else [])
    assert domain.found(ACME) == {}


def test_a_domain_that_does_not_answer_fails_the_batch_without_a_value(
    domain: Domain, capsys: pytest.CaptureFixture[str]
) -> None:
    service = domain.service()
    away = replace(service, search=Writer("https://127.0.0.1:1", signed(WRITER)))
    record = delivered(stored(1))
    assert away.handle({"Records": [record]}) == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    told = json.loads(capsys.readouterr().out)
    assert (told["service"], told["tenant"], told["requests"], told["failed"]) == ("index", ACME, 1, 1)
    assert (told["outcome"], told["error"]["kind"], told.get("result")) == ("failed", "bulk: URLError", None)


def test_ids_are_one_to_one_and_no_longer_than_opensearch_takes() -> None:
    keys = ["loan-1", "a b", "a%20b", "a/b", "%~", "ä" * 200, "ä" * 199, "x" * 200, "%7E", "~"]
    ids = [id_of(key) for key in keys]
    assert len(set(ids)) == len(keys) and all(len(each.encode()) <= 512 for each in ids)
    assert ids[0] == "loan-1"


def test_a_state_from_before_a_field_came_is_a_document_without_it() -> None:
    state = {name: value for name, value in loans.record(1).items() if name != "rate_bp"}
    item = {"message_id": "m1", "state": json.dumps(state)}
    fields = rebuild._document(None, ACME, "loans", item).fields  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    assert fields.keys() == state.keys() and fields["state"] == state["state"]


def test_versions_follow_the_order_of_the_table() -> None:
    when = datetime(2026, 11, 20, 15, tzinfo=UTC)
    later = when + timedelta(microseconds=1)
    ordered = [(when, "-"), (when, "a"), (when, "a9"), (when, "b"), (later, "-"), (later, "z_")]
    versions = [version_of(*each) for each in ordered]
    assert versions == sorted(versions) and len(set(versions)) == len(versions)
    assert version_of(datetime(2099, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "zz") < 2**63


class Orders:
    """The functions as the command reaches them."""

    datasets = ("loans",)

    def __init__(self, domain: Domain, mappings: Any = None) -> None:
        self._domain = domain
        self._told = {"indexes": mappings} if mappings else {}

    def order(self, tenant: str, **order: Any) -> Any:
        return self._domain.search.order(tenant=tenant, **self._told, **order)

    def add(self, tenants: Sequence[str]) -> Any:
        return self._domain.search.order(tenants=list(tenants), **self._told)

    def look(self, tenant: str = "") -> Any:
        return self._domain.search.order(show=True, **({"tenant": tenant} if tenant else {}))

    def fill(self, **order: Any) -> Any:
        service = self._domain.service()
        registry, sessions, writer = service.registry, service.sessions, service.search
        return rebuild.fill(registry, sessions, writer, bucket=RAW, table=NEWEST, order=order, seconds=0)


def _rebuild(domain: Domain, mappings: Any = None) -> dict[str, Any]:
    orders = Orders(domain, mappings)
    (row,) = rebuild_tenant(orders, ACME, lambda: "active", orders.add([ACME]))
    return row


def test_an_index_is_filled_anew_and_loses_nothing(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuild, "PAGE", 2)
    take(domain.lake, *(delivered(stored(number)) for number in range(1, 6)))
    # In the index alone: the function `newest` has not come to it yet. And one that the index alone has a newer state of.
    newer = delivered(stored(2, status="funded", updated_at="2026-11-21T00:00:00Z"))
    assert domain.take(*(delivered(stored(number)) for number in (1, 2, 3, 4, 9)), newer) == []
    row = _rebuild(domain)
    assert row == {
        "tenant": ACME,
        "index": f"{ACME}-loans-000002",
        "complete": True,
        "written": 5,
        "older": 0,
        "refused": 0,
        "copied": 2,
    }
    found = domain.found(ACME)
    assert found.keys() == {f"loan-{number}" for number in (1, 2, 3, 4, 5, 9)} and found["loan-2"]["status"] == "funded"
    state = domain.search.tenant("verify", ACME)
    assert [*state["indexes"]] == [f"{ACME}-loans-000002"] and state["aliases"] == {f"{ACME}-loans": f"{ACME}-loans-000002"}
    # And goes on.
    assert domain.take(delivered(stored(10))) == [] and "loan-10" in domain.found(ACME)


def test_after_a_failover_an_empty_domain_has_all_of_the_table(domain: Domain) -> None:
    take(domain.lake, *(delivered(stored(number)) for number in range(1, 4)))
    domain.search.tenant("remove", ACME)
    row = _rebuild(domain)
    assert (row["index"], row["written"], row["complete"]) == (f"{ACME}-loans-000001", 3, True)
    assert domain.found(ACME).keys() == {"loan-1", "loan-2", "loan-3"}


def test_what_was_interrupted_goes_on(domain: Domain) -> None:
    take(domain.lake, delivered(stored(1)))
    orders = Orders(domain)
    first = orders.order(ACME, dataset="loans", step="begin")
    orders.fill(tenant=ACME, dataset="loans", index=first["index"], after=None)
    assert orders.order(ACME, dataset="loans", step="switch")["complete"] is False  # the copy runs: the process ends here
    row = _rebuild(domain)
    assert (row["index"], row["older"], row["complete"]) == (first["index"], 1, True)


def test_what_comes_in_while_the_index_is_switched_comes_again(domain: Domain) -> None:
    orders = Orders(domain)
    assert domain.take(delivered(stored(1))) == []
    orders.order(ACME, dataset="loans", step="begin")
    orders.order(ACME, dataset="loans", step="switch")
    record = delivered(stored(2))
    while domain.take(record):
        orders.order(ACME, dataset="loans", step="switch")
    assert domain.found(ACME).keys() == {"loan-1", "loan-2"}


def test_a_mapping_that_does_not_take_what_is_there_leaves_it_there(domain: Domain) -> None:
    assert domain.take(delivered(stored(1))) == []
    domain.search.order(indexes={"loans": {"mapping": {"loan_id": {"type": "keyword"}}}}, writers=[WRITER], replicas=0)
    row = _rebuild(domain)
    assert (row["complete"], row["refused"]) == (False, 1)
    assert domain.found(ACME).keys() == {"loan-1"}
    # It is written to as before.
    assert domain.take(delivered(stored(2))) == [] and domain.found(ACME).keys() == {"loan-1", "loan-2"}


@pytest.mark.parametrize("before", ["refused", "interrupted"])
def test_what_was_begun_with_another_mapping_is_made_anew(domain: Domain, before: str) -> None:
    take(domain.lake, delivered(stored(1)))
    assert domain.take(delivered(stored(1))) == []
    good = indexes()["loans"]["mapping"]
    bad = {"loans": {"mapping": {**good, "product": {"type": "long"}}}}
    domain.search.order(indexes=bad, writers=[WRITER], replicas=0)
    orders = Orders(domain)
    if before == "refused":
        assert _rebuild(domain, bad)["complete"] is False
    else:
        orders.order(ACME, dataset="loans", step="begin", indexes=bad)
    mended = {"loans": {"mapping": {**good, "product": {"type": "keyword", "fields": {"words": {"type": "text"}}}}}}
    domain.search.order(indexes=mended, writers=[WRITER], replicas=0)
    row = _rebuild(domain, mended)
    assert (row["index"], row["refused"], row["complete"]) == (f"{ACME}-loans-000002", 0, True)
    mapping = domain.search.server.master("GET", f"/{row['index']}/_mapping")[row["index"]]["mappings"]["properties"]
    assert mapping["product"] == mended["loans"]["mapping"]["product"]
    assert domain.found(ACME).keys() == {"loan-1"}


def test_a_copy_that_fails_leaves_the_old_index_written_to(domain: Domain) -> None:
    """Whoever's token keeps all searches open that a node has room for (500, here 20) lets no copy begin."""
    assert domain.take(delivered(stored(1))) == []
    room = {"persistent": {"search.max_open_scroll_context": 20}}
    domain.search.server.master("PUT", "/_cluster/settings", room)
    opened = 0
    while domain.search.as_user(ZENITH, "POST", f"/{ZENITH}-loans/_search?scroll=1h&size=1")[0] == 200:
        opened += 1
    assert opened == 20
    with pytest.raises(DomainError, match="run it again"):
        _rebuild(domain)
    assert domain.take(delivered(stored(2))) == [] and domain.found(ACME).keys() == {"loan-1", "loan-2"}
    domain.search.server.master("DELETE", "/_search/scroll/_all")
    row = _rebuild(domain)
    assert row["complete"] and domain.found(ACME).keys() == {"loan-1", "loan-2"}


def test_an_order_for_another_tenants_index_is_refused(domain: Domain) -> None:
    with pytest.raises(ValueError, match=f"index is '{ZENITH}-loans-000001'; expected one of {ACME}-loans"):
        Orders(domain).fill(tenant=ACME, dataset="loans", index=f"{ZENITH}-loans-000001", after=None)
