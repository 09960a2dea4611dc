"""What to watch of an RDS PostgreSQL instance; thresholds derive from its class and storage."""

from typing import Final, Literal

import pulumi
from pulumi_aws import rds

from ..base import limits
from ..base.alarms import Alarm, Metric
from ..base.component import Component, tags
from ..base.event_alarm import tell_event
from ..base.here import Here
from .postgres_parameters import max_connections

GIB: Final = 1024**3
LATENCY_OBJECTIVE_SECONDS: Final = 0.02  # gp3 promises single-digit milliseconds
# Autovacuum starts to freeze at 2e8; PostgreSQL stops writing 3e6 short of 2^31 (PostgreSQL manual, "Routine Vacuuming").
MAX_USED_TRANSACTION_IDS: Final = 1_000_000_000

# Categories of RDS's events (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html): what is urgent; what is
# planned or of our own doing. Where a message has no category, functions/notify/database.py goes by the events' ids.
URGENT: Final = ("failover", "failure", "low storage", "read replica", "recovery")
PLANNED: Final = ("configuration change", "maintenance")
# Of `availability`: the storage is full, the key cannot be used. Shutdown and restart (0004, 0006) are left out: maintenance
# and each night of a database that sleeps have them; where nobody planned them, events of other categories come, too.
URGENT_IDS: Final = ("RDS-EVENT-0221", "RDS-EVENT-0419")


def postgres_alarms(identifier: pulumi.Input[str], *, instance_class: str, storage_gib: int) -> list[Alarm]:
    """The alarms of every instance, replica or not."""
    size = limits.DB_INSTANCE_CLASSES[instance_class]
    connections = max_connections(instance_class)

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = {"DBInstanceIdentifier": identifier}
        return Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)

    return [
        Alarm(
            key="database-cpu",
            description="The database has used more than 90 % of its CPU for 5 minutes, or reports nothing.",
            metric=metric("CPUUtilization"),
            comparison="GreaterThanThreshold",
            threshold=90,
            tell_silence=True,
        ),
        Alarm(
            key="database-free-storage",
            description=f"Less than 10 % of {storage_gib} GiB is free: storage autoscaling does not keep up.",
            metric=metric("FreeStorageSpace", "Minimum"),
            comparison="LessThanThreshold",
            threshold=storage_gib * GIB // 10,
        ),
        Alarm(
            key="database-freeable-memory",
            description=f"Less than 10 % of {size.memory_gib} GiB of memory has been free for 15 minutes.",
            metric=metric("FreeableMemory"),
            comparison="LessThanThreshold",
            threshold=size.memory_gib * GIB // 10,
            evaluation_periods=15,
        ),
        Alarm(
            key="database-connections",
            description=f"More than 80 % of the {connections} connections are in use.",
            metric=metric("DatabaseConnections", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=connections * 8 // 10,
        ),
        *(
            Alarm(
                key="database-latency",
                label=kind.lower(),
                description=f"One {kind.lower()} in ten takes more than {LATENCY_OBJECTIVE_SECONDS * 1000:g} ms of disk time.",
                metric=metric(f"{kind}Latency", "p90"),
                comparison="GreaterThanThreshold",
                threshold=LATENCY_OBJECTIVE_SECONDS,
            )
            for kind in ("Read", "Write")
        ),
        Alarm(
            key="database-load",
            description=f"More sessions than the {size.vcpu} vCPUs have been active for 15 minutes.",
            metric=metric("DBLoad"),
            comparison="GreaterThanThreshold",
            threshold=size.vcpu,
            evaluation_periods=15,
            # Reported only while there is load.
            missing_data="notBreaching",
        ),
        *(
            Alarm(
                key="database-ebs-balance",
                label=kind.lower(),
                description=f"Less than 10 % of the EBS burst credit ({kind}) is left: the disk is about to slow down.",
                metric=metric(f"EBS{kind}Balance%", "Minimum"),
                comparison="LessThanThreshold",
                threshold=10,
                evaluation_periods=3,
                # Only classes that burst report it.
                missing_data="notBreaching",
            )
            for kind in ("Byte", "IO")
        ),
        Alarm(
            key="database-transaction-ids",
            description="Half of the transaction ids are used up: vacuum does not keep up, and writes stop when they run out.",
            metric=metric("MaximumUsedTransactionIDs", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=MAX_USED_TRANSACTION_IDS,
        ),
    ]


def replica_lag_alarm(identifier: pulumi.Input[str], *, max_lag_seconds: int) -> Alarm:
    """How far a replica is behind its source. A lag that nobody reports any more is unknown, not zero.

    One that was never reported is of a replica that has just been made; that it follows at all, recovery's heartbeat tells.
    """
    return Alarm(
        key="database-replica-lag",
        description=f"The replica is over {max_lag_seconds} s behind, or says nothing: a failover would lose that much.",
        metric=Metric(
            namespace="AWS/RDS", name="ReplicaLag", dimensions={"DBInstanceIdentifier": identifier}, statistic="Maximum"
        ),
        comparison="GreaterThanThreshold",
        threshold=max_lag_seconds,
        tell_silence=True,
    )


Subscribed = Literal["own", "all", "none"]
"""Whose events RDS's own subscriptions tell: this database's, those of all in the region, or there are none. A region has 20:
docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html"""


def subscribe_to_events(
    owner: Component, *, here: Here, identifier: pulumi.Input[str], parameter_group: pulumi.Input[str], subscribed: Subscribed
) -> None:
    """Tell `here.alarms` what RDS itself reports of the instance and of its parameter group.

    RDS's own subscriptions, which the benchmarks ask for, and two rules, by urgency: a region has 20 of the former. What comes
    by both the notifier tells once (functions/notify/database.py).
    """
    for key, events in (
        ("database-event", {"$or": [{"EventCategories": [*URGENT]}, {"EventID": [*URGENT_IDS]}]}),
        ("database-maintenance", {"EventCategories": [*PLANNED]}),
    ):
        tell_event(
            owner,
            key,
            here=here,
            description=f"What RDS reports of {owner.name}",
            pattern={
                "source": ["aws.rds"],
                "detail-type": ["RDS DB Instance Event"],
                "detail": {"SourceIdentifier": [identifier], **events},
            },
            paths={"database": "$.detail.SourceIdentifier", "category": "$.detail.EventCategories[0]"},
            sentence="<database>: <category>",
            said="$.detail.Message",
        )
    if subscribed == "none":
        return
    for kind, source, categories in (
        ("db-instance", identifier, (*URGENT, *PLANNED)),
        ("db-parameter-group", parameter_group, ("configuration change",)),
    ):
        name = f"{owner.name}-{kind.removeprefix('db-')}-events"
        rds.EventSubscription(
            name,
            region=here.region,
            sns_topic=here.alarms.topic_arn,
            source_type=kind,
            source_ids=[source] if subscribed == "own" else None,
            event_categories=list(categories),
            tags=tags(name),
            opts=owner.child(),
        )
