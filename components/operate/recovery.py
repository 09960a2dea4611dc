"""Recovery of a region: its heartbeat, its fence, the executor that makes it the active one, and who may start that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pulumi

from ..base.alarms import Alarm, Metric, any_of, create_alarms
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.telemetry import namespace
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from ..data.heartbeat_function.beat import AGE, LOSS, METRICS, UNKNOWN
from .heartbeat import Heartbeat, HeartbeatArgs
from .reconcile import Reconcile
from .recovery_grants import Permissions
from .recovery_operator import create_operator
from .recovery_spec import RecoverySpec
from .recovery_table import RecoveryTable
from .regional_function import ALIAS, Durable, RegionalFunction, RegionalFunctionArgs, arn_of

# 40 seconds for shutting a region off (functions/recovery/fence.py).
FENCE: Final = FunctionSpec(memory_mib=512, timeout_seconds=60, concurrency=2)
# One run, its continuations, and a second one that is refused.
EXECUTOR: Final = FunctionSpec(memory_mib=1024, timeout_seconds=900, concurrency=5)
# Some thirty questions; those to a region that does not answer take two seconds each.
READY: Final = FunctionSpec(memory_mib=512, timeout_seconds=120, concurrency=2)
READY_MINUTES: Final = 15
EXECUTION: Final = Durable(execution_seconds=6 * 3600, retention_days=90)
SILENT_SECONDS: Final = 60
"""A heartbeat that is older is not one any more."""
SITE: Final = "site.json"
WAKE_MINUTES: Final = 24 * 60
WAKE: Final = {"run": "wake", "mode": "planned", "by": "its clock"}
"""An order for the other region, which the executor of this one refuses before it touches anything: what it imports, the
runtime and AWS's way to call it are tried each day, and no durable execution is the first in a quarter of a year."""


@dataclass(frozen=True, kw_only=True)
class RecoveryArgs:
    """What recovery needs to know of a region.

    Attributes:
        here: The region; what recovery switches there is in its inventory, all of it.
        spec: Who may order a failover.
        primary_region: Region of the primary stack.
        recovery_region: Region of the recovery stack. One of both is here.
        table: Where both regions keep what recovery knows.
        alerts_key_arn: Key of the topic of alarms.
        database_key_arn: Key of the databases, which rehearsals copy.
        domain: The name that users know.
        load_balancer: DNS name of the region's load balancer.
        vpc_id: VPC of the databases.
        subnet_ids: Subnets of two zones or more with a way to AWS: the application tier.
        link: What logging in to the databases as their masters takes, whether their fence is closed or not.
        executor: Files of the function `recover`: path in the package -> text.
        fence: Files of the function `fence`.
        ready: Files of the function `ready`.
        libraries: Files of others that both need: path in the package -> file.
        identifiers: Patterns of the identifiers of the databases of both regions, e.g. `dataconnect-*`.
        credentials: ARNs of the secrets of their master users here, or patterns of these.
        reconcile: The task that runs `up` here; None, the default, leaves that to people.

    Raises:
        InvalidArgumentError: on a region that is neither, or nothing to switch.
    """

    here: Here
    spec: RecoverySpec
    primary_region: str
    recovery_region: str
    table: RecoveryTable
    alerts_key_arn: pulumi.Input[str]
    database_key_arn: pulumi.Input[str]
    domain: str
    load_balancer: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    link: Link
    executor: Mapping[str, str]
    fence: Mapping[str, str]
    ready: Mapping[str, str]
    identifiers: tuple[str, ...]
    credentials: tuple[pulumi.Input[str], ...]
    libraries: Mapping[str, Path] = field(default_factory=dict[str, Path])
    reconcile: Reconcile | None = None

    def __post_init__(self) -> None:
        both = (self.primary_region, self.recovery_region)
        if self.here.region not in both or len({*both}) < 2:
            raise InvalidArgumentError(self, "here.region", self.here.region, f"one of two regions ({', '.join(both)})")
        if not self.here.inventory.switches:
            raise InvalidArgumentError(self, "here.inventory.switches", [], "what recovery switches, declared before it")

    @property
    def other_region(self) -> str:
        """The region that is not here."""
        return self.recovery_region if self.here.region == self.primary_region else self.primary_region


