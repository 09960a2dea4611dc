"""Ends an environment's sessions, drops its database and its roles: whatever its own sessions hold, or a neighbour refers to.

Any role may change its own password, and so hold its row for as long as its transaction is open; with a privilege on a database
it may hold that one's by a GRANT. In a database of its own, an owner may grant something to each role of the instance, which no
DROP ROLE survives.
"""
# ruff: noqa: S608 - every name and every text goes through `identifier` or `literal`

from collections.abc import Callable
from typing import Final, TypeVar

from .names import mark, named, of_environment
from .postgres_client import LOCK_NOT_AVAILABLE, Connection, PostgresError, identifier, literal
from .users import SERVERS_OWN, one_change

DROP_SECONDS: Final = 90
"""How long the answer to DROP DATABASE is waited for: the function runs for 120 s. The server goes on with it all the same."""
ASIDE: Final = "gone__"
"""What the names of roles begin with that could not go yet: no environment is called as they go on."""

_ENDS_MS: Final = 5000
_WAIT_MS: Final = 1000
_TIMES: Final = 5
_LEFT: Final = "left of "

# The server's states of a lock that is not to be had, of a deadlock, and its words for a row that has just been changed.
_HINDERED: Final = (LOCK_NOT_AVAILABLE, "40P01", "tuple concurrently")
_REFERRED_TO: Final = "2BP01"

T = TypeVar("T")


def change(instance: Connection, environment: str, work: Callable[[], T]) -> T:
    """Make one change; a session of the environment that holds what is to be changed ends, and the change is made again.

    Raises:
        PostgresError: what the server refuses, and where it is held all the same after five times.
    """

    def whole() -> T:
        with one_change(instance):
            instance.run(f"SET LOCAL lock_timeout = {_WAIT_MS}")
            return work()

    return _despite_sessions(instance, environment, whole)


def end_sessions(instance: Connection, environment: str, *, writing: bool = False) -> None:
    """End the sessions in an environment's database, and those of its roles in any; `writing`, only those that hold something.

    Those of a superuser stay, which nobody else may end.

    Raises:
        PostgresError: where one does not end within 5 s.
    """
    holds = "SELECT FROM pg_locks AS l WHERE l.pid = a.pid AND l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock'"
    ended = instance.run(
        f"SELECT a.usename, pg_terminate_backend(a.pid, {_ENDS_MS}) FROM pg_stat_activity AS a"
        " JOIN pg_roles AS r ON r.oid = a.usesysid WHERE NOT r.rolsuper"
        f" AND (a.datname = {literal(named(instance.name, environment))} OR {of_environment(environment, 'r.oid')})"
        f"{f' AND EXISTS ({holds})' if writing else ''}"
    )
    for name, gone in ended:
        if gone != "t":
            raise PostgresError(f"a session of {name} did not end within {_ENDS_MS} ms; run it again")


def drop_database(instance: Connection, environment: str) -> None:
    """Drop an environment's database, or go on with that: what breaks it off leaves one that nobody may use or alter.

    Raises:
        PostgresError: what the server refuses, and where it has not answered after `DROP_SECONDS`.
    """
    database = named(instance.name, environment)
    try:
        with instance.unhurried(DROP_SECONDS):
            instance.run(f"SET lock_timeout = {_WAIT_MS}")
            statement = f"DROP DATABASE IF EXISTS {database} WITH (FORCE)"
            _despite_sessions(instance, environment, lambda: instance.run(statement))
            instance.run("RESET lock_timeout")
    except TimeoutError as error:
        raise PostgresError(
            f"the server has been dropping {database} for {DROP_SECONDS} s, and goes on with it; run this again"
        ) from error


def drop_roles(instance: Connection, environment: str) -> list[str]:
    """Drop the roles of an environment with what they own in the databases of the instance's own, and those set aside before.

    Returns:
        Those that something in another environment's database refers to, by the name that they have now: they are nobody's, are
        in no group, and go once that database has gone.
    """
    _drop_owned(instance, environment)

    def drop() -> list[str]:
        stay = _drop(instance, of_environment(environment))
        aside = [_set_aside(instance, role) for role in stay]
        _drop(instance, f"starts_with(rolname, {literal(ASIDE)}) AND {_begins(_LEFT)}")
        return aside

    return change(instance, environment, drop)


