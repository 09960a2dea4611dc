"""What is lost if a replica becomes the database now, by the heartbeat's numbers: seconds, or None where nobody knows."""


def known(written: int | None, replayed: int | None) -> int | None:
    """Seconds between the last number that was acknowledged over there and the last one that a replica has.

    All that was committed before a number is with its replica when the number is. What was committed after the last number that
    the table brought here is not in it (functions/recovery/loss.py has the bound).
    """
    return None if written is None or replayed is None else max(0, written - replayed)
