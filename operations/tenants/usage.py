"""What a tenant used in a month, and what that cost: counted for the pool, by tag for a silo. What nobody knows is no zero."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from operations.tenants import silos
from operations.tenants.meter import Month
from operations.tenants.registry import Tenant
from operations.tenants.workspace import Workspace

GB: Final = 10**9
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, kw_only=True)
class Price:
    """A list price of AWS in US East (Ohio), without tiers, discounts and taxes.

    Attributes:
        dollars: For one unit.
        unit: What is counted.
        source: Where it stands.
    """

    dollars: float
    unit: str
    source: str


AS_OF: Final = "2026-11-29"
"""When the table was written; no program reads prices, so look before you bill somebody."""
PRICES: Final[Mapping[str, Price]] = {
    "STANDARD": Price(dollars=0.023, unit="GB-month", source="aws.amazon.com/s3/pricing, first 50 TB"),
    "STANDARD_IA": Price(dollars=0.0125, unit="GB-month", source="aws.amazon.com/s3/pricing"),
    "GLACIER_IR": Price(dollars=0.004, unit="GB-month", source="aws.amazon.com/s3/pricing"),
    "DEEP_ARCHIVE": Price(dollars=0.00099, unit="GB-month", source="aws.amazon.com/s3/pricing"),
    "scanned": Price(dollars=5.0, unit="TB", source="aws.amazon.com/athena/pricing, 10 MB at the least for each query"),
}


def usage(space: Workspace, tenant: Tenant, month: Month) -> dict[str, Any]:
    """What the tenant stored, scanned and holds. `None` is what is not known: of another month than this, what was stored."""
    home = silos.home(space, tenant)
    scanned = space.meter.scanned(space.workgroups.name(tenant.id), month) if space.meter and space.workgroups else None
    stored = home.lake.stored(tenant.id) if month.is_now else None
    used: dict[str, Any] = {
        "stored": stored,
        "scanned": scanned,
        "items": space.items.counts(tenant.id) if month.is_now else None,
        "documents": sum(space.search.order(tenant.id, action="verify")["indexes"].values())
        if space.search and month.is_now
        else None,
        # Nothing counts these by tenant yet: whoever does fills them in here.
        "rows": None,
        "queued": None,
    }
    return {"month": month.name, "is_over": not month.is_now, **used, "cost": _cost(space, tenant, month, stored, scanned)}


def _cost(
    space: Workspace,
    tenant: Tenant,
    month: Month,
    stored: Mapping[str, Mapping[str, Mapping[str, int]]] | None,
    scanned: Mapping[str, int] | None,
) -> dict[str, Any]:
    """An estimate in dollars, part by part; the sum is of what is priced, and says what is not."""
    parts: dict[str, float | None] = {}
    if stored is None:
        parts["stored"] = None
    else:
        for name, classes in stored.items():
            for storage, sums in classes.items():
                price = PRICES.get(storage)
                parts[f"stored in {name}, {storage}"] = None if price is None else sums["bytes"] / GB * price.dollars
    parts["scanned"] = None if scanned is None else scanned["bytes"] / 10**12 * PRICES["scanned"].dollars
    parts |= dict.fromkeys(("items", "rows", "queued", "documents"))
    by_tag = space.meter.cost(tenant.slug, month) if space.meter and tenant.tier == "silo" else None
    told: dict[str, Any] = {
        "estimated": {name: None if value is None else round(value, 4) for name, value in parts.items()},
        "dollars": round(sum(value for value in parts.values() if value is not None), 2),
        "unpriced": [name for name, value in parts.items() if value is None],
        "prices_as_of": AS_OF,
    }
    # What is its own bears its tag; its scans and its share of what all use do not.
    return {**told, "own_by_tag": by_tag} if tenant.tier == "silo" else told


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
    items = told["items"]
    found += [(f"items of {table}", count, UNKNOWN) for table, count in (items or {}).items()]
    documents = told["documents"]
    found.append(("documents in the search", UNKNOWN if documents is None else documents, UNKNOWN))
    found += [(name, UNKNOWN, UNKNOWN) for name in ("rows", "queued")]
    found.append(("sum of what is priced", f"without {', '.join(told['cost']['unpriced'])}", _dollars(told["cost"]["dollars"])))
    if "own_by_tag" in told["cost"]:
        found.append(("its own resources, by their tag", "Cost Explorer", _dollars(told["cost"]["own_by_tag"])))
    return found


def _dollars(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.4f}".rstrip("0").rstrip(".") or "0"
