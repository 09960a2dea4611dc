"""The bucket that takes the access logs of a region's buckets and load balancers."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.component import Component, InvalidArgumentError
from components.private_bucket import create_private_bucket


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """Where access logs go.

    Attributes:
        region: AWS region; buckets and load balancers log within their own region only.
        account_id: The account whose logs are taken.
        retention_days: Days that logs are kept; 365 by default.
        protect: Stop a plan that would delete the bucket; true by default. Without it a destroy deletes every log, too.
    """

    region: str
    account_id: str
    retention_days: int = 365
    protect: bool = True

    def __post_init__(self) -> None:
        if self.retention_days < 1:
            raise InvalidArgumentError(self, "retention_days", self.retention_days, "1 day or more")


class LogBucket(Component):
    """A bucket for access logs. Its encryption is S3's own: neither S3 nor load balancers deliver under a customer managed key.

    Load balancers may use any prefix, buckets log under `buckets/<name>/`.

    Outputs: `bucket_name`, known once log delivery is allowed.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.bucket_name = create_private_bucket(
            self,
            region=args.region,
            encryption=s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                ),
                blocked_encryption_types=["SSE-C"],
            ),
            statements=[
                {
                    "Sid": "BucketsOfThisAccount",
                    "Effect": "Allow",
                    "Principal": {"Service": "logging.s3.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": ("/buckets/*",),
                    "Condition": {"StringEquals": {"aws:SourceAccount": args.account_id}},
                },
                {
                    "Sid": "LoadBalancersOfThisAccount",
                    "Effect": "Allow",
                    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    "Action": "s3:PutObject",
                    # The path binds it to the account: the service puts the load balancer's own there. A source condition is
                    # left out because delivery does not always carry one, and then fails.
                    "Resource": (f"/AWSLogs/{args.account_id}/*", f"/*/AWSLogs/{args.account_id}/*"),
                },
            ],
            noncurrent_days=30,
            expire_days=args.retention_days,
            data_classification=None,
            protect=args.protect,
        )
        self.register_outputs({"bucketName": self.bucket_name})
