"""What to watch of a search domain; thresholds derive from its nodes and volumes."""

from typing import Final

import pulumi

from ..base.alarms import Alarm, Metric
from .search_spec import MASTERS, SearchSpec, shards_of_node

# AWS's own advice: docs.aws.amazon.com/opensearch-service/latest/developerguide/cloudwatch-alarms.html
FREE_PART: Final = 0.25
CPU_PERCENT: Final = 80
HEAP_PERCENT: Final = 95
# Before the last tenant fits.
FULL: Final = 0.9


def search_alarms(domain: pulumi.Input[str], account_id: str, spec: SearchSpec) -> tuple[Alarm, ...]:
    """The alarms of a domain."""

    def metric(name: str, statistic: str) -> Metric:
        dimensions = {"DomainName": domain, "ClientId": account_id}
        return Metric(namespace="AWS/ES", name=name, dimensions=dimensions, statistic=statistic)

    def counts(key: str, description: str, name: str, *, minutes: int = 1) -> Alarm:
        return Alarm(
            key=key,
            description=description,
            metric=metric(name, "Maximum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=minutes,
            missing_data="notBreaching",
        )

    free_mib = int(spec.volume_gib * 1024 * FREE_PART)
    shards = int(spec.nodes * shards_of_node(spec.node_type) * FULL)
    nodes = spec.nodes + (MASTERS if spec.master_type else 0)
    return (
        counts("search-red", "A shard of an index is on no node: its tenant's search answers in part.", "ClusterStatus.red"),
        counts(
            "search-yellow",
            "For 30 minutes a shard has been without its copy: the loss of one more node loses it.",
            "ClusterStatus.yellow",
            minutes=30,
        ),
        Alarm(
            key="search-free-storage",
            description=f"A data node has less than {FREE_PART:.0%} of its {spec.volume_gib} GiB free.",
            metric=metric("FreeStorageSpace", "Minimum"),
            comparison="LessThanThreshold",
            threshold=free_mib,
        ),
        counts(
            "search-writes-blocked",
            "The domain takes no writes: a node is out of storage or memory.",
            "ClusterIndexWritesBlocked",
        ),
        Alarm(
            key="search-memory",
            description=f"The heap of a node has been {HEAP_PERCENT} % full for 3 minutes: requests are about to be refused.",
            metric=metric("JVMMemoryPressure", "Maximum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=HEAP_PERCENT,
            evaluation_periods=3,
        ),
        Alarm(
            key="search-cpu",
            description=f"The data nodes have used more than {CPU_PERCENT} % of their CPU for 15 minutes, or report nothing.",
            metric=metric("CPUUtilization", "Average"),
            comparison="GreaterThanThreshold",
            threshold=CPU_PERCENT,
            evaluation_periods=15,
            tell_silence=True,
        ),
        *(
            (
                Alarm(
                    key="search-master",
                    description="A node has not reached the master for 5 minutes: the cluster may be without one.",
                    metric=metric("MasterReachableFromNode", "Minimum"),
                    comparison="LessThanThreshold",
                    threshold=1,
                    missing_data="notBreaching",
                ),
            )
            if spec.master_type
            else ()
        ),
        Alarm(
            key="search-nodes",
            description=f"The domain has had fewer than its {nodes} nodes for 15 minutes.",
            metric=metric("Nodes", "Minimum"),
            comparison="LessThanThreshold",
            threshold=nodes,
            evaluation_periods=15,
        ),
        counts(
            "search-key",
            "The domain cannot use its key: without it, nothing can be read again after a restart.",
            "KMSKeyInaccessible",
        ),
        counts("search-snapshot", "AWS's hourly snapshot of the domain failed.", "AutomatedSnapshotFailure"),
        Alarm(
            key="search-shards",
            description=f"The domain has {FULL:.0%} of the shards that its nodes bear: few more tenants fit.",
            metric=metric("Shards.active", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=shards,
            missing_data="notBreaching",
        ),
    )
