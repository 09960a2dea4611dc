"""The function configures a domain."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from components.analytics.search_function import configuration
from components.analytics.search_function.configuration import SLOW
from components.analytics.search_function.domain import DomainError

from .estate import NOBODY, WRITER, A, B, Search, loan

AUDIT: Final = "/_plugins/_security/api/audit/config"


def until(happened: Callable[[], bool]) -> None:
    """The server's log is written beside its answers."""
    ends = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < ends, "not within ten seconds"
        time.sleep(0.1)


def test_a_domain_is_configured_once_and_then_as_it_was(search: Search) -> None:
    assert search.configure() == {
        "templates": ["loans"],
        "roles": ["indexer"],
        "mappings": ["indexer"],
        "settings": ["cluster", "audit"],
    }
    assert search.configure() == {"templates": [], "roles": [], "mappings": [], "settings": []}


def test_what_somebody_changed_is_put_right(search: Search) -> None:
    search.configure()
    api = "/_plugins/_security/api"
    everything = {"index_permissions": [{"index_patterns": ["*"], "allowed_actions": ["*"]}]}
    search.server.master("PUT", f"{api}/roles/indexer", {"description": "kept by the function search-configurer", **everything})
    search.server.master("PUT", f"{api}/rolesmapping/indexer", {"backend_roles": [WRITER], "users": ["*"]})
    assert search.configure() == {"templates": [], "roles": ["indexer"], "mappings": ["indexer"], "settings": []}
    found = search.server.master("GET", f"{api}/roles/indexer")["indexer"]["index_permissions"]
    assert [each["index_patterns"] for each in found] == [["t???????????????-*"]]


def test_a_role_of_somebody_else_is_left_alone(search: Search) -> None:
    theirs = {"index_permissions": [{"index_patterns": ["x"], "allowed_actions": ["read"]}]}
    search.server.master("PUT", "/_plugins/_security/api/roles/indexer", theirs)
    with pytest.raises(DomainError, match="the role indexer is not one that is kept here"):
        search.configure()


def test_a_template_of_a_dataset_that_is_gone_goes(search: Search) -> None:
    search.configure()
    other = {"notes": {"mapping": {"text": {"type": "text"}}}}
    told = search.order(indexes=other, writers=[WRITER], replicas=0)
    assert told["templates"] == ["notes", "loans"]


