"""How urgent each kind of alarm is: who is told, and when, depends on it (docs/decisions/alerts.md)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Severity = Literal["critical", "warning", "info"]
"""`critical`: somebody is woken; `warning`: it can wait until people work; `info`: good to know."""
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)

# Thing -> symptoms; an alarm's key is `<thing>-<symptom>`.
_CRITICAL: Final = {
    "access": "public",
    "cache": "memory",
    "database": "connections event free-storage replica-lag",
    "dnssec": "failure key-action",
    "fleet": "missing-instances",
    "function": "errors silent",
    "ingress": "errors rejected-connections target-errors",
    "notifier": "unreached",
    "objective": "fast-burn",
    "recovery": "backups failed heartbeat loss not-ready unknown",
    "search": "free-storage key master nodes red writes-blocked",
    "service": "deployment-failed running-tasks unhealthy-hosts",
    "stream": "key",
    "table": "replication-latency system-errors",
    "threat": "high",
    "topic": "failed-notifications lost-notifications",
    "trail": "keys root tampering",
}
_WARNING: Final = {
    "access": "external",
    "backup": "job-failed",
    "batch": "active-shares dead-letters head-of-queue job-failed",
    "bucket": "replication-failures replication-latency",
    "cache": "connections cpu evictions logins refused replication-lag swap",
    "certificate": "expiry",
    "cost": "over-budget",
    "credentials": "failed overdue",
    "database": "cpu ebs-balance freeable-memory latency load transaction-ids",
    "environment": "expiring janitor unmended",
    "fleet": "failing refresh-failed status-checks",
    "function": "duration failing throttles",
    "ingress": "response-time",
    "logs": "delivery domain late memory quarantined storage",
    "machine": "failed",
    "nat": "packet-drop port-allocation",
    "objective": "slow-burn",
    "orders": "dead-letters refused",
    "posture": "failed",
    "queue": "dead-letters in-flight oldest-message",
    "schedule": "missed",
    "search": "cpu memory shards snapshot yellow",
    "service": "cpu error-lines failing memory start-impaired",
    "sleep": "failing late",
    "stream": "conversion errors freshness partitions throttles",
    "table": "throttles",
    "threat": "medium",
    "topic": "dead-letters without-attributes",
    "trail": "denied organization sign-in",
    "vulnerability": "critical",
}
_INFO: Final = {"database": "maintenance", "query": "cut-off", "trail": "change"}
_ALL: Final[Mapping[Severity, Mapping[str, str]]] = {"critical": _CRITICAL, "warning": _WARNING, "info": _INFO}

URGENCY: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        f"{thing}-{symptom}": severity
        for severity, things in _ALL.items()
        for thing, symptoms in things.items()
        for symptom in symptoms.split()
    }
)
"""Every kind of alarm that the stacks have -> how urgent it is."""
THINGS: Final = frozenset(key.partition("-")[0] for key in URGENCY)
"""What alarms are of."""


def severity_of(key: str) -> Severity:
    """How urgent an alarm of the kind `key` is, e.g. `database-cpu`.

    What nobody has listed, as in somebody else's program, is critical: it must not wait until morning.
    """
    return URGENCY.get(key, "critical")
