"""The notifier's table: what is open, what is over, who said what; each write holds only if nobody wrote meanwhile.

Keys are `kind` and `id`. Kinds: `open` (an incident that is not over, or not told), `done` (one that is, by when it began),
`silence` (what a person has silenced until when), `silenced` (the same, by when it began: for the week's report), `report`
(weeks that were reported), `request` (what Slack has sent: the function `orders` takes nothing twice).
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from .incident import Acknowledged, Incident

TRIES: Final = 20
KEPT_DAYS: Final = 35
"""So long is told of what is over; then DynamoDB deletes it."""
LONGEST_SILENCE: Final = timedelta(days=7)
"""So long an alarm may be silenced: what is to be silent for longer should not be an alarm."""
_DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What a person silenced.

    Attributes:
        by: Who.
        why: Why.
        since: From which second on (Unix time).
        until: Until which second.
        thing: What it is of, e.g. `database`; `unknown` for an incident of no kind.
        title: What people call it: the kind of alarm, or the title of the incident.
        ended: Who ended it before its time; empty where nobody did.
    """

    by: str
    why: str
    since: int
    until: int
    thing: str
    title: str
    ended: str = ""

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Silence":
        """The silence of such attributes; those of before had fewer."""
        texts = {name: str(item.get(name, "")) for name in ("by", "why", "thing", "title", "ended")}
        texts["thing"], texts["title"] = texts["thing"] or "unknown", texts["title"] or str(item["id"])
        return cls(**texts, since=int(item.get("since", 0)), until=int(item["until"]))


class ContendedError(Exception):
    """Others wrote the same item again and again: it is tried later."""


class TakenError(Exception):
    """There is nothing to take care of any more; why."""


