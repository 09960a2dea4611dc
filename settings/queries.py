"""What the catalogue of queries and the lake must agree on."""

from collections.abc import Iterator

from components.analytics.query_catalog_spec import QueryCatalogSpec
from components.base.problems import Problem
from components.data.bucket_spec import LakeSpec


def problems(found: QueryCatalogSpec, lake: LakeSpec) -> Iterator[Problem]:
    """A problem for each bucket that is not there, or is not of the class that queries take."""
    for key, name in (("results", found.results), ("curated", found.curated)):
        bucket = lake.buckets.get(name)
        if bucket is None:
            expected = f"a bucket of lake.buckets: {', '.join(lake.buckets)}"
            yield Problem(value=name, expected=expected, path=(key,))
        elif not bucket.per_tenant:
            expected = "a bucket whose objects are tenants' (perTenant): a session reads and writes one tenant's prefix"
            yield Problem(value=name, expected=expected, path=(key,))
    if found.results == found.curated:
        yield Problem(value=found.results, expected="another bucket than curated: results are kept for days", path=("results",))
