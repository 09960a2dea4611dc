"""Orders to the functions of a stack, each answered before the command goes on."""

import json
from collections.abc import Mapping
from typing import Any

from operations.errors import OperationError


def invoke(client: Any, function: str, payload: Mapping[str, Any], what: str) -> Any:
    """Invoke a function, and wait for what it tells; `what` says in an error what it was to do.

    Raises:
        OperationError: when the function fails.
    """
    answer = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    told: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        kind, message = told.get("errorType", "failure"), told.get("errorMessage", told)
        raise OperationError(f"the function {function} failed to {what}: {kind}: {message}")
    return told
