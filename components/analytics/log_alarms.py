"""What to watch of a log domain; a domain that is ill loses nothing, for copies and queue hold what it does not take."""

from typing import Final

import pulumi

from ..base.alarms import Alarm, Metric, any_of
from ..base.telemetry import namespace
from .logs_spec import LogSearchSpec

FREE_PART: Final = 0.2
HEAP_PERCENT: Final = 95
QUARANTINED: Final = 100
"""In five minutes: single events are looked at once a day, a service that logs in another form soon."""


def alarms_of_logs(name: str, domain: pulumi.Input[str], account_id: str, spec: LogSearchSpec) -> tuple[Alarm, ...]:
    """docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html."""

    def metric(of: str, statistic: str) -> Metric:
        dimensions = {"DomainName": domain, "ClientId": account_id}
        return Metric(namespace="AWS/ES", name=of, dimensions=dimensions, statistic=statistic)

    return (
        any_of(
            "logs-domain",
            "The log domain misses a shard, takes no writes, has no snapshot, or cannot use its key; copies wait in the queue.",
            {
                "red": metric("ClusterStatus.red", "Maximum"),
                "blocked": metric("ClusterIndexWritesBlocked", "Maximum"),
                "snapshot": metric("AutomatedSnapshotFailure", "Maximum"),
                "key": metric("KMSKeyInaccessible", "Maximum"),
            },
        ),
        Alarm(
            key="logs-storage",
            description=f"A data node of the log domain has less than {FREE_PART:.0%} of its {spec.volume_gib} GiB free.",
            metric=metric("FreeStorageSpace", "Minimum"),
            comparison="LessThanThreshold",
            threshold=int(spec.volume_gib * 1024 * FREE_PART),
        ),
        Alarm(
            key="logs-memory",
            description=f"The heap of a log domain's node has been {HEAP_PERCENT} % full for 3 minutes, or tells nothing.",
            metric=metric("JVMMemoryPressure", "Maximum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=HEAP_PERCENT,
            evaluation_periods=3,
            tell_silence=True,
        ),
        Alarm(
            key="logs-quarantined",
            description=f"More than {QUARANTINED} events in five minutes were of a form that no index takes.",
            metric=Metric(namespace=namespace(), name=f"{name}-quarantined", dimensions={}, statistic="Sum"),
            comparison="GreaterThanThreshold",
            threshold=QUARANTINED,
            period=300,
            evaluation_periods=1,
            missing_data="notBreaching",
        ),
    )
