"""The entry point of the function: a database is taken out of IAM's defaults, or a share of it is granted or ended."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NotRequired, TypedDict

import boto3
from botocore.exceptions import ClientError

from .governance import Clients, ShareOrder, close, expect_not_revoked, govern, grant, prove, watch

# IAM tells a new role, and Lake Formation a new administrator, to all of AWS in seconds: until then it is refused, or unknown.
SPREADING: Final = ("AccessDeniedException", "ConcurrentModificationException", "InvalidInputException")
TRIES, WAIT_SECONDS = 12, 5


class Call(TypedDict):
    """What Pulumi does with the order: `create`, `update` or `delete`."""

    action: str


class Order(TypedDict):
    """What a run is given.

    Attributes:
        catalog: The account whose catalog it is.
        database: The database that Lake Formation is to govern.
        administrators: ARNs of the roles that are to be data lake administrators; those that are stay. The function's own is
            one of them.
        share: The share that is granted; without it the database is brought under Lake Formation.
        watched: All shares, where it is only looked at once more who is granted what.
        tf: What Pulumi's provider adds to the order of a share.
    """

    catalog: str
    database: str
    administrators: list[str]
    share: NotRequired[ShareOrder]
    watched: NotRequired[list[ShareOrder]]
    tf: NotRequired[Call]


def handle(order: Order, _context: object) -> dict[str, Any]:
    """Fulfil an order; what is raised ends the deployment that called."""
    make: Any = boto3.client
    return fulfil(order, Clients(make("lakeformation"), make("glue"), make("dynamodb")))


def fulfil(order: Order, clients: Clients, *, sleep: Callable[[float], None] = time.sleep) -> dict[str, Any]:
    """Fulfil an order, again for a minute where AWS may not have heard yet of a new role: all of it may be repeated."""
    for _ in range(TRIES - 1):
        try:
            return _fulfil(order, clients)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in SPREADING:
                raise
            sleep(WAIT_SECONDS)
    return _fulfil(order, clients)


def _fulfil(order: Order, clients: Clients) -> dict[str, Any]:
    catalog, database, administrators = order["catalog"], order["database"], order["administrators"]
    if (watched := order.get("watched")) is not None:
        return watch(clients, catalog, database, administrators, watched, today=datetime.now(UTC).date().isoformat())
    if (share := order.get("share")) is None:
        return govern(clients, catalog, database, administrators)
    if order.get("tf", {}).get("action") == "delete":
        return close(clients, catalog, database, share["table"])
    expect_not_revoked(clients.dynamodb, share)
    proof = prove(clients, catalog, database, administrators, share["table"])
    return {**proof, **grant(clients, catalog, database, share["table"], share["account"])}
