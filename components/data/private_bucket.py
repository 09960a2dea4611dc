"""What every bucket of the house has in common: closed to the public, versioned, owned, TLS only, kept tidy."""

import re
from collections.abc import Callable, Sequence

import pulumi
from pulumi_aws import s3

from ..base.component import Component, tags
from ..base.errors import ComponentError
from ..base.here import Place
from ..base.statements import Statement, deny_plain_http, policy_json
from .bucket_spec import BucketSpec


def create_private_bucket(
    owner: Component,
    *,
    here: Place,
    encryption: s3.BucketServerSideEncryptionConfigurationRuleArgs,
    statements: Callable[[pulumi.Output[str]], Sequence[Statement]],
    spec: BucketSpec,
    data_classification: str | None,
) -> pulumi.Output[str]:
    """Create a bucket and what belongs to it as children of `owner`; returns its name once the policy is in place.

    Args:
        owner: The component, whose name becomes the bucket's prefix.
        here: Where it is, and whether a plan that would delete it is stopped; without `protect` a destroy also deletes every
            object.
        encryption: Default encryption.
        statements: The bucket's ARN -> statements of its policy, beside the one that refuses plain HTTP.
        spec: How long objects are kept.
        data_classification: Of the objects.

    Raises:
        ComponentError: when the name cannot begin a bucket's name (lower case letters, digits and hyphens; Pulumi adds 8 to at
            most 55 characters: S3 bucket naming rules).
    """
    name, region = owner.name, here.region
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,53}[a-z0-9]", name):
        raise ComponentError(f"bucket name {name!r}; expected 3 to 55 lower case letters, digits and hyphens")
    bucket = s3.Bucket(
        name,
        region=region,
        force_destroy=not here.protect,
        tags=tags(name, data_classification=data_classification),
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
    s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        region=region,
        bucket=bucket.bucket,
        rules=[_lifecycle_rule(spec)],
        # S3 refuses rules on noncurrent versions of a bucket without versions.
        opts=owner.child(depends_on=[versioned]),
    )
    policy = s3.BucketPolicy(
        f"{name}-policy",
        region=region,
        bucket=bucket.bucket,
        policy=policy_json(
            [deny_plain_http("s3:*", bucket.arn, pulumi.Output.concat(bucket.arn, "/*")), *statements(bucket.arn)]
        ),
        # S3 refuses configuration calls on one bucket that overlap; whoever waits for the policy waits for all of it.
        opts=owner.child(depends_on=[closed, owned, encrypted, versioned]),
    )
    return policy.bucket


def _lifecycle_rule(spec: BucketSpec) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=spec.noncurrent_days
        ),
        # S3 takes either: with a number of days it removes left-over delete markers by itself.
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=spec.expire_days)
        if spec.expire_days
        else s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
    )
