"""The databases of environments on demand: made on the instance of another stack, kept for the next of that name, or dropped.

Whose a database is, its owner says, a role with a mark. CREATE DATABASE and DROP DATABASE are in no transaction: each run goes
on where the one before ended, and nobody can connect to a database that is not whole.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier` or `literal`

import json
import re
from typing import Final, Literal, NotRequired, TypedDict

from .groups import owner_of
from .names import NAME, NAMES, mark, named, of
from .postgres_client import Connection, PostgresError, identifier, literal, verifier
from .users import one_change

OWNER: Final = "owner"
"""What the owner of an environment's database is marked as."""
OWNER_SESSIONS: Final = 5
"""Sessions that the owner may open: people, and migrations."""
CONNECTIONS: Final = range(5, 1001)
"""Sessions that an environment may open together."""

_ENDS_MS: Final = 5000

DataPolicy = Literal["discard", "keep"]


class Note(TypedDict):
    """What is noted of a database in its comment.

    Attributes:
        claim: Of the deployment that made it last: the end of an older one does not concern it.
        keptSince: Since when nobody can connect to it, and it waits for an environment of its name; in UTC.
    """

    claim: str
    keptSince: NotRequired[str]


class Found(TypedDict):
    """What an environment has on the instance.

    Attributes:
        environment: Its name.
        database: Its database; None where it has none, and roles alone are left of it.
        bytes: What the database takes of the storage; None where there is none.
        keptSince: See `Note`; None while it is in use.
    """

    environment: str
    database: str | None
    bytes: int | None
    keptSince: str | None


def check(environment: str) -> None:
    """Refuse what is no name of an environment.

    Raises:
        ValueError: with what would be right.
    """
    if not re.fullmatch(NAME, environment):
        raise ValueError(f"environment is {environment!r}; expected {NAMES}")


