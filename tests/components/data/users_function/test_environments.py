"""Databases of environments on demand beside the first one, on a real server, as deployments and commands order them."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from components.data.users_function import environments
from components.data.users_function.environments import DataPolicy, Found
from components.data.users_function.groups import Access
from components.data.users_function.handler import (
    fulfil,
    fulfil_command,
    fulfil_for_environment,
    fulfil_for_tenant,
)
from components.data.users_function.names import named
from components.data.users_function.postgres_client import PostgresError
from components.data.users_function.tenants import Action, Tenant
from stacks.parts.data import TENANTS_TABLES
from tests.components.data.users_function.test_lending import LOAN, ONE, OTHER
from tests.postgres import DATABASE, MASTER, PASSWORD, Server

SCHEMA = TENANTS_TABLES.read_text(encoding="utf-8")
SERVICES: dict[str, Access] = {"aggregate": "write", "bi": "read"}
ENVIRONMENTS = ("", "x", "two-b")
"""The first database, and two beside it; a role of one would be another's if the hyphen were lost."""


class World:
    """The instance as dev and its environments use it: each by the credentials that it has."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.passwords = {"x": "p" * 40, "two-b": "q" * 40}

    def secret(self, arn: str, _stage: str) -> str:
        """What Secrets Manager would answer: the ARN is the environment's name, or `master`."""
        if arn == "master":
            return json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})
        login = {"dbname": named(DATABASE, arn), "username": named("owner", arn), "password": self.passwords[arn]}
        return json.dumps({**login, "environment": arn, "master": "master"})

    def call(self, work: Callable[..., Any], order: dict[str, Any], credentials: str) -> Any:
        where = {"host": "localhost", "port": self.server.tls_port, "credentials": credentials or "master"}
        return work({**where, **order}, read_secret=self.secret, authorities=self.server.authorities)

    def make(self, name: str, *, data: DataPolicy = "discard", action: str = "create", claim: str = "f-1") -> Found:
        order = {"data": data, "connections": 20, "claim": claim, "tf": {"action": action}}
        return self.call(fulfil_for_environment, order, name)

    def end(self, name: str, data: DataPolicy, claim: str = "f-1") -> Found:
        return self.make(name, data=data, action="delete", claim=claim)

    def users(self, name: str, schema: str = SCHEMA) -> None:
        users = {named(user, name): access for user, access in SERVICES.items()}
        order = {"users": users, "connectionLimit": 8, "schema": schema, **({} if name else {"closed": True})}
        self.call(fulfil, order, name)

    def tenant(self, name: str, who: str, action: Action) -> Tenant:
        users = {named(user, name): access for user, access in SERVICES.items()}
        order = {"users": users, "connectionLimit": 5, "tenant": who, "action": action}
        return self.call(fulfil_for_tenant, order, name)

    def command(self, **order: str) -> Any:
        return self.call(fulfil_command, order, "master")

    def psql(self, statement: str, name: str, user: str) -> list[str]:
        return self.server.psql(statement, user=user, database=named(DATABASE, name))

    def may_connect(self, user: str, name: str) -> bool:
        passwords = {named("owner", each): password for each, password in self.passwords.items()}
        password = passwords.get(user, PASSWORD)
        return self.server.attempt("SELECT 1", user=user, database=named(DATABASE, name), password=password).returncode == 0

    def roles(self, name: str) -> list[str]:
        return self.server.psql(
            f"SELECT rolname FROM pg_roles WHERE rolname LIKE '%{named('', name).replace('_', chr(92) + '_')}' ORDER BY 1"
        )


@pytest.fixture
def world(database: Server) -> World:
    return World(database)


@pytest.fixture
def three(world: World) -> World:
    """Dev and two environments, with the same tenant in each."""
    for name in ENVIRONMENTS:
        if name:
            world.make(name)
        world.users(name)
        world.tenant(name, ONE, "add")
        world.psql(LOAN, name, f"{ONE}_{named('aggregate', name)}")
    return world


