"""The entry point of the function: a database is taken out of IAM's defaults, or a share is looked at before it is granted."""

from typing import Any, NotRequired, TypedDict

import boto3

from .governance import Clients, expect_not_revoked, govern, prove


class ShareOrder(TypedDict):
    """The share whose table is looked at.

    Attributes:
        name: Its name.
        tenant: Id of the tenant whose data it is.
        table: Its table in the database.
        registry: Name of the table of tenants, which knows the shares that were revoked.
        until: Its last day; another one makes another order, so that it is looked at again.
    """

    name: str
    tenant: str
    table: str
    registry: str
    until: str


class Order(TypedDict):
    """What a run is given.

    Attributes:
        catalog: The account whose catalog it is.
        database: The database that Lake Formation is to govern.
        administrators: ARNs of the roles that are to be data lake administrators; those that are stay.
        share: The share that is about to be granted; without it the database is brought under Lake Formation.
    """

    catalog: str
    database: str
    administrators: list[str]
    share: NotRequired[ShareOrder]


def handle(order: Order, _context: object) -> dict[str, Any]:
    """Fulfil an order; what is raised ends the deployment that called."""
    clients = Clients(*(boto3.client(name) for name in ("lakeformation", "glue", "dynamodb")))  # pyright: ignore[reportArgumentType]
    if (share := order.get("share")) is None:
        return govern(clients, order["catalog"], order["database"], order["administrators"])
    expect_not_revoked(clients.dynamodb, share["registry"], share["tenant"], share["name"])
    return prove(clients, order["catalog"], order["database"], order["administrators"], share["table"])
