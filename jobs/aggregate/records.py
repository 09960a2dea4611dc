"""Judges one raw object: what a message must look like, and why one is set aside; pure, and the same answer every time."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, NoReturn

from .datasets import DATASETS, Column

MAX_BYTES: Final = 1024 * 1024
"""The most that SQS and SNS carry; an object that is larger is not even read."""
MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
ENVELOPE: Final = frozenset({"id", "tenant", "dataset", "received_at", "record"})
CLOCK_SKEW: Final = timedelta(days=1)
"""How far a lender's clock may run before ours. The latest `updated_at` wins: one from far in the future would win for ever."""

_UNIT_SEPARATOR: Final = "\x1f"  # in no text that is accepted


class RefusedError(Exception):
    """A message that is set aside.

    Attributes:
        reason: One word, which is counted.
        detail: What was expected; never a value of the record, which is somebody's personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class Message(NamedTuple):
    """A message that is right.

    Attributes:
        id: Its id.
        received_at: When the platform received it, UTC.
        digest: The same for two messages exactly if their records say the same.
        values: The record's values in the order of the schema's fields.
    """

    id: str
    received_at: datetime
    digest: bytes
    values: tuple[Any, ...]


class Field(NamedTuple):
    """A field of a record: its name, what reads it, and what is right (for people)."""

    name: str
    read: Callable[[Any], Any]
    expected: str


@dataclass(frozen=True)
class Schema:
    """The record of a dataset.

    Attributes:
        fields: Its fields: all required, and no others.
        key: The field that says which thing a record tells of; of two records of one thing the later `updated_at` counts.
    """

    fields: tuple[Field, ...]
    key: str

    @property
    def names(self) -> list[str]:
        """Names of the fields, in order."""
        return [field.name for field in self.fields]

    def read(self, record: Any, *, received_at: datetime) -> tuple[Any, ...]:
        """The values of a record.

        Raises:
            RefusedError: on a record that has other fields or values.
        """
        if type(record) is not dict:
            raise RefusedError("record", "record is no object")
        if len(record) != len(self.fields) or any(field.name not in record for field in self.fields):
            _wrong_fields("record", record, frozenset(self.names))
        values: list[Any] = []
        for name, read, expected in self.fields:
            try:
                value = read(record[name])
            except (ValueError, OverflowError):
                value = None
            if value is None:
                raise RefusedError("record", f"record.{name}: expected {expected}")
            values.append(value)
            if name == "updated_at" and value > received_at + CLOCK_SKEW:
                raise RefusedError("record", "record.updated_at: expected no more than a day after received_at")
        return tuple(values)


def _text(value: Any) -> str | None:
    # Neither NUL nor half of a surrogate pair is printable: PostgreSQL and Parquet could not hold them.
    return value if type(value) is str and 0 < len(value) <= 200 and value.isprintable() else None


def _choice(choices: frozenset[str]) -> Callable[[Any], str | None]:
    return lambda value: value if type(value) is str and value in choices else None


def _matching(pattern: str) -> Callable[[Any], str | None]:
    right = re.compile(pattern, re.ASCII)
    return lambda value: value if type(value) is str and right.fullmatch(value) else None


def _whole(most: int) -> Callable[[Any], int | None]:
    def read(value: Any) -> int | None:
        return value if type(value) is int and 0 <= value <= most else None  # bool is no int here

    return read


def _time(value: Any) -> datetime | None:
    if type(value) is not str or len(value) > 40 or value[10:11] != "T":
        return None
    time = datetime.fromisoformat(value)
    if time.tzinfo is None or not 1970 < time.year < 2100:
        return None
    return time.astimezone(UTC)


_WHEN: Final = "a time of ISO 8601 with its offset from UTC, between 1971 and 2099"
_TEXT: Final = "1 to 200 printable characters"


def _field(column: Column) -> Field:
    if column.kind == "time":
        return Field(column.name, _time, _WHEN)
    if column.kind != "text":
        return Field(column.name, _whole(column.most), f"a whole number from 0 to {column.most}")
    if column.choices:
        return Field(column.name, _choice(column.choices), f"one of {', '.join(sorted(column.choices))}")
    if column.pattern:
        return Field(column.name, _matching(column.pattern), column.expected)
    return Field(column.name, _text, _TEXT)


SCHEMAS: Final = {
    name: Schema(tuple(_field(column) for column in dataset.columns), key=dataset.key) for name, dataset in DATASETS.items()
}
"""Datasets that can be aggregated: how `datasets.py` describes them, as readers."""
LOANS: Final = SCHEMAS["loans"]


def judge(body: bytes, *, tenant: str, dataset: str, message_id: str) -> Message:
    """The message that an object holds, which lies where those of that tenant and dataset lie, under the name of that message.

    Raises:
        RefusedError: on one that is not right.
    """
    envelope = parse(body)
    if type(envelope) is not dict:
        raise RefusedError("envelope", "the message is no object")
    # First of all: whatever else is wrong, somebody else's data must be found as such.
    if envelope.get("tenant") != tenant:
        raise RefusedError("tenant", "tenant is not the one in whose folder the message lies")
    if envelope.keys() != ENVELOPE:
        _wrong_fields("envelope", envelope, ENVELOPE)
    if envelope["dataset"] != dataset:
        raise RefusedError("dataset", "dataset is not the one in whose folder the message lies")
    if envelope["id"] != message_id:
        raise RefusedError("id", "id is not the name of the object")
    try:
        received_at = _time(envelope["received_at"])
    except (ValueError, OverflowError):
        received_at = None
    if received_at is None:
        raise RefusedError("envelope", f"received_at: expected {_WHEN}")
    values = SCHEMAS[dataset].read(envelope["record"], received_at=received_at)
    return Message(message_id, received_at, _digest(values), values)


def parse(body: bytes) -> Any:
    """The JSON text that bytes are, read so that no other reader can see another one in them.

    Raises:
        RefusedError: on what is too large, no UTF-8 or no such JSON.
    """
    if len(body) > MAX_BYTES:
        raise RefusedError("size", f"expected at most {MAX_BYTES} bytes")
    try:
        return _DECODER.decode(body.decode())
    except UnicodeDecodeError:
        raise RefusedError("encoding", "expected UTF-8") from None
    except (ValueError, RecursionError):  # also numbers of more than 4,300 digits
        raise RefusedError("json", "expected one JSON object, no key twice, no NaN") from None


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which are no JSON


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice: two readers could see two different messages")
    return found


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_no_key_twice, parse_constant=_no_constant)


def _wrong_fields(where: str, found: dict[str, Any], expected: frozenset[str]) -> NoReturn:
    missing, unknown = sorted(expected - found.keys()), sorted(found.keys() - expected)
    names = ", ".join(ascii(name[:40]) for name in unknown[:5])
    told = ([f"without {', '.join(missing)}"] if missing else []) + ([f"with unknown fields {names}"] if unknown else [])
    raise RefusedError(where, f"{where} {' and '.join(told)}")


def _digest(values: tuple[Any, ...]) -> bytes:
    text = _UNIT_SEPARATOR.join([value.isoformat() if type(value) is datetime else str(value) for value in values])
    return hashlib.sha256(text.encode()).digest()[:16]
