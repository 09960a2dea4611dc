"""What is done of what was asked, once Slack has its answer: the sleeper's orders, and words in the notifier's table."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from functions.notify.incident import Acknowledged, Incident
from functions.notify.notice import line
from functions.notify.render import ACKNOWLEDGE, SILENCE_HOURS
from functions.notify.store import Silence, Store, TakenError
from functions.sleep.said import headline, held

from .asked import Asked
from .words import order_of

WAIT_SECONDS: Final = 120
"""So long an order waits for the sleeper, which does one thing at a time: longer than a round of it takes."""
_BUSY: Final = "TooManyRequestsException"


class UndoneError(Exception):
    """It could not be done; why, for who asked."""


@dataclass(frozen=True, kw_only=True)
class Doer:
    """What does it.

    Attributes:
        stack: The stack's name.
        store: The notifier's table.
        awslambda: A client of Lambda, which waits as long as the sleeper takes.
        sleeper: The sleeper's name; None where the stack never sleeps.
        now: The clock, UTC.
        wait: Waits some seconds.
    """

    stack: str
    store: Store
    awslambda: Any
    sleeper: str | None
    now: Callable[[], datetime]
    wait: Callable[[float], None] = time.sleep

    def do(self, asked: Asked, by: str) -> str:
        """Do it in the name of `by`; what to say of it.

        Raises:
            UndoneError: when it cannot be done.
            WordsError: on a command that is none.
        """
        return self._for_incident(asked, by) if asked.action else self._for_sleeper(asked, by)

    def _for_sleeper(self, asked: Asked, by: str) -> str:
        order = order_of(asked.text, by)
        if self.sleeper is None:
            raise UndoneError(f"{self.stack} has no schedule: it never sleeps")
        told = self._ask(order, asked.at)
        if "error" in told:
            raise UndoneError(told["error"])
        lines = [
            f"{each['kind']} {each['name']}: {each['state'] or 'unknown'}"
            + (f", is to be {each['wanted']}" if each["wanted"] != each["state"] else "")
            + (f", {each['minutesLate']} min late" if each["minutesLate"] else "")
            for each in told["things"]
        ]
        return "\n".join([headline(told), *held(told), *lines])

    def _ask(self, order: Mapping[str, Any], at: int) -> Mapping[str, Any]:
        until = time.monotonic() + WAIT_SECONDS
        while True:
            # Who waits here does so by chance, and the order that was given last counts.
            timed = {**order, "waited": max(0.0, self.now().timestamp() - at)}
            try:
                answer = self.awslambda.invoke(FunctionName=self.sleeper, Payload=json.dumps(timed).encode())
                break
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") != _BUSY:
                    raise
                if time.monotonic() >= until:
                    raise UndoneError(f"the sleeper was busy for {WAIT_SECONDS} s; ask again") from error
            # By chance, so that two who wait do not always meet.
            self.wait(random.uniform(0.2, 0.6))  # noqa: S311 - no secret
        told: Any = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise UndoneError(f"the sleeper failed: {line(told.get('errorType'), 100) or 'it said nothing'}")
        return told

    def _for_incident(self, asked: Asked, by: str) -> str:
        found, now = self.store.named(asked.reference), self.now()
        if found is None or found.state == "resolved":
            raise UndoneError("it is over: there is nothing to take care of")
        if not _is_in(found, asked):
            raise UndoneError("this message is an old one: a newer one tells of it")
        return self._acknowledge(found, by, now) if asked.action == ACKNOWLEDGE else self._silence(found, by, now)

    def _acknowledge(self, found: Incident, by: str, now: datetime) -> str:
        said = Acknowledged(by=by, at=now.isoformat(timespec="seconds"))
        try:
            self.store.acknowledge(found.identity, said, seen=None, now=now)
        except TakenError as error:
            raise UndoneError(str(error)) from error
        return f"{by} takes care of {found.reference}: {found.notice.title}"

    def _silence(self, found: Incident, by: str, now: datetime) -> str:
        since = int(now.timestamp())
        until = since + SILENCE_HOURS * 3600
        thing, title = found.notice.thing, found.notice.title
        said = Silence(by=by, why="by its button in Slack", since=since, until=until, thing=thing, title=title)
        holds = self.store.silence(found.reference, said)
        end = datetime.fromtimestamp(holds.until, now.tzinfo)
        if holds != said:
            raise UndoneError(f"{holds.by} silenced it until {end.strftime('%Y-%m-%d %H:%M UTC')} already: {holds.why}")
        return f"{by} silenced {found.reference} until {end.strftime('%H:%M UTC')}: {title}"


def _is_in(found: Incident, asked: Asked) -> bool:
    """Whether the message in which somebody pressed is the one that tells of the incident there."""
    told = found.told.get(f"slack:{asked.channel}")
    return told is not None and told.message == asked.message
