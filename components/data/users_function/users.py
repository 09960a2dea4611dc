"""Which users a database has: one for each service, with a schema of its own, and none that can log in for anybody else."""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypedDict

from .groups import SCHEMA, Access, check_users, keep_groups, prepare_groups, schema_of
from .names import mark
from .postgres_client import Connection, PostgresError, identifier, literal

SERVICES: Final = "user of a service"
"""What every user of a service is marked as."""

# Any number that nobody else uses: two runs at once would both create what is missing.
_LOCK: Final = 7_234_118_001

_ROLES: Final = (
    "SELECT rolname, rolcanlogin, rolconnlimit, coalesce(shobj_description(oid, 'pg_authid') = {}, false) FROM pg_roles"
)
_FOREIGN_SCHEMAS: Final = """
SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE pg_get_userbyid(nspowner) <> current_user
"""

_CLOSED: Final = """
SELECT datname FROM pg_database
WHERE datname IN (current_database(), 'postgres', 'template1') AND pg_has_role(datdba, 'USAGE') ORDER BY datname
"""

# Through roles of roles, and whatever the membership is good for: so does the server count it when somebody logs in.
_TOKENS_ONLY: Final = """
WITH RECURSIVE held AS (
    SELECT roleid FROM pg_auth_members WHERE member = (SELECT oid FROM pg_roles WHERE rolname = current_user)
    UNION SELECT further.roleid FROM pg_auth_members AS further JOIN held ON further.member = held.roleid
)
SELECT 1 FROM held WHERE roleid = 'rds_iam'::regrole
"""


class Changes(TypedDict):
    """What one run has changed, users by name; `regrouped` are those whose tenants' users got another access."""

    created: list[str]
    changed: list[str]
    locked: list[str]
    regrouped: list[str]


def keep_users(
    database: Connection, users: Mapping[str, Access], *, connection_limit: int, schema: str = "", closed: bool = False
) -> Changes:
    """Make the users of the database those of `users`, all or nothing, as its master user; `schema` runs first.

    Each logs in with an IAM token, opens at most `connection_limit` sessions, and may use and fill the schema called after it,
    which is first on its search path. The schema belongs to the master: to make the user its owner, the master would have to
    become a member of it, and so of rds_iam, and could no longer log in with its password (docs.aws.amazon.com/AmazonRDS/
    latest/UserGuide/database-authentication.html). A user that is no longer among `users` cannot log in, and keeps its data.

    What it does with tenants' rows, `read` or `write`, is its tenants' users' to do: those that are there are put into the
    group of that access. Its own schema it fills with either.

    Once it is `closed`, as an environment's is from the start, nobody connects to the database but these users and tenants':
    others have databases on the instance. Nobody but the master then connects to the empty ones that the server itself made,
    either, where these are the master's.

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
    with one_change(database):
        if closed or database.environment:
            prepare_groups(database)
        if schema:
            database.run(schema_of(database, schema))
        changes = _keep_users(database, tuple(users), connection_limit)
        changes["regrouped"] = sorted(keep_groups(database, users))
        if closed:
            for (name,) in database.run(_CLOSED):
                database.run(f"REVOKE CONNECT ON DATABASE {identifier(str(name))} FROM PUBLIC")
        return changes


@contextmanager
def one_change(database: Connection) -> Generator[None]:
    """One transaction, and no other run of the function at the same time.

    Raises:
        PostgresError: where the master itself could log in with a token only afterwards; then nothing is changed.
    """
    database.run("BEGIN")
    database.run(f"SELECT pg_advisory_xact_lock({_LOCK})")
    could_use_its_password = not database.run(_TOKENS_ONLY)
    yield
    if could_use_its_password and database.run(_TOKENS_ONLY):
        # Nothing is committed: the next login would be the last one that failed.
        raise PostgresError(
            "the master would become a member of rds_iam, and RDS would take no password from it any more; nothing was changed"
        )
    database.run("COMMIT")


def _current(database: Connection) -> str:
    ((name,),) = database.run("SELECT current_database()")
    return identifier(str(name))


def _keep_users(database: Connection, users: Sequence[str], connection_limit: int) -> Changes:
    marked, here = literal(mark(SERVICES, database.environment)), _current(database)
    found = database.run(_ROLES.format(marked))
    roles = {str(name): (login == "t", int(str(limit)), ours == "t") for name, login, limit, ours in found}
    foreign = {str(name): owner for name, owner in database.run(_FOREIGN_SCHEMAS)}
    changes = Changes(created=[], changed=[], locked=[], regrouped=[])
    # The default since PostgreSQL 15; a database that was upgraded from an older one still lets everybody.
    database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    for user in users:
        login, limit, ours = roles.get(user, (False, 0, True))
        if not ours:
            raise PostgresError(f"the role {user} is not a service's; expected a service name that no other role has")
        if user in foreign:
            raise PostgresError(f"the schema {user} belongs to {foreign[user]}; expected a service name that no schema has")
        if user not in roles:
            database.run(f"CREATE ROLE {identifier(user)} LOGIN CONNECTION LIMIT {connection_limit}")
            database.run(f"COMMENT ON ROLE {identifier(user)} IS {marked}")
            changes["created"].append(user)
        elif not login or limit != connection_limit:
            database.run(f"ALTER ROLE {identifier(user)} LOGIN CONNECTION LIMIT {connection_limit}")
            changes["changed"].append(user)
        database.run(f"GRANT rds_iam TO {identifier(user)}")
        database.run(f"GRANT CONNECT ON DATABASE {here} TO {identifier(user)}")
        database.run(f"CREATE SCHEMA IF NOT EXISTS {identifier(user)}")
        database.run(f"GRANT USAGE, CREATE ON SCHEMA {identifier(user)} TO {identifier(user)}")
    for user, (login, _, ours) in roles.items():
        if ours and login and user not in users:
            database.run(f"ALTER ROLE {identifier(user)} NOLOGIN")
            changes["locked"].append(user)
    return changes
