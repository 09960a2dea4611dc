"""Where a component is declared and under which rules; and the inventory of what was declared there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pulumi

from . import checks
from .alarms import AlarmTarget, DashboardRow
from .errors import ComponentError, InvalidArgumentError
from .features import Features
from .logs import LogClass, LogsTo
from .recovery import Recovery


@dataclass(frozen=True, kw_only=True)
class Store:
    """Something that holds data.

    Attributes:
        name: Its name among the stores of the stack, e.g. `sessions`.
        arn: Its ARN.
        recovery: What becomes of its data when the region is lost; its resource bears it as a tag (`component.tags`).
        loss: What is lost then at the most, for people, e.g. `seconds: replication is asynchronous`.
        backed_up: Whether AWS Backup takes copies of it.
        turns: Whether its class is another one once the region is the active one, as a database's is.
    """

    name: str
    arn: pulumi.Input[str]
    recovery: Recovery
    loss: str
    backed_up: bool = False
    turns: bool = False


SwitchKind = Literal["service", "mapping", "schedule", "rule", "job-queue", "database", "gate", "latch", "queue"]
"""What recovery switches on and off, or in the case of a queue empties (docs/decisions/switches.md)."""


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Something that recovery switches on in the region that becomes active, and off in the other.

    Attributes:
        kind: What it is, and so how it is switched.
        name: Its name among the switches of its kind, e.g. `search`.
        facts: What switching it takes, by kind; plain JSON once resolved:
            `service`: cluster, service (names), min (tasks at the least), max, healthPath, hosts;
            `mapping`: uuid, function (name); `schedule`: schedule, group (names); `rule`: rule (name, on the default bus);
            `job-queue`: arn;
            `database`: identifier, address, port, databaseName, credentials (ARN of that region's secret), groups, fence;
            `gate` and `latch`: rule (ARN), open, closed (the path of the one, the status code of the other); `queue`: url.
    """

    kind: SwitchKind
    name: str
    facts: Mapping[str, pulumi.Input[Any]]


SleeperKind = Literal["database", "service", "fleet", "batch"]


@dataclass(frozen=True, kw_only=True)
class Sleeper:
    """Something that the schedule of a stack puts to sleep, and wakes with what it had (docs/decisions/schedules.md).

    Attributes:
        kind: What it is, and so how it sleeps.
        name: Its name among those of its kind.
        facts: What that takes, by kind; plain JSON once resolved:
            `database`: identifier; `service`: cluster, service (names), min, max (tasks); `fleet`: group (name), min, max;
            `batch`: queue (ARN), environments (names).
    """

    kind: SleeperKind
    name: str
    facts: Mapping[str, pulumi.Input[Any]]


