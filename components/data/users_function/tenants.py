"""Which users a tenant has: one for each service that works on tenants' data, who sees that tenant's rows only.

Row level security, forced, compares the column `tenant` of the tables in the schema `lending` with the beginning of
`current_user`: who logs in is who sees, and nothing that a session can set changes it.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier`, `literal` or format('%I')

import re
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from graphlib import TopologicalSorter
from typing import Final, Literal, NotRequired, TypedDict, cast

from .groups import GROUPS, SCHEMA, TENANTS, Access, check_users, group_of, keep_groups, prepare_groups, prepare_schema
from .names import mark, of_tenant
from .postgres_client import Connection, PostgresError, identifier, literal
from .users import one_change, two_changes

LIMITS: Final = range(1, 101)
"""Sessions that one user of a tenant may open."""

SECONDS: Final = 60
"""How long one run erases before it says that there is more to do; the function may run twice as long."""

_BATCH: Final = 10_000
_ERASURE: Final = "erasure"
_SESSIONS_END_MS: Final = 5000

_COUNTING_MS: Final = 60_000

Action = Literal["add", "count", "lock", "remove", "verify"]


class User(TypedDict):
    """One of the tenant's users: whether it can log in, how many sessions it has, and what it does with the tenant's rows."""

    login: bool
    sessions: int
    access: Access | None


class Tenant(TypedDict):
    """What the tenant has after a run.

    Attributes:
        users: Its users by name, without the tenant before it.
        changed: Those that this run created, changed, locked or dropped.
        erased: Rows that this run erased, by table.
        left: Rows that are there, by table or materialised view; those with none are left out. Of a tenant with users `count`
            alone counts, and tables alone.
        complete: False where rows are left to erase: run it again.
        of_all: Rows of all tenants, as the server estimates them; None where it has not looked yet. Only `count` tells.
    """

    users: dict[str, User]
    changed: list[str]
    erased: dict[str, int]
    left: dict[str, int]
    complete: bool
    of_all: NotRequired[int | None]


def keep_tenant(
    database: Connection,
    tenant: str,
    action: Action,
    users: Mapping[str, Access],
    *,
    connection_limit: int = 5,
    seconds: float = SECONDS,
) -> Tenant:
    """Make (`add`), lock, remove or tell (`verify`) the users of one tenant, as the master; each may be repeated.

    What touches the rows of an environment's tenants, its owner does: their tables may have triggers and policies.

    `add` makes the users called `<tenant>_<user>`, each with its access, and locks those that it has besides. `lock` ends
    their sessions, too. `remove` locks them, erases the tenant's rows from every table of the schema with a column `tenant`,
    and drops the users when no row is left. Erasing lasts `seconds` at the most, in transactions of some rows each. `count`
    tells how many rows it has.

    Raises:
        ValueError: on a tenant, action, user, access or limit that is none.
        PostgresError: on a role of the name that is no tenant's, and when the server refuses something.
    """
    _check(database, tenant, action, users, connection_limit)
    changed: set[str] = set()
    erased: dict[str, int] = {}
    left: dict[str, int] = {}
    complete = True
    if action == "add":
        changed |= _add(database, tenant, users, connection_limit)
    if action in ("lock", "remove"):
        changed |= _lock(database, tenant)
    if action == "remove":
        erased, complete = _erase(database, tenant, time.monotonic() + seconds)
        if complete:
            changed |= _drop(database, tenant)
    found = _users(database, tenant)
    if action in ("remove", "verify") and not found:
        left = _left(database, tenant)
    if action == "count":
        left = _counted(database, tenant, found)
        return Tenant(users=found, changed=[], erased={}, left=left, complete=not left, of_all=_estimated(database))
    return Tenant(users=found, changed=sorted(changed), erased=erased, left=left, complete=complete and not left)


def _check(database: Connection, tenant: str, action: str, users: Mapping[str, Access], limit: int) -> None:
    if not re.fullmatch(r"t[a-z2-7]{15}", tenant):
        raise ValueError(f"tenant is {tenant!r}; expected t and 15 of a-z and 2-7")
    if action not in ("add", "count", "lock", "remove", "verify"):
        raise ValueError(f"action is {action!r}; expected add, count, lock, remove or verify")
    check_users(database, users)
    if action == "add" and not users:
        raise ValueError("users is empty; expected one or more to add")
    for user in users:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,45}", user):
            raise ValueError(f"user is {user!r}; expected up to 46 lower-case letters, digits and _, a letter first")
    if limit not in LIMITS:
        raise ValueError(f"connectionLimit is {limit!r}; expected {LIMITS[0]} to {LIMITS[-1]}")


def _add(database: Connection, tenant: str, users: Mapping[str, Access], limit: int) -> set[str]:
    return two_changes(database, lambda: _add_roles(database, tenant, users, limit), lambda: prepare_schema(database))


def _add_roles(database: Connection, tenant: str, users: Mapping[str, Access], limit: int) -> set[str]:
    changed: set[str] = set()
    master = database.master
    _refuse_others(database, tenant)
    roles = {
        str(name): (login == "t", int(str(sessions)))
        for name, login, sessions in master.run(
            f"SELECT rolname, rolcanlogin, rolconnlimit FROM pg_roles WHERE {of_tenant(database, tenant)}"
        )
    }
    for user in users:
        name = f"{tenant}_{user}"
        role = identifier(name)
        if name not in roles:
            master.run(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}")
            master.run(f"COMMENT ON ROLE {role} IS {literal(mark(TENANTS, database.environment))}")
        elif roles[name] != (True, limit):
            master.run(f"ALTER ROLE {role} LOGIN CONNECTION LIMIT {limit}")
        if roles.get(name) != (True, limit):
            changed.add(user)
        master.run(f"GRANT rds_iam TO {role}")
    prepare_groups(database)
    changed |= keep_groups(database, users, tenant)
    for name, (login, _) in roles.items():
        user = name.removeprefix(f"{tenant}_")
        if login and user not in users:
            master.run(f"ALTER ROLE {identifier(name)} NOLOGIN")
            changed.add(user)
    return changed


def _refuse_others(database: Connection, tenant: str) -> None:
    others = database.master.run(
        f"SELECT rolname FROM pg_roles WHERE {of_tenant(database, tenant)}"
        f" AND coalesce(shobj_description(oid, 'pg_authid'), '') <> {literal(mark(TENANTS, database.environment))}"
    )
    if others:
        raise PostgresError(f"the role {others[0][0]} is not a tenant's; expected a user name that no other role has")


def _lock(database: Connection, tenant: str) -> set[str]:
    with one_change(database.master):
        _refuse_others(database, tenant)
        found = [name for name, user in _users(database, tenant).items() if user["login"]]
        for user in found:
            database.master.run(f"ALTER ROLE {identifier(f'{tenant}_{user}')} NOLOGIN")
    # After that is committed: nobody logs in between.
    ended = database.master.run(
        f"SELECT usename, pg_terminate_backend(pid, {_SESSIONS_END_MS}) FROM pg_stat_activity"
        f" WHERE {of_tenant(database, tenant, 'usename')}"
    )
    for name, gone in ended:
        if gone != "t":
            raise PostgresError(f"a session of {name} did not end within {_SESSIONS_END_MS} ms; run it again")
    return {*found, *(str(name).removeprefix(f"{tenant}_") for name, _ in ended)}


def _erase(database: Connection, tenant: str, until: float) -> tuple[dict[str, int], bool]:
    """Erase the tenant's rows until then: how many by table, and whether all are gone.

    The owner of a table sees no row of it, for its policies are forced. A policy for the owner shows it this tenant's rows, for
    the time of the erasure. So no other tenant waits for more than the making of the policy.
    """
    tables = _tables(database)
    for table in tables:
        _show_to_owner(database, table, tenant)
    erased: dict[str, int] = {}
    for table in tables:
        while time.monotonic() < until:
            batch = f"SELECT ctid FROM {table} WHERE tenant = {literal(tenant)} LIMIT {_BATCH}"
            gone = f"DELETE FROM {table} WHERE tenant = {literal(tenant)} AND ctid IN ({batch}) RETURNING 1"
            ((count,),) = database.run(f"WITH gone AS ({gone}) SELECT count(*) FROM gone")
            if count == "0":
                break
            erased[table] = erased.get(table, 0) + int(str(count))
        else:
            return erased, False
    for table in tables:
        database.run(f"DROP POLICY IF EXISTS {_ERASURE} ON {table}")
    return erased, True


def _show_to_owner(database: Connection, table: str, tenant: str) -> None:
    database.run(
        # One message is one transaction: whom this keeps waiting does not wait for long.
        f"SET lock_timeout = '10s'; DROP POLICY IF EXISTS {_ERASURE} ON {table};"
        f" CREATE POLICY {_ERASURE} ON {table} TO CURRENT_USER USING (tenant = {literal(tenant)})"
    )


def _drop(database: Connection, tenant: str) -> set[str]:
    with one_change(database.master):
        found = _users(database, tenant)
        for user in found:
            database.master.run(f"DROP ROLE {identifier(f'{tenant}_{user}')}")
    return set(found)


def _left(database: Connection, tenant: str) -> dict[str, int]:
    """The tenant's rows by table, and by materialised view, which keeps rows until it is refreshed."""
    left: dict[str, int] = {}
    with _undone(database):
        tables = _tables(database)
        for table in tables:
            _show_to_owner(database, table, tenant)
        for table in (*tables, *_with_column(database, "'m'")):
            _count(database, table, tenant, left)
    return left


