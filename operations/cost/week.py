"""Hours of a month in which an environment is awake, of a window that is the same each week."""

import re
from decimal import Decimal
from typing import Final

from operations.cost.lines import HOURS
from operations.errors import Code, OperationError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE: Final = "mon-fri/07:00-20:00"
_WINDOW: Final = re.compile(rf"({'|'.join(DAYS)})-({'|'.join(DAYS)})/([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
WEEK: Final = Decimal(7 * 24)


def awake_hours(window: str) -> Decimal:
    """Hours a month of a window such as `mon-fri/07:00-20:00`: from one day to a later one, on each of them between two times.

    Raises:
        OperationError: when it is none, or is shut all week.
    """
    found = _WINDOW.fullmatch(window)
    if not found:
        raise _error(window)
    first, last = DAYS.index(found[1]), DAYS.index(found[2])
    begins, ends = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (3, 5))
    if last < first or not begins < ends <= 24 * 60:
        raise _error(window)
    return Decimal((last - first + 1) * (ends - begins)) / 60 * HOURS / WEEK


def _error(window: str) -> OperationError:
    return OperationError(
        f"--awake is {window!r}; expected a day, a later one and two times of one day, such as {OFFICE}", Code.USAGE
    )
