"""A database that is kept lets nobody in, stops no upgrade and is taken up again; by a command, whatever its stack says."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from components.data.users_function.environments import DataPolicy
from components.data.users_function.postgres_client import Connection
from tests.components.data.users_function.test_endings import ENDS, X, inhabited, session
from tests.components.data.users_function.test_environments import World
from tests.components.data.users_function.test_lending import ONE
from tests.postgres import MASTER, Server

CLOSED = "SELECT datname FROM pg_database WHERE NOT datallowconn AND datname <> 'template0'"
"""What pg_upgrade refuses an instance for."""


@pytest.fixture
def world(database: Server) -> World:
    return inhabited(database)


def test_what_is_kept_stops_no_upgrade_and_lets_nobody_in(world: World) -> None:
    with session(world, "bi__x", X) as open_still:
        world.end("x", "keep")
        with pytest.raises(psycopg.OperationalError):
            open_still.execute("SELECT 1")
    assert world.server.psql(CLOSED) == []
    assert world.server.psql(f"SELECT datconnlimit FROM pg_database WHERE datname = '{X}'") == ["0"]
    for user in ("owner__x", "bi__x", f"{ONE}_bi__x", "bi"):
        assert world.server.psql(f"SELECT has_database_privilege('{user}', '{X}', 'CONNECT')") == ["f"]
    # The master owns it, and is held off by the limit.
    assert "too many connections for database" in world.server.attempt("SELECT 1", user=MASTER, database=X).stderr
    assert world.server.psql("SELECT count(*) FROM lending.loan", database=X) == ["1"]


def test_what_is_taken_up_again_lets_in_who_was_let_in_before(world: World) -> None:
    world.end("x", "keep")
    world.make("x", claim="f-2")
    assert all(world.may_connect(user, "x") for user in ("owner__x", "bi__x", f"{ONE}_bi__x"))
    assert not world.may_connect("bi", "x")
    granted = "SELECT count(*) FROM pg_database, aclexplode(datacl) WHERE datname = '{}' AND grantee = '{}'::regrole"
    assert world.server.psql(granted.format(X, f"{ONE}_bi__x")) == ["0"]


@pytest.mark.parametrize(
    ("broken", "work"),
    [
        ("REVOKE CONNECT", lambda world: world.make("new")),
        ("COMMENT ON DATABASE", lambda world: world.make("new")),
        ("REVOKE CONNECT", ENDS["keep"]),
        ("DROP DATABASE", ENDS["drop"]),
    ],
)
def test_no_run_that_broke_off_stops_an_upgrade(
    world: World, monkeypatch: pytest.MonkeyPatch, broken: str, work: Callable[[World], Any]
) -> None:
    run = Connection.run

    def breaks(self: Connection, statement: str) -> Any:
        if broken in statement:
            raise ConnectionResetError
        return run(self, statement)

    monkeypatch.setattr(Connection, "run", breaks)
    world.passwords["new"] = "n" * 40
    with pytest.raises(ConnectionResetError):
        work(world)
    assert world.server.psql(CLOSED) == []


# By command


@pytest.mark.parametrize("data", ["discard", "keep"])
def test_what_a_command_keeps_the_end_of_its_stack_does_not_concern(world: World, data: DataPolicy) -> None:
    kept = world.command(action="keep", environment="x")
    assert kept["keptSince"] and kept["database"] == X
    assert world.command(action="keep", environment="x")["keptSince"] == kept["keptSince"]
    ended = world.end("x", data)
    assert (ended["database"], ended["keptSince"]) == (X, kept["keptSince"])
    assert world.server.psql("SELECT tenant FROM lending.loan", database=X) == [ONE]
    assert not world.may_connect("bi__x", "x")

    # The next deployment takes it up, and its end is an end again.
    assert world.make("x", claim="f-2")["keptSince"] is None
    assert world.psql("SELECT tenant FROM lending.loan", "x", f"{ONE}_bi__x") == [ONE]
    assert world.end("x", "discard", claim="f-2")["database"] is None


def test_a_command_keeps_nothing_where_there_is_nothing_and_drops_what_one_kept(world: World) -> None:
    assert world.command(action="keep", environment="never")["database"] is None
    world.command(action="keep", environment="x")
    assert world.command(action="drop", environment="x")["database"] is None
    assert world.roles("x") == []
    with pytest.raises(ValueError, match="environment is 'X'; expected up to 12 lower-case letters"):
        world.command(action="keep", environment="X")
