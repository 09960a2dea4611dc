"""What may stand in a service's `uses`: the names that the sections of a stack tell."""

from components.base.uses import LinkKind
from settings import PrimarySettings, ReplicationSettings
from settings.links import links_in

TABLE = LinkKind("table", ("read", "write"))
LAKE = LinkKind("lake", ("read", "write"), paths=True, named_in="buckets")


def test_a_database_its_tables_buckets_and_queues_are_named() -> None:
    values = {
        "dataconnect:tables": {"sessions": {"hashKey": "id"}},
        "dataconnect:lake": {"buckets": ["raw", "curated"]},
        "dataconnect:queues": {"ingest": {}},
        "dataconnect:network": {"cidr": "10.0.0.0/16"},
    }
    assert dict(links_in(PrimarySettings, values)) == {
        "database": LinkKind("database", ("read", "write")),
        "table/sessions": TABLE,
        "lake/raw": LAKE,
        "lake/curated": LAKE,
        "queue/ingest": LinkKind("queue", ("send", "consume")),
    }


def test_a_section_that_is_missing_or_of_another_shape_names_nothing() -> None:
    values = {"dataconnect:tables": "sessions", "dataconnect:lake": ["raw"], "dataconnect:queues": None}
    assert list(dict(links_in(PrimarySettings, values))) == ["database"]
    assert list(dict(links_in(PrimarySettings, {"dataconnect:lake": {"buckets": "raw"}}))) == ["database"]


def test_a_role_offers_what_it_has() -> None:
    values = {"dataconnect:tables": {"sessions": {}}, "dataconnect:lake": {"buckets": ["raw"]}}
    assert dict(links_in(ReplicationSettings, values)) == {"table/sessions": TABLE}
