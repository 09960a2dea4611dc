"""Where tenants land: a cell is one stack in an account and region of its own, and has the ceiling that AWS's quotas give it.

The quotas are a table; what a tenant takes of each is the model, and stands beside it with its reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

AS_OF: Final = "2026-11-29"
HEADROOM: Final = 0.7
"""Share of a quota that is used: the rest is for deployments that make the new before the old goes, and for time to react."""
SILO_SHARE: Final = 0.05
"""How many of all tenants have resources of their own, unless told otherwise."""
SUSPENDED_SHARE: Final = 0.02
SIZES: Final = (75, 1_000, 10_000)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota of an account and region, or of one resource in a cell.

    Attributes:
        name: As AWS calls it.
        value: What holds without asking.
        raised: What it can be raised to, by AWS or by a larger resource, or what to ask for where AWS names no end; the same as
            `value` where it cannot.
        shared: What a cell takes without any tenant: prod as it is planned, rounded up (tests/operations/test_cells.py).
        pool: What a tenant that shares everything takes.
        silo: What a tenant with resources of its own takes.
        why: What the last two count.
        source: Page that says the value.
    """

    name: str
    value: float
    raised: float
    shared: float = 0
    pool: float = 0
    silo: float = 0
    why: str
    source: str


_DOCS: Final = "https://docs.aws.amazon.com/"
QUOTAS: Final = (
    Quota(
        name="Fargate On-Demand vCPUs",
        value=6,
        raised=200,
        shared=120,
        why="nothing: services at their largest and what jobs may take stay the same, and work waits",
        source=f"{_DOCS}general/latest/gr/ecs-service.html",
    ),
    Quota(
        name="Fargate Spot vCPUs",
        value=6,
        raised=400,
        shared=260,
        why="nothing: what jobs may take stays the same, and they wait",
        source=f"{_DOCS}general/latest/gr/ecs-service.html",
    ),
    Quota(
        name="RDS instances per region",
        value=40,
        raised=40,
        shared=1,
        silo=1,
        why="a database of its own; raised case by case, so not counted on",
        source=f"{_DOCS}AmazonRDS/latest/UserGuide/CHAP_Limits.html",
    ),
    Quota(
        name="IAM roles per account",
        value=1_000,
        raised=5_000,
        shared=140,
        silo=8,
        why="monitoring of its database and of that one's replica, and copying of three buckets, there and back",
        source=f"{_DOCS}IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    Quota(
        name="S3 buckets per account",
        value=10_000,
        raised=1_000_000,
        shared=20,
        silo=8,
        why="raw, curated, dumps and queries of its own in two regions, which the account's quota is for",
        source=f"{_DOCS}general/latest/gr/s3.html",
    ),
    Quota(
        name="KMS keys per region",
        value=100_000,
        raised=100_000,
        shared=12,
        silo=1,
        why="a key of its own",
        source=f"{_DOCS}kms/latest/developerguide/resource-limits.html",
    ),
    Quota(
        name="inline policies of a tenant role, characters",
        value=10_240,
        raised=10_240,
        shared=5_500,
        pool=19 * SUSPENDED_SHARE,
        silo=19 * SUSPENDED_SHARE,
        why=f"19 characters for each tenant without access, {SUSPENDED_SHARE:.0%} of all",
        source=f"{_DOCS}IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    Quota(
        name="PostgreSQL sessions (max_connections)",
        value=2_560,
        raised=5_000,
        shared=100,
        pool=0.8,
        why="four users with two sessions, for one tenant in ten at a time; 80 a GiB of a db.r7g.xlarge, 5,000 at the most",
        source=f"{_DOCS}AmazonRDS/latest/UserGuide/CHAP_Limits.html",
    ),
    Quota(
        name="Athena workgroups per region",
        value=1_000,
        raised=1_000,
        shared=1,
        pool=1,
        silo=1,
        why="a workgroup of its own; the account's `primary` is there besides",
        source=f"{_DOCS}athena/latest/ug/service-limits.html",
    ),
    Quota(
        name="OpenSearch shards of three data nodes",
        value=3_000,
        raised=12_000,
        shared=30,
        pool=2,
        why="an index of its own with one replica; 1,000 shards a node up to 2.15, 4,000 a node with 64 GiB of heap from 2.17",
        source=f"{_DOCS}opensearch-service/latest/developerguide/limits.html",
    ),
    Quota(
        name="Batch share identifiers active in a queue",
        value=500,
        raised=500,
        pool=1,
        silo=1,
        why="each tenant's own: the clock starts a job for all of them at once, and each counts until its use has decayed",
        source=f"{_DOCS}batch/latest/APIReference/API_SubmitJob.html",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a number of tenants lands.

    Attributes:
        tenants: All of them.
        pool: Those that share everything.
        silo: Those with resources of their own.
        cells: Stacks that they take; None where no cell holds a tenant.
        first: The quota that is met first, by a cell with its share of them.
        used: What of that quota such a cell uses, 1 for all of it; without any tenant where it holds none.
        ceiling: Tenants that one cell holds, in that mix; 0 where its own resources pass a quota already.
    """

    tenants: int
    pool: int
    silo: int
    cells: int | None
    first: str
    used: float
    ceiling: int


def place(tenants: int, *, silo_share: float = SILO_SHARE, raised: bool = False, quotas: Sequence[Quota] = QUOTAS) -> Placement:
    """Where `tenants` land, in the mix that `silo_share` says, each cell up to the share `HEADROOM` of every quota."""
    silo = ceil(tenants * silo_share)
    share = silo / tenants if tenants else 0.0

    def each(quota: Quota) -> float:
        return quota.pool * (1 - share) + quota.silo * share

    def limit(quota: Quota) -> float:
        return quota.raised if raised else quota.value

    def room(quota: Quota) -> float:
        taken, left = each(quota), limit(quota) * HEADROOM - quota.shared
        return left / taken if taken else float("inf") if left >= 0 else left

    first = min(quotas, key=room)
    ceiling = max(0, floor(room(first)))
    cells = max(1, ceil(tenants / ceiling)) if ceiling else None
    return Placement(
        tenants=tenants,
        pool=tenants - silo,
        silo=silo,
        cells=cells,
        first=first.name,
        used=round((first.shared + (each(first) * tenants / cells if cells else 0)) / limit(first), 2),
        ceiling=ceiling,
    )


def table(sizes: Sequence[int] = SIZES, *, silo_share: float = SILO_SHARE) -> dict[str, Any]:
    """All sizes, with the quotas as they are and raised, and the quotas themselves."""
    return {
        "as_of": AS_OF,
        "headroom": HEADROOM,
        "silo_share": silo_share,
        "placements": [
            {"quotas": "raised" if raised else "as given", **vars(place(size, silo_share=silo_share, raised=raised))}
            for raised in (False, True)
            for size in sizes
        ],
        "quotas": [vars(quota) for quota in QUOTAS],
    }
