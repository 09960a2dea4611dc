"""The schedule of a stack: when it is awake, and what sleeps of it."""

from typing import Any, Final

import pulumi

from components.operate.schedule import Schedule, ScheduleArgs
from components.operate.schedule_tables import SharedDatabase
from settings import PrimarySettings
from settings.schedule import windows_of
from stacks.outputs import StackOutputs
from stacks.parts.functions import source_of
from stacks.parts.region import Region

SLACK_MINUTES: Final = 60
"""What waking takes at the most, and sleeping besides the longest job, which is waited for."""


def declare_schedule(settings: PrimarySettings, region: Region, shares: SharedDatabase | None = None) -> Schedule | None:
    """Declare the schedule of what has been declared in the region; None where it never sleeps.

    `shares` is the database of another stack, where this one has none of its own (`shared_by`).
    """
    spec = settings.schedule
    if spec is None:
        return None
    longest = max((job.timeout_minutes for job in settings.jobs.values()), default=0)
    return Schedule(
        "schedule",
        ScheduleArgs(
            here=region.here,
            spec=spec,
            windows=() if shares else tuple(windows_of(spec, settings.database)),
            environment=settings.environment,
            key_arn=region.keys["tables"],
            late_minutes=SLACK_MINUTES + longest,
            source=source_of("functions.sleep.handler"),
            shares=shares,
        ),
    )


def shared_by(stack: StackOutputs) -> SharedDatabase:
    """The database that another stack of this account and region lends: what its schedule needs to know, to keep it awake."""

    def told(name: str) -> pulumi.Output[str]:
        return stack.text("schedule", "lends", name)

    return SharedDatabase(
        leases=told("leases"), leases_arn=told("leasesArn"), key_arn=told("keyArn"), database=told("database")
    )


def outputs_of_schedule(schedule: Schedule | None) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect schedule` reads of a stack, and the schedules of those that share its database (`shared_by`)."""
    if schedule is None:
        return {}
    told: dict[str, pulumi.Input[Any]] = {"function": schedule.function, "timezone": schedule.args.spec.timezone}
    if lends := schedule.lends:
        told["lends"] = {
            "leases": lends.leases,
            "leasesArn": lends.leases_arn,
            "keyArn": lends.key_arn,
            "database": lends.database,
        }
    return {"schedule": told}
