"""The desk: takes notices in, and tells people whatever they have not been told yet.

What there is to tell and what was told both stand in the table. So a message that comes twice, two runs at once, a run that
dies and a channel that is down all end alike: the next run sees what is missing, and tells it. What a run has told and not
noted before it died is told once more; nothing is ever left untold.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .channels import Channels, UndeliveredError
from .incident import Incident, Told, take
from .notice import Notice
from .render import Message, message_of
from .routing import WAKES, Channel, Routing
from .store import Store
from .storm import joins, refreshed

LEASE_SECONDS: Final = 75
"""Longer than a run may take: whoever holds it after that is dead."""
_ROUNDS: Final = 3


class Desk:
    """The notifier's work, on one table, for one run."""

    def __init__(self, store: Store, routing: Routing, channels: Channels, now: Callable[[], datetime]) -> None:
        self._store, self._routing, self._channels, self._now = store, routing, channels, now
        self._own = uuid.uuid4().hex
        self._silenced: frozenset[str] | None = None

    def take_in(self, notice: Notice) -> None:
        """Note what happened."""
        now = self._now()
        team = self._routing.team_for(notice.thing, notice.severity, now)
        self._store.change(notice.identity, lambda found: take(found, notice, team=team, now=now))

    def open(self, incident: Incident) -> None:
        """Note an incident of the notifier's own, unless it is there."""
        self._store.change(incident.identity, lambda found: None if found else incident)

    def tell(self, identity: str) -> tuple[list[str], str]:
        """Tell people what they have not been told of an incident.

        Returns what went wrong, a line for each channel, and the identity of the storm that tells of it with others; it is told
        once, after all messages of a batch (`tell_storm`).
        """
        storm = self._join_storm(identity)
        return self._tell(identity), storm

    def tell_storm(self, identity: str) -> list[str]:
        """Tell people of a storm as it is now; what went wrong."""
        return self._tell(identity)

    def look_through(self, is_over: Callable[[], bool] = lambda: False) -> list[str]:
        """Tell all that is untold, escalate what nobody takes care of, close what is over; until `is_over`."""
        troubles: list[str] = []
        found = sorted(self._store.open(), key=lambda each: (each.notice.severity != WAKES, each.opened))
        for incident in found:
            if is_over():
                troubles.append("there is more to tell than a run has time for")
                break
            troubles += self._tell(incident.identity)
        self._pass_on()
        self._close()
        return list(dict.fromkeys(troubles))

    def _pass_on(self) -> None:
        """Note of each alarm of a storm who takes care of the storm."""
        everything = self._store.open()
        said = {each.identity: each.acknowledged for each in everything if each.kind == "storm" and each.acknowledged}
        for each in everything:
            if each.storm in said and each.acknowledged is None:
                by = said[each.storm]
                self._store.change(
                    each.identity,
                    lambda found, by=by: replace(found, acknowledged=by) if found and not found.acknowledged else None,
                )

    def _join_storm(self, identity: str) -> str:
        """Make the incident one of a storm, if there is one; the storm's identity, where it is in one."""
        found = self._store.get(identity)
        if found is None or found.storm or found.told or found.kind not in ("alarm", "event") or not found.opened:
            return found.storm if found else ""
        # A storm of warnings waits.
        alone = self._is_silenced(found) or not found.notice.waits
        storm = None if alone else joins(found, self._store.open(), self._routing, self._now())
        if storm is None:
            return ""
        now = self._now()
        members = [*self._members(storm.identity), found]
        self._store.change(storm.identity, lambda there: refreshed(there or storm, members, now))
        self._store.change(identity, lambda there: replace(there, storm=storm.identity) if there and not there.told else None)
        return storm.identity

    def _members(self, storm: str) -> list[Incident]:
        return [each for each in self._store.open() if each.storm == storm]

    def _tell(self, identity: str) -> list[str]:
        troubles: dict[Channel, str] = {}
        for _ in range(_ROUNDS):
            leased = self._store.change(identity, lambda found: self._lease(found, troubles))
            if leased is None:
                break
            members = self._members(identity) if leased.kind == "storm" else []
            message = message_of(leased, self._routing, members)
            for channel in self._due(leased, message):
                try:
                    told = self._channels.tell(channel, leased, message, self._token(channel, leased, message))
                except UndeliveredError as error:
                    troubles[channel] = str(error)
                else:
                    self._note(identity, channel, told)
            if self._store.change(identity, self._release) is None:
                break
        return list(troubles.values())

    def _note(self, identity: str, channel: Channel, told: Told) -> None:
        self._store.change(identity, lambda found: replace(found, told={**found.told, str(channel): told}) if found else None)

    def _release(self, found: Incident | None) -> Incident | None:
        return replace(found, lease="", lease_until=0) if found and found.lease == self._own else None

    def _lease(self, found: Incident | None, but: Iterable[Channel]) -> Incident | None:
        """The incident as it is now, for this run alone; None where another is at it, or there is nothing to tell."""
        now = self._now()
        if found is None or (found.lease not in ("", self._own) and found.lease_until > now.timestamp()):
            return None
        current = self._current(found, now)
        members = self._members(current.identity) if current.kind == "storm" else []
        due = set(self._due(current, message_of(current, self._routing, members))) - set(but)
        if not due:
            return current if current != found else None
        return replace(current, lease=self._own, lease_until=now.timestamp() + LEASE_SECONDS)

    def _current(self, found: Incident, now: datetime) -> Incident:
        """The incident as of now: a storm with its members, and escalated where nobody takes care of it in time."""
        if found.kind == "storm":
            found = refreshed(found, self._members(found.identity), now)
        step = self._next_step(found)
        if step is None or found.cared_for(now) or self._is_silenced(found):
            return found
        minutes, team = step
        if now - datetime.fromisoformat(found.raised) < timedelta(minutes=minutes):
            return found
        return replace(found, escalated=found.escalated + 1, teams=tuple(dict.fromkeys((*found.teams, team))))

    def _next_step(self, found: Incident) -> tuple[int, str] | None:
        if found.notice.severity != WAKES or not found.is_open or not found.raised or found.storm:
            return None
        return self._routing.escalation[found.escalated] if found.escalated < len(self._routing.escalation) else None

    def _is_silenced(self, found: Incident) -> bool:
        if self._silenced is None:
            self._silenced = frozenset(self._store.silences(self._now().timestamp()))
        return not self._silenced.isdisjoint({found.notice.key, found.reference} - {""})

    def _waits(self, found: Incident) -> bool:
        """Whether those who have not been told of it yet are not told now."""
        if found.kind == "report":
            return False
        notice = found.notice
        return (notice.waits and self._routing.wait(notice.severity, self._now())) or self._is_silenced(found)

    def _due(self, found: Incident, message: Message) -> list[Channel]:
        if found.storm or not found.opened or (found.kind == "storm" and not message.lines):
            return []
        missing = [
            channel
            for channel in self._routing.channels(found.teams)
            if (told := found.told.get(str(channel))) is None or told.token != self._token(channel, found, message)
        ]
        if any(str(channel) not in found.told for channel in missing) and self._waits(found):
            return [channel for channel in missing if str(channel) in found.told]
        return missing

    @staticmethod
    def _token(channel: Channel, found: Incident, message: Message) -> str:
        """What tells what there is to tell from what was told: all that is said where it can be changed, else what matters."""
        if channel.kind == "slack":
            return message.digest()
        parts = [found.state, found.notice.severity, str(found.count) if found.kind == "storm" else ""]
        return ":".join([*parts, "acknowledged" if channel.kind == "pagerduty" and found.acknowledged else ""])

    def _close(self) -> None:
        """Close what is over and told, or was over before it was to be told."""
        everything = self._store.open()
        storms = {each.identity for each in everything if each.kind == "storm"}
        for each in everything:
            if self._is_over(each, storms, everything):
                self._store.close(each, self._now().timestamp())

    def _is_over(self, found: Incident, storms: set[str], everything: Sequence[Incident]) -> bool:
        now = self._now()
        if not found.is_settled(now) or found.storm in storms or found.lease_until > now.timestamp():
            return False
        members = [each for each in everything if each.storm == found.identity]
        if self._due(found, message_of(found, self._routing, members)):
            return False
        if found.state == "event":
            untold = not found.storm and any(str(each) not in found.told for each in self._routing.channels(found.teams))
            pending = self._next_step(found) is not None and not found.cared_for(now)
            return not untold and not pending
        return not found.is_open
