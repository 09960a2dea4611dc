"""The replication role (prod-replication): the links between primary and recovery, touched only while both regions live."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.alarms import AlarmTarget
from components.bucket_replication import BucketReplication, BucketReplicationArgs
from components.dashboard import Dashboard, DashboardArgs
from components.global_table_replica import GlobalTableReplica, GlobalTableReplicaArgs
from components.image_replication import ImageReplication, ImageReplicationArgs
from settings import ReplicationSettings
from stacks.outputs import StackOutputs
from stacks.tables import TABLES


def compose(settings: ReplicationSettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare the replication stack; it has no outputs, for nothing comes after it."""
    primary, recovery = StackOutputs(settings.primary_stack), StackOutputs(settings.recovery_stack)
    here = AlarmTarget(topic_arn=primary.text("alertTopicArn"), runbook_url=settings.runbook_url)
    there = AlarmTarget(topic_arn=recovery.text("alertTopicArn"), runbook_url=settings.runbook_url)
    tables = [
        GlobalTableReplica(
            f"{name}-replica",
            GlobalTableReplicaArgs(
                region=settings.recovery_region,
                table_region=settings.primary_region,
                table_arn=primary.text("tables", name, "arn"),
                table_name=primary.text("tables", name, "name"),
                key_arn=primary.text("replicaKeyArns", "tables"),
                alarms=there,
                table_alarms=here,
            ),
        )
        for name in TABLES
    ]
    buckets = [
        BucketReplication(
            f"lake-{role}-replication",
            BucketReplicationArgs(
                region=settings.primary_region,
                bucket_name=primary.text("lakeBuckets", role),
                key_arn=primary.text("keyArns", "storage"),
                destination_region=settings.recovery_region,
                destination_bucket_name=recovery.text("lakeBuckets", role),
                destination_key_arn=primary.text("replicaKeyArns", "storage"),
                alarms=here,
                destination_alarms=there,
            ),
        )
        for role in settings.lake.buckets
    ]
    ImageReplication(
        "image-replication",
        ImageReplicationArgs(
            region=settings.primary_region,
            account_id=settings.account_id,
            destination_region=settings.recovery_region,
            prefixes=(f"{pulumi.get_project()}/",),
        ),
    )
    rows = [
        *(row for table in tables for row in (table.table_dashboard_row, table.dashboard_row)),
        *(row for bucket in buckets for row in (bucket.dashboard_row, bucket.destination_dashboard_row)),
    ]
    Dashboard("replication", DashboardArgs(region=settings.primary_region, rows=rows))
    return {}
