"""Whose roles a run keeps: those of the instance's first database, or of an environment that has a database beside it.

Roles are one set for the whole instance. Those of the environment `two-b` end with `__two_b`, and their comments tell its name;
those without are the first database's. No service has two underscores in a row, and no tenant has one.
"""

from typing import Final

from .postgres_client import Connection, literal

NAME_LENGTH: Final = 12
"""Characters of an environment's name. The longest role is a tenant's user, `<tenant, 16>_<service, 20>__<name>`: 51 of the 63
that PostgreSQL has. AWS's names that the stack's is part of have room for as many."""
NAME: Final = rf"(?=.{{1,{NAME_LENGTH}}}$)[a-z][a-z0-9]*(-[a-z0-9]+)*"
NAMES: Final = f"up to {NAME_LENGTH} lower-case letters, digits and single hyphens, a letter first"

_SUFFIX: Final = r"%\_\_%"
_KEEPER: Final = "kept by the function database-users"


def named(name: str, environment: str) -> str:
    """What a role or database of the first database is called in an environment; its own name where that is empty."""
    return f"{name}__{environment.replace('-', '_')}" if environment else name


def mark(what: str, environment: str = "") -> str:
    """The comment on a role that is kept here: no other role is ever touched."""
    return f"{what} {of(environment)}" if environment else f"{what}, {_KEEPER}"


def of(environment: str) -> str:
    """What the comments on all roles of an environment end with."""
    return f"of the environment {environment}, {_KEEPER}"


def of_environment(environment: str, role: str = "oid") -> str:
    """The condition that a role, by its oid, is one of an environment's."""
    end = literal(f" {of(environment)}")
    return f"right(shobj_description({role}, 'pg_authid'), length({end})) = {end}"


def other(database: Connection, role: str) -> str | None:
    """What would be right in place of a role's name that is none of this database's."""
    end = named("", database.environment)
    if not end:
        return "a name without __: roles of environments on demand have that" if "__" in role else None
    return None if role.endswith(end) else f"a name that ends with {end}: the database is the environment's"


def of_tenant(database: Connection, tenant: str, column: str = "rolname") -> str:
    """The condition that a column names a role which a tenant has, or would have, in this database."""
    end = named("", database.environment).replace("_", r"\_")
    pattern = tenant + r"\_%" + end
    theirs = f"{column} LIKE {literal(pattern)}"
    return theirs if end else f"{theirs} AND {column} NOT LIKE {literal(_SUFFIX)}"
