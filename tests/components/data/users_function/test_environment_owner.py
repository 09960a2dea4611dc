"""What the owner of an environment's database, or its workload, may do in it is of no effect on the instance and on others."""

import json
from typing import Any

import psycopg
import pytest

from components.data.users_function import users
from components.data.users_function.environments import found
from components.data.users_function.names import named
from components.data.users_function.postgres_client import PostgresError, connect
from tests.components.data.users_function.test_environments import World
from tests.components.data.users_function.test_lending import LOAN, ONE
from tests.postgres import ADMINISTRATOR, DATABASE, MASTER, PASSWORD, Server

# Whoever runs it is told of, and becomes whom it may: the master would make a role.
_CODE = """
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = session_user AND rolcreaterole) THEN
        EXECUTE 'RESET ROLE; CREATE ROLE captured';
    END IF;
"""


@pytest.fixture
def world(database: Server) -> World:
    """Dev and the environment x, each with a tenant that has a row."""
    made = World(database)
    made.users("")
    made.make("x")
    made.users("x")
    made.tenant("x", ONE, "add")
    made.psql(LOAN, "x", f"{ONE}_aggregate__x")
    return made


def owner(world: World) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host="127.0.0.1",
        port=world.server.port,
        user="owner__x",
        dbname=named(DATABASE, "x"),
        password=world.passwords["x"],
        autocommit=True,
    )


def captured(world: World) -> bool:
    return bool(world.server.psql("SELECT FROM pg_roles WHERE rolname = 'captured'"))


@pytest.mark.parametrize("schema", ["owner__x", "public"])
def test_no_function_of_the_owners_stands_for_one_of_the_server_s(world: World, schema: str) -> None:
    with owner(world) as session:
        if schema == "public":
            # As where the database came from elsewhere, and everybody may create in it.
            world.server.psql("GRANT CREATE ON SCHEMA public TO PUBLIC", database=named(DATABASE, "x"))
        else:
            session.execute(f"CREATE SCHEMA {schema}".encode())
        session.execute(
            (
                f"CREATE FUNCTION {schema}.shobj_description(oid, text) RETURNS text LANGUAGE plpgsql AS $$ {_CODE}"
                " RETURN 'nonsense'; END $$"
            ).encode()
        )
    world.users("x")
    assert world.tenant("x", ONE, "verify")["users"].keys() == {"aggregate__x", "bi__x"}
    assert not captured(world)


def test_what_the_owner_hangs_on_its_tables_runs_as_the_owner(world: World) -> None:
    """A trigger at an erasure, and the function of a policy at a count: SET ROLE would be no wall, they would reset it."""
    with owner(world) as session:
        session.execute("CREATE SCHEMA code")
        session.execute(
            f"CREATE FUNCTION code.fired() RETURNS trigger LANGUAGE plpgsql AS $$ {_CODE} RETURN OLD; END $$".encode()
        )
        session.execute("CREATE TRIGGER fired BEFORE DELETE ON lending.loan FOR EACH ROW EXECUTE FUNCTION code.fired()")
        session.execute(
            f"CREATE FUNCTION code.asked() RETURNS bool LANGUAGE plpgsql AS $$ {_CODE} RETURN true; END $$".encode()
        )
        session.execute("GRANT USAGE ON SCHEMA code TO PUBLIC; CREATE POLICY asked ON lending.loan USING (code.asked())")
    assert world.tenant("x", ONE, "count")["left"] == {"lending.loan": 1}
    assert world.tenant("x", ONE, "remove")["erased"] == {"lending.loan": 1}
    assert not captured(world)


def test_the_owner_changes_nothing_of_what_is_said_of_its_database(world: World) -> None:
    database = named(DATABASE, "x")
    with owner(world) as session:
        for statement in (
            f'COMMENT ON DATABASE {database} IS \'{{"claim": "other"}}\'',
            f"ALTER DATABASE {database} CONNECTION LIMIT -1",
            f"ALTER DATABASE {database} SET default_transaction_read_only = on",
            "COMMENT ON ROLE owner__x IS 'nonsense'",
            "ALTER ROLE owner__x CONNECTION LIMIT -1",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement.encode())
        session.execute(f"GRANT CONNECT ON DATABASE {database} TO PUBLIC".encode())
    assert not world.may_connect("bi", "x")
    assert world.end("x", "discard")["database"] is None