def test_each_has_its_database_and_is_refused_the_others(three: World) -> None:
    for own in ENVIRONMENTS:
        for user in (named("bi", own), f"{ONE}_{named('bi', own)}"):
            assert {name: three.may_connect(user, name) for name in ENVIRONMENTS} == {
                name: name == own for name in ENVIRONMENTS
            }, user
        assert three.psql("SELECT tenant FROM lending.loan", own, f"{ONE}_{named('bi', own)}") == [ONE]
    # Its owner, whose password is the secret's, is refused the others, too.
    with psycopg.connect(
        host="127.0.0.1", port=three.server.port, user="owner__x", dbname=named(DATABASE, "x"), password=three.passwords["x"]
    ) as session:
        assert session.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'loan'").fetchall() == [("owner__x",)]
    for name in ("", "two-b"):
        assert not three.may_connect("owner__x", name)


def test_a_run_for_one_changes_nothing_of_the_others(three: World) -> None:
    before = {name: (three.roles(name), three.tenant(name, ONE, "verify")) for name in ENVIRONMENTS if name}
    three.users("")
    three.users("x")
    three.make("x")
    assert three.tenant("", ONE, "remove")["erased"] == {"lending.loan": 1}
    assert {name: (three.roles(name), three.tenant(name, ONE, "verify")) for name in before} == before
    assert three.tenant("x", ONE, "count")["left"] == {"lending.loan": 1}


def test_a_tenant_comes_and_goes_in_an_environment(three: World) -> None:
    added = three.tenant("x", OTHER, "add")
    assert sorted(added["users"]) == ["aggregate__x", "bi__x"]
    three.psql(LOAN, "x", f"{OTHER}_aggregate__x")
    assert three.psql("SELECT tenant FROM lending.loan", "x", f"{ONE}_bi__x") == [ONE]
    assert not three.tenant("x", OTHER, "lock")["users"]["bi__x"]["login"]
    assert three.tenant("x", OTHER, "remove")["erased"] == {"lending.loan": 1}
    assert three.tenant("x", OTHER, "verify") == Tenant(users={}, changed=[], erased={}, left={}, complete=True)


def test_a_migration_that_fails_changes_nothing_and_one_that_does_not_runs_as_the_owner(three: World) -> None:
    more = "ALTER TABLE lending.loan ADD COLUMN IF NOT EXISTS note text; "
    with pytest.raises(PostgresError, match="division by zero"):
        three.users("x", more + "SELECT 1/0; " + SCHEMA)
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'loan' AND column_name = 'note'"
    assert three.server.psql(columns, database=named(DATABASE, "x")) == ["0"]
    three.users("x", more + SCHEMA)
    assert three.server.psql(columns, database=named(DATABASE, "x")) == ["1"]
    assert three.server.psql(columns) == ["0"]


def test_what_is_kept_lets_nobody_in_and_is_taken_up_again_as_it_was(three: World) -> None:
    def since(found: Found) -> tuple[object, ...]:
        # Its size is the server's to change: it tidies up by itself.
        return found["environment"], found["database"], found["keptSince"]

    kept = three.end("x", "keep")
    assert kept["keptSince"] and since(kept) == since(three.end("x", "keep"))
    assert not any(three.may_connect(user, "x") for user in ("bi__x", f"{ONE}_bi__x", "owner__x"))
    assert since(three.command(action="environments")["environments"][1]) == since(kept)

    three.passwords["x"] = "r" * 40
    assert three.make("x", claim="f-2")["keptSince"] is None
    three.users("x")
    assert three.psql("SELECT tenant FROM lending.loan", "x", f"{ONE}_bi__x") == [ONE]
    with psycopg.connect(
        host="127.0.0.1", port=three.server.port, user="owner__x", dbname=named(DATABASE, "x"), password="r" * 40
    ):
        pass


