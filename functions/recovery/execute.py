"""Runs the plan of a failover on anything that keeps checkpoints: a durable function of Lambda, or a test's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .aws import code_of, passes
from .order import Order
from .plan import PLAN, PLANNED, REHEARSAL, Step, waves
from .record import Record, iso, text_of
from .stop import StopError

PACE: Final = (2, 3, 5, *[10] * 60, 30)
"""Seconds between two looks; the last one from then on: an execution keeps a checkpoint of each look and of each wait."""
HOPELESS_LOOKS: Final = 5
"""Looks in a row with nothing but trouble that does not pass by itself, after which a step gives up before its limit."""
_RETRIES: Final = 10
Json = dict[str, Any]


class Context(Protocol):
    """Keeps checkpoints. What is done outside of `step` is done again after a crash: it must be the same each time."""

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        """Do something once, as far as checkpoints go: a crash in between does it again, and so does trouble, by `retry_after`.

        Raises:
            StopError: "failed", when it was tried often enough.
        """
        ...

    def wait(self, name: str, seconds: int) -> None:
        """Wait, at least one second."""
        ...

    def beside(self, name: str, lanes: Sequence[Callable[["Context"], Json]]) -> list[Json]:
        """Run lanes beside each other, and wait for all. They raise nothing."""
        ...


def retry_after(error: BaseException, attempt: int) -> int | None:
    """Seconds until an attempt (1 is the first) is repeated; None is: not at all."""
    if attempt >= (_RETRIES if passes(error) else 3):
        return None
    return min(2 ** (attempt - 1), 15)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one look of a step says.

    Attributes:
        done: Whether the step is over.
        why: What it still waits for.
        hopeless: Whether waiting alone changes nothing.
        facts: For later steps and the journal.
    """

    done: bool
    why: str = ""
    hopeless: bool = False
    facts: Json = field(default_factory=dict[str, Any])


Look = Callable[[], Told]
Notes = dict[str, Json]
"""By step: what it found and did."""


class Steps(Protocol):
    """What the steps of the plan do: `steps.py`."""

    def take(self, flow: "Flow", step: Step, notes: Notes) -> Json:
        """Take a step; its facts."""
        ...

    def give_back(self, flow: "Flow", notes: Notes) -> str:
        """Give back what a planned run took; why not, or ""."""
        ...

    def clear(self, flow: "Flow", notes: Notes) -> str:
        """Take away what a rehearsal made; why not, or ""."""
        ...

    def tell(self, state: str, why: str, notes: Notes, seconds: int) -> None:
        """Tell people how the run ended."""
        ...


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A run under way.

    Attributes:
        context: Keeps its checkpoints.
        record: The table, in this region.
        order: What was ordered.
        now: The time, Unix seconds.
    """

    context: Context
    record: Record
    order: Order
    now: Callable[[], float]

    def once(self, name: str, do: Callable[[], Json]) -> Json:
        """Do something in a checkpoint; a StopError of it passes through the checkpoint.

        Raises:
            StopError: of `do`, or "failed".
        """

        def guarded() -> Json:
            try:
                return {"told": do()}
            except StopError as stop:
                return {"stop": stop.ending, "why": stop.why}

        told = self.context.step(name, guarded)
        if "stop" in told:
            raise StopError(told["stop"], told["why"])
        return told["told"]

    def until(self, name: str, look: Look, limit: int) -> Json:
        """Look until it is done; its facts. Each look shows a sign of life first; trouble that may pass is looked at again.

        Raises:
            StopError: "failed" after the limit (seconds), or when it is hopeless; else as `look` raises.
        """
        order, began, hopeless = self.order, 0.0, 0

        def guarded() -> Json:
            try:
                self.record.hold(order.to, order.run, order.mode, self.now())
                told = look()
            except Exception as error:
                if not passes(error):
                    raise
                told = Told(done=False, why=f"{code_of(error)}: {error}"[:300])
            return {"done": told.done, "why": told.why, "hopeless": told.hopeless, "facts": told.facts, "at": self.now()}

        count = 0
        while True:
            told = self.once(f"{name} {count}", guarded)
            if told["done"]:
                return told["facts"]
            began = began or told["at"]
            hopeless = hopeless + 1 if told["hopeless"] else 0
            if told["at"] - began >= limit or hopeless >= HOPELESS_LOOKS:
                raise StopError("failed", told["why"] or f"not over after {limit} s")
            self.context.wait(f"{name} {count} wait", PACE[min(count, len(PACE) - 1)])
            count += 1

    def within(self, context: Context) -> "Flow":
        """The same run, in a lane of its own."""
        return Flow(context=context, record=self.record, order=self.order, now=self.now)


def execute(flow: Flow, steps: Steps) -> Json:
    """Carry out an order.

    Returns:
        `{"run", "mode", "to", "state", "why", "seconds", "steps": {name: facts}}`; state is "done", "refused" (nothing was
        changed, or nothing that the next run does not take up), "given-back", "failed" or "overtaken".
    """
    order, record, notes = flow.order, flow.record, Notes()

    accepted = "unknown" if order.accept_loss is None else order.accept_loss
    whole = {"mode": order.mode, "to": order.to, "by": order.by, "acceptLoss": accepted, "without": [*order.without]}

    def begin() -> Json:
        now, before = flow.now(), record.run(order.run)
        # Lambda starts a name once; this is for whoever takes an old one again, much later.
        if "ended" in before:
            raise StopError("refused", f"run {order.run} is over ({before.get('state')}): order another one")
        record.journal(order.run, "", **whole, state="running", started=iso(now))
        return {"at": now}

    state, why = "done", ""
    try:
        began = flow.once("begin", begin)["at"]
    except StopError as stop:
        return {"run": order.run, "mode": order.mode, "to": order.to, "state": stop.ending, "why": stop.why, "steps": {}}
    try:
        for wave in waves(order.mode):
            _wave(flow, steps, wave, notes)
    except StopError as stop:
        state, why = stop.ending, stop.why
        if order.mode == PLANNED and state != "overtaken" and "quiesce" in notes:
            state, why = _give_back(flow, steps, notes, why)
        # Whoever overtook it uses what runs here, and has its copies deleted in the end.
        if order.mode == REHEARSAL and stop.ending == "failed" and (left := steps.clear(flow, notes)):
            why = f"{why}; not cleaned up: {left}"

    def end() -> Json:
        now = flow.now()
        times = {"started": iso(began), "ended": iso(now), "seconds": int(now - began)}
        record.journal(order.run, "", **whole, **times, state=state, why=why)
        if order.mode == REHEARSAL and state in ("done", "failed"):
            record.put_rehearsal(order.to, order.run, int(now - began), state, now)
        record.release(order.to, order.run, order.mode, now)
        if state != "done":
            steps.tell(state, why, notes, int(now - began))
        return {"seconds": int(now - began)}

    told = {"run": order.run, "mode": order.mode, "to": order.to, "state": state, "why": why, "steps": notes}
    try:
        return {**told, **flow.once("end", end)}
    except StopError as stop:
        # The lock ends by itself, and the checkpoints say what the journal does not.
        return {**told, "trouble": stop.why}


def entry_of(name: str) -> str:
    """A step's entry in the journal: "06#fence"; its number is the same in both modes."""
    return f"{[step.name for step in PLAN].index(name) + 1:02}#{name}"


