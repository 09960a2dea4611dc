"""The steps before the promotion: lock, gate, quiesce, drain, decide, fence, catch-up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .execute import Flow, Json, Notes, Told
from .loss import largest, number_of
from .plan import DISASTER, PLANNED, REHEARSAL
from .record import LEASE_SECONDS, SITE_SECONDS, seconds_of
from .region import UNPROMOTABLE, Region
from .site import SiteError, site_of
from .stop import StopError
from .work import CLOSES, Work, close_at_once, told_of

FENCE_BUDGET: Final = 60
"""Seconds that a disaster spends on shutting off a region that may be lost; the standing fence goes on after that."""
REPLAY_SECONDS: Final = 10
"""How long a loss that is too large is looked at before it is refused: a replica may still replay what it has received."""
ASKED_SECONDS: Final = 60
"""How long a function `heartbeat` that fails is asked again, before that is a refusal."""
SETTLED_SECONDS: Final = 60
"""SQS's counts are true this long after nobody sends any more:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html"""
ARRIVES_SECONDS: Final = 10
"""How long a disaster's decision may take to the other region's table."""
REPLICATES_SECONDS: Final = 60
"""How far behind a replica may be when a planned run begins; its last numbers prove that nothing is lost in the end."""


def lock(work: Work, flow: Flow, _notes: Notes, _limit: int) -> Json:
    """Take the lock, and read what the plan is about."""
    order, record, other = work.order, work.record, work.site.other

    def take() -> Json:
        held = record.locked(order.to)
        holder = record.lock(order.to, order.run, order.mode, work.now())
        is_alive = held is not None and held.run != order.run and held.until >= work.now()
        return {"run": holder.run if holder else "", "from": held.run if held and is_alive and held.mode == PLANNED else ""}

    told, waited = flow.once("lock take", take), 0
    # A run that died holds it for no longer than this; one that lives prolongs it.
    while told["run"] and waited <= LEASE_SECONDS:
        flow.context.wait(f"lock wait {waited}", 10)
        waited += 10
        told = flow.once(f"lock take {waited}", take)
    if told["run"]:
        raise StopError("refused", f"run {told['run']} goes on in {order.to}: read its journal")

    def read() -> Json:
        active, held = record.active(work.site.primary), record.locked(other)
        if order.mode == REHEARSAL and active.region == order.to:
            raise StopError("refused", f"{order.to} is the active region: rehearse in {other}")
        if order.mode == PLANNED and held and held.until >= work.now():
            raise StopError("refused", f"run {held.run} goes on in {other}")
        text, at = record.described(other)
        try:
            is_described = site_of(text or "").region == other
        except SiteError:
            is_described = False
        if order.mode == PLANNED and not (is_described and work.now() - seconds_of(at) < SITE_SECONDS):
            last = f"told it last at {at}" if at else "never told it"
            why = f"{other} does not tell what it consists of ({last})"
            raise StopError("refused", f"{why}: look at its function `fence`; if it is lost: a disaster")
        return {
            "active": active.region,
            "epoch": active.epoch,
            "site": text if is_described else "",
            "stopped": told["from"],
        }

    return flow.once("lock read", read)


