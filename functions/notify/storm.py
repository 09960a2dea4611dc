"""Storms: many incidents of one team within minutes, told as one message that grows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .incident import SETTLED_SECONDS, Acknowledged, Incident
from .notice import Notice
from .routing import WAKES, Routing

_WORST_FIRST: Final = ("critical", "warning", "info")


def is_untold(found: Incident) -> bool:
    """Whether it goes on and nobody has heard of it, alone or in a storm."""
    return found.kind in ("alarm", "event") and bool(found.opened) and found.is_open and not (found.told or found.storm)


def joins(
    found: Incident,
    everything: Sequence[Incident],
    routing: Routing,
    now: datetime,
    *,
    is_silenced: Callable[[Incident], bool],
    waits: Callable[[Incident], bool],
) -> Incident | None:
    """The storm that an incident is part of, as it is or would begin; None where so few came of late that each is told alone.

    One comes when people hear of it, which may be hours after it began. What nobody is to hear now is no part of it: what comes
    after a storm that is silenced is told alone, or begins another.
    """
    own = [each for each in everything if each.teams[0] == found.teams[0]]
    storms = [each for each in own if each.kind == "storm"]
    since, at = (each.isoformat(timespec="milliseconds") for each in (now - timedelta(minutes=routing.storm_minutes), now))
    silent = max((each.opened for each in storms if is_silenced(each)), default="")
    untold = {each.identity for each in storms if not each.told}
    heard = {
        each.identity: at if is_untold(each) or each.storm in untold else _heard(each)
        for each in own
        if each.kind in ("alarm", "event") and not waits(each)
    }
    recent = [each for each in own if since <= heard.get(each.identity, "") > silent]
    if len(recent) <= routing.storm_alarms:
        return None
    if going := [each for each in storms if not is_silenced(each)]:
        return max(going, key=lambda each: each.opened)
    team = found.teams[0]
    # Of two runs that begin it at once, both call it the same; and nothing that is said of it is said of a later one.
    identity = f"storm#{team}#{min(each.raised for each in recent)}"
    notice = Notice(identity=identity, state="firing", at=at, severity=found.notice.severity, title="", text="")
    return Incident(kind="storm", notice=notice, state="firing", changed=at, opened=at, raised=at, teams=(team,))


def knew(member: Incident, said: Acknowledged) -> bool:
    """Whether who took care of a storm could know of an alarm of it: it fired, and was in it, by then."""
    return datetime.fromisoformat(_began(member)) <= datetime.fromisoformat(said.at)


def refreshed(storm: Incident, members: Sequence[Incident], routing: Routing, now: datetime) -> Incident:
    """The storm as its members make it: as urgent as the worst that goes on, and over when all of them are.

    An event never says that it is over, so a storm that has one ends as an event does, without a word. When the storm comes
    back, grows worse, or has an alarm that who takes care of it did not know, it is raised anew, and nobody takes care of it.
    """
    going_on = [each for each in members if _goes_on(each, storm, routing, now)]
    worst = min((each.notice.severity for each in going_on or members), key=_WORST_FIRST.index, default=storm.notice.severity)
    title = f"Storm: {len(members)} alarms of {storm.teams[0]} at once"
    now_told = replace(storm, notice=replace(storm.notice, severity=worst, title=title, text=_text(members)))
    at, said = now.isoformat(timespec="milliseconds"), storm.acknowledged
    state = _state(members)
    if state == "resolved":
        return replace(now_told, state=state, changed=at) if storm.is_open else now_told
    last = max(max(each.changed, each.joined) for each in members)
    now_told = replace(now_told, state=state, changed=last if state == "event" else storm.changed)
    again = {"acknowledged": None, "escalated": 0, "teams": storm.teams[:1], "raised": at}
    was_over = not storm.is_open or (storm.state == "event" and all(_began(each) > storm.changed for each in going_on))
    if was_over and going_on:
        return replace(now_told, changed=at if state == "firing" else last, count=storm.count + 1, **again)
    worse = _WORST_FIRST.index(worst) < _WORST_FIRST.index(storm.notice.severity)
    unknown = said is not None and not all(knew(each, said) for each in going_on)
    made = replace(now_told, **again) if worse or unknown else now_told
    words = [each.acknowledged for each in going_on if each.acknowledged and each.cared_for(now)]
    if not going_on or len(words) < len(going_on) or made.cared_for(now):
        return made
    # Somebody takes care of each that goes on.
    at = max(*(each.at for each in words), *map(_began, going_on), key=datetime.fromisoformat)
    until = min((each.until for each in words if each.until), default=0)
    return replace(made, acknowledged=Acknowledged(by=", ".join(sorted({each.by for each in words})), at=at, until=until))


def _heard(found: Incident) -> str:
    """When people heard of it, or of it again."""
    return max(_began(found), min((each.at for each in found.told.values()), default=""))


def _began(member: Incident) -> str:
    """Since when it fires as a part of its storm."""
    return max(member.raised, member.joined)


def _goes_on(member: Incident, storm: Incident, routing: Routing, now: datetime) -> bool:
    """Whether it is not over; an urgent event that nobody took care of is once all were told."""
    if member.goes_on(now) or member.state != "event":
        return member.goes_on(now)
    heeded = member.cared_for(datetime.fromisoformat(member.changed) + timedelta(seconds=SETTLED_SECONDS))
    return member.notice.severity == WAKES and not heeded and storm.escalated < len(routing.escalation)


def _state(members: Sequence[Incident]) -> str:
    """`firing` while an alarm does; then `event`, if it has one."""
    states = {each.state for each in members}
    return next((each for each in ("firing", "event") if each in states), "resolved")


def _text(members: Sequence[Incident]) -> str:
    counts = {state: sum(each.state == state for each in members) for state in ("firing", "resolved", "event")}
    alarms = f"{counts['firing']} go on, {counts['resolved']} are over"
    events = f"{counts['event']} are events, which have no end"
    parts = [alarms if counts["event"] < len(members) else "", events if counts["event"] else ""]
    return f"{', '.join(filter(None, parts))}. Each is listed by `dataconnect alerts list`."
