"""The schedule of a stack: when it is awake, and what sleeps of it."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.data.global_table import GlobalTable
from components.operate.recovery_table import RecoveryTable
from components.operate.schedule import Schedule, ScheduleArgs
from settings import PrimarySettings
from settings.schedule import TABLE, windows_of
from stacks.parts.functions import source_of
from stacks.parts.region import Region

SLACK_MINUTES: Final = 60
"""What waking takes at the most, and sleeping besides the longest job, which is waited for."""


def declare_schedule(settings: PrimarySettings, region: Region, tables: Mapping[str, GlobalTable]) -> Schedule | None:
    """Declare the schedule of what has been declared in the region; None where it never sleeps."""
    spec = settings.schedule
    if spec is None:
        return None
    table = tables[TABLE]
    longest = max((job.timeout_minutes for job in settings.jobs.values()), default=0)
    return Schedule(
        "schedule",
        ScheduleArgs(
            here=region.here,
            spec=spec,
            # The other stack's database has them, whatever sleeps here.
            windows=() if settings.on_demand else tuple(windows_of(spec, settings.database)),
            environment=settings.environment,
            table=RecoveryTable(name=table.table_name, arn=table.arn, key_arn=region.keys["tables"], region=region.here.region),
            late_minutes=SLACK_MINUTES + longest,
            source=source_of("functions.sleep.handler"),
        ),
    )


def outputs_of_schedule(schedule: Schedule | None) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect schedule` reads of a stack."""
    if schedule is None:
        return {}
    return {"schedule": {"function": schedule.function, "timezone": schedule.args.spec.timezone}}
