"""Whether a query scans only what is a tenant's: read from the parsed SQL, for the engine's refusal is no proof of it."""

from collections.abc import Iterator

from sqlglot import exp, parse
from sqlglot.optimizer.scope import Scope, traverse_scope

COLUMN = "tenant"


def unguarded(sql: str, tenant: str) -> list[str]:
    """Each scan of a table that is not of the tenant's partition alone, and anything that is no query.

    A scan is guarded by a conjunct `tenant = '<id>'` of the WHERE of the very SELECT that it stands in: an OR beside it, a
    predicate further out or of a JOIN, or another operator is none.
    """
    found: list[str] = []
    for statement in parse(sql, read="trino"):
        if not isinstance(statement, exp.Select | exp.SetOperation):
            found.append(f"no query: {type(statement).__name__}")
            continue
        scopes = traverse_scope(statement)
        scanned = [(scope, name, source) for scope in scopes for name, (_, source) in scope.selected_sources.items()]
        tables = [(scope, name) for scope, name, source in scanned if isinstance(source, exp.Table)]
        found += [f"{name} in {scope.expression.sql()[:60]}" for scope, name in tables if not _is_guarded(scope, name, tenant)]
        # What the scopes do not know of is not judged, and so not let through.
        known = {id(source) for _, _, source in scanned}
        named = {cte.alias for cte in statement.find_all(exp.CTE)}
        found += [
            f"{table.sql()} in no scope"
            for table in statement.find_all(exp.Table)
            if id(table) not in known and not (table.name in named and not table.db)
        ]
    return found


def _is_guarded(scope: Scope, name: str, tenant: str) -> bool:
    where = scope.expression.args.get("where")
    alone = len(scope.selected_sources) == 1
    return where is not None and any(_names(each, name, tenant, alone=alone) for each in _conjuncts(where.this))


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _names(condition: exp.Expr, source: str, tenant: str, *, alone: bool) -> bool:
    if not isinstance(condition, exp.EQ):
        return False
    column, value = condition.left, condition.right
    return (
        isinstance(column, exp.Column)
        and column.name == COLUMN
        and (column.table == source or (alone and not column.table))
        and isinstance(value, exp.Literal)
        and value.is_string
        and value.name == tenant
    )
