"""The bucket that takes the access logs of a region's buckets and load balancers, and the inventories of its buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import s3

from ..base import checks
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Place, Store
from ..base.statements import Statement, services
from .bucket_spec import KEPT_DAYS, BucketSpec
from .private_bucket import create_private_bucket

INVENTORIES: Final = "inventory"
INVENTORY_DAYS: Final = 90
"""Days that a list of objects is kept: enough to compare a quarter's costs; the lists name what removed tenants had."""


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """Where access logs go.

    Attributes:
        here: Whose logs are taken; buckets and load balancers log within their own region only. Without `protect` a destroy
            deletes every log, too.
        retention_days: Days that logs are kept, 1 to 3,650; 365 by default.

    Raises:
        InvalidArgumentError: on another number of days.
    """

    here: Place
    retention_days: int = 365

    def __post_init__(self) -> None:
        if expected := checks.between(self.retention_days, *KEPT_DAYS, "days"):
            raise InvalidArgumentError(self, "retention_days", self.retention_days, expected)


class LogBucket(Component):
    """A bucket for access logs. Its encryption is S3's own: neither S3 nor load balancers deliver under a customer managed key.

    Load balancers may use any prefix, buckets log under `buckets/<name>/`, S3 lists objects under `inventory/<bucket>/`,
    kept for 90 days.

    Outputs: `bucket_name`, known once log delivery is allowed.
    """

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account_id = args.here.account_id

        def deliveries(arn: pulumi.Output[str]) -> Sequence[Statement]:
            return [
                Statement(
                    sid="BucketsOfThisAccount",
                    principals=services("logging.s3.amazonaws.com"),
                    actions=("s3:PutObject",),
                    resources=(pulumi.Output.concat(arn, "/buckets/*"),),
                    conditions={"StringEquals": {"aws:SourceAccount": account_id}},
                ),
                Statement(
                    # docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html
                    sid="InventoriesOfThisAccount",
                    principals=services("s3.amazonaws.com"),
                    actions=("s3:PutObject",),
                    resources=(pulumi.Output.concat(arn, f"/{INVENTORIES}/*"),),
                    conditions={"StringEquals": {"aws:SourceAccount": account_id}},
                ),
                Statement(
                    sid="LoadBalancersOfThisAccount",
                    principals=services("logdelivery.elasticloadbalancing.amazonaws.com"),
                    actions=("s3:PutObject",),
                    # The path binds it to the account: the service puts the load balancer's own there. A source condition is
                    # left out because delivery does not always carry one, and then fails.
                    resources=tuple(pulumi.Output.concat(arn, path, f"/AWSLogs/{account_id}/*") for path in ("", "/*")),
                ),
            ]

        self.bucket_name = create_private_bucket(
            self,
            here=args.here,
            encryption=s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                    sse_algorithm="AES256"
                ),
                blocked_encryption_types=["SSE-C"],
            ),
            statements=deliveries,
            spec=BucketSpec(noncurrent_days=30, expire_days=args.retention_days),
            data_classification=None,
            recovery="lost",
            expiring={f"{INVENTORIES}/": INVENTORY_DAYS},
        )
        arn = pulumi.Output.concat("arn:aws:s3:::", self.bucket_name)
        args.here.inventory.stores.append(Store(name=name, arn=arn, recovery="lost", loss="the region's access logs"))
        self.register_outputs({"bucketName": self.bucket_name})
