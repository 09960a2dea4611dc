"""The ledger of deliveries: what a request is about to bring in, an item of the table `deliveries` (docs/ingestion.md)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .raw import folder_of

END: Final = "_SUCCESS"
"""Name of the object that ends a delivery (settings: jobs.aggregate.objects); of all others the name is `<id>.json`."""
KEPT_SECONDS: Final = 7 * 86_400
"""How long an entry is kept: whoever asks what was lost with a region may have had other things to do first."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one request is about to bring in.

    Attributes:
        tenant: The tenant's id.
        region: The AWS region that was asked.
        received_at: When, ISO 8601 with milliseconds and Z, so that texts are in the order of time.
        dataset: The dataset.
        day: The day under which its objects lie, YYYY-MM-DD.
        objects: Names of the objects in that folder of the raw bucket; one at least.
    """

    tenant: str
    region: str
    received_at: str
    dataset: str
    day: str
    objects: frozenset[str]

    @property
    def keys(self) -> list[str]:
        """Keys of the objects in the raw bucket, in order."""
        folder = folder_of(self.tenant, self.dataset, self.day)
        return [f"{folder}{name}" for name in sorted(self.objects)]

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Entry":
        """The entry of an item, as DynamoDB gives it."""
        region, received_at, _ = item["entry"]["S"].split("#")
        return cls(
            region=region,
            received_at=received_at,
            objects=frozenset(item["objects"]["SS"]),
            **{name: item[name]["S"] for name in ("tenant", "dataset", "day")},
        )

    def item(self) -> dict[str, Any]:
        """An item of its own, as DynamoDB takes it: two requests of one millisecond are two."""
        expires_at = int(datetime.fromisoformat(self.received_at).timestamp()) + KEPT_SECONDS
        return {
            **{name: {"S": getattr(self, name)} for name in ("tenant", "dataset", "day")},
            "entry": {"S": f"{self.region}#{self.received_at}#{secrets.token_hex(4)}"},
            "objects": {"SS": sorted(self.objects)},
            "expires_at": {"N": str(expires_at)},
        }

    def enter(self, dynamodb: Any, table: str) -> None:
        """Write it, by a client of the tenant's session."""
        dynamodb.put_item(TableName=table, Item=self.item())
