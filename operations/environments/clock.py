"""This machine's clock, by that of AWS: what a lease or an expiry says is compared with it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from operations.errors import Code, OperationError

MOST: Final = timedelta(seconds=30)
"""How wrong it may be: a command shows so often that it lives, and three minutes after the last sign another may take over."""


def refuse_skew(answer: Mapping[str, Any], before: datetime, after: datetime) -> None:
    """See that this machine's time, `before` and `after` AWS was asked, is that of its `answer`.

    Raises:
        OperationError: when it is more than 30 seconds off.
    """
    told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if told is None:
        return
    real = parsedate_to_datetime(told)
    off = max(real - after, before - real)
    if off > MOST:
        side = "behind" if real > after else "ahead of"
        raise OperationError(
            f"the clock of this machine is {off.total_seconds():.0f} s {side} that of AWS; expected {MOST.seconds} s at the"
            " most: set it, for by the time another command's environment may be taken over",
            Code.CONFLICT,
        )
