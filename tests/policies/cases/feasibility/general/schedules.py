"""Cases of policies/feasibility/rules/general/schedules.py."""

from typing import Any

from tests.policies.given.feasibility.formats import one
from tests.policies.given.feasibility.rds import CLUSTER, RDS
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

SCHEDULE = "aws:scheduler/schedule:Schedule"
ASG_SCHEDULE = "aws:autoscaling/schedule:Schedule"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"


def backup(expression: object) -> list[Planned]:
    return one("aws:backup/plan:Plan", rules=[{"ruleName": "daily", "schedule": expression}])


def windows(daily: Any, weekly: Any) -> dict[str, Any]:
    return {"backupWindow": daily, "maintenanceWindow": weekly}


CASES: dict[str, Cases] = {
    "schedule-expression": Cases(
        token="aws:cloudwatch/eventRule:EventRule",
        fails=[
            {"scheduleExpression": "cron(60 1 * * ? *)"},
            {"scheduleExpression": "cron(0 1 0 * ? *)"},
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(61 minutes)"}),
            *({"scheduleExpression": when} for when in ("0 12 * * *", "cron(0 12 * * *)", "cron(0 12 * * * *)")),
            *({"scheduleExpression": when} for when in ("cron(0 12 ? * ? *)", "cron(0 25 * * ? *)", "cron(61 1 * * ? *)")),
            *({"scheduleExpression": when} for when in ("cron(0 1 * * MONDAY *)", "rate(1 minutes)", "rate(5 minute)")),
            *({"scheduleExpression": when} for when in ("rate(0 minutes)", "rate(30 seconds)", "at(2026-01-01T00:00:00)")),
            one(SCHEDULE, scheduleExpression="at(2026-01-01 00:00:00)"),
            one(SCHEDULE, scheduleExpression="at(2026-01-01T00:00:00Z)"),
            one(SCHEDULE, scheduleExpression="every day"),
            backup("0 5 * * ? *"),
            backup("rate(1 day)"),
            one(ASG_SCHEDULE, recurrence="cron(0 8 * * ? *)"),
            one(ASG_SCHEDULE, recurrence="0 8 * * MON-FRI *"),
            one(ASG_SCHEDULE, recurrence="0 24 * * *"),
            one(ACTION, schedule="0 8 * * *"),
            one("aws:glue/trigger:Trigger", schedule="0 2 * * ? *"),
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(2 hours)"}),
        ],
        passes=[
            {"scheduleExpression": "cron(59 23 31 12 ? 2199)"},
            {"scheduleExpression": "cron(0 0 1 1 ? 1970)"},
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(60 minutes)"}),
            {},
            {"scheduleExpression": "cron(0 12 * * ? *)"},
            {"scheduleExpression": "cron(0/15 8-17 ? * MON-FRI *)"},
            {"scheduleExpression": "cron(0 9 ? * 2#1 *)"},
            {"scheduleExpression": "cron(0 0 L * ? 2026-2030)"},
            {"scheduleExpression": "cron(15 10 1,15 jan,jul ? *)"},
            {"scheduleExpression": "rate(1 minute)"},
            {"scheduleExpression": "rate(7 days)"},
            one(SCHEDULE, scheduleExpression="at(2026-01-01T00:00:00)"),
            backup("cron(0 5 ? * * *)"),
            one(ASG_SCHEDULE, recurrence="30 8 * * MON-FRI"),
            one(ACTION, schedule="cron(0 8 ? * MON-FRI *)"),
            one(ACTION, schedule="at(2026-01-01T00:00:00)"),
            one("aws:ssm/maintenanceWindow:MaintenanceWindow", schedule="cron(0 16 ? * TUE *)"),
            one("aws:ssm/maintenanceWindow:MaintenanceWindow", schedule="cron(0 0 16 ? * TUE *)"),
            one("aws:synthetics/canary:Canary", schedule={"expression": "rate(0 minute)"}),
        ],
        unknown=[{"scheduleExpression": UNKNOWN}, backup(UNKNOWN)],
    ),
    "time-form": Cases(
        token=ASG_SCHEDULE,
        fails=[
            {"startTime": "2026-12-01 18:00"},
            {"startTime": "2026-12-01T18:00:00+01:00"},
            {"timeZone": "UTC+2"},
            one(SCHEDULE, scheduleExpressionTimezone="CEST+1"),
            one("aws:budgets/budget:Budget", timePeriodStart="2026-01-01"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="8h"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT24H"),
            one("aws:redshift/cluster:Cluster", preferredMaintenanceWindow="sunday 05:00-06:00"),
            one("aws:fsx/windowsFileSystem:WindowsFileSystem", weeklyMaintenanceStartTime="mon:05:00"),
        ],
        passes=[
            {},
            {"startTime": "2026-12-01T18:00:00Z", "timeZone": "Europe/Zurich"},
            one(SCHEDULE, scheduleExpressionTimezone="America/Argentina/Buenos_Aires"),
            one(SCHEDULE, scheduleExpressionTimezone="Etc/GMT+1"),
            one("aws:budgets/budget:Budget", timePeriodStart="2026-01-01_00:00"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT8H"),
            one("aws:ssoadmin/permissionSet:PermissionSet", sessionDuration="PT1H30M"),
            one("aws:redshift/cluster:Cluster", preferredMaintenanceWindow="sun:05:00-sun:06:00"),
        ],
        unknown=[{"startTime": UNKNOWN}],
    ),
    "backup-and-maintenance-windows": Cases(
        token=RDS,
        fails=[
            *(windows(daily, None) for daily in ("03:00-03:29", "03:00-03:10", "3am-4am")),
            windows("03:00-04:00", "sun:03:30-sun:04:30"),
            windows("03:00-04:00", "mon:02:00-mon:03:30"),
            windows("23:30-00:30", "mon:00:00-mon:01:00"),
            windows(None, "sunday:04:00-05:00"),
            one(CLUSTER, preferredBackupWindow="05:00-06:00", preferredMaintenanceWindow="wed:05:30-wed:06:30"),
            one(
                "aws:elasticache/replicationGroup:ReplicationGroup",
                snapshotWindow="05:00-06:00",
                maintenanceWindow="sun:05:00-sun:07:00",
            ),
            one("aws:elasticache/cluster:Cluster", maintenanceWindow="sun:05:00-sun:05:30"),
        ],
        passes=[
            windows("03:00-03:30", None),
            windows("04:00-05:00", "sun:03:00-sun:04:00"),
            windows("03:00-04:00", "Sun:04:00-Sun:05:00"),
            windows("23:30-00:30", "mon:01:00-mon:02:00"),
            windows("03:00-04:00", None),
            {},
        ],
        unknown=[windows(UNKNOWN, "sun:04:00-sun:05:00"), windows("03:00-04:00", UNKNOWN)],
    ),
}
