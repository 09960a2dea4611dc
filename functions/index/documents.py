"""What a record is in an index: its document, under which id, and of which version."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from jobs.aggregate.records import SCHEMAS, Message

ID_BYTES: Final = 512
"""The longest id that OpenSearch takes."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIES: Final = 2048
"""What a microsecond is divided into: until the year 2099 the versions stay below 2^63."""
_RANK: Final = {
    character: rank for rank, character in enumerate(sorted("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"))
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document.

    Attributes:
        id: In its index.
        version: The greater one stays, whichever is written last.
        fields: What it says.
    """

    id: str
    version: int
    fields: dict[str, Any]


def document_of(dataset: str, message: Message) -> Document:
    """The document of a message."""
    return of_values(dataset, message.values, message.id)


def of_values(dataset: str, values: Sequence[Any], message_id: str) -> Document:
    """The document of a record's values, which came with that message."""
    schema = SCHEMAS[dataset]
    told: Mapping[str, Any] = dict(zip(schema.names, values, strict=True))
    fields = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items() if value is not None
    }
    return Document(id=id_of(str(told[schema.key])), version=version_of(told["updated_at"], message_id), fields=fields)


def id_of(key: str) -> str:
    """The id for a record's own key: as it is where that is plain, and never the same for two."""
    quoted = quote(key, safe="")
    # `%~` begins nothing that is quoted.
    return quoted if len(quoted) <= ID_BYTES else f"%~{hashlib.sha256(key.encode()).hexdigest()}"


def version_of(updated_at: datetime, message_id: str) -> int:
    """Orders states as the table `newest` does: the later `updated_at`, then the greater message id.

    Of the id the first two characters count. Two states of one record, of one microsecond, whose ids begin alike, have one
    version: the one that is written first stays, where the table keeps the greater; a rebuilding puts it right.
    """
    microseconds = (updated_at - _EPOCH) // timedelta(microseconds=1)
    first, second = (_RANK[character] for character in (*message_id[:2], *("-" * (2 - len(message_id[:2])))))
    return microseconds * _TIES + first * 32 + second // 2
