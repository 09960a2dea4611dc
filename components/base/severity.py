"""How urgent each kind of alarm is: who is told, and when, depends on it (docs/decisions/alerts.md)."""

from typing import Final, Literal, get_args

Severity = Literal["critical", "warning", "info"]
"""`critical`: somebody is woken; `warning`: it can wait until people work; `info`: good to know."""
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# What is not listed is critical: a kind that nobody has thought about yet must not wait until morning.
_WARNING: Final = frozenset(
    {
        *("backup-job-failed", "batch-active-shares", "batch-dead-letters", "batch-head-of-queue", "batch-job-failed"),
        *("bucket-replication-failures", "bucket-replication-latency"),
        *("cache-connections", "cache-cpu", "cache-evictions", "cache-logins", "cache-refused", "cache-replication-lag"),
        *("cache-swap", "certificate-expiry"),
        *("database-cpu", "database-ebs-balance", "database-freeable-memory", "database-latency", "database-load"),
        *("environment-janitor", "environment-unmended"),
        *("database-transaction-ids", "fleet-refresh-failed", "fleet-status-checks", "function-duration", "function-throttles"),
        *(
            "ingress-response-time",
            "logs-delivery",
            "logs-domain",
            "logs-late",
            "logs-memory",
            "logs-quarantined",
            "logs-storage",
            "machine-failed",
        ),
        *("nat-packet-drop", "nat-port-allocation", "objective-slow-burn"),
        *("queue-dead-letters", "queue-in-flight", "queue-oldest-message", "schedule-missed"),
        *("search-cpu", "search-memory", "search-shards", "search-snapshot", "search-yellow"),
        *("service-cpu", "service-error-lines", "service-memory", "service-start-impaired", "sleep-failing", "sleep-late"),
        *("stream-conversion", "stream-errors", "stream-freshness", "stream-partitions", "stream-throttles"),
        *("table-throttles", "topic-dead-letters", "topic-without-attributes"),
    }
)
_INFO: Final = frozenset({"query-cut-off"})


def severity_of(key: str) -> Severity:
    """How urgent an alarm of the kind `key` is, e.g. `database-cpu`; critical where nobody has said otherwise."""
    return "info" if key in _INFO else "warning" if key in _WARNING else "critical"


def listed() -> frozenset[str]:
    """The kinds that are less than critical."""
    return _WARNING | _INFO
