"""The replication role (prod-replication): the links between primary and recovery, touched only while both regions live."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

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
        if spec.replicated:
            _replicate_both_ways(
                f"lake-{name}-replication",
                _End(here, primary.text("lakeBuckets", name), primary.text("keyArns", spec.key)),
                _End(there, recovery.text("lakeBuckets", name), primary.text("replicaKeyArns", spec.key)),
                locked=spec.lock_days is not None,
            )
    for tenant in settings.silos:
        _replicate_silo(settings, tenant, primary=primary, recovery=recovery, here=here, there=there)
    # What is pushed while the other region is active comes back. ECR copies what was pushed, and no copies:
    # docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    for name, place, to in (("image-replication", here, there), ("image-replication-back", there, here)):
        prefixes = (f"{pulumi.get_project()}/",)
        ImageReplication(name, ImageReplicationArgs(here=place, destination_region=to.region, prefixes=prefixes))
    Dashboard("replication", DashboardArgs(here=here, rows=here.inventory.rows))
    return {}


class _End(NamedTuple):
    """A bucket, where it is, and the key of its objects."""

    place: Here
    bucket: pulumi.Input[str]
    key_arn: pulumi.Input[str]


def _replicate_both_ways(name: str, primary: _End, recovery: _End, *, locked: bool) -> None:
    """Copy what is written in either region to the other, from the start: a failover has nothing to turn around."""
    for called, source, destination in ((name, primary, recovery), (f"{name}-back", recovery, primary)):
        BucketReplication(
            called,
            BucketReplicationArgs(
                here=source.place,
                there=destination.place,
                bucket_name=source.bucket,
                key_arn=source.key_arn,
                destination_bucket_name=destination.bucket,
                destination_key_arn=destination.key_arn,
                locked=locked,
            ),
        )


def _replicate_silo(
    settings: ReplicationSettings, tenant: str, *, primary: StackOutputs, recovery: StackOutputs, here: Here, there: Here
) -> None:
    """Copy a silo's own buckets, and tell the recovery region's workloads where it is there."""
    classes = {name: spec for name, spec in settings.lake.buckets.items() if spec.per_tenant}
    buckets = {name: recovery.text("silos", tenant, "buckets", name) for name in classes}
    for name, spec in classes.items():
        if spec.replicated:
            _replicate_both_ways(
                f"silo-{tenant}-{name}-replication",
                _End(here, primary.text("silos", tenant, "buckets", name), primary.text("silos", tenant, "keyArn")),
                _End(there, buckets[name], primary.text("silos", tenant, "replicaKeyArn")),
                locked=spec.lock_days is not None,
            )
    declare_place(
        tenant,
        region=settings.recovery_region,
        written_in=settings.primary_region,
        table_name=primary.text("tables", REGISTRY, "name"),
        buckets=buckets,
        host=recovery.text("silos", tenant, "databaseAddress"),
    )