def gate(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Measure the loss, and judge it."""
    began = flow.once("gate began", lambda: {"at": work.now()})["at"]
    try:
        return flow.until("gate", lambda: _gate(work, notes, work.now() - began), limit)
    except StopError as stop:
        if not (stopped := notes["lock"]["stopped"]):
            raise
        left = f"run {stopped}, which this one stopped, may have left {work.site.other} shut off"
        raise StopError(stop.ending, f"{stop.why}; {left}: order either again") from None


def _gate(work: Work, notes: Notes, waited: float) -> Told:
    replicas, is_last = work.here.replicas(), waited >= REPLAY_SECONDS
    # After a run that ended behind its promotion there is nothing left to lose in what it promoted.
    is_again = notes["lock"]["active"] == work.site.region
    writable = sorted(name for name, told in replicas.items() if not told["replica"])
    left = _left_behind(work, notes)
    if left and work.order.mode == PLANNED:
        raise StopError(
            "refused", f"{', '.join(left)} of {work.site.other} is not here: `pulumi up` of {work.site.stack} first"
        )
    busy = {name: told["status"] for name, told in replicas.items() if told["replica"] and told["status"] in UNPROMOTABLE}
    if work.order.mode == PLANNED:
        if writable and not is_again:
            raise StopError("refused", f"nothing is replicated to {', '.join(writable)}: seed a replica here first")
        for name, told in work.there(notes).replicas().items():
            if name in replicas and _major(replicas[name]) != _major(told):
                raise StopError("refused", f"{name} is version {replicas[name]['version']} here, {told['version']} there")
            if told["status"] in UNPROMOTABLE:
                # Nor could it be shut off: RDS takes no change meanwhile.
                busy[f"{name} of {work.site.other}"] = told["status"]
    if busy:
        return Told(done=False, why=", ".join(f"{name} is {status}" for name, status in sorted(busy.items())))
    names = [name for name in replicas if name not in writable or not is_again]
    losses = work.losses(_seen(work, waited), names)
    total = largest(losses)
    why = total.refusal(REPLICATES_SECONDS if work.order.mode == PLANNED else work.order.accept_loss)
    if why and is_last:
        raise StopError("refused", why)
    each = {name: loss.facts() for name, loss in losses.items()}
    return Told(done=not why, why=why, facts={"loss": total.facts(), "databases": each, "leftBehind": left})


def _left_behind(work: Work, notes: Notes) -> list[str]:
    """The databases that will not be here: those of the other region without a replica, and those that the order leaves out."""
    there = {switch.name for switch in work.there(notes).site.of("database")} if notes["lock"]["site"] else set[str]()
    return sorted({*work.order.without} | there - {switch.name for switch in work.site.of("database")})


def _seen(work: Work, waited: float) -> Mapping[str, Any]:
    try:
        return work.here.ask("look")
    except Exception as error:
        # Who accepts a loss that nobody knows need not wait for somebody to tell it.
        if waited >= REPLAY_SECONDS and work.order.mode == DISASTER and work.order.accept_loss is None:
            return {}
        if waited >= ASKED_SECONDS:
            what = (
                'the loss is unknown; accept it with "unknown"'
                if work.order.mode == DISASTER
                else "nobody can tell what is here"
            )
            raise StopError("refused", f"the function `heartbeat` here does not answer: {what} ({error})") from error
        raise


def _major(told: Mapping[str, Any]) -> str:
    return told["version"].split(".")[0]


def quiesce(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Note what is on there, and let nothing new in."""
    there, record, other = work.there(notes), work.record, work.site.other

    def note() -> Told:
        work.still_as_locked(notes)
        states = there.states("gate", "mapping", "schedule", "rule", "job-queue", "service")
        if changing := sorted(label for label, state in states.items() if state == "changing"):
            return Told(done=False, why=f"still changing: {', '.join(changing)}")
        gates = [states[gate.label] for gate in there.site.of("gate")]
        is_shut = bool(gates) and set(gates) == {"off"}
        # A run that ended here without giving back has left its note: what is off now was on before that one.
        before = {**states, **(record.noted(other) if is_shut else {})}
        record.note(other, before)
        return Told(done=True, facts=before)

    # What was off by somebody's will stays off when it is given back.
    before = flow.until("quiesce note", note, limit)
    notes["quiesce"] = {"before": before}

    def look() -> Told:
        work.still_as_locked(notes)
        return told_of(there.converge(there.site.of("gate", "schedule", "rule", "job-queue"), "off"))

    flow.until("quiesce", look, limit)
    return {"before": before}


def drain(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Wait for queues and jobs there."""
    there = work.there(notes)
    began = flow.once("drain began", lambda: {"at": work.now()})["at"]

    def look() -> Told:
        work.still_as_locked(notes)
        waiting = {**there.waits(), **{f"jobs of {name}": count for name, count in there.jobs().items()}}
        left = {name: count for name, count in waiting.items() if count}
        if not left and there.site.of("queue") and work.now() - began < SETTLED_SECONDS:
            return Told(done=False, why="the queues' counts are not settled yet")
        return Told(done=not left, why=", ".join(f"{name}: {count}" for name, count in sorted(left.items())))

    return flow.until("drain", look, limit)


def decide(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Record that this region is the active one."""
    epoch = notes["lock"]["epoch"] + 1

    def look() -> Told:
        work.record.decide(work.site.region, work.order.run, epoch, work.now())
        return Told(done=True, facts={"epoch": epoch})

    return flow.until("decide", look, limit)


def fence(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Shut the other region off."""
    if work.order.mode == DISASTER:
        return _fence_at_once(work, flow, notes)
    there = work.there(notes)

    def look() -> Told:
        work.still_ours()
        if why := work.disagreement(there):
            return Told(done=False, why=why)
        missing = there.converge(there.site.of(*CLOSES), "off")
        if not missing.pending:
            there.end_sessions(missing)
        if missing.pending:
            return told_of(missing)
        work.record.put_fence(work.site.other, "closed", f"by {work.order.run}", work.now())
        return Told(done=True, facts={"state": "closed", "unfenced": False, "detail": "", "waits": _waits(there)})

    return flow.until("fence", look, limit)


def _fence_at_once(work: Work, flow: Flow, notes: Notes) -> Json:
    """What can't be shut off within the budget is recorded, and the run goes on."""
    other = work.site.other

    def tell(state: str, detail: str, waits: Mapping[str, int]) -> Json:
        work.record.put_fence(other, state, detail or f"by {work.order.run}", work.now())
        return {"state": state, "unfenced": state != "closed", "detail": detail, "waits": dict(waits)}

    if not notes["lock"]["site"]:
        return flow.once("fence unknown", lambda: tell("unreachable", f"{other} has not told what it consists of", {}))
    began = flow.once("fence began", lambda: {"at": work.now()})["at"]

    def look() -> Told:
        at, there = work.now(), work.there(notes)
        work.still_ours()
        # The decision takes a second to get there. Longer, and the region is cut off from it, and has to be shut off.
        if at - began < ARRIVES_SECONDS and (why := work.disagreement(there)):
            return Told(done=False, why=why)
        there = replace(there, left=lambda: min(work.left(), FENCE_BUDGET / 2 - (work.now() - at)))
        missing = close_at_once(there)
        waits = _waits(there) if missing.is_reached and there.left() > 0 else {}
        told = told_of(missing)
        state = "closed" if told.done else "open" if missing.is_reached else "unreachable"
        is_over = told.done or not missing.is_reached or work.now() - began >= FENCE_BUDGET / 2
        return Told(done=is_over, why=told.why, facts=tell(state, told.why, waits))

    return flow.until("fence", look, FENCE_BUDGET)


def _waits(there: Region) -> dict[str, int]:
    try:
        return there.waits()
    except Exception:
        # Nice to know, and no reason to wait.
        return {}


def catch_up(work: Work, flow: Flow, notes: Notes, limit: int) -> Json:
    """Prove that all that was written there is here."""
    names = list(notes["gate"]["databases"])
    if not names:
        return {"numbers": {}}
    there = work.there(notes)

    def final() -> Told:
        told: Mapping[str, Any] = there.ask("final").get("databases") or {}
        numbers = {name: number_of((told.get(name) or {}).get("number")) for name in names}
        missing = [name for name, number in numbers.items() if number is None]
        return Told(done=not missing, why=f"no last number in {', '.join(missing)}", facts={"numbers": numbers})

    numbers = flow.until("catch-up final", final, limit)["numbers"]

    def look() -> Told:
        seen: Mapping[str, Any] = work.here.ask("look").get("databases") or {}
        here = {name: number_of((seen.get(name) or {}).get("number")) for name in names}
        behind = [name for name, number in here.items() if number is None or number < numbers[name]]
        return Told(done=not behind, why=f"not yet here: the last number of {', '.join(behind)}", facts={"numbers": numbers})

    return flow.until("catch-up", look, limit)
