"""A tenant's whole life with a real PostgreSQL server behind it; what the function's adapter sends and makes of failures."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest

from components.data.users_function.groups import SCHEMA
from components.data.users_function.handler import TenantOrder, fulfil_for_tenant
from operations.aws import connect
from operations.errors import OperationError
from operations.stack import Stack
from operations.tenants.database import DatabaseFunction
from operations.tenants.workspace import Workspace
from tests.operations.world import ID, World
from tests.postgres import DATABASE, MASTER, PASSWORD, Server, server


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with server(16) as running:
        yield running


class Lambda:
    """Invokes the function here. moto would run it in a container."""

    def __init__(self, database: Server) -> None:
        self._database = database

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - as boto3 names them
        assert FunctionName == "database-users"
        order = cast(TenantOrder, {**json.loads(Payload), "host": "localhost", "port": self._database.tls_port})
        login = json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})
        done = fulfil_for_tenant(order, read_secret=lambda _: login, authorities=self._database.authorities)
        return {"Payload": io.BytesIO(json.dumps(done).encode())}


def test_a_tenants_life(world: World, database: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = world.open

    def opened(stack: Stack) -> Workspace:
        return replace(plain(stack), database=DatabaseFunction(Lambda(database), stack))

    monkeypatch.setattr(world, "open", opened)
    world.run("add", "acme", "--limit", "connections=3")
    database.psql(
        f"CREATE TABLE {SCHEMA}.loans (tenant text DEFAULT split_part(current_user, '_', 1), loan_id text);"
        f"ALTER TABLE {SCHEMA}.loans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY own ON {SCHEMA}.loans USING (tenant = split_part(current_user, '_', 1))",
        user=MASTER,
    )
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
    assert database.psql(f"SELECT rolname FROM pg_roles WHERE rolname LIKE '{ID}%'") == []
    world.run("verify", "acme")


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
