"""What sleeps, by kind: how it is looked at, and which calls put it to sleep or wake it; to repeat them does no harm.

What is asleep bears a mark in AWS, which is set by the first call of sleeping and taken off by the last of waking. So whoever
finds no mark finds sizes that are nobody's but the platform's and its people's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, cast

Client = Callable[[str], Any]
"""Gives the client of a service."""
Settings = Mapping[str, Any]
"""What sleeping takes away and waking gives back, as JSON has it."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of AWS."""

    service: str
    method: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}.{self.method}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


@dataclass(frozen=True, kw_only=True)
class Found:
    """How something was found.

    Attributes:
        marked: Whether it bears the mark of sleep.
        quiet: Whether nothing of it runs any more.
        ready: Whether all of it runs that is to.
        settings: What sleep would take away.
        says: What AWS calls it, for people.
        refused: Why it is not put to sleep, whatever the schedule says; empty of what is.
    """

    marked: bool
    quiet: bool
    ready: bool
    settings: Settings = field(default_factory=dict[str, Any])
    says: str = ""
    refused: str = ""


class MissingError(Exception):
    """AWS knows no such thing."""


class Target(Protocol):
    """Something that sleeps.

    Attributes:
        declared: What the program declares of its settings: it arrives by the function, for an `up` leaves them alone.
    """

    declared: Settings

    def look(self, client: Client) -> Found:
        """Ask AWS. Raises as boto3 does, and MissingError."""
        ...

    def to_sleep(self, found: Found) -> list[Call]:
        """The calls that put it to sleep; none where it has to be waited for."""
        ...

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:
        """The calls that give it its settings back."""
        ...

    def has(self, found: Found, settings: Settings) -> bool:
        """Whether it has its settings back."""
        ...

    def fitted(self, settings: Settings) -> Settings:
        """Settings within what the program declares."""
        ...

    def is_whole(self, settings: Settings) -> bool:
        """Whether these are settings that may be remembered."""
        ...


class Plain:
    """What most kinds have in common: no settings of their own, or none that the program declares."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.facts = facts
        self.declared: Settings = {name: facts[name] for name in ("min", "max") if name in facts}

    def fitted(self, settings: Settings) -> Settings:
        """The declared bounds, and a number within them."""
        if not self.declared:
            return settings
        least, most = self.declared["min"], self.declared["max"]
        return {**settings, "min": least, "max": most, "desired": min(max(settings.get("desired", least), least), most)}

    def has(self, found: Found, settings: Settings) -> bool:
        """The same bounds, and no fewer: scaling may have added some since."""
        same = all(found.settings.get(name) == value for name, value in settings.items() if name != "desired")
        return same and found.settings.get("desired", 0) >= settings.get("desired", 0)

    def is_whole(self, settings: Settings) -> bool:
        """Fewer than the least are what half an order left."""
        return settings.get("desired", 0) >= settings.get("min", 0)


STOPPABLE: Final = "available"
_SERVES: Final = ("available", "backing-up", "storage-config-upgrade", "storage-optimization")
"""docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html: states in which an instance answers."""


class Database(Plain):
    """An RDS instance: facts `identifier`."""

    def look(self, client: Client) -> Found:
        """As `Target`."""
        told = client("rds").describe_db_instances(DBInstanceIdentifier=self.facts["identifier"])["DBInstances"][0]
        status = told["DBInstanceStatus"]
        return Found(
            marked=status in ("stopped", "stopping"),
            quiet=status == "stopped",
            ready=status in _SERVES,
            says=status,
            refused=_unstoppable(told),
        )

    def to_sleep(self, found: Found) -> list[Call]:
        """RDS stops no instance that it is at work on."""
        return [self._call("stop_db_instance")] if found.says == STOPPABLE else []

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:  # noqa: ARG002 - it has none
        """RDS starts what is stopped, and not what is still stopping."""
        return [self._call("start_db_instance")] if found.says == "stopped" else []

    def has(self, found: Found, settings: Settings) -> bool:  # noqa: ARG002 - it has none
        """It is on its way, or there."""
        return not found.marked

    def _call(self, method: str) -> Call:
        return Call(service="rds", method=method, arguments={"DBInstanceIdentifier": self.facts["identifier"]})


class Shared(Database):
    """An RDS instance of another stack, which alone stops and starts it: facts `identifier`.

    It is awake while this stack holds a lease (lease.py). Who waits for it waits for its state.
    """

    def look(self, client: Client) -> Found:
        """As `Target`; whether it may be stopped is the other stack's matter."""
        return replace(super().look(client), refused="")

    def to_sleep(self, found: Found) -> list[Call]:  # noqa: ARG002 - it is another's
        """Nothing: the lease ends."""
        return []

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:  # noqa: ARG002 - it is another's
        """Nothing: the lease asks for it."""
        return []


