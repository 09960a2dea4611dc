"""Replication of a bucket into another region."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, s3

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.statements import Statement, policy_json, trust

# docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html: the only time S3 offers
REPLICATION_TIME_MINUTES = 15
RULE_ID = "everything"


@dataclass(frozen=True, kw_only=True)
class BucketReplicationArgs:
    """One bucket, replicated as a whole. Both buckets exist already, with versioning (every `Bucket` has it).

    A bucket has one replication configuration: a second `BucketReplication` of the same source would overwrite this one.

    Attributes:
        here: Where the source bucket is: S3 counts failures there, and its people are told of them.
        there: Where the destination bucket is: S3 measures lateness there, and its people are told of it
            (docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html).
        bucket_name: The source bucket.
        key_arn: Its key.
        destination_bucket_name: The destination bucket.
        destination_key_arn: Its key.
        locked: Whether both have an object lock: S3 copies the retention of each version; false by default.

    Raises:
        InvalidArgumentError: when both are in the same region.
    """

    here: Here
    there: Here
    bucket_name: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    destination_bucket_name: pulumi.Input[str]
    destination_key_arn: pulumi.Input[str]
    locked: bool = False

    def __post_init__(self) -> None:
        if self.there.region == self.here.region:
            expected = f"a region other than the source's, {self.here.region}"
            raise InvalidArgumentError(self, "there.region", self.there.region, expected)


class BucketReplication(Component):
    """Replicates new objects, tags and delete markers within 15 minutes (replication time control: 99.99 % of objects).

    Two of them, one each way, make no loop: S3 copies no copies, but what changes of their tags and locks
    (docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html).

    Objects older than the rule are not replicated: `docs/runbooks/bucket/replication-failures.md` says how to send them.
    """

    def __init__(self, name: str, args: BucketReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here, there = args.here, args.there
        role = iam.Role(
            name,
            description=f"Lets S3 replicate a bucket from {here.region} to {there.region}",
            # Without a source condition: replication is not documented to send one, and fails silently. Nobody can name this
            # role in a bucket of theirs without iam:PassRole on it.
            assume_role_policy=policy_json([trust("s3.amazonaws.com", {})]),
            tags=tags(name),
            opts=self.child(),
        )
        policy = iam.RolePolicy(f"{name}-policy", role=role.id, policy=policy_json(_statements(name, args)), opts=self.child())
        enabled = "Enabled"
        s3.BucketReplicationConfig(
            f"{name}-config",
            region=here.region,
            bucket=args.bucket_name,
            role=role.arn,
            rules=[
                s3.BucketReplicationConfigRuleArgs(
                    id=RULE_ID,
                    status=enabled,
                    priority=0,
                    filter=s3.BucketReplicationConfigRuleFilterArgs(prefix=""),
                    delete_marker_replication=s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status=enabled),
                    # Without it S3 leaves out every object under a customer managed key, and says nothing.
                    source_selection_criteria=s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
                        sse_kms_encrypted_objects=s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                            status=enabled
                        ),
                        # A tag or a lock that is put on a copy reaches the original, where the other bucket replicates back.
                        # docs.aws.amazon.com/AmazonS3/latest/userguide/replication-for-metadata-changes.html
                        replica_modifications=s3.BucketReplicationConfigRuleSourceSelectionCriteriaReplicaModificationsArgs(
                            status=enabled
                        ),
                    ),
                    destination=s3.BucketReplicationConfigRuleDestinationArgs(
                        bucket=_arn(args.destination_bucket_name),
                        encryption_configuration=s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                            replica_kms_key_id=expect_region(
                                args.destination_key_arn, there.region, f"{name}: destination_key_arn"
                            )
                        ),
                        replication_time=s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
                            status=enabled,
                            time=s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(
                                minutes=REPLICATION_TIME_MINUTES
                            ),
                        ),
                        metrics=s3.BucketReplicationConfigRuleDestinationMetricsArgs(
                            status=enabled,
                            event_threshold=s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(
                                minutes=REPLICATION_TIME_MINUTES
                            ),
                        ),
                    ),
                )
            ],
            opts=self.child(depends_on=[policy]),
        )
        failures, latency = _alarms(args)
        create_alarms(self, [failures], here)
        create_alarms(self, [latency], there)
        self.register_outputs({})


def _statements(name: str, args: BucketReplicationArgs) -> list[Statement]:
    source, destination = _arn(args.bucket_name), _arn(args.destination_bucket_name)
    return [
        Statement(sid="ReadRule", actions=("s3:GetReplicationConfiguration", "s3:ListBucket"), resources=(source,)),
        Statement(
            sid="ReadVersions",
            # docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html: the last two copy the lock
            actions=(
                *("s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"),
                *(("s3:GetObjectRetention", "s3:GetObjectLegalHold") if args.locked else ()),
            ),
            resources=(pulumi.Output.concat(source, "/*"),),
        ),
        Statement(
            sid="WriteReplicas",
            actions=("s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"),
            resources=(pulumi.Output.concat(destination, "/*"),),
        ),
        Statement(
            sid="DecryptSource",
            actions=("kms:Decrypt",),
            resources=(expect_region(args.key_arn, args.here.region, f"{name}: key_arn"),),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{args.here.region}.amazonaws.com"}},
        ),
        Statement(
            sid="EncryptReplicas",
            actions=("kms:Encrypt", "kms:GenerateDataKey"),
            resources=(args.destination_key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{args.there.region}.amazonaws.com"}},
        ),
    ]


def _alarms(args: BucketReplicationArgs) -> tuple[Alarm, Alarm]:
    """Of failures and of lateness."""

    def metric(name: str, statistic: str) -> Metric:
        dimensions = {
            "SourceBucket": args.bucket_name,
            "DestinationBucket": args.destination_bucket_name,
            "RuleId": RULE_ID,
        }
        return Metric(namespace="AWS/S3", name=name, dimensions=dimensions, statistic=statistic)

    return (
        Alarm(
            key="bucket-replication-failures",
            description="S3 could not replicate objects; it does not try them again.",
            metric=metric("OperationsFailedReplication", "Sum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            missing_data="notBreaching",
        ),
        Alarm(
            key="bucket-replication-latency",
            description=f"Objects wait over {REPLICATION_TIME_MINUTES} minutes for replication.",
            metric=metric("ReplicationLatency", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=REPLICATION_TIME_MINUTES * 60,
            missing_data="notBreaching",
        ),
    )


def _arn(bucket_name: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat("arn:aws:s3:::", bucket_name)
