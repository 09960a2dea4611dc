"""The function `notify`: tells people of alarms and events, from the queue of what a region's topic was told, and each minute.

The clock's run tells what is still untold, escalates, closes, ends what is open of alarms that were deleted, and reports the
week. It ends with an error where somebody could not be told: the alarm on that goes to people by another topic, which this
function has no part in.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from functions.shared import telling
from functions.shared.secret import Secret

from .channels import Channels, Endpoints
from .desk import Desk
from .events import read
from .gone import UnaskedError, ended, gone
from .notice import Notice
from .routing import Routing, load
from .store import Store
from .weekly import report

DOCUMENT: Final = Path(__file__).with_name("notify.json")
_LEFT_MILLISECONDS: Final = 15_000
"""So much of a run is left for what has begun."""
_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=5)


class UntoldError(Exception):
    """Somebody could not be told, and is not told yet."""


class Notifier:
    """The function with all that it works with."""

    def __init__(self, routing: Routing, session: Any, endpoints: Endpoints, now: Callable[[], datetime]) -> None:
        self.routing, self._endpoints, self._now = routing, endpoints, now
        self.store = Store(session.resource("dynamodb", region_name=routing.region, config=_CONFIG).Table(routing.table))
        self._secret = Secret(session.client("secretsmanager", region_name=routing.region, config=_CONFIG), routing.secret)
        self._sns = session.client("sns", region_name=routing.region, config=_CONFIG)
        self._cloudwatch = session.client("cloudwatch", region_name=routing.region, config=_CONFIG)

    def take_in(self, records: list[Mapping[str, Any]]) -> dict[str, Any]:
        """Take messages of the queue in, and tell of them; those that could not be told come again."""
        with telling.event("notify", "take-in", counted=False) as line:
            troubles = self._take_in(records)
            failed = [message for message, found in troubles.items() if found]
            line.tell(taken=len(records) - len(failed), again=len(failed))
            _say(line, list(dict.fromkeys(chain.from_iterable(troubles.values()))))
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    def _take_in(self, records: list[Mapping[str, Any]]) -> dict[str, list[str]]:
        """What could not be told of each message, by its id."""
        desk, troubles, storms = self._desk(), dict[str, list[str]](), dict[str, list[str]]()
        for record in records:
            message = record["messageId"]
            try:
                notice = self._read(str(record["body"]))
                desk.take_in(notice)
                troubles[message], storm = desk.tell(notice.identity)
            except Exception as error:  # a message that breaks the code must not take the others with it
                troubles[message] = [type(error).__name__]
            else:
                storms.setdefault(storm, []).append(message)
        for storm in filter(None, storms):
            try:
                found = desk.tell_storm(storm)
            except Exception as error:
                found = [type(error).__name__]
            for message in storms[storm]:
                troubles[message] = [*troubles[message], *found]
        return troubles

    def _read(self, body: str) -> Notice:
        return read(body, runbooks=self.routing.runbooks, stack=self.routing.stack, now=self._now())

    def look_through(self, is_over: Callable[[], bool]) -> dict[str, Any]:
        """What the clock's run does.

        Raises:
            UntoldError: when somebody could not be told.
        """
        with telling.event("notify", "look-through", counted=False) as line:
            desk = self._desk()
            report(self.store, self.routing, self._now(), desk.open)
            troubles = desk.look_through(is_over)
            if not is_over():
                troubles += self._end_what_is_gone()
            _say(line, troubles)
        if troubles:
            raise UntoldError("; ".join(troubles)[:1000])
        return {}

    def _end_what_is_gone(self) -> list[str]:
        """End what is open of alarms that are there no more, of which the next run tells; what went wrong."""
        try:
            found = gone(self.store.open(), self._cloudwatch, self.routing.region)
        except UnaskedError as error:
            return [f"CloudWatch does not say which alarms there are: {error}"]
        for each in found:
            self.store.change(each.identity, lambda there, each=each: ended(there, each, self._now()))
        return []

    def _desk(self) -> Desk:
        return Desk(self.store, self.routing, Channels(self._secret, self._sns, self._endpoints), self._now)


@cache
def _notifier() -> Notifier:
    return Notifier(load(DOCUMENT), boto3.Session(), Endpoints(), lambda: datetime.now(UTC))


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Take a batch of the queue in (`ReportBatchItemFailures`), or do what is to be done each minute."""
    if "Records" in event:
        return _notifier().take_in(event["Records"])
    return _notifier().look_through(lambda: context.get_remaining_time_in_millis() < _LEFT_MILLISECONDS)


def _say(line: telling.Event, troubles: list[str]) -> None:
    if troubles:
        line.tell(troubles=troubles)
        line.fail(troubles[0])
