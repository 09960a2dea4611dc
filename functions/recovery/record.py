"""The table `recovery` as one region's replica tells it: active region, lock, journal, heartbeats, fences, capacity."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from .loss import number_of
from .plan import DISASTER, PLANNED, REHEARSAL, Mode
from .stop import StopError

OVERTAKES: Final[tuple[Mode, ...]] = (DISASTER, PLANNED, REHEARSAL)
"""Each takes the lock of those behind it over."""
LEASE_SECONDS: Final = 180
"""How long a lock outlives its run's last sign of life. A run shows one at every step, and at least each minute."""
SITE_SECONDS: Final = 300
"""So old a region's description of itself may be; it is written each minute."""
_TO: Final = TypeSerializer()
_OF: Final = TypeDeserializer()


@dataclass(frozen=True)
class Active:
    """Which region is the active one.

    Attributes:
        region: Of AWS.
        epoch: +1 at each change; 0 before the first.
        run: The run that made it so; "" before the first.
        since: When, ISO 8601; "" before the first.
    """

    region: str
    epoch: int
    run: str
    since: str


@dataclass(frozen=True)
class Lock:
    """Who works in a region.

    Attributes:
        run: The run's id.
        mode: The run's mode.
        until: Unix time at which it ends by itself.
    """

    run: str
    mode: Mode
    until: int


def iso(now: float) -> str:
    """A time as the table has it: ISO 8601, whole seconds, UTC."""
    return datetime.fromtimestamp(int(now), UTC).isoformat().replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Unix seconds of a time as the table has it; 0 of none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