@dataclass(frozen=True)
class Inventory:
    """What the components of a stack tell of themselves; whoever watches, backs up or counts reads it and names nobody.

    Attributes:
        rows: Dashboard rows, in the order of declaration.
        stores: What holds data.
        dead_letters: Address of each queue of what AWS services could not deliver, by its name, e.g. `batch-dead-letters`.
        switches: What recovery switches; none where no other region can take over.
        sleepers: What the schedule puts to sleep; none where there is no schedule.
        alarms: Key and name of each alarm that the schedule keeps quiet meanwhile; none where there is no schedule.
        loud: ARN of each alarm that people hear of.
        logs: Name of each log group that a workload writes, by the workload's.
        balanced: Dimensions under which the load balancer counts the requests of a service, by the service's name.
    """

    rows: list[DashboardRow] = field(default_factory=list[DashboardRow])
    stores: list[Store] = field(default_factory=list[Store])
    dead_letters: dict[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    switches: list[Switch] = field(default_factory=list[Switch])
    sleepers: list[Sleeper] = field(default_factory=list[Sleeper])
    alarms: list[tuple[str, pulumi.Output[str]]] = field(default_factory=list[tuple[str, pulumi.Output[str]]])
    loud: list[pulumi.Output[str]] = field(default_factory=list[pulumi.Output[str]])
    logs: dict[str, pulumi.Output[str]] = field(default_factory=dict[str, pulumi.Output[str]])
    balanced: dict[str, Mapping[str, pulumi.Input[str]]] = field(default_factory=dict[str, Mapping[str, pulumi.Input[str]]])

    def copied(self) -> tuple[Store, ...]:
        """What is in the other region, too, whichever is the active one: what is told of it changes with no failover."""
        return tuple(store for store in self.stores if store.recovery == "replicated" and not store.turns)

    def backed_up(self) -> dict[str, pulumi.Input[str]]:
        """Name -> ARN of what AWS Backup takes copies of.

        Raises:
            ComponentError: when two of them share a name: one would be left out in silence.
        """
        stores = [store for store in self.stores if store.backed_up]
        found = {store.name: store.arn for store in stores}
        if len(found) < len(stores):
            names = [store.name for store in stores]
            shared = ", ".join(sorted({name for name in names if names.count(name) > 1}))
            raise ComponentError(f"two things that are to be backed up are called {shared}; expected a name each")
        return found


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account and a region.

    Attributes:
        region: AWS region, e.g. `us-east-2`.
        account_id: The account's 12 digits.
        protect: Refuse to delete or replace what holds data or would change its name: in Pulumi, and in AWS where it can; true
            by default.
        features: What is done there beyond resources.
        switched: Whether recovery switches between this region and another. Then a switch is declared once, in its first
            position, and left alone afterwards: no `up` fences, starts or stops anything. False by default.
        sleeps: Whether a schedule puts things here to sleep. Then what it changes is declared once, and left alone
            afterwards: no `up` wakes anything. False by default, and never together with `switched`.
        tenant_operators: ARNs of the account's roles that operate tenants: besides its workload, they may take a tenant role,
            e.g. to try whether one tenant is refused another's data. None by default.
        inventory: What was declared, shared by all components of a stack.

    Raises:
        InvalidArgumentError: on a region that this estate does not use, what is no account id, or a role of another account.
    """

    region: str
    account_id: str
    protect: bool = True
    features: Features = field(default_factory=Features)
    switched: bool = False
    sleeps: bool = False
    tenant_operators: tuple[str, ...] = ()
    inventory: Inventory = field(default_factory=Inventory, compare=False)

    def __post_init__(self) -> None:
        if expected := checks.region(self.region):
            raise InvalidArgumentError(self, "region", self.region, expected)
        if expected := checks.account_id(self.account_id):
            raise InvalidArgumentError(self, "account_id", self.account_id, expected)
        if self.sleeps and self.switched:
            raise InvalidArgumentError(self, "sleeps", True, "false: what another region takes over from never sleeps")
        for arn in self.tenant_operators:
            if expected := checks.role_arn(arn, self.account_id):
                raise InvalidArgumentError(self, "tenant_operators", arn, expected)

    def left_alone(self, *properties: str) -> list[str]:
        """The properties (in Pulumi's names) that are recovery's to change: for `ignore_changes`; none unless `switched`."""
        return [*properties] if self.switched else []

    def switch(self, kind: SwitchKind, name: str, **facts: pulumi.Input[Any]) -> None:
        """Tell recovery of a switch; nothing unless `switched`.

        Raises:
            ComponentError: when there is one of that kind and name: only one of the two would be switched.
        """
        if not self.switched:
            return
        if any((switch.kind, switch.name) == (kind, name) for switch in self.inventory.switches):
            raise ComponentError(f"two switches of kind {kind} are called {name}; expected a name each")
        self.inventory.switches.append(Switch(kind=kind, name=name, facts=facts))

    def slept(self, *properties: str) -> list[str]:
        """The properties (in Pulumi's names) that the schedule changes: for `ignore_changes`; none unless `sleeps`."""
        return [*properties] if self.sleeps else []

    def slept_tags(self) -> dict[str, str]:
        """The tag by which a schedule's policy knows its own stack's things where no ARN tells; none unless `sleeps`."""
        return {checks.STACK_TAG: pulumi.get_stack()} if self.sleeps else {}

    def sleeper(self, kind: SleeperKind, name: str, **facts: pulumi.Input[Any]) -> None:
        """Tell the schedule of something that sleeps; nothing unless `sleeps`."""
        if self.sleeps:
            self.inventory.sleepers.append(Sleeper(kind=kind, name=name, facts=facts))


@dataclass(frozen=True, kw_only=True)
class Here(Place):
    """A place in which something is watched: with somebody to tell, and logs to keep.

    Attributes:
        alarms: Whom alarms tell; a topic of the same region.
        log_key_arn: Customer managed key of log groups, of the same region; None, the default, where nothing writes logs.
        log_retention_days: Days that logs are kept; one of the values of CloudWatch PutRetentionPolicy. 365 by default.
        log_class_days: The same of classes of logs that are kept for another time; none by default.
        logs_to: Where events go besides; None, the default, nowhere.

    Raises:
        InvalidArgumentError: on a number of days that CloudWatch Logs does not offer.
    """

    alarms: AlarmTarget
    log_key_arn: pulumi.Input[str] | None = None
    log_retention_days: int = 365
    log_class_days: Mapping[LogClass, int] = field(default_factory=dict[LogClass, int])
    logs_to: LogsTo | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if expected := checks.log_retention(self.log_retention_days):
            raise InvalidArgumentError(self, "log_retention_days", self.log_retention_days, expected)
        for name, days in self.log_class_days.items():
            if expected := checks.log_retention(days):
                raise InvalidArgumentError(self, f"log_class_days[{name!r}]", days, expected)

    def log_key(self, what: str) -> pulumi.Input[str]:
        """The key for the logs of `what`.

        Raises:
            InvalidArgumentError: when there is none.
        """
        if self.log_key_arn is None:
            raise InvalidArgumentError(self, "log_key_arn", None, f"the ARN of a customer managed key: {what} writes logs")
        return self.log_key_arn
