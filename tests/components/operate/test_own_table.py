"""A table of one's own, as declared."""

import pytest

from components.operate.own_table import OwnTable, OwnTableArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

TABLE = "aws:dynamodb/table:Table"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/tables"


def declare(*, protect: bool = False, expires: bool = True) -> Declaration:
    def table() -> OwnTable:
        own = here(protect=protect)
        return OwnTable(
            "leases", OwnTableArgs(here=own, key_arn=KEY, hash_key="id", range_key="item", loss="all", expires=expires)
        )

    return resources_of(table)


def test_it_is_billed_by_request_under_its_key() -> None:
    inputs = declare().one(TABLE).inputs
    assert (inputs["billingMode"], inputs["hashKey"], inputs["rangeKey"]) == ("PAY_PER_REQUEST", "id", "item")
    assert inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert inputs["pointInTimeRecovery"] == {"enabled": True}
    assert children_without_region(declare(), "us-east-2") == []


def test_items_end_by_themselves_unless_they_must_not() -> None:
    assert declare().one(TABLE).inputs["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert "ttl" not in declare(expires=False).one(TABLE).inputs


@pytest.mark.parametrize("protect", [True, False])
def test_it_is_protected_where_the_stack_is(protect: bool) -> None:
    assert declare(protect=protect).one(TABLE).inputs["deletionProtectionEnabled"] is protect
