"""What a Firehose stream could not deliver: objects under its error prefix, a JSON text a line.

docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html and, beside it,
data-transformation-failure-handling.html have their form: `rawData` is the record in base64, and the reason is `lastErrorCode`
or `errorCode`.
"""

import base64
import binascii
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.errors import Code, OperationError
from operations.stack import Stream

ASIDE: Final = "replayed/"
"""Where objects are moved whose records were put back, with the key that they had behind it."""
_GZIP: Final = b"\x1f\x8b"
_UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, kw_only=True)
class ErrorObject:
    """An object of records that were not delivered.

    Attributes:
        key: Its key.
        reasons: Why -> of how many records.
    """

    key: str
    reasons: Counter[str] = field(default_factory=Counter[str])

    @property
    def is_readable(self) -> bool:
        """Whether every line holds a record."""
        return not self.reasons[_UNREADABLE]


def prefix_of(stream: Stream) -> str:
    """The part of a stream's error prefix that is the same for all objects."""
    # Firehose fills in what begins so: docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html
    return stream.error_prefix.partition("!{")[0]


class Errors:
    """The objects under a stream's error prefix."""

    def __init__(self, s3: Any, stream: Stream) -> None:
        self._s3 = s3
        self.bucket: Final = stream.bucket
        self.prefix: Final = prefix_of(stream)
        if not self.prefix or ASIDE.startswith(self.prefix) or self.prefix.startswith(ASIDE):
            raise OperationError(
                f"errorPrefix of stream {stream.name} is {stream.error_prefix!r}; expected one that begins with a folder of its"
                f" own, and not with {ASIDE}",
                Code.USAGE,
            )

    def survey(self) -> list[ErrorObject]:
        """All objects, with the reasons of their records."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return [ErrorObject(key=key, reasons=Counter(reason for reason, _ in self._lines(key))) for key in keys]

    def records(self, key: str) -> Iterator[bytes]:
        """The records of an object of which every line holds one."""
        for _, record in self._lines(key):
            assert record is not None  # noqa: S101 - is_readable
            yield record

    def is_there(self, key: str) -> bool:
        """Whether there is an object."""
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code_of(error) not in ("404", "NoSuchKey"):
                raise
            return False
        return True

    def move_aside(self, key: str) -> str:
        """Move an object out from under the prefix; where it is then. It may have been moved halfway."""
        there = f"{ASIDE}{key}"
        self._s3.copy({"Bucket": self.bucket, "Key": key}, self.bucket, there)
        self._s3.delete_object(Bucket=self.bucket, Key=key)
        return there

    def _lines(self, key: str) -> Iterator[tuple[str, bytes | None]]:
        body = io.BufferedReader(_Readable(self._s3.get_object(Bucket=self.bucket, Key=key)["Body"]))
        try:
            with gzip.open(body) if body.peek(2)[:2] == _GZIP else body as lines:
                for line in lines:
                    if line.strip():
                        yield _read(line)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            yield _UNREADABLE, None


class _Readable(io.RawIOBase):
    """The body of an object as a file."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        read: bytes = self._body.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def _read(line: bytes) -> tuple[str, bytes | None]:
    """Why a record was not delivered, and the record; None where the line holds none."""
    try:
        told = json.loads(line)
        if not isinstance(told, dict):
            return _UNREADABLE, None
        said = cast(dict[str, Any], told)
        reason = said.get("lastErrorCode") or said.get("errorCode") or "unknown"
        return str(reason), base64.b64decode(said["rawData"], validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return _UNREADABLE, None
