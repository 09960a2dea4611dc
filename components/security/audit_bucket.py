"""A bucket for what is recorded of accounts: services of named accounts write, and nobody deletes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_aws import s3

from ..base.component import Component
from ..base.here import Place, Store
from ..base.statements import EVERYONE, Condition, Statement, services
from ..data.bucket_spec import BucketSpec
from ..data.private_bucket import create_private_bucket
from .audit_key import trail_arn

Holds = Literal["trail", "records"]
"""Files of trails; those of AWS Config and GuardDuty."""
# What takes away a file, its lock, or what keeps either.
DELETING: Final = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention")
CHANGING: Final = (
    *("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"),
    *("s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration", "s3:PutEncryptionConfiguration"),
    *("s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration", "s3:PutBucketOwnershipControls"),
)


@dataclass(frozen=True, kw_only=True)
class AuditBucketArgs:
    """A bucket of the audit.

    Attributes:
        here: Where it is.
        holds: `trail`, which is locked; or `records`, which is not: AWS Config delivers to no bucket with a lock
            (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-config-deliverychannel.html).
        key_arn: Customer managed key of the `audit` data class, of the same region.
        log_bucket: Name of the bucket that takes its access logs.
        accounts: The accounts whose services write.
        administrators: ARNs of the roles that may change the bucket, the one that deploys among them; `*` may stand in a name.
        lock_days: Days that nobody can delete a file of the trail.
        keep_days: Days after which files go.
    """

    here: Place
    holds: Holds
    key_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    accounts: Sequence[str]
    administrators: Sequence[str]
    lock_days: int
    keep_days: int


class AuditBucket(Component):
    """A bucket that only the services of named accounts write to: one key, versions, TLS, access logs, a lock nobody can pass.

    Outputs: `bucket_name` and `arn`, known once its policy is in place: what writes waits for that.
    """

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AuditBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        encryption = s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=args.key_arn
            ),
            bucket_key_enabled=True,
            blocked_encryption_types=["SSE-C"],
        )
        self.bucket_name = create_private_bucket(
            self,
            here=args.here,
            encryption=encryption,
            statements=self._statements,
            spec=BucketSpec(
                noncurrent_days=90,
                expire_days=args.keep_days,
                lock_days=args.lock_days if args.holds == "trail" else None,
            ),
            data_classification="restricted",
            recovery="lost",
            lock_mode="COMPLIANCE",
        )
        self.arn = pulumi.Output.concat("arn:aws:s3:::", self.bucket_name)
        s3.BucketLogging(
            f"{name}-logging",
            region=args.here.region,
            bucket=self.bucket_name,
            target_bucket=args.log_bucket,
            target_prefix=f"buckets/{name}/",
            opts=self.child(),
        )
        args.here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="lost", loss="what was recorded until then"))
        self.register_outputs({"bucketName": self.bucket_name, "arn": self.arn})

    def _statements(self, arn: pulumi.Output[str]) -> Sequence[Statement]:
        """Everything but plain HTTP, which `create_private_bucket` refuses."""
        objects = pulumi.Output.concat(arn, "/*")
        writing = self._of_trails(arn) if self.args.holds == "trail" else [*self._of_recorders(arn), *self._of_detectors(arn)]
        return [
            *writing,
            Statement(
                # What lifecycle rules delete, once it may go, no principal does.
                sid="NobodyDeletes",
                effect="Deny",
                principals=EVERYONE,
                actions=DELETING,
                resources=(objects,),
            ),
            Statement(
                sid="OnlyServicesWrite",
                effect="Deny",
                principals=EVERYONE,
                actions=("s3:PutObject",),
                resources=(objects,),
                conditions={"Bool": {"aws:PrincipalIsAWSService": "false"}},
            ),
            Statement(
                sid="OnlyAdministratorsChange",
                effect="Deny",
                principals=EVERYONE,
                actions=CHANGING,
                resources=(arn,),
                conditions={"ArnNotLike": {"aws:PrincipalArn": list(self.args.administrators)}},
            ),
        ]

    def _of_trails(self, arn: pulumi.Output[str]) -> list[Statement]:
        """docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html"""
        accounts = self.args.accounts
        source = {"StringEquals": {"aws:SourceArn": [trail_arn(self.args.here.region, each) for each in accounts]}}
        return _writing("Trails", "cloudtrail", ("s3:GetBucketAcl",), arn, [f"AWSLogs/{each}/*" for each in accounts], source)

    def _of_recorders(self, arn: pulumi.Output[str]) -> list[Statement]:
        """docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html"""
        accounts = self.args.accounts
        source = {"StringEquals": {"aws:SourceAccount": list(accounts)}}
        paths = [f"AWSLogs/{each}/Config/*" for each in accounts]
        return _writing("Recorders", "config", ("s3:GetBucketAcl", "s3:ListBucket"), arn, paths, source)

    def _of_detectors(self, arn: pulumi.Output[str]) -> list[Statement]:
        """docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html"""
        accounts = self.args.accounts
        source = {
            "StringEquals": {"aws:SourceAccount": list(accounts)},
            "ArnLike": {"aws:SourceArn": [f"arn:aws:guardduty:*:{each}:detector/*" for each in accounts]},
        }
        paths = [f"AWSLogs/{each}/GuardDuty/*" for each in accounts]
        return _writing("Detectors", "guardduty", ("s3:GetBucketLocation",), arn, paths, source)


def _writing(
    who: str,
    service: str,
    looking: tuple[str, ...],
    arn: pulumi.Output[str],
    paths: Sequence[str],
    source: Condition,
) -> list[Statement]:
    principals = services(f"{service}.amazonaws.com")
    return [
        Statement(sid=f"{who}Look", principals=principals, actions=looking, resources=(arn,), conditions=source),
        Statement(
            sid=f"{who}Write",
            principals=principals,
            actions=("s3:PutObject",),
            resources=tuple(pulumi.Output.concat(arn, "/", path) for path in paths),
            conditions=source,
        ),
    ]
