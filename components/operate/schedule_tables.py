"""The tables of a schedule: what it remembers, and which other stacks need the databases; and what those may do there."""

from dataclasses import dataclass

import pulumi

from ..base.here import Here
from ..base.statements import Statement, use_key
from .own_table import OwnTable, OwnTableArgs


@dataclass(frozen=True, kw_only=True)
class SharedDatabase:
    """The database of another stack of the same account and region, as its output `schedule.lends` tells of it.

    Attributes:
        leases: Name of the table of leases.
        leases_arn: Its ARN.
        key_arn: Its key.
        database: Identifier of the RDS instance.
    """

    leases: pulumi.Input[str]
    leases_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    database: pulumi.Input[str]

    def use(self, here: Here, holder: str) -> tuple[Statement, ...]:
        """Hold a lease of one's own, and see whether the database is awake."""
        database = pulumi.Output.concat(f"arn:aws:rds:{here.region}:{here.account_id}:db:", self.database)
        return (
            Statement(
                sid="OwnLease",
                actions=("dynamodb:GetItem", "dynamodb:PutItem"),
                resources=(self.leases_arn,),
                conditions={
                    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [holder]},
                    # Without keys the condition above holds, too.
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            ),
            use_key(self.key_arn, service="dynamodb", region=here.region, write=True, sid="KeyOfLeases"),
            Statement(sid="SharedDatabase", actions=("rds:DescribeDBInstances",), resources=(database,)),
        )


def memory_of(name: str, here: Here, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> OwnTable:
    """The table of what was taken away, what people ordered and what was measured."""
    args = OwnTableArgs(
        here=here,
        key_arn=key_arn,
        hash_key="id",
        range_key="item",
        loss="sizes by day: what sleeps wakes with those that are declared",
    )
    return OwnTable(f"{name}-table", args, opts)


def leases_of(name: str, here: Here, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> OwnTable:
    """The table of leases, an item for each stack that shares the databases."""
    args = OwnTableArgs(
        here=here,
        key_arn=key_arn,
        hash_key="holder",
        loss="nothing: who is awake renews its lease",
    )
    return OwnTable(f"{name}-leases", args, opts)
