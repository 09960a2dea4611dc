"""Follows a run until it is over, and tells each step with the time that it took beside the time that was expected."""

import time
from collections.abc import Callable
from typing import Final

from functions.recovery import plan
from functions.recovery.record import LEASE_SECONDS, Lock, iso
from operations.errors import Code, OperationError
from operations.recovery import times
from operations.recovery.place import Place
from operations.recovery.runs import Entry, Run, read

POLL_SECONDS: Final = 2
APPEARS_SECONDS: Final = 120
"""So long a run that was ordered may take to write its first word."""

ENDED_SECONDS: Final = 60
"""So long its lock may look ended: the clocks of two machines differ, and a run that lives prolongs it within this time."""
WITHOUT_SECONDS: Final = LEASE_SECONDS + 60
"""So long it may be without the lock: it takes it after its first word, and waits for that of a run that died before it."""

Tell = Callable[[str], None]


def watch(
    place: Place,
    run: str,
    tell: Tell,
    *,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> Run:
    """Follow a run; `tell` gets a line whenever something changes.

    Raises:
        OperationError: when it does not begin; when it goes on and shows no sign of life any more (`Code.INCOMPLETE`).
    """
    told: dict[str, str] = {}
    waited = silent = 0
    before: Lock | None = None
    while True:
        found = read(place.record, run)
        if found is None:
            if waited >= APPEARS_SECONDS:
                raise OperationError(
                    f"run {run} was ordered {waited} s ago and has not begun; see the executor's executions in the console of"
                    f" Lambda, {place.region.recover}"
                )
            waited += POLL_SECONDS
            sleep(POLL_SECONDS)
            continue
        for entry in found.entries:
            if told.get(entry.step) != entry.state:
                told[entry.step] = entry.state
                tell(line(found, entry))
        if found.state != "running":
            return found
        lock = place.record.locked(found.to)
        is_own = lock is not None and lock.run == run
        is_alive = lock is not None and is_own and (lock.until >= now() or lock != before)
        silent, before = 0 if is_alive else silent + POLL_SECONDS, lock
        if silent > (ENDED_SECONDS if is_own else WITHOUT_SECONDS):
            raise OperationError(_dead(found, lock), Code.INCOMPLETE)
        sleep(POLL_SECONDS)


def _dead(run: Run, lock: Lock | None) -> str:
    holds = f"its lock of {run.to} ended at {iso(lock.until)}" if lock and lock.run == run.id else f"it has no lock of {run.to}"
    holds += f", run {lock.run} took it last" if lock and lock.run != run.id else ""
    return (
        f"run {run.id} says that it is running and shows no sign of life: {holds}; order it again in the same mode, without"
        " --run: a new run finds what is done, and goes on"
    )


def line(run: Run, entry: Entry) -> str:
    """One line for a step: when, which, what became of it, how long, and how long was expected."""
    names = [step.name for step in plan.steps(run.mode)]
    number = f"{names.index(entry.step) + 1}/{len(names)}" if entry.step in names else "-"
    since = clock(int((entry.started - run.started).total_seconds()))
    expected = clock(int(times.expected(entry.step))) if entry.step in times.STEPS else "-"
    if entry.seconds is None:
        said = next((step.says for step in plan.PLAN if step.name == entry.step), "")
        return f"+{since}  [{number}] {entry.step}: {said} (about {expected})"
    why = f": {entry.result['why']}" if entry.state == "failed" and "why" in entry.result else ""
    return f"+{since}  [{number}] {entry.step} {entry.state} in {clock(entry.seconds)} (expected {expected}){why}"


def clock(seconds: int) -> str:
    """Minutes and seconds, e.g. `08:05`."""
    return f"{seconds // 60:02}:{seconds % 60:02}"
