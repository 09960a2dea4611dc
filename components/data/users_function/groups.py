"""What tenants' users may do with the tenants' rows: a group holds the privileges of all that read, another of all that write.

Granted to each user, the privileges would be an entry each in the row of every table in pg_class, which has room for some 2,400
(tried on PostgreSQL 16): 800 tenants with three services. A member inherits the privileges and cannot become the group, and row
level security compares the user's own name all the same.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier` or `literal`

import re
from collections.abc import Mapping
from typing import Final, Literal, cast

from .names import mark, named, of_tenant, other
from .postgres_client import Connection, PostgresError, identifier, literal

Access = Literal["read", "write"]
"""What a service does with tenants' rows. Who writes reads, too: PostgreSQL changes no row that it may not read."""

TENANTS: Final = "user of a tenant"
"""What every user of a tenant is marked as. It is not the services' mark: what keeps those leaves these alone."""

GROUP: Final = "group of the users of tenants"
"""What the groups of an environment are marked as; those of the first database are older than their mark, and have none."""

SCHEMA: Final = "lending"
GROUPS: Final[Mapping[Access, str]] = {"read": "lending_read", "write": "lending_write"}
"""Access -> its group, which cannot log in."""

_RIGHTS: Final[Mapping[Access, str]] = {"read": "SELECT", "write": "SELECT, INSERT, UPDATE, DELETE"}
_ID_LENGTH: Final = 16


def check_users(database: Connection, users: Mapping[str, Access]) -> None:
    """Refuse what is not user -> access, and users of another database; the rest of the names, who makes them checks.

    Raises:
        ValueError: naming what is wrong.
    """
    if not isinstance(cast(object, users), Mapping):  # an order comes as JSON, and older programs sent a list
        raise ValueError(f"users is {users!r}; expected user -> read or write, from a program of this release")
    for user, access in users.items():
        if access not in GROUPS:
            raise ValueError(f"access of user {user} is {access!r}; expected read or write")
        if expected := other(database, user):
            raise ValueError(f"user is {user!r}; expected {expected}")


def group_of(database: Connection, access: Access) -> str:
    """The group of an access in this database."""
    return named(GROUPS[access], database.environment)


def owner_of(environment: str) -> str:
    """The role that owns an environment's database and what is in it."""
    return named("owner", environment)


def prepare_groups(database: Connection) -> None:
    """Make what is missing of the schema and of the groups, who may connect, in a transaction of the caller's."""
    owner = owner_of(database.environment) if database.environment else "CURRENT_USER"
    database.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION {owner}")
    ((here,),) = database.run("SELECT current_database()")
    for access in GROUPS:
        group = group_of(database, access)
        if not database.run(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(group)}"):
            database.run(f"CREATE ROLE {group} NOLOGIN")
            if database.environment:
                database.run(f"COMMENT ON ROLE {group} IS {literal(mark(GROUP, database.environment))}")
        database.run(f"GRANT CONNECT ON DATABASE {identifier(str(here))} TO {group}")
        database.run(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {group}")
        # Tables that their owner will make; those that are there say themselves who may do what (jobs/aggregate/schema.sql).
        whose = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {SCHEMA}"
        database.run(f"{whose} GRANT {_RIGHTS[access]} ON TABLES TO {group}")


def schema_of(database: Connection, schema: str) -> str:
    """`schema`, which makes the tables of tenants' data, with the groups and the owner of this database."""
    if not database.environment:
        return schema
    for group in GROUPS.values():
        schema = re.sub(rf"\b{group}\b", named(group, database.environment), schema)
    return f"SET LOCAL ROLE {owner_of(database.environment)}; {schema}; RESET ROLE"


def keep_groups(database: Connection, users: Mapping[str, Access], tenant: str = "") -> set[str]:
    """Put tenants' users into the group of their service's access, and out of the other, in a transaction of the caller's.

    It has effect on sessions that are open, from their next statement on. Users of services that are not in `users` stay.

    Args:
        database: As the master user.
        users: Service's user -> its access.
        tenant: The one whose users it is about; all by default.

    Returns:
        The services' users whose tenants' users were moved.

    Raises:
        PostgresError: where a user is in the other group all the same, because somebody else put it there.
    """
    if not database.run(f"SELECT 1 FROM pg_roles WHERE {_theirs(database, tenant)} LIMIT 1"):
        return set()
    prepare_groups(database)
    moved: set[str] = set()
    for access in GROUPS:
        group = group_of(database, access)
        enter = _misplaced(database, users, tenant, access, is_member=False)
        leave = _misplaced(database, users, tenant, access, is_member=True)
        if leave:
            database.run(f"REVOKE {group} FROM {', '.join(map(identifier, leave))}")
        if enter:
            database.run(f"GRANT {group} TO {', '.join(map(identifier, enter))} WITH INHERIT TRUE, SET FALSE")
        if stay := _misplaced(database, users, tenant, access, is_member=True):
            raise PostgresError(f"{stay[0]} is in {group} by another's grant than the master's; revoke that one first")
        moved |= {_service(role) for role in (*enter, *leave)}
    return moved


def _misplaced(database: Connection, users: Mapping[str, Access], tenant: str, access: Access, *, is_member: bool) -> list[str]:
    """Roles that are in the group of an access and should not be, or are not and should."""
    member = f"pg_has_role(oid, {literal(group_of(database, access))}, {literal('MEMBER' if is_member else 'USAGE')})"
    rows = database.run(f"SELECT rolname FROM pg_roles WHERE {_theirs(database, tenant)} AND {member} = {is_member} ORDER BY 1")
    names = [str(name) for (name,) in rows if _service(str(name)) in users]
    return [name for name in names if (users[_service(name)] == access) != is_member]


def _theirs(database: Connection, tenant: str) -> str:
    own = f" AND {of_tenant(database, tenant)}" if tenant else ""
    return f"shobj_description(oid, 'pg_authid') = {literal(mark(TENANTS, database.environment))}{own}"


def _service(role: str) -> str:
    return role[_ID_LENGTH + 1 :]
