"""The log domain on a real server: how it is configured, who may do what, and that each event is there once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.analytics.logs_function.handler import Order, fulfil
from components.analytics.logs_function.views import CHARTS, PATTERNS, SEARCHES, views
from components.analytics.search_access import configure_all, create_in_bulk
from components.analytics.search_function.domain import Domain, DomainError
from functions.logs.ship import Shipper
from functions.shared.bulk import Bulk
from tests.functions.logs_world import NOON, S3, Crash, deaf, down, event, notice, part
from tests.functions.logs_world import Domain as Scripted

from .front import DOMAIN, REGION, Front, front, signed
from .identity import Provider
from .server import MASTER, Server, server

SHIPPER: Final = "arn:aws:iam::111111111111:role/log-shipper"
READER: Final = "arn:aws:iam::111111111111:role/operator"
NOBODY: Final = "arn:aws:iam::111111111111:role/nobody"
DAYS: Final = {"application": 14, "audit": 90, "access": 7, "quarantine": 14}
TODAY: Final = "logs-application-2026.11.30"


@dataclass(frozen=True)
class Plugins(Domain):
    """The domain with what is in no repository: Index State Management, and Dashboards, as AWS's pages tell them."""

    policies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    views: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    moved: list[str] = field(default_factory=list[str])

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expected: tuple[int, ...] = (),
        besides: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        if path.startswith("/_plugins/_ism/policies/"):
            return self._policy(method, path.removeprefix("/_plugins/_ism/policies/"), body)
        if path.startswith("/_plugins/_ism/change_policy/"):
            self.moved.append(path.rpartition("/")[2])
            return 200, {"updated_indices": 1, "failures": False}
        if path.startswith("/_dashboards/"):
            assert (method, path) == ("POST", "/_dashboards/api/saved_objects/_bulk_create?overwrite=true")
            assert besides == {"osd-xsrf": "true", "securitytenant": "global"}
            self.views.update({each["id"]: each for each in body})
            return 200, {"saved_objects": [{"id": each["id"], "type": each["type"]} for each in body]}
        return super().ask(method, path, body, expected=expected, besides=besides)

    def _policy(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        name, _, state = path.partition("?")
        found = self.policies.get(name)
        if method == "GET":
            return (404, None) if found is None else (200, found)
        number = -1 if found is None else found["_seq_no"]
        if found is not None and state != f"if_seq_no={number}&if_primary_term=1":
            raise DomainError("409 version_conflict_engine_exception")
        # It answers with what it makes of a policy, and not as it was put.
        states = [
            {**each, "actions": [{"retry": {"count": 3}, **action} for action in each["actions"]]}
            for each in body["policy"]["states"]
        ]
        told = {**body["policy"], "policy_id": name, "schema_version": 21, "states": states}
        self.policies[name] = {"_id": name, "_seq_no": number + 1, "_primary_term": 1, "policy": told}
        return 200, self.policies[name]


@dataclass
class Logs:
    server: Server
    front: Front
    domain: Plugins

    def order(self, **order: Any) -> Any:
        return fulfil(Order(endpoint=self.front.endpoint, region=REGION, **order), self.domain)

    def configure(self, **changes: Any) -> Any:
        return self.order(configure={"days": DAYS, "shippers": [SHIPPER], "readers": [READER], "replicas": 0, **changes})

    def bulk(self) -> Bulk:
        return Bulk(self.front.endpoint, signed(SHIPPER), self.front.tls)

    def ship(self, *parts: bytes, bulk: Any = None) -> list[Any]:
        s3 = S3({"logs/a": b"".join(parts)})
        shipper = Shipper(s3=s3, bulk=bulk or self.bulk(), left=lambda: 120.0, sleep=lambda _: None)
        return shipper.answer({"Records": [notice("logs/a")]})["batchItemFailures"]

    def documents(self, pattern: str = "logs-*") -> list[dict[str, Any]]:
        self.server.master("POST", f"/{pattern}/_refresh")
        asked = {"size": 1000, "query": {"match_all": {}}}
        return self.server.master("POST", f"/{pattern}/_search", asked)["hits"]["hits"]


@pytest.fixture(scope="module")
def roomy(identity: Provider) -> Iterator[Server]:
    with server(jwks_url=identity.url, explicit_index=True) as found:
        yield found


@pytest.fixture
def logs(roomy: Server) -> Iterator[Logs]:
    roomy.reset()
    policies = {None: [], MASTER: [configure_all(DOMAIN).document()], SHIPPER: [create_in_bulk("Ship", DOMAIN).document()]}
    with front(roomy.port, policies, (MASTER, SHIPPER, READER, NOBODY)) as found:
        made = Logs(roomy, found, Plugins(found.endpoint, signed(MASTER), found.tls))
        made.configure()
        yield made


def test_a_domain_is_configured_once_and_then_as_it_was(logs: Logs) -> None:
    nothing = {"templates": [], "policies": [], "roles": [], "views": len(views())}
    assert logs.configure() == nothing
    assert logs.configure(readers=[]) == {**nothing, "roles": ["log-reader", "kibana_user"]}
    assert logs.configure(replicas=1) == {
        **nothing,
        "templates": ["access", "application", "audit", "quarantine"],
        "roles": ["log-reader", "kibana_user"],
    }


def test_another_time_that_logs_are_kept_is_that_of_indexes_that_are_there_too(logs: Logs) -> None:
    assert logs.configure(days={**DAYS, "audit": 365})["policies"] == ["audit"]
    assert logs.domain.moved == ["logs-audit-*"]
    kept = logs.domain.policies["logs-audit"]["policy"]
    assert kept["states"][0]["transitions"] == [{"state_name": "deleted", "conditions": {"min_index_age": "365d"}}]
    assert kept["ism_template"] == [{"index_patterns": ["logs-audit-*"], "priority": 100}]


def test_an_event_is_found_by_what_it_says(logs: Logs) -> None:
    message = {"level": "ERROR", "duration": 12.5, "loan": {"id": "L-7", "parts": [1, None, {"a": "b"}]}}
    assert logs.ship(part(event(1, json.dumps(message)), event(2, "nothing to see"))) == []
    logs.documents()
    within = {"since": "2026-11-30T00:00:00Z", "until": "2026-12-01T00:00:00Z", "classes": ["application"], "most": 10}
    for query in ("level:ERROR", "duration:>10", "fields.loan.id:L\\-7", "12.5", '"nothing to see" AND NOT level:*'):
        found = logs.order(find={"query": query, **within})
        assert found["total"] == 1, query
    assert logs.order(find={"query": "level:ERROR", **within, "since": "2026-11-30T12:00:01Z"})["events"] == []
    assert logs.order(find={"query": "*", **within, "classes": ["audit"]}) == {"total": 0, "events": []}
    with pytest.raises(ValueError, match="most is 501; expected 1 to 500"):
        logs.order(find={"query": "*", **within, "most": 501})


def test_what_a_mapping_refuses_is_quarantined_and_told(logs: Logs) -> None:
    wrong = [json.dumps({"duration": "long"}), json.dumps({"level": "a" * 33_000, "b": 1})[:31_000]]
    assert logs.ship(part(event(1, wrong[0]), event(2, wrong[1]), event(3, '{"status": 99999999999}'))) == []
    assert {each["_index"]: each["_id"] for each in logs.documents("logs-application-*")} == {TODAY: event(2)["id"]}
    refused = {each["_id"]: each["_source"]["reason"] for each in logs.documents("logs-quarantine-*")}
    assert refused == dict.fromkeys((event(1)["id"], event(3)["id"]), "mapper_parsing_exception")
    told = logs.order(show=True)
    assert {name: (each["indexes"], each["documents"], each["newest"]) for name, each in told["classes"].items()} == {
        "application": (1, 1, "2026-11-30T12:00:00.000Z"),
        "quarantine": (1, 2, "2026-11-30T12:00:00.000Z"),
    }


def test_an_empty_domain_is_shown(logs: Logs) -> None:
    assert logs.order(show=True) == {"health": "green", "classes": {}, "reasons": {}}
    with pytest.raises(ValueError, match="the order has endpoint, region; expected configure, show or find"):
        logs.order()


def test_the_shipper_creates_and_nothing_else(logs: Logs) -> None:
    assert logs.ship(part(event(1))) == []
    ask = logs.server.ask
    assert ask("POST", "/logs-*/_search", {}, user=SHIPPER)[0] == 403
    assert ask("GET", f"/{TODAY}/_doc/{event(1)['id']}", user=SHIPPER)[0] == 403
    assert ask("DELETE", f"/{TODAY}", user=SHIPPER)[0] == 403
    assert ask("POST", f"/{TODAY}/_update/{event(1)['id']}", {"doc": {"level": "x"}}, user=SHIPPER)[0] == 403
    for action in ("update", "delete"):
        lines = f'{{"{action}": {{"_index": "{TODAY}", "_id": "{event(1)["id"]}"}}}}\n'
        lines += '{"doc": {"level": "x"}}\n' if action == "update" else ""
        (item,) = ask("POST", "/_bulk", lines, user=SHIPPER)[1]["items"]
        assert item[action]["status"] == 403, item
    (item,) = ask("POST", "/_bulk", '{"create": {"_index": "other", "_id": "1"}}\n{}\n', user=SHIPPER)[1]["items"]
    assert item["create"]["status"] == 403


def test_operators_read_and_nobody_else_does(logs: Logs) -> None:
    assert logs.ship(part(event(1))) == []
    logs.documents()
    ask = logs.server.ask
    assert ask("POST", "/logs-*/_search", {}, user=READER)[1]["hits"]["total"]["value"] == 1
    assert ask("DELETE", f"/{TODAY}", user=READER)[0] == 403
    assert ask("POST", f"/{TODAY}/_doc", {"message": "x"}, user=READER)[0] == 403
    assert ask("POST", "/logs-*/_search", {}, user=NOBODY)[0] == 403


@pytest.mark.parametrize("id", [*SEARCHES, *CHARTS])
def test_each_view_asks_what_the_server_answers(logs: Logs, id: str) -> None:
    told = {"service": "ingest", "operation": "take-in", "outcome": "failed", "failed": 1, "requests": 2, "waited": [3, 90]}
    error = {"kind": "PutItem: ThrottlingException", "fingerprint": "1a2b3c"}
    good = json.dumps({**told, "error": error, "duration": 2000, "status": 503})
    bad = json.dumps({"duration": "long"})
    assert logs.ship(part(event(1, bad), event(2, good)), part(event(3), log_class="audit")) == []
    logs.documents()
    _, pattern, query, shown = {**SEARCHES, **CHARTS}[id]
    columns = [shown] if isinstance(shown, str) else [*shown]
    known = logs.server.master("GET", f"/{PATTERNS[pattern]}/_field_caps?fields=*")["fields"]
    assert {*columns} <= known.keys()
    asked: dict[str, Any] = {"query": {"query_string": {"query": query}}}
    if id in CHARTS:
        asked["aggs"] = {"of": {"terms": {"field": columns[0], "size": 10}}}
    answer = logs.server.master("POST", f"/{PATTERNS[pattern]}/_search", asked)
    assert answer["hits"]["total"]["value"] >= 1
    assert id not in CHARTS or answer["aggregations"]["of"]["buckets"]


def test_views_name_what_is_there(logs: Logs) -> None:
    known = {(each["type"], each["id"]) for each in logs.domain.views.values()}
    for each in logs.domain.views.values():
        assert {(of["type"], of["id"]) for of in each["references"]} <= known
        names = {of["name"] for of in each["references"]}
        text = json.dumps(each["attributes"])
        assert all(name in text for name in names)


def test_a_view_that_is_refused_ends_the_deployment(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(self: Any, *given: Any, **more: Any) -> tuple[int, Any]:
        if given[1].startswith("/_dashboards/"):
            return 200, {"saved_objects": [{"id": "logs", "error": {"statusCode": 409}}]}
        return original(self, *given, **more)

    original = Plugins.ask
    monkeypatch.setattr(Plugins, "ask", ask)
    with pytest.raises(DomainError, match="Dashboards takes not logs"):
        logs.configure()


def test_a_data_stream_would_hold_an_event_twice(logs: Logs) -> None:
    """Why indexes are those of days: an id is unique in an index, and a rollover begins another."""
    master = logs.server.master
    master("PUT", "/_index_template/streams", {"index_patterns": ["stream-*"], "data_stream": {}, "priority": 500})
    line = '{"create": {"_id": "1"}}\n{"@timestamp": "2026-11-30T12:00:00Z"}\n'
    assert master("POST", "/stream-a/_bulk", line)["items"][0]["create"]["status"] == 201
    assert master("POST", "/stream-a/_bulk", line)["items"][0]["create"]["status"] == 409
    master("POST", "/stream-a/_rollover")
    assert master("POST", "/stream-a/_bulk?refresh=true", line)["items"][0]["create"]["status"] == 201
    master("POST", "/stream-a/_refresh")
    assert master("GET", "/stream-a/_count")["count"] == 2
    master("DELETE", "/_data_stream/stream-a")


@dataclass
class Faulty:
    """The way to the real domain, on which requests and answers are lost, and runs end."""

    bulk: Bulk
    faults: list[Any]

    def post(self, path: str, body: bytes, documents: int) -> list[dict[str, Any]]:
        fault = self.faults.pop(0) if self.faults else None

        def write() -> list[dict[str, Any]]:
            return self.bulk.post(path, body, documents)

        if fault == "crash":
            write()
            raise Crash
        return fault(write, ()) if fault else write()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=8),
    faults=st.lists(st.sampled_from([None, down, deaf, "crash"]), max_size=6),
)
def test_each_event_is_there_once_whatever_fails(logs: Logs, events: list[tuple[int, bool]], faults: list[Any]) -> None:
    logs.server.reset()
    logs.configure()
    bad = {number for number, (_, is_bad) in enumerate(events) if is_bad}
    parts = [
        part(event(number, '{"duration": "long"}' if is_bad else "a line", timestamp=NOON - 86_400_000 * days))
        for number, (days, is_bad) in enumerate(events)
    ]
    way = Faulty(logs.bulk(), [*faults])
    again = True
    while again:
        try:
            again = bool(logs.ship(*parts, bulk=way))
        except Crash:
            again = True
    # Once more, as a replay of the archive does it.
    assert logs.ship(*parts) == []
    found = logs.documents()
    assert Counter(each["_id"] for each in found) == Counter(event(number)["id"] for number in range(len(events)))
    assert {each["_id"] for each in found if "quarantine" in each["_index"]} == {event(number)["id"] for number in bad}


def test_the_scripted_domain_answers_as_the_real_one(logs: Logs) -> None:
    """What the larger property is tried on."""
    lines = [
        json.dumps({"create": {"_index": TODAY, "_id": id}}) + "\n" + json.dumps(fields) + "\n"
        for id, fields in (("1", {}), ("1", {}), ("2", {"duration": "long"}), ("3", {"duration": 7}))
    ]
    body = "".join(lines).encode()
    real = logs.bulk().post("/_bulk", body, 4)
    scripted = Scripted().post("/_bulk", body, 4)
    assert [(each["status"], (each.get("error") or {}).get("type")) for each in real] == [
        (each["status"], (each.get("error") or {}).get("type")) for each in scripted
    ]
