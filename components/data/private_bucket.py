"""What every bucket of the house has in common: closed to the public, versioned, owned, TLS only, kept tidy."""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import pulumi
from pulumi_aws import s3

from ..base.component import Component, tags
from ..base.errors import ComponentError
from ..base.here import Place
from ..base.recovery import Recovery
from ..base.statements import Statement, deny_plain_http, policy_json
from .bucket_spec import ARCHIVED_BYTES, BucketSpec


def create_private_bucket(
    owner: Component,
    *,
    here: Place,
    encryption: s3.BucketServerSideEncryptionConfigurationRuleArgs,
    statements: Callable[[pulumi.Output[str]], Sequence[Statement]],
    spec: BucketSpec,
    data_classification: str | None,
    recovery: Recovery,
    retention: pulumi.Input[object] = None,
    expiring: Mapping[str, int] = MappingProxyType({}),
    physical_name: str | None = None,
    lock_mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE",
) -> pulumi.Output[str]:
    """Create a bucket and what belongs to it as children of `owner`; returns its name once the policy is in place.

    Args:
        owner: The component, whose name becomes the bucket's prefix.
        here: Where it is, and whether a plan that would delete it is stopped. Without `protect` and the feature `keep_deleted`
            a destroy also deletes every object.
        encryption: Default encryption.
        statements: The bucket's ARN -> statements of its policy, beside the one that refuses plain HTTP.
        spec: How long objects are kept.
        data_classification: Of the objects.
        recovery: What becomes of them when the region is lost.
        retention: Known once objects may be kept as `spec` says; an output that fails leaves those rules as they are.
        expiring: Prefix -> days after which objects under it are deleted, where that is before the others.
        physical_name: Its name in AWS, where statements name it before it exists; by default Pulumi gives it one.
        lock_mode: Whether roles that may can pass the lock of `spec`, as by default, or nobody can until it ends: not AWS, and
            not the account's root user.

    Raises:
        ComponentError: when the name cannot begin a bucket's name (lower case letters, digits and hyphens; Pulumi adds 8 to at
            most 55 characters: S3 bucket naming rules), or the physical name is none.
    """
    name, region = owner.name, here.region
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,53}[a-z0-9]", name):
        raise ComponentError(f"bucket name {name!r}; expected 3 to 55 lower case letters, digits and hyphens")
    if physical_name and not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", physical_name):
        raise ComponentError(f"bucket name {physical_name!r}; expected 3 to 63 lower case letters, digits and hyphens")
    bucket = s3.Bucket(
        name,
        region=region,
        bucket=physical_name,
        force_destroy=not (here.protect or here.features.keep_deleted),
        tags=tags(name, data_classification=data_classification, recovery=recovery),
        opts=owner.child(protect=here.protect),
    )
    closed = s3.BucketPublicAccessBlock(
        f"{name}-public-access-block",
        region=region,
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=owner.child(),
    )
    owned = s3.BucketOwnershipControls(
        f"{name}-ownership",
        region=region,
        bucket=bucket.bucket,
        rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        opts=owner.child(),
    )
    encrypted = s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", region=region, bucket=bucket.bucket, rules=[encryption], opts=owner.child()
    )
    versioned = s3.BucketVersioning(
        f"{name}-versioning",
        region=region,
        bucket=bucket.bucket,
        versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=owner.child(),
    )
    rules = _lifecycle_rules(spec, expiring)
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        region=region,
        bucket=bucket.bucket,
        rules=pulumi.Output.from_input(retention).apply(lambda _: rules),
        # S3 refuses rules on noncurrent versions of a bucket without versions.
        opts=owner.child(depends_on=[versioned]),
    )
    locked: list[pulumi.Resource] = []
    if spec.lock_days:
        # Not by the bucket's own switch, which would replace a bucket that is there:
        # docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
        lock = s3.BucketObjectLockConfiguration(
            f"{name}-lock",
            region=region,
            bucket=bucket.bucket,
            rule=s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(mode=lock_mode, days=spec.lock_days)
            ),
            opts=owner.child(depends_on=[versioned]),
        )
        locked.append(lock)
    policy = s3.BucketPolicy(
        f"{name}-policy",
        region=region,
        bucket=bucket.bucket,
        policy=policy_json(
            [deny_plain_http("s3:*", bucket.arn, pulumi.Output.concat(bucket.arn, "/*")), *statements(bucket.arn)]
        ),
        # S3 refuses configuration calls on one bucket that overlap; whoever waits for the policy waits for all of it.
        opts=owner.child(depends_on=[closed, owned, encrypted, versioned, *locked]),
    )
    return policy.bucket


def _lifecycle_rules(spec: BucketSpec, expiring: Mapping[str, int]) -> list[s3.BucketLifecycleConfigurationRuleArgs]:
    rules = [_tidy(spec)]
    if moves := _transitions(spec):
        rules.append(
            s3.BucketLifecycleConfigurationRuleArgs(
                # Apart from the rest: S3 refuses to drop uploads by the size of what they would become.
                id="archive",
                status="Enabled",
                filter=s3.BucketLifecycleConfigurationRuleFilterArgs(object_size_greater_than=ARCHIVED_BYTES - 1),
                transitions=moves,
            )
        )
    rules += [
        s3.BucketLifecycleConfigurationRuleArgs(
            id=f"expire-{prefix.strip('/')}",
            status="Enabled",
            filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
            expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        )
        for prefix, days in expiring.items()
    ]
    return rules


def _transitions(spec: BucketSpec) -> list[s3.BucketLifecycleConfigurationRuleTransitionArgs]:
    return [
        s3.BucketLifecycleConfigurationRuleTransitionArgs(days=days, storage_class=storage_class)
        for days, storage_class in ((spec.archive_days, "GLACIER_IR"), (spec.deep_archive_days, "DEEP_ARCHIVE"))
        if days
    ]


def _tidy(spec: BucketSpec) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=spec.upload_days
        ),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=spec.noncurrent_days
        ),
        # S3 takes either: with a number of days it removes left-over delete markers by itself.
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=spec.expire_days)
        if spec.expire_days
        else s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
    )
