"""The replica of a DynamoDB table in another region."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from components.alarms import Alarm, AlarmTarget, DashboardRow, Metric, create_alarms
from components.arn import expect_region
from components.component import Component, InvalidArgumentError, tags
from components.global_table import alarms_of_table

MAX_LAG_MILLISECONDS = 5_000


@dataclass(frozen=True, kw_only=True)
class GlobalTableReplicaArgs:
    """A replica of a table that lives elsewhere.

    Attributes:
        region: AWS region of the replica, e.g. `us-west-2`.
        table_region: AWS region of the table it replicates.
        table_arn: The table.
        table_name: Its name, which the replica shares.
        key_arn: Customer managed key of `region`; changing it replaces the replica.
        alarms: Where alarms of the replica go; in `region`.
        table_alarms: Where the alarm on replication lag goes; in `table_region`, which is where DynamoDB measures it.
        data_classification: Of the items; `restricted` by default.
        protect: Stop a plan that would delete or replace the replica, in Pulumi and in AWS; true by default.
    """

    region: str
    table_region: str
    table_arn: pulumi.Input[str]
    table_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    alarms: AlarmTarget
    table_alarms: AlarmTarget
    data_classification: str = "restricted"
    protect: bool = True

    def __post_init__(self) -> None:
        if self.region == self.table_region:
            raise InvalidArgumentError(self, "region", self.region, f"a region other than the table's, {self.table_region}")


class GlobalTableReplica(Component):
    """A replica with point-in-time recovery, deletion protection and a key of its own: AWS hands none of them down.

    AWS creates, changes and reads a replica through the table's region, so it belongs in a stack that is only touched while
    both regions live.

    Outputs: `arn`; `dashboard_row` (the replica, in its region); `table_dashboard_row` (the lag, in the table's region).
    """

    arn: pulumi.Output[str]
    dashboard_row: DashboardRow
    table_dashboard_row: DashboardRow

    def __init__(self, name: str, args: GlobalTableReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        replica = dynamodb.TableReplica(
            name,
            region=args.region,
            global_table_arn=expect_region(args.table_arn, args.table_region, f"{name}: table_arn"),
            kms_key_arn=expect_region(args.key_arn, args.region, f"{name}: key_arn"),
            point_in_time_recovery=True,
            deletion_protection_enabled=args.protect,
            tags=tags(name, data_classification=args.data_classification),
            opts=self.child(protect=args.protect),
        )
        self.arn = replica.arn
        self.dashboard_row = create_alarms(self, alarms_of_table(args.table_name), region=args.region, target=args.alarms)
        lag = Alarm(
            key="table-replication-latency",
            description=f"Items take over {MAX_LAG_MILLISECONDS / 1000:g} s to reach {args.region}: a failover loses them.",
            metric=Metric(
                namespace="AWS/DynamoDB",
                name="ReplicationLatency",
                dimensions={"TableName": args.table_name, "ReceivingRegion": args.region},
                statistic="Average",
            ),
            comparison="GreaterThanThreshold",
            threshold=MAX_LAG_MILLISECONDS,
        )
        self.table_dashboard_row = create_alarms(self, [lag], region=args.table_region, target=args.table_alarms)
        self.register_outputs({"arn": self.arn})
