"""The resources of this repository's stacks, as a preview would tell them, and examples made by hand."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from operations.cost import prices, usage
from operations.cost.amounts import Amount, exactly
from operations.cost.awake import ALWAYS, Awake, awake_of
from operations.cost.estimate import Estimate, estimate
from operations.cost.resources import Resource
from operations.cost.usage import Usage
from tests.stacks.estate import estate_of

DAY = date(2026, 11, 30)
"""A Monday, from which on a schedule's year is looked at."""
PROFILES = {"dev": "dev", "prod": "prod", "recovery": "prod-recovery", "replication": "prod-replication"}


def resource(type_: str, inputs: Mapping[str, Any], *, name: str = "it", chain: str = "") -> Resource:
    """A resource called so; `chain` is the components that it is part of."""
    return Resource(urn=f"urn:pulumi:test::dataconnect::{chain}{type_}::{name}", type=type_, inputs=inputs)


@cache
def resources(name: str) -> tuple[Resource, ...]:
    """All of a stack."""
    return tuple(
        resource(token, each.inputs, name=logical, chain=f"{each.parent.split('::')[2]}$" if each.parent else "")
        for (token, logical), each in estate_of(name).resources.items()
    )


@cache
def estimated(name: str) -> Estimate:
    """The estimate of a stack."""
    return estimate(resources(name), prices.load(), usage.load(PROFILES[name]))


def awake(name: str) -> Awake:
    """When a stack is awake."""
    calendar = estate_of(name).calendar
    return awake_of(calendar, DAY) if calendar else ALWAYS


def awake_for(hours: Decimal | int) -> Awake:
    """A stack that is awake so many hours of a month, all of it."""
    return Awake(hours=Decimal(hours), databases=Decimal(hours))


def cost(*all_: Resource, during: Awake = ALWAYS, **numbers: Amount | float | int) -> Decimal:
    """What they cost a month, with a use that is known."""
    known = {name: each if isinstance(each, Amount) else exactly(each) for name, each in numbers.items()}
    found = estimate(all_, prices.load(), Usage("example", known))
    assert not found.unpriced, found.unpriced
    return round(found.cost(during).typical, 2)
