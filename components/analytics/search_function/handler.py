"""The entry point of the function: configures the domain, shows it, or does what a tenant, or its index, needs."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NotRequired, TypedDict, cast

from .configuration import Changes, Index, configure
from .domain import Domain, signed_with_role
from .generations import Generation, Step, rebuild
from .shown import Shown, show
from .tenants import Action, Added, Tenant, add_tenants, keep_tenant


class Order(TypedDict):
    """What a run is given.

    Attributes:
        endpoint: Address of the domain, `https://` and a host.
        region: Where it is.
        indexes: Dataset -> the index that each tenant has of it.
        writers: ARNs of the roles that index, where the domain is to be configured.
        replicas: Copies of each shard, where the domain is to be configured.
        tenant: Id of the tenant, where it is about one.
        action: What is to be done for it.
        tenants: Ids of many, to whom is to be added what is missing.
        dataset: Whose index is rebuilt.
        step: Of that.
        show: True, where the domain and its indexes, or those of the tenant, are to be told.
    """

    endpoint: str
    region: str
    indexes: dict[str, Index]
    writers: NotRequired[list[str]]
    replicas: NotRequired[int]
    tenant: NotRequired[str]
    action: NotRequired[Action]
    tenants: NotRequired[list[str]]
    dataset: NotRequired[str]
    step: NotRequired[Step]
    show: NotRequired[bool]


def handle(order: Order, _context: object) -> Changes | Tenant | Added | Generation | Shown:
    """Do what is ordered; what is raised ends the deployment, or the command, that called."""
    return fulfil(order, _domain(order["endpoint"], order["region"]))


def fulfil(order: Order, domain: Domain) -> Changes | Tenant | Added | Generation | Shown:
    """Do what is ordered in a domain.

    Raises:
        ValueError: on an order that is none.
        DomainError: when the domain refuses something.
    """
    told = cast("Mapping[str, Any]", order)
    if "show" in order:
        return show(domain, order.get("tenant", ""))
    if "step" in order:
        return rebuild(domain, told["tenant"], told["dataset"], told["step"], order["indexes"])
    if "tenants" in order:
        return add_tenants(domain, told["tenants"], order["indexes"])
    if "tenant" in order:
        return keep_tenant(domain, told["tenant"], told["action"], order["indexes"])
    return configure(domain, order["indexes"], writers=told["writers"], replicas=told["replicas"])


@cache
def _domain(endpoint: str, region: str) -> Domain:
    return Domain(endpoint, signed_with_role(region))
