"""The schedule of a stack: the function that puts it to sleep and wakes it, and who is told that it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Sleeper
from ..base.hours import rules_of
from ..base.telemetry import namespace
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from .regional_function import RegionalFunction, RegionalFunctionArgs
from .schedule_grants import grants_of
from .schedule_spec import ScheduleSpec
from .schedule_tables import SharedDatabase, leases_of, memory_of

METRICS: Final = "Schedule"
"""The part of the stack's namespace; functions/sleep has the same."""
EVERY_MINUTES: Final = 2
# Shorter than the time between two rounds, and one at a time: what people order waits for a round that is on.
SLEEPER: Final = FunctionSpec(memory_mib=512, timeout_seconds=100, concurrency=1)
PACKAGE: Final = "functions/sleep"


@dataclass(frozen=True, kw_only=True)
class ScheduleArgs:
    """What the schedule needs to know of a stack.

    Attributes:
        here: Where it is; what sleeps there is in its inventory, all of it.
        spec: When it is awake.
        windows: First and last minute of the week (UTC; 0 is Monday 00:00) that databases are awake whatever the hours.
        environment: dev or stage: production never sleeps.
        key_arn: Customer managed key of the `tables` data class, of the same region.
        shares: The database of another stack that what sleeps here uses; None, the default, where it has its own, or none.
        late_minutes: So long what is to sleep or wake may take before people are told.
        source: Files of the function: path in the package -> text.

    Raises:
        InvalidArgumentError: in prod, where nothing sleeps, or where what shares a database has one of its own.
    """

    here: Here
    spec: ScheduleSpec
    windows: tuple[tuple[int, int], ...]
    environment: str
    key_arn: pulumi.Input[str]
    late_minutes: int
    source: Mapping[str, str]
    shares: SharedDatabase | None = None

    def __post_init__(self) -> None:
        if self.environment == "prod":
            raise InvalidArgumentError(self, "environment", "prod", "another one: production never sleeps")
        if not self.here.inventory.sleepers:
            raise InvalidArgumentError(self, "here.inventory.sleepers", [], "what sleeps, declared before it")
        if self.shares and self.databases:
            expected = "none: a stack with a database of its own shares no other"
            raise InvalidArgumentError(self, "shares", "a database", expected)

    @property
    def databases(self) -> list[Sleeper]:
        """The databases of its own that sleep."""
        return [each for each in self.here.inventory.sleepers if each.kind == "database"]


class Schedule(Component):
    """The function `sleeper`, each two minutes: it looks at what is and takes a step towards what is to be.

    Outputs: `function`, its name; `lends`, what another stack needs to share the database, None where there is none.
    """

    function: str
    lends: SharedDatabase | None

    def __init__(self, name: str, args: ScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts, told=self._calendar(args))
        self.args = args
        here, stack = args.here, pulumi.get_stack()
        self.function = f"dataconnect-{stack}-sleeper"
        self._memory = memory_of(name, here, args.key_arn, self.child())
        leases = leases_of(name, here, args.key_arn, self.child()) if args.databases else None
        self.lends = None
        if leases:
            database = args.databases[0].facts["identifier"]
            self.lends = SharedDatabase(
                leases=leases.table_name, leases_arn=leases.arn, key_arn=args.key_arn, database=database
            )
        sleeper = RegionalFunction(
            "sleeper",
            RegionalFunctionArgs(
                here=here,
                spec=SLEEPER,
                description="Puts the stack to sleep and wakes it",
                source=args.source,
                documents={f"{PACKAGE}/schedule.json": pulumi.Output.json_dumps(self._document(stack), sort_keys=True)},
                libraries={f"{PACKAGE}/zone": rules_of(args.spec.timezone)},
                handler="functions.sleep.handler.handle",
                grants=grants_of(here, self._memory, namespace(METRICS), leases=leases, shares=args.shares),
                physical_name=self.function,
            ),
            self.child(),
        )
        run_by_clock(sleeper, here, EVERY_MINUTES, sleeper.function, ready=sleeper.ready, running=True)
        create_alarms(self, self._alarms(stack), here)
        self.register_outputs({"function": self.function})

    def _document(self, stack: str) -> dict[str, Any]:
        args, inventory = self.args, self.args.here.inventory
        targets: list[dict[str, Any]] = [
            {"kind": each.kind, "name": each.name, "facts": {**each.facts}} for each in inventory.sleepers
        ]
        # Those of a database are heard while it is awake alone, for others or to be patched.
        for kind, of_database in (("alarms", False), ("database-alarms", True)):
            if names := [name for key, name in inventory.alarms if key.startswith("database-") == of_database]:
                targets.append({"kind": kind, "name": kind, "facts": {"names": names}})
        if args.shares:
            targets.append({"kind": "shared", "name": "shared-database", "facts": {"identifier": args.shares.database}})
        return {
            "stack": stack,
            "environment": args.environment,
            "table": self._memory.table_name,
            "leases": self.lends and self.lends.leases,
            "shares": args.shares and {"leases": args.shares.leases, "holder": stack},
            "timezone": args.spec.timezone,
            "hours": args.spec.hours,
            "holidays": args.spec.holidays,
            "windows": args.windows,
            "targets": targets,
        }

    @staticmethod
    def _calendar(args: ScheduleArgs) -> dict[str, Any]:
        """When the stack is awake: `dataconnect cost` reads it, of a preview as of a state."""
        spec = args.spec
        hours, windows = [[*each] for each in spec.hours], [[*each] for each in args.windows]
        return {"timezone": spec.timezone, "hours": hours, "holidays": [*spec.holidays], "windows": windows}

    def _alarms(self, stack: str) -> list[Alarm]:
        def metric(name: str) -> Metric:
            return Metric(namespace=namespace(METRICS), name=name, dimensions={"Stack": stack}, statistic="Minimum")

        return [
            Alarm(
                key="sleep-late",
                description=f"Something is not asleep, or not awake, {self.args.late_minutes} minutes after it should be.",
                metric=metric("MinutesLate"),
                comparison="GreaterThanThreshold",
                threshold=self.args.late_minutes,
                period=300,
                evaluation_periods=2,
                # That it does not run is told by an alarm of its clock.
                missing_data="notBreaching",
            ),
            Alarm(
                key="sleep-failing",
                description="Something cannot be put to sleep or woken: AWS refuses, it is gone, or it may not be stopped.",
                metric=metric("Failed"),
                comparison="GreaterThanThreshold",
                threshold=0,
                period=300,
                evaluation_periods=3,
                missing_data="notBreaching",
            ),
        ]
