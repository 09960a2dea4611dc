"""Statements for the uses of a DynamoDB table, for the table itself and for its replica in another region."""

from typing import Final

import pulumi

from ..base.links import Link, variable
from ..base.statements import Statement, sid, use_key

# Scan is left out: it reads every tenant's items and no condition on the leading key narrows it.
READ: Final = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE: Final = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")


def link_table(
    name: str,
    verb: str,
    *,
    arn: pulumi.Input[str],
    table_name: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    region: str,
) -> Link:
    """What reading or writing a table takes; `arn` and `key_arn` are those of `region`.

    Args:
        name: Its logical name: tells statements apart, and `<NAME>_TABLE` is the variable with the physical name.
        verb: `read` (items and indexes, and the condition checks of a transaction) or `write` (with conditions of its own).
        arn: The table, or its replica in `region`.
        table_name: Its physical name.
        key_arn: Its key in `region`.
        region: Where it is used.
    """
    write = verb == "write"
    return Link(
        statements=(
            Statement(
                sid=sid(verb, "table", name),
                actions=("dynamodb:DescribeTable", *(WRITE if write else READ)),
                resources=(arn,) if write else (arn, pulumi.Output.concat(arn, "/index/*")),
            ),
            use_key(
                key_arn,
                service="dynamodb",
                region=region,
                write=write,
                sid=sid("encrypt" if write else "decrypt", "table", name),
            ),
        ),
        environment={variable(name, "table"): table_name},
    )
