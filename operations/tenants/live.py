"""A tenant's live counts in the cache: the stack's function `live`, which alone reaches it, does what it is ordered."""

import json
from typing import Any, Protocol

from operations.errors import OperationError


class Live(Protocol):
    """Where orders go."""

    def order(self, action: str, tenant: str) -> dict[str, int]:
        """`erase` a tenant's keys, or tell how many are `left`."""
        ...


class LiveFunction:
    """The Lambda function of the stack."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def order(self, action: str, tenant: str) -> dict[str, int]:
        """Invoke it, and wait for what it tells.

        Raises:
            OperationError: when the function fails.
        """
        payload = json.dumps({"action": action, "tenant": tenant}).encode()
        answer = self._client.invoke(FunctionName=self._function, Payload=payload)
        told: Any = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            kind, message = told.get("errorType", "failure"), told.get("errorMessage", told)
            raise OperationError(f"the function {self._function} failed to {action} the counts of {tenant}: {kind}: {message}")
        return told
