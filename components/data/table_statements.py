"""Statements for the uses of a DynamoDB table, for the table itself and for its replica in another region."""

from typing import Final

import pulumi

from ..base.links import Link, variable
from ..base.statements import Condition, Statement, sid, use_key
from ..base.tenants import THIS_TENANT

# Scan is left out: it reads every tenant's items and no condition on the leading key narrows it.
READ: Final = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE: Final = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")

# docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html: ForAllValues
# is also true of a request that names no key at all; the second condition refuses that one.
THIS_TENANTS_ITEMS: Final[Condition] = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [THIS_TENANT]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}


def link_table(
    name: str,
    verb: str,
    *,
    arn: pulumi.Input[str],
    table_name: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    region: str,
    per_tenant: bool,
) -> Link:
    """What reading or writing a table takes; `arn` and `key_arn` are those of `region`.

    Args:
        name: Its logical name: tells statements apart, and `<NAME>_TABLE` is the variable with the physical name.
        verb: `read` (items and indexes, and the condition checks of a transaction) or `write` (with conditions of its own).
        arn: The table, or its replica in `region`.
        table_name: Its physical name.
        key_arn: Its key in `region`.
        region: Where it is used.
        per_tenant: Whether its items are tenants' data, each tenant's under its own id.
    """
    write = verb == "write"
    # A request without a leading key, as DescribeTable's, would be refused where one is asked for.
    actions = (WRITE if write else READ) if per_tenant else ("dynamodb:DescribeTable", *(WRITE if write else READ))
    statements = (
        Statement(
            sid=sid(verb, "table", name),
            actions=actions,
            resources=(arn,) if write else (arn, pulumi.Output.concat(arn, "/index/*")),
            conditions=THIS_TENANTS_ITEMS if per_tenant else {},
        ),
        use_key(
            key_arn,
            service="dynamodb",
            region=region,
            write=write,
            sid=sid("encrypt" if write else "decrypt", "table", name),
        ),
    )
    environment = {variable(name, "table"): table_name}
    if per_tenant:
        return Link(tenant_statements=statements, environment=environment)
    return Link(statements=statements, environment=environment)
