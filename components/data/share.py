"""One product of one tenant, shared with one other organisation, until a day: with a key, a role and a table of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pulumi
from pulumi_aws import glue, iam, lakeformation

from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.statements import (
    EVERYONE,
    OWN_TRUST,
    Statement,
    account,
    allow_on_key,
    policy_json,
    trust,
)
from ..base.tenants import SHARE_ALIAS
from ..security.key import CRYPTOGRAPHY, Key, KeyArgs
from .product_spec import ProductSpec, ShareSpec
from .products import Products

# docs.aws.amazon.com/kms/latest/APIReference: what turns ciphertext into something else
OPENING: Final = ("kms:Decrypt", "kms:ReEncryptFrom")
OPERATING: Final = ("kms:DescribeKey", "kms:DisableKey")
_INPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
_SERDE: Final = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


@dataclass(frozen=True, kw_only=True)
class ShareArgs:
    """A grant.

    Attributes:
        here: Where it is. Its `tenant_operators` may close it, and take its role to try whether it is closed.
        share: The name of the grant, in the alias of its key, its table and its folder.
        spec: Whose data, for whom, until when.
        product: What it is of.
        columns: Column -> Glue type, in the order in which a subscriber sees them.
        products: Where it lies.
        administrators: ARNs of the roles that manage its key.
        registry: Name of the table of tenants: a share that was revoked is not granted again.

    Raises:
        InvalidArgumentError: on a subscriber that is this account, or no columns.
    """

    here: Here
    share: str
    spec: ShareSpec
    product: ProductSpec
    columns: Mapping[str, str]
    products: Products
    administrators: tuple[str, ...]
    registry: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.spec.account == self.here.account_id:
            expected = "the account of another organisation: this one needs no share"
            raise InvalidArgumentError(self, "spec.account", self.spec.account, expected)
        if not self.columns:
            raise InvalidArgumentError(self, "columns", {}, "one column or more")


class Share(Component):
    """What a subscriber may read: one folder, under one key, by one table of Lake Formation, until one day.

    Lake Formation hands out credentials of the role, which holds that folder and that key and nothing else. Role and key open
    at the first day, and with the trust end at the last, by themselves. Nobody but the role decrypts; the subscriber lets its
    own principals read, and no other account.

    `dataconnect share revoke` ends it before: a deployment leaves a key disabled that was disabled, and the function that
    grants asks each time whether the share was revoked.

    Outputs: `key_arn`; `role_arn`; `prefix`, its folder in the bucket; `table_name`. `order` is what `Products.watch` is told.
    """

    key_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    prefix: str
    table_name: str
    order: Mapping[str, pulumi.Input[str]]

    def __init__(self, name: str, args: ShareArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, spec, products = args.here, args.spec, args.products
        self.prefix = f"tenant={spec.tenant}/product={spec.product}/share={args.share}/"
        self.table_name = args.share.replace("-", "_")
        role = iam.Role(
            f"{name}-access",
            description=f"What a subscriber reads of {args.share}",
            assume_role_policy=policy_json(self._trusts()),
            # Who revokes puts a policy on it that would keep IAM from deleting it.
            force_detach_policies=True,
            tags=tags(f"{name}-access"),
            opts=self.child(),
        )
        key = self._key(role.arn)
        self.key_arn, self.role_arn = key.arn, role.arn
        grants = iam.RolePolicy(
            f"{name}-access-grants", role=role.name, policy=policy_json(self._read(key.arn)), opts=self.child()
        )
        location = lakeformation.Resource(
            f"{name}-location",
            region=here.region,
            arn=pulumi.Output.concat(products.bucket_arn, "/", self.prefix.rstrip("/")),
            role_arn=role.arn,
            # Nobody reads it past Lake Formation; a hybrid location would let in whom IAM lets in.
            hybrid_access_enabled=False,
            opts=self.child(depends_on=[grants]),
        )
        table = self._table(location)
        self.order = {
            "name": args.share,
            "tenant": spec.tenant,
            "table": self.table_name,
            "account": spec.account,
            "registry": args.registry,
            # Another day is another grant: it is looked at again.
            "until": spec.until,
        }
        products.grant(f"{name}-grant", self.order, owner=self, needs=[table, location])
        self.register_outputs({"keyArn": self.key_arn, "roleArn": self.role_arn})

    def _key(self, reader_arn: pulumi.Output[str]) -> Key:
        here, spec, args = self.args.here, self.args.spec, self.args
        operators = {"ArnEquals": {"aws:PrincipalArn": [*here.tenant_operators]}}
        others = {"ArnNotEquals": {"aws:PrincipalArn": reader_arn}}
        besides = (
            *(
                (allow_on_key("OperatorsClose", account(here.account_id), OPERATING, operators),)
                if here.tenant_operators
                else ()
            ),
            _deny("OnlyItsRoleDecrypts", OPENING, others),
            _deny("ClosedBeforeItsDay", OPENING, {"DateLessThan": {"aws:CurrentTime": spec.opened_at()}}),
            _deny("ClosedAtItsEnd", CRYPTOGRAPHY, {"DateGreaterThanEquals": {"aws:CurrentTime": spec.closed_at()}}),
        )
        return Key(
            f"{self.name}-key",
            KeyArgs(
                here=here,
                data_class="share",
                alias=f"{SHARE_ALIAS}{spec.tenant}/{args.share}",
                administrators=args.administrators,
                tenant=spec.tenant,
                besides=besides,
                stays_disabled=True,
            ),
            opts=self.child(),
        )

    def _trusts(self) -> tuple[Statement, ...]:
        """Lake Formation takes it until the end; so do operators, to try whether it is closed.

        docs.aws.amazon.com/lake-formation/latest/dg/registration-role.html: it says which person of Identity Center reads
        (SetContext), and is not said to name a source. Neither operators nor subscribers say who they are: they hand over no
        context, no source identity and no tags.
        """
        here = self.args.here
        until = {"DateLessThan": {"aws:CurrentTime": self.args.spec.closed_at()}}
        operators = Statement(
            sid="",
            principals=account(here.account_id),
            actions=("sts:AssumeRole",),
            resources=("*",),
            conditions={**until, "ArnEquals": {"aws:PrincipalArn": [*here.tenant_operators]}},
            wildcard_reason=OWN_TRUST,
        )
        service = trust("lakeformation.amazonaws.com", until)
        service = replace(service, actions=(*service.actions, "sts:SetContext"))
        return (service, *((operators,) if here.tenant_operators else ()))

    def _read(self, key_arn: pulumi.Output[str]) -> tuple[Statement, ...]:
        here, bucket, spec = self.args.here, self.args.products.bucket_arn, self.args.spec
        # The trust has an end only: Lake Formation takes the role when it registers the folder, which may be before.
        until = {
            "DateGreaterThanEquals": {"aws:CurrentTime": spec.opened_at()},
            "DateLessThan": {"aws:CurrentTime": spec.closed_at()},
        }
        return (
            Statement(
                sid="ReadTheShare",
                actions=("s3:GetObject",),
                resources=(pulumi.Output.concat(bucket, "/", self.prefix, "*"),),
                conditions=until,
            ),
            Statement(
                sid="ListTheShare",
                actions=("s3:ListBucket",),
                resources=(bucket,),
                conditions={**until, "StringLike": {"s3:prefix": [self.prefix, f"{self.prefix}*"]}},
            ),
            Statement(
                sid="DecryptTheShare",
                actions=("kms:Decrypt",),
                resources=(key_arn,),
                conditions={**until, "StringEquals": {"kms:ViaService": f"s3.{here.region}.amazonaws.com"}},
            ),
        )

    def _table(self, location: lakeformation.Resource) -> glue.CatalogTable:
        args, products = self.args, self.args.products
        return glue.CatalogTable(
            f"{self.name}-table",
            region=args.here.region,
            database_name=products.database_name,
            # A physical name: subscribers' tables link to it.
            name=self.table_name,
            description=args.product.description,
            table_type="EXTERNAL_TABLE",
            parameters={"classification": "parquet", "EXTERNAL": "TRUE"},
            storage_descriptor=glue.CatalogTableStorageDescriptorArgs(
                location=pulumi.Output.concat("s3://", products.bucket_name, "/", self.prefix),
                input_format=_INPUT,
                output_format=_OUTPUT,
                ser_de_info=glue.CatalogTableStorageDescriptorSerDeInfoArgs(serialization_library=_SERDE),
                columns=[
                    glue.CatalogTableStorageDescriptorColumnArgs(name=column, type=kind)
                    for column, kind in args.columns.items()
                ],
            ),
            opts=self.child(depends_on=[location, products.governed]),
        )


def _deny(sid: str, actions: tuple[str, ...], conditions: Mapping[str, Mapping[str, pulumi.Input[str]]]) -> Statement:
    """A refusal in the key's policy, whoever asks."""
    return Statement(sid=sid, effect="Deny", principals=EVERYONE, actions=actions, resources=("*",), conditions=conditions)
