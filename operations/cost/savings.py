"""What a schedule, Spot and a shared database save."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from operations.cost.amounts import NOTHING, Amount, total
from operations.cost.awake import ALWAYS, HOURS, Awake
from operations.cost.estimate import DATABASE, Estimate
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


def savings(found: Estimate, prices: Prices, awake: Awake, environments: int) -> Sequence[Saving]:
    """What each saves by itself, of a stack that is awake as told; each only where there is something that it saves.

    The database is that of the stack: each of the `environments` on demand that use it would have one like it, as long awake.
    """
    asleep = found.cost().plus(found.cost(awake).times(-1))
    hours = f"awake {awake.hours:.0f} of {HOURS} hours, databases {awake.databases:.0f}, not all month"
    shared = f"on this database {environments} on demand, not each on one like it, as long awake"
    all_ = (
        Saving(what="schedule", usd=asleep, how=hours),
        Saving(what="spot", usd=_spot(found, prices, awake), how="tasks and jobs on Spot, not at the price on demand"),
        Saving(what="shared database", usd=_database(found, awake).times(environments), how=shared),
    )
    return [each for each in all_ if any(each.usd) and (awake != ALWAYS or each.what == "spot")]


def _spot(found: Estimate, prices: Prices, awake: Awake) -> Amount:
    """What is on Spot at the price on demand, less what it costs."""
    saved = [NOTHING]
    for each in found.lines:
        dear = prices.find(each.line.key.replace(SPOT, "fargate/"), each.region)
        if each.line.key.startswith(SPOT) and each.price and dear:
            saved.append(each.cost(awake).times(dear.usd / each.price.usd - 1))
    return total(saved)


def _database(found: Estimate, awake: Awake) -> Amount:
    return total(each.cost(awake) for each in found.lines if each.line.resource.type == DATABASE)
