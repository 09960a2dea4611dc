"""A recovery region without a pilot light: what its database is restored from, and how old that is."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.base.errors import ComponentError
from components.data.automated_backups import AutomatedBackups, AutomatedBackupsArgs
from components.operate.backup_watch import BackupWatch, BackupWatchArgs
from settings import RecoverySettings
from settings.roles import Warmth
from stacks.outputs import StackOutputs
from stacks.parts.databases import SHARED
from stacks.parts.functions import source_of
from stacks.parts.region import Ground

BACKUPS: Final = f"{SHARED}-backups"


def declare_backups(settings: RecoverySettings, region: Ground, primary: StackOutputs) -> AutomatedBackups:
    """Declare copies of the primary's automated backups.

    Where a database was restored from them they stay as they were: by then the primary's may be another, or a replica itself.
    """
    return AutomatedBackups(
        BACKUPS,
        AutomatedBackupsArgs(
            here=region.here,
            source_arn=primary.text("databaseArn"),
            source_region=settings.primary_region,
            key_arn=region.keys["database"],
            retention_days=settings.database.backup_retention_days,
            given_once=settings.warmth == "restored",
        ),
    )


def confirm_warmth(warmth: Warmth, own: StackOutputs) -> pulumi.Output[Warmth]:
    """The warmth, once the stack's last outputs are known.

    Raises:
        ComponentError: in the output, when it is to be restored beside a database that is there and follows the primary's.
    """
    return own.all().apply(lambda outputs: _confirmed(warmth, outputs))


def _confirmed(warmth: Warmth, outputs: Mapping[str, Any]) -> Warmth:
    if warmth == "restored" and "databaseArn" in outputs and outputs.get("warmth") != "restored":
        raise ComponentError(
            "dataconnect:warmth is restored, and this stack was deployed warm, with a replica of the primary's database; "
            "expected warm, and a failover without --cold: backups are restored where there is no database"
        )
    return warmth


def watch_backups(region: Ground, backups: AutomatedBackups) -> None:
    """Declare what tells how old the newest moment of the copies is."""
    source = source_of("functions.recovery.backups")
    BackupWatch("backup-watch", BackupWatchArgs(here=region.here, source=source, backups={SHARED: backups.arn}))


def outputs_of_cold(
    settings: RecoverySettings, backups: AutomatedBackups, table_name: pulumi.Input[str] | None
) -> dict[str, pulumi.Input[Any]]:
    """What `dataconnect recovery failover --cold` reads; `table_name` is the table `recovery`."""
    return {
        "cold": {
            "region": settings.region,
            "account": settings.account_id,
            "primaryRegion": settings.primary_region,
            "table": table_name,
            "backups": {SHARED: backups.arn},
        }
    }
