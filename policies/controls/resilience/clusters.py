"""Caches and search domains survive the loss of a node and of a zone, can be restored, and are kept current."""

from typing import Final

from policies.kit.checks import all_of, at_least, is_on
from policies.kit.conditions import except_where, for_kinds, inherited, where_missing
from policies.kit.rule import Check, Rules

rules: Final = Rules("resilience")

_GROUP: Final = "elasticache/replicationGroup"
_CLUSTER: Final = "elasticache/cluster"


def _own(check: Check) -> Check:
    """`check`, but for Memcached, which has neither snapshots nor replicas, and for members of a replication group."""

    own = except_where("engine", ("memcached",), where_missing("replicationGroupId", check))
    return all_of(for_kinds(_GROUP, check), for_kinds(f"{_CLUSTER} elasticache/serverlessCache", own))


rules.named("elasticache-multi-az", "C160", _GROUP).add(
    all_of(
        is_on("multiAzEnabled"),
        # A member of a global datastore takes the setting of its primary.
        inherited("automaticFailoverEnabled", "globalReplicationGroupId", is_on("automaticFailoverEnabled")),
    ),
    description="Caches have replicas in other zones, to which they fail over by themselves.",
    remediation="Set multiAzEnabled: true and automaticFailoverEnabled: true, with two nodes or more.",
)
rules.named("elasticache-snapshots", "C161", f"{_GROUP} {_CLUSTER} elasticache/serverlessCache").add(
    _own(at_least("snapshotRetentionLimit", 1, default=0, unit="days")),
    description="Caches are backed up every day.",
    remediation="Set snapshotRetentionLimit to the days that snapshots are kept: 1 or more, 15 where NIST 800-53 is to be met.",
    remediation_values={"snapshotRetentionLimit": 1},
)
rules.named("elasticache-minor-upgrades", "C162", _GROUP).add(
    is_on("autoMinorVersionUpgrade", default=True),
    description="Caches take minor versions by themselves, AWS's default.",
    remediation="Remove autoMinorVersionUpgrade: false.",
    remediation_values={"autoMinorVersionUpgrade": True},
)
rules.named("elasticache-cluster-minor-upgrades", "C162", _CLUSTER).add(
    _own(is_on("autoMinorVersionUpgrade", default=True)),
    description="Single cache clusters take minor versions by themselves, AWS's default.",
    remediation='Remove autoMinorVersionUpgrade: "false".',
    remediation_values={"autoMinorVersionUpgrade": "true"},
)

_DOMAINS: Final = "opensearch/domain elasticsearch/domain"
_NODES: Final = 3

rules.named("opensearch-data-nodes", "C214", _DOMAINS).add(
    at_least("clusterConfig.instanceCount", _NODES, default=1),
    description=f"Search domains have {_NODES} data nodes or more.",
    remediation=f"Set clusterConfig.instanceCount: {_NODES} or more.",
)
rules.named("opensearch-dedicated-masters", "C214", _DOMAINS).add(
    all_of(
        is_on("clusterConfig.dedicatedMasterEnabled"),
        at_least("clusterConfig.dedicatedMasterCount", _NODES, default=0),
    ),
    description=f"Search domains have {_NODES} dedicated master nodes: one may fail and the rest still agree.",
    remediation=f"Set clusterConfig.dedicatedMasterEnabled: true and dedicatedMasterCount: {_NODES}.",
)
rules.named("opensearch-zone-awareness", "C214", _DOMAINS).add(
    is_on("clusterConfig.zoneAwarenessEnabled"),
    description="Search domains spread their nodes and copies over zones.",
    remediation="Set clusterConfig.zoneAwarenessEnabled: true.",
)
