"""The function `sleeper`: each few minutes it brings all that sleeps one step nearer to what the schedule says it is to be.

It looks at what is, whatever happened before: a run that was missed, repeated or cut off, a database that RDS started by
itself after seven days, and a clock that jumps are one case. People ask and order by `dataconnect schedule`.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from functions.shared import telling

from .calendar import Calendar, Mode, TimeError, calendar_of
from .lease import LEASE_SECONDS, LeaseError, Leases
from .record import Order, Record, hours_of
from .rounds import ALARMS, Outcome, Round, Thing
from .targets import Client, target_of

DOCUMENT: Final = Path(__file__).with_name("schedule.json")
WAKE_SECONDS: Final = 2 * 3600
"""How long `wake` holds where nobody says until when."""
LONGEST_WAIT_SECONDS: Final = 3600
"""So long an order may have waited for this function: what somebody wanted before that may be wrong now."""
BY: Final = "its schedule"
"""Who renews the lease of a stack that is awake."""
_DAY: Final = 24 * 3600
_STATES: Final = ("awake", "asleep")
_NOT_OURS: Final = (*ALARMS, "shared")
"""What costs nothing by the hour, here."""
_CONFIG: Final = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})


def handle(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Take a round; or do what `event` says: `show`, `order`, `resume`, `report`, `hold`.

    An order, and what takes it back, counts from when somebody asked for it: `waited` seconds ago, 0 by default. It is refused
    where what stands was asked for later.

    Raises as boto3 does where the table or CloudWatch does not answer: an alarm tells of that.
    """
    told = Sleeper(DOCUMENT.read_text(), client, calendar_of(DOCUMENT.read_text())).handle(event)
    changed = [each for each in told.get("things", ()) if each["calls"] or each["failed"]]
    unreadable = told.get("unreadable", [])
    if (changed or unreadable) and not told.get("dry"):
        with telling.event("sleeper", "round", counted=False) as line:
            line.tell(mode=told["mode"], changed=changed, unreadable=unreadable)
            if unreadable or any(each["failed"] for each in changed):
                line.fail("not all is as it should be")
    return told


@cache
def client(service: str) -> Any:
    """A client of boto3, in the function's own region."""
    make: Any = boto3.client
    return make(service, config=_CONFIG)


