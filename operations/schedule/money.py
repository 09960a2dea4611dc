"""What the hours that things slept have saved, at list prices."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from operations.cost import prices, usage
from operations.cost.awake import HOURS
from operations.cost.estimate import estimate
from operations.cost.resources import Stack

_TYPES: Final = {
    "database": "aws:rds/instance:Instance",
    "service": "aws:ecs/service:Service",
    "fleet": "aws:autoscaling/group:Group",
}
"""Kind of what sleeps -> the resource that is paid by the hour. Jobs are paid when they run: they only wait."""


def saved(things: Sequence[Mapping[str, Any]], stack: str, found: Stack) -> list[float | None]:
    """USD that each thing has saved: hours `asleep`, at what an hour of it costs that is not paid asleep, used as a rule.

    None where nothing of it is priced by the hour.
    """
    priced = estimate(found.resources, prices.load(), usage.load(stack, exactly=False)).lines
    hourly: dict[tuple[str, str], Decimal] = {}
    for each in priced:
        if each.line.sleeps:
            key = (each.line.resource.type, each.line.resource.name)
            hourly[key] = hourly.get(key, Decimal(0)) + each.cost().typical / HOURS
    rates = [hourly.get((_TYPES.get(each["kind"], ""), each["name"])) for each in things]
    return [
        None if rate is None else float(round(Decimal(str(each["asleep"])) * rate, 2))
        for each, rate in zip(things, rates, strict=True)
    ]
