from typing import Any

import pytest

from components.base.links import Link
from components.data.table_spec import TableSpec
from components.data.table_statements import link_table
from tests.components.harness import resources_of, statements_of, statements_of_link

ARN = "arn:aws:dynamodb:us-west-2:111111111111:table/sessions"
KEY = "arn:aws:kms:us-west-2:111111111111:key/mrk-1"


def link(verb: str, *, per_tenant: bool = False) -> Link:
    return link_table(
        "user-logins", verb, arn=ARN, table_name="logins-1", key_arn=KEY, region="us-west-2", per_tenant=per_tenant
    )


def use(verb: str) -> list[dict[str, Any]]:
    return statements_of_link(lambda: link(verb))


def test_a_reader_cannot_write_nor_encrypt() -> None:
    read, decrypt = use("read")
    assert not {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"} & {action.split(":")[1] for action in read["Action"]}
    assert "kms:Encrypt" not in decrypt["Action"]
    assert read["Resource"] == [ARN, f"{ARN}/index/*"]


def test_a_writer_writes_and_encrypts_and_reads_no_item() -> None:
    write, encrypt = use("write")
    assert "dynamodb:PutItem" in write["Action"]
    assert not {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"} & set(write["Action"])
    assert {"kms:Decrypt", "kms:Encrypt"} <= set(encrypt["Action"])
    assert write["Resource"] == [ARN]


@pytest.mark.parametrize("verb", TableSpec.link.verbs)
def test_a_link_covers_one_key_in_one_region_and_nobody_may_scan(verb: str) -> None:
    table, key = use(verb)
    assert key["Resource"] == [KEY]
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "dynamodb.us-west-2.amazonaws.com"}}
    assert "dynamodb:Scan" not in table["Action"]


def test_the_physical_name_is_told_by_a_variable() -> None:
    names: list[Any] = []
    resources_of(lambda: names.append(link("read").environment))
    assert names == [{"USER_LOGINS_TABLE": "logins-1"}]


@pytest.mark.parametrize("verb", TableSpec.link.verbs)
def test_a_tenants_items_are_reached_in_the_tenant_role_alone_and_by_its_own_key(verb: str) -> None:
    assert statements_of_link(lambda: link(verb, per_tenant=True)) == []
    table, key = statements_of(lambda: link(verb, per_tenant=True).tenant_statements)
    assert table["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert not {"dynamodb:Scan", "dynamodb:DescribeTable"} & set(table["Action"])
    assert key["Resource"] == [KEY]
