"""Storms: many incidents of one team within minutes, told as one message that grows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .incident import Incident
from .notice import Notice
from .routing import Routing

_WORST_FIRST: Final = ("critical", "warning", "info")


def joins(found: Incident, everything: Sequence[Incident], routing: Routing, now: datetime) -> Incident | None:
    """The storm that an incident is part of, as it would begin; None where so few came of late that each is told alone."""
    team = found.teams[0]
    since = (now - timedelta(minutes=routing.storm_minutes)).isoformat(timespec="milliseconds")
    recent = [each for each in everything if each.kind in ("alarm", "event") and each.teams[0] == team and each.raised >= since]
    if len(recent) <= routing.storm_alarms:
        return None
    at = now.isoformat(timespec="milliseconds")
    identity = f"storm#{team}"
    notice = Notice(identity=identity, state="firing", at=at, severity=found.notice.severity, title="", text="")
    return Incident(kind="storm", notice=notice, state="firing", changed=at, opened=at, raised=at, teams=(team,))


def refreshed(storm: Incident, members: Sequence[Incident], now: datetime) -> Incident:
    """The storm as its members make it: as urgent as the worst that goes on, and over when all of them are."""
    going_on = [each for each in members if each.is_open and not (each.state == "event" and each.is_settled(now))]
    over = not going_on
    worst = min((each.notice.severity for each in going_on or members), key=_WORST_FIRST.index, default=storm.notice.severity)
    title = f"Storm: {len(members)} alarms of {storm.teams[0]} at once"
    text = f"{len(going_on)} go on, {len(members) - len(going_on)} are over. Each is listed by `dataconnect alerts list`."
    notice = replace(storm.notice, severity=worst, title=title, text=text)
    state = "resolved" if over else "firing"
    if state == storm.state:
        return replace(storm, notice=notice)
    at = now.isoformat(timespec="milliseconds")
    if over:
        return replace(storm, notice=notice, state=state, changed=at)
    begins = {"acknowledged": None, "escalated": 0, "teams": storm.teams[:1], "count": storm.count + 1}
    return replace(storm, notice=notice, state=state, changed=at, raised=at, **begins)