class Sleeper:
    """What the function does, of the stack that `document` (JSON) describes."""

    def __init__(self, document: str, client: Client, calendar: Calendar, *, now: Callable[[], float] = time.time) -> None:
        site: dict[str, Any] = json.loads(document)
        if site["environment"] == "prod":
            raise ValueError("environment is 'prod'; expected another one: production never sleeps")
        self._site, self._client, self._calendar, self._now = site, client, calendar, now
        self._record = Record(client("dynamodb"), site["table"])
        self._lent = Leases(client("dynamodb"), site["leases"]) if site.get("leases") else None
        shares = site.get("shares")
        self._lease = partial(Leases(client("dynamodb"), shares["leases"]).hold, shares["holder"], by=BY) if shares else None
        self._things = [
            Thing(kind=each["kind"], name=each["name"], target=target_of(each["kind"], each["facts"]))
            for each in site["targets"]
        ]

    def handle(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """As the function; what cannot be used of an order is told by `error`."""
        now = self._now()
        do = event.get("do", "round")
        try:
            if do in ("order", "resume"):
                return self._order(event, now)
            if do == "report":
                return self._report(int(event["days"]), now)
            if do == "hold":
                self._lend(event, now)
        except (TimeError, LeaseError) as error:
            return {"error": str(error)}
        return self._round(now, dry=do == "show", order=self._record.order())

    def _order(self, event: Mapping[str, Any], now: float) -> dict[str, Any]:
        order, dry = self._ordered(event, now), bool(event.get("dry"))
        if not dry and (stands := self._record.put_order(order, int(now))) != order:
            raise TimeError(self._overtaken(order, stands))
        return self._round(now, dry=dry, order=order)

    def _ordered(self, event: Mapping[str, Any], now: float) -> Order:
        waited, by = event.get("waited", 0), str(event.get("by", "?"))[:200]
        if not isinstance(waited, int | float) or not 0 <= waited <= LONGEST_WAIT_SECONDS:
            raise TimeError(f"waited is {waited!r}; expected 0 to {LONGEST_WAIT_SECONDS} seconds")
        asked = now - waited
        if event["do"] == "resume":
            return Order(state="hours", until=0, by=by, at=int(asked))
        state, text = event["state"], event.get("until") or ""
        if state not in _STATES:
            raise TimeError(f"state is {state!r}; expected {' or '.join(_STATES)}")
        until = self._calendar.read(text, asked) if text else self._usual_end(state, asked)
        return Order(state=state, until=int(until), by=by, at=int(asked))

    def _overtaken(self, order: Order, stands: Order) -> str:
        until = f" until {self._calendar.told(stands.until)}" if stands.until else ""
        told = f"{stands.by} ordered {stands.state}{until} {stands.at - order.at} s after this was asked for"
        return f"{told}, and the last order counts; give it again if it is still meant"

    def _lend(self, event: Mapping[str, Any], now: float) -> None:
        """Give a lease to a stack that cannot write one itself: it is being made, or taken down."""
        if self._lent is None:
            raise LeaseError(f"{self._site['stack']} has no database that others share; expected the stack that has it")
        seconds = int(event.get("seconds", LEASE_SECONDS))
        self._lent.hold(str(event.get("holder", "")), now, by=str(event.get("by", "?")), seconds=seconds)

    def _usual_end(self, state: str, now: float) -> float:
        """Two hours awake; asleep until the next hours begin."""
        until = now + WAKE_SECONDS if state == "awake" else self._calendar.next(now, "awake")
        if until is None:
            raise TimeError("the schedule wakes nothing within a month; expected --until")
        return until

    def _round(self, now: float, *, dry: bool, order: Order | None) -> dict[str, Any]:
        held = order if order and now < order.until else None
        # Who is put to sleep loses hours, and no window of the databases: they would never be patched.
        calendar = replace(self._calendar, hours=()) if held else self._calendar
        mode: Mode = "awake" if held and held.state == "awake" else calendar.mode(now)
        leases, unreadable = self._lent.living(now) if self._lent else ([], [])
        if mode == "asleep" and leases:
            # Whoever needs them is awake, whatever is ordered here.
            mode = "databases"
        # Before anything starts that needs the database.
        own = self._lease(now) if self._lease and mode == "awake" and not dry else None
        going = Round(
            things=self._things,
            record=self._record,
            client=self._client,
            now=int(now),
            dry=dry,
            fence=own.fence(now) if own else 0,
        )
        outcomes = going.go(mode)
        if self._lease and mode != "awake" and not dry and any(map(_needs_database, outcomes)):
            # What is not asleep yet needs it to the end.
            self._lease(now)
        things = [outcome.facts(now) for outcome in outcomes]
        if not dry:
            self._measure(outcomes, things)
        ends = (held.until if held else None, None if held and held.state == "awake" else calendar.next(now))
        until = min(filter(None, ends), default=None)
        return {
            "stack": self._site["stack"],
            "dry": dry,
            "mode": mode,
            "at": self._calendar.told(now),
            "until": self._calendar.told(until) if until else None,
            "order": {**_facts(held), "until": self._calendar.told(held.until)} if held else None,
            "holders": [{"stack": each.holder, "until": self._calendar.told(each.until), "by": each.by} for each in leases],
            "unreadable": unreadable,
            "things": things,
        }

    def _measure(self, outcomes: list[Outcome], things: list[dict[str, Any]]) -> None:
        numbers = {
            "MinutesLate": max((each["minutesLate"] for each in things), default=0),
            "Failed": sum(outcome.failed or outcome.refused for outcome in outcomes),
        }
        self._client("cloudwatch").put_metric_data(
            Namespace=f"DataConnect/{self._site['stack']}/Schedule",
            MetricData=[
                {"MetricName": name, "Dimensions": [{"Name": "Stack", "Value": self._site["stack"]}], "Value": value}
                for name, value in numbers.items()
            ],
        )

    def _report(self, days: int, now: float) -> dict[str, Any]:
        start = now - days * _DAY
        rows: list[dict[str, Any]] = []
        for thing in self._things:
            if thing.kind in _NOT_OURS:
                continue
            known, asleep = hours_of(self._record.journal(thing.id), start, now)
            rows.append({"kind": thing.kind, "name": thing.name, "hours": known, "asleep": asleep})
        return {"stack": self._site["stack"], "days": days, "since": self._calendar.told(start), "things": rows}


def _needs_database(outcome: Outcome) -> bool:
    """Whether something may still ask the database: it is not asleep, or nobody knows."""
    return outcome.thing.kind not in ALARMS and outcome.state != "asleep"


def _facts(order: Order) -> dict[str, Any]:
    return {"state": order.state, "by": order.by, "at": order.at}
