"""A beat: a number a second where the region is active; what would be lost, told as a metric, where it is not."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from .database import FAILURES, OvertakenError
from .heart import Heart
from .loss import known

BEAT_SECONDS: Final = 120
"""The next run begins within two minutes of this one's beginning: Scheduler starts it at any second of its minute
(docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html). It claims the databases, and this one ends."""
REST_SECONDS: Final = 57
"""A run of a region at rest, where nothing is claimed."""
AHEAD_SECONDS: Final = 3
"""So far ahead of the clock the numbers get where two runs meet in a second; a clock that has stepped back is further off."""
LOOK_SECONDS: Final = 10
"""So often a region at rest looks: a metric has a value a minute."""
METRICS: Final = "Recovery"
"""The part of the stack's namespace; functions/recovery has the same."""
LOSS: Final = "LossSeconds"
UNKNOWN: Final = "UnknownLosses"
AGE: Final = "HeartbeatAgeSeconds"
# docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html: of one call
DATA: Final = 1000
_REFUSED: Final = (ClientError, BotoCoreError)


class Beaten(TypedDict):
    """How a run went: how many numbers the table took, whether another run took over, and what was refused, each once."""

    numbers: int
    overtaken: bool
    troubles: list[str]


@dataclass(kw_only=True)
class Run:
    """One run of the beat.

    Attributes:
        heart: The region's.
        cloudwatch: A client of CloudWatch.
        writer: Who writes: an id of this run.
        seconds: How long it lasts, unless another run claims the databases before.
        rest: How long it lasts in a region that is at rest then.
        every: Seconds from one number to the next.
        monotonic: A clock that nobody sets.
        sleep: Waits so many seconds.
    """

    heart: Heart
    cloudwatch: Any
    writer: str
    seconds: float = BEAT_SECONDS
    rest: float = REST_SECONDS
    every: float = 1
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _busy: dict[str, Future[int]] = field(default_factory=dict[str, Future[int]], init=False)
    _numbers: dict[str, int] = field(default_factory=dict[str, int], init=False)
    _troubles: set[str] = field(default_factory=set[str], init=False)
    _looks_at: float = field(default=float("-inf"), init=False)
    _began: bool = field(default=False, init=False)
    _rests: bool = field(default=False, init=False)

    def beat(self) -> Beaten:
        """Beat until the time is up, or another run takes over."""
        first = self.monotonic()
        ends = first + self.seconds
        told, overtaken = 0, False
        with ThreadPoolExecutor(max(1, len(self.heart.databases))) as pool:
            try:
                while (began := self.monotonic()) < ends and not (self._rests and began >= first + self.rest):
                    told += self._once(pool, began)
                    self.sleep(max(0, min(began + self.every, ends) - self.monotonic()))
            except OvertakenError:
                overtaken = True
        return Beaten(numbers=told, overtaken=overtaken, troubles=sorted(self._troubles))

    def _once(self, pool: ThreadPoolExecutor, began: float) -> bool:
        """Write a number if the region is active, else look, if it is time to; whether the table took a number."""
        try:
            active = self.heart.table.active()
        except _REFUSED as error:
            # Who cannot read which region is active does not write: it may be the other one.
            self._trouble("table", error)
            return False
        self._rests = active != self.heart.region
        if not self._rests:
            return self._write(pool, began)
        if began >= self._looks_at:
            self._looks_at = began + LOOK_SECONDS
            self._tell_loss(active)
        return False

    def _write(self, pool: ThreadPoolExecutor, began: float) -> bool:
        try:
            if not self._began:
                own = self.heart.table.beats().get(self.heart.region)
                self.heart.told((own and own["number"]) or 0)
                self._began = True
        except _REFUSED as error:
            self._trouble("table", error)
            return False
        if 0 < self.heart.ahead() <= AHEAD_SECONDS:
            # This second has its number, from the run before: were each run to put one more in it, they would run away.
            return False
        number = self.heart.next_number()
        for database in self.heart.databases:
            # One that has not answered yet is not asked again: the others' turn is not its to spend.
            if database.name not in self._busy:
                self._busy[database.name] = pool.submit(database.write, number, self.writer)
        wait(self._busy.values(), max(0, began + self.every - self.monotonic()))
        if not self._gather():
            return False
        if trouble := self.heart.write(self._numbers, self.writer):
            self._troubles.add(trouble)
        return not trouble

    def _gather(self) -> bool:
        """Take the answers that are there; whether a database has a new number."""
        fresh = False
        for name, future in [*self._busy.items()]:
            if not future.done():
                continue
            del self._busy[name]
            try:
                self._numbers[name] = future.result()
                fresh = True
            except FAILURES as error:
                self._trouble(name, error)
        return fresh

    def _tell_loss(self, active: str) -> None:
        looked = self.heart.looked()
        self._troubles.update(f"{name}: {seen['error']}" for name, seen in looked.items() if seen["error"])
        try:
            there = self.heart.table.beats().get(active)
            now, region = self.heart.now(), self.heart.region
            numbers = there["databases"] if there else {}
            # One that follows nobody any more has no loss: what it has, and what the other one has, are two things.
            losses = {
                name: known(numbers.get(name), seen["number"]) if seen["inRecovery"] else None for name, seen in looked.items()
            }
            told = {name: lost for name, lost in losses.items() if lost is not None}
            data = [
                _datum(UNKNOWN, {"Region": region}, len(losses) - len(told), now, unit="Count"),
                *(_datum(LOSS, {"Database": name}, lost, now) for name, lost in told.items()),
                # What is not known is no number: where one database's is not, the region's is not, either.
                *([_datum(LOSS, {"Region": region}, max(told.values()), now)] if told and len(told) == len(losses) else []),
            ]
            if there and there["number"] is not None:
                data.append(_datum(AGE, {"Region": active}, max(0, now - there["number"]), now))
            namespace = f"DataConnect/{self.heart.stack}/{METRICS}"
            for first in range(0, len(data), DATA):
                self.cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[first : first + DATA])
        except _REFUSED as error:
            self._trouble("metric", error)

    def _trouble(self, what: str, error: Exception) -> None:
        self._troubles.add(f"{what}: {type(error).__name__}: {error}")


def _datum(name: str, dimensions: dict[str, str], value: float, now: float, unit: str = "Seconds") -> dict[str, Any]:
    told = [{"Name": dimension, "Value": of} for dimension, of in dimensions.items()]
    return {"MetricName": name, "Dimensions": told, "Timestamp": datetime.fromtimestamp(now, UTC), "Value": value, "Unit": unit}
