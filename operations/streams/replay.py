"""The steps that put records back into a stream: an object each, whose progress is written down beside it."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import OperationError
from operations.stack import Stream
from operations.steps import Result, Step
from operations.streams.errors_of import ASIDE, ErrorObject, Errors

# docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
BATCH_RECORDS: Final = 500
BATCH_BYTES: Final = 4 * 1024 * 1024
TRIES: Final = 8
"""Of a batch; records that are refused are sent again, alone, after 1, 2, 4, … seconds."""


class ObjectJournal:
    """The journal of a stream's replays: an object for each error object, in the same bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read(self, step: str) -> Result | None:
        """The entry of a step, with `sent`, the number of its records that were put back for certain."""
        try:
            return json.loads(self._s3.get_object(Bucket=self._bucket, Key=self._key(step))["Body"].read())
        except ClientError as error:
            if code_of(error) != "NoSuchKey":
                raise
            return None

    def write(self, step: str, state: str, result: Result | None = None, *, sent: int = 0) -> None:
        """Enter that a step was started or is done, and how much of it."""
        entry = json.dumps({"state": state, "sent": sent, "result": result or {}}).encode()
        self._s3.put_object(Bucket=self._bucket, Key=self._key(step), Body=entry, ContentType="application/json")

    def _key(self, step: str) -> str:
        return f"{ASIDE}journal/{step}.json"


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What a replay works with.

    Attributes:
        stream: The stream.
        errors: What it left.
        journal: Where progress is written down.
        firehose: A client of Firehose.
    """

    stream: Stream
    errors: Errors
    journal: ObjectJournal
    firehose: Any

    def steps(self, found: Iterable[ErrorObject]) -> list[Step]:
        """A step for each object that can be read.

        One that breaks off goes on behind the last batch that was put back for certain: at most one batch comes twice, as
        Firehose itself may deliver a record twice.
        """
        return [
            Step(
                name=each.key,
                says=f"put {each.reasons.total()} records back into {self.stream.name}, and the object aside",
                check=lambda key=each.key: not self.errors.is_there(key),
                act=lambda key=each.key: self._put_back(key),
            )
            for each in found
            if each.is_readable
        ]

    def _put_back(self, key: str) -> Result:
        before = int((self.journal.read(key) or {}).get("sent", 0))
        sent = 0
        for batch in _batches(self.errors.records(key)):
            sent += len(batch)
            if sent > before:
                self._send(batch)
                self.journal.write(key, "started", sent=sent)
        return {"records": sent, "aside": self.errors.move_aside(key)}

    def _send(self, batch: Sequence[bytes]) -> None:
        left, codes = list(batch), Counter[str]()
        for tried in range(TRIES):
            if tried:
                time.sleep(2 ** (tried - 1))
            records = [{"Data": record} for record in left]
            told = self.firehose.put_record_batch(DeliveryStreamName=self.stream.name, Records=records)
            codes = Counter(each["ErrorCode"] for each in told["RequestResponses"] if "ErrorCode" in each)
            left = [record for record, each in zip(left, told["RequestResponses"], strict=True) if "ErrorCode" in each]
            if not left:
                return
        raise OperationError(
            f"stream {self.stream.name} does not take {len(left)} records: {', '.join(sorted(codes))}."
            " Run the same command again later: it goes on from there"
        )


def _batches(records: Iterable[bytes]) -> Iterator[list[bytes]]:
    """As many at once as Firehose takes; the same for the same object."""
    batch, size = list[bytes](), 0
    for record in records:
        if batch and (len(batch) == BATCH_RECORDS or size + len(record) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record)
    if batch:
        yield batch
