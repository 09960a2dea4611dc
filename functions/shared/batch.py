"""A batch of a queue that the topic `deliveries` sends to: each message for its tenant, and none takes another with it."""

import json
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.aggregate.place import ACTIVE, Row

from .delivered import Delivered, UncertainError, read
from .telling import measured
from .tenants import GONE, NotNowError, Registry, trouble_of


@dataclass
class Batch:
    """The messages of one invocation.

    Attributes:
        registry: Of tenants.
        work: What is done with a message of an active tenant; tells in a word what has become of it.
        known: Errors of that for which a message comes again -> what the log says of one; never a value.
        outcomes: How many messages became what: besides what `work` tells, `erased` (its tenant has left) and `failed` (it
            comes again, and ends among the dead letters).
        troubles: Why some failed, without values.
        record_id: Of the record that is worked on.
        whose: Id of a record -> its tenant, and the seconds that it waited in the queue until it was first taken.
    """

    registry: Registry
    work: Callable[[Row, Delivered], str]
    known: Mapping[type[Exception], Callable[[Any], str]] = field(default_factory=dict[type[Exception], Callable[[Any], str]])
    outcomes: Counter[str] = field(default_factory=Counter[str])
    troubles: set[str] = field(default_factory=set[str])
    record_id: str = ""
    whose: dict[str, tuple[str, float]] = field(default_factory=dict[str, tuple[str, float]])
    _rows: dict[str, Row] = field(default_factory=dict[str, Row])

    def answer(self, function: str, event: Mapping[str, Any], finish: Callable[[], list[str]] = list) -> dict[str, Any]:
        """Take the batch in, and log counts without a value of it; what could not be taken in comes again.

        One line for each tenant, which `dataconnect tenant usage` adds up and CloudWatch makes metrics of (`telling`), and
        one for the batch.

        `finish` does what is done for all together, and tells the ids of the records for which it failed; nothing by default.
        """
        failed = [record["messageId"] for record in event["Records"] if not self.take_in(record)]
        failed += finish()
        for line in self._by_tenant({*failed}):
            row = self._rows.get(line["tenant"])
            metrics = measured(function, row and row.tier, "requests", "failed", "waited")
            print(json.dumps({"function": function, **metrics, **line}), flush=True)
        told = {"function": function, "outcomes": dict(self.outcomes), "troubles": sorted(self.troubles)}
        print(json.dumps(told), flush=True)
        return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

    def take_in(self, record: Mapping[str, Any]) -> bool:
        """Take a message in; False where it has to come again."""
        self.record_id = record["messageId"]
        try:
            delivered = read(record)
            self.whose[self.record_id] = (delivered.tenant, _waited(record))
            outcome = self._outcome(delivered)
        except (UncertainError, NotNowError) as error:
            # It waits, and ends among the dead letters, from where it can come back.
            return self.failed(str(error))
        except (ClientError, BotoCoreError) as error:
            return self.failed(trouble_of(error))
        except Exception as error:
            if told := next((told for kind, told in self.known.items() if isinstance(error, kind)), None):
                return self.failed(told(error))
            # A message that breaks the code must not take the others of its batch with it.
            last = traceback.extract_tb(error.__traceback__)[-1]
            return self.failed(f"{type(error).__name__} in {last.name}, line {last.lineno}")
        self.outcomes[outcome] += 1
        return True

    def failed(self, trouble: str) -> bool:
        """Count a message that has to come again; False."""
        self.outcomes["failed"] += 1
        self.troubles.add(trouble)
        return False

    def _by_tenant(self, failed: Collection[str]) -> Iterator[dict[str, Any]]:
        """How many messages of each tenant were taken in, how many have to come again, and how long one waited at the most."""
        for tenant in sorted({tenant for tenant, _ in self.whose.values()}):
            own = {record: waited for record, (whose, waited) in self.whose.items() if whose == tenant}
            again = len(own.keys() & failed)
            taken = len(own) - again
            yield {"tenant": tenant, "requests": len(own), "taken": taken, "failed": again, "waited": max(own.values())}

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
        return self._rows[tenant]


def _waited(record: Mapping[str, Any]) -> float:
    """Seconds from its sending until SQS first handed it out; what waits because it failed is not in it."""
    sent, first = (int(record["attributes"].get(name, 0)) for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp"))
    return max(0, first - sent) / 1000
