"""What to watch of the cache; thresholds derive from its node type."""

from collections.abc import Sequence
from typing import Final

from ..base.alarms import Alarm, Metric

# docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html: of 65,000, which no parameter changes
MAX_CONNECTIONS: Final = 65_000
# The same page: a few tens of megabytes are swapped by a node that is well.
SWAP_BYTES: Final = 300 * 1024 * 1024
MAX_LAG_SECONDS: Final = 1


def cache_alarms(nodes: Sequence[str]) -> list[Alarm]:
    """The alarms of a cache with these nodes, by their ids; each speaks of the worst of them."""

    def of_nodes(name: str, statistic: str) -> dict[str, Metric]:
        return {
            f"node{number}": Metric(
                namespace="AWS/ElastiCache", name=name, dimensions={"CacheClusterId": node}, statistic=statistic
            )
            for number, node in enumerate(nodes, start=1)
        }

    def worst(
        key: str,
        description: str,
        name: str,
        threshold: float,
        *,
        statistic: str = "Maximum",
        periods: int = 5,
        label: str | None = None,
    ) -> Alarm:
        found = of_nodes(name, statistic)
        single = found["node1"] if len(found) == 1 else None
        return Alarm(
            key=key,
            label=label,
            description=description,
            metric=single or found,
            # Of one series it would make a single number, which no alarm takes.
            expression=None if single else f"MAX([{', '.join(found)}])",
            comparison="GreaterThanThreshold",
            threshold=threshold,
            evaluation_periods=periods,
        )

    alarms = [
        worst(
            "cache-cpu",
            "A node has used more than 90 % of the one CPU that runs commands for 5 minutes.",
            "EngineCPUUtilization",
            90,
            statistic="Average",
        ),
        worst(
            "cache-memory",
            "More than 80 % of a node's memory is in use: at 100 % every write is refused, for no key is evicted.",
            "DatabaseMemoryUsagePercentage",
            80,
        ),
        worst(
            "cache-evictions",
            "The cache drops keys to make room, which its parameters forbid: what is counted there is not right any more.",
            "Evictions",
            0,
            statistic="Sum",
            periods=1,
        ),
        worst(
            "cache-connections",
            f"More than 80 % of the {MAX_CONNECTIONS} connections that a node takes are open.",
            "CurrConnections",
            MAX_CONNECTIONS * 8 // 10,
        ),
        worst("cache-swap", "A node swaps for 5 minutes: its memory does not hold what it keeps.", "SwapUsage", SWAP_BYTES),
        worst(
            "cache-logins",
            "Somebody has tried to log in with a wrong user or password.",
            "AuthenticationFailures",
            0,
            statistic="Sum",
            periods=1,
        ),
        *(
            worst(
                "cache-refused",
                f"A service has tried {what} that its access string does not have.",
                f"{kind}AuthorizationFailures",
                0,
                statistic="Sum",
                periods=1,
                label=kind.lower(),
            )
            for kind, what in (("Command", "a command"), ("Key", "a key"))
        ),
    ]
    if len(nodes) > 1:
        alarms.append(
            worst(
                "cache-replication-lag",
                f"A replica is over {MAX_LAG_SECONDS} s behind: a failover would lose that much.",
                "ReplicationLag",
                MAX_LAG_SECONDS,
            )
        )
    return alarms
