"""One round over all that sleeps: who may take a step now, and what became of it.

The database is awake before what asks it, and asleep after that; alarms are quiet before anything stops, and heard again
once all has run for a while. Nobody waits for what failed to wake: the others are of use without it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from .calendar import Mode
from .record import Known, OvertakenError, Record
from .step import Memory, State, Step, Wanted, state_of, step_of, take
from .targets import Call, Client, MissingError, Target

ALARMS: Final = ("alarms", "database-alarms")
"""The latter are awake with databases, whoever needs these."""
WAKING: Final = (("database", "shared"), ("service", "batch"), ("fleet",), ALARMS)
SLEEPING: Final = (ALARMS, ("fleet", "batch"), ("service",), ("database",))
SETTLE_SECONDS: Final = 600
"""So long all has been awake before alarms are heard again: the numbers of starting are no trouble."""
_FAILURES: Final = (ClientError, BotoCoreError, MissingError)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that sleeps, by its name."""

    kind: str
    name: str
    target: Target

    @property
    def id(self) -> str:
        """What the table calls it."""
        return f"{self.kind}#{self.name}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a thing in a round.

    Attributes:
        thing: Its kind and its name.
        wanted: What it is to be.
        state: How it was found; empty where that failed.
        calls: What AWS was asked to do, or would be.
        says: What AWS calls its state, why it waits, or what failed.
        failed: Whether AWS refused or did not answer.
        refused: Whether it is left alone for good.
        since: Unix seconds, since when it is not as wanted; None where it is.
    """

    thing: Thing
    wanted: Wanted
    state: State | str = ""
    calls: tuple[str, ...] = ()
    says: str = ""
    failed: bool = False
    refused: bool = False
    since: int | None = None

    @property
    def settled(self) -> bool:
        """Whether nobody waits for it."""
        return self.refused or self.state == self.wanted

    @property
    def passes(self) -> bool:
        """Whether nobody waits for its waking: it failed, and the others are of use without it."""
        return self.failed and self.thing.kind != "shared"

    def facts(self, now: float) -> dict[str, Any]:
        """For people and programs."""
        return {
            "kind": self.thing.kind,
            "name": self.thing.name,
            "wanted": self.wanted,
            "state": self.state,
            "says": self.says,
            "calls": [*self.calls],
            "failed": self.failed,
            "refused": self.refused,
            "minutesLate": 0 if self.settled or self.since is None else max(0, int(now - self.since) // 60),
        }


@dataclass(frozen=True, kw_only=True)
class Round:
    """A round.

    Attributes:
        things: All that sleeps.
        record: The table.
        client: Gives the client of a service.
        now: Unix seconds.
        dry: Whether nothing is changed and nothing written.
        fence: Seconds until the lease of another stack's database can be relied on; 0, the default, without one.
    """

    things: Sequence[Thing]
    record: Record
    client: Client
    now: int
    dry: bool = False
    fence: int = 0

    def go(self, mode: Mode) -> list[Outcome]:
        """Let each thing take its step towards `mode`. Raises as boto3 does where the table does not answer."""
        # Nobody asks for another stack's database but to wake.
        things = [thing for thing in self.things if thing.kind != "shared" or mode == "awake"]
        awake = {"awake": set[str](), "databases": {"database", "database-alarms"}, "asleep": set[str]()}[mode]
        wanted: dict[str, Wanted] = {
            thing.id: "awake" if mode == "awake" or thing.kind in awake else "asleep" for thing in things
        }
        sleeping = self._pass(SLEEPING, wanted, "asleep", lambda outcome: outcome.settled)
        waking = self._pass(WAKING, wanted, "awake", lambda outcome: outcome.settled or outcome.passes)
        by_id = {outcome.thing.id: outcome for outcome in (*sleeping, *waking)}
        return [by_id[thing.id] for thing in things]

    def _pass(
        self, stages: Sequence[Sequence[str]], wanted: Mapping[str, Wanted], to: Wanted, passes: Callable[[Outcome], bool]
    ) -> list[Outcome]:
        done: list[Outcome] = []
        for stage in stages:
            before = [*done]
            awaited = [outcome.thing.name for outcome in before if not passes(outcome)]
            here = [thing for thing in self.things if thing.kind in stage and wanted.get(thing.id) == to]
            for thing in here:
                why = f"waits for {', '.join(awaited)}" if awaited else ""
                if not why and self.fence and to == "awake" and thing.kind != "shared":
                    why = f"waits until its lease of the database holds, in {self.fence} s"
                if not why and thing.kind in ALARMS and to == "awake":
                    why = self._settling(before)
                done.append(self._one(thing, to, why))
        return done

    def _settling(self, before: Sequence[Outcome]) -> str:
        """Whether all others have been awake for a while."""
        since = [self.record.known(each.thing.id).since for each in before if each.state == "awake"]
        rest = SETTLE_SECONDS - (self.now - max(since, default=0))
        # A clock that was put back says nothing of how long it has been.
        return f"waits for {rest} s more of all being awake" if 0 < rest <= SETTLE_SECONDS else ""

    def _one(self, thing: Thing, wanted: Wanted, waits: str) -> Outcome:
        known = self.record.known(thing.id)
        told = Outcome(thing=thing, wanted=wanted, since=self._since(known, wanted))
        held = _Held(self.record, thing.id, known, dry=self.dry)
        try:
            found = thing.target.look(self.client)
            step = step_of(thing.target, found, known.memory, wanted)
            if waits and not step.refused:
                step = Step(state=state_of(found), memory=known.memory, says=waits)
            told = replace(told, state=step.state, says=step.says, refused=step.refused)
            told = replace(told, calls=tuple(map(str, step.calls)))
            if not self.dry:
                take(step, known.memory, held.save, self._act)
        except OvertakenError:
            # The other one wrote more than this one knows.
            return replace(told, says="another run is at it", calls=())
        except _FAILURES as error:
            told = replace(told, failed=True, says=f"{type(error).__name__}: {error}")
        if not self.dry:
            held.note(told, self.now)
        return told

    def _since(self, known: Known, wanted: Wanted) -> int:
        """Since when it is not as wanted, should it not be; a clock that was put back begins anew."""
        same = known.wanted == wanted and known.unsettled is not None and known.unsettled <= self.now
        return known.unsettled if same and known.unsettled is not None else self.now

    def _act(self, call: Call) -> None:
        getattr(self.client(call.service), call.method)(**call.arguments)


class _Held:
    """What is known of a thing while a step is taken."""

    def __init__(self, record: Record, target: str, known: Known, *, dry: bool) -> None:
        self._record, self._target, self._known, self._dry = record, target, known, dry

    def save(self, memory: Memory) -> None:
        """Write the memory down, and with it that this run is at it. Raises OvertakenError."""
        self._known = self._record.learn(self._target, replace(self._known, memory=memory))

    def note(self, told: Outcome, now: int) -> None:
        """Write down how the thing was found, where that is news."""
        known = self._known
        state = told.state or known.state
        since = known.since if state == known.state else now
        then = replace(known, state=state, since=since, wanted=told.wanted, unsettled=None if told.settled else told.since)
        if then == known:
            return
        try:
            self._known = self._record.learn(self._target, then)
        except OvertakenError:
            return
        if state != known.state:
            self._record.tell(self._target, now, known.state, state)
