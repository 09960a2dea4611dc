"""The search of a region: its domain, what configures it, and what tenants' indexes are like."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import pulumi

from components.analytics.search_domain import SearchDomain, SearchDomainArgs
from components.analytics.search_spec import SearchSpec
from components.base.uses import verbs_of
from components.compute.function import Function
from jobs.aggregate.datasets import DATASETS, opensearch
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_search(settings: PlatformSettings, region: Region) -> SearchDomain | None:
    """Declare the search domain, to be used as `search`; None where the stack has none."""
    spec, tokens = settings.search, settings.ingress.tokens
    if spec is None or tokens is None:
        return None
    domain = SearchDomain(
        "search-domain",
        SearchDomainArgs(
            here=region.here,
            spec=spec,
            domain_name=name_of(pulumi.get_stack()),
            tokens=tokens,
            indexes=indexes(),
            vpc_id=region.network.vpc_id,
            subnet_ids=region.network.data_subnet_ids,
            function_subnet_ids=region.network.application_subnet_ids,
            key_arn=region.keys["search"],
            ways_to_aws=region.links.of((), workload="search-domain"),
        ),
    )
    region.links.offer(SearchSpec.link, domain.link)
    return domain


def configure_search(
    settings: PlatformSettings,
    search: SearchDomain | None,
    functions: Mapping[str, Function],
    *,
    registry: pulumi.Input[str],
    cell: str,
) -> dict[str, pulumi.Input[Any]]:
    """Have the domain know who indexes, and be configured; returns what `dataconnect` reads of it.

    `registry` is the name of the table of tenants, `cell` the stack whose tenants are searched.
    """
    if search is None:
        return {}
    writers = [name for name, spec in settings.functions.items() if "write" in verbs_of(spec.uses, SearchSpec.link.name)]
    for name in writers:
        search.admit(name, functions[name].role_arn)
    search.configure()
    return {
        "function": search.function_name,
        "endpoint": search.endpoint,
        "indexes": indexes(),
        "indexer": functions[writers[0]].function_name,
        "queue": settings.functions[writers[0]].queue,
        "registry": registry,
        "cell": cell,
    }


def name_of(stack: str) -> str:
    """The name of a stack's domain, which has 28 characters at the most: `dataconnect-` and its own, or a digest of it."""
    plain = re.fullmatch(r"[a-z0-9-]{1,16}", stack)
    return f"dataconnect-{stack if plain else hashlib.sha256(stack.encode()).hexdigest()[:16]}"


def indexes() -> dict[str, dict[str, Any]]:
    """Dataset -> the index that each tenant has of it: its fields as OpenSearch takes them."""
    return {dataset: {"mapping": opensearch(dataset)} for dataset in DATASETS}
