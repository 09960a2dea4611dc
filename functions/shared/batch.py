"""A batch of a queue that the topic `deliveries` sends to: each message for its tenant, and none takes another with it."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from jobs.aggregate.place import ACTIVE, Row

from .delivered import Delivered, UncertainError, read
from .telling import Event, fingerprint, messages
from .tenants import GONE, NotNowError, Registry, trouble_of

REFUSED: Final = ("set-aside", "wrong")
"""What becomes of a message that its sender has wrong."""


@dataclass
class Batch:
    """The messages of one invocation.

    Attributes:
        registry: Of tenants.
        work: What is done with a message of an active tenant; tells in a word what has become of it.
        known: Errors of that for which a message comes again -> the kind that the log tells of one; never a value.
        record_id: Of the record that is worked on.
        told: Id of a record -> what is told of it: the outcome and, as `result`, what `work` has told, or `erased` (its tenant
            has left); or that it failed, and why: it comes again, and ends among the dead letters.
        waited: Id of a record -> seconds that it waited in the queue until it was first taken.
    """

    registry: Registry
    work: Callable[[Row, Delivered], str]
    known: Mapping[type[Exception], Callable[[Any], str]] = field(default_factory=dict[type[Exception], Callable[[Any], str]])
    record_id: str = ""
    told: dict[str, Event] = field(default_factory=dict[str, Event])
    waited: dict[str, float] = field(default_factory=dict[str, float])
    _rows: dict[str, Row] = field(default_factory=dict[str, Row])

    def answer(self, function: str, event: Mapping[str, Any], finish: Callable[[], None] | None = None) -> dict[str, Any]:
        """Take the batch in, and tell of it without a value (docs/telling.md); what could not be taken in comes again.

        A line tells of all messages of one tenant of which the same became, with the id of the first as its trace:
        CloudWatch makes metrics of it, and `dataconnect tenant usage` adds it up.

        `finish` does what is done for all together, and changes what became of single ones; nothing by default.
        """
        for record in event["Records"]:
            self.take_in(record)
        if finish:
            finish()
        self._tell(function)
        failed = [id for id, each in self.told.items() if each.outcome == "failed"]
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    def take_in(self, record: Mapping[str, Any]) -> None:
        """Take a message in."""
        self.record_id = id = record["messageId"]
        self.told[id], self.waited[id] = Event(), 0.0
        try:
            delivered = read(record)
            self.waited[id] = _waited(record)
            self.told[id].tell(tenant=delivered.tenant)
            self.became(id, self._outcome(delivered))
        except (UncertainError, NotNowError) as error:
            # It waits, and ends among the dead letters, from where it can come back.
            self.failed(id, str(error))
        except (ClientError, BotoCoreError) as error:
            self.failed(id, trouble_of(error))
        except Exception as error:
            if kind := next((told(error) for each, told in self.known.items() if isinstance(error, each)), None):
                self.failed(id, kind)
                return
            # A message that breaks the code must not take the others of its batch with it.
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.failed(id, type(error).__name__, fingerprint(error))
            self.told[id].tell(at=f"{last.name}, line {last.lineno}")

    def became(self, id: str, result: str) -> None:
        """Say what has become of the message of a record."""
        self.told[id].outcome = "refused" if result in REFUSED else "ok"
        self.told[id].tell(result=result)

    def failed(self, id: str, kind: str, fingerprint: str | None = None) -> None:
        """Say that the message of a record has to come again, and why: words of the code, never a value."""
        self.told[id].properties.pop("result", None)
        self.told[id].fail(kind, fingerprint)

    def _tell(self, function: str) -> None:
        alike: list[tuple[Event, list[str]]] = []
        for id, event in self.told.items():
            for other, ids in alike:
                if event == other:
                    ids.append(id)
                    break
            else:
                alike.append((event, [id]))
        for event, ids in alike:
            event.trace = ids[0]
            messages(function, "take-in", event, [self.waited[id] for id in ids])

    def _outcome(self, delivered: Delivered) -> str:
        row = self._row(delivered.tenant)
        if row.status in GONE:
            # Its data is erased, and must not come back out of a queue.
            return "erased"
        if row.status != ACTIVE:
            raise NotNowError("registry: expected an active tenant")
        return self.work(row, delivered)

    def _row(self, tenant: str) -> Row:
        if tenant not in self._rows:
            self._rows[tenant] = self.registry.row(tenant)
        self.told[self.record_id].tier = self._rows[tenant].tier
        return self._rows[tenant]


def _waited(record: Mapping[str, Any]) -> float:
    """Seconds from its sending until SQS first handed it out; what waits because it failed is not in it."""
    sent, first = (int(record["attributes"].get(name, 0)) for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"))
    return max(0, first - sent) / 1000