def test_a_tenant_is_added_locked_and_removed(search: Search) -> None:
    search.configure()
    added = search.tenant("add", A)
    index = f"{A}-loans-000001"
    assert added == {
        "indexes": {index: 0},
        "aliases": {f"{A}-loans": index},
        "role": True,
        "open": True,
        "changed": [index, f"role {A}", f"mapping {A}"],
    }
    assert search.tenant("add", A)["changed"] == []
    assert search.tenant("lock", A)["open"] is False
    assert search.tenant("verify", A) == {**added, "open": False, "changed": []}
    assert search.tenant("add", A)["changed"] == [f"mapping {A}"]
    gone = search.tenant("remove", A)
    assert gone["changed"] == [f"mapping {A}", index, f"role {A}"]
    assert search.tenant("remove", A) == {"indexes": {}, "aliases": {}, "role": False, "open": False, "changed": []}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"tenant": "t*", "action": "remove"}, "tenant is 't\\*'; expected t and 15"),
        ({"tenant": A, "action": "drop"}, "action is 'drop'; expected add, lock"),
        ({"tenant": A, "action": "add", "indexes": {}}, "indexes is {}; expected name -> mapping"),
        ({"tenant": A, "action": "add", "indexes": {"_all": {}}}, "index is '_all'; expected up to 40"),
        ({"tenant": A, "dataset": "notes", "step": "begin"}, "dataset is 'notes'; expected one of loans"),
        ({"tenant": A, "dataset": "loans", "step": "end"}, "step is 'end'; expected begin or switch"),
    ],
)
def test_an_order_that_is_none_is_named(search: Search, order: dict[str, str], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        search.order(**order)


def test_a_field_that_no_schema_has_is_refused(search: Search) -> None:
    search.configure()
    search.tenant("add", A)
    line = '{"index": {"_id": "1"}}\n{"loan_id": "1", "ssn": "000-00-0000"}\n'
    status, told = search.server.ask("POST", f"/{A}-loans/_bulk?require_alias=true", line, user=WRITER)
    assert (status, told["errors"], told["items"][0]["index"]["status"]) == (200, True, 400)
    assert told["items"][0]["index"]["error"]["type"] == "strict_dynamic_mapping_exception"


def test_a_request_makes_no_index(search: Search) -> None:
    search.configure()
    line = '{"index": {"_id": "1"}}\n{"loan_id": "1"}\n'
    for query in ("", "?require_alias=true"):
        status, told = search.server.ask("POST", f"/{A}-loans/_bulk{query}", line, user=WRITER)
        assert status == 403 or (told["errors"] and told["items"][0]["index"]["status"] in (403, 404)), told
    assert search.tenant("verify", A)["indexes"] == {}


def test_a_read_of_anothers_index_is_in_the_audit_log_without_what_was_asked(search: Search) -> None:
    def told() -> list[str]:
        return [line for line in search.server.said(" audit ") if "MISSING_PRIVILEGES" in line and f"{B}-loans" in line]

    before = len(told())
    query = {"query": {"term": {"loan_id": "L-4711"}}}
    search.with_tenants()
    search.server.master("PUT", AUDIT, {"enabled": False, "audit": {}, "compliance": {}})
    assert search.as_user(A, "POST", f"/{B}-loans/_search", query)[0] == 403
    assert search.configure()["settings"] == ["audit"] and len(told()) == before
    assert search.as_user(A, "POST", f"/{B}-loans/_search", query)[0] == 403
    until(lambda: len(told()) > before)
    assert not any("L-4711" in line or "Bearer" in line for line in told())


def test_who_changes_a_role_is_in_the_audit_log(search: Search) -> None:
    search.with_tenants()
    before = len(search.server.said("COMPLIANCE_INTERNAL_CONFIG_WRITE"))
    search.tenant("lock", A)
    until(lambda: len(search.server.said("COMPLIANCE_INTERNAL_CONFIG_WRITE")) > before)


def test_what_somebody_set_of_the_audit_log_besides_stays(search: Search) -> None:
    search.server.master("PUT", AUDIT, {"enabled": True, "audit": {"ignore_users": ["probe"]}, "compliance": {}})
    assert "audit" in search.configure()["settings"]
    found = search.server.master("GET", "/_plugins/_security/api/audit")["config"]["audit"]
    assert (found["ignore_users"], found["log_request_body"]) == (["probe"], False)


def test_what_is_slow_is_told_of_indexes_that_were_there_before(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "SLOW", {})
    search.with_tenants()
    assert search.as_user(A, "POST", f"/{A}-loans/_search")[0] == 200
    slowest = {name: "0ms" if "threshold" in name else value for name, value in SLOW.items()}
    monkeypatch.setattr(configuration, "SLOW", slowest)
    told = search.configure()
    assert (told["templates"], told["settings"]) == (["loans"], ["slow loans"])
    assert search.configure()["settings"] == []
    # index.search.slowlog.query and index.indexing.slowlog.index, as the log shortens them.
    searches, writes = " i.s.s.query ", " i.i.s.index "
    before = len(search.server.said(searches)), len(search.server.said(writes))
    # With a body: the server tells nothing of a search without one (tried).
    assert search.as_user(A, "POST", f"/{A}-loans/_search", {"query": {"match_all": {}}})[0] == 200
    search.fill(A, loan("A-3", "unheard of"))
    until(lambda: len(search.server.said(searches)) > before[0] and len(search.server.said(writes)) > before[1])
    assert not any("unheard of" in line for line in search.server.said(writes))


def test_a_new_index_tells_what_is_slow(search: Search) -> None:
    search.with_tenants()
    index = f"{A}-loans-000001"
    found = search.server.master("GET", f"/{index}/_settings?flat_settings=true")[index]["settings"]
    assert {name: found[f"index.{name}"] for name in SLOW} == SLOW


def test_only_the_master_configures(search: Search) -> None:
    for role in (WRITER, NOBODY):
        with pytest.raises(DomainError, match="403"):
            search.domain(role).get("/_plugins/_security/api/roles")
