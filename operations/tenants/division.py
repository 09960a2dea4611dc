"""What all tenants share, divided: a tenant's part of a service's cost is its part of what is counted there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "messages": ("AWS Lambda", "Amazon Simple Notification Service", "Amazon Simple Queue Service"),
    "items": ("Amazon DynamoDB",),
    "search": ("Amazon OpenSearch Service",),
    "rows": ("Amazon Relational Database Service",),
}
"""What is counted -> the services, as Cost Explorer calls them, whose cost goes by it."""
LISTED: Final = ("Amazon Athena", "Amazon Simple Storage Service")
"""Services whose cost is told at list prices, by what the tenant scanned and stored."""
UNDIVIDED: Final[Mapping[str, str]] = {
    "jobs": "a bill has Batch's Fargate in one sum with the services', Amazon Elastic Container Service",
    "services": "what each tenant takes of tasks on Fargate nobody counts",
    "cache": "no user of it may count the keys of all tenants",
}
"""What a tenant uses and nothing divides -> why."""


@dataclass(frozen=True)
class Part:
    """How much of something is a tenant's; None is not known.

    Attributes:
        own: The tenant's.
        of_all: Of all tenants; where it is an estimate, it may be of some hours ago.
    """

    own: float | None
    of_all: float | None

    def share(self) -> float | str:
        """Between 0 and 1; or why nobody knows."""
        if self.own is None:
            return "what the tenant has of it is not known"
        if self.of_all is None:
            return "what all tenants have of it is not known"
        most = max(self.own, self.of_all)
        return self.own / most if most else "no tenant has any"


@dataclass(frozen=True)
class Divided:
    """A tenant's part of what all share.

    Attributes:
        dollars: Of what is counted, by it.
        why: What has no amount -> the reason.
        rest: Services that nothing divides -> dollars of all tenants.
    """

    dollars: Mapping[str, float]
    why: Mapping[str, str]
    rest: Mapping[str, float]


def divide(parts: Mapping[str, Part], spent: Mapping[str, float] | None) -> Divided:
    """Divide what a region's shared resources cost, by service, after the parts; `spent` None is not known."""
    dollars: dict[str, float] = {}
    why: dict[str, str] = {}
    for name, part in parts.items():
        share, costs = part.share(), [(spent or {}).get(service) for service in SERVICES[name]]
        if isinstance(share, str):
            why[name] = share
        elif all(each is None for each in costs):
            why[name] = f"Cost Explorer tells no cost of {', '.join(SERVICES[name])} under the tag Tenant: shared"
        else:
            dollars[name] = share * sum(each or 0 for each in costs)
    known = {*LISTED, *(service for name in dollars for service in SERVICES[name])}
    rest = {service: amount for service, amount in (spent or {}).items() if service not in known}
    return Divided(dollars, {**why, **UNDIVIDED}, rest)
