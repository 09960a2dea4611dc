"""The databases of environments on demand: made on the instance of another stack, kept for the next of that name, or dropped.

The master owns each of them: its comment, its limit of sessions and who may connect are not for the environment's owner to
change, a role with a mark that makes all that is inside. The master never enters one. CREATE DATABASE and DROP DATABASE are in
no transaction: each run goes on where the one before ended, and nobody can connect to a database that is not whole.

Who may not connect is kept out by a limit of no session. ALLOW_CONNECTIONS false would keep superusers out, too, and with them
pg_upgrade, which refuses the whole instance then. The master is no superuser.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier` or `literal`

import json
import re
from typing import Final, Literal, NotRequired, TypedDict, cast

from .endings import change, drop_database, drop_roles, end_sessions
from .groups import TENANTS, owner_of
from .names import NAME, NAMES, mark, named, of_environment
from .postgres_client import Connection, PostgresError, identifier, literal, verifier

OWNER: Final = "owner"
"""What the owner of an environment's database is marked as."""
OWNER_SESSIONS: Final = 5
"""Sessions that the owner may open: people, and migrations."""
CONNECTIONS: Final = range(5, 1001)
"""Sessions that an environment may open together."""
BY_COMMAND: Final = "kept by a command"
"""The claim on what a command keeps. A deployment's is the name of a function, which has no blank."""

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
        database: Its database; None where it has none, and roles alone are left of it, or a database whose DROP broke off.
        bytes: What the database takes of the storage; None where there is none.
        keptSince: See `Note`; None while it is in use.
        left: Roles that another environment refers to: see `drop_roles`. Only what drops tells, and only of some.
    """

    environment: str
    database: str | None
    bytes: int | None
    keptSince: str | None
    left: NotRequired[list[str]]


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
    database, owner = named(instance.name, environment), owner_of(environment)
    if dbname != database:
        raise ValueError(f"dbname is {dbname!r}; expected {database}, the database of the environment {environment}")
    if connections not in CONNECTIONS:
        raise ValueError(f"connections is {connections!r}; expected {CONNECTIONS[0]} to {CONNECTIONS[-1]}")

    def own() -> None:
        comment = instance.run(f"SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = {literal(owner)}")
        if not comment:
            instance.run(f"CREATE ROLE {owner} NOLOGIN")
            instance.run(f"COMMENT ON ROLE {owner} IS {literal(mark(OWNER, environment))}")
        elif comment[0][0] != mark(OWNER, environment):
            raise PostgresError(f"the role {owner} is no environment's; expected a name that no other role has")
        # The server is told what it checks the password by, and its log never has the password.
        checked = literal(verifier(password))
        instance.run(f"ALTER ROLE {owner} LOGIN CONNECTION LIMIT {OWNER_SESSIONS} PASSWORD {checked}")

    def let_in() -> None:
        instance.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC")
        instance.run(f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {database} TO {owner}")
        # Services' users and groups, whom `keep` took it from; tenants' users have it by their group.
        theirs = f"shobj_description(oid, 'pg_authid') <> {literal(mark(TENANTS, environment))}"
        for (role,) in instance.run(f"SELECT rolname FROM pg_roles WHERE {of_environment(environment)} AND {theirs}"):
            instance.run(f"GRANT CONNECT ON DATABASE {database} TO {identifier(str(role))}")
        instance.run(f"ALTER DATABASE {database} CONNECTION LIMIT {connections}")
        _note(instance, database, Note(claim=claim))

    change(instance, environment, own)
    state = _state(instance, environment)
    if state == "broken":
        drop_database(instance, environment)
    if state != "whole":
        instance.run(f"CREATE DATABASE {database} TEMPLATE template0 CONNECTION LIMIT 0")
    change(instance, environment, let_in)
    return _found(instance, environment)


def end(instance: Connection, environment: str, data: DataPolicy, *, claim: str) -> Found:
    """Keep or discard an environment's database once its stack goes, unless a later deployment or a command has claimed it."""
    check(environment)
    if _state(instance, environment) == "whole" and _noted(instance, environment)["claim"] not in ("", claim):
        return _found(instance, environment)
    return keep(instance, environment) if data == "keep" else drop(instance, environment)


