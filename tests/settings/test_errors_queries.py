"""What settings say of the catalogue of queries and of functions by the clock that do not fit their stack."""

import pytest

from components.analytics.query_catalog_spec import QueryCatalogSpec
from components.data.bucket_spec import LakeBucketSpec, LakeSpec
from settings import PlatformSettings
from settings.queries import problems
from tests.settings.cases import LINKS, is_, one, plain
from tests.settings.stack_files import CONFIG, accepted, refused

BUCKETS = ", ".join(CONFIG["prod"]["dataconnect:lake"]["buckets"])
CASES = [
    plain("prod", "catalog.results", "answers", f"a bucket of lake.buckets: {BUCKETS}"),
    plain("prod", "catalog.curated", "curate", f"a bucket of lake.buckets: {BUCKETS}"),
    plain("prod", "catalog.results", "curated", "another bucket than curated: results are kept for days"),
    plain("prod", "catalog.cutoffGiB", 0, "1 to 10000 GiB"),
    plain("prod", "functions.quota.everyMinutes", 1, "5 to 1440 minutes"),
    one(
        *("prod", "functions.quota.queue", "newest"),
        is_(
            "dataconnect:functions.quota.http",
            "queue newest and a run each 60 minutes",
            "queue, http or everyMinutes, one of the three: a function is called by what it is for",
        ),
        {"functions.quota.concurrency": 2},
    ),
    one(
        *("prod", "functions.quota.uses", ["catalog:caps"]),
        is_("dataconnect:functions.quota.uses[0]", "catalog:caps", "catalog: and one or more of query, cap, joined by +"),
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), CASES)
def test_what_is_wrong_is_named(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_a_stack_without_a_catalogue_offers_no_link_to_it() -> None:
    assert "catalog:query|cap" in LINKS
    told = "\n".join(refused("prod", {"catalog": None}))
    assert "services.bi.uses" in told and "functions.quota.uses" in told and "catalog:query" in told


def test_a_bucket_that_is_nobodys_takes_no_results() -> None:
    lake = LakeSpec(
        buckets={"curated": LakeBucketSpec(), "queries": LakeBucketSpec(per_tenant=False, key="config")}, access_log_days=30
    )
    (found,) = problems(QueryCatalogSpec(), lake)
    assert found.path == ("results",) and "perTenant" in found.expected


def test_the_committed_stacks_have_a_catalogue() -> None:
    for stack in ("dev", "prod", "prod-recovery"):
        assert accepted(stack, {}, PlatformSettings).catalog == QueryCatalogSpec(), stack
