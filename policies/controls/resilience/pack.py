"""The resilience pack: data outlives slips, failures and regions, and services go on when a part of them is lost."""

from typing import Final

from policies.controls.resilience import (
    backups,
    buckets,
    clusters,
    databases,
    dns,
    messaging,
    protection,
    recovery,
    services,
    tables,
)
from policies.kit.pack import Pack

PACK: Final = Pack(
    "resilience",
    "Data outlives slips, failures and the loss of a region, and services go on when a task, a zone or a message is lost.",
    [
        rule
        for theme in (protection, recovery, databases, tables, backups, buckets, messaging, services, clusters, dns)
        for rule in theme.rules.list
    ],
)
