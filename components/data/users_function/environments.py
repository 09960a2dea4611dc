"""The databases of environments on demand: made on the instance of another stack, kept for the next of that name, or dropped.

The master owns each of them: its comment, its limit of sessions and who may connect are not for the environment's owner to
change, a role with a mark that makes all that is inside. The master never enters one. CREATE DATABASE and DROP DATABASE are in
no transaction: each run goes on where the one before ended, and nobody can connect to a database that is not whole.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier` or `literal`

import json
import re
from typing import Final, Literal, NotRequired, TypedDict, cast

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
        # The server is told what it checks the password by, and its log never has the password.
        checked = literal(verifier(password))
        instance.run(f"ALTER ROLE {owner} LOGIN CONNECTION LIMIT {OWNER_SESSIONS} PASSWORD {checked}")
    if not _exists(instance, environment):
        instance.run(f"CREATE DATABASE {database} TEMPLATE template0 ALLOW_CONNECTIONS false")
    with one_change(instance):
        instance.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC")
        instance.run(f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {owner}")
        instance.run(f"ALTER DATABASE {database} CONNECTION LIMIT {connections}")
        _note(instance, database, Note(claim=claim))
        instance.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
    return _found(instance, environment)


def end(instance: Connection, environment: str, data: DataPolicy, *, claim: str) -> Found:
    """Keep or discard an environment's database once its stack goes, unless a later deployment has claimed it."""
    check(environment)
    if _exists(instance, environment) and _noted(instance, environment)["claim"] not in ("", claim):
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
    _drop_owned(instance, environment)
    with one_change(instance):
        roles = [
            identifier(str(role)) for (role,) in instance.run(f"SELECT rolname FROM pg_roles WHERE {_marked(environment)}")
        ]
        if roles:
            instance.run(f"DROP ROLE {', '.join(roles)}")
    return _found(instance, environment)


def _drop_owned(instance: Connection, environment: str) -> None:
    """Drop what roles of an environment own in other databases, e.g. large objects: before that, no DROP ROLE succeeds."""
    owned = instance.run(
        "SELECT DISTINCT d.datname, r.rolname FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid"
        " JOIN pg_roles AS r ON s.refclassid = 'pg_authid'::regclass AND r.oid = s.refobjid"
        f" WHERE {_marked(environment, 'r.oid')} ORDER BY 1, 2"
    )
    for database in dict.fromkeys(str(name) for name, _ in owned):
        with instance.beside(database=database) as there, one_change(there):
            for role in (identifier(str(role)) for name, role in owned if name == database):
                there.run(f"GRANT {role} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE")
                there.run(f"DROP OWNED BY {role}")
                there.run(f"REVOKE {role} FROM CURRENT_USER GRANTED BY CURRENT_USER")


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
        PostgresError: where the one of that name is another's than the master's.
    """
    database = _database(instance, environment)
    rows = instance.run(
        "SELECT pg_get_userbyid(datdba), pg_get_userbyid(datdba) = current_user FROM pg_database"
        f" WHERE datname = {literal(database)}"
    )
    if rows and rows[0][1] != "t":
        raise PostgresError(f"the database {database} belongs to {rows[0][0]}; expected a name that no other database has")
    return bool(rows)


def _noted(instance: Connection, environment: str) -> Note:
    database = literal(_database(instance, environment))
    ((text,),) = instance.run(f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = {database}")
    return _read(text or "")


def _read(text: str) -> Note:
    """What a comment notes: after a run that ended before its note, and where it is nonsense, that nobody has claimed it."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return Note(claim="")
    if not isinstance(told, dict):
        return Note(claim="")
    members = cast("dict[str, object]", told)
    claim, kept = members.get("claim"), members.get("keptSince")
    note = Note(claim=claim if isinstance(claim, str) else "")
    if isinstance(kept, str):
        note["keptSince"] = kept
    return note


def _note(instance: Connection, database: str, note: Note) -> None:
    instance.run(f"COMMENT ON DATABASE {database} IS {literal(json.dumps(note))}")


def _marked(environment: str, role: str = "oid") -> str:
    text = literal(f" {of(environment)}")
    return f"right(shobj_description({role}, 'pg_authid'), length({text})) = {text}"


def _end_sessions(instance: Connection, database: str) -> None:
    ended = instance.run(
        f"SELECT usename, pg_terminate_backend(pid, {_ENDS_MS}) FROM pg_stat_activity"
        f" WHERE datname = {literal(database)} AND usename IS NOT NULL"
    )
    for name, gone in ended:
        if gone != "t":
            raise PostgresError(f"a session of {name} did not end within {_ENDS_MS} ms; run it again")