@pytest.mark.parametrize("how", ["destroyed", "by a command, once it was kept"])
def test_what_is_discarded_leaves_nothing_and_ends_sessions(three: World, how: str) -> None:
    with psycopg.connect(host="127.0.0.1", port=three.server.port, user="bi__x", dbname=named(DATABASE, "x")) as session:
        for _ in range(2):
            if how == "destroyed":
                three.end("x", "discard")
            else:
                three.end("x", "keep")
                three.command(action="drop", environment="x")
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    assert three.roles("x") == []
    assert [each["environment"] for each in three.command(action="environments")["environments"]] == ["two-b"]
    for name in ("", "two-b"):
        assert three.psql("SELECT tenant FROM lending.loan", name, f"{ONE}_{named('bi', name)}") == [ONE]


def test_the_end_of_an_older_deployment_does_not_concern_a_newer_one(three: World) -> None:
    """Another function replaces the resource: the new one is made first, the old one ends last."""
    three.make("x", claim="f-2")
    assert three.end("x", "discard", claim="f-1")["database"] == named(DATABASE, "x")
    assert three.psql("SELECT tenant FROM lending.loan", "x", f"{ONE}_bi__x") == [ONE]


@pytest.mark.parametrize("broken", ["CREATE DATABASE", "REVOKE CONNECT", "COMMENT ON DATABASE", "CONNECTION LIMIT 20"])
def test_a_run_that_broke_off_is_gone_on_with_and_lets_nobody_in_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    run = environments.Connection.run

    def breaks(self: environments.Connection, statement: str) -> Any:
        if broken in statement:
            raise ConnectionResetError
        return run(self, statement)

    world.users("")
    with monkeypatch.context() as patched, pytest.raises(ConnectionResetError):
        patched.setattr(environments.Connection, "run", breaks)
        world.make("x")
    assert not world.may_connect("bi", "x")
    assert [each["environment"] for each in world.command(action="environments")["environments"]] == ["x"]
    world.make("x")
    world.users("x")
    assert world.may_connect("bi__x", "x") and not world.may_connect("bi", "x")


def test_an_end_that_broke_off_is_gone_on_with(three: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = environments.Connection.run

    def breaks(self: environments.Connection, statement: str) -> Any:
        if statement.startswith("DROP ROLE"):
            raise ConnectionResetError
        return run(self, statement)

    with monkeypatch.context() as patched, pytest.raises(ConnectionResetError):
        patched.setattr(environments.Connection, "run", breaks)
        three.end("x", "discard")
    found = three.command(action="environments")["environments"]
    assert [(each["environment"], each["database"]) for each in found] == [
        ("two-b", named(DATABASE, "two-b")),
        ("x", None),
    ]
    three.end("x", "discard")
    assert three.roles("x") == []


def test_an_environment_opens_no_more_sessions_than_its_share(three: World) -> None:
    limits = three.server.psql("SELECT datname, datconnlimit FROM pg_database WHERE datname LIKE '%\\_\\_%' ORDER BY 1")
    assert limits == ["dataconnect__two_b|20", "dataconnect__x|20"]


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ("CREATE ROLE owner__x", "the role owner__x is no environment's; expected a name that no other role has"),
        ("CREATE DATABASE dataconnect__x", "the database dataconnect__x belongs to rdsadmin; expected a name that no other"),
    ],
)
def test_what_is_another_s_is_left_alone(world: World, prepare: str, told: str) -> None:
    world.server.psql(prepare)
    with pytest.raises(PostgresError, match=told):
        world.make("x")


def test_users_are_those_of_the_database(three: World) -> None:
    order: dict[str, Any] = {"users": {"bi": "read"}, "connectionLimit": 8}
    with pytest.raises(ValueError, match="user is 'bi'; expected a name that ends with __x: the database is the environment's"):
        three.call(fulfil, order, "x")
    with pytest.raises(ValueError, match="user is 'bi__x'; expected a name without __: roles of environments on demand have"):
        three.call(fulfil, {**order, "users": {"bi__x": "read"}}, "")
    with pytest.raises(ValueError, match="environment is 'X'; expected up to 12 lower-case letters"):
        three.command(action="drop", environment="X")
    with pytest.raises(ValueError, match="action is 'make'; expected drop, environments or keep"):
        three.command(action="make")


def test_the_log_of_the_server_has_no_password(three: World) -> None:
    assert three.passwords["x"] not in three.server.log.read_text()
