"""The platform's DynamoDB tables: what each is keyed by, wherever it or its replica lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components.global_table import AttributeType, TableIndex


@dataclass(frozen=True, kw_only=True)
class TableSchema:
    """Keys of a table; all key attributes are text, and every item expires by `expires_at` (Unix time, seconds)."""

    hash_key: str
    range_key: str | None = None
    indexes: Mapping[str, TableIndex] = field(default_factory=dict[str, TableIndex])

    @property
    def attributes(self) -> dict[str, AttributeType]:
        """Type of every attribute that a key uses."""
        keys = [self, *self.indexes.values()]
        return {name: "S" for key in keys for name in (key.hash_key, key.range_key) if name}


TTL_ATTRIBUTE: Final = "expires_at"

# Name -> keys. The name is the component's and, in capitals, that of the variable that tells a service the physical name.
TABLES: Final[Mapping[str, TableSchema]] = {
    "sessions": TableSchema(hash_key="session_id", indexes={"by-user": TableIndex(hash_key="user_id")}),
    "user-logins": TableSchema(hash_key="user_id", range_key="login_at"),
}
