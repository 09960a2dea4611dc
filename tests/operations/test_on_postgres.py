"""A tenant's whole life with a real PostgreSQL server behind it; what the function's adapter sends and makes of failures."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest

from components.data.users_function.credentials import ReadSecret
from components.data.users_function.groups import SCHEMA
from components.data.users_function.handler import (
    EnvironmentOrder,
    Order,
    TenantOrder,
    fulfil,
    fulfil_for_environment,
    fulfil_for_tenant,
)
from operations.aws import connect
from operations.errors import OperationError
from operations.stack import Stack
from operations.tenants.database import DatabaseFunction
from operations.tenants.workspace import Home, Workspace
from tests.operations.world import ID, World
from tests.postgres import DATABASE, MASTER, PASSWORD, Server, server


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with server(16) as running:
        yield running


class Lambda:
    """Invokes the function here, on the server that an order's host stands for. moto would run it in a container."""

    def __init__(self, servers: Mapping[str, Server], read_secret: ReadSecret) -> None:
        self._servers, self._read_secret = servers, read_secret
        self.orders: list[tuple[str, str]] = []

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        told = json.loads(Payload)
        place = told["host"].removesuffix(".example")
        assert FunctionName == {"database": "database-users", "own": "own-users"}[place]
        self.orders.append((place, told["action"]))
        order = cast(TenantOrder, {**told, "host": "localhost", "port": self._servers[place].tls_port})
        done = fulfil_for_tenant(order, read_secret=self._read_secret, authorities=self._servers[place].authorities)
        return {"Payload": io.BytesIO(json.dumps(done).encode())}


def as_master(_arn: str, _stage: str) -> str:
    """Every secret is the master's."""
    return json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})


def with_servers(
    world: World, monkeypatch: pytest.MonkeyPatch, read_secret: ReadSecret = as_master, **servers: Server
) -> Lambda:
    """Let the commands work on servers, not on the dictionaries."""
    plain, function = world.open, Lambda(servers, read_secret)

    def opened(stack: Stack) -> Workspace:
        space = plain(stack)

        def silo(tenant: str) -> Home:
            return replace(space.silo(tenant), database=DatabaseFunction(function, stack, stack.silos[tenant]))

        return replace(space, pool=replace(space.pool, database=DatabaseFunction(function, stack)), silo=silo)

    monkeypatch.setattr(world, "open", opened)
    return function


TABLE = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA};"
    f"CREATE TABLE {SCHEMA}.loans (tenant text DEFAULT split_part(current_user, '_', 1), loan_id text);"
    f"ALTER TABLE {SCHEMA}.loans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
    f"CREATE POLICY own ON {SCHEMA}.loans USING (tenant = split_part(current_user, '_', 1))"
)
ROLES = f"SELECT rolname FROM pg_roles WHERE rolname LIKE '{ID}%' ORDER BY 1"


