"""Statements for the uses of a DynamoDB table, for the table itself and for its replica in another region."""

from typing import Final

import pulumi

from components.permissions import Statement, sid, use_key

# Scan is left out: it reads every tenant's items and no condition on the leading key narrows it.
READ: Final = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE: Final = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


def read_table(name: str, arn: pulumi.Input[str], *, key_arn: pulumi.Input[str], region: str) -> tuple[Statement, ...]:
    """Read items of a table and its indexes. `arn` and `key_arn` are those of `region`; `name` tells statements apart."""
    return (
        Statement(sid=sid("read", name), actions=("dynamodb:DescribeTable", *READ), resources=_with_indexes(arn)),
        use_key(key_arn, service="dynamodb", region=region, sid=sid("decrypt", name)),
    )


def read_write_table(name: str, arn: pulumi.Input[str], *, key_arn: pulumi.Input[str], region: str) -> tuple[Statement, ...]:
    """Read and write items of a table, read its indexes. `arn` and `key_arn` are those of `region`."""
    return (
        Statement(
            sid=sid("read", "write", name), actions=("dynamodb:DescribeTable", *READ, *WRITE), resources=_with_indexes(arn)
        ),
        use_key(key_arn, service="dynamodb", region=region, write=True, sid=sid("encrypt", name)),
    )


def _with_indexes(arn: pulumi.Input[str]) -> tuple[pulumi.Input[str], ...]:
    return (arn, pulumi.Output.concat(arn, "/index/*"))