def _counted_by_owner(database: Connection, tenant: str) -> dict[str, int]:
    """The tenant's rows by table. Whoever uses a table waits while it is counted: a policy is made for it, and taken back."""
    counts: dict[str, int] = {}
    for table in _tables(database):
        with _undone(database):
            _show_to_owner(database, table, tenant)
            database.run(f"SET LOCAL statement_timeout = {_COUNTING_MS}")
            _count(database, table, tenant, counts)
    return counts


def _count(database: Connection, table: str, tenant: str, counts: dict[str, int]) -> None:
    ((count,),) = database.run(f"SELECT count(*) FROM {table} WHERE tenant = {literal(tenant)}")
    if count != "0":
        counts[table] = int(str(count))


def _counted(database: Connection, tenant: str, users: Mapping[str, User]) -> dict[str, int]:
    """The tenant's rows by table, as one of its users sees them: no policy is made for it, so nobody waits.

    The master may become that user within a transaction that never happened: it made the user, and so may grant it to itself.
    It never enters an environment's database: there the owner counts.
    """
    counts: dict[str, int] = {}
    user = next((f"{tenant}_{name}" for name, each in users.items() if each["access"]), None)
    if user is None:
        return counts
    if database.environment:
        return _counted_by_owner(database, tenant)
    tables = _tables(database)
    with _undone(database):
        database.run(f"SET LOCAL statement_timeout = {_COUNTING_MS}")
        database.run(f"GRANT {identifier(user)} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE")
        database.run(f"SET LOCAL ROLE {identifier(user)}")
        for table in tables:
            ((count,),) = database.run(f"SELECT count(*) FROM {table}")
            if count != "0":
                counts[table] = int(str(count))
    return counts


