"""The entry point of the function: reads the master's credentials, logs in, and keeps the users, or those of one tenant."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NotRequired, TypedDict

import boto3

from . import environments
from .credentials import CURRENT, ReadSecret, log_in, reader
from .environments import DataPolicy, Found
from .groups import Access, owner_of
from .names import named
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
        credentials: ARN of the secret with `dbname`, `username` and `password` of its master user; of an environment on demand,
            which has a database beside the first, of the secret with that of its owner, `environment`, its name, and `master`,
            the ARN of the master's.
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
        closed: Whether others have databases on the instance, and may not connect to this one; may be left out.
    """

    users: dict[str, Access]
    connectionLimit: int
    schema: NotRequired[str]
    closed: NotRequired[bool]


class TenantOrder(Order):
    """What a run for one tenant is given: its users, without the tenant's id before their names, and their limit.

    Attributes:
        tenant: Id of the tenant.
        action: What is to be done for it.
    """

    tenant: str
    action: Action


class Lifecycle(TypedDict):
    """What the provider says of the deployment that calls: whether the resource is created, updated or deleted."""

    action: Literal["create", "update", "delete"]


class EnvironmentOrder(Login):
    """What a run for an environment's database is given by its deployment, or by its end.

    Attributes:
        data: What becomes of the database in the end.
        connections: Sessions that the environment may have together.
        claim: What tells this deployment from another one that makes the same database.
        tf: Which it is, in the provider's own words.
    """

    data: DataPolicy
    connections: int
    claim: str
    tf: Lifecycle


class Command(Login):
    """What a person's command orders, with the master's credentials.

    Attributes:
        action: `environments` tells what all of them have, `drop` drops what one has, and `keep` keeps its database, which the
            end of its stack then does not concern.
        environment: Its name.
    """

    action: Literal["drop", "environments", "keep"]
    environment: NotRequired[str]


def handle(
    order: Order | TenantOrder | EnvironmentOrder | Command, _context: object
) -> Changes | Tenant | Found | dict[str, list[Found]]:
    """Keep the users of a database, or the database; what is raised ends the deployment, or the command, that called."""
    if "tenant" in order:
        return fulfil_for_tenant(order, read_secret=_secrets())
    if "users" in order:
        return fulfil(order, read_secret=_secrets())
    if "tf" in order:
        return fulfil_for_environment(order, read_secret=_secrets())
    return fulfil_command(order, read_secret=_secrets())


def fulfil(order: Order, *, read_secret: ReadSecret, authorities: Path = AUTHORITIES) -> Changes:
    """Keep the users of a database whose certificate is of `authorities`, with the credentials that `read_secret` finds."""
    with _logged_in(order, read_secret, authorities) as database:
        return keep_users(
            database,
            order["users"],
            connection_limit=order["connectionLimit"],
            schema=order.get("schema", ""),
            closed=order.get("closed", False),
        )


def fulfil_for_tenant(order: TenantOrder, *, read_secret: ReadSecret, authorities: Path = AUTHORITIES) -> Tenant:
    """Keep the users of one tenant; see `fulfil`."""
    with _logged_in(order, read_secret, authorities) as database:
        return keep_tenant(
            database, order["tenant"], order["action"], order["users"], connection_limit=order["connectionLimit"]
        )


def fulfil_for_environment(order: EnvironmentOrder, *, read_secret: ReadSecret, authorities: Path = AUTHORITIES) -> Found:
    """Make, keep or drop an environment's database; see `fulfil`."""
    own = _read(order["credentials"], read_secret)
    environment, claim = own["environment"], order["claim"]
    master = Login(host=order["host"], port=order["port"], credentials=own["master"])
    with _logged_in(master, read_secret, authorities) as instance:
        if order["tf"]["action"] == "delete":
            return environments.end(instance, environment, order["data"], claim=claim)
        return environments.make(
            instance,
            environment,
            dbname=own["dbname"],
            password=own["password"],
            connections=order["connections"],
            claim=claim,
        )


def fulfil_command(
    order: Command, *, read_secret: ReadSecret, authorities: Path = AUTHORITIES
) -> Found | dict[str, list[Found]]:
    """Tell what environments have, or drop or keep what one has; see `fulfil`.

    Raises:
        ValueError: on an action that is none.
    """
    action = order["action"]
    if action not in ("drop", "environments", "keep"):
        raise ValueError(f"action is {action!r}; expected drop, environments or keep")
    with _logged_in(order, read_secret, authorities) as instance:
        if action == "drop":
            return environments.drop(instance, order.get("environment", ""))
        if action == "keep":
            return environments.keep(instance, order.get("environment", ""), claim=environments.BY_COMMAND)
        return {"environments": environments.found(instance)}


@contextmanager
def _logged_in(where: Login, read_secret: ReadSecret, authorities: Path) -> Generator[Connection]:
    """A session in the database that the credentials name, of the user that they name: an environment's owner, or the master.

    Raises:
        ValueError: on credentials of an environment that name another's database or user.
    """

    def session(login: dict[str, str]) -> Connection:
        return connect(
            host=where["host"],
            port=where["port"],
            database=login["dbname"],
            user=login["username"],
            password=login["password"],
            authorities=authorities,
        )

    read = cache(read_secret)
    own = _read(where["credentials"], read)
    if "master" not in own:
        with log_in(where["credentials"], read, session) as database:
            yield database
        return
    environment = own["environment"]
    environments.check(environment)
    first = _read(own["master"], read)
    for name, right in (("dbname", named(first["dbname"], environment)), ("username", owner_of(environment))):
        if own[name] != right:
            raise ValueError(f"{name} is {own[name]!r}; expected {right}, of the environment {environment}")
    with log_in(own["master"], read, session) as master, session(own) as database:
        database.environment, database.master = environment, master
        yield database


def _read(arn: str, read_secret: ReadSecret) -> dict[str, str]:
    """What a secret holds now.

    Raises:
        ValueError: where it holds nothing.
    """
    text = read_secret(arn, CURRENT)
    if text is None:
        raise ValueError(f"the secret {arn} holds nothing; expected credentials")
    return json.loads(text)


def _secrets() -> ReadSecret:
    client: Any = boto3.client("secretsmanager")
    return reader(client)
