"""What a stack costs a month, of its resources, the price table and how much it is used."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from operations.cost.amounts import NOTHING, Amount, total
from operations.cost.awake import ALWAYS, HOURS, NEVER, Awake
from operations.cost.lines import Context, Line
from operations.cost.pricers import PRICERS
from operations.cost.prices import HERE, Price, Prices
from operations.cost.resources import Resource
from operations.cost.usage import Usage

BY: Final = ("component", "service", "type", "resource")
DATABASE: Final = "aws:rds/instance:Instance"
"""What is also awake for windows of its own."""


@dataclass(frozen=True, kw_only=True)
class Priced:
    """A line with its price.

    Attributes:
        line: What is taken.
        price: What a unit of it costs; None where the table has none.
        region: Where.
    """

    line: Line
    price: Price | None
    region: str

    def cost(self, awake: Awake = ALWAYS) -> Amount:
        """USD a month of which the stack is awake as told; nothing where it is not known."""
        if self.price is None or self.line.amount is None:
            return NOTHING
        hours = awake.databases if self.line.resource.type == DATABASE else awake.hours
        return self.line.amount.times(self.price.usd * (hours / HOURS if self.line.sleeps else 1))

    @property
    def known(self) -> bool:
        """Whether it is known what it costs."""
        return self.price is not None and self.line.amount is not None

    @property
    def stands_in(self) -> bool:
        """Whether its price was published for another region."""
        return self.price is not None and bool(self.region) and self.price.region != self.region


@dataclass(frozen=True, kw_only=True)
class Hourly:
    """What a stack costs an hour.

    Attributes:
        awake: USD, while all of it is awake.
        asleep: USD, while all of it that can be is stopped.
        unpriced: How many of its resources cost something that is in neither.
    """

    awake: Amount
    asleep: Amount
    unpriced: int


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a stack costs.

    Attributes:
        lines: What its resources take.
        unpriced: Resources that cost something that is not in the sum, and why.
        free: How many resources cost nothing by themselves.
    """

    lines: Sequence[Priced]
    unpriced: Sequence[tuple[Resource, str]]
    free: int

    def cost(self, awake: Awake = ALWAYS) -> Amount:
        """USD a month of which the stack is awake as told."""
        return total(each.cost(awake) for each in self.lines)

    def hourly(self) -> Hourly:
        """USD an hour, awake and asleep."""
        hour = 1 / HOURS
        return Hourly(awake=self.cost().times(hour), asleep=self.cost(NEVER).times(hour), unpriced=len(self.unpriced))

    def fixed(self) -> Amount:
        """The part of it, all month awake, that nobody's use changes."""
        return total(each.cost() for each in self.lines if not each.line.used)

    def grouped(self, by: str, awake: Awake = ALWAYS) -> dict[str, Amount]:
        """The same by `component`, `service`, `type`, `resource` or `tag:<key>`, the dearest first."""
        found: dict[str, Amount] = {}
        for each in self.lines:
            name = _name(each.line.resource, by)
            found[name] = found.get(name, NOTHING).plus(each.cost(awake))
        return dict(sorted(found.items(), key=lambda item: (-item[1].typical, item[0])))

    def stand_ins(self) -> int:
        """How many lines have a price of another region."""
        return sum(1 for each in self.lines if each.stands_in)


def estimate(resources: Sequence[Resource], prices: Prices, usage: Usage) -> Estimate:
    """The estimate of a stack's resources: each is priced, known to be free, or told as unpriced."""
    context = Context(resources=resources, usage=usage)
    told = tomllib.loads((HERE / "unpriced.toml").read_text(encoding="utf-8"))
    lines: list[Priced] = []
    unpriced: list[tuple[Resource, str]] = []
    free = 0
    for resource in resources:
        if pricer := PRICERS.get(resource.type):
            region = resource.region
            own = [Priced(line=line, price=prices.find(line.key, region), region=region) for line in pricer(resource, context)]
            lines += [each for each in own if each.known]
            if missing := [each.line for each in own if not each.known]:
                unpriced.append((resource, "; ".join(_why(line) for line in missing)))
            free += not own
        elif resource.type in told["free"]:
            free += 1
        else:
            unpriced.append((resource, told["unpriced"].get(resource.type, "nobody has looked at this type yet")))
    return Estimate(lines=lines, unpriced=unpriced, free=free)


def _why(line: Line) -> str:
    return f"{line.says}: no price of {line.key}" if line.amount is not None else f"{line.says}: known once it is deployed"


def _name(resource: Resource, by: str) -> str:
    kind, _, key = by.partition(":")
    return resource.tag(key) if kind == "tag" else str(getattr(resource, kind if kind != "resource" else "name"))


def types_without_a_place(types: Iterable[str]) -> list[str]:
    """The types that have no pricer and are on no list, and those that are in two places."""
    told = tomllib.loads((HERE / "unpriced.toml").read_text(encoding="utf-8"))
    places: tuple[Mapping[str, object], ...] = (PRICERS, told["free"], told["unpriced"])
    return sorted(each for each in set(types) if sum(each in place for place in places) != 1)
