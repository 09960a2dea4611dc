"""Brings the records of one request in: each is judged, entered in the ledger, put into the raw bucket once, and published.

A record counts as accepted once all of that is done. Whatever breaks off in between is repaired by the sender's retry, which
finds its object there and publishes again; consumers count a message once.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from functions.shared.ledger import Entry
from functions.shared.messages import ATTRIBUTES_BYTES, TOPIC_BYTES, TOPIC_ENTRIES, Stored, message_of
from functions.shared.raw import Raw, folder_of
from functions.shared.tenants import Session, trouble_of
from jobs.aggregate.records import MAX_BYTES, MESSAGE_ID, RefusedError, judge, parse

MAX_RECORDS: Final = 100
"""In one request: no tenant holds one of the function's runs for long (`python -m tests.bench --part fairness`), and the
results fit the answer, a megabyte at the most."""
SENT: Final = frozenset({"id", "record"})
CONNECTIONS: Final = 8
DETAIL_LENGTH: Final = 300
"""Of what is wrong: names of unknown fields are told, and a sender chooses them."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a record.

    Attributes:
        line: Its line in the request, from 1.
        result: `accepted`; `refused`, which a retry does not change; `unavailable`, which is to be sent again.
        reason: One word; empty where it is accepted.
        detail: What was expected; never a value.
    """

    line: int
    result: str
    reason: str = ""
    detail: str = ""

    def told(self) -> dict[str, Any]:
        """As the answer tells it."""
        return {name: value for name, value in vars(self).items() if value}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Where the records of one tenant and dataset go.

    Attributes:
        session: The tenant's.
        tier: The tenant's.
        raw: The raw bucket of that tenant, by that session.
        sns: A client of SNS.
        topic: ARN of the topic `deliveries`.
        ledger: Name of the table `deliveries`.
        dataset: One that has a schema.
        day: The day under which the records lie, YYYY-MM-DD.
        received_at: When the request came, ISO 8601, UTC.
        troubles: Codes of what AWS refused, for the log.
    """

    session: Session
    tier: str
    raw: Raw
    sns: Any
    topic: str
    ledger: str
    dataset: str
    day: str
    received_at: str
    troubles: list[str]

    def bring_in(self, lines: Mapping[int, bytes]) -> list[Result]:
        """Bring records in, by their lines; what became of each, in their order."""
        results = dict[int, Result]()
        by_id = dict[str, list[tuple[int, Stored]]]()
        for line, text in lines.items():
            try:
                stored = self._envelope(text)
            except RefusedError as refused:
                results[line] = _refused(line, refused)
            else:
                by_id.setdefault(stored.id, []).append((line, stored))
        if by_id and (told := self._enter(by_id)):
            results |= {line: self._unavailable(line, told) for records in by_id.values() for line, _ in records}
            by_id.clear()
        kept = list[tuple[int, Stored]]()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            # One thread for all records of an id: of two that differ the first in the request counts, and not the faster.
            for outcomes in pool.map(self._keep_each, by_id.values()):
                for line, outcome in outcomes:
                    if isinstance(outcome, Stored):
                        kept.append((line, outcome))
                    else:
                        results[line] = outcome
            for published in pool.map(self._publish, _batches(kept)):
                results |= published
        return [results[line] for line in sorted(results)]

    def _enter(self, ids: Iterable[str]) -> ClientError | BotoCoreError | None:
        """Enter the request in the ledger, before any of it is put: whatever is accepted is there. The error, if it fails."""
        try:
            Entry(
                tenant=self.session.tenant,
                region=self.session.region,
                received_at=self.received_at,
                dataset=self.dataset,
                day=self.day,
                objects=frozenset(f"{each}.json" for each in ids),
            ).enter(self.session.client("dynamodb"), self.ledger)
        except (ClientError, BotoCoreError) as error:
            return error
        return None

    def _envelope(self, text: bytes) -> Stored:
        sent = parse(text)
        if type(sent) is not dict or sent.keys() != SENT:
            raise RefusedError("envelope", "expected an object with id and record, and nothing else")
        id: Any = sent["id"]
        if type(id) is not str or not MESSAGE_ID.fullmatch(id):
            raise RefusedError("id", "expected an id of 1 to 64 letters, digits, - and _")
        tenant = self.session.tenant
        told = {"id": id, "tenant": tenant, "dataset": self.dataset, "received_at": self.received_at, "record": sent["record"]}
        try:
            envelope = json.dumps(told, allow_nan=False).encode()
        except ValueError:  # 1e400 is JSON, and would become Infinity, which is none
            raise RefusedError("record", "expected numbers below 1e308") from None
        # What is judged is what is stored, to the byte: whoever reads it later says the same of it.
        judge(envelope, tenant=tenant, dataset=self.dataset, message_id=id)
        key = f"{folder_of(tenant, self.dataset, self.day)}{id}.json"
        return Stored(key, tenant, self.dataset, id, self.received_at, envelope, self.tier)

    def _keep_each(self, records: Iterable[tuple[int, Stored]]) -> list[tuple[int, Stored | Result]]:
        return [(line, self._keep(line, stored)) for line, stored in records]

    def _keep(self, line: int, stored: Stored) -> Stored | Result:
        """Put an envelope where none is; what lies there then, or why it is not that record."""
        try:
            if self.raw.put_new(stored.key, stored.envelope):
                return stored
            return self._compared(stored, self.raw.read(stored.key, most=MAX_BYTES + 1))
        except RefusedError as refused:
            return _refused(line, refused)
        except (ClientError, BotoCoreError) as error:
            return self._unavailable(line, error)

    def _compared(self, sent: Stored, found: bytes) -> Stored:
        """The envelope that lies there, if it has the same record: it was received before."""
        known = {"tenant": sent.tenant, "dataset": sent.dataset, "message_id": sent.id}
        try:
            before = judge(found, **known)
        except RefusedError:
            before = None
        if before is None or before.digest != judge(sent.envelope, **known).digest:
            raise RefusedError("id-reused", "a message of this id, which says something else, has been delivered that day")
        return sent._replace(envelope=found, received_at=parse(found)["received_at"])

    def _publish(self, batch: Sequence[tuple[int, Stored]]) -> dict[int, Result]:
        entries = [{"Id": str(line), **message_of(stored)} for line, stored in batch]
        try:
            told = self.sns.publish_batch(TopicArn=self.topic, PublishBatchRequestEntries=entries)
        except (ClientError, BotoCoreError) as error:
            return {line: self._unavailable(line, error) for line, _ in batch}
        published = {int(each["Id"]) for each in told.get("Successful", ())}
        self.troubles.extend(f"PublishBatch: {each.get('Code')}" for each in told.get("Failed", ()))
        return {line: Result(line=line, result="accepted") if line in published else _try_again(line) for line, _ in batch}

    def _unavailable(self, line: int, error: ClientError | BotoCoreError) -> Result:
        self.troubles.append(trouble_of(error))
        return _try_again(line)


def _batches(kept: Iterable[tuple[int, Stored]]) -> Iterator[list[tuple[int, Stored]]]:
    """As many at once as SNS takes."""
    batch, size = list[tuple[int, Stored]](), 0
    for line, stored in kept:
        own = ATTRIBUTES_BYTES + len(message_of(stored)["Message"])
        if batch and (len(batch) == TOPIC_ENTRIES or size + own > TOPIC_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((line, stored))
        size += own
    if batch:
        yield batch


def _refused(line: int, refused: RefusedError) -> Result:
    return Result(line=line, result="refused", reason=refused.reason, detail=refused.detail[:DETAIL_LENGTH])


def _try_again(line: int) -> Result:
    return Result(line=line, result="unavailable", reason="unavailable", detail="send this record again")
