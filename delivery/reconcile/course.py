"""The course of it: may it be here, whose lock, what is the world like, what would change, change it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from functions.recovery.plan import PLAN
from functions.recovery.record import Active, Record, iso

from .changes import judge
from .engine import Engine, EngineError, LockedError
from .locks import locks_of, who_lives
from .order import UNKNOWN, Order
from .outcome import Notes, Outcome, State

ENTRY: Final = f"{len(PLAN) + 1:02}#up"
"""Its entry in the journal of the run: after that of the step which started it."""
_LOOK_AGAIN: Final = 30


class _StopError(Exception):
    def __init__(self, state: State, why: str) -> None:
        super().__init__(why)
        self.state: State = state
        self.why = why


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time, and waiting: a test has its own.

    Attributes:
        now: With a time zone.
        sleep: Seconds.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


def reconcile(order: Order, engine: Engine, record: Record, clock: Clock) -> Outcome:
    """Bring the stack and the world together, and write it into the journal of the run that made this region the active one.

    Raises as boto3 does, where the table cannot be read or written.
    """
    active, notes = record.active(""), Notes(image=order.commit)
    if active.region != order.region:
        told = f"run {active.run} made {active.region} the active region" if active.region else "no run made a region active"
        return Outcome(state="refused", why=f"{told}, and this is {order.region}", notes=notes)
    # A task before this one may have ended between the refresh, which forgets what was pending, and the `up`.
    notes.stranded.extend(json.loads(record.run(active.run, ENTRY).get("result") or "{}").get("stranded", []))
    began = iso(clock.now().timestamp())

    def write(state: str, **facts: str) -> None:
        stranded = {"result": json.dumps({"stranded": notes.stranded})} if notes.stranded else {}
        record.journal(active.run, ENTRY, started=began, state=state, **{**stranded, **facts})

    write("running")
    try:
        _bring_together(order, engine, record, write, clock, active, notes)
        outcome = Outcome(state="done", why="", notes=notes)
    except _StopError as stop:
        outcome = Outcome(state=stop.state, why=stop.why, notes=notes)
    except EngineError as error:
        outcome = Outcome(state="failed", why=str(error), notes=notes)
    write("done" if outcome.state == "done" else "failed", ended=iso(clock.now().timestamp()), result=outcome.result)
    return outcome


def _bring_together(
    order: Order,
    engine: Engine,
    record: Record,
    write: Callable[[str], None],
    clock: Clock,
    active: Active,
    notes: Notes,
) -> None:
    deployed = engine.deployed()
    notes.deployed.append(deployed.commit)
    # Another commit's program would take back what its own deployment made. Where nobody knows, the list of changes decides.
    if UNKNOWN not in (deployed.commit, order.commit) and deployed.commit != order.commit:
        why = f"the stack was deployed from {deployed.commit}, and this image is of {order.commit}: start the image of that"
        raise _StopError("refused", why)
    engine.configure()
    message = f"recovery run {active.run}"

    def refresh() -> None:
        notes.stranded.extend(sorted(engine.life()[1].difference(notes.stranded)))
        if notes.stranded:
            write("running")
        engine.refresh(message)

    def up() -> None:
        # It may have waited an hour for a lock, and what it was told to bring together may be another region's by now.
        told = record.active("")
        if told != active:
            why = f"run {told.run} made {told.region} the active region meanwhile; nothing was changed for {active.run}"
            raise _StopError("refused", why)
        engine.up(message)

    since = datetime.fromisoformat(active.since)
    _held(refresh, order, engine, clock, since, notes)
    verdict = judge(engine.preview(), frozenset(notes.stranded))
    notes.refused.extend(verdict.refused)
    if verdict.refused:
        raise _StopError("refused", f"{len(verdict.refused)} changes are not what a failover brings about")
    if verdict.made:
        _held(up, order, engine, clock, since, notes)
        notes.made.extend(verdict.made)
    steps, findings = engine.look()
    left = judge(steps)
    notes.left.extend([str(each) for each in (*left.made, *left.refused)])
    notes.findings.extend(findings)


def _held(do: Callable[[], None], order: Order, engine: Engine, clock: Clock, since: datetime, notes: Notes) -> None:
    """Do what takes the lock of the stack: wait for a holder who may be alive, and cancel the lock of one who cannot."""
    end = clock.now() + timedelta(seconds=order.patience)
    while True:
        try:
            return do()
        except LockedError as error:
            locks = locks_of(str(error))
            living = who_lives(locks, engine.life()[0], since=since, now=clock.now())
            if not living:
                engine.cancel()
                notes.cancelled.extend([str(lock) for lock in locks])
            elif clock.now() >= end:
                raise _StopError("locked", "; ".join(living)) from None
            else:
                print("waits for the lock of", *living, flush=True)
                clock.sleep(_LOOK_AGAIN)


def real_clock(sleep: Callable[[float], None]) -> Clock:
    """The time of this machine."""
    return Clock(now=lambda: datetime.now(UTC), sleep=sleep)
