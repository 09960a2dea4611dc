"""What every bucket of the house has in common: closed to the public, versioned, owned, TLS only, kept tidy."""

import re
from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import s3

from components.component import Component, tags
from components.permissions import POLICY_VERSION


def create_private_bucket(
    owner: Component,
    *,
    region: str,
    encryption: s3.BucketServerSideEncryptionConfigurationRuleArgs,
    statements: Sequence[dict[str, Any]],
    noncurrent_days: int,
    expire_days: int | None,
    data_classification: str | None,
    protect: bool,
) -> pulumi.Output[str]:
    """Create a bucket and what belongs to it as children of `owner`; returns its name once the policy is in place.

    Args:
        owner: The component, whose name becomes the bucket's prefix.
        region: AWS region.
        encryption: Default encryption.
        statements: Bucket policy statements beside the one that refuses plain HTTP; `Resource` is a tuple of paths in it
            (`""` the bucket itself, `"/*"` its objects).
        noncurrent_days: Days that a replaced or deleted object can be brought back.
        expire_days: Days after which objects are deleted; None keeps them.
        data_classification: Of the objects.
        protect: Stop a plan that would delete the bucket; without it a destroy also deletes every object.

    Raises:
        ValueError: when the name cannot begin a bucket's name (lower case letters, digits and hyphens; Pulumi adds 8 to at
            most 55 characters: S3 bucket naming rules).
    """
    name = owner.name
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,53}[a-z0-9]", name):
        raise ValueError(f"bucket name {name!r}; expected 3 to 55 lower case letters, digits and hyphens")
    bucket = s3.Bucket(
        name,
        region=region,
        force_destroy=not protect,
        tags=tags(name, data_classification=data_classification),
        opts=owner.child(protect=protect),
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
        rules=[_lifecycle_rule(noncurrent_days, expire_days)],
        # S3 refuses rules on noncurrent versions of a bucket without versions.
        opts=owner.child(depends_on=[versioned]),
    )
    plain_http = {
        "Sid": "OnlyOverTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ("", "/*"),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = s3.BucketPolicy(
        f"{name}-policy",
        region=region,
        bucket=bucket.bucket,
        policy=pulumi.Output.json_dumps(
            {
                "Version": POLICY_VERSION,
                "Statement": [
                    {**statement, "Resource": [pulumi.Output.concat(bucket.arn, path) for path in statement["Resource"]]}
                    for statement in (plain_http, *statements)
                ],
            }
        ),
        # S3 refuses configuration calls on one bucket that overlap; whoever waits for the policy waits for all of it.
        opts=owner.child(depends_on=[closed, owned, encrypted, versioned]),
    )
    return policy.bucket


def _lifecycle_rule(noncurrent_days: int, expire_days: int | None) -> s3.BucketLifecycleConfigurationRuleArgs:
    return s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
        noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=noncurrent_days
        ),
        # S3 takes either: with a number of days it removes left-over delete markers by itself.
        expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=expire_days)
        if expire_days
        else s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
    )
