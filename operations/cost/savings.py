"""What a schedule, Spot and a shared database save."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from operations.cost.amounts import NOTHING, Amount, exactly, total
from operations.cost.estimate import Estimate
from operations.cost.lines import HOURS
from operations.cost.prices import Prices

SPOT: Final = "fargate-spot/"


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One of them.

    Attributes:
        what: What saves.
        usd: USD a month.
        how: What is compared with what.
    """

    what: str
    usd: Amount
    how: str


def savings(found: Estimate, prices: Prices, hours: Decimal, window: str, *, sleeps: bool) -> Sequence[Saving]:
    """What each saves by itself, of a stack that is awake for `hours` a month; of one that never sleeps, Spot alone."""
    spot = Saving(what="spot", usd=_spot(found, prices), how="tasks and jobs on Spot, not at the price on demand, all month")
    if not sleeps:
        return (spot,)
    asleep = found.cost().plus(found.cost(hours).times(-1))
    return (
        Saving(what="schedule", usd=asleep, how=f"awake {window} ({hours:.0f} of {HOURS} hours), not all month"),
        spot,
        Saving(what="shared database", usd=_database(found), how="for each environment on this database, not on one like it"),
    )


def _spot(found: Estimate, prices: Prices) -> Amount:
    """What is on Spot at the price on demand, less what it costs."""
    saved = [NOTHING]
    for each in found.lines:
        dear = prices.find(each.line.key.replace(SPOT, "fargate/"), each.region)
        if each.line.key.startswith(SPOT) and each.price and each.line.amount and dear:
            saved.append(each.line.amount.times(dear.usd - each.price.usd))
    return total(saved)


def _database(found: Estimate) -> Amount:
    """What the database costs, all month awake."""
    own = [each.cost() for each in found.lines if each.line.resource.type == "aws:rds/instance:Instance"]
    return total(own) if own else exactly(0)
