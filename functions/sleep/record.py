"""The table of the schedule: what somebody ordered, what is known of each thing, and the journal of when each slept."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from .step import Memory

KEY: Final = "schedule"
KEPT_DAYS: Final = 400
"""How long the journal is kept: the table lets go of items by themselves, by `expires_at`."""


class OvertakenError(Exception):
    """Another run is at it, and knows more."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody ordered, against the hours.

    Attributes:
        state: `awake` or `asleep`; `hours` where these were to count again.
        until: Unix seconds, when the hours count again; 0 of `hours`.
        by: Who.
        at: Unix seconds, when it was asked for.
    """

    state: str
    until: int
    by: str
    at: int


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a thing.

    Attributes:
        memory: What sleep took from it.
        state: How it was found last; empty before it was ever looked at.
        since: Unix seconds, since when.
        wanted: What it was to be then.
        unsettled: Unix seconds, since when it is not as wanted; None where it is.
        version: Of this; each change is the next.
    """

    memory: Memory = field(default_factory=Memory)
    state: str = ""
    since: int = 0
    wanted: str = ""
    unsettled: int | None = None
    version: int = 0


@dataclass(frozen=True)
class Record:
    """The table.

    Attributes:
        dynamodb: A client.
        table: Its name.
    """

    dynamodb: Any
    table: str

    def order(self) -> Order | None:
        """What was ordered last, over or not."""
        told = self._get("order")
        return Order(**told) if told else None

    def put_order(self, order: Order, now: int) -> Order:
        """Put an order in the place of the one before, unless that was asked for later; what stands then.

        One that seems to be of a time to come was written by a clock that was wrong, and gives way.
        """
        written = self._put(
            "order",
            asdict(order),
            {"asked": _number(order.at)},
            ConditionExpression="attribute_not_exists(asked) OR asked <= :at OR asked > :now",
            ExpressionAttributeValues={":at": _number(order.at), ":now": _number(now)},
        )
        return order if written else self.order() or order

    def known(self, target: str) -> Known:
        """What is known of a thing, by `<kind>#<name>`."""
        told = self._get(f"target#{target}")
        if told is None:
            return Known()
        memory: dict[str, Any] = told.pop("memory")
        return Known(**told, memory=Memory(**memory))

    def learn(self, target: str, known: Known) -> Known:
        """Write what is known, in the place of what was read; with the version it has then.

        Raises:
            OvertakenError: something else was written since.
        """
        then = replace(known, version=known.version + 1)
        memory = {"settings": known.memory.settings, "declared": known.memory.declared, "restored": known.memory.restored}
        facts = {
            "memory": memory,
            "state": known.state,
            "since": known.since,
            "wanted": known.wanted,
            "unsettled": known.unsettled,
            "version": then.version,
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(version)"}
        if known.version:
            values = {":before": _number(known.version)}
            condition = {"ConditionExpression": "version = :before", "ExpressionAttributeValues": values}
        if not self._put(f"target#{target}", facts, {"version": _number(then.version)}, **condition):
            raise OvertakenError(target)
        return then

    def tell(self, target: str, now: int, before: str, state: str) -> None:
        """Write into the journal that a thing was found otherwise."""
        item = f"journal#{target}#{datetime.fromtimestamp(now, UTC).isoformat(timespec='seconds')}"
        expires = _number(now + KEPT_DAYS * 24 * 3600)
        self._put(item, {"at": now, "before": before, "state": state}, {"expires_at": expires})

    def journal(self, target: str) -> list[dict[str, Any]]:
        """When a thing was found otherwise, the oldest first: `at`, `before`, `state`."""
        asked: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": "id = :id AND begins_with(#i, :prefix)",
            "ExpressionAttributeNames": {"#i": "item"},
            "ExpressionAttributeValues": {":id": {"S": KEY}, ":prefix": {"S": f"journal#{target}#"}},
        }
        found: list[dict[str, Any]] = []
        while True:
            told = self.dynamodb.query(**asked)
            found += [json.loads(item["facts"]["S"]) for item in told["Items"]]
            if "LastEvaluatedKey" not in told:
                return sorted(found, key=lambda each: each["at"])
            asked["ExclusiveStartKey"] = told["LastEvaluatedKey"]

    def _key(self, item: str) -> dict[str, Any]:
        return {"id": {"S": KEY}, "item": {"S": item}}

    def _get(self, item: str) -> dict[str, Any] | None:
        found = self._item(item)
        return json.loads(found["facts"]["S"]) if found else None

    def _item(self, item: str) -> Mapping[str, Any]:
        return self.dynamodb.get_item(TableName=self.table, Key=self._key(item), ConsistentRead=True).get("Item", {})

    def _put(self, item: str, facts: Mapping[str, Any], more: Mapping[str, Any], **condition: Any) -> bool:
        writer = {"S": uuid.uuid4().hex}
        attributes = {**self._key(item), "facts": {"S": json.dumps(facts, sort_keys=True)}, "writer": writer, **more}
        try:
            self.dynamodb.put_item(TableName=self.table, Item=attributes, **condition)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            # boto3 sends again what was not answered, and may meet what it has written itself.
            return self._item(item).get("writer") == writer
        return True


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def hours_of(journal: Sequence[Mapping[str, Any]], start: float, end: float) -> tuple[float, float]:
    """Of how many hours between two times the journal knows, and how many of these were asleep.

    What is on its way costs as what is awake does, and counts as that.
    """
    known = asleep = 0.0
    state, at = (journal[0]["before"] if journal else ""), start
    for when, after in [*((each["at"], each["state"]) for each in journal), (end, "")]:
        upto = min(max(float(when), at), end)
        known += upto - at if state else 0
        asleep += upto - at if state == "asleep" else 0
        at, state = upto, after
    return round(known / 3600, 1), round(asleep / 3600, 1)
