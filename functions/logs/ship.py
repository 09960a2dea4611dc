"""The function that ships logs: from copies in S3, which a queue tells of, to the log domain."""

import json
import os
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from functions.shared import telling
from functions.shared.bulk import Bulk, signed_with_role

from .archive import Unreadable, read
from .documents import document, unreadable
from .shipping import AgainError, Shipping

_GONE: Final = ("NoSuchKey", "404")


@dataclass(frozen=True, kw_only=True)
class Shipper:
    """What the function works with.

    Attributes:
        s3: A client of S3.
        bulk: The domain.
        left: Seconds that the run has.
        sleep: Waits.
    """

    s3: Any
    bulk: Bulk
    left: Callable[[], float]
    sleep: Callable[[float], None] = time.sleep

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Ship what a batch tells of, and log counts without a value; what could not be shipped comes again."""
        outcomes, troubles, failed = Counter[str](), set[str](), list[dict[str, str]]()
        with telling.event("logs", "ship", counted=False) as line:
            for record in event["Records"]:
                try:
                    for bucket, key in _objects(json.loads(record["body"])):
                        self._ship(bucket, key, outcomes)
                # One object that breaks the code must not take the others of its batch with it.
                except Exception as error:
                    failed.append({"itemIdentifier": record["messageId"]})
                    troubles.add(_trouble(error))
            line.tell(**{name: outcomes[name] for name in ("created", "known", "quarantined", "gone")}, again=len(failed))
            if troubles:
                line.tell(troubles=sorted(troubles))
                line.fail(min(troubles))
        return {"batchItemFailures": failed}

    def _ship(self, bucket: str, key: str, outcomes: Counter[str]) -> None:
        try:
            found = self.s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _GONE:
                raise
            # The archive keeps objects for a time; what was waited for longer is in no place any more.
            outcomes["gone"] += 1
            return
        written: datetime = found["LastModified"].astimezone(UTC)
        shipping = Shipping(self.bulk, self.left, self.sleep, outcomes)
        for sent in read(found["Body"].read()):
            if isinstance(sent, Unreadable):
                shipping.add(unreadable(key, sent.reason, sent.reason, written))
                continue
            for event in sent.events:
                try:
                    told = document(sent, event)
                except ValueError as error:
                    told = unreadable(key, json.dumps(event, sort_keys=True), str(error), written)
                shipping.add(told)
        shipping.finish()


def handle(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Ship what a batch of the queue tells of (`ReportBatchItemFailures`)."""
    s3, bulk = _clients()
    return Shipper(s3=s3, bulk=bulk, left=lambda: context.get_remaining_time_in_millis() / 1000).answer(event)


@cache
def _clients() -> tuple[Any, Bulk]:
    bulk = Bulk(os.environ["LOGS_ENDPOINT"], signed_with_role(os.environ["AWS_REGION"]))
    return boto3.client("s3"), bulk


def _objects(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Bucket and key of what S3 tells of; that it tries the way (`s3:TestEvent`) is told of nothing.

    docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
    """
    for each in told.get("Records", ()):
        yield each["s3"]["bucket"]["name"], unquote_plus(each["s3"]["object"]["key"])


def _trouble(error: Exception) -> str:
    """What the log says of an error: never a value of an event."""
    if isinstance(error, AgainError):
        return str(error)
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response.get('Error', {}).get('Code')}"
    if isinstance(error, BotoCoreError):
        return type(error).__name__
    return f"{type(error).__name__} in {traceback.extract_tb(error.__traceback__)[-1].name}"
