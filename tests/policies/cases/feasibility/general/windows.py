"""Cases of policies/feasibility/rules/general/windows.py."""

from typing import Any

from tests.policies.given.feasibility.rds import CLUSTER, RDS
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases


def windows(daily: Any, weekly: Any) -> dict[str, Any]:
    return {"backupWindow": daily, "maintenanceWindow": weekly}


CASES: dict[str, Cases] = {
    "backup-and-maintenance-windows": Cases(
        token=RDS,
        fails=[
            windows("03:00-04:00", "sun:03:30-sun:04:30"),
            windows("03:00-04:00", "mon:02:00-mon:03:30"),
            windows("23:30-00:30", "mon:00:00-mon:01:00"),
            windows("03:00-03:10", None),
            windows("3am-4am", None),
            windows(None, "sunday:04:00-05:00"),
            [
                Planned(
                    token=CLUSTER,
                    inputs={"preferredBackupWindow": "05:00-06:00", "preferredMaintenanceWindow": "wed:05:30-wed:06:30"},
                )
            ],
            [
                Planned(
                    token="aws:elasticache/replicationGroup:ReplicationGroup",
                    inputs={"snapshotWindow": "05:00-06:00", "maintenanceWindow": "sun:05:00-sun:07:00"},
                )
            ],
            [Planned(token="aws:elasticache/cluster:Cluster", inputs={"maintenanceWindow": "sun:05:00-sun:05:30"})],
        ],
        passes=[
            windows("03:00-04:00", "Sun:04:00-Sun:05:00"),
            windows("23:30-00:30", "mon:01:00-mon:02:00"),
            windows("03:00-04:00", None),
            {},
        ],
        unknown=[windows(UNKNOWN, "sun:04:00-sun:05:00"), windows("03:00-04:00", UNKNOWN)],
    ),
}