def _estimated(database: Connection) -> int | None:
    """The rows of all tenants, as ANALYZE saw them last: no row is read, which the owner of a forced table could not."""
    ((rows,),) = database.run(
        "SELECT CASE WHEN bool_and(coalesce(l.reltuples, c.reltuples) >= 0)"
        " THEN sum(coalesce(l.reltuples, c.reltuples))::bigint END"
        " FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant'"
        # Autovacuum analyses partitions, and not the table that they are of.
        " LEFT JOIN pg_partition_tree(c.oid) AS p ON p.isleaf LEFT JOIN pg_class AS l ON l.oid = p.relid"
        f" WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = {literal(SCHEMA)})"
        " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    return None if rows is None else int(str(rows))


@contextmanager
def _undone(database: Connection) -> Generator[None]:
    database.run("BEGIN")
    try:
        yield
    finally:
        database.run("ROLLBACK")


def _tables(database: Connection) -> list[str]:
    """The tables with tenants' rows, those that refer to others first; partitions are reached through their table."""
    known = _with_column(database, "'r', 'p'")
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(known, ()))
    references = database.run(
        f"SELECT {_name('f')}, {_name('t')} FROM pg_constraint AS c JOIN pg_class AS f ON f.oid = c.conrelid"
        " JOIN pg_class AS t ON t.oid = c.confrelid WHERE c.contype = 'f' AND f.oid <> t.oid"
    )
    for referring, referred in references:
        if referring in known and referred in known:
            order.add(str(referred), str(referring))
    return list(order.static_order())


def _with_column(database: Connection, kinds: str) -> list[str]:
    rows = database.run(
        f"SELECT {_name('c')} FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant'"
        f" WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = {literal(SCHEMA)})"
        f" AND c.relkind IN ({kinds}) AND NOT c.relispartition ORDER BY 1"
    )
    return [str(name) for (name,) in rows]


def _name(alias: str) -> str:
    return f"format('%I.%I', {alias}.relnamespace::regnamespace, {alias}.relname)"


def _users(database: Connection, tenant: str) -> dict[str, User]:
    rows = database.master.run(
        "SELECT rolname, rolcanlogin, (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid),"
        f" {_access(database, 'r.oid')}"
        f" FROM pg_roles AS r WHERE {of_tenant(database, tenant)}"
        f" AND shobj_description(oid, 'pg_authid') = {literal(mark(TENANTS, database.environment))} ORDER BY 1"
    )
    return {
        str(name).removeprefix(f"{tenant}_"): User(
            login=login == "t", sessions=int(str(sessions)), access=cast("Access | None", access)
        )
        for name, login, sessions, access in rows
    }


def _access(database: Connection, role: str) -> str:
    """What a role does with tenants' rows; NULL where it is in no group, or there are none yet."""
    of = {
        access: f"WHEN pg_has_role({role}, to_regrole({literal(group_of(database, access))})::oid, 'USAGE')"
        for access in GROUPS
    }
    return f"CASE {of['write']} THEN 'write' {of['read']} THEN 'read' END"
