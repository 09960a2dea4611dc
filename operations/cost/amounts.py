"""A quantity or a sum that is not known exactly: at the least, as a rule, at the most."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple


class Amount(NamedTuple):
    """Three estimates of one number.

    Attributes:
        low: At the least.
        typical: As a rule.
        high: At the most.
    """

    low: Decimal
    typical: Decimal
    high: Decimal

    def times(self, factor: "Amount | Decimal | int") -> "Amount":
        """Each estimate times that of `factor`."""
        by = factor if isinstance(factor, Amount) else exactly(factor)
        return Amount(*(mine * other for mine, other in zip(self, by, strict=True)))

    def plus(self, other: "Amount") -> "Amount":
        """Each estimate and that of `other`."""
        return Amount(*(mine + each for mine, each in zip(self, other, strict=True)))


def exactly(number: Decimal | int | float | str) -> Amount:
    """A number that is known."""
    value = Decimal(str(number))
    return Amount(value, value, value)


NOTHING = exactly(0)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum."""
    found = NOTHING
    for each in amounts:
        found = found.plus(each)
    return found
