"""How a planned run that fails before any promotion gives back what it took."""

from collections.abc import Mapping
from typing import Any, Final

from .execute import Flow, Json, Notes, Told
from .record import Record
from .region import Region
from .work import Work, told_of

SETTLES_SECONDS: Final = 60


def give_back(work: Work, flow: Flow, notes: Notes) -> str:
    """Make the other region the active one again, and turn on what was on there.

    Returns:
        Why it was not given back; "" where it was.

    Raises:
        StopError: it did not come about.
    """
    other, there = work.site.other, work.there(notes)
    if notes["lock"]["active"] == work.site.region:
        return f"{other} was shut off before this run: order it again, it goes on from here"
    if "promote" in notes:
        # RDS may have taken a promotion that its description does not show yet.
        flow.context.wait("give-back settle", SETTLES_SECONDS)
    if not flow.once("give-back judge", lambda: {"untouched": work.is_untouched()})["untouched"]:
        return f"a promotion has begun: order the run again, it goes on from here ({other} stays shut off)"
    flow.until("give-back stop", lambda: told_of(work.here.converge(work.here.site.of("service"), "off")), 300)
    if "decide" in notes:
        _decide(work, flow, notes, there)
    before: Mapping[str, Any] = notes["quiesce"].get("before", {})
    services = {switch.name: before.get(switch.label) for switch in there.site.of("service")}
    tasks = {name: count for name, count in services.items() if count is not None}
    were_on = [switch for switch in there.site.switches if before.get(switch.label) == "on"]

    def look() -> Told:
        work.record.put_fence(other, "serves", f"given back by {work.order.run}", work.now())
        missing = there.converge(there.site.of("database"), "on")
        if missing.pending:
            return told_of(missing)
        started = there.start(tasks)
        return told_of(there.converge(were_on, "on", started if started.pending else there.scale(tasks)))

    flow.until("give-back", look, 900)

    def forget() -> Json:
        work.record.note(other, {})
        return {}

    flow.once("give-back forget", forget)
    return (
        ""
        if all(before.get(gate.label) == "on" for gate in there.site.of("gate"))
        else f"the gate of {other} was closed before"
    )


def _decide(work: Work, flow: Flow, notes: Notes, there: Region) -> None:
    epoch = notes["lock"]["epoch"] + 1

    def undo() -> Json:
        active = work.record.active(work.site.primary)
        if (active.region, active.epoch) == (work.site.region, epoch):
            work.still_ours()
            work.record.decide(work.site.other, work.order.run, epoch + 1, work.now())
        return {}

    def seen() -> Told:
        # Until its own table says so, the function `fence` there would shut off again what is given back.
        active = Record(there.client("dynamodb"), work.site.table).active(work.site.primary)
        return Told(done=active.region == work.site.other, why=f"{work.site.other} does not know yet that it is active")

    flow.once("give-back decide", undo)
    flow.until("give-back seen", seen, 300)
