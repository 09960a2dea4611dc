"""The entry point of the function: configures the log domain, shows it, or looks for events in it."""

from functools import cache
from typing import Any, NotRequired, TypedDict

from ..search_function.domain import Domain, signed_with_role
from .configuration import Configured, configure
from .shown import Found, Shown, find, show


class Order(TypedDict):
    """What a run is given: one of `configure`, `show` and `find`.

    Attributes:
        endpoint: Address of the domain, `https://` and a host.
        region: Where it is.
        configure: The arguments of `configuration.configure`.
        show: True.
        find: The arguments of `shown.find`.
    """

    endpoint: str
    region: str
    configure: NotRequired[dict[str, Any]]
    show: NotRequired[bool]
    find: NotRequired[dict[str, Any]]


def handle(order: Order, _context: object) -> Configured | Shown | Found:
    """Do what is ordered; what is raised ends the deployment, or the command, that called."""
    return fulfil(order, _domain(order["endpoint"], order["region"]))


def fulfil(order: Order, domain: Domain) -> Configured | Shown | Found:
    """Do what is ordered in a domain.

    Raises:
        ValueError: on an order that is none.
        DomainError: when the domain refuses something.
    """
    if "configure" in order:
        return configure(domain, **order["configure"])
    if "find" in order:
        return find(domain, **order["find"])
    if order.get("show"):
        return show(domain)
    raise ValueError(f"the order has {', '.join(order)}; expected configure, show or find")


@cache
def _domain(endpoint: str, region: str) -> Domain:
    return Domain(endpoint, signed_with_role(region))
