"""What is lost if a replica becomes the database now, by the heartbeat's numbers: seconds, or None where nobody knows."""

from typing import Final

SKEW_SECONDS: Final = 2
"""So far ahead of ours the clock of who wrote a number may be. Further, and the number says nothing about the time."""


def known(written: int | None, replayed: int | None) -> int | None:
    """Seconds between the last number that was acknowledged over there and the last one that a replica has.

    All that was committed before a number is with its replica when the number is. What was committed after the last number that
    the table brought here is not in it: see `at_most`.
    """
    return None if written is None or replayed is None else max(0, written - replayed)


def at_most(now: float, replayed: int | None) -> int | None:
    """Seconds from the last number that a replica has until now: nothing older than that can be lost."""
    if replayed is None or replayed > now + SKEW_SECONDS:
        return None
    return max(0, int(now) - replayed)
