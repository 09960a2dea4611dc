"""Checkpoints on virtual time: as a durable execution keeps them, one operation after another, and strict about replays."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from functions.recovery.execute import Context, Json, retry_after
from functions.recovery.stop import StopError


class KilledError(BaseException):
    """The process is gone, in the middle of whatever it did."""


class SuspendedError(BaseException):
    """Nothing can be done before a time."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self.until = until


class Checkpoints:
    """What outlives a process."""

    def __init__(self, now: Callable[[], float], order: random.Random | None = None) -> None:
        self.operations: dict[str, dict[str, Any]] = {}
        self.now = now
        self.order = order
        self.step = ""

    def context(self) -> "Replay":
        return Replay(self, "")


class Replay:
    """One process: what was done before is told again, by place; a name that differs is a run that differs each time."""

    def __init__(self, kept: Checkpoints, prefix: str) -> None:
        self.kept, self.prefix, self.count = kept, prefix, 0

    def _next(self, kind: str, name: str) -> tuple[str, dict[str, Any]]:
        self.count += 1
        place = f"{self.prefix}{self.count}"
        operation = self.kept.operations.setdefault(place, {"kind": kind, "name": name})
        assert (operation["kind"], operation["name"]) == (kind, name), f"not the same in a replay: {operation} and {name}"
        return place, operation

    def step(self, name: str, do: Callable[[], Json]) -> Json:
        _, operation = self._next("step", name)
        if "result" in operation:
            return json.loads(operation["result"])
        if "error" in operation:
            raise StopError("failed", operation["error"])
        if operation.get("again", 0) > self.kept.now():
            raise SuspendedError(operation["again"])
        self.kept.step = name.split(" ")[0]
        try:
            result = json.dumps(do())
        except Exception as error:
            operation["attempt"] = operation.get("attempt", 0) + 1
            seconds = retry_after(error, operation["attempt"])
            if seconds is None:
                operation["error"] = f"{type(error).__name__}: {error}"
                raise StopError("failed", operation["error"]) from error
            operation["again"] = self.kept.now() + seconds
            raise SuspendedError(operation["again"]) from None
        finally:
            self.kept.step = ""
        operation["result"] = result
        return json.loads(result)

    def wait(self, name: str, seconds: int) -> None:
        _, operation = self._next("wait", name)
        until = operation.setdefault("until", self.kept.now() + max(1, seconds))
        if until > self.kept.now():
            raise SuspendedError(until)

    def beside(self, name: str, lanes: Sequence[Callable[[Context], Json]]) -> list[Json]:
        place, _ = self._next("beside", name)
        results: dict[int, Json] = {}
        waits: list[float] = []
        order = list(range(len(lanes)))
        if self.kept.order:
            self.kept.order.shuffle(order)
        for lane in order:
            try:
                results[lane] = lanes[lane](Replay(self.kept, f"{place}.{lane}."))
            except SuspendedError as suspended:
                waits.append(suspended.until)
        if waits:
            raise SuspendedError(min(waits))
        return [results[lane] for lane in range(len(lanes))]
