"""Watches the copies of automated backups that a region without databases would be built from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import pulumi

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component
from ..base.here import Here
from ..base.statements import Statement
from ..base.telemetry import namespace
from ..compute.function_spec import FunctionSpec
from ..compute.function_triggers import run_by_clock
from ..data.heartbeat_function.beat import METRICS
from .regional_function import RegionalFunction, RegionalFunctionArgs

WATCH: Final = FunctionSpec(memory_mib=256, timeout_seconds=60, concurrency=2)
EVERY_MINUTES: Final = 15
MOST_AGE_SECONDS: Final = 30 * 60
"""RDS keeps a database's log every five minutes; copying it to another region takes minutes more."""
DOCUMENT: Final = "backups.json"
METRIC: Final = "RestorableAgeSeconds"


@dataclass(frozen=True, kw_only=True)
class BackupWatchArgs:
    """A watch over copies of backups.

    Attributes:
        here: Where they are.
        source: Files of the function: path in the package -> text.
        backups: Database -> ARN of the copies.
    """

    here: Here
    source: Mapping[str, str]
    backups: Mapping[str, pulumi.Input[str]]


class BackupWatch(Component):
    """The function `backups`, which runs by the clock, and an alarm on the age of the moment that could be restored.

    That it is unknown raises the alarm, too: while RDS makes the first copy, which can take hours, nothing can be restored.
    """

    def __init__(self, name: str, args: BackupWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        own = f"arn:aws:rds:{here.region}:{here.account_id}"
        function = RegionalFunction(
            name,
            RegionalFunctionArgs(
                # It goes when the region is built, and so must its log.
                here=replace(here, protect=False),
                spec=WATCH,
                description="Looks until when the databases could be restored here",
                source=args.source,
                documents={
                    DOCUMENT: pulumi.Output.json_dumps(
                        {"stack": pulumi.get_stack(), "region": here.region, "backups": dict(args.backups)}
                    )
                },
                handler="functions.recovery.backups.handle",
                grants={
                    "look": (
                        Statement(
                            sid="Backups",
                            actions=("rds:DescribeDBInstanceAutomatedBackups",),
                            resources=(f"{own}:auto-backup:*", f"{own}:db:*"),
                        ),
                        Statement(
                            sid="Tell",
                            actions=("cloudwatch:PutMetricData",),
                            resources=("*",),
                            conditions={"StringEquals": {"cloudwatch:namespace": namespace(METRICS)}},
                            wildcard_reason="CloudWatch knows no resource for it",
                        ),
                    )
                },
                physical_name=f"dataconnect-{pulumi.get_stack()}-backups",
            ),
            self.child(),
        )
        # By the clock of this region alone: nothing of it is switched.
        run_by_clock(
            function, replace(here, switched=False), EVERY_MINUTES, function.function, ready=function.ready, running=True
        )
        create_alarms(self, [_alarm(here.region)], here)
        self.register_outputs({})


def _alarm(region: str) -> Alarm:
    return Alarm(
        key="recovery-backups",
        description=f"What could be restored here is older than {MOST_AGE_SECONDS // 60} minutes, or nobody knows how old.",
        metric=Metric(namespace=namespace(METRICS), name=METRIC, dimensions={"Region": region}, statistic="Maximum"),
        comparison="GreaterThanThreshold",
        threshold=MOST_AGE_SECONDS,
        period=60 * EVERY_MINUTES,
        evaluation_periods=2,
        missing_data="breaching",
    )
