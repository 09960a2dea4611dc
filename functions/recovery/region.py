"""One region as recovery works on it: each pass asks, acts where something is not yet so, and tells what is still missing."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .aws import LOST, Aws, HeartbeatError, code_of, passes
from .site import Site, Switch
from .stop import StopError
from .switches import To, database_of, service_of, start_tasks, state_of, turn

SERVICES: Final = {
    "service": "ecs",
    "mapping": "lambda",
    "schedule": "scheduler",
    "rule": "events",
    "job-queue": "batch",
    "database": "rds",
    "gate": "elbv2",
    "latch": "elbv2",
    "queue": "sqs",
}
"""Whose endpoint a kind of switch is asked at."""
_CHANGING: Final = frozenset({"creating", "modifying", "rebooting", "starting", "stopped", "stopping", "upgrading"})
ASKED: Final = "promotion asked for"
UNPROMOTABLE: Final = _CHANGING | {"backing-up"}
"""Statuses in which RDS promotes nothing; of any other it is asked
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_PromoteReadReplica.html)."""
_UNFINISHED_JOBS: Final = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING")


@dataclass
class Missing:
    """What a pass found to be not yet as it should be.

    Attributes:
        pending: Why, by the switch's label.
        hopeless: Those of them that do not pass by themselves (access denied, no such thing).
        silent: Services whose endpoint gave no answer.
        is_reached: Whether anything answered.
    """

    pending: dict[str, str] = field(default_factory=dict[str, str])
    hopeless: set[str] = field(default_factory=set[str])
    silent: set[str] = field(default_factory=set[str])
    is_reached: bool = False

    def note(self, label: str, service: str, error: Exception) -> None:
        """Take down an error."""
        self.pending[label] = f"{code_of(error)}: {error}"[:300]
        if isinstance(error, LOST):
            self.silent.add(service)
        else:
            self.is_reached = True
            if not passes(error):
                self.hopeless.add(label)

    def facts(self) -> dict[str, Any]:
        """As a pass tells it: JSON."""
        return {
            "done": not self.pending,
            "why": "; ".join(f"{label}: {why}" for label, why in sorted(self.pending.items()))[:2000],
            "hopeless": bool(self.pending) and self.hopeless == set(self.pending),
            "reached": self.is_reached,
        }


@dataclass(frozen=True, kw_only=True)
class Region:
    """A region and the way there.

    Attributes:
        site: What it consists of.
        aws: Makes clients.
        hurried: Whether it may be lost: short timeouts, an endpoint that is silent once is not asked again in a pass.
        left: Seconds that are left; at 0 nothing more is tried.
    """

    site: Site
    aws: Aws
    hurried: bool = False
    left: Callable[[], float] = lambda: 1.0

    def client(self, service: str) -> Any:
        """A client of a service in this region."""
        return self.aws.client(service, self.site.region, hurried=self.hurried)

    def converge(self, switches: Iterable[Switch], to: To, missing: Missing | None = None) -> Missing:
        """Turn every switch that is not so yet; trouble with one stops no other. `missing` is added to."""
        missing = missing or Missing()

        def one(switch: Switch) -> str:
            state = state_of(switch.kind, self.client, switch.facts)
            if state not in (to, "changing"):
                turn(switch.kind, self.client, switch.facts, to)
                state = state_of(switch.kind, self.client, switch.facts)
            return "" if state == to else f"still {state}"

        return self._each(switches, one, missing)

    def start(self, wanted: Mapping[str, int]) -> Missing:
        """Start services with as many tasks as are wanted of each; their scaling stays as it is."""

        def one(switch: Switch) -> str:
            tasks, told = wanted[switch.name], service_of(self.client, switch.facts)
            if told["desiredCount"] < tasks:
                start_tasks(self.client, switch.facts, tasks)
                told = service_of(self.client, switch.facts)
            running = told["runningCount"]
            return "" if running >= tasks and told["desiredCount"] >= tasks else f"{running} of {tasks} tasks run"

        return self._each([switch for switch in self.site.of("service") if switch.name in wanted], one, Missing())

    def running(self) -> dict[str, int]:
        """Tasks that run, by service. Raises as boto3 does."""
        return {switch.name: service_of(self.client, switch.facts)["runningCount"] for switch in self.site.of("service")}

    def scale(self, wanted: Mapping[str, int]) -> Missing:
        """Let services scale again, from as many tasks as are wanted of each."""

        def one(switch: Switch) -> str:
            if state_of("service", self.client, switch.facts) != "on":
                turn("service", self.client, switch.facts, "on", wanted[switch.name])
            state = state_of("service", self.client, switch.facts)
            return "" if state == "on" else f"still {state}"

        return self._each([switch for switch in self.site.of("service") if switch.name in wanted], one, Missing())

    def promote(self, guard: Callable[[], None]) -> Missing:
        """Promote every database that is still a replica; `guard` is asked before each and raises where it must not be.

        A promotion whose answer was lost is seen by asking: the link is gone, or the instance is being changed. Each is opened
        to its services first: what RDS does behind a promotion, a backup above all, refuses changes.
        """

        def one(switch: Switch) -> str:
            told = database_of(self.client, switch.facts)
            status, is_replica = told["DBInstanceStatus"], bool(told.get("ReadReplicaSourceDBInstanceIdentifier"))
            if not is_replica:
                return status if status in _CHANGING else ""
            if status in UNPROMOTABLE:
                return f"a replica, {status}"
            guard()
            if state_of("database", self.client, switch.facts) not in ("on", "changing"):
                turn("database", self.client, switch.facts, "on")
            # Without them, the same page says, backups are kept for one day from then on, and made at an hour by chance.
            days = switch.facts.get("backupRetentionDays") or told.get("BackupRetentionPeriod")
            window = switch.facts.get("backupWindow") or told.get("PreferredBackupWindow")
            more = {"BackupRetentionPeriod": days} if days else {}
            if window:
                more["PreferredBackupWindow"] = window
            self.client("rds").promote_read_replica(DBInstanceIdentifier=switch.facts["identifier"], **more)
            return ASKED

        return self._each(self.site.of("database"), one, Missing())

    def replicas(self) -> dict[str, dict[str, Any]]:
        """Of each database: its status, version, and whether it is a replica. Raises as boto3 does."""
        found: dict[str, dict[str, Any]] = {}
        for switch in self.site.of("database"):
            told = database_of(self.client, switch.facts)
            found[switch.name] = {
                "status": told["DBInstanceStatus"],
                "replica": bool(told.get("ReadReplicaSourceDBInstanceIdentifier")),
                "version": told.get("EngineVersion", ""),
            }
        return found

    def states(self, *kinds: str) -> dict[str, Any]:
        """What each switch is at, by label; of a service its tasks, None where it is off. Raises as boto3 does."""
        found: dict[str, Any] = {}
        for switch in self.site.of(*kinds):
            found[switch.label] = state = state_of(switch.kind, self.client, switch.facts)
            if switch.kind == "service":
                found[switch.label] = None if state == "off" else service_of(self.client, switch.facts)["desiredCount"]
        return found

    def waits(self) -> dict[str, int]:
        """Messages in each queue, in flight and delayed ones, too. Raises as boto3 does."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        found: dict[str, int] = {}
        for switch in self.site.of("queue"):
            told = self.client("sqs").get_queue_attributes(QueueUrl=switch.facts["url"], AttributeNames=names)["Attributes"]
            found[switch.name] = sum(int(told.get(name, 0)) for name in names)
        return found

    def jobs(self) -> dict[str, int]:
        """Jobs in each job queue that are not over, counted up to 100 of a status. Raises as boto3 does."""
        found: dict[str, int] = {}
        for switch in self.site.of("job-queue"):
            ask = self.client("batch").list_jobs
            told = [ask(jobQueue=switch.facts["arn"], jobStatus=status)["jobSummaryList"] for status in _UNFINISHED_JOBS]
            found[switch.name] = sum(map(len, told))
        return found

    def end_jobs(self, missing: Missing) -> None:
        """Terminate the jobs that are not over: a queue that is off takes no more, and goes on with what it has.

        What AWS has been told to end counts as ended: a job has half a minute to stop, and no database any more.
        """

        def one(switch: Switch) -> str:
            batch = self.client("batch")
            for status in _UNFINISHED_JOBS:
                for job in batch.list_jobs(jobQueue=switch.facts["arn"], jobStatus=status)["jobSummaryList"]:
                    if self.left() <= 0:
                        return "jobs go on: the time was up"
                    batch.terminate_job(jobId=job["jobId"], reason="Recovery shuts this region off")
            return ""

        self._each(self.site.of("job-queue"), one, missing)

    def ask(self, do: str) -> dict[str, Any]:
        """Have the function `heartbeat` do something: "look", "final", "close", "probe".

        Raises:
            HeartbeatError: it failed. Otherwise as boto3 does.
        """
        told = self.client("lambda").invoke(FunctionName=self.site.heartbeat, Payload=json.dumps({"do": do}).encode())
        answer = json.loads(told["Payload"].read() or b"null")
        if told.get("FunctionError") or not isinstance(answer, dict):
            raise HeartbeatError(f"{do}: {str(answer)[:300]}")
        return answer

    def end_sessions(self, missing: Missing) -> None:
        """End what is still connected to the databases: a group that admits nobody ends no connection that there is."""
        label = "sessions of the databases"
        if self.left() <= 0 or (self.hurried and "lambda" in missing.silent):
            missing.pending[label] = "not tried"
            return
        try:
            told = self.ask("close").get("databases") or {}
        except Exception as error:
            missing.note(label, "lambda", error)
            return
        missing.is_reached = True
        failed = {name: facts["error"] for name, facts in told.items() if isinstance(facts, dict) and facts.get("error")}
        if failed:
            missing.pending[label] = "; ".join(f"{name}: {why}" for name, why in sorted(failed.items()))

    def _each(self, switches: Iterable[Switch], one: Callable[[Switch], str], missing: Missing) -> Missing:
        for switch in switches:
            service = SERVICES[switch.kind]
            if self.left() <= 0:
                missing.pending[switch.label] = "not tried: the time was up"
            elif self.hurried and service in missing.silent:
                missing.pending[switch.label] = f"not tried: {service} does not answer"
            else:
                try:
                    why = one(switch)
                except StopError:
                    raise
                except Exception as error:
                    missing.note(switch.label, service, error)
                else:
                    missing.is_reached = True
                    if why:
                        missing.pending[switch.label] = why
        return missing
