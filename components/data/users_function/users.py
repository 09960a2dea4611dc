"""Which users a database has: one for each service, with a schema of its own, and none that can log in for anybody else."""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NotRequired, TypedDict, TypeVar

from .groups import SCHEMA, Access, check_users, has_tenants, keep_groups, prepare_groups, prepare_schema, schema_of
from .names import mark
from .postgres_client import LOCK_NOT_AVAILABLE, Connection, PostgresError, identifier, literal

SERVICES: Final = "user of a service"
"""What every user of a service is marked as."""

# Any number that nobody else uses: two runs at once would both create what is missing. Such a lock is of one database, and
# whoever may connect to that may take it.
_LOCK: Final = 7_234_118_001
_LOCK_WAIT_MS: Final = 20_000
_LOCK_HOLDERS: Final = """
SELECT DISTINCT coalesce(usename, '?') FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (classid::bigint << 32) + objid::bigint = {} ORDER BY 1
"""

_ROLES: Final = (
    "SELECT rolname, rolcanlogin, rolconnlimit, coalesce(shobj_description(oid, 'pg_authid') = {}, false) FROM pg_roles"
)
_FOREIGN_SCHEMAS: Final = """
SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE pg_get_userbyid(nspowner) <> current_user
"""

SERVERS_OWN: Final = ("postgres", "template1")
"""The databases that the server itself makes: open to everybody, and the master's on RDS."""
_OPEN: Final = """
SELECT datname, pg_has_role(datdba, 'USAGE'), has_database_privilege('public', oid, 'CONNECT, TEMPORARY')
FROM pg_database WHERE datname IN ({}) ORDER BY 1
"""

# Through roles of roles, where each inherits. Who makes a role may administer it, and is a member that inherits nothing
# (PostgreSQL 16): if RDS counted that, no master could log in once it had made a user of rds_iam. RDS lets one that inherits
# nothing keep its password: github.com/crossplane-contrib/provider-sql/issues/359.
_TOKENS_ONLY: Final = """
WITH RECURSIVE held AS (
    SELECT roleid FROM pg_auth_members
    WHERE member = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND inherit_option
    UNION
    SELECT further.roleid FROM pg_auth_members AS further JOIN held ON further.member = held.roleid AND further.inherit_option
)
SELECT 1 FROM held WHERE roleid = 'rds_iam'::regrole
"""


T = TypeVar("T")


class Changes(TypedDict):
    """What one run has changed, users by name; `regrouped` are those whose tenants' users got another access.

    `open` are databases that everybody may still connect to, because another than the master owns them; left out without any.
    """

    created: list[str]
    changed: list[str]
    locked: list[str]
    regrouped: list[str]
    open: NotRequired[list[str]]


def keep_users(
    database: Connection, users: Mapping[str, Access], *, connection_limit: int, schema: str = "", closed: bool = False
) -> Changes:
    """Make the users of the database those of `users`, all or nothing, as its master user; then `schema` runs.

    Each logs in with an IAM token, opens at most `connection_limit` sessions, and may use and fill the schema called after it,
    which is first on its search path. The schema belongs to the master: to make the user its owner, the master would have to
    become a member of it, and so of rds_iam, and could no longer log in with its password (docs.aws.amazon.com/AmazonRDS/
    latest/UserGuide/database-authentication.html). A user that is no longer among `users` cannot log in, and keeps its data.

    What it does with tenants' rows, `read` or `write`, is its tenants' users' to do: those that are there are put into the
    group of that access. Its own schema it fills with either.

    Once it is `closed`, as an environment's is from the start, nobody connects to the database but these users and tenants':
    others have databases on the instance. Nobody but the master then connects to the empty ones that the server itself makes,
    either, where these are the master's.

    In an environment's database its owner does what is to be done, and owns the schemas; the master changes the roles, from the
    first database, and has done so when that begins.

    Raises:
        ValueError: on a name that is no plain lower-case one, or that of the tenants' schema; on another access.
        PostgresError: on a name that another role or schema has, when the server refuses something, and where the master itself
            could log in with a token only afterwards.
    """
    check_users(database, users)
    for user in users:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", user):
            raise ValueError(f"user is {user!r}; expected up to 63 lower-case letters, digits and _, a letter first")
        if user == SCHEMA:  # its own schema would be that of all tenants' rows, in which it could create
            raise ValueError(f"user is {user!r}; expected another name: the schema of tenants' rows is called so")
    grouped = closed or bool(database.environment) or has_tenants(database)

    def roles() -> Changes:
        if grouped:
            prepare_groups(database)
        changes = _keep_users(database, tuple(users), connection_limit)
        changes["regrouped"] = sorted(keep_groups(database, users))
        if closed:
            database.run(f"REVOKE CONNECT ON DATABASE {identifier(database.name)} FROM PUBLIC")
            if still_open := _close_servers_own(database):
                changes["open"] = still_open
        return changes

    def inside() -> None:
        if grouped:
            prepare_schema(database)
        if schema:
            database.run(schema_of(database, schema))
        _keep_schemas(database, tuple(users))

    _refuse_foreign_schemas(database, users)
    return two_changes(database, roles, inside)


