"""The resources of this repository's stacks, as a preview would tell them, and examples made by hand."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from operations.cost import prices, usage
from operations.cost.amounts import Amount, exactly
from operations.cost.estimate import Estimate, estimate
from operations.cost.resources import Resource
from operations.cost.usage import Usage
from tests.stacks.estate import estate_of

PROFILES = {"dev": "dev", "prod": "prod", "recovery": "prod-recovery", "replication": "prod-replication"}


def resource(type_: str, inputs: Mapping[str, Any], *, name: str = "it", chain: str = "") -> Resource:
    """A resource called so; `chain` is the components that it is part of."""
    return Resource(urn=f"urn:pulumi:test::dataconnect::{chain}{type_}::{name}", type=type_, inputs=inputs)


@cache
def resources(name: str) -> tuple[Resource, ...]:
    """All of a stack."""
    return tuple(resource(token, each.inputs, name=logical) for (token, logical), each in estate_of(name).resources.items())


@cache
def estimated(name: str) -> Estimate:
    """The estimate of a stack."""
    return estimate(resources(name), prices.load(), usage.load(PROFILES[name]))


def cost(*all_: Resource, hours: Decimal | int = 730, **numbers: Amount | float | int) -> Decimal:
    """What they cost a month, with a use that is known."""
    known = {name: each if isinstance(each, Amount) else exactly(each) for name, each in numbers.items()}
    found = estimate(all_, prices.load(), Usage("example", known))
    assert not found.unpriced, found.unpriced
    return round(found.cost(Decimal(hours)).typical, 2)
