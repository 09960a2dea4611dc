"""A private, encrypted bucket for data."""

import re
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.component import Component, InvalidArgumentError
from components.permissions import Statement, sid, use_key
from components.private_bucket import create_private_bucket


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """A bucket whose objects are all encrypted under one key.

    Attributes:
        region: AWS region of the bucket, e.g. `us-east-2`.
        key_arn: Customer managed key of `region`.
        log_bucket: Name of the `LogBucket` of the same region that takes the access logs.
        expire_days: Days after which objects are deleted; None, the default, keeps them.
        noncurrent_days: Days that a replaced or deleted object can be brought back; 90 by default.
        data_classification: Of the objects; `confidential` by default.
        protect: Stop a plan that would delete the bucket; true by default. Without it a destroy deletes every object, too.
    """

    region: str
    key_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    expire_days: int | None = None
    noncurrent_days: int = 90
    data_classification: str = "confidential"
    protect: bool = True

    def __post_init__(self) -> None:
        if self.expire_days is not None and self.expire_days < 1:
            raise InvalidArgumentError(self, "expire_days", self.expire_days, "1 day or more, or None to keep objects")
        if self.noncurrent_days < 1:
            raise InvalidArgumentError(self, "noncurrent_days", self.noncurrent_days, "1 day or more")


class Bucket(Component):
    """A bucket: its key and no other, versions, no public access, no ACLs, TLS only, lifecycle, access logs.

    Outputs: `bucket_name` and `arn`, both known once the bucket is closed and its policy in place.
    """

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        encryption = s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=args.key_arn
            ),
            bucket_key_enabled=True,
            # Objects under a caller's own key (SSE-C) could not be read back, nor replicated.
            blocked_encryption_types=["SSE-C"],
        )
        # The default applies to uploads that name no encryption; one that names another would slip past it.
        other_encryption = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": ("/*",),
        }
        algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
        self.bucket_name = create_private_bucket(
            self,
            region=args.region,
            encryption=encryption,
            statements=[
                {
                    **other_encryption,
                    "Sid": "OnlyKms",
                    "Condition": {"StringNotEquals": {algorithm: "aws:kms"}, "Null": {algorithm: "false"}},
                },
                {
                    **other_encryption,
                    "Sid": "OnlyTheKeyOfTheBucket",
                    "Condition": {"StringNotEquals": {key: args.key_arn}, "Null": {key: "false"}},
                },
            ],
            noncurrent_days=args.noncurrent_days,
            expire_days=args.expire_days,
            data_classification=args.data_classification,
            protect=args.protect,
        )
        self.arn = pulumi.Output.concat("arn:aws:s3:::", self.bucket_name)
        s3.BucketLogging(
            f"{name}-logging",
            region=args.region,
            bucket=self.bucket_name,
            target_bucket=args.log_bucket,
            target_prefix=f"buckets/{name}/",
            opts=self.child(),
        )
        self.register_outputs({"bucketName": self.bucket_name, "arn": self.arn})

    def read(self, prefix: str = "") -> tuple[Statement, ...]:
        """List and read objects under `prefix` (all by default), which ends with `/` so that `acme` is not `acme-west`."""
        return (
            Statement(
                sid=sid("list", self.name, prefix),
                actions=("s3:ListBucket",),
                resources=(self.arn,),
                conditions={"StringLike": {"s3:prefix": f"{_directory(prefix)}*"}} if prefix else {},
            ),
            Statement(sid=sid("read", self.name, prefix), actions=("s3:GetObject",), resources=(self._objects(prefix),)),
            use_key(self.args.key_arn, service="s3", region=self.args.region, sid=sid("decrypt", self.name, prefix)),
        )

    def write(self, prefix: str = "") -> tuple[Statement, ...]:
        """Put and delete objects under `prefix`; a deleted one stays as a noncurrent version."""
        return (
            Statement(
                sid=sid("write", self.name, prefix),
                actions=("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
                resources=(self._objects(prefix),),
            ),
            use_key(
                self.args.key_arn, service="s3", region=self.args.region, write=True, sid=sid("encrypt", self.name, prefix)
            ),
        )

    def _objects(self, prefix: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(self.arn, "/", _directory(prefix), "*")


def _directory(prefix: str) -> str:
    if not re.fullmatch(r"(?:[^/*?]+/)*", prefix):
        raise ValueError(f"prefix is {prefix!r}; expected path segments that each end with /, without wildcards")
    return prefix
