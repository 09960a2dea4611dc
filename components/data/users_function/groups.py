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


def has_tenants(database: Connection, tenant: str = "") -> bool:
    """Whether tenants have users of the database, or one tenant has."""
    return bool(database.master.run(f"SELECT 1 FROM pg_roles WHERE {_theirs(database, tenant)} LIMIT 1"))


def prepare_groups(database: Connection) -> None:
    """Make what is missing of the groups, who may connect, as the master in a transaction of the caller's."""
    master = database.master
    for access in GROUPS:
        group = group_of(database, access)
        if not master.run(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(group)}"):
            master.run(f"CREATE ROLE {group} NOLOGIN")
            if database.environment:
                master.run(f"COMMENT ON ROLE {group} IS {literal(mark(GROUP, database.environment))}")
        master.run(f"GRANT CONNECT ON DATABASE {identifier(database.name)} TO {group}")


def prepare_schema(database: Connection) -> None:
    """Make the schema, if it is missing, and let the groups use it, as its owner in a transaction of the caller's."""
    database.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for access in GROUPS:
        group = group_of(database, access)
        database.run(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {group}")
        # Tables that their owner will make; those that are there say themselves who may do what (jobs/aggregate/schema.sql).
        whose = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA}"
        database.run(f"{whose} GRANT {_RIGHTS[access]} ON TABLES TO {group}")


def schema_of(database: Connection, schema: str) -> str:
    """`schema`, which makes the tables of tenants' data, with the groups of this database."""
    for group in GROUPS.values():
        schema = re.sub(rf"\b{group}\b", named(group, database.environment), schema)
    return schema


def keep_groups(database: Connection, users: Mapping[str, Access], tenant: str = "") -> set[str]:
    """Put tenants' users into the group of their service's access, and out of the other, in a transaction of the caller's.

    It has effect on sessions that are open, from their next statement on. Users of services that are not in `users` stay.

    Args:
        database: Whose users they are.
        users: Service's user -> its access.
        tenant: The one whose users it is about; all by default.

    Returns:
        The services' users whose tenants' users were moved.

    Raises:
        PostgresError: where a user is in the other group all the same, because somebody else put it there.
    """
    if not has_tenants(database, tenant):
        return set()
    moved: set[str] = set()
    for access in GROUPS:
        group = group_of(database, access)
        enter = _misplaced(database, users, tenant, access, is_member=False)
        leave = _misplaced(database, users, tenant, access, is_member=True)
        if leave:
            database.master.run(f"REVOKE {group} FROM {', '.join(map(identifier, leave))}")
        if enter:
            database.master.run(f"GRANT {group} TO {', '.join(map(identifier, enter))} WITH INHERIT TRUE, SET FALSE")
        if stay := _misplaced(database, users, tenant, access, is_member=True):
            raise PostgresError(f"{stay[0]} is in {group} by another's grant than the master's; revoke that one first")
        moved |= {_service(role) for role in (*enter, *leave)}
    return moved


def _misplaced(database: Connection, users: Mapping[str, Access], tenant: str, access: Access, *, is_member: bool) -> list[str]:
    """Roles that are in the group of an access and should not be, or are not and should."""
    member = f"pg_has_role(oid, {literal(group_of(database, access))}, {literal('MEMBER' if is_member else 'USAGE')})"
    theirs = f"{_theirs(database, tenant)} AND {member} = {is_member}"
    rows = database.master.run(f"SELECT rolname FROM pg_roles WHERE {theirs} ORDER BY 1")
    names = [str(name) for (name,) in rows if _service(str(name)) in users]
    return [name for name in names if (users[_service(name)] == access) != is_member]


def _theirs(database: Connection, tenant: str) -> str:
    own = f" AND {of_tenant(database, tenant)}" if tenant else ""
    return f"shobj_description(oid, 'pg_authid') = {literal(mark(TENANTS, database.environment))}{own}"


def _service(role: str) -> str:
    return role[_ID_LENGTH + 1 :]
