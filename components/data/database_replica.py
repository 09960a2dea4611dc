"""The replica of a PostgreSQL database in another region, ready to be promoted; or what was restored there in its place."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import rds

from ..base import checks
from ..base.arn import expect_region
from ..base.errors import InvalidArgumentError
from ..base.limits import DB_INSTANCE_CLASSES
from .database_spec import PostgresSpec
from .postgres import KEPT, PostgresArgs, PostgresInstance
from .postgres_alarms import replica_lag_alarm

UNFOLLOWED: Final = "everything since the promotion, until the other region has a replica of it; backups stay in their region"


@dataclass(frozen=True, kw_only=True)
class ReplicaSource:
    """What a replica follows.

    Attributes:
        arn: The database: its ARN, for RDS looks an identifier up in the replica's own region.
        region: Its AWS region.
        instance_class: Its RDS class. The replica's must have as much memory and as many vCPUs, or PostgreSQL refuses to replay
            (`max_connections`, `max_worker_processes`): upgrade the replica first, shrink the source first.
    """

    arn: pulumi.Input[str]
    region: str
    instance_class: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DatabaseReplicaArgs(PostgresArgs):
    """A replica, besides what `PostgresArgs` says. It takes over the source's data, users and storage.

    Attributes:
        spec: What it is to be.
        source: What it follows; None once it was promoted, which is recovery's act (docs/decisions/database-replica.md). One
            that follows nobody is backed up, and leaves a final snapshot where deleted things are kept.
        restored_from: ARN of copies of a database's automated backups (`AutomatedBackups`), None by default: RDS makes it of
            their last moment, and it follows nobody. It counts then, and never again.
        credentials_arn: The secret of the master user's credentials, or its replica, in the replica's own region.
        database_name: `name` of the source's spec: the database that comes with the data.
        max_lag_seconds: Lag that raises an alarm, 1 to 86,400; 300 by default. An idle source lets it rise to 300 s by itself:
            RDS ships a log segment every five minutes.

    Raises:
        InvalidArgumentError: on a source in the same region, a class too small for the source's, a source beside backups, or a
            lag out of bounds.
    """

    spec: PostgresSpec
    source: ReplicaSource | None
    credentials_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]
    restored_from: pulumi.Input[str] | None = None
    max_lag_seconds: int = 300

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.source and self.source.region == self.here.region:
            expected = f"a region other than the replica's own, {self.here.region}"
            raise InvalidArgumentError(self, "source.region", self.source.region, expected)
        if self.source and self.restored_from is not None:
            raise InvalidArgumentError(self, "restored_from", self.restored_from, "None for one that follows a source")
        if self.source and isinstance(self.source.instance_class, str):
            self.expect_no_smaller_than(self.source.instance_class)
        if expected := checks.between(self.max_lag_seconds, 1, 86_400, "seconds"):
            raise InvalidArgumentError(self, "max_lag_seconds", self.max_lag_seconds, expected)

    def expect_no_smaller_than(self, source: str) -> None:
        """Refuse a class that could not replay what an instance of the class `source` writes.

        Raises:
            InvalidArgumentError: when `source` is unknown, or has more memory or vCPUs than this replica.
        """
        if source not in DB_INSTANCE_CLASSES:
            raise InvalidArgumentError(self, "source.instance_class", source, "an RDS class such as db.r7g.large")
        instance_class = self.spec.instance_class
        own, needed = DB_INSTANCE_CLASSES[instance_class], DB_INSTANCE_CLASSES[source]
        if own.memory_gib < needed.memory_gib or own.vcpu < needed.vcpu:
            expected = f"at least {needed.memory_gib} GiB and {needed.vcpu} vCPUs, as the source's {source}"
            raise InvalidArgumentError(self.spec, "instance_class", instance_class, expected)


class DatabaseReplica(PostgresInstance):
    """A replica with a key, network, parameters, logs, backups and standby of its own: it needs nothing of the source's region
    but the data, and nothing at all once it is promoted.

    The source, or the backups, are given when RDS creates it, and never again: whoever promotes it leaves the program nothing
    to change.

    Outputs: those of `PostgresInstance`. The address stays the same through a promotion, the credentials are the source's.
    """

    def __init__(self, name: str, args: DatabaseReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
        self.credentials_arn = expect_region(args.credentials_arn, args.here.region, f"{name}: credentials_arn")
        self.database_name = args.database_name
        # RDS takes no final snapshot of a replica. Neither engine nor user is declared, promoted or not: RDS refuses them for a
        # replica, and without them the creation of one that follows nobody fails instead of making an empty database.
        settings = self._settings(final_snapshot=args.source is None, recovery="replicated" if args.source else "lost")
        if args.source:
            settings.replicate_source_db = expect_region(args.source.arn, args.source.region, f"{name}: source.arn")
            settings.instance_class = pulumi.Output.from_input(args.source.instance_class).apply(
                lambda source: _checked(args, source)
            )
        if args.restored_from is not None:
            settings.restore_to_point_in_time = rds.InstanceRestoreToPointInTimeArgs(
                source_db_instance_automated_backups_arn=args.restored_from, use_latest_restorable_time=True
            )
        # A snapshot of the source crosses regions first, which can take hours.
        self._create(settings, create_within="6h", given_once=["replicateSourceDb", "restoreToPointInTime"])
        if args.source is None:
            self._watch(UNFOLLOWED if args.switch else KEPT)
            return
        lag = replica_lag_alarm(self.identifier, max_lag_seconds=args.max_lag_seconds)
        self._watch("nothing: its source has everything", [lag], backed_up=False)


def _checked(args: DatabaseReplicaArgs, source: str) -> str:
    args.expect_no_smaller_than(source)
    return args.spec.instance_class
