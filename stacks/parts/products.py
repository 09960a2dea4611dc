"""What tenants share with other organisations: the place of data products, and a grant for each entry."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pulumi
from pulumi_aws import dynamodb

from components.compute.job_spec import REGISTRY
from components.data.product_spec import ProductSpec
from components.data.products import Products, ProductsArgs
from components.data.share import Share, ShareArgs
from components.data.table_spec import TableSpec
from jobs.publish.shareable import columns
from settings import PrimarySettings
from stacks.parts.region import Region

Outputs = dict[str, dict[str, Any]]
"""Share -> what `dataconnect share` reads of it."""


@dataclass(frozen=True, kw_only=True)
class SharedProducts:
    """The place of products and the shares of a stack; both are empty where it has no products."""

    products: Products | None
    shares: Mapping[str, Share]


def declare_products(settings: PrimarySettings, region: Region, registry: pulumi.Input[str] | None) -> SharedProducts:
    """Declare the products, each to be published as `product/<name>`, and the shares; `registry` is the table of tenants."""
    if not settings.products or registry is None:
        return SharedProducts(products=None, shares={})
    read_registry = region.links.of([f"{TableSpec.link.link(REGISTRY)}:read"], workload="products")
    products = Products(
        "products",
        ProductsArgs(
            here=region.here,
            products=settings.products,
            key_arn=region.keys["storage"],
            log_bucket=region.access_logs.bucket_name,
            database_name=f"dataconnect_{pulumi.get_stack().replace('-', '_')}_products",
            # Who deploys grants, who operates tenants revokes.
            administrators=(*settings.key_administrators, *settings.tenant_operators),
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.application_subnet_ids,
            registry=read_registry,
        ),
    )
    for name in settings.products:
        region.links.offer(ProductSpec.link, partial(products.link, name), name)
    shares: dict[str, Share] = {}
    for name, spec in settings.shares.items():
        product = settings.products[spec.product]
        sums = product.aggregate.sums if product.aggregate else None
        shares[name] = Share(
            f"share-{name}",
            ShareArgs(
                here=replace(region.here, protect=region.here.protect and spec.protect),
                share=name,
                spec=spec,
                product=product,
                columns=columns(product.dataset, product.columns, sums),
                products=products,
                administrators=settings.key_administrators,
                registry=registry,
            ),
        )
        _tell_publisher(name, shares[name], region, registry)
    if shares:
        products.watch([share.order for share in shares.values()])
    return SharedProducts(products=products, shares=shares)


def _tell_publisher(name: str, share: Share, region: Region, registry: pulumi.Input[str]) -> None:
    """Tell the job that publishes where it writes: by an item of the registry, beside which stands what was revoked."""
    spec = share.args.spec
    told = {
        "product": spec.product,
        "since": spec.since,
        "until": spec.until,
        "key_arn": share.key_arn,
        "prefix": share.prefix,
    }
    item: dict[str, Any] = {
        "tenant": {"S": spec.tenant},
        "item": {"S": f"share#{region.here.region}#{name}"},
        **{key: {"S": value} for key, value in told.items()},
    }
    dynamodb.TableItem(
        f"share-{name}-item",
        region=region.here.region,
        table_name=registry,
        hash_key="tenant",
        range_key="item",
        item=pulumi.Output.json_dumps(item),
    )


def outputs_of_shares(shared: SharedProducts) -> dict[str, Any]:
    """What `dataconnect share` reads; nothing where the stack has no products."""
    if shared.products is None:
        return {}
    return {
        "products": {"bucket": shared.products.bucket_name, "database": shared.products.database_name},
        "shares": {
            name: {
                "product": share.args.spec.product,
                "tenant": share.args.spec.tenant,
                "account": share.args.spec.account,
                "since": share.args.spec.since,
                "until": share.args.spec.until,
                "closedAt": share.args.spec.closed_at(),
                "prefix": share.prefix,
                "table": share.table_name,
                "keyArn": share.key_arn,
                "roleArn": share.role_arn,
            }
            for name, share in shared.shares.items()
        },
    }