def test_a_silos_life_is_in_its_own_database_alone(world: World, database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database.reset()
    with server(16) as own:
        function = with_servers(world, monkeypatch, database=database, own=own)
        world.run("add", "acme", "--tier", "silo", code=6)
        assert function.orders == []
        world.deploy_silo()
        world.run("add", "acme")
        assert own.psql(ROLES) == [f"{ID}_data_products", f"{ID}_search"]
        for each in (own, database):
            each.psql(TABLE, user=MASTER)
        user = f"{ID}_data_products"
        own.psql(f"INSERT INTO {SCHEMA}.loans (loan_id) SELECT generate_series(1, 5)", user=user)
        # Another's rows, as an administrator whom no policy binds.
        database.psql(f"INSERT INTO {SCHEMA}.loans VALUES ('t{15 * 'z'}', '1')")
        world.run("suspend", "acme")
        assert "is not permitted to log in" in own.attempt("SELECT 1", user=user).stderr
        world.run("resume", "acme")
        assert own.psql(f"SELECT count(*) FROM {SCHEMA}.loans", user=user) == ["5"]
        world.run("verify", "acme")
        assert {place for place, _ in function.orders} == {"own"} and database.psql(ROLES) == []
        made = world.json("remove", "acme", "--yes", "acme", "--no-export")["certificate"]
        assert made["complete"] and made["deleted"]["rows"] == {f"{SCHEMA}.loans (silo)": 5}
        assert own.psql(f"SELECT count(*) FROM {SCHEMA}.loans") == ["0"] and own.psql(ROLES) == []
        assert {action for place, action in function.orders if place == "database"} == {"verify"}
        assert database.psql(f"SELECT count(*) FROM {SCHEMA}.loans") == ["1"]
        world.run("verify", "acme", code=1)  # its entry is still there


def test_a_tenants_life(world: World, database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database.reset()
    with_servers(world, monkeypatch, database=database)
    world.run("add", "acme", "--limit", "connections=3")
    database.psql(TABLE, user=MASTER)
    user = f"{ID}_data_products"
    assert database.psql(f"SELECT rolconnlimit FROM pg_roles WHERE rolname = '{user}'") == ["3"]
    database.psql(f"INSERT INTO {SCHEMA}.loans (loan_id) SELECT generate_series(1, 5)", user=user)
    refused = database.attempt(f"DELETE FROM {SCHEMA}.loans", user=f"{ID}_search")
    assert "permission denied for table loans" in refused.stderr
    assert database.psql(f"SELECT count(*) FROM {SCHEMA}.loans", user=f"{ID}_search") == ["5"]
    world.run("suspend", "acme")
    assert "is not permitted to log in" in database.attempt("SELECT 1", user=user).stderr
    world.run("resume", "acme")
    assert database.psql(f"SELECT count(*) FROM {SCHEMA}.loans", user=user) == ["5"]
    world.run("verify", "acme")
    made = world.json("remove", "acme", "--yes", "acme", "--no-export")["certificate"]
    assert made["complete"] and made["deleted"]["rows"] == {f"{SCHEMA}.loans": 5}
    assert database.psql(f"SELECT count(*) FROM {SCHEMA}.loans") == ["0"]
    assert database.psql(ROLES) == []
    world.run("verify", "acme")


def test_a_tenant_s_life_in_an_environment_on_demand_is_in_its_database_alone(
    world: World, database: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the outputs of one (tests/stacks/test_on_demand.py): its login names a secret that tells the function where."""
    database.reset()
    secrets = {
        "master": {"dbname": DATABASE, "username": MASTER, "password": PASSWORD},
        "x": {"dbname": f"{DATABASE}__x", "username": "owner__x", "password": "p" * 40, "environment": "x", "master": "master"},
    }
    users = {"data_products__x": "write", "search__x": "read"}
    place = {"host": "localhost", "port": database.tls_port, "credentials": "x"}

    def read_secret(arn: str, _stage: str) -> str:
        return json.dumps(secrets[arn])

    given: dict[str, Any] = {"read_secret": read_secret, "authorities": database.authorities}
    made: dict[str, Any] = {**place, "data": "discard", "connections": 20, "claim": "f-1", "tf": {"action": "create"}}
    fulfil_for_environment(cast(EnvironmentOrder, made), **given)
    fulfil(cast(Order, {**place, "users": users, "connectionLimit": 8, "schema": TABLE}), **given)
    # dev's own run, without which its database takes whoever logs in.
    fulfil(cast(Order, {**place, "credentials": "master", "users": {}, "connectionLimit": 8, "closed": True}), **given)
    login = {"host": "database.example", "port": 5432.0, "credentials": "x"}
    world.told = {"stack": "dev-x", "environmentOf": "dev", "databaseUsers": users, "databaseLogin": login}
    world.write_outputs()
    with_servers(world, monkeypatch, read_secret=read_secret, database=database)

    world.run("add", "acme")
    theirs = [f"{ID}_data_products__x", f"{ID}_search__x"]
    assert database.psql(ROLES) == theirs
    database.psql(
        f"INSERT INTO {SCHEMA}.loans (loan_id) SELECT generate_series(1, 5)", user=theirs[0], database=f"{DATABASE}__x"
    )
    assert "permission denied for database" in database.attempt("SELECT 1", user=theirs[0]).stderr
    world.run("suspend", "acme")
    assert "is not permitted to log in" in database.attempt("SELECT 1", user=theirs[1], database=f"{DATABASE}__x").stderr
    world.run("resume", "acme")
    world.run("verify", "acme")
    done = world.json("remove", "acme", "--yes", "acme", "--no-export")["certificate"]
    assert done["complete"] and done["deleted"]["rows"] == {f"{SCHEMA}.loans": 5} and database.psql(ROLES) == []


def test_an_order_says_where_the_database_is_and_who_the_users_are(world: World) -> None:
    sent: list[dict[str, Any]] = []

    class Client:
        def invoke(self, **arguments: Any) -> dict[str, Any]:
            sent.append(arguments | {"Payload": json.loads(arguments["Payload"])})
            return {"Payload": io.BytesIO(b'{"users": {}}')}

    assert DatabaseFunction(Client(), world.stack).order("add", ID, connections=4) == {"users": {}}
    assert sent == [
        {
            "FunctionName": "database-users",
            "Payload": {
                "host": "database.example",
                "port": 5432,
                "credentials": "arn:aws:secretsmanager:secret",
                "tenant": ID,
                "action": "add",
                "users": {"data_products": "write", "search": "read"},
                "connectionLimit": 4,
            },
        }
    ]


def test_an_order_for_a_silo_goes_to_its_own_function_and_database(world: World) -> None:
    world.deploy_silo()
    sent: list[tuple[str, str]] = []

    class Client:
        def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
            order = json.loads(Payload)
            sent.append((FunctionName, *(order[name] for name in ("host", "credentials"))))
            return {"Payload": io.BytesIO(b'{"users": {}}')}

    DatabaseFunction(Client(), world.stack, world.stack.silos[ID]).order("lock", ID, connections=1)
    assert sent == [("own-users", "own.example", "arn:aws:secretsmanager:own")]


def test_what_the_function_raises_is_told(world: World) -> None:
    class Client:
        def invoke(self, **_: Any) -> dict[str, Any]:
            told = {"errorType": "PostgresError", "errorMessage": "canceling statement due to lock timeout"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(told).encode())}

    with pytest.raises(OperationError, match=f"failed to add the users of {ID}: PostgresError: canceling statement due"):
        DatabaseFunction(Client(), world.stack).order("add", ID, connections=4)


def test_credentials_of_another_account_are_refused(world: World) -> None:
    assert boto3.Session().get_credentials() is not None
    assert connect(world.stack).awslambda.meta.region_name == "us-east-2"
    with pytest.raises(OperationError, match="are of account 123456789012, the stack prod is in 222222222222"):
        connect(replace(world.stack, account="222222222222"))
