"""The entry point of the function: reads the master's credentials, logs in, and keeps the users."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypedDict

import boto3

from .postgres_client import connect
from .users import Changes, keep_users

# The roots of rds-ca-rsa2048-g1 in the regions of this estate, until 2061. Neither Lambda's Python nor Amazon Linux has them:
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html says where all are, truststore.pki.rds.amazonaws.com.
AUTHORITIES: Final = Path(__file__).with_name("rds-ca.pem")


class Order(TypedDict):
    """What a run is given.

    Attributes:
        host: Host name of the database.
        port: Its TCP port.
        credentials: ARN of the secret with `dbname`, `username` and `password` of its master user.
        users: The users it is to have.
        connectionLimit: Sessions that one of them may open.
    """

    host: str
    port: int
    credentials: str
    users: list[str]
    connectionLimit: int


def handle(order: Order, _context: object) -> Changes:
    """Keep the users of a database; what is raised ends the deployment that called."""
    return fulfil(order, read_secret=_from_secrets_manager)


def fulfil(order: Order, *, read_secret: Callable[[str], str], authorities: Path = AUTHORITIES) -> Changes:
    """Keep the users of a database whose certificate is of `authorities`, with the credentials that `read_secret` finds."""
    login = json.loads(read_secret(order["credentials"]))
    with connect(
        host=order["host"],
        port=order["port"],
        database=login["dbname"],
        user=login["username"],
        password=login["password"],
        authorities=authorities,
    ) as database:
        return keep_users(database, order["users"], connection_limit=order["connectionLimit"])


def _from_secrets_manager(arn: str) -> str:
    client: Any = boto3.client("secretsmanager")
    return client.get_secret_value(SecretId=arn)["SecretString"]
