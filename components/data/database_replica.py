"""The replica of a PostgreSQL database in another region, ready to be promoted."""

from dataclasses import dataclass

import pulumi

from ..base import checks
from ..base.arn import expect_region
from ..base.errors import InvalidArgumentError
from ..base.limits import DB_INSTANCE_CLASSES
from .database_spec import ReplicaSpec
from .postgres import PostgresArgs, PostgresInstance
from .postgres_alarms import replica_lag_alarm


@dataclass(frozen=True, kw_only=True)
class DatabaseReplicaArgs(PostgresArgs):
    """A replica, besides what `PostgresArgs` says. It takes over the source's data, users and storage.

    Attributes:
        spec: What it is to be.
        source_arn: The database it replicates: its ARN, for RDS looks an identifier up in the replica's own region.
        source_region: AWS region of the source.
        source_instance_class: RDS class of the source. The replica's must have as much memory and as many vCPUs, or PostgreSQL
            refuses to replay (`max_connections`, `max_worker_processes`): upgrade the replica first, shrink the source first.
        credentials_arn: The secret of the master user's credentials, or its replica, in the replica's own region.
        database_name: `name` of the source's spec: the database that comes with the data.
        promoted: Make it a database of its own, for good: with true it no longer declares its source. Never set back to false
            (RDS: "cannot elect new source database for replication"); to replicate again, create a replica under a new name.
        max_lag_seconds: Lag that raises an alarm, 1 to 86,400; 300 by default. An idle source lets it rise to 300 s by itself:
            RDS ships a log segment every five minutes.

    Raises:
        InvalidArgumentError: on a source in the same region, a class too small for the source's, a promotion taken back, or a
            lag out of bounds.
    """

    spec: ReplicaSpec
    source_arn: pulumi.Input[str]
    source_region: str
    source_instance_class: pulumi.Input[str]
    credentials_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]
    promoted: bool
    max_lag_seconds: int = 300

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.source_region == self.here.region:
            expected = f"a region other than the replica's own, {self.here.region}"
            raise InvalidArgumentError(self, "source_region", self.source_region, expected)
        if isinstance(self.source_instance_class, str):
            self.expect_no_smaller_than(self.source_instance_class)
        if self.spec.promoted and not self.promoted:
            raise InvalidArgumentError(self, "promoted", self.promoted, "true, as in spec.promoted: no promotion is taken back")
        if expected := checks.between(self.max_lag_seconds, 1, 86_400, "seconds"):
            raise InvalidArgumentError(self, "max_lag_seconds", self.max_lag_seconds, expected)

    def expect_no_smaller_than(self, source: str) -> None:
        """Refuse a class that could not replay what an instance of the class `source` writes.

        Raises:
            InvalidArgumentError: when `source` is unknown, or has more memory or vCPUs than this replica.
        """
        if source not in DB_INSTANCE_CLASSES:
            raise InvalidArgumentError(self, "source_instance_class", source, "an RDS class such as db.r7g.large")
        instance_class = self.spec.instance_class
        own, needed = DB_INSTANCE_CLASSES[instance_class], DB_INSTANCE_CLASSES[source]
        if own.memory_gib < needed.memory_gib or own.vcpu < needed.vcpu:
            expected = f"at least {needed.memory_gib} GiB and {needed.vcpu} vCPUs, as the source's {source}"
            raise InvalidArgumentError(self.spec, "instance_class", instance_class, expected)


class DatabaseReplica(PostgresInstance):
    """A replica with a key, network, parameters, logs, backups and standby of its own: it needs nothing of the source's region
    but the data, and nothing at all once it is promoted.

    Outputs: those of `PostgresInstance`. The address stays the same through a promotion, the credentials are the source's.
    """

    def __init__(self, name: str, args: DatabaseReplicaArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)
        self.credentials_arn = expect_region(args.credentials_arn, args.here.region, f"{name}: credentials_arn")
        self.database_name = args.database_name
        # RDS takes no final snapshot of a replica. Neither engine nor user is declared, promoted or not: RDS refuses them for a
        # replica, and without them a promotion of what never existed fails instead of creating an empty database.
        settings = self._settings(final_snapshot=args.promoted)
        if args.promoted:
            self._create(settings)
            self._watch("lost", "everything since the promotion: no other region follows it, and backups stay in their region")
            return
        settings.replicate_source_db = expect_region(args.source_arn, args.source_region, f"{name}: source_arn")
        settings.instance_class = pulumi.Output.from_input(args.source_instance_class).apply(
            lambda source: _checked(args, source)
        )
        # A snapshot of the source crosses regions first, which can take hours.
        self._create(settings, create_within="6h")
        lag = replica_lag_alarm(self.identifier, max_lag_seconds=args.max_lag_seconds)
        self._watch("replicated", "nothing: its source has everything", [lag], backed_up=False)


def _checked(args: DatabaseReplicaArgs, source: str) -> str:
    args.expect_no_smaller_than(source)
    return args.spec.instance_class
