"""Taking messages of a queue in, one by one: whose each is, whether that tenant is worked for, and what is wrong with it."""

import json
import traceback
from collections import Counter
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.aggregate.place import ACTIVE, Row
from jobs.aggregate.records import MAX_BYTES, SCHEMAS, Message, RefusedError, judge

from .delivered import Delivered, UncertainError, read
from .raw import Raw
from .tenants import GONE, NotNowError, Registry, Session, Sessions, trouble_of


class Taking:
    """The messages of one invocation.

    Attributes:
        outcomes: How many messages became what.
        troubles: Why some failed, without values.
    """

    def __init__(self, registry: Registry, sessions: Sessions, bucket: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.troubles: set[str] = set()
        self._registry = registry
        self._sessions = sessions
        self._bucket = bucket
        self._rows: dict[str, Row] = {}

    def keep(self, session: Session, raw: Raw, delivered: Delivered, message: Message) -> str:
        """Keep a message that is right, of a tenant that is worked for; what became of it."""
        raise NotImplementedError

    def take_in(self, record: Mapping[str, Any]) -> bool:
        """Take a message in; False where it has to come again."""
        try:
            outcome = self._outcome(read(record))
        except (UncertainError, NotNowError) as error:
            # It waits, and ends among the dead letters, from where it can come back.
            return self.failed(str(error))
        except (ClientError, BotoCoreError) as error:
            return self.failed(trouble_of(error))
        except Exception as error:
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

    def tell(self, function: str) -> None:
        """Log one line without a value of any message."""
        told = {"function": function, "outcomes": dict(self.outcomes), "troubles": sorted(self.troubles)}
        print(json.dumps(told), flush=True)

    def _outcome(self, delivered: Delivered) -> str:
        row = self._row(delivered.tenant)
        if row.status in GONE:
            # Its data is erased, and must not come back out of a queue.
            return "erased"
        if row.status != ACTIVE:
            raise NotNowError("registry: expected an active tenant")
        with self._sessions.watched(delivered.tenant) as session:
            bucket = self._registry.raw_bucket(session, row.tier, pool=self._bucket)
            return self._work(session, Raw(session.client("s3"), bucket), delivered)

    def _row(self, tenant: str) -> Row:
        if tenant not in self._rows:
            self._rows[tenant] = self._registry.row(tenant)
        return self._rows[tenant]

    def _work(self, session: Session, raw: Raw, delivered: Delivered) -> str:
        try:
            if delivered.dataset not in SCHEMAS:
                raise RefusedError("dataset", "there is no schema of this name")
            body = raw.read(delivered.key, most=MAX_BYTES + 1) if delivered.body is None else delivered.body
            message = judge(body, tenant=delivered.tenant, dataset=delivered.dataset, message_id=delivered.id)
        except RefusedError as refused:
            set_aside(raw, delivered, refused)
            return "set-aside"
        return self.keep(session, raw, delivered, message)


def set_aside(raw: Raw, delivered: Delivered, refused: RefusedError) -> None:
    """Tell what is wrong with a message, where and as the aggregation does. Its object in the raw bucket stays.

    Where that object is not there, this is an error, and the message, which is the only copy, ends among the dead letters.
    """
    told = {
        "reason": refused.reason,
        "detail": refused.detail,
        "object": delivered.key,
        "bytes": raw.size(delivered.key),
    }
    key = f"tenant={delivered.tenant}/rejected/dataset={delivered.dataset}/{delivered.folder}/{delivered.id}.json"
    raw.put(key, json.dumps(told).encode())