def two_changes(database: Connection, roles: Callable[[], T], inside: Callable[[], None]) -> T:
    """Change roles, then what is inside the database: in one transaction where one session does both, else in one each."""
    with one_change(database.master):
        done = roles()
        if database.master is database:
            inside()
    if database.master is not database:
        with one_change(database):
            inside()
    return done


@contextmanager
def one_change(database: Connection, *, alone: bool = True) -> Generator[None]:
    """One transaction, and, where it is `alone`, no other run of the function at the same time in that database.

    Raises:
        PostgresError: where another session keeps the function's lock there, and where the master itself could log in
            with a token only afterwards; then nothing is changed.
    """
    database.run("BEGIN")
    if alone:
        _take_turn(database)
    could_use_its_password = not database.run(_TOKENS_ONLY)
    yield
    if could_use_its_password and database.run(_TOKENS_ONLY):
        # Nothing is committed: the next login would be the last one that failed.
        raise PostgresError(
            "the master would become a member of rds_iam, and RDS would take no password from it any more; nothing was changed"
        )
    database.run("COMMIT")


def _take_turn(database: Connection) -> None:
    database.run(f"SET LOCAL lock_timeout = {_LOCK_WAIT_MS}")
    try:
        database.run(f"SELECT pg_advisory_xact_lock({_LOCK})")
    except PostgresError as error:
        database.run("ROLLBACK")
        if LOCK_NOT_AVAILABLE not in str(error):
            raise
        who = ", ".join(str(name) for (name,) in database.run(_LOCK_HOLDERS.format(_LOCK))) or "one that has ended by now"
        raise PostgresError(
            f"a session of {who} has held the function's lock in the database {database.name} for {_LOCK_WAIT_MS} ms; "
            "end that session, or wait until the other run is over, and run this again"
        ) from error
    database.run("SET LOCAL lock_timeout TO DEFAULT")


def _close_servers_own(database: Connection) -> list[str]:
    """Let nobody but the master into the databases that the server itself makes; those that another owns stay open."""
    still_open: list[str] = []
    for name, owned, is_open in database.run(_OPEN.format(", ".join(map(literal, SERVERS_OWN)))):
        if owned == "t":
            database.run(f"REVOKE CONNECT, TEMPORARY ON DATABASE {identifier(str(name))} FROM PUBLIC")
        elif is_open == "t":
            still_open.append(str(name))
    return still_open


def _refuse_foreign_schemas(database: Connection, users: Mapping[str, Access]) -> None:
    for name, owner in database.run(_FOREIGN_SCHEMAS):
        if name in users:
            raise PostgresError(f"the schema {name} belongs to {owner}; expected a service name that no schema has")


def _keep_users(database: Connection, users: Sequence[str], connection_limit: int) -> Changes:
    marked, here, master = literal(mark(SERVICES, database.environment)), identifier(database.name), database.master
    found = master.run(_ROLES.format(marked))
    roles = {str(name): (login == "t", int(str(limit)), ours == "t") for name, login, limit, ours in found}
    changes = Changes(created=[], changed=[], locked=[], regrouped=[])
    for user in users:
        login, limit, ours = roles.get(user, (False, 0, True))
        if not ours:
            raise PostgresError(f"the role {user} is not a service's; expected a service name that no other role has")
        if user not in roles:
            master.run(f"CREATE ROLE {identifier(user)} LOGIN CONNECTION LIMIT {connection_limit}")
            master.run(f"COMMENT ON ROLE {identifier(user)} IS {marked}")
            changes["created"].append(user)
        elif not login or limit != connection_limit:
            master.run(f"ALTER ROLE {identifier(user)} LOGIN CONNECTION LIMIT {connection_limit}")
            changes["changed"].append(user)
        master.run(f"GRANT rds_iam TO {identifier(user)}")
        master.run(f"GRANT CONNECT ON DATABASE {here} TO {identifier(user)}")
    for user, (login, _, ours) in roles.items():
        if ours and login and user not in users:
            master.run(f"ALTER ROLE {identifier(user)} NOLOGIN")
            changes["locked"].append(user)
    return changes


def _keep_schemas(database: Connection, users: Sequence[str]) -> None:
    if not database.environment:
        # The default since PostgreSQL 15; a database that was upgraded from an older one still lets everybody.
        database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for user in users:
        database.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(user)}")
        database.run(f"GRANT USAGE, CREATE ON SCHEMA {identifier(user)} TO {identifier(user)}")
