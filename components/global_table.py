"""A DynamoDB table ready to be replicated, as for user logins and sessions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi
from pulumi_aws import dynamodb

from components.alarms import Alarm, AlarmTarget, DashboardRow, Metric, create_alarms
from components.component import Component, InvalidArgumentError, tags
from components.permissions import Statement
from components.table_statements import READ, WRITE, read_table, read_write_table

AttributeType = Literal["S", "N", "B"]

# docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: global secondary indexes per table
MAX_INDEXES = 20


@dataclass(frozen=True, kw_only=True)
class TableIndex:
    """A global secondary index that holds whole items.

    Attributes:
        hash_key: Attribute that partitions the index.
        range_key: Attribute that sorts within a partition; none by default.
    """

    hash_key: str
    range_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class GlobalTableArgs:
    """A table, billed by request.

    Attributes:
        region: AWS region of the table, e.g. `us-east-2`.
        attributes: Type of each attribute that a key uses: `S` text, `N` number, `B` bytes. No other attribute is declared.
        hash_key: Attribute that partitions the table.
        range_key: Attribute that sorts within a partition; none by default.
        indexes: Global secondary indexes by name, at most 20. AWS adds or removes one per update.
        ttl_attribute: Attribute with the second (Unix time) after which DynamoDB deletes the item, within a few days.
        key_arn: Customer managed key of `region`.
        alarms: Where alarms go.
        data_classification: Of the items; `restricted` by default.
        protect: Stop a plan that would delete or replace the table, in Pulumi and in AWS; true by default.
    """

    region: str
    attributes: Mapping[str, AttributeType]
    hash_key: str
    ttl_attribute: str
    key_arn: pulumi.Input[str]
    alarms: AlarmTarget
    range_key: str | None = None
    indexes: Mapping[str, TableIndex] = field(default_factory=dict[str, TableIndex])
    data_classification: str = "restricted"
    protect: bool = True

    def __post_init__(self) -> None:
        used = {self.hash_key, self.range_key, *(key for i in self.indexes.values() for key in (i.hash_key, i.range_key))}
        if set(self.attributes) != used - {None}:
            expected = ", ".join(sorted(filter(None, used)))
            raise InvalidArgumentError(self, "attributes", dict(self.attributes), f"exactly the attributes of keys: {expected}")
        if wrong := {kind for kind in self.attributes.values() if kind not in ("S", "N", "B")}:
            raise InvalidArgumentError(self, "attributes", ", ".join(sorted(wrong)), "S, N or B")
        if self.ttl_attribute in self.attributes:
            raise InvalidArgumentError(self, "ttl_attribute", self.ttl_attribute, "an attribute that is no key")
        for name in self.indexes:
            if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", name):
                raise InvalidArgumentError(self, "indexes", name, "a name of 3 to 255 letters, digits and _ . -")
        if len(self.indexes) > MAX_INDEXES:
            raise InvalidArgumentError(self, "indexes", len(self.indexes), f"at most {MAX_INDEXES}")


class GlobalTable(Component):
    """A table with TTL, point-in-time recovery, its own key, and the stream that replication needs.

    Replicas are declared elsewhere (`GlobalTableReplica`), which this table does not undo. A table that seeded a replica cannot
    be deleted for 24 hours.

    Outputs: `arn`; `table_name`, the same in every region; `dashboard_row`.
    """

    arn: pulumi.Output[str]
    table_name: pulumi.Output[str]
    dashboard_row: DashboardRow

    def __init__(self, name: str, args: GlobalTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.table = dynamodb.Table(
            name,
            region=args.region,
            billing_mode="PAY_PER_REQUEST",
            attributes=[
                dynamodb.TableAttributeArgs(name=attribute, type=kind) for attribute, kind in sorted(args.attributes.items())
            ],
            hash_key=args.hash_key,
            range_key=args.range_key,
            global_secondary_indexes=[_index(index, keys) for index, keys in args.indexes.items()] or None,
            ttl=dynamodb.TableTtlArgs(enabled=True, attribute_name=args.ttl_attribute),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            # Replication needs both, and turns them on by itself when they are not declared: a difference for ever.
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            deletion_protection_enabled=args.protect,
            tags=tags(name, data_classification=args.data_classification),
            # Without this the next update would delete the replicas that another stack declares.
            opts=self.child(protect=args.protect, ignore_changes=["replicas"]),
        )
        self.arn = self.table.arn
        self.table_name = self.table.name
        alarms = alarms_of_table(self.table_name, tuple(args.indexes))
        self.dashboard_row = create_alarms(self, alarms, region=args.region, target=args.alarms)
        self.register_outputs({"arn": self.arn, "tableName": self.table_name})

    def read(self) -> tuple[Statement, ...]:
        """Read items, in the table's own region."""
        return read_table(self.name, self.arn, key_arn=self.args.key_arn, region=self.args.region)

    def read_write(self) -> tuple[Statement, ...]:
        """Read and write items, in the table's own region."""
        return read_write_table(self.name, self.arn, key_arn=self.args.key_arn, region=self.args.region)


def alarms_of_table(table_name: pulumi.Input[str], indexes: tuple[str, ...] = ()) -> list[Alarm]:
    """What to watch of a table or replica, in its own region."""
    operations = [action.removeprefix("dynamodb:") for action in (*READ, *WRITE) if "ConditionCheck" not in action]
    errors = {
        f"m{number}": Metric(
            namespace="AWS/DynamoDB",
            name="SystemErrors",
            dimensions={"TableName": table_name, "Operation": operation},
            statistic="Sum",
        )
        for number, operation in enumerate((*operations, "TransactGetItems", "TransactWriteItems"))
    }
    return [
        Alarm(
            key="table-system-errors",
            description="DynamoDB answers requests with internal errors (HTTP 500).",
            metric=errors,
            expression=f"SUM([{', '.join(errors)}])",
            comparison="GreaterThanThreshold",
            threshold=0,
            missing_data="notBreaching",
        ),
        *(_throttles(table_name, index) for index in (None, *indexes)),
    ]


def _throttles(table_name: pulumi.Input[str], index: str | None) -> Alarm:
    dimensions = {"TableName": table_name} | ({"GlobalSecondaryIndexName": index} if index else {})
    return Alarm(
        key="table-throttles",
        label=index,
        description="DynamoDB throttles requests: a hot key, or the table grew faster than on-demand capacity follows.",
        metric={
            kind: Metric(namespace="AWS/DynamoDB", name=f"{kind.title()}ThrottleEvents", dimensions=dimensions, statistic="Sum")
            for kind in ("read", "write")
        },
        expression="SUM([read, write])",
        comparison="GreaterThanThreshold",
        threshold=0,
        missing_data="notBreaching",
    )


def _index(name: str, keys: TableIndex) -> dynamodb.TableGlobalSecondaryIndexArgs:
    schema = [("HASH", keys.hash_key), *([("RANGE", keys.range_key)] if keys.range_key else [])]
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        projection_type="ALL",
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=attribute, key_type=kind)
            for kind, attribute in schema
        ],
    )
