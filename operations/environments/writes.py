"""Writes to DynamoDB under conditions, and what it answers where two of them meet on one item."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of

Sleep = Callable[[float], None]

# docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html: two transactions, or one and a write, at once
# on one item. Those that fail have written nothing, and botocore does not send them again.
_CONFLICT: Final = frozenset({"TransactionConflict", "TransactionConflictException"})
_TRIES: Final = 10
_PAUSE: Final = (0.05, 0.5)


def together(client: Any, writes: Sequence[Mapping[str, Any]], sleep: Sleep = time.sleep) -> int | None:
    """All writes or none: which one's condition does not hold, by its place; None when they are done.

    Raises:
        ClientError: as DynamoDB does otherwise, and where others were at the items at each of ten tries.
    """
    try:
        patiently(lambda: client.transact_write_items(TransactItems=[*writes]), sleep)
    except ClientError as error:
        reasons = _reasons(error)
        if "ConditionalCheckFailed" not in reasons:
            raise
        return reasons.index("ConditionalCheckFailed")
    return None


def patiently(write: Callable[[], Any], sleep: Sleep = time.sleep) -> Any:
    """What a write answers; it is tried again, up to ten times in all, while all that is in its way is another at work.

    Raises:
        ClientError: as DynamoDB does.
    """
    for _ in range(_TRIES - 1):
        try:
            return write()
        except ClientError as error:
            why = {*(_reasons(error) or [code_of(error)])} - {"None"}
            if not why or why - _CONFLICT:
                raise
        sleep(secrets.SystemRandom().uniform(*_PAUSE))
    return write()


def _reasons(error: ClientError) -> list[str]:
    """Why a transaction was cancelled, one for each of its writes; empty for any other error."""
    if code_of(error) != "TransactionCanceledException":
        return []
    return [str(each.get("Code")) for each in error.response.get("CancellationReasons") or ()]
