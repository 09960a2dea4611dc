"""Copies of a database's automated backups in another region, to restore it there when it is gone."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import rds

from ..base.arn import expect_region
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Place
from . import database_checks


@dataclass(frozen=True, kw_only=True)
class AutomatedBackupsArgs:
    """Copies of automated backups: RDS copies snapshots and logs as soon as it has them. A region of an account takes those of
    20 databases (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatedBackups.Replicating.Enable.html).

    Attributes:
        here: Where the copies are.
        source_arn: The database.
        source_region: Its AWS region.
        key_arn: Customer managed key of the copies, and so of what is restored from them; of the same region as they.
        retention_days: Days to keep them, 1 to 35.
        given_once: Whether they stay those of the database whose they were first, whatever `source_arn` says by then: what was
            restored from them remains. False by default: another source begins copies of its own, and the old ones stay for
            as long as they were to be kept.

    Raises:
        InvalidArgumentError: on a source in the same region, or days out of bounds.
    """

    here: Place
    source_arn: pulumi.Input[str]
    source_region: str
    key_arn: pulumi.Input[str]
    retention_days: int
    given_once: bool = False

    def __post_init__(self) -> None:
        if self.source_region == self.here.region:
            expected = f"a region other than that of the copies, {self.here.region}"
            raise InvalidArgumentError(self, "source_region", self.source_region, expected)
        if expected := database_checks.backup_retention(self.retention_days):
            raise InvalidArgumentError(self, "retention_days", self.retention_days, expected)


class AutomatedBackups(Component):
    """The replication of a database's automated backups to a region.

    To create it asks both regions, and so does RDS to stop it: the provider waits for the source's region then
    (terraform-provider-aws, `internal/service/rds/instance_automated_backups_replication.go`). To be read it asks its own only,
    so that an `up` that leaves it alone needs nothing of a region that is lost.

    Outputs: `arn`, what a database is restored from.
    """

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: AutomatedBackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        replication = rds.InstanceAutomatedBackupsReplication(
            name,
            region=here.region,
            source_db_instance_arn=expect_region(args.source_arn, args.source_region, f"{name}: source_arn"),
            kms_key_id=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            retention_period=args.retention_days,
            opts=self.child(
                ignore_changes=["sourceDbInstanceArn", "retentionPeriod"] if args.given_once else None,
                # Every change replaces it, and of one source a region has one.
                delete_before_replace=True,
            ),
        )
        self.arn = replication.id
        self.register_outputs({"arn": self.arn})
