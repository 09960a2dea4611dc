from collections.abc import Callable
from typing import Any

import pytest

from components.permissions import Statement
from components.table_statements import read_table, read_write_table
from tests.components.harness import statements_of

ARN = "arn:aws:dynamodb:us-west-2:111111111111:table/sessions"
KEY = "arn:aws:kms:us-west-2:111111111111:key/mrk-1"


def use(offer: Callable[..., tuple[Statement, ...]]) -> list[dict[str, Any]]:
    return statements_of(lambda: offer("sessions", ARN, key_arn=KEY, region="us-west-2"))


def test_a_reader_cannot_write_nor_encrypt() -> None:
    read, decrypt = use(read_table)
    assert not {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"} & {action.split(":")[1] for action in read["Action"]}
    assert "kms:Encrypt" not in decrypt["Action"]


def test_a_writer_writes_and_encrypts() -> None:
    write, encrypt = use(read_write_table)
    assert {"dynamodb:PutItem", "dynamodb:GetItem"} <= set(write["Action"])
    assert {"kms:Decrypt", "kms:Encrypt"} <= set(encrypt["Action"])


@pytest.mark.parametrize("offer", [read_table, read_write_table])
def test_a_grant_covers_one_table_its_indexes_and_its_key_in_one_region(offer: Callable[..., tuple[Statement, ...]]) -> None:
    table, key = use(offer)
    assert table["Resource"] == [ARN, f"{ARN}/index/*"]
    assert key["Resource"] == [KEY]
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "dynamodb.us-west-2.amazonaws.com"}}


@pytest.mark.parametrize("offer", [read_table, read_write_table])
def test_nobody_may_scan(offer: Callable[..., tuple[Statement, ...]]) -> None:
    assert "dynamodb:Scan" not in use(offer)[0]["Action"]
