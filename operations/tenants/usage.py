"""What a tenant used in a month, and what that cost: counted for the pool, by tag for a silo. What nobody knows is no zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations.tenants import silos
from operations.tenants.counts import jobs_told, messages_told
from operations.tenants.division import UNDIVIDED, Part, divide
from operations.tenants.meter import Month
from operations.tenants.registry import DEFAULT_LIMITS, Tenant
from operations.tenants.search import Search
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


def usage(space: Workspace, tenant: Tenant, month: Month) -> dict[str, Any]:
    """What the tenant stored, scanned and holds. `None` is what is not known: of another month than this, what is there now."""
    home = silos.home(space, tenant)
    now = month.is_now
    scanned = space.meter.scanned(space.workgroups.name(tenant.id), month) if space.meter and space.workgroups else None
    rows = _rows(home, tenant) if now else None
    used: dict[str, Any] = {
        "stored": home.lake.stored(tenant.id) if now else None,
        "scanned": scanned,
        "items": space.items.counts(tenant.id) if now else None,
        "search": _indexed(space.search, tenant) if space.search and now else None,
        "rows": rows["left"] if rows else None,
        "queued": space.counts.messages(tenant.id, month) if space.counts else None,
        "jobs": space.counts.jobs(tenant.id) if space.counts and now else None,
    }
    parts = {
        "messages": _part(used["queued"] and used["queued"].values(), "taken", "of_all"),
        "items": Part(sum(used["items"].values()), space.items.of_all()) if now else Part(None, None),
        "search": _part(used["search"] and [used["search"]], "bytes", "bytes_of_all"),
        "rows": Part(sum(rows["left"].values()), rows.get("of_all")) if rows else Part(None, None),
    }
    return {"month": month.name, "is_over": not now, **used, "cost": _cost(space, tenant, month, used, parts)}


def _rows(home: Home, tenant: Tenant) -> dict[str, Any] | None:
    """What the database counts, tables without rows left out; None where the tenant has no user who would see them."""
    limit = tenant.limits.get("connections", DEFAULT_LIMITS["connections"])
    told = home.database.order("count", tenant.id, connections=limit)
    return told if told["users"] else None


def _indexed(search: Search, tenant: Tenant) -> dict[str, int]:
    """Documents and bytes, those of copies, too, of the tenant's indexes."""
    found = search.look()["indexes"]
    own = [each for each in found if each["index"].startswith(f"{tenant.id}-")]
    counts = {name: sum(each[name] for each in own) for name in ("documents", "bytes")}
    return {**counts, "bytes_of_all": sum(each["bytes"] for each in found)}


def _part(counts: Iterable[Mapping[str, Any]] | None, own: str, of_all: str) -> Part:
    if counts is None:
        return Part(None, None)
    each = [*counts]
    return Part(sum(one[own] for one in each), sum(one[of_all] for one in each))


def _cost(space: Workspace, tenant: Tenant, month: Month, used: Mapping[str, Any], parts: Mapping[str, Part]) -> dict[str, Any]:
    """An estimate in dollars, part by part; the sum is of what is priced, and says what is not, and why."""
    region, stored, scanned = space.stack.region, used["stored"], used["scanned"]
    own: dict[str, float | None] = {} if stored is not None else {"stored": None}
    for name, classes in (stored or {}).items():
        for storage, sums in classes.items():
            own[f"stored in {name}, {storage}"] = _priced(storage, region, sums["bytes"] / GB)
    own["scanned"] = None if scanned is None else _priced("scanned", region, scanned["bytes"] / 10**12)
    is_silo = tenant.tier == "silo"
    if is_silo:
        own["rows"] = None
    shared = {name: part for name, part in parts.items() if name not in own}
    divided = divide(shared, space.meter.shared(region, month) if space.meter else None)
    by_tag = space.meter.cost(tenant.slug, month) if space.meter and is_silo else None
    why = {name: _why(name, used) for name, value in own.items() if value is None}
    # A silo's buckets, workgroup and database bear its tag: what they cost is in that, and is not counted again.
    counted = divided.dollars if by_tag is not None else {**own, **divided.dollars}
    why = {**({} if by_tag is not None else why), **divided.why}
    estimated = {**own, **dict.fromkeys(parts), **divided.dollars, **dict.fromkeys(UNDIVIDED)}
    covers = [name for name, value in counted.items() if value is not None]
    told: dict[str, Any] = {
        "estimated": {name: None if value is None else round(value, 4) for name, value in estimated.items()},
        "dollars": round((by_tag or 0) + sum(value for value in counted.values() if value is not None), 2),
        "covers": [*covers, *(["its own resources, by their tag"] if by_tag is not None else [])],
        "unpriced": why,
        "not_divided": {service: round(amount, 2) for service, amount in sorted(divided.rest.items())},
        "prices_as_of": AS_OF,
    }
    if not is_silo:
        return told
    return {**told, "own_by_tag": by_tag, "in_own_by_tag": [*own] if by_tag is not None else []}


def _why(name: str, used: Mapping[str, Any]) -> str:
    if name == "rows":
        return "its own database is in no cost that bears its tag"
    return "it is not known" if name in used and used[name] is None else "the table of prices lacks it"


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
    queued, jobs, search, held = told["queued"], told["jobs"], told["search"], told["rows"]
    found.append(("messages", UNKNOWN if queued is None else messages_told(queued), _dollars(cost["messages"])))
    found.append(("jobs", UNKNOWN if jobs is None else jobs_told(jobs), UNPRICED))
    for name, counts in (("items", told["items"]), ("rows", held)):
        each = ", ".join(f"{table} {count}" for table, count in (counts or {}).items()) or "none"
        found.append((name, UNKNOWN if counts is None else each, _dollars(cost[name])))
    documents = UNKNOWN if search is None else f"{search['documents']} documents, {search['bytes']} bytes with copies"
    found.append(("search", documents, _dollars(cost["search"])))
    if "own_by_tag" in told["cost"]:
        within = ", ".join(told["cost"]["in_own_by_tag"]) or UNKNOWN
        found.append(("its own resources, by their tag", f"in it: {within}", _dollars(told["cost"]["own_by_tag"])))
    found += [("not in the sum", f"{name}: {why}", UNPRICED) for name, why in told["cost"]["unpriced"].items()]
    rest = told["cost"]["not_divided"]
    if rest:
        each = ", ".join(f"{service} {amount}" for service, amount in rest.items())
        found.append(("all tenants', not divided", each, _dollars(sum(rest.values()))))
    found.append(("sum", f"of {', '.join(told['cost']['covers'])}", _dollars(told["cost"]["dollars"])))
    return found


def _dollars(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}".rstrip("0").rstrip(".") or "0"