def _unstoppable(told: Mapping[str, Any]) -> str:
    """Why RDS, or the house, does not stop it (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html)."""
    if told.get("ReadReplicaSourceDBInstanceIdentifier"):
        return f"it is a replica of {told['ReadReplicaSourceDBInstanceIdentifier']}"
    if replicas := told.get("ReadReplicaDBInstanceIdentifiers"):
        return f"it has the replica {replicas[0]}"
    tags = {each["Key"]: each["Value"] for each in told.get("TagList", ())}
    return "it is prod's by its tag Environment" if tags.get("Environment") == "prod" else ""


_DIMENSION: Final = "ecs:service:DesiredCount"
_SCALING: Final = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


class Service(Plain):
    """An ECS service with its scaling target: facts `cluster`, `service` (names), `min`, `max`.

    Its mark is a scaling target with a least of none whose scaling is all suspended. To register a target moves the number of
    tasks into its bounds (docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html).
    """

    def look(self, client: Client) -> Found:
        """As `Target`."""
        told = client("ecs").describe_services(cluster=self.facts["cluster"], services=[self.facts["service"]])["services"]
        targets = client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[self._resource()], ScalableDimension=_DIMENSION
        )["ScalableTargets"]
        if not told or not targets:
            raise MissingError(f"no service {self.facts['service']} that scales")
        service, target = told[0], targets[0]
        suspended = sorted(name for name in _SCALING if target.get("SuspendedState", {}).get(name, False))
        desired, running = service["desiredCount"], service["runningCount"]
        settings = {"min": target["MinCapacity"], "max": target["MaxCapacity"], "desired": desired, "suspended": suspended}
        return Found(
            marked=target["MinCapacity"] == 0 and len(suspended) == len(_SCALING),
            quiet=desired == 0 and running == 0,
            ready=running >= desired >= target["MinCapacity"],
            settings=settings,
            says=f"{running} of {desired} tasks",
        )

    def to_sleep(self, found: Found) -> list[Call]:
        """Scaling first, which would bring tasks back."""
        mark = [] if found.marked else [self._register(0, found.settings["max"], _SCALING)]
        return [*mark, *([self._count(0)] if found.settings["desired"] else [])]

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:
        """Scaling last: until then a run that is cut off leaves the mark."""
        count = [self._count(settings["desired"])] if found.settings["desired"] < settings["desired"] else []
        return [*count, self._register(settings["min"], settings["max"], settings.get("suspended", ()))]

    def _resource(self) -> str:
        return f"service/{self.facts['cluster']}/{self.facts['service']}"

    def _count(self, tasks: int) -> Call:
        arguments = {"cluster": self.facts["cluster"], "service": self.facts["service"], "desiredCount": tasks}
        return Call(service="ecs", method="update_service", arguments=arguments)

    def _register(self, least: int, most: int, suspended: Sequence[str]) -> Call:
        arguments = {
            "ServiceNamespace": "ecs",
            "ResourceId": self._resource(),
            "ScalableDimension": _DIMENSION,
            "MinCapacity": least,
            "MaxCapacity": most,
            "SuspendedState": {name: name in suspended for name in _SCALING},
        }
        return Call(service="application-autoscaling", method="register_scalable_target", arguments=arguments)


class Fleet(Plain):
    """An Auto Scaling group: facts `group`, `min`, `max`. Its mark is a most of none, so that nothing scales it out."""

    def look(self, client: Client) -> Found:
        """As `Target`."""
        told = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[self.facts["group"]])
        if not told["AutoScalingGroups"]:
            raise MissingError(f"no group {self.facts['group']}")
        group = told["AutoScalingGroups"][0]
        serving = sum(each["LifecycleState"] == "InService" for each in group["Instances"])
        desired = group["DesiredCapacity"]
        return Found(
            marked=group["MaxSize"] == 0,
            quiet=not group["Instances"],
            ready=serving >= desired,
            settings={"min": group["MinSize"], "max": group["MaxSize"], "desired": desired},
            says=f"{serving} of {desired} instances",
        )

    def to_sleep(self, found: Found) -> list[Call]:
        """In one call."""
        return [] if found.marked else [self._size({"min": 0, "max": 0, "desired": 0})]

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:
        """In one call; no fewer than there are."""
        return [self._size({**settings, "desired": min(max(settings["desired"], found.settings["desired"]), settings["max"])})]

    def _size(self, size: Settings) -> Call:
        arguments = {
            "AutoScalingGroupName": self.facts["group"],
            "MinSize": size["min"],
            "MaxSize": size["max"],
            "DesiredCapacity": size["desired"],
        }
        return Call(service="autoscaling", method="update_auto_scaling_group", arguments=arguments)


