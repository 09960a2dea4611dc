"""Two regions, their databases, traffic and functions on virtual time, and what must hold of them at every moment."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.sqs.models import Message

from functions.recovery.execute import Json, entry_of
from functions.recovery.executor import recover
from functions.recovery.fence import Fence
from functions.recovery.plan import PLAN
from functions.recovery.record import Record
from functions.recovery.site import Site, site_of

from .aws import OPEN_GROUP, PRIMARY, RECOVERY, REGIONS, Promotions, TwoRegions, answer, other, two_regions
from .checkpoints import Checkpoints, KilledError, SuspendedError
from .faults import Called, Fault, Way

START: Final = 1_800_000_000.0
TABLE_LAG: Final = 1.0


class World:
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
            backend = elbv2_backends[DEFAULT_ACCOUNT_ID][region]
            for switch in self.sites[region].of("gate", "latch"):
                self.rules[region, switch.kind] = backend.describe_rules(None, [switch.facts["rule"]])[0]
        self.reset(PRIMARY)

    def reset(self, active: str) -> None:
        self.now, self.condition = START, dict.fromkeys(REGIONS, "fine")
        self.regions.reset(active)
        self.promotions.begun.clear()
        self.promotions.accepted.clear()
        self.promotions.judge = self._judge_promotion
        self.first, self.replica_lag = active, 1.0
        self.dirty: dict[str, dict[tuple[str, str], float]] = {region: {} for region in REGIONS}
        self.history: dict[str, list[tuple[float, int]]] = {region: [] for region in REGIONS}
        self.sessions = {region: region == active for region in REGIONS}
        self.event: dict[str, Any] = {}
        self.broken: list[str] = []
        self.journaled: set[str] = set()
        self.written_at = dict.fromkeys(REGIONS, 0.0)
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
            if self.promotions.tick(database, self.now):
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
        self._tell_beat(region, region, number)

    def _tell_beat(self, table: str, region: str, number: int) -> None:
        key = ("heartbeat", region)
        if self.item(table, *key).get("number") == number:
            return
        item = {"id": {"S": "heartbeat"}, "item": {"S": region}, "number": {"N": str(number)}}
        self.regions.call("dynamodb", table, "put_item", {"TableName": "recovery", "Item": item})

    def number(self, region: str) -> int:
        """The last number in a region's database."""
        history = self.history[region]
        return history[-1][1] if history else 0

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
                self._tell_beat(target, source, told[-1])
            if self.regions.database(target).is_replica and not self.regions.database(source).is_replica:
                before = [number for at, number in self.history[source] if at <= self.now - self.replica_lag]
                if before and before[-1] > self.number(target):
                    self.history[target].append((self.now, before[-1]))

    def _function_fence(self, region: str) -> None:
        if self.condition[region] == "dead":
            return
        site = self.sites[region]
        way = self.way(region)
        record = Record(way.client("dynamodb", region), site.table)
        document = json.dumps(self.regions.sites[region])
        Fence(site=site, document=document, record=record, aws=way, now=lambda: self.now).run()

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

    # What is seen.

    def _table(self, region: str) -> Record:
        return Record(self.regions.client("dynamodb", region), "recovery")

    def item(self, region: str, key: str, item: str) -> dict[str, Any]:
        told = self.regions.items(region).get((key, item))
        return {name: each.cast_value for name, each in told.attrs.items()} if told else {}

    def active_in(self, region: str) -> str:
        return self.item(region, "active", "region").get("region", PRIMARY)

    def latest(self) -> str:
        """The active region, by whichever table knows more."""
        told = max((self.item(region, "active", "region") for region in REGIONS), key=lambda item: item.get("epoch", 0))
        return told.get("region", PRIMARY)

    def desired(self, region: str) -> int:
        return ecs_backends[DEFAULT_ACCOUNT_ID][region].services["main:web"].desired_count

    def gate_is_open(self, region: str) -> bool:
        return self.rules[region, "gate"].conditions[0]["PathPatternConfig"]["Values"] == ["/closed"]

    def latch_is_open(self, region: str) -> bool:
        told = self.rules[region, "latch"].actions[0].data["FixedResponseConfig"]["StatusCode"]
        return told == "200" and self.condition[region] != "dead"

    def traffic(self) -> str:
        """Where Route 53 sends people."""
        return RECOVERY if self.latch_is_open(RECOVERY) and not self.latch_is_open(PRIMARY) else PRIMARY

    def is_writable(self, region: str) -> bool:
        database = self.regions.database(region)
        is_primary = not database.is_replica and database.status == "available"
        admits = OPEN_GROUP in database.vpc_security_group_ids or self.sessions[region]
        return is_primary and admits and self.condition[region] != "dead"

    def is_recorded_unfenced(self, region: str) -> bool:
        """Whether the other region's table says that this one may be written to."""
        return self.item(other(region), "fence", region).get("state") in ("open", "unreachable")

    def serves(self, region: str) -> bool:
        return self.is_writable(region) and self.gate_is_open(region) and self.desired(region) >= 2

    def state(self) -> dict[str, Any]:
        """What a run leaves behind: the same, however it came about."""
        found: dict[str, Any] = {"traffic": self.traffic(), "active": self.latest()}
        for region in REGIONS:
            site, at = self.regions.sites[region]["switches"], f"{region} "
            found[at + "writable"] = self.is_writable(region)
            found[at + "replica"] = self.regions.database(region).is_replica
            found[at + "groups"] = self.regions.database(region).vpc_security_group_ids
            found[at + "desired"] = self.desired(region)
            found[at + "gate"], found[at + "latch"] = self.gate_is_open(region), self.latch_is_open(region)
            make = self.regions.client
            found[at + "mapping"] = make("lambda", region).get_event_source_mapping(UUID=site["mapping"][0]["uuid"])["State"]
            found[at + "schedule"] = make("scheduler", region).get_schedule(Name="nightly")["State"]
            queues = make("batch", region).describe_job_queues(jobQueues=[site["job-queue"][0]["arn"]])["jobQueues"]
            found[at + "jobs"] = queues[0]["state"]
            targets = make("application-autoscaling", region).describe_scalable_targets(ServiceNamespace="ecs")
            found[at + "suspended"] = targets["ScalableTargets"][0]["SuspendedState"]["ScheduledScalingSuspended"]
        return found

    # What must hold.

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.broken.append(f"{self.now - START:.0f} s: {what}")

    def check(self) -> None:
        first, second = REGIONS
        for region in REGIONS:
            if self.is_writable(region):
                self.written_at[region] = self.now
        if self.is_writable(first) and self.is_writable(second):
            recorded = self.is_recorded_unfenced(first) or self.is_recorded_unfenced(second)
            self.expect(recorded, "two writable primaries, and neither is recorded as unfenced")
        active, seen = self.latest(), self.traffic()
        if seen != active and self.is_writable(active) and self.gate_is_open(seen) and self.condition[seen] != "dead":
            self.expect(
                self.is_recorded_unfenced(seen), f"people are sent to {seen}, open, while {active} is active and writable"
            )
        self._check_journal()

    def _judge_promotion(self, identifier: str) -> None:
        here = identifier.removeprefix("main-")
        there, accepted = other(here), self.event.get("acceptLoss", 0)
        self.expect(self.event.get("to") == here, f"{here} is promoted, and nobody ordered it")
        known = self.item(here, "heartbeat", there).get("number")
        if self.event.get("mode") == "planned":
            self.expect(self.number(here) >= int(self.written_at[there]), "a planned promotion loses writes")
            self.expect(not self.is_writable(there), "a planned promotion of what is still written to elsewhere")
        elif accepted != "unknown" and known is not None:
            self.expect(known - self.number(here) <= accepted, f"{known - self.number(here)} s are lost, {accepted} accepted")
        entry = self.item(here, "run", f"{self.event.get('run')}#{entry_of('promote')}")
        self.expect(entry.get("state") == "running", "a promotion that the journal does not know")

    def _check_journal(self) -> None:
        run, here = self.event.get("run"), self.event.get("to", PRIMARY)
        there = other(here)
        for step in PLAN:
            entry = f"{run}#{entry_of(step.name)}"
            told = self.regions.items(here).get(("run", entry))
            if entry in self.journaled or told is None or told.attrs["state"].value != "done":
                continue
            self.journaled.add(entry)
            result = json.loads(told.attrs["result"].value)
            holds: dict[str, Callable[[], bool]] = {
                "quiesce": lambda: not self.gate_is_open(there),
                "drain": lambda: not self.regions.queue(there)._messages,
                "decide": lambda: self.active_in(here) == here,
                "fence": lambda: (
                    self.is_recorded_unfenced(there)
                    if result["state"] != "closed"  # noqa: B023
                    else not self.is_writable(there) and not self.gate_is_open(there) and not self.desired(there)
                ),
                "promote": lambda: not self.regions.database(here).is_replica,
                "writable": lambda: self.is_writable(here),
                "start": lambda: self.desired(here) >= 2,
                "resume": lambda: self.gate_is_open(here),
                "smoke": lambda: self.serves(here),
                "open": lambda: self.traffic() == here,
            }
            self.expect(holds.get(step.name, lambda: True)(), f"the journal says that {step.name} is done")

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
    ) -> Json:
        """Order a failover, and see it through, killed or not."""
        self.event = {"run": run, "mode": mode, "acceptLoss": accept, "by": "somebody", "to": to}
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
def world() -> Iterator[World]:
    promotions = Promotions()
    with two_regions(promotions) as regions:
        yield World(regions, promotions)