class Recovery(Component):
    """The functions `heartbeat`, `fence`, `ready` and `recover` of a region, and the role `recovery-operator`.

    The functions have names that people and the other region know without Pulumi, `dataconnect-<stack>-recover` and the like.
    What they know of the region lies in their packages, as `site.json`. `heartbeat` is in the VPC, where the databases are;
    the others are not: a network that is broken must not keep a region from being shut off, nor from taking over.

    The operator's role is taken with MFA. It may start an execution, watch and stop it, and read the table. Nothing binds it to
    the region's STS, which the AWS CLI asks by itself: the console asks another one.

    Outputs: `heartbeat`, `fence`, `ready` (names); `recover`, ARN by which the executor is called; `operator`, ARN of the
    role; `site`.
    """

    heartbeat: str
    fence: str
    ready: str
    recover: str
    operator: pulumi.Output[str]
    site: pulumi.Output[str]

    def __init__(self, name: str, args: RecoveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, stack = args.here, pulumi.get_stack()
        self.heartbeat, self.fence = f"dataconnect-{stack}-heartbeat", f"dataconnect-{stack}-fence"
        self.ready, executor = f"dataconnect-{stack}-ready", f"dataconnect-{stack}-recover"
        self.recover = f"{arn_of(executor, here)}:{ALIAS}"
        self.site = pulumi.Output.json_dumps(self._site(stack), sort_keys=True)
        documents = {SITE: self.site}
        may = Permissions(args, heartbeat_arn=arn_of(self.heartbeat, here), executor_arn=arn_of(executor, here))
        Heartbeat(
            "heartbeat",
            HeartbeatArgs(
                here=here,
                physical_name=self.heartbeat,
                documents=documents,
                table=args.table,
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                link=args.link,
            ),
            self.child(),
        )
        fence = RegionalFunction(
            "fence",
            RegionalFunctionArgs(
                here=here,
                spec=FENCE,
                description="Keeps a region shut off that is not the active one",
                source=args.fence,
                documents=documents,
                libraries=args.libraries,
                handler="functions.recovery.fence.handle",
                grants=may.fence,
                physical_name=self.fence,
            ),
            self.child(),
        )
        # In both regions, whichever is active.
        run_by_clock(fence, replace(here, switched=False), 1, fence.function, ready=fence.ready, running=True)
        recover = RegionalFunction(
            "recover",
            RegionalFunctionArgs(
                here=here,
                spec=EXECUTOR,
                description="Makes this region the active one",
                source=args.executor,
                documents=documents,
                libraries=args.libraries,
                handler="functions.recovery.executor.handle",
                grants=may.executor,
                physical_name=executor,
                durable=EXECUTION,
            ),
            self.child(),
        )
        run_by_clock(
            recover,
            replace(here, switched=False),
            WAKE_MINUTES,
            recover.function,
            ready=recover.ready,
            running=True,
            order=pulumi.Output.json_dumps({**WAKE, "to": args.other_region}),
            alias_arn=recover.called_arn,
        )
        ready = RegionalFunction(
            "ready",
            RegionalFunctionArgs(
                here=here,
                spec=READY,
                description="Looks whether a failover to this region would succeed",
                source=args.ready,
                documents=documents,
                libraries=args.libraries,
                handler="functions.recovery.ready.handle",
                grants=may.ready,
                physical_name=self.ready,
            ),
            self.child(),
        )
        run_by_clock(ready, replace(here, switched=False), READY_MINUTES, ready.function, ready=ready.ready, running=True)
        self.operator = create_operator(
            self, args.spec.operators, arn_of(executor, here), recover, arn_of(self.ready, here), args.table
        ).arn
        create_alarms(self, self._alarms(executor), here)
        self.register_outputs({"recover": self.recover, "heartbeat": self.heartbeat, "fence": self.fence})

    def _site(self, stack: str) -> dict[str, Any]:
        args, here = self.args, self.args.here
        switches: dict[str, list[dict[str, Any]]] = {}
        for switch in here.inventory.switches:
            switches.setdefault(switch.kind, []).append({"name": switch.name, **switch.facts})
        return {
            "stack": stack,
            "region": here.region,
            "account": here.account_id,
            "primary": args.primary_region,
            "recovery": args.recovery_region,
            "table": args.table.name,
            "alerts": here.alarms.topic_arn,
            "domain": args.domain,
            "loadBalancer": args.load_balancer,
            "heartbeat": self.heartbeat,
            "recover": self.recover,
            "acceptLossSeconds": args.spec.accept_loss_seconds,
            "reconcile": {**args.reconcile.facts} if args.reconcile else None,
            "switches": switches,
            "replicated": [{"name": store.name, "arn": store.arn} for store in here.inventory.copied()],
        }

    def _alarms(self, executor: str) -> list[Alarm]:
        args, here = self.args, self.args.here
        accepted = args.spec.accept_loss_seconds
        failed = {
            identity: Metric(namespace="AWS/Lambda", name=metric, dimensions={"FunctionName": executor}, statistic="Sum")
            for identity, metric in (("failed", "DurableExecutionFailed"), ("late", "DurableExecutionTimedOut"))
        }
        return [
            # docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html
            any_of("recovery-failed", "A run of the executor ended without a result: a failover may be half done.", failed),
            Alarm(
                key="recovery-not-ready",
                description="A failover to this region would not succeed, or nobody can tell.",
                metric=Metric(
                    namespace=namespace(METRICS), name="NotReady", dimensions={"Region": here.region}, statistic="Minimum"
                ),
                comparison="GreaterThanThreshold",
                threshold=0,
                period=60 * READY_MINUTES,
                evaluation_periods=2,
                # That it does not run is told by an alarm of its clock.
                missing_data="notBreaching",
            ),
            Alarm(
                key="recovery-heartbeat",
                description=f"The active region's heartbeat has not been seen here for {SILENT_SECONDS} seconds.",
                metric=Metric(
                    namespace=namespace(METRICS), name=AGE, dimensions={"Region": args.other_region}, statistic="Maximum"
                ),
                comparison="GreaterThanThreshold",
                threshold=SILENT_SECONDS,
                evaluation_periods=3,
                # Only the region at rest tells of it.
                missing_data="notBreaching",
            ),
            Alarm(
                key="recovery-loss",
                description=f"A failover would lose more than the {accepted} seconds that are accepted.",
                metric=Metric(namespace=namespace(METRICS), name=LOSS, dimensions={"Region": here.region}, statistic="Maximum"),
                comparison="GreaterThanThreshold",
                threshold=accepted,
                missing_data="notBreaching",
            ),
            Alarm(
                key="recovery-unknown",
                description="Nobody knows what a failover would lose of one database or more: it must be told to accept that.",
                metric=Metric(
                    namespace=namespace(METRICS), name=UNKNOWN, dimensions={"Region": here.region}, statistic="Maximum"
                ),
                comparison="GreaterThanThreshold",
                threshold=0,
                missing_data="notBreaching",
            ),
        ]