class Batch(Plain):
    """The environments of a queue of jobs: facts `queue` (ARN), `environments` (names).

    Jobs are taken and wait for the morning; AWS takes none for a queue that is off. Those that run go on to their end.
    """

    def look(self, client: Client) -> Found:
        """As `Target`."""
        batch = client("batch")
        told = batch.describe_compute_environments(computeEnvironments=self.facts["environments"])["computeEnvironments"]
        states = {each["computeEnvironmentName"]: each["state"] for each in told}
        if missing := sorted(set(self.facts["environments"]) - states.keys()):
            raise MissingError(f"no compute environment {missing[0]}")
        on = sorted(name for name, state in states.items() if state == "ENABLED")
        running = sum(
            len(batch.list_jobs(jobQueue=self.facts["queue"], jobStatus=status)["jobSummaryList"])
            for status in ("STARTING", "RUNNING")
        )
        return Found(
            marked=not on,
            quiet=not on and not running,
            ready=bool(on),
            settings={"on": on},
            says=f"{len(on)} of {len(states)} environments, {running} jobs",
        )

    def to_sleep(self, found: Found) -> list[Call]:
        """Each that is on."""
        return [self._turn(name, "DISABLED") for name in found.settings["on"]]

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:  # noqa: ARG002 - they are all on by day
        """Each."""
        return [self._turn(name, "ENABLED") for name in self.facts["environments"] if name not in found.settings["on"]]

    def has(self, found: Found, settings: Settings) -> bool:  # noqa: ARG002 - as above
        """All are on."""
        return set(self.facts["environments"]) == set(found.settings["on"])

    def is_whole(self, settings: Settings) -> bool:
        """All are on."""
        return set(self.facts["environments"]) == set(settings["on"])

    def _turn(self, name: str, state: str) -> Call:
        arguments = {"computeEnvironment": name, "state": state}
        return Call(service="batch", method="update_compute_environment", arguments=arguments)


ALARMS_AT_ONCE: Final = 100
"""docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html and API_DisableAlarmActions.html"""


class Alarms(Plain):
    """Alarms that would fire because something sleeps: facts `names`. Asleep, they tell nobody.

    One that fires as they are woken is set back: CloudWatch tells of changes only, and nobody would hear of it. One that fires
    as they are put to sleep is told to be over while it can still tell: nobody would hear of its end.
    """

    def look(self, client: Client) -> Found:
        """As `Target`."""
        names: list[str] = self.facts["names"]
        told = [
            each
            for start in range(0, len(names), ALARMS_AT_ONCE)
            for each in client("cloudwatch").describe_alarms(
                AlarmNames=names[start : start + ALARMS_AT_ONCE], AlarmTypes=["MetricAlarm"], MaxRecords=ALARMS_AT_ONCE
            )["MetricAlarms"]
        ]
        off = sorted(each["AlarmName"] for each in told if not each["ActionsEnabled"])
        firing = sorted(each["AlarmName"] for each in told if each["StateValue"] == "ALARM")
        return Found(
            marked=len(off) == len(told),
            quiet=len(off) == len(told),
            ready=True,
            settings={"off": off, "on": sorted({each["AlarmName"] for each in told} - set(off)), "firing": firing},
            says=f"{len(told) - len(off)} of {len(told)} alarms tell",
        )

    def to_sleep(self, found: Found) -> list[Call]:
        """All that tell; what fires is over first."""
        names = found.settings["on"]
        return [*self._reset(found, names, "What it watches is put to sleep"), *self._calls("disable_alarm_actions", names)]

    def to_wake(self, found: Found, settings: Settings) -> list[Call]:
        """All but those that told nobody before."""
        names = self._silent(found, settings)
        # What is looked at again between the two fires aloud, and is not silent for good.
        return [*self._calls("enable_alarm_actions", names), *self._reset(found, names, "What it watches has been woken")]

    def has(self, found: Found, settings: Settings) -> bool:
        """None is silent that was not before."""
        return not self._silent(found, settings)

    def _reset(self, found: Found, names: Sequence[str], why: str) -> list[Call]:
        return [
            Call(
                service="cloudwatch",
                method="set_alarm_state",
                arguments={"AlarmName": name, "StateValue": "OK", "StateReason": why},
            )
            for name in names
            if name in found.settings["firing"]
        ]

    def _silent(self, found: Found, settings: Settings) -> list[str]:
        return [name for name in found.settings["off"] if name not in settings.get("off", ())]

    def _calls(self, method: str, names: Sequence[str]) -> list[Call]:
        return [
            Call(service="cloudwatch", method=method, arguments={"AlarmNames": [*names[start : start + ALARMS_AT_ONCE]]})
            for start in range(0, len(names), ALARMS_AT_ONCE)
        ]


_KINDS: Final[Mapping[str, type[Plain]]] = {
    "database": Database,
    "shared": Shared,
    "service": Service,
    "fleet": Fleet,
    "batch": Batch,
    "alarms": Alarms,
    "database-alarms": Alarms,
}


def target_of(kind: str, facts: Mapping[str, Any]) -> Target:
    """What sleeps, by its kind and its facts."""
    return cast("Target", _KINDS[kind](facts))
