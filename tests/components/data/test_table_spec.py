from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.table_spec import IndexSpec, TableSpec


def test_keys_are_text_unless_said_otherwise() -> None:
    index = IndexSpec(hash_key="user_id", range_key="started_at")
    table = TableSpec(hash_key="session_id", indexes={"by-user": index}, attribute_types={"started_at": "N"})
    assert table.attributes == {"session_id": "S", "user_id": "S", "started_at": "N"}


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("hash_key", {"hash_key": "no blanks"}),
        ("attribute_types.other", {"attribute_types": {"other": "S"}}),
        ("attribute_types.session_id", {"attribute_types": {"session_id": "TEXT"}}),
        ("ttl_attribute", {"ttl_attribute": "session_id"}),
        ("per_tenant", {"per_tenant": True}),
        ("per_tenant", {"hash_key": "tenant", "per_tenant": True, "indexes": {"by-user": IndexSpec(hash_key="user_id")}}),
        ("indexes", {"indexes": {"by user": IndexSpec(hash_key="session_id")}}),
        ("indexes", {"indexes": {f"index-{n}": IndexSpec(hash_key="session_id") for n in range(21)}}),
    ],
)
def test_what_aws_would_refuse_is_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"TableSpec\.{field}.* is .*; expected "):
        values: dict[str, Any] = {"hash_key": "session_id", **changes}
        TableSpec(**values)


def test_a_table_of_tenants_says_which_hash_key_is_not_the_tenant() -> None:
    index = IndexSpec(hash_key="user_id")
    with pytest.raises(InvalidArgumentError, match="tenant as every hash key: .*the hash_key of by-user is user_id"):
        TableSpec(hash_key="tenant", indexes={"by-user": index, "by-day": IndexSpec(hash_key="tenant")}, per_tenant=True)


def test_a_table_of_tenants_is_keyed_by_them_throughout() -> None:
    assert TableSpec(hash_key="tenant", indexes={"by-day": IndexSpec(hash_key="tenant")}, per_tenant=True).per_tenant
