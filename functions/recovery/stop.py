"""How a run ends before its plan does."""

from typing import Literal

Ending = Literal["refused", "failed", "overtaken"]


class StopError(Exception):
    """Ends a run where it is.

    Attributes:
        ending: "refused": a condition is not met, and asking again changes nothing; "failed": something did not come about;
            "overtaken": another run has taken over.
        why: For people.
    """

    def __init__(self, ending: Ending, why: str) -> None:
        super().__init__(why)
        self.ending: Ending = ending
        self.why = why
