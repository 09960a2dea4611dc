"""The table `recovery` in this region, as far as the heartbeat reads and writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypedDict

from botocore.exceptions import ClientError

from .database import OvertakenError


class Beat(TypedDict):
    """The last number of a region: the highest, when it was written (ISO 8601, UTC), and by database."""

    number: int | None
    at: str | None
    databases: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Table:
    """The table `recovery`; every read is consistent, of this region's replica.

    Attributes:
        dynamodb: A client of DynamoDB.
        name: The table's.
        region: This region.
        primary_region: The region that is active as long as nothing says otherwise.
    """

    dynamodb: Any
    name: str
    region: str
    primary_region: str

    def active(self) -> str:
        """The region that is active."""
        key = {"id": {"S": "active"}, "item": {"S": "region"}}
        item = self.dynamodb.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")
        return item["region"]["S"] if item else self.primary_region

    def beats(self) -> dict[str, Beat]:
        """The last numbers, by region; one that never wrote is not there."""
        told = self.dynamodb.query(
            TableName=self.name,
            KeyConditionExpression="id = :heartbeat",
            ExpressionAttributeValues={":heartbeat": {"S": "heartbeat"}},
            ConsistentRead=True,
        )
        return {item["item"]["S"]: _beat(item) for item in told["Items"]}

    def write(self, number: int, databases: Mapping[str, int], *, writer: str, now: float) -> None:
        """Write this region's number, which is higher than all that were written; a second time, if the answer got lost.

        Raises:
            OvertakenError: where a higher one is there: another run writes them now.
            ClientError, BotoCoreError: where it cannot be written.
        """
        try:
            self.dynamodb.update_item(
                TableName=self.name,
                Key={"id": {"S": "heartbeat"}, "item": {"S": self.region}},
                UpdateExpression="SET #number = :number, #at = :at, #databases = :databases, #writer = :writer",
                ConditionExpression="attribute_not_exists(#number) OR #number < :number"
                " OR #number = :number AND #writer = :writer",
                ExpressionAttributeNames={f"#{name}": name for name in ("number", "at", "databases", "writer")},
                ExpressionAttributeValues={
                    ":number": {"N": str(number)},
                    ":at": {"S": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")},
                    ":databases": {"S": json.dumps(databases)},
                    ":writer": {"S": writer},
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                raise OvertakenError(self.name) from None
            raise


def _beat(item: Mapping[str, Any]) -> Beat:
    number, at, databases = item.get("number"), item.get("at"), item.get("databases")
    return Beat(
        number=int(number["N"]) if number else None,
        at=at["S"] if at else None,
        databases=json.loads(databases["S"]) if databases else {},
    )
