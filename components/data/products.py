"""Where data products lie, and the database of the Glue catalog that says what they are: the only one that is ever shared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import glue, lambda_

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.links import Link, variable
from ..base.statements import Statement, sid
from ..base.tenants import PREFIX, SHARE_ALIAS, THIS_TENANT
from ..compute.function import FunctionArgs, create_function
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from .bucket import Bucket, BucketArgs
from .bucket_spec import BucketSpec
from .product_spec import ProductSpec

TIMEOUT_SECONDS: Final = 120
DAILY_MINUTES: Final = 24 * 60
_DESCRIPTION: Final = "Data products, for subscribers"
_SOURCE: Final = Path(__file__).with_name("governance_function")
_PACKAGE: Final = "governance_function"
SHARED: Final = {"Sharing": "products"}
"""The tag of what may be granted to another account: a policy stops every other grant."""
BUCKET_VARIABLE: Final = "PRODUCTS_BUCKET"

_SETTINGS: Final = ("lakeformation:GetDataLakeSettings", "lakeformation:PutDataLakeSettings")
_PERMISSIONS: Final = ("lakeformation:GrantPermissions", "lakeformation:ListPermissions", "lakeformation:RevokePermissions")
# What a grant to another account takes, as AWSLakeFormationCrossAccountManager has it: RAM shares in the caller's name.
_RAM: Final = (
    "ram:AssociateResourceShare",
    "ram:DeleteResourceShare",
    "ram:DisassociateResourceShare",
    "ram:GetResourceShares",
    "ram:UpdateResourceShare",
)


@dataclass(frozen=True, kw_only=True)
class ProductsArgs:
    """The place of data products.

    Attributes:
        here: Where it is.
        products: What may be shared, by name.
        key_arn: Customer managed key of the bucket. No product lies under it: each share has its own.
        log_bucket: Name of the `LogBucket` of the same region.
        database_name: Physical name of the database in the Glue catalog: lower-case letters, digits and _.
        administrators: ARNs of the roles that administer Lake Formation: who deploys grants permissions, and must be one. One
            with `*` in its name is left out: Lake Formation takes no pattern.
        vpc_id: VPC of the function that takes the database out of IAM's defaults.
        subnet_ids: Subnets in two zones or more with a way to AWS: the application tier.
        registry: What reading the table of tenants takes, and the way to AWS: it knows the shares that were revoked.

    Raises:
        InvalidArgumentError: on no product, a name that Athena could not call, or no administrator that Lake Formation takes.
    """

    here: Here
    products: Mapping[str, ProductSpec]
    key_arn: pulumi.Input[str]
    log_bucket: pulumi.Input[str]
    database_name: str
    administrators: Sequence[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    registry: Link

    def __post_init__(self) -> None:
        if not self.products:
            raise InvalidArgumentError(self, "products", {}, "one product or more")
        expected = "1 to 128 lower-case letters, digits and _"
        if checks.pattern(self.database_name, r"[a-z0-9_]{1,128}", expected):
            raise InvalidArgumentError(self, "database_name", self.database_name, expected)
        if not any("*" not in arn for arn in self.administrators):
            expected = "the ARN of one role or more, without *: who deploys must be one to grant"
            raise InvalidArgumentError(self, "administrators", list(self.administrators), expected)


class Products(Component):
    """A bucket for what tenants share, and a database that Lake Formation alone governs.

    Nothing is shared by it: that is `Share`, one for each grant. In the bucket, each object is under the key of its share, and
    the bucket's own key is refused. A function takes the database out of the defaults under which IAM alone decides, looks
    whether that holds, and grants the shares; the deployment fails where it does not.

    Outputs: `bucket_name`, `bucket_arn`; `database_name`; `function_name`. A table of the database waits for `governed`.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    database_name: pulumi.Output[str]
    function_name: pulumi.Output[str]
    governed: lambda_.Invocation

    def __init__(self, name: str, args: ProductsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        bucket = Bucket(
            name,
            BucketArgs(
                here=here,
                # A product is one object that is written over; what was there before is nobody's to read.
                spec=BucketSpec(noncurrent_days=1),
                key_arn=args.key_arn,
                log_bucket=args.log_bucket,
                keys_named=True,
                rebuilt_from="lake-curated, once a stack there has the shares; until then nothing is shared",
            ),
            opts=self.child(),
        )
        self.bucket_name, self.bucket_arn = bucket.bucket_name, bucket.arn
        database = glue.CatalogDatabase(
            name,
            region=here.region,
            # A physical name: subscribers' tables link to it.
            name=args.database_name,
            description=_DESCRIPTION,
            tags=tags(name, extra=SHARED),
            opts=self.child(),
        )
        created = create_function(
            self,
            FunctionArgs(
                here=here,
                # It reads settings, changes them and writes them back: two at once could each undo the other's.
                spec=FunctionSpec(timeout_seconds=TIMEOUT_SECONDS, concurrency=1),
                description=f"Takes the database of {name} out of the defaults of IAM",
                source=source(),
                handler=f"{_PACKAGE}.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                link=self._what_it_uses(),
            ),
        )
        self._function = created.function
        self.function_name, self._role_arn = created.function.name, created.function.role
        self._opened = [*created.opened, *created.policies, database]
        self._administrators = [*(arn for arn in args.administrators if "*" not in arn), self._role_arn]
        self.governed = lambda_.Invocation(
            f"{name}-governed",
            region=here.region,
            function_name=self.function_name,
            input=pulumi.Output.json_dumps(self._order(self._administrators)),
            # The provider sends the default for new tables again with whatever else of the database it changes.
            triggers={"code": digest(source()), "database": _DESCRIPTION},
            opts=self.child(depends_on=self._opened),
        )
        self._last = self.governed
        self.database_name = database.name
        self.register_outputs({"bucketName": self.bucket_name, "databaseName": self.database_name})

    def grant(
        self, name: str, share: Mapping[str, pulumi.Input[str]], *, owner: Component, needs: Sequence[pulumi.Resource]
    ) -> lambda_.Invocation:
        """Let the function grant a share once `needs` are there, and revoke it before they go; one order after another.

        No resource of Lake Formation: a refresh drops from the state what was revoked, and the next `up` would grant it again.
        The function asks the registry each time. Its code alone grants nothing anew.
        """
        self._last = lambda_.Invocation(
            name,
            region=self.args.here.region,
            function_name=self.function_name,
            # Itself alone: only an administrator is told of every grant there is. Another one changes no grant.
            input=pulumi.Output.json_dumps({**self._order([self._role_arn]), "share": share}),
            lifecycle_scope="CRUD",
            # The old one's end revokes, which must not come after the new one has granted.
            opts=owner.child(depends_on=[*self._opened, self._last, *needs], delete_before_replace=True),
        )
        return self._last

    def watch(self, shares: Sequence[Mapping[str, pulumi.Input[str]]]) -> None:
        """Let the function govern once more each day, and look whether these shares, and nobody else, are granted."""
        run_by_clock(
            self,
            self.args.here,
            DAILY_MINUTES,
            self._function,
            ready=[*self._opened, self._last],
            running=True,
            order=pulumi.Output.json_dumps({**self._order(self._administrators), "watched": [*shares]}),
        )

    def _order(self, administrators: Sequence[pulumi.Input[str]]) -> dict[str, object]:
        return {"catalog": self.args.here.account_id, "database": self.args.database_name, "administrators": administrators}

    def link(self, product: str, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - one verb, no path
        """Publish a product: write the session's tenant's own, under the keys of that tenant's shares.

        `PRODUCT_<NAME>` tells as JSON what the product is, `PRODUCTS_BUCKET` where it goes.
        """
        here = self.args.here
        return Link(
            tenant_statements=(
                Statement(
                    sid=sid("publish", "product", product),
                    actions=("s3:PutObject",),
                    resources=(pulumi.Output.concat(self.bucket_arn, "/", PREFIX, f"product={product}/*"),),
                ),
                Statement(
                    sid="EncryptUnderKeysOfShares",
                    actions=("kms:GenerateDataKey",),
                    resources=(f"arn:aws:kms:{here.region}:{here.account_id}:key/*",),
                    conditions={
                        "StringEquals": {"kms:ViaService": f"s3.{here.region}.amazonaws.com"},
                        "ForAnyValue:StringLike": {"kms:ResourceAliases": f"{SHARE_ALIAS}{THIS_TENANT}/*"},
                    },
                ),
            ),
            environment={
                BUCKET_VARIABLE: self.bucket_name,
                variable("product", product): self.args.products[product].model_dump_json(by_alias=True),
            },
        )

    def _what_it_uses(self) -> Link:
        here, args = self.args.here, self.args
        where = f"arn:aws:glue:{here.region}:{here.account_id}"
        database = (f"{where}:catalog", f"{where}:database/{args.database_name}")
        tables = f"{where}:table/{args.database_name}/*"
        own = (
            Statement(
                sid="SettingsAndPermissions",
                actions=(*_SETTINGS, *_PERMISSIONS),
                resources=("*",),
                wildcard_reason="Lake Formation knows no resources",
            ),
            Statement(
                sid="TheDatabaseItself",
                actions=("glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:UpdateDatabase"),
                resources=(*database, tables),
            ),
            # RAM writes into the catalog's policy what it shares.
            Statement(
                sid="SharedByRam",
                actions=("glue:DeleteResourcePolicy", "glue:PutResourcePolicy"),
                resources=(*database, tables),
            ),
            Statement(
                sid="BeginSharing",
                actions=("ram:CreateResourceShare",),
                resources=("*",),
                conditions={"StringEquals": {"ram:RequestedResourceType": "glue:Table"}},
                wildcard_reason="what is made has no name yet",
            ),
            Statement(
                sid="ShareAndEnd",
                actions=_RAM,
                resources=("*",),
                conditions={"StringLike": {"ram:ResourceShareName": "LakeFormation*"}},
                wildcard_reason="Lake Formation names its shares; this is their beginning",
            ),
            Statement(
                sid="AsLakeFormationShares",
                actions=("ram:AssociateResourceSharePermission",),
                resources=("*",),
                conditions={"ArnLike": {"ram:PermissionArn": "arn:aws:ram::aws:permission/AWSRAMLFEnabled*"}},
                wildcard_reason="of the permissions, not of the shares",
            ),
        )
        return replace(args.registry, statements=(*own, *args.registry.statements), environment={})


def source() -> dict[str, str]:
    """The function's code."""
    return source_files(_SOURCE, _PACKAGE)
