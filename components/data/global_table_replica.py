"""The replica of a DynamoDB table in another region."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from .global_table import alarms_of_table

MAX_LAG_MILLISECONDS = 5_000


@dataclass(frozen=True, kw_only=True)
class GlobalTableReplicaArgs:
    """A replica of a table that lives elsewhere.

    Attributes:
        here: Where the table is: DynamoDB measures the replication lag there, and its people are told of it.
        there: Where the replica is, and under which rules.
        table_arn: The table.
        table_name: Its name, which the replica shares.
        key_arn: Customer managed key of the replica's region; changing it replaces the replica.
        data_classification: Of the items; `restricted` by default.

    Raises:
        InvalidArgumentError: when both are in the same region.
    """

    here: Here
    there: Here
    table_arn: pulumi.Input[str]
    table_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    data_classification: str = "restricted"

    def __post_init__(self) -> None:
        if self.there.region == self.here.region:
            expected = f"a region other than the table's, {self.here.region}"
            raise InvalidArgumentError(self, "there.region", self.there.region, expected)


class GlobalTableReplica(Component):
    """A replica with point-in-time recovery, deletion protection and a key of its own: AWS hands none of them down.

    AWS creates, changes and reads a replica through the table's region, so it belongs in a stack that is only touched while
    both regions live.

    Outputs: `arn`.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: GlobalTableReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here, there = args.here, args.there
        replica = dynamodb.TableReplica(
            name,
            region=there.region,
            global_table_arn=expect_region(args.table_arn, here.region, f"{name}: table_arn"),
            kms_key_arn=expect_region(args.key_arn, there.region, f"{name}: key_arn"),
            point_in_time_recovery=True,
            deletion_protection_enabled=there.protect,
            tags=tags(name, data_classification=args.data_classification, recovery="replicated"),
            opts=self.child(protect=there.protect),
        )
        self.arn = replica.arn
        lag = Alarm(
            key="table-replication-latency",
            description=f"Items take over {MAX_LAG_MILLISECONDS / 1000:g} s to reach {there.region}: a failover loses them.",
            metric=Metric(
                namespace="AWS/DynamoDB",
                name="ReplicationLatency",
                dimensions={"TableName": args.table_name, "ReceivingRegion": there.region},
                statistic="Average",
            ),
            comparison="GreaterThanThreshold",
            threshold=MAX_LAG_MILLISECONDS,
        )
        create_alarms(self, [lag], here)
        create_alarms(self, alarms_of_table(args.table_name), there)
        # Backups of it, if any, are taken by the stack of its own region.
        loss = "nothing: the table has everything"
        there.inventory.stores.append(Store(name=name, arn=self.arn, recovery="replicated", loss=loss))
        self.register_outputs({"arn": self.arn})