class Store:
    """The table, by a boto3 resource of it."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def open(self) -> list[Incident]:
        """All that is open."""
        return [Incident.of(item) for item in self._all("open")]

    def get(self, identity: str) -> Incident | None:
        """What is open of that identity."""
        item = self._table.get_item(Key={"kind": "open", "id": identity}, ConsistentRead=True).get("Item")
        return Incident.of(item) if item else None

    def named(self, reference: str) -> Incident | None:
        """What is open and was told, by what people call it."""
        return next((each for each in self.open() if each.reference == reference and each.opened), None)

    def acknowledge(self, identity: str, said: Acknowledged, *, seen: Acknowledged | None, now: datetime) -> None:
        """Note who takes care of it, in place of whom they saw to do so.

        Raises:
            TakenError: when it was over meanwhile, or somebody else takes care of it since.
        """

        def taken(found: Incident | None) -> Incident:
            if found is None or not found.is_open:
                raise TakenError("it was over meanwhile")
            if found.acknowledged and found.acknowledged != seen and found.cared_for(now):
                raise TakenError(f"{found.acknowledged.by} takes care of it already")
            return replace(found, acknowledged=said)

        self.change(identity, taken)

    def change(self, identity: str, how: Callable[[Incident | None], Incident | None]) -> Incident | None:
        """Put what `how` makes of the incident (None where there is none) in its place; nothing where it makes None.

        `how` may be called several times, each time with what is there now. Returns what was put.
        """
        for _ in range(TRIES):
            found = self.get(identity)
            made = how(found)
            if made is None:
                return None
            made = made.numbered((found.version if found else 0) + 1)
            if self._put(made, found.version if found else None):
                return made
        raise ContendedError(identity)

    def close(self, incident: Incident, now: float) -> bool:
        """Move what is over to what is done, if nobody has changed it; what never fired is forgotten."""
        if incident.opened:
            # Before it is deleted: a crash between leaves it twice, and the next tick deletes it.
            done = incident.item() | {
                "kind": "done",
                "id": f"{incident.opened}#{incident.identity}",
                "expires_at": int(now) + KEPT_DAYS * _DAY,
            }
            self._table.put_item(Item=done)
        try:
            self._table.delete_item(
                Key={"kind": "open", "id": incident.identity},
                ConditionExpression="#version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues={":version": incident.version},
            )
        except ClientError as error:
            if _is_refused(error):
                return False
            raise
        return True

    def done_since(self, since: str) -> list[Incident]:
        """What is over and began since that time, ISO 8601."""
        return [Incident.of(item) for item in self._all("done", since)]

    def silence(self, what: str, said: Silence) -> Silence:
        """Note that a kind of alarm, or one incident by its reference, is silenced; the silence that holds.

        That is the one that ends later: nobody's word makes another's shorter.
        """
        later = {
            "ConditionExpression": "attribute_not_exists(id) OR #until < :until",
            "ExpressionAttributeNames": {"#until": "until"},
            "ExpressionAttributeValues": {":until": said.until},
        }
        for _ in range(TRIES):
            if self._put_if(_item("silence", what, said), **later):
                self._table.put_item(Item=_item("silenced", f"{said.since:010}#{what}", said))
                return said
            found = self._table.get_item(Key={"kind": "silence", "id": what}, ConsistentRead=True)["Item"]
            # Unless it was ended between.
            if found["until"] >= said.until:
                return Silence.of(found)
        raise ContendedError(what)

    def unsilence(self, what: str, *, by: str, now: float) -> Silence | None:
        """End a silence now; None where there is none."""
        item = self._table.get_item(Key={"kind": "silence", "id": what}, ConsistentRead=True).get("Item")
        if item is None or item["until"] <= now:
            return None
        ended = replace(Silence.of(item), until=int(now), ended=by)
        self._table.put_item(Item=_item("silenced", f"{ended.since:010}#{what}", ended))
        self._table.put_item(Item=_item("silence", what, ended))
        return ended

    def silences(self, now: float) -> dict[str, Silence]:
        """What is silenced at a time, or was later: kind of alarm, or reference of an incident -> who said so, until when."""
        return {item["id"]: Silence.of(item) for item in self._all("silence") if item["until"] > now}

    def silenced(self, since: float, until: float) -> list[tuple[str, Silence]]:
        """What was silenced at some time between two seconds (Unix time), by when it began."""
        earliest = f"{max(0, int(since - LONGEST_SILENCE.total_seconds())):010}"
        found = ((item["id"].partition("#")[2], Silence.of(item)) for item in self._all("silenced", earliest))
        return [(what, each) for what, each in found if each.since < until and each.until > since]

    def is_first(self, request: str, until: float) -> bool:
        """Note a request, by a digest of it; whether it was not noted before. It is kept until that second or longer."""
        key = {"kind": "request", "id": request}
        item = {**key, "expires_at": int(until), "writer": uuid.uuid4().hex}
        if self._put_if(item, ConditionExpression="attribute_not_exists(id)"):
            return True
        # boto3 sends again what was not answered, and may meet what it has written itself.
        found = self._table.get_item(Key=key, ConsistentRead=True).get("Item", {})
        return found.get("writer") == item["writer"]

    def is_reported(self, week: str) -> bool:
        """Whether a week has been reported."""
        return "Item" in self._table.get_item(Key={"kind": "report", "id": week}, ConsistentRead=True)

    def reported(self, week: str, now: float) -> None:
        """Note that it has."""
        self._table.put_item(Item={"kind": "report", "id": week, "expires_at": int(now) + KEPT_DAYS * _DAY})

    def _put(self, incident: Incident, version: int | None) -> bool:
        if version is None:
            condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
        else:
            condition = {
                "ConditionExpression": "#version = :version",
                "ExpressionAttributeNames": {"#version": "version"},
                "ExpressionAttributeValues": {":version": version},
            }
        return self._put_if({"kind": "open", "id": incident.identity, **incident.item()}, **condition)

    def _put_if(self, item: Mapping[str, Any], **condition: Any) -> bool:
        """Whether it was put: the condition held."""
        try:
            self._table.put_item(Item=item, **condition)
        except ClientError as error:
            if _is_refused(error):
                return False
            raise
        return True

    def _all(self, kind: str, since: str = "") -> Iterator[Mapping[str, Any]]:
        names, values = {"#kind": "kind"}, {":kind": kind}
        where = "#kind = :kind"
        if since:
            names, values, where = {**names, "#id": "id"}, {**values, ":since": since}, f"{where} AND #id >= :since"
        query: dict[str, Any] = {
            "KeyConditionExpression": where,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        while True:
            answer = self._table.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _item(kind: str, name: str, said: Silence) -> dict[str, Any]:
    return {**asdict(said), "expires_at": said.until + KEPT_DAYS * _DAY, "kind": kind, "id": name}


def _is_refused(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"
