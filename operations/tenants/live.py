"""A tenant's live counts in the cache: the stack's function `live`, which alone reaches it, does what it is ordered."""

from typing import Any, Protocol

from operations.invoke import invoke


class Live(Protocol):
    """Where orders go."""

    def order(self, action: str, tenant: str) -> dict[str, Any]:
        """`erase` a tenant's keys, tell how many are `left`, or the `state` of its windows."""
        ...


class LiveFunction:
    """The Lambda function of the stack."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def order(self, action: str, tenant: str) -> dict[str, Any]:
        """Invoke it, and wait for what it tells.

        Raises:
            OperationError: when the function fails.
        """
        return invoke(self._client, self._function, {"action": action, "tenant": tenant}, f"{action} the counts of {tenant}")
