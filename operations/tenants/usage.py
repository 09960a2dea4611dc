"""What a tenant used in a month, and what that cost: counted for the pool, by tag for a silo. What nobody knows is no zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations.tenants import silos
from operations.tenants.counts import jobs_told, messages_told, share_of
from operations.tenants.meter import Month
from operations.tenants.registry import DEFAULT_LIMITS, Tenant
from operations.tenants.workspace import Home, Workspace

GB: Final = 10**9
UNKNOWN: Final = "unknown"
UNPRICED: Final = "unpriced"


@dataclass(frozen=True, kw_only=True)
class Price:
    """A list price of AWS, without tiers, discounts and taxes.

    Attributes:
        usage_type: How a bill calls it, after the region's `USE2-` or `USW2-`.
        dollars: Region -> for one unit; no other region is priced.
        unit: What is counted.
        source: Where it stands.
    """

    usage_type: str
    dollars: Mapping[str, float]
    unit: str
    source: str


def _price(usage_type: str, ohio: float, oregon: float, unit: str, source: str) -> Price:
    return Price(usage_type=usage_type, dollars={"us-east-2": ohio, "us-west-2": oregon}, unit=unit, source=source)


AS_OF: Final = "2026-11-29"
"""When the table was written; no program reads prices, so look before you bill somebody."""
_S3: Final = "aws.amazon.com/s3/pricing"
PRICES: Final[Mapping[str, Price]] = {
    "STANDARD": _price("TimedStorage-ByteHrs", 0.023, 0.023, "GB-month", f"{_S3}, first 50 TB"),
    "STANDARD_IA": _price("TimedStorage-SIA-ByteHrs", 0.0125, 0.0125, "GB-month", _S3),
    "GLACIER_IR": _price("TimedStorage-GIR-ByteHrs", 0.004, 0.004, "GB-month", _S3),
    "DEEP_ARCHIVE": _price("TimedStorage-GDA-ByteHrs", 0.00099, 0.00099, "GB-month", _S3),
    "scanned": _price("DataScannedInTB", 5.0, 5.0, "TB", "aws.amazon.com/athena/pricing, 10 MB at the least for each query"),
}
BY_MESSAGES: Final = ("AWS Lambda", "Amazon Simple Notification Service", "Amazon Simple Queue Service")
"""Services whose cost, as Cost Explorer calls them, goes by messages: a tenant's share of it is its share of these."""


def usage(space: Workspace, tenant: Tenant, month: Month) -> dict[str, Any]:
    """What the tenant stored, scanned and holds. `None` is what is not known: of another month than this, what is there now."""
    home = silos.home(space, tenant)
    scanned = space.meter.scanned(space.workgroups.name(tenant.id), month) if space.meter and space.workgroups else None
    used: dict[str, Any] = {
        "stored": home.lake.stored(tenant.id) if month.is_now else None,
        "scanned": scanned,
        "items": space.items.counts(tenant.id) if month.is_now else None,
        "documents": sum(space.search.order(tenant.id, action="verify")["indexes"].values())
        if space.search and month.is_now
        else None,
        "rows": _rows(home, tenant) if month.is_now else None,
        "queued": space.counts.messages(tenant.id, month) if space.counts else None,
        "jobs": space.counts.jobs(tenant.id) if space.counts and month.is_now else None,
    }
    return {"month": month.name, "is_over": not month.is_now, **used, "cost": _cost(space, tenant, month, used)}


def _rows(home: Home, tenant: Tenant) -> dict[str, int] | None:
    """Table -> the tenant's rows, of tables that have some; None where it has no user who would see them."""
    limit = tenant.limits.get("connections", DEFAULT_LIMITS["connections"])
    told = home.database.order("count", tenant.id, connections=limit)
    return told["left"] if told["users"] else None


