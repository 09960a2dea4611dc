"""What tenants query the lake with: the tables over its curated files, and what their workgroups are made of."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.analytics.query_catalog import QueryCatalog, QueryCatalogArgs, TableColumn
from components.analytics.query_catalog_spec import QueryCatalogSpec
from components.base.component import tags
from components.data.bucket import Bucket
from jobs.aggregate.datasets import DATASETS, TYPES, curated
from settings import PlatformSettings
from stacks.parts.region import Region
from stacks.parts.silos import Silo


def declare_query_catalog(
    settings: PlatformSettings,
    region: Region,
    lake: Mapping[str, Bucket],
    silos: Mapping[str, Silo],
    *,
    cell: str,
    registry: pulumi.Input[str] | None,
) -> dict[str, Any]:
    """Declare the tables, to be used as `catalog`. Returns what `dataconnect` makes tenants' workgroups of.

    Args:
        settings: The stack's.
        region: Where they are.
        lake: The buckets that tenants share.
        silos: The tenants with buckets of their own.
        cell: The stack whose tenants these are.
        registry: Name of the table of tenants in this region; None where the stack has none.
    """
    spec = settings.catalog
    if spec is None:
        return {}
    stack = pulumi.get_stack()
    catalog = QueryCatalog(
        "query-catalog",
        QueryCatalogArgs(
            here=region.here,
            spec=spec,
            database_name=f"dataconnect_{stack.replace('-', '_')}_lake",
            workgroups=f"dataconnect-{stack}-",
            cell=cell,
            tables={dataset: columns(dataset) for dataset in DATASETS},
            curated=lake[spec.curated],
            results=lake[spec.results],
            silos={tenant: silo.bucket_names[spec.curated] for tenant, silo in silos.items()},
        ),
    )
    region.links.offer(QueryCatalogSpec.link, catalog.link)
    named = {**settings.tags.model_dump(by_alias=True), **tags("queries", data_classification="restricted")}
    told = {**catalog.template, "tags": {name: named[name] for name in sorted(named) if name != "Name"}}
    return told if registry is None else {**told, "registry": registry}


def columns(dataset: str) -> dict[str, TableColumn]:
    """The columns of a dataset's curated files, as Glue calls their types."""
    return {each.name: TableColumn(TYPES[each.kind].glue, each.meaning) for each in curated(dataset)}
