"""The demonstration's chapter of schedules: a week of dev, on a simulated clock, in a model of AWS."""

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from functions.sleep.calendar import Calendar, calendar_of
from functions.sleep.handler import Sleeper
from operations.cost import prices, usage
from operations.cost.awake import ALWAYS, HOURS, Awake
from operations.cost.estimate import estimate
from operations.schedule.command import Place
from tests.demo.commands import dataconnect
from tests.demo.page import Part, Seen, Table
from tests.demo.strips import Span, Strips
from tests.functions.sleep.model import TARGETS, Aws, Calls, refusal
from tests.operations.cost.stacks import resource
from tests.stacks.estate import Estate, run

ZONE: Final = ZoneInfo("America/New_York")
MIDNIGHT: Final = datetime(2027, 3, 10, tzinfo=ZONE)
"""A Wednesday; on Sunday the clocks are put forward."""
HOLIDAY: Final = "2027-03-12"
EVENING: Final = timedelta(hours=5)
ROUND: Final = timedelta(minutes=5)
KINDS: Final = ("database", "service", "batch", "alarms")


class Dev(Aws):
    """What sleeps of dev, one of each kind, by the calendar of its plan."""

    def __init__(self, calendar: Calendar) -> None:
        super().__init__([each for each in TARGETS if each["kind"] in KINDS])
        self.calendar, self.fleet = calendar, {**self.fleet, "desired": 0, "there": 0}

    def round(self, event: dict[str, Any] | None = None) -> dict[str, Any]:
        """As the function."""
        return Sleeper(self.document(), Calls(self).client, self.calendar, now=lambda: self.now).handle(event or {})

    def invoke(self, *, FunctionName: str, Payload: bytes) -> Any:  # noqa: N803 - as boto3 names them
        """What `dataconnect schedule` calls it with."""
        assert FunctionName
        return {"Payload": io.BytesIO(json.dumps(self.round(json.loads(Payload))).encode())}


