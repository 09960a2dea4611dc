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
_SECONDS: Final = r"[0-9]{1,10}"
"""What Unix seconds are until the year 2286."""
_BY_LENGTH: Final = 200
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

    def living(self, now: float) -> tuple[list[Lease], list[str]]:
        """All that hold at a time, by holder; and the holders of items that are no leases, which hold nothing awake."""
        asked: dict[str, Any] = {"TableName": self.table, "ConsistentRead": True}
        found: list[Lease] = []
        unreadable: list[str] = []
        while True:
            told = self.dynamodb.scan(**asked)
            for item in told["Items"]:
                if lease := _lease(item):
                    found.append(lease)
                else:
                    unreadable.append(str(item["holder"].get("S", "?")))
            if "LastEvaluatedKey" not in told:
                return sorted((each for each in found if each.lives(now)), key=lambda each: each.holder), sorted(unreadable)
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
        item = self._get(holder)
        before = _lease(item) if item else None
        goes_on = before is not None and before.lives(now) and before.since <= now
        lease = Lease(
            holder=holder,
            since=before.since if before and goes_on else int(now),
            at=int(now),
            until=max(before.until if before and goes_on else 0, int(now) + seconds),
            by=by[:_BY_LENGTH],
        )
        # In the place of what is no lease it is put whatever that says.
        if self._put(lease, before, anew=item is None):
            return lease
        # Another run has renewed it meanwhile.
        there = self._get(holder)
        return (_lease(there) if there else None) or lease

    def _get(self, holder: str) -> Mapping[str, Any] | None:
        told = self.dynamodb.get_item(TableName=self.table, Key={"holder": {"S": holder}}, ConsistentRead=True)
        return told.get("Item")

    def _put(self, lease: Lease, before: Lease | None, *, anew: bool) -> bool:
        numbers = {"since": lease.since, "at": lease.at, "until": lease.until, "expires_at": lease.until + _KEPT_SECONDS}
        item = {
            "holder": {"S": lease.holder},
            "by": {"S": lease.by},
            **{key: {"N": str(each)} for key, each in numbers.items()},
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(holder)"} if anew else {}
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


def _lease(item: Mapping[str, Any]) -> Lease | None:
    """The lease that an item is, which ends when its life may last no longer; None where it is none."""
    texts = [item.get(name, {}).get("S") for name in ("holder", "by")]
    numbers = [str(item.get(name, {}).get("N")) for name in ("since", "at", "until")]
    if not all(isinstance(text, str) for text in texts) or not all(re.fullmatch(_SECONDS, number) for number in numbers):
        return None
    holder, by = texts
    since, at, until = map(int, numbers)
    return Lease(holder=holder, by=by[:_BY_LENGTH], since=since, at=at, until=min(until, at + LONGEST_SECONDS))