def make(instance: Connection, environment: str, *, dbname: str, password: str, connections: int, claim: str) -> Found:
    """Make an environment's database with its owner, or take up the one that was kept, as the master in the first database.

    Args:
        instance: A session in the first database.
        environment: Its name.
        dbname: The database that its credentials name.
        password: Its owner's from now on.
        connections: Sessions that it may have together.
        claim: Of this deployment.

    Raises:
        ValueError: on a name, a database or a number that is none.
        PostgresError: on a role or a database of that name that is no environment's.
    """
    check(environment)
    database, owner = _database(instance, environment), owner_of(environment)
    if dbname != database:
        raise ValueError(f"dbname is {dbname!r}; expected {database}, the database of the environment {environment}")
    if connections not in CONNECTIONS:
        raise ValueError(f"connections is {connections!r}; expected {CONNECTIONS[0]} to {CONNECTIONS[-1]}")
    with one_change(instance):
        comment = instance.run(f"SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = {literal(owner)}")
        if not comment:
            instance.run(f"CREATE ROLE {owner} NOLOGIN")
            instance.run(f"COMMENT ON ROLE {owner} IS {literal(mark(OWNER, environment))}")
        elif comment[0][0] != mark(OWNER, environment):
            raise PostgresError(f"the role {owner} is no environment's; expected a name that no other role has")
        # What the owner may, the master may: it makes the owner's tables, and erases tenants in them.
        instance.run(f"GRANT {owner} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
        # The server is told what it checks the password by, and its log never has the password.
        checked = literal(verifier(password))
        instance.run(f"ALTER ROLE {owner} LOGIN CONNECTION LIMIT {OWNER_SESSIONS} PASSWORD {checked}")
    if not _exists(instance, environment):
        instance.run(f"CREATE DATABASE {database} OWNER {owner} TEMPLATE template0 ALLOW_CONNECTIONS false")
    with one_change(instance):
        instance.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC")
        instance.run(f"ALTER DATABASE {database} CONNECTION LIMIT {connections}")
        _note(instance, database, Note(claim=claim))
        instance.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    return _found(instance, environment)


def end(instance: Connection, environment: str, data: DataPolicy, *, claim: str) -> Found:
    """Keep or discard an environment's database once its stack goes, unless a later deployment has claimed it."""
    check(environment)
    if _exists(instance, environment) and _noted(instance, environment)["claim"] != claim:
        return _found(instance, environment)
    return keep(instance, environment) if data == "keep" else drop(instance, environment)


def keep(instance: Connection, environment: str) -> Found:
    """Let nobody connect to an environment's database, whose data stays; may be repeated."""
    check(environment)
    if _exists(instance, environment):
        database, note = _database(instance, environment), _noted(instance, environment)
        with one_change(instance):
            ((now,),) = instance.run("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
            _note(instance, database, Note(claim=note["claim"], keptSince=note.get("keptSince", str(now))))
            instance.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
            instance.run(f"ALTER ROLE {owner_of(environment)} NOLOGIN")
        _end_sessions(instance, database)
    return _found(instance, environment)


def drop(instance: Connection, environment: str) -> Found:
    """Drop an environment's database and every role of it; may be repeated."""
    check(environment)
    if _exists(instance, environment):
        database = _database(instance, environment)
        instance.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        _end_sessions(instance, database)
        instance.run(f"DROP DATABASE {database} WITH (FORCE)")
    with one_change(instance):
        roles = [
            identifier(str(role)) for (role,) in instance.run(f"SELECT rolname FROM pg_roles WHERE {_marked(environment)}")
        ]
        if roles:
            instance.run(f"DROP ROLE {', '.join(roles)}")
    return _found(instance, environment)


def found(instance: Connection) -> list[Found]:
    """All environments of which something is on the instance."""
    begin = f"{OWNER} of the environment "
    rows = instance.run(
        f"SELECT split_part(substr(shobj_description(oid, 'pg_authid'), {len(begin) + 1}), ',', 1) FROM pg_roles"
        f" WHERE starts_with(shobj_description(oid, 'pg_authid'), {literal(begin)}) ORDER BY 1"
    )
    return [_found(instance, str(name)) for (name,) in rows]


def _found(instance: Connection, environment: str) -> Found:
    if not _exists(instance, environment):
        return Found(environment=environment, database=None, bytes=None, keptSince=None)
    database = _database(instance, environment)
    ((size,),) = instance.run(f"SELECT pg_database_size({literal(database)})")
    kept = _noted(instance, environment).get("keptSince")
    return Found(environment=environment, database=database, bytes=int(str(size)), keptSince=kept)


def _database(instance: Connection, environment: str) -> str:
    ((first,),) = instance.run("SELECT current_database()")
    return named(str(first), environment)


def _exists(instance: Connection, environment: str) -> bool:
    """Whether the environment has a database.

    Raises:
        PostgresError: where the one of that name is not its owner's.
    """
    database = _database(instance, environment)
    rows = instance.run(
        "SELECT pg_get_userbyid(datdba), coalesce(shobj_description(datdba, 'pg_authid'), '') FROM pg_database"
        f" WHERE datname = {literal(database)}"
    )
    if rows and rows[0] != (owner_of(environment), mark(OWNER, environment)):
        raise PostgresError(f"the database {database} belongs to {rows[0][0]}; expected a name that no other database has")
    return bool(rows)


def _noted(instance: Connection, environment: str) -> Note:
    database = literal(_database(instance, environment))
    ((text,),) = instance.run(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {database}")
    # A run that ended before its note leaves a database that nobody has claimed.
    return json.loads(text) if text else Note(claim="")


def _note(instance: Connection, database: str, note: Note) -> None:
    instance.run(f"COMMENT ON DATABASE {database} IS {literal(json.dumps(note))}")


def _marked(environment: str) -> str:
    text = literal(f" {of(environment)}")
    return f"right(shobj_description(oid, 'pg_authid'), length({text})) = {text}"


def _end_sessions(instance: Connection, database: str) -> None:
    ended = instance.run(
        f"SELECT usename, pg_terminate_backend(pid, {_ENDS_MS}) FROM pg_stat_activity"
        f" WHERE datname = {literal(database)} AND usename IS NOT NULL"
    )
    for name, gone in ended:
        if gone != "t":
            raise PostgresError(f"a session of {name} did not end within {_ENDS_MS} ms; run it again")
