"""Which code takes which step of the plan."""

from collections.abc import Callable, Mapping
from typing import Final

from . import rehearsal, steps_after, steps_before
from .execute import Flow, Json, Notes
from .giving_back import give_back
from .plan import Step
from .report import tell
from .work import Work

Take = Callable[[Work, Flow, Notes, int], Json]
TAKES: Final[Mapping[str, Take]] = {
    "lock": steps_before.lock,
    "gate": steps_before.gate,
    "quiesce": steps_before.quiesce,
    "drain": steps_before.drain,
    "decide": steps_before.decide,
    "fence": steps_before.fence,
    "catch-up": steps_before.catch_up,
    "copy": rehearsal.copy,
    "promote-copy": rehearsal.promote_copy,
    "promote": steps_after.promote,
    "writable": steps_after.writable,
    "start": steps_after.start,
    "stop": rehearsal.stop,
    "clean-up": rehearsal.clean_up,
    "resume": steps_after.resume,
    "smoke": steps_after.smoke,
    "open": steps_after.open_,
    "report": steps_after.report,
    "reconcile": steps_after.reconcile,
}


class Recovery:
    """The steps of one run, as `execute.Steps` wants them."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def take(self, flow: Flow, step: Step, notes: Notes) -> Json:
        """Take a step; its facts."""
        return TAKES[step.name](self.work, flow, notes, step.limit)

    def give_back(self, flow: Flow, notes: Notes) -> str:
        """As `giving_back.give_back`."""
        return give_back(self.work, flow, notes)

    def clear(self, flow: Flow, notes: Notes) -> str:
        """As `rehearsal.clear`."""
        return rehearsal.clear(self.work, flow, notes)

    def tell(self, state: str, why: str, notes: Notes, seconds: int) -> None:
        """As `report.tell`."""
        tell(self.work, state, why, notes, seconds)
