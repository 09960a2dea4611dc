"""The desk: takes notices in, and tells people whatever they have not been told yet.

What there is to tell and what was told both stand in the table. So a message that comes twice, two runs at once, a run that
dies and a channel that is down all end alike: the next run sees what is missing, and tells it. What a run has told and not
noted before it died is told once more; nothing is ever left untold.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from .channels import Channels, UndeliveredError, Voice
from .incident import Incident, Told, take
from .notice import Notice, reference
from .render import Message, message_of
from .routing import WAKES, Channel, Routing
from .store import Store
from .storm import joins, knew, refreshed

LEASE_SECONDS: Final = 75
"""Longer than a run may take: whoever holds it after that is dead."""
_ROUNDS: Final = 3


class Desk:
    """The notifier's work, on one table, for one run."""

    def __init__(self, store: Store, routing: Routing, channels: Channels, now: Callable[[], datetime]) -> None:
        self._store, self._routing, self._channels, self._now = store, routing, channels, now
        self._own = uuid.uuid4().hex
        self._silences: Mapping[str, int] | None = None

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
        if found := self._store.get(identity):
            self._pass_on(found)
        return self._tell(identity)

    def look_through(self, is_over: Callable[[], bool] = lambda: False) -> list[str]:
        """Tell all that is untold, escalate what nobody takes care of, close what is over; until `is_over`."""
        troubles: list[str] = []
        everything = self._store.open()
        storms = {each.identity for each in everything if each.kind == "storm"}
        for incident in sorted(everything, key=lambda each: (each.notice.severity != WAKES, each.opened)):
            if is_over():
                troubles.append("there is more to tell than a run has time for")
                break
            if incident.kind == "storm":
                self._pass_on(incident)
            elif incident.storm and incident.storm not in storms and incident.goes_on(self._now()):
                # Its storm ended while it came back.
                self._store.change(incident.identity, lambda found: replace(found, storm="") if found and found.storm else None)
            troubles += self._tell(incident.identity)
        self._close()
        return list(dict.fromkeys(troubles))

    def _pass_on(self, storm: Incident) -> None:
        """Note of each alarm of a storm who takes care of the storm, if they knew of it."""
        said = storm.acknowledged
        if said is None or not storm.cared_for(self._now()):
            return

        def theirs(found: Incident | None) -> Incident | None:
            is_so = found and knew(found, said) and not found.cared_for(self._now())
            return replace(found, acknowledged=said) if found and is_so else None

        for each in self._members(storm.identity):
            if theirs(each):
                self._store.change(each.identity, theirs)

    def _join_storm(self, identity: str) -> str:
        """Make the incident one of a storm, if there is one; the storm's identity, where it is in one."""
        found = self._store.get(identity)
        if found is None or found.storm or found.told or found.kind not in ("alarm", "event") or not found.opened:
            return found.storm if found else ""
        # A storm of warnings waits.
        alone = self._is_silenced(found) or not found.notice.waits
        now = self._now()
        storm = None if alone else joins(found, self._store.open(), self._routing, now, self._is_silenced)
        if storm is None:
            return ""
        member = {"storm": storm.identity, "joined": now.isoformat(timespec="milliseconds")}
        # Written even where it is there, so that it is not closed meanwhile.
        self._store.change(storm.identity, lambda there: there or storm)
        self._store.change(identity, lambda there: replace(there, **member) if there and not there.told else None)
        return storm.identity

    def _members(self, storm: str) -> list[Incident]:
        return [each for each in self._store.open() if each.storm == storm]

    def _heard(self, storm: str) -> list[Incident]:
        """Those of a storm that nobody has silenced by themselves."""
        now = self._now().timestamp()
        return [each for each in self._members(storm) if self._silenced_until(each.notice.key, each.reference) <= now]

    def _tell(self, identity: str) -> list[str]:
        troubles: dict[Channel, str] = {}
        for _ in range(_ROUNDS):
            leased = self._store.change(identity, lambda found: self._lease(found, troubles))
            if leased is None:
                break
            message = self._message(leased)
            for channel, voice in self._due(leased, message):
                try:
                    told = self._channels.tell(channel, leased, message, self._token(channel, leased, message), voice)
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
        if not {channel for channel, _ in self._due(current, self._message(current))} - set(but):
            return current if current != found else None
        return replace(current, lease=self._own, lease_until=now.timestamp() + LEASE_SECONDS)

    def _message(self, found: Incident) -> Message:
        members = self._heard(found.identity) if found.kind == "storm" else []
        return message_of(found, self._routing, self._now(), members)

    def _current(self, found: Incident, now: datetime) -> Incident:
        """The incident as of now: a storm with its members, and escalated where nobody takes care of it in time."""
        members = [found]
        if found.kind == "storm":
            members = self._heard(found.identity)
            found = refreshed(found, members, now)
        if not self._waits(found):
            found = self._routed(found, members, now)
        step = self._next_step(found)
        if step is None or found.cared_for(now) or self._is_silenced(found):
            return found
        minutes, team = step
        if now.timestamp() - self._unheeded_since(found) < 60 * minutes:
            return found
        return replace(found, escalated=found.escalated + 1, teams=tuple(dict.fromkeys((*found.teams, team))))

    def _routed(self, found: Incident, members: Sequence[Incident], now: datetime) -> Incident:
        """It, for who is to be told now, where nobody has been told since it was raised, which may be hours ago."""
        heard = any(each.raised in ("", found.raised) for each in found.told.values()) or (found.told and not found.is_open)
        if found.kind == "report" or found.storm or found.escalated or heard:
            return found
        notices = [each.notice for each in members if each.goes_on(now)] or [each.notice for each in members]
        teams = dict.fromkeys(self._routing.team_for(each.thing, each.severity, now) for each in notices)
        return replace(found, teams=tuple(sorted(teams, key=lambda team: team != found.teams[0])) or found.teams)

    def _next_step(self, found: Incident) -> tuple[int, str] | None:
        if found.notice.severity != WAKES or not found.is_open or not found.raised or found.storm:
            return None
        return self._routing.escalation[found.escalated] if found.escalated < len(self._routing.escalation) else None

    def _unheeded_since(self, found: Incident) -> float:
        """From which second on somebody should have acknowledged it: it was raised, or a word or a silence has ended."""
        said = found.acknowledged.until if found.acknowledged else 0
        return max(
            datetime.fromisoformat(found.raised).timestamp(), said, self._silenced_until(found.notice.key, found.reference)
        )

    def _silenced_until(self, *names: str) -> int:
        """Until which second kinds or incidents of such names are silenced, or were; 0 if never."""
        if self._silences is None:
            self._silences = {what: each.until for what, each in self._store.silences(0).items()}
        return max(self._silences.get(each, 0) for each in names)

    def _is_silenced(self, found: Incident) -> bool:
        """Whether somebody has silenced its kind, itself, or the storm that it is in."""
        storm = reference(found.storm) if found.storm else ""
        return self._silenced_until(found.notice.key, found.reference, storm) > self._now().timestamp()

    def _waits(self, found: Incident) -> bool:
        """Whether nobody is to hear of it now."""
        if found.kind == "report":
            return False
        notice = found.notice
        return (notice.waits and self._routing.wait(notice.severity, self._now())) or self._is_silenced(found)

    def _due(self, found: Incident, message: Message) -> list[tuple[Channel, Voice]]:
        """Who is to be told, and how."""
        if found.storm or not found.opened or (found.kind == "storm" and not message.lines):
            return []
        quiet = self._waits(found)
        own = self._routing.channels(found.teams)
        # Who was told, and is no more: what they have stays true, and its end is told.
        others = [each for each in self._told_in(found) if each not in own]
        ways = [*((each, quiet) for each in own), *((each, quiet or found.is_open) for each in others)]
        return [(way, voice) for way, silent in ways if (voice := self._voice(way, found, message, quiet=silent))]

    def _told_in(self, found: Incident) -> list[Channel]:
        return [each for each in self._routing.channels(self._routing.teams) if str(each) in found.told]

    def _voice(self, channel: Channel, found: Incident, message: Message, *, quiet: bool) -> Voice | None:
        """How a channel is to be told; None where it is not."""
        told = found.told.get(str(channel))
        if told is None:
            return None if quiet else "news"
        differs = told.token != self._token(channel, found, message)
        if quiet:
            # That somebody takes care of it calls nobody, and ends calls of PagerDuty's own.
            shows = channel.kind == "slack" or (channel.kind == "pagerduty" and message.cared)
            return "quiet" if differs and shows else None
        return "news" if found.is_news(told, self._now()) else "change" if differs else None

    @staticmethod
    def _token(channel: Channel, found: Incident, message: Message) -> str:
        """What tells what there is to tell from what was told: all that is said where it can be changed, else what matters."""
        if channel.kind == "slack":
            return message.digest()
        parts = [found.state, found.notice.severity, str(found.count) if found.kind == "storm" else ""]
        return ":".join([*parts, "acknowledged" if channel.kind == "pagerduty" and message.cared else ""])

    def _close(self) -> None:
        """Close what is over and told, or was over before it was to be told."""
        everything = self._store.open()
        storms = {each.identity for each in everything if each.kind == "storm"}
        for each in everything:
            if self._is_over(each, storms):
                self._store.close(each, self._now().timestamp())

    def _is_over(self, found: Incident, storms: set[str]) -> bool:
        now = self._now()
        if not found.is_settled(now) or found.storm in storms or found.lease_until > now.timestamp():
            return False
        message = self._message(found)
        # What people were told waits for its end to be told, as long as nobody is to hear of it.
        if self._due(found, message) or any(self._voice(each, found, message, quiet=False) for each in self._told_in(found)):
            return False
        if found.state == "event":
            untold = not found.storm and any(str(each) not in found.told for each in self._routing.channels(found.teams))
            pending = self._next_step(found) is not None and not found.cared_for(now)
            return not untold and not pending
        return not found.is_open
