"""What a promotion would lose, in seconds of writes: by the pair of heartbeats, or at most the time since the last one here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

SKEW_SECONDS: Final = 2
"""So far ahead of ours the clock of who wrote a number may be. Further, and the number says nothing about the time."""
STALE_SECONDS: Final = 120
"""A number that was this old when the region showed its last sign of life says nothing of what was written since."""


@dataclass(frozen=True)
class Loss:
    """A loss in seconds.

    Attributes:
        known: The last number that the other region told, less the last that arrived here; None is: unknown, which is not 0.
        at_most: Now, less the last number that arrived here; None where none ever did, or clocks differ.
    """

    known: int | None
    at_most: int | None

    def refusal(self, accepted: int | None) -> str:
        """Why it is more than was accepted (seconds; None accepts what nobody knows); "" where it is not."""
        told = self.known if self.known is not None else self.at_most
        if accepted is None or (told is not None and told <= accepted):
            return ""
        if told is None:
            return 'the loss is unknown, and its bound, too: no heartbeat is on the replica; accept it with "unknown"'
        if self.known is None:
            return f'the loss is unknown and at most {told} s; {accepted} s are accepted: accept {told} or "unknown"'
        return f"the loss is {told} s; {accepted} s are accepted: accept at least {told}"

    def facts(self) -> dict[str, int | None]:
        """For the journal: `{"known", "atMost"}`."""
        return {"known": self.known, "atMost": self.at_most}


def loss_of(number_there: int | None, number_here: int | None, now: float, alive: float = 0) -> Loss:
    """The loss of one database: the other region's number in the table, the replica's number, the time, and when that region
    last showed another sign of life: a heartbeat that had stopped long before tells nothing of the rest."""
    if number_here is None:
        return Loss(None, None)
    is_stale = number_there is not None and alive - number_there > STALE_SECONDS
    known = None if number_there is None or is_stale else max(0, number_there - number_here)
    return Loss(known, None if number_here > now + SKEW_SECONDS else max(0, int(now) - number_here))


def largest(losses: Mapping[str, Loss]) -> Loss:
    """The loss of a region: that of its worst database; unknown where that of any one is."""
    known = [loss.known for loss in losses.values()]
    at_most = [loss.at_most for loss in losses.values()]
    return Loss(_largest(known), _largest(at_most))


def _largest(told: list[int | None]) -> int | None:
    numbers = [number for number in told if number is not None]
    return max(numbers, default=0) if len(numbers) == len(told) else None


def number_of(told: Any) -> int | None:
    """A heartbeat's number as JSON or DynamoDB gives it; None where there is none."""
    return None if told is None else int(told)
