"""Who is told of what, and when: what the settings say (dataconnect:alerts), as the function reads it."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

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


Hours = Sequence[tuple[int, int, int]]
"""Of a week: day (0 is Monday), first minute of it, and the minute that is none of them any more; none of them for always."""


def hold(hours: Hours, local: datetime) -> bool:
    """Whether it is one of these hours."""
    minute = local.hour * 60 + local.minute
    return any(day == local.weekday() and start <= minute < end for day, start, end in hours)


@dataclass(frozen=True, kw_only=True)
class Route:
    """What goes to another team than its owner; empty means all, no hours always."""

    team: str
    severities: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    hours: Hours = ()

    def fits(self, thing: str, severity: str, local: datetime) -> bool:
        """Whether it is for such an alarm at such a time."""
        return (
            (not self.severities or severity in self.severities)
            and (not self.things or thing in self.things)
            and (not self.hours or hold(self.hours, local))
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
        hours: When what is not critical is told.
        escalation: Minutes without acknowledgement -> team, the soonest first.
        storm_alarms: More than so many new incidents of a team ...
        storm_minutes: ... within so many minutes are told as one.
        commands: Kind of alarm -> the first command of its runbook, with `STACK` and `SERVICE` for whose alarm it is.
        workloads: Services and functions with a log of their own.
        searched: Whether the stack has a domain in which logs are searched.
        buttons: Whether messages in Slack have buttons: something takes what they send (functions/orders).
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
    hours: Hours = ()
    escalation: Sequence[tuple[int, str]] = ()
    storm_alarms: int = 8
    storm_minutes: int = 5
    commands: Mapping[str, str] = field(default_factory=dict[str, str])
    workloads: Collection[str] = ()
    searched: bool = False
    buttons: bool = False

    def owner_of(self, thing: str) -> str:
        """The team that owns the alarms of a thing."""
        return self.owners.get(thing, self.owner)

    def team_for(self, thing: str, severity: str, now: datetime) -> str:
        """The team that is told: that of the first route that fits, or the owner."""
        local = now.astimezone(self.zone)
        return next((each.team for each in self.routes if each.fits(thing, severity, local)), self.owner_of(thing))

    def wait(self, severity: str, now: datetime) -> bool:
        """Whether something so urgent waits until people work."""
        return severity != WAKES and bool(self.hours) and not hold(self.hours, now.astimezone(self.zone))

    def channels(self, teams: Iterable[str]) -> tuple[Channel, ...]:
        """The channels of some teams; one that two of them have is told once."""
        return tuple(dict.fromkeys(channel for team in teams for channel in self.teams.get(team, ())))


def load(file: Path) -> Routing:
    """What lies in the function's package: the document, and the rules (TZif) of its time zone beside it."""
    told = json.loads(file.read_text(encoding="utf-8"))
    with file.with_name("zone").open("rb") as rules:
        return parse(told, ZoneInfo.from_file(rules, key=told["timezone"]))


def parse(told: Mapping[str, Any], zone: tzinfo) -> Routing:
    """The routing of a document that components/operate/notifier.py wrote, whose hours are of a time zone."""
    return Routing(
        **{name: told[name] for name in ("stack", "environment", "region", "table", "secret", "runbooks", "owner", "owners")},
        zone=zone,
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
        buttons=told["buttons"],
    )


def _hours(told: Sequence[Sequence[int]]) -> Hours:
    return tuple((day, start, end) for day, start, end in told)
