"""The replication role (prod-replication): the links between primary and recovery, touched only while both regions live."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.compute.image_replication import ImageReplication, ImageReplicationArgs
from components.compute.job_spec import REGISTRY
from components.data.bucket_replication import BucketReplication, BucketReplicationArgs
from components.data.global_table_replica import GlobalTableReplica, GlobalTableReplicaArgs
from components.operate.dashboard import Dashboard, DashboardArgs
from settings import ReplicationSettings
from stacks.outputs import StackOutputs
from stacks.parts.silos import declare_place


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
    for tenant in settings.silos:
        _replicate_silo(settings, tenant, primary=primary, recovery=recovery, here=here, there=there)
    ImageReplication(
        "image-replication",
        ImageReplicationArgs(here=here, destination_region=settings.recovery_region, prefixes=(f"{pulumi.get_project()}/",)),
    )
    Dashboard("replication", DashboardArgs(here=here, rows=here.inventory.rows))
    return {}


def _replicate_silo(
    settings: ReplicationSettings, tenant: str, *, primary: StackOutputs, recovery: StackOutputs, here: Here, there: Here
) -> None:
    """Copy a silo's own buckets, and tell the recovery region's workloads where it is there."""
    classes = {name: spec for name, spec in settings.lake.buckets.items() if spec.per_tenant}
    buckets = {name: recovery.text("silos", tenant, "buckets", name) for name in classes}
    for name, spec in classes.items():
        if spec.replicated:
            BucketReplication(
                f"silo-{tenant}-{name}-replication",
                BucketReplicationArgs(
                    here=here,
                    there=there,
                    bucket_name=primary.text("silos", tenant, "buckets", name),
                    key_arn=primary.text("silos", tenant, "keyArn"),
                    destination_bucket_name=buckets[name],
                    destination_key_arn=primary.text("silos", tenant, "replicaKeyArn"),
                    locked=spec.lock_days is not None,
                ),
            )
    declare_place(
        tenant,
        region=settings.recovery_region,
        written_in=settings.primary_region,
        table_name=primary.text("tables", REGISTRY, "name"),
        buckets=buckets,
        host=recovery.text("silos", tenant, "databaseAddress"),
    )
