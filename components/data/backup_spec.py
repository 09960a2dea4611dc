"""When a region's databases and tables are backed up, and how long the recovery points are kept."""

from typing import Annotated, Final

from pydantic import Field

from ..base.problems import between, matching
from ..base.spec import Spec, Whole

# What the vault's lock lets pass: a week to notice a loss, and what AWS Backup keeps at the most.
KEPT_DAYS: Final = (7, 36_500)
# What a job may take to begin, AWS Backup's least; and how long a database's windows must then stay shut, or the job fails:
# docs.aws.amazon.com/aws-backup/latest/devguide/troubleshooting.html
START_WINDOW_MINUTES: Final = 60
QUIET_MINUTES: Final = START_WINDOW_MINUTES + 60


class BackupSpec(Spec):
    """Daily backups in a vault of their own."""

    starts_at: Annotated[str, matching(r"([01]\d|2[0-3]):[0-5]\d", "a time of day in UTC, hh:mm, e.g. 10:00")] = Field(
        default="10:00",
        description="time of day, UTC; no window of a database, for backups or maintenance, is open in the two hours after it, "
        "or AWS Backup fails; 10:00 by default",
    )
    retention_days: Annotated[Whole, between(*KEPT_DAYS, "days")] = Field(
        default=35, description="days that a recovery point is kept, 7 to 36500 (AWS Backup keeps no longer); 35 by default"
    )
