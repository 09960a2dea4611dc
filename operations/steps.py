"""Steps: what a command does, as data; each is journaled, may be repeated, and is skipped where it is done already."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from operations.errors import OperationError

Result = Mapping[str, Any]
"""What a step has to tell, as JSON can hold it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a run.

    Attributes:
        name: Under which it is journaled; unique in the registry's item of a tenant.
        says: What it does, for whom reads the plan.
        check: Whether the world is as the step would make it. It changes nothing.
        act: Make it so. It may find anything that an interrupted run left.
        verify: What is wrong after `act`; None where all is well. By default `check` must be true.
    """

    name: str
    says: str
    check: Callable[[], bool]
    act: Callable[[], Result]
    verify: Callable[[], str | None] | None = None


class Journal(Protocol):
    """Where steps are written down."""

    def read(self, step: str) -> Result | None:
        """The entry of a step: `state` is `started` or `done`, `result` what it told."""
        ...

    def write(self, step: str, state: str, result: Result | None = None) -> None:
        """Enter that a step was started or is done."""
        ...


class Unrecorded:
    """No journal: AWS itself keeps what was done, and each run does it anew."""

    def read(self, step: str) -> Result | None:  # noqa: ARG002 - the protocol's
        """Nothing is known of a step."""
        return None

    def write(self, step: str, state: str, result: Result | None = None) -> None:
        """Nothing is written."""


Progress = Callable[[int, int, Step, str], None]
"""Number of the step, how many there are, the step, and what became of it: `started`, `done`, `done before`."""


def run(steps: Sequence[Step], journal: Journal, progress: Progress) -> dict[str, Result]:
    """Do the steps in their order, and return what each told, now or before it was interrupted.

    Raises:
        OperationError: when a step fails, or is not verified. The same command goes on from there.
    """
    assert len({step.name for step in steps}) == len(steps), "two steps would share an entry of the journal"  # noqa: S101
    results: dict[str, Result] = {}
    for number, step in enumerate(steps, 1):
        entry = journal.read(step.name)
        if step.check():
            if entry is None or entry["state"] != "done":
                journal.write(step.name, "done", {})
            progress(number, len(steps), step, "done before")
            results[step.name] = (entry or {}).get("result", {})
            continue
        progress(number, len(steps), step, "started")
        if entry is None or entry["state"] == "done":
            journal.write(step.name, "started")
        result = step.act()
        wrong = step.verify() if step.verify else None if step.check() else "what it made is not found afterwards"
        if wrong:
            raise OperationError(f"step {step.name} is not done: {wrong}. Run the same command again: it goes on from there")
        results[step.name] = json.loads(json.dumps(result))
        journal.write(step.name, "done", results[step.name])
        progress(number, len(steps), step, "done")
    return results


def plan(steps: Sequence[Step], progress: Progress) -> None:
    """Tell what `run` would do, and change nothing."""
    for number, step in enumerate(steps, 1):
        progress(number, len(steps), step, "done before" if step.check() else "would do")
