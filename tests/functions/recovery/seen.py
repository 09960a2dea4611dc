"""What is seen of the two regions, and what must hold of it at every moment."""

import json
from collections.abc import Callable
from typing import Any

from moto.ecs.models import ecs_backends

from functions.recovery.execute import entry_of
from functions.recovery.plan import PLAN
from functions.recovery.record import Record

from .aws import OPEN_GROUP, PRIMARY, RECOVERY, REGIONS, TwoRegions, other
from .built import ACCOUNT

START = 1_800_000_000.0


class Seen:
    """Two regions, looked at; what is not as it must be is noted in `broken`."""

    regions: TwoRegions
    rules: dict[tuple[str, str], Any]
    condition: dict[str, str]
    sessions: dict[str, bool]
    latches: dict[str, bool]
    written_at: dict[str, float]
    history: dict[str, list[tuple[float, int]]]
    event: dict[str, Any]
    broken: list[str]
    journaled: set[str]
    now: float

    def number(self, region: str) -> int:
        """The last number in a region's database."""
        history = self.history[region]
        return history[-1][1] if history else 0

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
        return ecs_backends[ACCOUNT][region].services["main:web"].desired_count

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
            found[at + "rule"] = make("events", region).describe_rule(Name="delivered")["State"]
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
        for region in REGIONS:
            is_open = self.rules[region, "latch"].actions[0].data["FixedResponseConfig"]["StatusCode"] == "200"
            if is_open and not self.latches[region]:
                self.expect(self.serves(region), f"the latch of {region} opens, and it does not serve")
            self.latches[region] = is_open
        active, seen = self.latest(), self.traffic()
        if seen != active and self.is_writable(active) and self.gate_is_open(seen) and self.condition[seen] != "dead":
            self.expect(
                self.is_recorded_unfenced(seen), f"people are sent to {seen}, open, while {active} is active and writable"
            )
        self._check_journal()

    def _judge_promotion(self, identifier: str) -> None:
        if identifier.endswith("-rehearsal"):
            self.expect(self.event.get("mode") == "rehearsal", "a copy is promoted, and nobody rehearses")
            return
        here = identifier.removeprefix("main-")
        self.expect(self.event.get("mode") != "rehearsal", "a rehearsal promotes the database")
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
