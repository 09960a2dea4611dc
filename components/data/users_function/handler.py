"""The entry point of the function: reads the master's credentials, logs in, and keeps the users, or those of one tenant."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

import boto3

from .groups import Access
from .postgres_client import Connection, connect
from .tenants import Action, Tenant, keep_tenant
from .users import Changes, keep_users

# The roots of rds-ca-rsa2048-g1 in the regions of this estate, until 2061. Neither Lambda's Python nor Amazon Linux has them:
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html says where all are, truststore.pki.rds.amazonaws.com.
AUTHORITIES: Final = Path(__file__).with_name("rds-ca.pem")


class Login(TypedDict):
    """Where the function logs in.

    Attributes:
        host: Host name of the database.
        port: Its TCP port.
        credentials: ARN of the secret with `dbname`, `username` and `password` of its master user.
    """

    host: str
    port: int
    credentials: str


class Order(Login):
    """What a run for the services is given.

    Attributes:
        users: The users it is to have, and what each does with tenants' rows.
        connectionLimit: Sessions that one of them may open.
        schema: Statements that make the tables of tenants' data, each time anew what is missing; may be left out.
    """

    users: dict[str, Access]
    connectionLimit: int
    schema: NotRequired[str]


class TenantOrder(Order):
    """What a run for one tenant is given: its users, without the tenant's id before their names, and their limit.

    Attributes:
        tenant: Id of the tenant.
        action: What is to be done for it.
    """

    tenant: str
    action: Action


def handle(order: Order | TenantOrder, _context: object) -> Changes | Tenant:
    """Keep the users of a database; what is raised ends the deployment, or the command, that called."""
    if "tenant" in order:
        return fulfil_for_tenant(order, read_secret=_from_secrets_manager)
    return fulfil(order, read_secret=_from_secrets_manager)


def fulfil(order: Order, *, read_secret: Callable[[str], str], authorities: Path = AUTHORITIES) -> Changes:
    """Keep the users of a database whose certificate is of `authorities`, with the credentials that `read_secret` finds."""
    with _logged_in(order, read_secret, authorities) as database:
        return keep_users(database, order["users"], connection_limit=order["connectionLimit"], schema=order.get("schema", ""))


def fulfil_for_tenant(order: TenantOrder, *, read_secret: Callable[[str], str], authorities: Path = AUTHORITIES) -> Tenant:
    """Keep the users of one tenant; see `fulfil`."""
    with _logged_in(order, read_secret, authorities) as database:
        return keep_tenant(
            database, order["tenant"], order["action"], order["users"], connection_limit=order["connectionLimit"]
        )


def _logged_in(where: Login, read_secret: Callable[[str], str], authorities: Path) -> Connection:
    login = json.loads(read_secret(where["credentials"]))
    return connect(
        host=where["host"],
        port=where["port"],
        database=login["dbname"],
        user=login["username"],
        password=login["password"],
        authorities=authorities,
    )


def _from_secrets_manager(arn: str) -> str:
    client: Any = boto3.client("secretsmanager")
    return client.get_secret_value(SecretId=arn)["SecretString"]
