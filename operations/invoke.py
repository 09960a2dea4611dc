"""Orders to the functions of a stack, each answered before the command goes on."""

import json
import random
import time
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.errors import OperationError

BUSY: Final = "TooManyRequestsException"
WAIT_SECONDS: Final = 600
"""How long an order waits for a function that is busy: most run once at a time, 300 s at the most, and others may wait, too."""


def invoke(client: Any, function: str, payload: Mapping[str, Any], what: str, *, tell_wait: bool = False) -> Any:
    """Invoke a function, and wait for what it tells; `what` says in an error what it was to do.

    A function that is busy with another's order has done nothing of this one yet: it is asked again; with `tell_wait` it is
    told by `waited` how many seconds ago it was asked first.

    Raises:
        OperationError: when the function fails, or is busy for all of `WAIT_SECONDS`.
    """
    began = time.monotonic()
    until = began + WAIT_SECONDS
    while True:
        try:
            answer = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
            break
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != BUSY:
                raise
            if time.monotonic() >= until:
                told = f"the function {function} was to {what}, and was busy for {WAIT_SECONDS} s; run it again"
                raise OperationError(told) from error
        # By chance, so that two who wait do not always meet; short, so that a gap between another's orders is found.
        time.sleep(random.uniform(0.1, 0.5))  # noqa: S311 - no secret
        if tell_wait:
            payload = {**payload, "waited": round(time.monotonic() - began, 1)}
    told: Any = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        kind, message = told.get("errorType", "failure"), told.get("errorMessage", told)
        raise OperationError(f"the function {function} failed to {what}: {kind}: {message}")
    return told
