"""A tenant's users and rows in PostgreSQL: the stack's function for users does what it is ordered."""

from typing import Any, Protocol

from operations.invoke import invoke
from operations.stack import Silo, Stack

State = dict[str, Any]
"""What the function tells of a tenant: `users` (name -> login, sessions, access), `changed`, `erased`, `left`, `complete`."""


class Database(Protocol):
    """Where orders go."""

    def order(self, action: str, tenant: str, *, connections: int) -> State:
        """Do `add`, `count`, `lock`, `remove` or `verify` for a tenant."""
        ...


class DatabaseFunction:
    """The Lambda function of the stack, or of a silo, which alone may read the master's secret."""

    def __init__(self, client: Any, stack: Stack, silo: Silo | None = None) -> None:
        self._client = client
        self._users = stack.database_users
        self._function, self._login = (silo.users_function, silo.login) if silo else (stack.users_function, stack.login)

    def order(self, action: str, tenant: str, *, connections: int) -> State:
        """Invoke it, and wait for what it tells.

        Raises:
            OperationError: when the function fails.
        """
        payload = {
            **self._login,
            "tenant": tenant,
            "action": action,
            "users": dict(self._users),
            "connectionLimit": connections,
        }
        return invoke(self._client, self._function, payload, f"{action} the users of {tenant}")
