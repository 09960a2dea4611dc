"""The registry of environments: one table, in which each change is a condition and a write in one.

Its key is `id` and `item`. An environment is `environment` and its name, a range of the pool that is taken is `range` and its
CIDR, how long earlier runs took is `durations` and what they did. No attribute is the table's time to live: the item of an
environment goes after its stack, never before it.
"""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final, Literal

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from operations.aws import code_of
from operations.environments.items import Environment, Lease, State, attributes, environment_of, item_of
from operations.environments.writes import Sleep, patiently, together
from operations.errors import Code, OperationError

LEASE_SECONDS: Final = 180
"""How long a lease outlives the last sign of life of its command, which shows one every `BEAT_SECONDS`."""
BEAT_SECONDS: Final = 30
_KEPT_DURATIONS: Final = 20
_ENVIRONMENT, _RANGE, _DURATIONS = "environment", "range", "durations"
_write = TypeSerializer().serialize
_read = TypeDeserializer().deserialize


class Registry:
    """The table, through a client of DynamoDB; `sleep` waits before a write that met another is tried again."""

    def __init__(self, client: Any, table: str, sleep: Sleep = time.sleep) -> None:
        self._client = client
        self.table = table
        self._sleep = sleep

    def get(self, name: str) -> Environment | None:
        """An environment; None where there is none of that name."""
        item = self._item(name)
        try:
            return environment_of(item) if item else None
        except ValueError as error:
            raise OperationError(f"environment {name} cannot be read: {error}; look at its item in {self.table}") from error

    def all(self) -> list[Environment]:
        """Every environment that can be read, by name."""
        return self.read()[0]

    def read(self) -> tuple[list[Environment], dict[str, str]]:
        """Every environment, by name; and of each whose item is none its name, and why."""
        found: list[Environment] = []
        broken: dict[str, str] = {}
        for item in self._query(_ENVIRONMENT):
            try:
                found.append(environment_of(item))
            except ValueError as error:
                broken[str(item["item"]["S"])] = f"its item in {self.table} cannot be read: {error}"
        return found, broken

    def ranges(self) -> dict[str, str]:
        """Ranges that are taken -> the environment that has each."""
        return {item["item"]["S"]: item["name"]["S"] for item in self._query(_RANGE)}

    def claim(self, new: Environment, *, kept: bool = False) -> Literal["", "name", "range"]:
        """Enter an environment and take its range, both or neither: empty when it is done, else what somebody else has.

        `kept`: its item is there, in the state `kept`, and is taken up again.
        """
        free = "attribute_not_exists(lease) OR lease.#until <= :now"
        condition = f"#state = :kept AND #owner = :owner AND ({free})" if kept else "attribute_not_exists(id)"
        put: dict[str, Any] = {
            "TableName": self.table,
            "Item": {**_key(_ENVIRONMENT, new.name), **item_of(new)},
            "ConditionExpression": condition,
        }
        if kept:
            # While somebody drops its database, its lease lives.
            put["ExpressionAttributeNames"] = {"#state": "state", "#owner": "owner", "#until": "until"}
            put["ExpressionAttributeValues"] = attributes({":kept": "kept", ":owner": new.owner, ":now": new.changed_at})
        taken = {
            "TableName": self.table,
            "Item": {**_key(_RANGE, new.range), "name": _write(new.name)},
            "ConditionExpression": "attribute_not_exists(id)",
        }
        failed = self._together({"Put": put}, {"Put": taken})
        return "" if failed is None else "name" if failed == 0 else "range"

    def lease(
        self, name: str, lease: Lease, allowed: Sequence[State], *, seen: Environment | None = None, **values: Any
    ) -> Environment:
        """Take the lease of an environment in one of the states `allowed`, with other changes of its item.

        Args:
            name: The environment's.
            lease: The lease.
            allowed: States.
            seen: What the decision to do so was made by: it must have that state and that end still.
            values: The other changes.

        Raises:
            ChangedError: it is not as it was `seen`, or another command has it meanwhile.
            OperationError: while another command has it, in another state, or where there is no such environment.
        """
        states = {f":is{number}": each for number, each in enumerate((seen.state,) if seen else allowed)}
        as_seen = {":expires": seen.expires, ":kept": seen.kept_until} if seen else {}
        free = "attribute_not_exists(lease) OR lease.#until <= :now"
        done = self._update(
            name,
            f"({free}) AND #state IN ({', '.join(states)})"
            + (" AND expires = :expires AND kept_until = :kept" if seen else ""),
            {"#until": "until", "#state": "state"},
            {":now": lease.since, **states, **as_seen},
            {**values, "lease": asdict(lease)},
        )
        if done is not None:
            return done
        if seen:
            raise ChangedError(f"environment {name} was changed meanwhile; it is left as it is", Code.CONFLICT)
        found = self.known(name)
        if holder := found.held(lease.since):
            raise held_by(found, holder)
        raise wrong_state(found, allowed)

    def renew(self, name: str, token: str, until: int) -> bool:
        """Prolong a lease; False where another command took it, or the environment is gone."""
        names = {"#token": "token", "#until": "until"}
        expression = "SET lease.#until = :until"
        return self._written(name, expression, "lease.#token = :token", names, {":until": until, ":token": token}) is not None

    def change(self, name: str, token: str, *, release: bool = False, **values: Any) -> Environment:
        """Change the item as the holder of its lease, which may be given back with it.

        Raises:
            OperationError: where the lease is no longer this command's.
        """
        drop = ("lease",) if release else ()
        done = self._update(name, "lease.#token = :token", {"#token": "token"}, {":token": token}, values, drop)
        # The item may be as this makes it because another made it so.
        if done is None or (not release and (done.lease is None or done.lease.token != token)):
            raise taken_over(name)
        return done

    def extend(self, name: str, *, old: int, new: int, by: str, now: int) -> bool:
        """Let it live until `new`; False where it was extended, or began to go down, meanwhile."""
        condition = "expires = :old AND expires > :now AND #state IN (:a, :b, :c)"
        states = {":a": "coming-up", ":b": "up", ":c": "failed"}
        values = {"expires": new, "changed_by": by, "changed_at": now}
        done = self._update(name, condition, {"#state": "state"}, {":old": old, ":now": now, **states}, values)
        return done is not None

    def warned(self, name: str, expires: int, before: int) -> bool:
        """Enter which expiry is told; False where that was entered already, or it was extended meanwhile."""
        condition = "expires = :expires AND warned = :before"
        # The token tells who entered it: the rest is the same, whoever does.
        changes = {"warned": expires, "warning": secrets.token_hex(8)}
        return self._update(name, condition, {}, {":expires": expires, ":before": before}, changes) is not None

    def unwarned(self, name: str, expires: int) -> None:
        """Take that back, where nobody could be told."""
        self._update(name, "warned = :expires", {}, {":expires": expires}, {"warned": 0})

    def forget(self, found: Environment, token: str) -> bool:
        """Take out an environment whose stack is gone, and give its range back, both or neither, as the holder of its lease."""
        gone = {
            "TableName": self.table,
            "Key": _key(_ENVIRONMENT, found.name),
            "ConditionExpression": "lease.#token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": attributes({":token": token}),
        }
        return self._together({"Delete": gone}, *self._freed(found)) is None

    def keep(self, found: Environment, token: str, *, until: int) -> bool:
        """The same of one whose database is kept until a time: only its range is given back."""
        kept = replace(found, state="kept", range="", kept_until=until, lease=None, url="", why="", warned=0)
        put = {
            "TableName": self.table,
            "Item": {**_key(_ENVIRONMENT, found.name), **item_of(kept)},
            "ConditionExpression": "lease.#token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": attributes({":token": token}),
        }
        return self._together({"Put": put}, *self._freed(found)) is None

    def give_back(self, found: Environment, token: str) -> None:
        """Give back the range of an environment that keeps its item, both or neither, as the holder of its lease.

        Raises:
            OperationError: where the lease is no longer this command's.
        """
        without = {
            "TableName": self.table,
            "Key": _key(_ENVIRONMENT, found.name),
            "UpdateExpression": "SET #range = :none",
            "ConditionExpression": "lease.#token = :token",
            "ExpressionAttributeNames": {"#token": "token", "#range": "range"},
            "ExpressionAttributeValues": attributes({":token": token, ":none": ""}),
        }
        if self._together({"Update": without}, *self._freed(found)) is not None:
            raise OperationError(
                f"environment {found.name} was taken over by another command; look at it: {LIST}", Code.CONFLICT
            )

    def free(self, taken: str, name: str) -> bool:
        """Give back a range that an environment has which is not there; False where it is somebody's by now, or its again."""
        not_its = {
            "ConditionCheck": {
                "TableName": self.table,
                "Key": _key(_ENVIRONMENT, name),
                "ConditionExpression": "attribute_not_exists(id) OR #range <> :range",
                "ExpressionAttributeNames": {"#range": "range"},
                "ExpressionAttributeValues": attributes({":range": taken}),
            }
        }
        return self._together(self._delete_range(taken, name), not_its) is None

    def _freed(self, found: Environment) -> list[dict[str, Any]]:
        return [self._delete_range(found.range, found.name)] if found.range else []

    def _delete_range(self, taken: str, name: str) -> dict[str, Any]:
        return {
            "Delete": {
                "TableName": self.table,
                "Key": _key(_RANGE, taken),
                # Gone already is given back.
                "ConditionExpression": "attribute_not_exists(id) OR #name = :name",
                "ExpressionAttributeNames": {"#name": "name"},
                "ExpressionAttributeValues": attributes({":name": name}),
            }
        }

    def durations(self, what: str) -> list[int]:
        """How many seconds earlier runs of `what` took, e.g. `up standard`; the latest last."""
        item = self._client.get_item(TableName=self.table, Key=_key(_DURATIONS, what)).get("Item")
        return [int(each) for each in _read(item["seconds"])] if item else []

    def took(self, what: str, seconds: int) -> None:
        """Remember how long a run took. Of two that end at once one may be lost, which nobody misses."""
        told = [*self.durations(what), seconds][-_KEPT_DURATIONS:]
        self._client.put_item(TableName=self.table, Item={**_key(_DURATIONS, what), "seconds": _write(told)})

    def known(self, name: str) -> Environment:
        """An environment that must be there.

        Raises:
            OperationError: if it is not.
        """
        found = self.get(name)
        if found is None:
            raise OperationError(f"there is no environment {name!r}; there are: {LIST}", Code.UNKNOWN)
        return found

    def _item(self, name: str) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self.table, Key=_key(_ENVIRONMENT, name), ConsistentRead=True).get("Item")

    def _query(self, kind: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="id = :id",
            ExpressionAttributeValues=attributes({":id": kind}),
        )
        return [item for page in pages for item in page["Items"]]

    def _update(
        self,
        name: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
        changes: Mapping[str, Any],
        drop: Sequence[str] = (),
    ) -> Environment | None:
        """Change an item under a condition; None where that does not hold.

        A write whose answer is lost is sent again by the SDK, and may be refused because of itself: it is done where the item
        is as it makes it.
        """
        sets = ", ".join(f"#to_{each} = :to_{each}" for each in changes)
        removes = ", ".join(f"#no_{each}" for each in drop)
        expression = " ".join(filter(None, (f"SET {sets}" if sets else "", f"REMOVE {removes}" if removes else "")))
        known = {**names, **{f"#to_{each}": each for each in changes}, **{f"#no_{each}": each for each in drop}}
        given = {**values, **{f":to_{each}": value for each, value in changes.items()}}
        done = self._written(name, expression, condition, known, given)
        if done is None and (item := self._item(name)):
            is_its = all(item.get(each) == value for each, value in {**dict.fromkeys(drop), **attributes(changes)}.items())
            done = environment_of(item) if is_its else None
        return done

    def _written(
        self, name: str, expression: str, condition: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> Environment | None:
        asked: dict[str, Any] = {
            "TableName": self.table,
            "Key": _key(_ENVIRONMENT, name),
            "UpdateExpression": expression,
            "ConditionExpression": f"attribute_exists(id) AND ({condition})",
            "ExpressionAttributeValues": attributes(values),
            "ReturnValues": "ALL_NEW",
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        }
        try:
            return environment_of(patiently(lambda: self._client.update_item(**asked), self._sleep)["Attributes"])
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None

    def _together(self, *writes: Mapping[str, Any]) -> int | None:
        return together(self._client, writes, self._sleep)


LIST: Final = "`dataconnect environment list`"


class ChangedError(OperationError):
    """An environment is not as it was when somebody decided what to do with it."""


def taken_over(name: str) -> OperationError:
    """The error of a command whose lease another one has."""
    return OperationError(f"environment {name} was taken over by another command; this one has stopped: {LIST}", Code.CONFLICT)


def held_by(found: Environment, holder: Lease) -> OperationError:
    """The error of a command that meets another one at work."""
    return OperationError(
        f"environment {found.name} is being worked on by {holder}; run it again when that has ended", Code.CONFLICT
    )


def wrong_state(found: Environment, allowed: Sequence[State]) -> OperationError:
    """The error of a command that the state does not allow."""
    return OperationError(f"environment {found.name} is {found.state}; expected {' or '.join(allowed)}", Code.CONFLICT)


def _key(id: str, item: str) -> dict[str, Any]:
    return {"id": _write(id), "item": _write(item)}
