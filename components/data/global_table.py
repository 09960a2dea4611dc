"""A DynamoDB table ready to be replicated, as for user logins and sessions."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component, tags
from ..base.here import Here, Store
from ..base.links import Link
from .table_spec import IndexSpec, TableSpec
from .table_statements import READ, WRITE, link_table


@dataclass(frozen=True, kw_only=True)
class GlobalTableArgs:
    """A table.

    Attributes:
        here: Where it is.
        spec: What it is keyed by.
        key_arn: Customer managed key of its items, of the same region.
        data_classification: Of the items; `restricted` by default.
    """

    here: Here
    spec: TableSpec
    key_arn: pulumi.Input[str]
    data_classification: str = "restricted"


class GlobalTable(Component):
    """A table with TTL, point-in-time recovery, its own key, and the stream that replication needs.

    Replicas are declared elsewhere (`GlobalTableReplica`), which this table does not undo. A table that seeded a replica cannot
    be deleted for 24 hours.

    Outputs: `arn`; `table_name`, the same in every region.
    """

    arn: pulumi.Output[str]
    table_name: pulumi.Output[str]

    def __init__(self, name: str, args: GlobalTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec = args.here, args.spec
        self.table = dynamodb.Table(
            name,
            region=here.region,
            billing_mode="PAY_PER_REQUEST",
            attributes=[
                dynamodb.TableAttributeArgs(name=attribute, type=kind) for attribute, kind in sorted(spec.attributes.items())
            ],
            hash_key=spec.hash_key,
            range_key=spec.range_key,
            global_secondary_indexes=[_index(index, keys) for index, keys in spec.indexes.items()] or None,
            ttl=dynamodb.TableTtlArgs(enabled=True, attribute_name=spec.ttl_attribute),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
            server_side_encryption=dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.key_arn),
            # Replication needs both, and turns them on by itself when they are not declared: a difference for ever.
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            deletion_protection_enabled=here.protect,
            tags=tags(name, data_classification=args.data_classification, recovery="replicated"),
            # Without this the next update would delete the replicas that another stack declares.
            opts=self.child(protect=here.protect, ignore_changes=["replicas"]),
        )
        self.arn = self.table.arn
        self.table_name = self.table.name
        create_alarms(self, alarms_of_table(self.table_name, tuple(spec.indexes)), here)
        loss = "seconds, where a replica is declared: replication is asynchronous"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="replicated", loss=loss, backed_up=True))
        self.register_outputs({"arn": self.arn, "tableName": self.table_name})

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - whole, and the same for all
        """Read or write items: `verb` is one of `TableSpec.link.verbs`. `<NAME>_TABLE` tells the physical name."""
        args = self.args
        return link_table(
            self.name,
            verb,
            arn=self.arn,
            table_name=self.table_name,
            key_arn=args.key_arn,
            region=args.here.region,
            per_tenant=args.spec.per_tenant,
        )


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


def _index(name: str, keys: IndexSpec) -> dynamodb.TableGlobalSecondaryIndexArgs:
    schema = [("HASH", keys.hash_key), *([("RANGE", keys.range_key)] if keys.range_key else [])]
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=name,
        projection_type="ALL",
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=attribute, key_type=kind)
            for kind, attribute in schema
        ],
    )