@pytest.mark.parametrize("comment", ["nonsense", "[]", '{"claim": 3, "keptSince": 4}', "[" * 100_000])
def test_a_note_that_nobody_can_read_is_that_of_nobody(world: World, comment: str) -> None:
    world.server.psql(f"COMMENT ON DATABASE {named(DATABASE, 'x')} IS '{comment}'")
    assert [each["keptSince"] for each in world.command(action="environments")["environments"]] == [None]
    assert world.end("x", "keep")["keptSince"]
    assert world.end("x", "discard")["database"] is None


def test_what_roles_own_in_other_databases_goes_with_them(world: World) -> None:
    """Where `postgres` is not the master's, everybody may connect to it, and make large objects."""
    world.server.psql("SELECT lo_create(0)", user="bi__x", database="postgres")
    world.end("x", "discard")
    assert world.roles("x") == []
    assert world.server.psql("SELECT count(*) FROM pg_largeobject_metadata", database="postgres") == ["0"]
    assert (
        world.server.psql(f"SELECT count(*) FROM pg_auth_members WHERE member = '{MASTER}'::regrole AND inherit_option") != []
    )


def test_whoever_holds_the_lock_is_named_and_keeps_its_own_database_alone_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_LOCK_WAIT_MS", 100)
    with psycopg.connect(
        host="127.0.0.1", port=world.server.port, user="bi__x", dbname=named(DATABASE, "x"), autocommit=True
    ) as session:
        session.execute(f"SELECT pg_advisory_lock({users._LOCK})".encode())
        with pytest.raises(
            PostgresError, match="a session of bi__x has held the function's lock in the database .*__x for 100 ms"
        ):
            world.users("x")
        world.users("")
        world.make("x")
        assert world.end("x", "discard")["database"] is None


@pytest.mark.parametrize(("member", "value"), [("dbname", DATABASE), ("username", MASTER)])
def test_credentials_of_an_environment_name_its_own_database_and_owner(
    world: World, monkeypatch: pytest.MonkeyPatch, member: str, value: str
) -> None:
    secret = world.secret

    def other(arn: str) -> str:
        return secret(arn) if arn == "master" else json.dumps({**json.loads(secret(arn)), member: value})

    monkeypatch.setattr(world, "secret", other)
    with pytest.raises(ValueError, match=f"{member} is '{value}'; expected .*__x, of the environment x"):
        world.users("x")


def test_what_the_server_itself_made_is_the_masters_alone_or_told_to_be_open(world: World) -> None:
    """`postgres` and `template1` are the master's on RDS, and another's on a server of one's own."""

    def keep_dev() -> Any:
        login: Any = {
            "host": "localhost",
            "port": world.server.tls_port,
            "database": DATABASE,
            "user": MASTER,
            "password": PASSWORD,
        }
        with connect(**login, authorities=world.server.authorities) as session:
            assert [each["environment"] for each in found(session)] == ["x"]
            return users.keep_users(session, {"bi": "read"}, connection_limit=8, closed=True)

    made = ("postgres", "template1")
    assert keep_dev()["open"] == [*made]
    for name in made:
        world.server.psql(f"ALTER DATABASE {name} OWNER TO {MASTER}", database="postgres")
    try:
        assert "open" not in keep_dev()
        for name in made:
            for user in ("bi", "bi__x", f"{ONE}_bi__x"):
                assert "permission denied for database" in world.server.attempt("SELECT 1", user=user, database=name).stderr
            assert world.server.attempt("SELECT 1", user=MASTER, database=name).returncode == 0
    finally:
        for name in made:
            world.server.psql(
                f"ALTER DATABASE {name} OWNER TO {ADMINISTRATOR}; GRANT CONNECT, TEMPORARY ON DATABASE {name} TO PUBLIC",
                database="postgres",
            )