def keep(instance: Connection, environment: str, *, claim: str | None = None) -> Found:
    """Let nobody connect to an environment's database, whose data stays; may be repeated.

    Args:
        instance: A session in the first database.
        environment: Its name. Of a database whose DROP broke off nothing can be kept: it goes.
        claim: Whose it is from now on; by default who claimed it last.
    """
    check(environment)
    state, database = _state(instance, environment), named(instance.name, environment)
    if state == "broken":
        return drop(instance, environment)

    def shut() -> None:
        note = _noted(instance, environment)
        ((now,),) = instance.run("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
        since = note.get("keptSince", str(now))
        _note(instance, database, Note(claim=note["claim"] if claim is None else claim, keptSince=since))
        instance.run(f"ALTER DATABASE {database} CONNECTION LIMIT 0")
        granted = instance.run(
            "SELECT DISTINCT pg_get_userbyid(grantee) FROM pg_database, aclexplode(datacl)"
            f" WHERE datname = {literal(database)} AND grantee NOT IN (0, datdba) AND privilege_type = 'CONNECT'"
        )
        theirs = ", ".join(["PUBLIC", *(identifier(str(role)) for (role,) in granted)])
        instance.run(f"REVOKE CONNECT ON DATABASE {database} FROM {theirs}")
        instance.run(f"ALTER ROLE {owner_of(environment)} NOLOGIN")

    if state == "whole":
        end_sessions(instance, environment)
        change(instance, environment, shut)
        # Those that came in between.
        end_sessions(instance, environment)
    return _found(instance, environment)


def drop(instance: Connection, environment: str) -> Found:
    """Drop an environment's database and every role of it; may be repeated."""
    check(environment)
    exists = _state(instance, environment) != "none"
    end_sessions(instance, environment)
    if exists:
        drop_database(instance, environment)
    left = drop_roles(instance, environment)
    told = _found(instance, environment)
    if left:
        told["left"] = left
    return told


def found(instance: Connection) -> list[Found]:
    """All environments of which something is on the instance."""
    begin = f"{OWNER} of the environment "
    rows = instance.run(
        f"SELECT split_part(substr(shobj_description(oid, 'pg_authid'), {len(begin) + 1}), ',', 1) FROM pg_roles"
        f" WHERE starts_with(shobj_description(oid, 'pg_authid'), {literal(begin)}) ORDER BY 1"
    )
    return [_found(instance, str(name)) for (name,) in rows]


def _found(instance: Connection, environment: str) -> Found:
    if _state(instance, environment) != "whole":
        return Found(environment=environment, database=None, bytes=None, keptSince=None)
    database = named(instance.name, environment)
    ((size,),) = instance.run(f"SELECT pg_database_size({literal(database)})")
    kept = _noted(instance, environment).get("keptSince")
    return Found(environment=environment, database=database, bytes=int(str(size)), keptSince=kept)


def _state(instance: Connection, environment: str) -> Literal["broken", "none", "whole"]:
    """Whether an environment has a database, or one whose DROP broke off: its limit is -2 then.

    Raises:
        PostgresError: where the one of that name is another's than the master's.
    """
    database = named(instance.name, environment)
    rows = instance.run(
        "SELECT pg_get_userbyid(datdba), pg_get_userbyid(datdba) = current_user, datconnlimit = -2 FROM pg_database"
        f" WHERE datname = {literal(database)}"
    )
    if not rows:
        return "none"
    ((owner, own, broken),) = rows
    if own != "t":
        raise PostgresError(f"the database {database} belongs to {owner}; expected a name that no other database has")
    return "broken" if broken == "t" else "whole"


def _noted(instance: Connection, environment: str) -> Note:
    database = literal(named(instance.name, environment))
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