@dataclass(frozen=True)
class Record:
    """The table, through one region's endpoint.

    Attributes:
        dynamodb: A client of that region.
        table: Its name.
    """

    dynamodb: Any
    table: str

    def active(self, primary: str) -> Active:
        """The active region; the primary's where nothing was ever recorded."""
        item = self._get("active", "region") or {}
        return Active(item.get("region", primary), int(item.get("epoch", 0)), item.get("run", ""), item.get("since", ""))

    def decide(self, region: str, run: str, epoch: int, now: float) -> None:
        """Record that a region is the active one as of `epoch`; done again by the same run, it changes nothing.

        Raises:
            StopError: the epoch before it is no longer the last one.
        """
        item = {"region": region, "epoch": epoch, "run": run, "since": iso(now)}
        condition = "attribute_not_exists(epoch) OR epoch = :before"
        if not self._put("active", "region", item, condition, {":before": epoch - 1}):
            told = self._get("active", "region") or {}
            if (told.get("region"), told.get("run"), told.get("epoch")) != (region, run, epoch):
                raise StopError("overtaken", f"run {told.get('run')} made {told.get('region')} the active region")

    def lock(self, region: str, run: str, mode: Mode, now: float) -> Lock | None:
        """Take, or prolong, the lock of a region; None is: it is held by this run; else who holds it.

        A rehearsal holds up no failover, and a planned one no disaster: their locks are taken over.
        """
        condition, values = "attribute_not_exists(#r) OR #r = :r OR #u < :n", {":r": run, ":n": int(now)}
        for place, less in enumerate(OVERTAKES[OVERTAKES.index(mode) + 1 :]):
            condition, values = f"{condition} OR #m = :m{place}", {**values, f":m{place}": less}
        if self._put("lock", region, _lease(run, mode, now), condition, values):
            return None
        return self.locked(region)

    def locked(self, region: str) -> Lock | None:
        """The lock of a region, over or not; None where there never was one."""
        item = self._get("lock", region)
        return Lock(item["run"], item.get("mode", ""), int(item["until"])) if item else None

    def hold(self, region: str, run: str, mode: str, now: float) -> None:
        """Show a sign of life. A lock that another run has had since is not taken back, though that one may be over.

        Raises:
            StopError: another run has, or had, the lock.
        """
        if not self._put("lock", region, _lease(run, mode, now), "#r = :r", {":r": run}):
            holder = self.locked(region)
            raise StopError("overtaken", f"run {holder.run if holder else '?'} took the lock of {region}")

    def release(self, region: str, run: str, mode: str, now: float) -> None:
        """End the lock of this run; another's is left alone. The item stays: it says when the last run was over."""
        item = {"run": run, "mode": mode, "since": iso(now), "until": int(now) - 1}
        self._put("lock", region, item, "#r = :r", {":r": run})

    def journal(self, run: str, entry: str, **facts: Any) -> None:
        """Write about a run (entry "") or a step of it ("06#fence"), in place of what was written about it."""
        self._put("run", f"{run}#{entry}" if entry else run, facts)

    def run(self, run: str, entry: str = "") -> Mapping[str, Any]:
        """What the journal says of a run, or of a step of it; empty where it says nothing."""
        return self._get("run", f"{run}#{entry}" if entry else run) or {}

    def entries(self, run: str) -> dict[str, Mapping[str, Any]]:
        """What the journal says of each step of a run, by entry ("03#fence")."""
        return {item.partition("#")[2]: told for item, told in self._journal(f"{run}#").items()}

    def runs(self) -> dict[str, Mapping[str, Any]]:
        """What the journal says of each run, by its id."""
        return {item: told for item, told in self._journal("").items() if "#" not in item}

    def _journal(self, prefix: str) -> dict[str, Mapping[str, Any]]:
        begins = "id = :id AND begins_with(#i, :prefix)" if prefix else "id = :id"
        asked: dict[str, Any] = {
            "TableName": self.table,
            "KeyConditionExpression": begins,
            "ExpressionAttributeValues": _item({":id": "run", **({":prefix": prefix} if prefix else {})}),
            "ConsistentRead": True,
            **({"ExpressionAttributeNames": {"#i": "item"}} if prefix else {}),
        }
        found: dict[str, Mapping[str, Any]] = {}
        while True:
            told = self.dynamodb.query(**asked)
            found |= {item["item"]: item for item in map(_told, told["Items"])}
            if "LastEvaluatedKey" not in told:
                return found
            asked["ExclusiveStartKey"] = told["LastEvaluatedKey"]

    def heartbeat(self, region: str) -> int | None:
        """The last number that a region told; None where it told none."""
        return number_of((self._get("heartbeat", region) or {}).get("number"))

    def site(self, region: str) -> str | None:
        """A region's description, JSON; None where it never told it."""
        return (self._get("site", region) or {}).get("document")

    def put_site(self, region: str, document: str, now: float) -> None:
        """Tell a region's description."""
        self._put("site", region, {"document": document, "at": iso(now)})

    def described(self, region: str) -> tuple[str | None, str]:
        """A region's description, JSON, and when it told it; None where it never did."""
        told = self._get("site", region) or {}
        return told.get("document"), told.get("at", "")

    def was_decided(self) -> str:
        """A run that made a region the active one, by the journal; "" where none ever did."""
        return next(
            (run for run, told in self.runs().items() if told.get("mode") != REHEARSAL and told.get("state") == "done"), ""
        )

    def noted(self, region: str) -> dict[str, Any]:
        """What was on in a region before a planned run shut it off, by switch; empty where nothing is to be given back."""
        return json.loads((self._get("before", region) or {}).get("switches", "{}"))

    def note(self, region: str, switches: Mapping[str, Any]) -> None:
        """Keep what was on in a region; empty: nothing is to be given back any more."""
        self._put("before", region, {"switches": json.dumps(switches, sort_keys=True)})

    def sign_of_life(self, region: str, primary: str) -> float:
        """When a region last told anything, Unix seconds, while it was the active one and its heartbeat was to go on."""
        active, told = self.active(primary), seconds_of(self.described(region)[1])
        return told if active.region == region else min(told, seconds_of(active.since))

    def rehearsal(self, region: str) -> Mapping[str, Any]:
        """The last rehearsal of a region: `run`, `at`, `seconds`, `result`; empty where there never was one."""
        return self._get("rehearsal", region) or {}

    def put_rehearsal(self, region: str, run: str, seconds: int, result: str, now: float) -> None:
        """Tell how a rehearsal ended."""
        self._put("rehearsal", region, {"run": run, "seconds": seconds, "result": result, "at": iso(now)})

    def fence(self, region: str) -> str:
        """Whether a region is shut off: "open", "closed", "unreachable", or it "serves"; "" where nobody ever tried."""
        return (self._get("fence", region) or {}).get("state", "")

    def put_fence(self, region: str, state: str, detail: str, now: float) -> None:
        """Tell whether a region is shut off."""
        self._put("fence", region, {"state": state, "detail": detail[:1000], "at": iso(now)})

    def put_capacity(self, region: str, services: Mapping[str, int], now: float) -> None:
        """Tell how many tasks are wanted of each service; the most of an hour is kept."""
        at = datetime.fromtimestamp(now, UTC)
        entry, day = f"{region}#{at.hour:02}", at.date().isoformat()
        before = self._get("capacity", entry) or {}
        told: Mapping[str, Any] = before.get("services", {}) if before.get("day") == day else {}
        most = {name: max(int(told.get(name, 0)), wanted) for name, wanted in services.items()}
        if most != {name: int(wanted) for name, wanted in told.items()}:
            self._put("capacity", entry, {"services": most, "day": day})

    def capacity(self, region: str, now: float) -> dict[str, int]:
        """The most tasks that were wanted of each service within the last day."""
        at = datetime.fromtimestamp(now, UTC)
        days = {at.date().isoformat(), (at - timedelta(days=1)).date().isoformat()}
        told = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="id = :id AND begins_with(#i, :region)",
            ExpressionAttributeNames={"#i": "item"},
            ExpressionAttributeValues=_item({":id": "capacity", ":region": f"{region}#"}),
            ConsistentRead=True,
        )
        most: dict[str, int] = {}
        for item in (_told(each) for each in told["Items"]):
            if item.get("day") in days:
                for name, wanted in item["services"].items():
                    most[name] = max(most.get(name, 0), int(wanted))
        return most

    def _get(self, key: str, item: str) -> dict[str, Any] | None:
        told = self.dynamodb.get_item(TableName=self.table, Key=_item({"id": key, "item": item}), ConsistentRead=True)
        return _told(told["Item"]) if "Item" in told else None

    def _put(
        self, key: str, item: str, facts: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None
    ) -> bool:
        more: dict[str, Any] = {}
        if condition:
            names = {name: told for name, told in (("#r", "run"), ("#u", "until"), ("#m", "mode")) if name in condition}
            more = {
                "ConditionExpression": condition,
                "ExpressionAttributeValues": _item(values or {}),
                **({"ExpressionAttributeNames": names} if names else {}),
            }
        try:
            self.dynamodb.put_item(TableName=self.table, Item=_item({"id": key, "item": item, **facts}), **more)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _lease(run: str, mode: str, now: float) -> dict[str, Any]:
    return {"run": run, "mode": mode, "since": iso(now), "until": int(now) + LEASE_SECONDS}


def _item(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _TO.serialize(told) for name, told in facts.items()}


def _told(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(_OF.deserialize(told)) for name, told in item.items()}


def _plain(told: Any) -> Any:
    if isinstance(told, Decimal):
        return int(told)
    if isinstance(told, dict):
        return {name: _plain(each) for name, each in cast("dict[str, Any]", told).items()}
    return told


def text_of(result: Any) -> str:
    """A step's result as the journal keeps it: JSON; of a long one, its beginning as `cut`."""
    text = json.dumps(result, sort_keys=True)
    return text if len(text) <= 20_000 else json.dumps({"cut": text[:19_000]})
