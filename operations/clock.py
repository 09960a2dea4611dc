"""This machine's clock, by that of AWS: what a lease, an expiry or a word says is compared with others' times."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from operations.errors import Code, OperationError

MOST: Final = timedelta(seconds=30)
"""How wrong it may be: a command shows so often that it lives, and three minutes after the last sign another may take over."""
_SECOND: Final = timedelta(seconds=1)
"""An answer's time has no parts of it."""


def refuse_skew(answer: Mapping[str, Any], before: datetime, after: datetime) -> datetime:
    """See that this machine's time, `before` and `after` AWS was asked, is that of its `answer`; the time `after`.

    That is this machine's, moved by as much as it is proven to be wrong.

    Raises:
        OperationError: when it is more than 30 seconds off.
    """
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if told is None:
        return after
    real = parsedate_to_datetime(told)
    off = max(real - after, before - real)
    if off > MOST:
        side = "behind" if real > after else "ahead of"
        raise OperationError(
            f"the clock of this machine is {off.total_seconds():.0f} s {side} that of AWS; expected {MOST.seconds} s at the"
            " most: set it, for what is written by it is compared with what others write",
            Code.CONFLICT,
        )
    return min(max(after, real), real + _SECOND + max(after - before, timedelta()))
