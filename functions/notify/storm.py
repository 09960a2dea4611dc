"""Storms: many incidents of one team within minutes, told as one message that grows."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .incident import Acknowledged, Incident
from .notice import Notice
from .routing import Routing

_WORST_FIRST: Final = ("critical", "warning", "info")


def joins(
    found: Incident, everything: Sequence[Incident], routing: Routing, now: datetime, is_silenced: Callable[[Incident], bool]
) -> Incident | None:
    """The storm that an incident is part of, as it is or would begin; None where so few came of late that each is told alone.

    What somebody has silenced is no part of it: what comes after a storm that is silenced is told alone, or begins another.
    """
    own = [each for each in everything if each.teams[0] == found.teams[0]]
    storms = [each for each in own if each.kind == "storm"]
    since = (now - timedelta(minutes=routing.storm_minutes)).isoformat(timespec="milliseconds")
    silent = max((each.opened for each in storms if is_silenced(each)), default="")
    recent = [
        each
        for each in own
        if each.kind in ("alarm", "event") and each.raised >= since and each.raised > silent and not is_silenced(each)
    ]
    if len(recent) <= routing.storm_alarms:
        return None
    if going := [each for each in storms if not is_silenced(each)]:
        return max(going, key=lambda each: each.opened)
    at, team = now.isoformat(timespec="milliseconds"), found.teams[0]
    # Of two runs that begin it at once, both call it the same; and nothing that is said of it is said of a later one.
    identity = f"storm#{team}#{min(each.raised for each in recent)}"
    notice = Notice(identity=identity, state="firing", at=at, severity=found.notice.severity, title="", text="")
    return Incident(kind="storm", notice=notice, state="firing", changed=at, opened=at, raised=at, teams=(team,))


def knew(member: Incident, said: Acknowledged) -> bool:
    """Whether who took care of a storm could know of an alarm of it: it fired, and was in it, by then."""
    began = max(datetime.fromisoformat(each) for each in (member.raised, member.joined) if each)
    return began <= datetime.fromisoformat(said.at)


def refreshed(storm: Incident, members: Sequence[Incident], now: datetime) -> Incident:
    """The storm as its members make it: as urgent as the worst that goes on, and over when all of them are.

    When it comes back, grows worse, or has an alarm that who takes care of it did not know, it is raised anew, and nobody takes
    care of it any more.
    """
    going_on = [each for each in members if each.goes_on(now)]
    worst = min((each.notice.severity for each in going_on or members), key=_WORST_FIRST.index, default=storm.notice.severity)
    title = f"Storm: {len(members)} alarms of {storm.teams[0]} at once"
    text = f"{len(going_on)} go on, {len(members) - len(going_on)} are over. Each is listed by `dataconnect alerts list`."
    now_told = replace(storm, notice=replace(storm.notice, severity=worst, title=title, text=text))
    at, said = now.isoformat(timespec="milliseconds"), storm.acknowledged
    if not going_on:
        return replace(now_told, state="resolved", changed=at) if storm.is_open else now_told
    again = {"acknowledged": None, "escalated": 0, "teams": storm.teams[:1], "raised": at}
    if not storm.is_open:
        return replace(now_told, state="firing", changed=at, count=storm.count + 1, **again)
    worse = _WORST_FIRST.index(worst) < _WORST_FIRST.index(storm.notice.severity)
    unknown = said is not None and not all(knew(each, said) for each in going_on)
    return replace(now_told, **again) if worse or unknown else now_told
