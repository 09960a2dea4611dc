"""Leases: which other stacks need the databases of a stack, and until when.

Who needs a database writes a lease of a short life, and renews it each round. The stack that has the database keeps it awake
while one lives. Nobody gives a lease back: it ends by itself, also where its holder has died.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

LEASE_SECONDS: Final = 900
"""How long a lease lives that nobody renews: several rounds, so that one that is missed stops no database."""
LONGEST_SECONDS: Final = 2 * 3600
"""The longest life of a lease, and so far a clock may be wrong: one that seems to be from later than that is none."""
FENCE_SECONDS: Final = 120
"""So old a lease is before its holder relies on it: a round of the other stack that has not seen it is over by then."""
_KEPT_SECONDS: Final = 24 * 3600
_HOLDER: Final = r"[a-z][a-z0-9-]{0,62}"


class LeaseError(Exception):
    """A lease that cannot be given; says why, and what would be right."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """That a stack needs the databases.

    Attributes:
        holder: The stack.
        since: Unix seconds, since when it has held it without a gap.
        at: Unix seconds, when it was renewed last.
        until: Unix seconds, when it ends unless it is renewed.
        by: Who renewed it last.
    """

    holder: str
    since: int
    at: int
    until: int
    by: str

    def lives(self, now: float) -> bool:
        """Whether it holds at a time, Unix seconds."""
        return self.at - LONGEST_SECONDS <= now < min(self.until, self.at + LONGEST_SECONDS)

    def fence(self, now: float) -> int:
        """Seconds until its holder may rely on it; a clock that was put back begins anew."""
        age = now - self.since
        return 0 if age >= FENCE_SECONDS else int(FENCE_SECONDS - max(age, 0))


@dataclass(frozen=True)
class Leases:
    """The table of leases: of the stack that has the databases.

    Attributes:
        dynamodb: A client.
        table: Its name.
    """

    dynamodb: Any
    table: str

    def living(self, now: float) -> list[Lease]:
        """All that hold at a time, by holder."""
        asked: dict[str, Any] = {"TableName": self.table, "ConsistentRead": True}
        found: list[Lease] = []
        while True:
            told = self.dynamodb.scan(**asked)
            found += map(_lease, told["Items"])
            if "LastEvaluatedKey" not in told:
                return sorted((each for each in found if each.lives(now)), key=lambda each: each.holder)
            asked["ExclusiveStartKey"] = told["LastEvaluatedKey"]

    def hold(self, holder: str, now: float, *, by: str, seconds: int = LEASE_SECONDS) -> Lease:
        """Give or renew the lease of a stack, for no less than it has already. It is never shortened.

        Raises:
            LeaseError: on what is no stack's name, and a life that is too short or too long.
        """
        if not re.fullmatch(_HOLDER, holder):
            raise LeaseError(f"holder is {holder!r}; expected the name of a stack, e.g. dev-ada")
        if not 60 <= seconds <= LONGEST_SECONDS:
            raise LeaseError(f"seconds is {seconds}; expected 60 to {LONGEST_SECONDS}")
        before = self._get(holder)
        goes_on = before is not None and before.lives(now) and before.since <= now
        lease = Lease(
            holder=holder,
            since=before.since if before and goes_on else int(now),
            at=int(now),
            until=max(before.until if before and goes_on else 0, int(now) + seconds),
            by=by[:200],
        )
        if self._put(lease, before):
            return lease
        # Another run has renewed it meanwhile.
        return self._get(holder) or lease

    def _get(self, holder: str) -> Lease | None:
        told = self.dynamodb.get_item(TableName=self.table, Key={"holder": {"S": holder}}, ConsistentRead=True)
        return _lease(told["Item"]) if "Item" in told else None

    def _put(self, lease: Lease, before: Lease | None) -> bool:
        numbers = {"since": lease.since, "at": lease.at, "until": lease.until, "expires_at": lease.until + _KEPT_SECONDS}
        item = {
            "holder": {"S": lease.holder},
            "by": {"S": lease.by},
            **{key: {"N": str(each)} for key, each in numbers.items()},
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(holder)"}
        if before:
            condition = {
                "ConditionExpression": "#at = :at AND #since = :since",
                "ExpressionAttributeNames": {"#at": "at", "#since": "since"},
                "ExpressionAttributeValues": {":at": {"N": str(before.at)}, ":since": {"N": str(before.since)}},
            }
        try:
            self.dynamodb.put_item(TableName=self.table, Item=item, **condition)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _lease(item: Mapping[str, Any]) -> Lease:
    numbers = {name: int(item[name]["N"]) for name in ("since", "at", "until")}
    return Lease(holder=item["holder"]["S"], by=item["by"]["S"], **numbers)
