"""Who hears that the janitor of environments on demand does not run, or cannot mend something."""

from dataclasses import dataclass
from typing import Final

import pulumi

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.component import Component
from ..base.here import Here
from ..base.telemetry import namespace

METRICS: Final = "Environments"
"""The part of the stack's namespace; operations/environments/janitor.py, which a clock outside of AWS runs, has the same."""
SILENT_HOURS: Final = 3


@dataclass(frozen=True, kw_only=True)
class JanitorWatchArgs:
    """The watch.

    Attributes:
        here: The region of the stack that environments stand beside.
    """

    here: Here


class JanitorWatch(Component):
    """Two alarms on what the janitor tells of its runs. No outputs."""

    def __init__(self, name: str, args: JanitorWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        create_alarms(self, _alarms(pulumi.get_stack()), args.here)
        self.register_outputs({})


def _alarms(stack: str) -> list[Alarm]:
    def metric(name: str, statistic: str) -> Metric:
        return Metric(namespace=namespace(METRICS), name=name, dimensions={"Stack": stack}, statistic=statistic)

    return [
        Alarm(
            key="environment-janitor",
            description=f"The janitor of environments has not run for {SILENT_HOURS} hours: what expires stays.",
            metric=metric("JanitorRuns", "Sum"),
            comparison="LessThanThreshold",
            threshold=1,
            period=3600,
            evaluation_periods=SILENT_HOURS,
            # A stack whose clock is not set up yet wakes nobody; one that stops is told.
            tell_silence=True,
        ),
        Alarm(
            key="environment-unmended",
            description="The janitor of environments cannot mend something: it costs money, or its range is not given back.",
            metric=metric("Unmended", "Minimum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            period=3600,
            # Twice in a row: a lock is waited for, a database that sleeps wakes.
            evaluation_periods=2,
            # That it does not run is told by the other one.
            missing_data="ignore",
        ),
    ]
