"""What each team is told on Mondays: the week's alarms, those first that nobody acted on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .incident import Incident
from .notice import Notice, clean
from .routing import Routing
from .store import Silence, Store

HOUR = 8
"""Of Monday, in the zone of the settings."""
WEEK = timedelta(days=7)
LONGEST_REPORT = 15_000
"""Characters: a mail has room for them, Slack for the first lines."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What one kind of trouble was in a week.

    Attributes:
        title: What it is called.
        severity: How urgent it is.
        owner: The team that owns it.
        times: How often it fired.
        minutes: How long it lasted, all in all.
        by: Who acknowledged it.
        open: Whether it goes on.
    """

    title: str
    severity: str
    owner: str
    times: int
    minutes: int
    by: tuple[str, ...]
    open: bool

    def __str__(self) -> str:
        acted = f"acknowledged by {', '.join(self.by)}" if self.by else "nobody acted on it"
        still = ", goes on" if self.open else ""
        return f"{self.severity} {self.title}: {self.times} times, {self.minutes} min{still}; {acted}"


def summary(incidents: Iterable[Incident], owner_of: Callable[[str], str], now: datetime) -> list[Line]:
    """A line for each alarm or event of `incidents`; those first that nobody acted on, of these the most frequent."""
    found: dict[str, list[Incident]] = {}
    for each in incidents:
        if each.kind in ("alarm", "event") and each.opened:
            found.setdefault(each.notice.title, []).append(each)
    lines = [_line(title, same, owner_of, now) for title, same in found.items()]
    return sorted(lines, key=lambda each: (bool(each.by), -each.times, each.title))


def _line(title: str, same: Sequence[Incident], owner_of: Callable[[str], str], now: datetime) -> Line:
    ends = (now if each.state == "firing" else datetime.fromisoformat(each.changed) for each in same)
    seconds = sum((end - datetime.fromisoformat(each.opened)).total_seconds() for each, end in zip(same, ends, strict=True))
    return Line(
        title=title,
        severity=same[-1].notice.severity,
        owner=owner_of(same[-1].notice.thing),
        times=sum(each.count for each in same),
        minutes=max(0, round(seconds / 60)),
        by=tuple(sorted({each.acknowledged.by for each in same if each.acknowledged})),
        open=any(each.state == "firing" for each in same),
    )


def silences(found: Iterable[tuple[str, Silence]], owner_of: Callable[[str], str]) -> list[tuple[str, str]]:
    """Owner and sentence of each silence of the week: who heard nothing of what, for how long, and why."""
    told: list[tuple[str, str]] = []
    for what, each in found:
        name = each.title if what in each.title else f"{each.title} ({what})"
        ended = f", ended by {each.ended}" if each.ended else ""
        minutes = max(0, round((each.until - each.since) / 60))
        told.append((owner_of(each.thing), f"silenced {name}: {minutes} min by {each.by}{ended}; {each.why}"))
    return told


def report(store: Store, routing: Routing, now: datetime, tell: Callable[[Incident], None]) -> None:
    """Tell each team of the week that ended last, once; a team with nothing to be told hears nothing."""
    ended = _ended(now.astimezone(routing.zone)).astimezone(UTC)
    week = ended.date().isoformat()
    if store.is_reported(week):
        return
    since, until = ((ended - WEEK).isoformat(timespec="milliseconds"), ended.isoformat(timespec="milliseconds"))
    # What goes on may have begun before, and what has just been closed may lie in both.
    everything = {(each.identity, each.opened): each for each in (*store.done_since(since), *store.open())}
    lines = summary((each for each in everything.values() if each.opened < until), routing.owner_of, now)
    quiet = silences(store.silenced((ended - WEEK).timestamp(), ended.timestamp()), routing.owner_of)
    for team in dict.fromkeys((*(each.owner for each in lines), *(owner for owner, _ in quiet))):
        own = [each for each in lines if each.owner == team]
        ignored = sum(not each.by for each in own)
        said = [*map(str, own), *(sentence for owner, sentence in quiet if owner == team)]
        notice = Notice(
            identity=f"report#{week}#{team}",
            state="event",
            at=now.isoformat(timespec="milliseconds"),
            severity="info",
            title=f"Alarms of the week until {week}: {len(own)}, nobody acted on {ignored}",
            text=clean("\n".join(said), LONGEST_REPORT),
        )
        at = notice.at
        tell(Incident(kind="report", notice=notice, state="event", changed=at, opened=at, raised=at, teams=(team,)))
    store.reported(week, now.timestamp())


def _ended(local: datetime) -> datetime:
    """The last Monday, at the hour."""
    monday = (local - timedelta(days=local.weekday())).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return monday if monday <= local else monday - WEEK
