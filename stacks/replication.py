"""The replication role (prod-replication): the links between primary and recovery, touched only while both regions live."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.compute.image_replication import ImageReplication, ImageReplicationArgs
from components.data.bucket_replication import BucketReplication, BucketReplicationArgs
from components.data.global_table_replica import GlobalTableReplica, GlobalTableReplicaArgs
from components.operate.dashboard import Dashboard, DashboardArgs
from settings import ReplicationSettings
from stacks.outputs import StackOutputs


def compose(settings: ReplicationSettings) -> Mapping[str, pulumi.Input[Any]]:
    """Declare the replication stack; it has no outputs of its own, for nothing comes after it."""
    primary, recovery = StackOutputs(settings.primary_stack), StackOutputs(settings.recovery_stack)
    here = Here(
        region=settings.primary_region,
        account_id=settings.account_id,
        alarms=AlarmTarget(topic_arn=primary.text("alertTopicArn"), runbook_url=settings.runbook_url),
    )
    there = replace(
        here,
        region=settings.recovery_region,
        alarms=AlarmTarget(topic_arn=recovery.text("alertTopicArn"), runbook_url=settings.runbook_url),
    )
    for name in settings.tables:
        GlobalTableReplica(
            f"{name}-replica",
            GlobalTableReplicaArgs(
                here=here,
                there=there,
                table_arn=primary.text("tables", name, "arn"),
                table_name=primary.text("tables", name, "name"),
                key_arn=primary.text("replicaKeyArns", "tables"),
            ),
        )
    for name, spec in settings.lake.buckets.items():
        if not spec.replicated:
            continue
        BucketReplication(
            f"lake-{name}-replication",
            BucketReplicationArgs(
                here=here,
                there=there,
                bucket_name=primary.text("lakeBuckets", name),
                key_arn=primary.text("keyArns", spec.key),
                destination_bucket_name=recovery.text("lakeBuckets", name),
                destination_key_arn=primary.text("replicaKeyArns", spec.key),
                locked=spec.lock_days is not None,
            ),
        )
    ImageReplication(
        "image-replication",
        ImageReplicationArgs(here=here, destination_region=settings.recovery_region, prefixes=(f"{pulumi.get_project()}/",)),
    )
    Dashboard("replication", DashboardArgs(here=here, rows=here.inventory.rows))
    return {}