def _drop_owned(instance: Connection, environment: str) -> None:
    """Drop what roles of an environment own, e.g. large objects, where the master goes: before that, no DROP ROLE succeeds."""
    where = ", ".join(map(literal, (instance.name, *SERVERS_OWN)))
    owned = instance.run(
        "SELECT DISTINCT d.datname, r.rolname FROM pg_shdepend AS s JOIN pg_database AS d ON d.oid = s.dbid"
        " JOIN pg_roles AS r ON s.refclassid = 'pg_authid'::regclass AND r.oid = s.refobjid"
        f" WHERE {of_environment(environment, 'r.oid')} AND d.datname IN ({where}) ORDER BY 1, 2"
    )
    for database in dict.fromkeys(str(name) for name, _ in owned):
        with instance.beside(database=database) as there, one_change(there, alone=False):
            # Not alone: where everybody may connect, anybody may hold the lock.
            for role in (str(role) for name, role in owned if name == database):
                there.run(f"GRANT {identifier(role)} TO CURRENT_USER WITH INHERIT TRUE, SET FALSE")
                there.run(f"DROP OWNED BY {identifier(role)}")
                _revoke(there, role, "CURRENT_USER", "current_user::regrole")


def _drop(instance: Connection, which: str) -> list[str]:
    """Drop the roles of a condition, and return those that stay."""
    return _dropped([str(role) for (role,) in instance.run(f"SELECT rolname FROM pg_roles WHERE {which} ORDER BY 1")], instance)


def _dropped(roles: list[str], instance: Connection) -> list[str]:
    if not roles:
        return []
    instance.run("SAVEPOINT roles")
    try:
        instance.run(f"DROP ROLE {', '.join(map(identifier, roles))}")
    except PostgresError as error:
        referred_to = _REFERRED_TO in str(error)
        if not referred_to and not _hindered(error):
            raise
        instance.run("ROLLBACK TO SAVEPOINT roles")
        if len(roles) == 1 or not referred_to:
            # Who holds one is waited for once, and not again for each.
            return roles
        half = len(roles) // 2
        return [*_dropped(roles[:half], instance), *_dropped(roles[half:], instance)]
    return []


def _set_aside(instance: Connection, role: str) -> str:
    ((oid,),) = instance.run(f"SELECT oid FROM pg_roles WHERE rolname = {literal(role)}")
    for (group,) in instance.run(f"SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = {oid}"):
        _revoke(instance, str(group), identifier(role), str(oid))
    aside = f"{ASIDE}{oid}"
    instance.run(f"ALTER ROLE {identifier(role)} NOLOGIN PASSWORD NULL")
    instance.run(f"ALTER ROLE {identifier(role)} RENAME TO {aside}")
    instance.run(f"COMMENT ON ROLE {aside} IS {literal(mark(_LEFT + role))}")
    return aside


def _revoke(session: Connection, role: str, member: str, oid: str) -> None:
    session.run(f"REVOKE {identifier(role)} FROM {member}")
    stays = session.run(
        "SELECT pg_get_userbyid(member), pg_get_userbyid(grantor) FROM pg_auth_members"
        f" WHERE pg_get_userbyid(roleid) = {literal(role)} AND member = {oid} AND (inherit_option OR set_option)"
    )
    for who, grantor in stays:
        raise PostgresError(f"{who} is a member of {role} by a grant of {grantor}, too; revoke that one, and run this again")


def _begins(text: str) -> str:
    return f"starts_with(shobj_description(oid, 'pg_authid'), {literal(text)})"


def _despite_sessions(instance: Connection, environment: str, work: Callable[[], T]) -> T:
    for _ in range(_TIMES - 1):
        try:
            return work()
        except PostgresError as error:
            if not _hindered(error):
                raise
        instance.run("ROLLBACK")
        end_sessions(instance, environment, writing=True)
    return work()


def _hindered(error: PostgresError) -> bool:
    return any(state in str(error) for state in _HINDERED)
