"""The price table: `prices.csv`, each price with its unit, region, source and day."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
REFERENCE: Final = ("us-east-1", "us-east-2")
"""Regions whose price stands in where the table has none for a region, in this order. The estimate says how many do."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price.

    Attributes:
        key: What is priced, e.g. `rds/db.t4g.medium`.
        usage_type: How AWS's bill calls it, e.g. `InstanceUsage:db.t4g.medium`, without a region's prefix.
        region: For which region it was published.
        unit: What `usd` is paid for: hour, GB-month, GB, month, million, ...
        usd: US dollars, without tax, discounts and free tiers.
        source: Where it is from, a name in `sources.toml`.
        day: When it was that.
    """

    key: str
    usage_type: str
    region: str
    unit: str
    usd: Decimal
    source: str
    day: date


class Prices:
    """Prices by key and region."""

    def __init__(self, prices: tuple[Price, ...]) -> None:
        self.all = prices
        self._by: Mapping[tuple[str, str], Price] = {(price.key, price.region): price for price in prices}

    def find(self, key: str, region: str) -> Price | None:
        """The price of `key` in `region`, or that of a region of reference; None where there is neither."""
        found = (self._by.get((key, each)) for each in (region, *REFERENCE))
        return next((price for price in found if price), None)

    def days(self) -> tuple[date, date]:
        """The days of the oldest price and of the newest."""
        days = [price.day for price in self.all]
        return min(days), max(days)


def load(file: Path = HERE / "prices.csv") -> Prices:
    """The table of this repository.

    Raises:
        ValueError: on a price below zero, a day that is none, or two prices of one key and region.
    """
    with file.open(encoding="utf-8", newline="") as opened:
        prices = tuple(
            Price(
                key=row["key"],
                usage_type=row["usage_type"],
                region=row["region"],
                unit=row["unit"],
                usd=Decimal(row["usd"]),
                source=row["source"],
                day=date.fromisoformat(row["date"]),
            )
            for row in csv.DictReader(opened)
        )
    known: set[tuple[str, str]] = set()
    for price in prices:
        where = (price.key, price.region)
        if price.usd < 0 or where in known:
            raise ValueError(f"{file.name}: {price.key} in {price.region} is below zero, or there twice")
        known.add(where)
    return Prices(prices)


def sources(file: Path = HERE / "sources.toml") -> Mapping[str, Mapping[str, str]]:
    """Name of a source -> its address and what it is."""
    return tomllib.loads(file.read_text(encoding="utf-8"))