def _wave(flow: Flow, steps: Steps, wave: tuple[tuple[Step, ...], ...], notes: Notes) -> None:
    if len(wave) == 1:
        for step in wave[0]:
            _take(flow, steps, step, notes)
        return

    def lane(taken: tuple[Step, ...]) -> Callable[[Context], Json]:
        def new(own: Notes) -> Notes:
            return {step.name: own[step.name] for step in taken if step.name in own}

        def run(context: Context) -> Json:
            own = dict(notes)
            try:
                for step in taken:
                    _take(flow.within(context), steps, step, own)
            except StopError as stop:
                return {"notes": new(own), "stop": stop.ending, "why": stop.why}
            return {"notes": new(own)}

        return run

    stops: list[StopError] = []
    for told in flow.context.beside("+".join(lane[0].lane for lane in wave), [lane(taken) for taken in wave]):
        notes.update(told["notes"])
        if "stop" in told:
            stops.append(StopError(told["stop"], told["why"]))
    if stops:
        # What overtook it counts, whatever else went wrong.
        raise next((stop for stop in stops if stop.ending == "overtaken"), stops[0])


def _take(flow: Flow, steps: Steps, step: Step, notes: Notes) -> None:
    record, run, entry = flow.record, flow.order.run, entry_of(step.name)

    def begun() -> Json:
        started = iso(flow.now())
        record.journal(run, entry, state="running", started=started)
        return {"started": started}

    def ended(state: str, result: Json) -> Callable[[], Json]:
        def write() -> Json:
            # The other region's description is the table's already.
            told = {name: fact for name, fact in result.items() if name != "site"}
            record.journal(run, entry, state=state, started=started, ended=iso(flow.now()), result=text_of(told))
            return {}

        return write

    started = flow.once(f"{step.name} begin", begun)["started"]
    try:
        # Whatever comes of it, this step was begun: giving back asks for it.
        notes[step.name] = {}
        notes[step.name] = steps.take(flow, step, notes)
    except StopError as stop:
        flow.once(f"{step.name} failed", ended("failed", {"why": stop.why}))
        raise StopError(stop.ending, f"{step.name}: {stop.why}") from None
    flow.once(f"{step.name} end", ended("done", notes[step.name]))


def _give_back(flow: Flow, steps: Steps, notes: Notes, why: str) -> tuple[str, str]:
    try:
        not_given = steps.give_back(flow, notes)
    except StopError as stop:
        return "overtaken" if stop.ending == "overtaken" else "failed", f"{why}; not given back: {stop.why}"
    return ("failed", f"{why}; not given back: {not_given}") if not_given else ("given-back", why)
