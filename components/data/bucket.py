"""A private, encrypted bucket for data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import s3

from ..base.component import Component
from ..base.errors import ComponentError
from ..base.here import Place, Store
from ..base.links import Link
from ..base.recovery import Recovery
from ..base.statements import EVERYONE, Statement, sid, use_key, use_own_key
from ..base.tenants import PREFIX, THIS_TENANT, other_tenants, own_bucket
from ..base.uses import PATH_LENGTH, SEGMENT
from .bucket_spec import BucketSpec, InventoryFrequency
from .log_bucket import INVENTORIES
from .private_bucket import create_private_bucket

# docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory.html: what is listed of each version beside its key
LISTED: Final = (
    *("Size", "LastModifiedDate", "StorageClass", "ReplicationStatus", "EncryptionStatus"),
    *("ObjectLockMode", "ObjectLockRetainUntilDate"),
)


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """A bucket whose objects are all encrypted under one key.

    Attributes:
        here: Where it is. Without `protect` and the feature `keep_deleted` a destroy deletes every object, too.
        spec: How long objects are kept, in which form, and what is told of them.
        key_arn: Customer managed key of its objects, of the same region.
        log_bucket: Name of the `LogBucket` of the same region that takes the access logs and the inventory.
        data_classification: Of the objects; `confidential` by default.
        retention: Known once objects may be kept as `spec` says, e.g. after a check; None, the default, at once.
        replicated: Whether its objects are in another region, too; false by default.
        per_tenant: Whether objects are tenants' data, each tenant's under `tenant=<its id>/`; false by default.
        data_class: What silos' own buckets of this kind are called after; the links of the bucket that tenants share reach
            them, too. None, the default, where there are no silos.
        tenant: Id of the tenant whose own bucket it is; None, the default, for one that tenants share.
        variable: Variable that tells workloads its name, e.g. `LAKE_RAW`; none by default.
        tells_events: Whether EventBridge hears of its objects, for rules that start something; false by default.
        keys_named: Whether each object is under a key that its writer must name, another than `key_arn`; false by default.
        rebuilt_from: What its objects are made again from when the region is lost, for people, where nothing copies them; None,
            the default, where they are replicated.
    """

    here: Place
    spec: BucketSpec
    key_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    data_classification: str = "confidential"
    retention: pulumi.Input[object] = None
    replicated: bool = False
    per_tenant: bool = False
    data_class: str | None = None
    tenant: str | None = None
    variable: str | None = None
    tells_events: bool = False
    keys_named: bool = False
    rebuilt_from: str | None = None


class Bucket(Component):
    """A bucket: its key and no other, versions, no public access, no ACLs, TLS only, lifecycle, lock, access logs, inventory.

    Outputs: `bucket_name` and `arn`, both known once the bucket is closed and its policy in place.
    """

    bucket_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        encryption = s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=args.key_arn
            ),
            bucket_key_enabled=True,
            # Objects under a caller's own key (SSE-C) could not be read back, nor replicated.
            blocked_encryption_types=["SSE-C"],
        )
        self.bucket_name = create_private_bucket(
            self,
            here=here,
            encryption=encryption,
            statements=self._denials,
            spec=args.spec,
            data_classification=args.data_classification,
            recovery=self._recovery(),
            retention=args.retention,
            physical_name=self.own_bucket(args.tenant) if args.tenant else None,
        )
        self.arn = pulumi.Output.concat("arn:aws:s3:::", self.bucket_name)
        s3.BucketLogging(
            f"{name}-logging",
            region=here.region,
            bucket=self.bucket_name,
            target_bucket=args.log_bucket,
            target_prefix=f"buckets/{name}/",
            opts=self.child(),
        )
        if args.tells_events:
            s3.BucketNotification(
                f"{name}-events", region=here.region, bucket=self.bucket_name, eventbridge=True, opts=self.child()
            )
        if args.spec.inventory:
            self._list_objects(args.spec.inventory)
        here.inventory.stores.append(self._store())
        self.register_outputs({"bucketName": self.bucket_name, "arn": self.arn})

    def _recovery(self) -> Recovery:
        return "rebuilt" if self.args.rebuilt_from else "replicated" if self.args.replicated else "lost"

    def _store(self) -> Store:
        losses = {
            "rebuilt": self.args.rebuilt_from,
            "replicated": "15 minutes: S3 copies 99.99 % of objects within them",
        }
        loss = losses.get(self._recovery()) or "all objects: they are here only"
        return Store(name=self.name, arn=self.arn, recovery=self._recovery(), loss=loss)

    def _list_objects(self, frequency: InventoryFrequency) -> None:
        """List every version with what it costs: what a tenant has is what is under its prefix."""
        s3.Inventory(
            f"{self.name}-inventory",
            region=self.args.here.region,
            bucket=self.bucket_name,
            name="all-versions",
            included_object_versions="All",
            optional_fields=list(LISTED),
            schedule=s3.InventoryScheduleArgs(frequency=frequency),
            destination=s3.InventoryDestinationArgs(
                bucket=s3.InventoryDestinationBucketArgs(
                    account_id=self.args.here.account_id,
                    bucket_arn=pulumi.Output.concat("arn:aws:s3:::", self.args.log_bucket),
                    format="Parquet",
                    prefix=INVENTORIES,
                    encryption=s3.InventoryDestinationBucketEncryptionArgs(
                        sse_s3=s3.InventoryDestinationBucketEncryptionSseS3Args()
                    ),
                )
            ),
            opts=self.child(),
        )

    def link(self, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - the same for all
        """Read or write objects: `verb` is one of `LakeSpec.link.verbs`; `args.variable` tells the bucket's name.

        `path` bounds the use to what is under it (all by default; of one tenant's, where objects are tenants'), and ends with
        `/` so that `acme` is not `acme-west`.

        Raises:
            ComponentError: on a path that would match more than it says.
        """
        statements = {"read": self._read, "write": self._write}[verb](path)
        environment = {self.args.variable: self.bucket_name} if self.args.variable else {}
        if self.args.per_tenant:
            return Link(tenant_statements=statements, environment=environment)
        return Link(statements=statements, environment=environment)

    def _read(self, path: str) -> tuple[Statement, ...]:
        directory = self._directory(path)
        return (
            Statement(
                sid=sid("list", "bucket", self.name, path),
                actions=("s3:ListBucket",),
                resources=self._buckets(),
                conditions={"StringLike": {"s3:prefix": f"{directory}*"}} if directory else {},
            ),
            Statement(sid=sid("read", "bucket", self.name, path), actions=("s3:GetObject",), resources=self._objects(path)),
            *self._use_keys(path, write=False),
        )

    def _write(self, path: str) -> tuple[Statement, ...]:
        """Put and delete; what is deleted stays as a noncurrent version."""
        return (
            Statement(
                sid=sid("write", "bucket", self.name, path),
                actions=("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"),
                resources=self._objects(path),
            ),
            *self._use_keys(path, write=True),
        )

    def _use_keys(self, path: str, *, write: bool) -> tuple[Statement, ...]:
        here = self.args.here
        named = sid("encrypt" if write else "decrypt", "bucket", self.name, path)
        shared = use_key(self.args.key_arn, service="s3", region=here.region, write=write, sid=named)
        if len(self._buckets()) == 1:
            return (shared,)
        return shared, use_own_key(service="s3", account_id=here.account_id, region=here.region, write=write)

    def own_bucket(self, tenant: str) -> str | None:
        """What a tenant's own bucket of this class is called; None where there are no silos."""
        here, data_class = self.args.here, self.args.data_class
        return own_bucket(data_class, account_id=here.account_id, region=here.region, tenant=tenant) if data_class else None

    def _buckets(self) -> tuple[pulumi.Input[str], ...]:
        own = self.own_bucket(THIS_TENANT) if self.args.per_tenant else None
        return (self.arn, f"arn:aws:s3:::{own}") if own else (self.arn,)

    def _objects(self, path: str) -> tuple[pulumi.Output[str], ...]:
        return tuple(pulumi.Output.concat(arn, "/", self._directory(path), "*") for arn in self._buckets())

    def _directory(self, path: str) -> str:
        if not re.fullmatch(rf"(?:{SEGMENT})*", path) or len(path) > PATH_LENGTH:
            expected = "path segments that each end with /, of letters, digits and ! _ . ' ( ) = -"
            raise ComponentError(f"path is {path!r}; expected {expected}")
        return f"{PREFIX if self.args.per_tenant else ''}{path}"

    def _denials(self, arn: pulumi.Output[str]) -> Sequence[Statement]:
        return [*self._deny_other_encryption(arn), *self._deny_unlocking(arn), *self._deny_other_tenants(arn)]

    def _deny_other_tenants(self, arn: pulumi.Output[str]) -> Sequence[Statement]:
        """Refuse the sessions of other tenants, whatever their policies say, where the bucket is one tenant's own."""
        if self.args.tenant is None:
            return []
        return [
            Statement(
                sid="OnlyItsOwnTenant",
                effect="Deny",
                principals=EVERYONE,
                actions=("s3:*",),
                resources=(arn, pulumi.Output.concat(arn, "/*")),
                conditions=other_tenants(self.args.tenant),
            )
        ]

    def _deny_unlocking(self, arn: pulumi.Output[str]) -> Sequence[Statement]:
        """Let nobody delete what is locked but whoever operates tenants, who must erase one on demand."""
        if not self.args.spec.lock_days:
            return []
        operators = self.args.here.tenant_operators
        return [
            Statement(
                sid="OnlyTenantOperatorsBypassTheLock",
                effect="Deny",
                principals=EVERYONE,
                actions=("s3:BypassGovernanceRetention",),
                resources=(pulumi.Output.concat(arn, "/*"),),
                conditions={"ArnNotLike": {"aws:PrincipalArn": list(operators)}} if operators else {},
            )
        ]

    def _deny_other_encryption(self, arn: pulumi.Output[str]) -> Sequence[Statement]:
        """Refuse uploads under another encryption: the default applies to those only that name none."""
        algorithm, key = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
        if self.args.keys_named:
            refused = (
                ("OnlyKms", {"StringNotEquals": {algorithm: "aws:kms"}}),
                ("OnlyUnderANamedKey", {"Null": {key: "true"}}),
                ("NotUnderTheKeyOfTheBucket", {"StringEquals": {key: self.args.key_arn}}),
            )
            return [
                Statement(
                    sid=name,
                    effect="Deny",
                    principals=EVERYONE,
                    actions=("s3:PutObject",),
                    resources=(pulumi.Output.concat(arn, "/*"),),
                    conditions=conditions,
                )
                for name, conditions in refused
            ]
        return [
            Statement(
                sid=name,
                effect="Deny",
                principals=EVERYONE,
                actions=("s3:PutObject",),
                resources=(pulumi.Output.concat(arn, "/*"),),
                conditions={"StringNotEquals": {header: only}, "Null": {header: "false"}},
            )
            for name, header, only in (("OnlyKms", algorithm, "aws:kms"), ("OnlyTheKeyOfTheBucket", key, self.args.key_arn))
        ]