def _cost(space: Workspace, tenant: Tenant, month: Month, used: Mapping[str, Any]) -> dict[str, Any]:
    """An estimate in dollars, part by part; the sum is of what is priced, and says what is not."""
    region, stored, scanned = space.stack.region, used["stored"], used["scanned"]
    own: dict[str, float | None] = {} if stored is not None else {"stored": None}
    for name, classes in (stored or {}).items():
        for storage, sums in classes.items():
            own[f"stored in {name}, {storage}"] = _priced(storage, region, sums["bytes"] / GB)
    own["scanned"] = None if scanned is None else _priced("scanned", region, scanned["bytes"] / 10**12)
    share = share_of(used["queued"] or {})
    shared = space.meter.shared(BY_MESSAGES, region, month) if space.meter and share is not None else None
    of_pool: dict[str, float | None] = {"messages": None if share is None or shared is None else share * shared}
    of_pool |= dict.fromkeys(("items", "documents", "rows", "jobs"))
    by_tag = space.meter.cost(tenant.slug, month) if space.meter and tenant.tier == "silo" else None
    # A silo's buckets and its workgroup bear its tag: what they cost is in that, and is not counted again.
    counted = of_pool if by_tag is not None else own | of_pool
    told: dict[str, Any] = {
        "estimated": {name: None if value is None else round(value, 4) for name, value in (own | of_pool).items()},
        "dollars": round((by_tag or 0) + sum(value for value in counted.values() if value is not None), 2),
        "unpriced": [name for name, value in counted.items() if value is None],
        "prices_as_of": AS_OF,
    }
    if tenant.tier != "silo":
        return told
    return {**told, "own_by_tag": by_tag, "in_own_by_tag": [*own] if by_tag is not None else []}


def _priced(what: str, region: str, amount: float) -> float | None:
    dollars = PRICES[what].dollars.get(region) if what in PRICES else None
    return None if dollars is None else amount * dollars


def rows(told: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """As a table: what, how much, dollars."""
    cost: Mapping[str, Any] = told["cost"]["estimated"]
    found: list[tuple[object, ...]] = [("what", "used", "estimated $")]
    for name, classes in (told["stored"] or {}).items():
        for storage, sums in classes.items():
            key = f"stored in {name}, {storage}"
            found.append((key, f"{sums['bytes']} bytes in {sums['versions']} versions", _dollars(cost[key])))
    if told["stored"] is None:
        found.append(("stored", f"{UNKNOWN}: a listing tells of now only", UNKNOWN))
    scanned = told["scanned"]
    counts = scanned and ", ".join(f"{scanned[state]} {state}" for state in ("succeeded", "failed", "cancelled"))
    found.append(("scanned", f"{scanned['bytes']} bytes, queries: {counts}" if scanned else UNKNOWN, _dollars(cost["scanned"])))
    queued, jobs, documents, held = told["queued"], told["jobs"], told["documents"], told["rows"]
    found.append(("messages", UNKNOWN if queued is None else messages_told(queued), _dollars(cost["messages"])))
    found.append(("jobs", UNKNOWN if jobs is None else jobs_told(jobs), UNPRICED))
    found += [(f"items of {table}", count, UNPRICED) for table, count in (told["items"] or {}).items()]
    found.append(("documents in the search", UNKNOWN if documents is None else documents, UNPRICED))
    found += [(f"rows of {table}", count, UNPRICED) for table, count in (held or {}).items()]
    if not held:
        found.append(("rows", UNKNOWN if held is None else 0, UNPRICED))
    if "own_by_tag" in told["cost"]:
        within = ", ".join(told["cost"]["in_own_by_tag"]) or UNKNOWN
        found.append(("its own resources, by their tag", f"in it: {within}", _dollars(told["cost"]["own_by_tag"])))
    found.append(("sum of what is priced", f"without {', '.join(told['cost']['unpriced'])}", _dollars(told["cost"]["dollars"])))
    return found


def _dollars(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}".rstrip("0").rstrip(".") or "0"
