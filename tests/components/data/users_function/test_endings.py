"""An environment is made and dropped whatever broke off before, its own sessions hold, or a neighbour refers to."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from components.data.users_function import endings, environments, users
from components.data.users_function.names import named
from components.data.users_function.postgres_client import Connection, PostgresError
from tests.components.data.users_function.test_environments import World
from tests.components.data.users_function.test_lending import LOAN, ONE
from tests.postgres import ADMINISTRATOR, DATABASE, MASTER, Server

X = named(DATABASE, "x")
BROKEN_OFF = f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{X}'"
"""What a DROP DATABASE leaves that was cut off: the server lets nobody in, and wants it again."""


def inhabited(server: Server) -> World:
    """Dev and an environment, which has a tenant with a row."""
    made = World(server)
    made.users("")
    made.make("x")
    made.users("x")
    made.tenant("x", ONE, "add")
    made.psql(LOAN, "x", f"{ONE}_aggregate__x")
    return made


@pytest.fixture
def world(database: Server) -> World:
    return inhabited(database)


@pytest.fixture
def two(world: World) -> World:
    """Another environment beside it."""
    world.make("two-b")
    world.users("two-b")
    return world


def session(world: World, user: str, database: str) -> psycopg.Connection[Any]:
    """A session that stays, with statements that are transactions of their own."""
    password = world.passwords.get(user.removeprefix("owner__").replace("_", "-"), "none")
    return psycopg.connect(
        host="127.0.0.1", port=world.server.port, user=user, dbname=database, password=password, autocommit=True
    )


@contextmanager
def open_transaction(world: World, user: str, database: str, statement: str) -> Generator[psycopg.Connection[Any]]:
    opened = session(world, user, database)
    try:
        opened.execute("BEGIN")
        opened.execute(statement.encode())
        yield opened
    finally:
        opened.close()


ENDS: dict[str, Callable[[World], Any]] = {
    "end": lambda world: world.end("x", "discard"),
    "end, another's": lambda world: world.end("x", "discard", claim="f-0"),
    "end, kept": lambda world: world.end("x", "keep"),
    "drop": lambda world: world.command(action="drop", environment="x"),
    "keep": lambda world: world.command(action="keep", environment="x"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_drop_that_was_cut_off_is_gone_on_with(two: World, how: str) -> None:
    two.server.psql(BROKEN_OFF)
    found = {each["environment"]: each["database"] for each in two.command(action="environments")["environments"]}
    assert found == {"x": None, "two-b": named(DATABASE, "two-b")}
    assert ENDS[how](two)["database"] is None
    assert two.server.psql(f"SELECT FROM pg_database WHERE datname = '{X}'") == [] and two.roles("x") == []


def test_a_database_whose_drop_was_cut_off_is_made_anew(world: World) -> None:
    world.server.psql(BROKEN_OFF)
    assert world.make("x")["database"] == X
    world.users("x")
    assert world.psql("SELECT count(*) FROM lending.loan", "x", f"{ONE}_bi__x") == ["0"]


def test_a_drop_lasts_as_long_as_it_lasts_on_the_server(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Connection.run
    limits: list[Any] = []

    def watched(self: Connection, statement: str) -> Any:
        if statement.startswith("DROP "):
            limits.append((statement.split()[1], run(self, "SHOW statement_timeout")[0][0], self._socket.gettimeout()))
        return run(self, statement)

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "run", watched)
        world.end("x", "discard")
    assert limits[0] == ("DATABASE", "0", endings.DROP_SECONDS)
    assert limits[1] == ("ROLE", "30s", 30)


def test_a_drop_that_the_server_still_works_at_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Connection.run

    def slow(self: Connection, statement: str) -> Any:
        if statement.startswith("DROP DATABASE"):
            raise TimeoutError
        return run(self, statement)

    monkeypatch.setattr(Connection, "run", slow)
    with pytest.raises(PostgresError, match=f"dropping {X} for 90 s, and goes on with it; run this again"):
        world.end("x", "discard")


# What others refer to

GRANTS = """
CREATE SCHEMA code;
GRANT USAGE ON SCHEMA code TO owner__x, bi__x, lending_read__x;
ALTER DEFAULT PRIVILEGES IN SCHEMA code GRANT SELECT ON TABLES TO aggregate__x;
CREATE TABLE code.facts ();
CREATE POLICY asked ON code.facts TO {} USING (true)
"""


def entered(world: World, name: str) -> int:
    return world.server.log.read_text().count(f"connection authorized: user={MASTER} database={named(DATABASE, name)}")


def test_what_a_neighbour_grants_stops_no_end_and_draws_the_master_into_no_database(two: World) -> None:
    before = entered(two, "two-b")
    with session(two, "owner__two_b", named(DATABASE, "two-b")) as neighbour:
        neighbour.execute(GRANTS.format(f"{ONE}_bi__x").encode())
    oids = two.server.psql(
        f"SELECT oid FROM pg_roles WHERE rolname IN ('owner__x', 'bi__x', 'lending_read__x', 'aggregate__x', '{ONE}_bi__x')"
    )
    ended = two.end("x", "discard")
    assert sorted(ended.get("left", ())) == sorted(f"gone__{oid}" for oid in oids)
    assert ended["database"] is None and two.roles("x") == []
    assert entered(two, "two-b") == before

    of = "rolname LIKE 'gone\\_\\_%'"
    assert two.server.psql(f"SELECT DISTINCT rolcanlogin FROM pg_roles WHERE {of}") == ["f"]
    assert two.server.psql(f"SELECT rolname FROM pg_authid WHERE rolpassword IS NOT NULL AND {of}") == []
    assert two.server.psql(f"SELECT roleid::regrole FROM pg_auth_members JOIN pg_roles r ON member = r.oid WHERE {of}") == []
    assert [each["environment"] for each in two.command(action="environments")["environments"]] == ["two-b"]

    # The next of that name has none of those rights, and what was set aside goes with the neighbour's database.
    two.make("x")
    two.users("x")
    rights = "SELECT has_schema_privilege('owner__x', 'code', 'USAGE')"
    assert two.server.psql(rights, database=named(DATABASE, "two-b")) == ["f"]
    assert "left" not in two.end("two-b", "discard")
    assert two.server.psql(f"SELECT rolname FROM pg_roles WHERE {of}") == []
    assert two.may_connect("bi__x", "x")


def test_a_neighbour_that_holds_a_role_stops_no_end(two: World) -> None:
    with session(two, "owner__two_b", named(DATABASE, "two-b")) as neighbour:
        neighbour.execute("CREATE SCHEMA code")
    grant = "GRANT USAGE ON SCHEMA code TO owner__x"
    with open_transaction(two, "owner__two_b", named(DATABASE, "two-b"), grant) as neighbour:
        assert two.end("x", "discard").get("left")
        assert two.roles("x") == []
        neighbour.execute("ROLLBACK")
    assert "left" not in two.end("x", "discard")
    assert two.server.psql("SELECT FROM pg_roles WHERE rolname LIKE 'gone%'") == []


def test_whoever_holds_the_lock_where_everybody_may_connect_stops_no_end(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_LOCK_WAIT_MS", 100)
    two.server.psql("SELECT lo_create(0)", user="bi__x", database="postgres")
    with open_transaction(two, "bi__two_b", "postgres", f"SELECT pg_advisory_xact_lock({users._LOCK})"):
        assert "left" not in two.end("x", "discard")
    assert two.server.psql("SELECT count(*) FROM pg_largeobject_metadata", database="postgres") == ["0"]


@pytest.mark.parametrize("by", [ADMINISTRATOR, "rds_superuser"])
def test_the_master_stays_a_member_of_nothing_or_says_by_whose_grant(world: World, by: str) -> None:
    world.server.psql("SELECT lo_create(0)", user="bi__x", database="postgres")
    if by == ADMINISTRATOR:
        world.server.psql(f"GRANT bi__x TO {MASTER} WITH INHERIT TRUE")
        told = f"{MASTER} is a member of bi__x by a grant of {ADMINISTRATOR}, too; revoke that one"
        with pytest.raises(PostgresError, match=told):
            world.end("x", "discard")
        world.server.psql(f"GRANT bi__x TO {MASTER} WITH INHERIT FALSE, SET FALSE")
        assert "left" not in world.end("x", "discard")
        return
    # The master may administer it by another role alone, whose all its grants are then.
    world.server.psql(
        f"CREATE ROLE {by}; GRANT {by} TO {MASTER}; REVOKE bi__x FROM {MASTER};"
        f" GRANT bi__x TO {by} WITH ADMIN TRUE, INHERIT FALSE"
    )
    ended = world.end("x", "discard")
    assert "left" not in ended and world.roles("x") == []


# What its own sessions hold

HELD = {
    "owner's role": ("owner__x", X, "ALTER ROLE owner__x PASSWORD 'x'"),
    "service's role": ("bi__x", X, "ALTER ROLE bi__x PASSWORD 'x'"),
    "service's role, from elsewhere": ("bi__x", "postgres", "ALTER ROLE bi__x PASSWORD 'x'"),
    "database": ("bi__x", X, f"GRANT CONNECT ON DATABASE {X} TO PUBLIC"),
    "database, from elsewhere": ("bi__x", "postgres", f"GRANT CONNECT ON DATABASE {X} TO PUBLIC"),
}


@pytest.mark.parametrize("when", ["before", "in between"])
@pytest.mark.parametrize("how", ["end", "keep"])
@pytest.mark.parametrize("what", HELD)
def test_what_a_session_of_its_own_holds_ends_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str, how: str, when: str
) -> None:
    if when == "before":  # nothing is waited for
        monkeypatch.setattr(endings, "_TIMES", 1)
    else:  # it comes in after the sessions were ended, and holds on
        for module in (endings, environments):
            ends = endings.end_sessions
            monkeypatch.setattr(
                module, "end_sessions", lambda *args, writing=False, ends=ends: ends(*args, writing=True) if writing else None
            )
    with open_transaction(world, *HELD[what]):
        found = ENDS[how](world)
    assert found["database"] == (X if how == "keep" else None)
    assert not world.may_connect("bi__x", "x")


@pytest.mark.parametrize("how", ["end", "end, kept"])
def test_its_roles_have_no_session_anywhere_once_it_has_ended(two: World, how: str) -> None:
    with session(two, "bi__x", "postgres") as elsewhere, session(two, "bi__two_b", "postgres") as neighbour:
        ENDS[how](two)
        with pytest.raises(psycopg.OperationalError):
            elsewhere.execute("SELECT 1")
        assert neighbour.execute("SELECT 1").fetchall() == [(1,)]


def test_who_comes_in_before_it_is_closed_does_not_stay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    change = endings.change
    came: list[psycopg.Connection[Any]] = []

    def meanwhile(*args: Any) -> Any:
        came.append(session(world, "bi__x", X))
        return change(*args)

    monkeypatch.setattr(environments, "change", meanwhile)
    world.end("x", "keep")
    with came[0] as late, pytest.raises(psycopg.OperationalError):
        late.execute("SELECT 1")


@pytest.mark.parametrize("what", HELD)
def test_a_deployment_ends_whoever_holds_what_it_changes_and_nobody_else(two: World, what: str) -> None:
    user, where, statement = HELD[what]
    with session(two, "bi__x", X) as other, session(two, "bi__two_b", named(DATABASE, "two-b")) as neighbour:
        other.execute("BEGIN; SELECT 1")
        with open_transaction(two, user, where, statement):
            assert two.make("x", action="update")["keptSince"] is None
        for each in (other, neighbour):
            assert each.execute("SELECT 1").fetchall() == [(1,)]


def test_a_session_of_a_superuser_s_is_not_the_master_s_to_end(world: World) -> None:
    """RDS's own look at each database."""
    with session(world, ADMINISTRATOR, X) as look:
        assert world.end("x", "keep")["keptSince"]
        assert look.execute("SELECT 1").fetchall() == [(1,)]