@dataclass
class Nights:
    """A week.

    Attributes:
        folder: Where the file with the stack's outputs is written.
        seen: What there is to show.
    """

    folder: Path
    seen: list[Seen] = field(default_factory=list[Seen])

    def pass_by(self) -> Iterable[str]:
        """The week, and what it saved."""
        estate = run("dev", {"schedule.holidays": [HOLIDAY]})
        self._outputs = self.folder / "dev.json"
        self._outputs.write_text(json.dumps({**estate.outputs, "stack": "dev"}), encoding="utf-8")
        package = estate.inputs("lambda/function:Function", "sleeper")["code"].assets
        document, zone = (package[f"functions/sleep/{name}"] for name in ("schedule.json", "zone"))
        self._dev = Dev(calendar_of(document.text, Path(zone.path)))
        self._days: dict[str, list[Span]] = {}
        self._dev.now = (MIDNIGHT - EVENING).timestamp()
        self._rounds(MIDNIGHT)
        yield from self._wednesday()
        yield from self._thursday()
        yield from self._weekend()
        yield from self._monday()
        yield from self._saved(estate)

    def _wednesday(self) -> Iterator[str]:
        self._until("Wed 12:00")
        yield f"Wednesday: {self._woken()}"
        self._until("Wed 19:10")
        told = self._run("keep-awake", "--until", "22:00")
        self._until("Thu 00:00")
        yield f"19:10 dataconnect schedule keep-awake --until 22:00: until {told['until'][11:]}; {self._slept('Wed')}"

    def _thursday(self) -> Iterator[str]:
        refused = list[str]()

        def refuse(_: int, call: str) -> None:
            if call == "ecs.update_service" and len(refused) < 2:
                refused.append(call)
                raise refusal("ServerException", "UpdateService")

        self._dev.before = refuse
        self._until("Thu 12:00")
        self._dev.before = lambda _index, _name: None
        yield f"Thursday: the start of a service fails {len(refused)} times, and is repeated; {self._woken()}"
        self._until("Fri 00:00")

    def _weekend(self) -> Iterator[str]:
        self._until("Sat 00:00")
        yield f"Friday is a holiday: {self._slept('Fri')}"
        self._until("Sun 04:45")
        told = self._run("show")
        states = {each["kind"]: each["state"] for each in told["things"]}
        zone = told["at"].rpartition(" ")[2]
        self._until("Mon 00:00")
        patched = f"04:45 the database is {states['database']}, to be patched, and services are {states['service']}"
        yield f"Sunday: clocks are put forward, to {zone}; {patched}"

    def _monday(self) -> Iterator[str]:
        self._until("Mon 12:00")
        at = self._at(min(each.begins for each in self._days["Mon"] if each.awake == "all"))
        yield f"Monday: {self._woken()}, {at.astimezone(UTC):%H:%M} UTC: by the clock on the wall"
        self._until("Wed 00:00")

    def _saved(self, estate: Estate) -> Iterator[str]:
        told = self._run("report", "--days", "7", "--hours-only")
        rows = {each["kind"]: each for each in told["things"]}
        database = rows["database"]
        told_asleep = ", ".join(f"{kind} {rows[kind]['asleep']}" for kind in ("database", "service", "batch"))
        yield f"dataconnect schedule report: hours asleep, of {database['hours']}: {told_asleep}"
        found = estimate(
            [resource(token, each.inputs, name=name) for (token, name), each in estate.resources.items()],
            prices.load(),
            usage.load("dev"),
        )
        of_database, of_services = (HOURS * Decimal(each["awake"] / each["hours"]) for each in (database, rows["service"]))
        slept = Awake(hours=of_services, databases=of_database)
        awake, so = (round(found.cost(each).typical) for each in (ALWAYS, slept))
        yield f"a month of such weeks: {so} dollars in place of {awake}, {awake - so} saved (operations/cost, by estimate)"
        self._show(told["things"], {"awake all month": awake, "a month of such weeks": so, "saved": awake - so})

    def _show(self, things: Iterable[Mapping[str, Any]], dollars: Mapping[str, int]) -> None:
        parts: list[Part] = [
            Strips(
                title="A week of dev",
                source=f"the function sleeper, each five minutes; hours in {ZONE.key}",
                days=self._days,
                legend={"all": "all of it awake", "some": "a part of it", "asleep": "asleep"},
            ),
            Table(
                title="What it saved",
                source="dataconnect schedule report, and prices of operations/cost",
                head=("what", "dollars a month"),
                rows=[(what, f"{number:,}") for what, number in dollars.items()],
            ),
            Table(
                title="Hours, measured",
                source="dataconnect schedule report --days 7",
                head=("what", "hours", "awake", "asleep"),
                rows=[(each["kind"], *(str(each[name]) for name in ("hours", "awake", "asleep"))) for each in things],
            ),
        ]
        self.seen.append(Seen(who="dev", id="a simulated week", parts=parts))

    def _until(self, moment: str) -> None:
        """Rounds until a day's time, of the week from Wednesday on, by the clock on the wall."""
        day, _, clock = moment.partition(" ")
        names = [(MIDNIGHT + timedelta(days=number)).strftime("%a") for number in range(8)]
        number = 7 if moment == "Wed 00:00" else names.index(day)
        hour, minute = map(int, clock.split(":"))
        self._rounds((MIDNIGHT + timedelta(days=number)).replace(hour=hour, minute=minute))

    def _rounds(self, end: datetime) -> None:
        while self._dev.now < end.timestamp():
            told = self._dev.round()
            if self._dev.now >= MIDNIGHT.timestamp():
                self._note({each["state"] for each in told["things"] if each["kind"] != "alarms"})
            self._dev.pass_by()
            self._dev.now += ROUND.total_seconds()

    def _note(self, states: set[str]) -> None:
        """What was seen, in the strip of its day; what sleeps bears no span."""
        local = datetime.fromtimestamp(self._dev.now, ZONE)
        spans = self._days.setdefault(f"{local:%a}", [])
        if states == {"asleep"}:
            return
        awake, at = "all" if states == {"awake"} else "some", local.hour + local.minute / 60
        ends = at + ROUND / timedelta(hours=1)
        if spans and spans[-1].awake == awake and abs(spans[-1].ends - at) < 0.01:
            spans[-1] = Span(begins=spans[-1].begins, ends=ends, awake=awake)
        else:
            spans.append(Span(begins=at, ends=ends, awake=awake))

    def _at(self, hour: float) -> datetime:
        """A moment of the day of the clock."""
        local = datetime.fromtimestamp(self._dev.now, ZONE)
        return local.replace(hour=int(hour), minute=round(hour * 60) % 60, second=0)

    def _woken(self) -> str:
        spans = self._days[f"{datetime.fromtimestamp(self._dev.now - 1, ZONE):%a}"]
        begins, whole = spans[0].begins, min(each.begins for each in spans if each.awake == "all")
        return f"it wakes at {self._at(begins):%H:%M}, all of it is awake at {self._at(whole):%H:%M}"

    def _slept(self, day: str) -> str:
        whole = [each for each in self._days[day] if each.awake == "all"]
        return f"all of it is awake until {self._at(whole[-1].ends):%H:%M}" if whole else "it is asleep all day"

    def _run(self, *words: str) -> Any:
        place = Place(awslambda=self._dev, function="dataconnect-dev-sleeper", by="arn:aws:iam::111111111111:user/ada")
        return dataconnect(self._outputs, lambda _: place, "schedule", *words, stack="dev")
