"""Who is told of what, and when: what the settings say (dataconnect:alerts), as the function reads it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

from functions.shared import telling

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WAKES: Final = "critical"

ChannelKind = Literal["slack", "mail", "webhook", "pagerduty"]


@dataclass(frozen=True, kw_only=True, order=True)
class Channel:
    """One way to reach people.

    Attributes:
        kind: What it is.
        address: Slack channel id; ARN of the team's mail topic; name of the address, or of the key, in the notifier's secret.
    """

    kind: ChannelKind
    address: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.address}"


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Hours of some days; `start` and `end` as `08:00`, and an end before the start is on the next day."""

    days: tuple[str, ...]
    start: str
    end: str

    def hold(self, local: datetime) -> bool:
        """Whether it is one of them."""
        time, today = f"{local:%H:%M}", DAYS[local.weekday()]
        if self.start < self.end:
            return today in self.days and self.start <= time < self.end
        yesterday = DAYS[local.weekday() - 1]
        return (today in self.days and time >= self.start) or (yesterday in self.days and time < self.end)


@dataclass(frozen=True, kw_only=True)
class Route:
    """What goes to another team than its owner; empty means all, no hours always."""

    team: str
    severities: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    hours: Hours | None = None

    def fits(self, thing: str, severity: str, local: datetime) -> bool:
        """Whether it is for such an alarm at such a time."""
        return (
            (not self.severities or severity in self.severities)
            and (not self.things or thing in self.things)
            and (self.hours is None or self.hours.hold(local))
        )


@dataclass(frozen=True, kw_only=True)
class Routing:
    """All that the function knows of its stack.

    Attributes:
        stack: The stack's name.
        environment: `dev`, `stage` or `prod`.
        region: Where it is.
        table: Name of its table.
        secret: ARN of its secret.
        runbooks: Address that runbooks begin with.
        zone: Of the hours.
        teams: Team -> its channels.
        owner: The team that owns what no other does.
        owners: Thing, e.g. `database` -> the team that owns its alarms.
        routes: The first that fits is taken.
        hours: When what is not critical is told; None for always.
        escalation: Minutes without acknowledgement -> team, the soonest first.
        storm_alarms: More than so many new incidents of a team ...
        storm_minutes: ... within so many minutes are told as one.
        commands: Kind of alarm -> the first command of its runbook.
        workloads: Services and functions with a log of their own.
        searched: Whether the stack has a domain in which logs are searched.
    """

    stack: str
    environment: str
    region: str
    table: str
    secret: str
    runbooks: str
    zone: tzinfo
    teams: Mapping[str, tuple[Channel, ...]]
    owner: str
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    routes: Sequence[Route] = ()
    hours: Hours | None = None
    escalation: Sequence[tuple[int, str]] = ()
    storm_alarms: int = 8
    storm_minutes: int = 5
    commands: Mapping[str, str] = field(default_factory=dict[str, str])
    workloads: Collection[str] = ()
    searched: bool = False

    def owner_of(self, thing: str) -> str:
        """The team that owns the alarms of a thing."""
        return self.owners.get(thing, self.owner)

    def team_for(self, thing: str, severity: str, now: datetime) -> str:
        """The team that is told: that of the first route that fits, or the owner."""
        local = now.astimezone(self.zone)
        return next((each.team for each in self.routes if each.fits(thing, severity, local)), self.owner_of(thing))

    def wait(self, severity: str, now: datetime) -> bool:
        """Whether something so urgent waits until people work."""
        return severity != WAKES and self.hours is not None and not self.hours.hold(now.astimezone(self.zone))

    def channels(self, teams: Iterable[str]) -> tuple[Channel, ...]:
        """The channels of some teams; one that two of them have is told once."""
        return tuple(dict.fromkeys(channel for team in teams for channel in self.teams.get(team, ())))


def load(file: Path) -> Routing:
    """What lies in the function's package."""
    return parse(json.loads(file.read_text(encoding="utf-8")))


def parse(told: Mapping[str, Any]) -> Routing:
    """The routing of a document that components/operate/notifier.py wrote."""
    return Routing(
        **{name: told[name] for name in ("stack", "environment", "region", "table", "secret", "runbooks", "owner", "owners")},
        zone=_zone(told["timeZone"]),
        teams={
            team: tuple(Channel(kind=cast("ChannelKind", kind), address=address) for kind, address in ways.items())
            for team, ways in told["teams"].items()
        },
        routes=[
            Route(
                team=each["team"],
                severities=tuple(each["severities"]),
                things=tuple(each["things"]),
                hours=_hours(each["hours"]),
            )
            for each in told["routes"]
        ],
        hours=_hours(told["hours"]),
        escalation=[(each["afterMinutes"], each["team"]) for each in told["escalation"]],
        storm_alarms=told["storm"]["alarms"],
        storm_minutes=told["storm"]["minutes"],
        commands=told["commands"],
        workloads=frozenset(told["workloads"]),
        searched=told["searched"],
    )


def _hours(told: Mapping[str, Any] | None) -> Hours | None:
    return Hours(days=tuple(told["days"]), start=told["start"], end=told["end"]) if told else None


def _zone(name: str) -> tzinfo:
    """The zone, or UTC where the runtime does not know it: hours that are off by some are better than silence."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        with telling.event("notify", "load", counted=False) as line:
            line.tell(zone=name)
            line.fail("the runtime does not know the zone: UTC is taken")
        return UTC
