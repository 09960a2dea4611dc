"""Two regions, their databases, traffic and functions on virtual time, and what must hold of them at every moment."""

import json
import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from moto.elbv2.models import elbv2_backends
from moto.sqs.models import Message

from functions.recovery.execute import Json
from functions.recovery.executor import recover
from functions.recovery.fence import Fence
from functions.recovery.record import Record
from functions.recovery.site import Site, site_of

from .aws import OPEN_GROUP, PRIMARY, RECOVERY, REGIONS, Promotions, TwoRegions, answer, other, two_regions
from .built import ACCOUNT
from .checkpoints import Checkpoints, KilledError, SuspendedError
from .faults import Called, Fault, Way
from .seen import START, Seen

TABLE_LAG: Final = 1.0


class World(Seen):
    """What the tests turn, and what they look at.

    Attributes:
        condition: Of each region: "fine", "dead", or "cut off" (it lives, and no other region reaches it).
        replica_lag: Seconds by which a replica is behind.
        broken: What did not hold.
    """

    def __init__(self, regions: TwoRegions, promotions: Promotions) -> None:
        self.regions, self.promotions = regions, promotions
        self.sites: dict[str, Site] = {region: site_of(json.dumps(regions.sites[region])) for region in REGIONS}
        self.rules: dict[tuple[str, str], Any] = {}
        for region in REGIONS:
            backend = elbv2_backends[ACCOUNT][region]
            for switch in self.sites[region].of("gate", "latch"):
                self.rules[region, switch.kind] = backend.describe_rules(None, [switch.facts["rule"]])[0]
        self.reset(PRIMARY)

    def reset(self, active: str) -> None:
        self.now = START
        self.condition: dict[str, str] = dict.fromkeys(REGIONS, "fine")
        self.regions.reset(active)
        self.promotions.begun.clear()
        self.promotions.created.clear()
        self.promotions.accepted.clear()
        self.promotions.judge = self._judge_promotion
        self.first, self.replica_lag = active, 1.0
        self.dirty: dict[str, dict[tuple[str, str], float]] = {region: {} for region in REGIONS}
        self.history: dict[str, list[tuple[float, int]]] = {region: [] for region in REGIONS}
        self.sessions: dict[str, bool] = {region: region == active for region in REGIONS}
        self.event: dict[str, Any] = {}
        self.latches: dict[str, bool] = {region: region == RECOVERY == active for region in REGIONS}
        self.broken: list[str] = []
        self.journaled: set[str] = set()
        self.written_at: dict[str, float] = dict.fromkeys(REGIONS, 0.0)
        self.in_minute = False
        self.with_functions = True
        self.calls: list[Called] = []
        self.at: list[tuple[float, Callable[[], None]]] = []
        if active == RECOVERY:
            self._table(RECOVERY).decide(RECOVERY, "earlier", 1, self.now)
            self._table(RECOVERY).put_fence(PRIMARY, "closed", "", self.now)
            for key in self.regions.items(RECOVERY):
                self.regions.copy_item(key, RECOVERY, PRIMARY)
        for region in REGIONS:
            self._function_fence(region)
        self._replicate(everything=True)
        self.advance(3)

    # Time, and what it does.

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            minute = (self.now // 60 + 1) * 60
            events = [at for at, _ in self.at if at > self.now]
            self.now = min(end, self.now + 10, minute, *events)
            self._tick()
            for event in [event for event in self.at if event[0] <= self.now]:
                self.at.remove(event)
                event[1]()
            if self.now == minute and self.with_functions and not self.in_minute:
                self.in_minute = True
                for region in REGIONS:
                    self._function_fence(region)
                self.in_minute = False

    def _tick(self) -> None:
        self._replicate()
        for region in REGIONS:
            database = self.regions.database(region)
            # Each of them, whatever came of the others.
            ticked = [self.promotions.tick(each, self.now) for each in (database, *self.regions.copies(region))]
            if any(ticked):
                self.regions.changed("rds", region)
            if self.condition[region] == "dead":
                continue
            is_primary = not database.is_replica and database.status == "available"
            if is_primary and self.active_in(region) == region:
                self._beat(region, max(int(self.now), self.number(region)))
            if OPEN_GROUP in database.vpc_security_group_ids and self.desired(region):
                self.sessions[region] = True
        self.check()

    def _beat(self, region: str, number: int) -> None:
        self.history[region].append((self.now, number))
        self.regions.set_number(region, region, number)

    def _replicate(self, *, everything: bool = False) -> None:
        if set(self.condition.values()) != {"fine"}:
            return
        for source in REGIONS:
            target, changed = other(source), self.dirty[source]
            for key, at in list(changed.items()):
                if everything or at + TABLE_LAG <= self.now:
                    del changed[key]
                    if self.dirty[target].get(key, 0) <= at:
                        self.dirty[target].pop(key, None)
                        self.regions.copy_item(key, source, target)
            told = [number for at, number in self.history[source] if at <= self.now - TABLE_LAG]
            if told and not self.regions.database(source).is_replica:
                self.regions.set_number(target, source, told[-1])
            if self.regions.database(target).is_replica and not self.regions.database(source).is_replica:
                before = [number for at, number in self.history[source] if at <= self.now - self.replica_lag]
                if before and before[-1] > self.number(target):
                    self.history[target].append((self.now, before[-1]))

    def _function_fence(self, region: str) -> None:
        if self.condition[region] != "dead":
            self.fence(region).run()

    def fence(self, region: str, way: Way | None = None) -> Fence:
        """The function `fence` of a region."""
        site, way = self.sites[region], way or self.way(region)
        record = Record(way.client("dynamodb", region), site.table)
        document = json.dumps(self.regions.sites[region])
        return Fence(site=site, document=document, record=record, aws=way, now=lambda: self.now)

    def set_database(self, region: str, **facts: Any) -> None:
        """Of moto's own object: what no call changes."""
        for name, told in facts.items():
            setattr(self.regions.database(region), name, told)
        self.regions.changed("rds", region)

    def put_message(self, region: str, seconds: float) -> None:
        """Work that is done after a time."""
        queue = self.regions.queue(region)
        queue._messages.append(Message("id", "body"))
        self.at.append((self.now + seconds, queue._messages.clear))

    # The functions `heartbeat`.

    def heartbeat(self, region: str, payload: dict[str, Any]) -> Any:
        database, do = self.regions.database(region), payload["do"]
        is_replica = database.is_replica
        if database.status == "rebooting":
            return answer({"errorMessage": "no connection"}, failed=True)
        facts: dict[str, Any] = {"error": None}
        if do == "look":
            facts = {"inRecovery": is_replica, "number": self.number(region) or None, "error": None}
        elif do == "final":
            self._beat(region, max(int(self.now), self.number(region) + 1))
            facts = {"number": self.number(region), "error": None}
        elif do == "close" and OPEN_GROUP not in database.vpc_security_group_ids:
            self.sessions[region] = False
        elif do == "probe":
            facts = {"writable": not is_replica and database.status == "available", "error": None}
        return answer({"region": region, "databases": {"main": facts}, "now": int(self.now)})

    # Runs.

    def way(self, origin: str, step: Callable[[], str] = lambda: "", fault: Fault = lambda _: "") -> Way:
        return Way(
            regions=self.regions,
            invoke=self.heartbeat,
            is_lost=lambda region: self.condition[region] != "fine" or self.condition[origin] != "fine",
            pass_seconds=self.advance,
            after=self._after,
            origin=origin,
            step=step,
            fault=fault,
        )

    def _after(self, called: Called, told: dict[str, Any]) -> None:
        if called.service == "dynamodb" and called.is_act:
            key = told.get("Item") or told["Key"]
            self.dirty[called.region][key["id"]["S"], key["item"]["S"]] = self.now
        if called.is_act:
            self.check()

    def smoke(self, site: Site) -> dict[str, str]:
        return {} if self.serves(site.region) else {"web": "503"}

    def run(
        self,
        to: str = RECOVERY,
        mode: str = "disaster",
        accept: int | str = 60,
        run: str = "run-1",
        fault: Fault = lambda _: "",
        order: random.Random | None = None,
        without: Sequence[str] = (),
    ) -> Json:
        """Order a failover, and see it through, killed or not."""
        self.event = {"run": run, "mode": mode, "acceptLoss": accept, "by": "somebody", "to": to, "without": [*without]}
        kept = Checkpoints(lambda: self.now, order)
        way = self.way(to, lambda: kept.step, fault)
        for _ in range(5000):
            try:
                told = recover(self.event, kept.context(), self.sites[to], way, now=lambda: self.now, smoke=self.smoke)
            except SuspendedError as suspended:
                self.advance(max(0.001, suspended.until - self.now))
            except KilledError:
                self.advance(1)
            else:
                self.calls = way.calls
                self.check()
                return told
        raise AssertionError("a run without an end")


@contextmanager
def world() -> Generator[World]:
    promotions = Promotions()
    with two_regions(promotions) as regions:
        yield World(regions, promotions)
