"""The registry's table, as declared."""

import pytest

from components.operate.environment_registry import EnvironmentRegistry, EnvironmentRegistryArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

TABLE = "aws:dynamodb/table:Table"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/tables"


def declare(*, protect: bool = False) -> Declaration:
    return resources_of(
        lambda: EnvironmentRegistry("environments", EnvironmentRegistryArgs(here=here(protect=protect), key_arn=KEY))
    )


def test_it_is_billed_by_request_under_its_key_and_ends_no_item_by_itself() -> None:
    inputs = declare().one(TABLE).inputs
    assert (inputs["billingMode"], inputs["hashKey"], inputs["rangeKey"]) == ("PAY_PER_REQUEST", "id", "item")
    assert inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert inputs["pointInTimeRecovery"] == {"enabled": True}
    assert "ttl" not in inputs
    assert children_without_region(declare(), "us-east-2") == []


@pytest.mark.parametrize("protect", [True, False])
def test_it_is_protected_where_the_stack_is(protect: bool) -> None:
    assert declare(protect=protect).one(TABLE).inputs["deletionProtectionEnabled"] is protect
