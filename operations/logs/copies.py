"""The copies of logs in S3, by the hour in which they came, and telling the shipper of them again."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from operations.errors import OperationError

HOUR: Final = timedelta(hours=1)
# docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_BATCH: Final = 10
_TRIES: Final = 5


@dataclass(frozen=True)
class Copy:
    """A copy."""

    key: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Copies:
    """Copies in a bucket.

    Attributes:
        s3: A client of S3.
        bucket: Where they are.
        prefix: Below which they lie.
    """

    s3: Any
    bucket: str
    prefix: str

    def between(self, since: datetime, until: datetime) -> Iterator[Copy]:
        """Those that may hold events of that time: what happened late in an hour comes in the next."""
        hour, last = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0), until.astimezone(UTC) + HOUR
        pages = self.s3.get_paginator("list_objects_v2")
        while hour < last:
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{self.prefix}{hour:%Y/%m/%d/%H}/"):
                yield from (Copy(each["Key"], each["Size"]) for each in page.get("Contents", ()))
            hour += HOUR


def tell_again(sqs: Any, url: str, bucket: str, copies: Sequence[Copy]) -> None:
    """Tell the shipper's queue of copies as S3 did.

    Raises:
        OperationError: where SQS does not take some of them: the command may be run again.
    """
    for start in range(0, len(copies), _BATCH):
        waiting = {str(at): each for at, each in enumerate(copies[start : start + _BATCH])}
        for _ in range(_TRIES):
            entries = [{"Id": id, "MessageBody": _notice(bucket, each.key)} for id, each in waiting.items()]
            answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)
            waiting = {each["Id"]: waiting[each["Id"]] for each in answer.get("Failed", ())}
            if not waiting:
                break
        else:
            raise OperationError(f"SQS did not take {len(waiting)} messages; run the command again: nothing is found twice")


def _notice(bucket: str, key: str) -> str:
    # S3 encodes a key as forms do; ours have no character for which that makes a difference.
    return json.dumps({"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]})
