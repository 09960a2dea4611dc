"""Cases of policies/controls/resilience/clusters.py."""

from typing import Any

from tests.policies.harness import UNKNOWN, planned
from tests.policies.table import ABSENT, Cases, about

CACHES = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE = "aws:elasticache/cluster:Cluster"
DOMAIN = "aws:opensearch/domain:Domain"
OLD_DOMAIN = "aws:elasticsearch/domain:Domain"


def nodes(**config: Any) -> dict[str, Any]:
    return {"clusterConfig": config}


CASES: dict[str, Cases] = {
    "elasticache-multi-az": Cases(
        token=CACHES,
        fails=[
            {},
            {"multiAzEnabled": True},
            {"automaticFailoverEnabled": True},
            {"multiAzEnabled": False, "automaticFailoverEnabled": "true"},
            {"globalReplicationGroupId": "g", "multiAzEnabled": False},
            {"globalReplicationGroupId": "g", "multiAzEnabled": True, "automaticFailoverEnabled": False},
        ],
        passes=[{"multiAzEnabled": True, "automaticFailoverEnabled": True}],
        unknown=[
            {"multiAzEnabled": UNKNOWN, "automaticFailoverEnabled": True},
            {"globalReplicationGroupId": "g", "multiAzEnabled": True},
        ],
    ),
    "elasticache-snapshots": Cases(
        token=CACHES,
        fails=[
            {},
            {"snapshotRetentionLimit": 0},
            {"snapshotRetentionLimit": "0"},
            planned(CACHE, engine="redis"),
            planned("aws:elasticache/serverlessCache:ServerlessCache", engine="valkey"),
        ],
        passes=[
            {"snapshotRetentionLimit": 1},
            {"snapshotRetentionLimit": 16},
            planned(CACHE, engine="memcached"),
            planned(CACHE, replicationGroupId=UNKNOWN),
            planned(CACHE, engine="redis", snapshotRetentionLimit=5),
        ],
        unknown=[{"snapshotRetentionLimit": UNKNOWN}],
    ),
    "elasticache-minor-upgrades": about(CACHES, "autoMinorVersionUpgrade", fails=[False, "false"], passes=[ABSENT, True]),
    "elasticache-cluster-minor-upgrades": Cases(
        token=CACHE,
        fails=[{"autoMinorVersionUpgrade": "false"}, {"engine": "redis", "autoMinorVersionUpgrade": False}],
        passes=[
            {},
            {"engine": "redis", "autoMinorVersionUpgrade": "true"},
            {"engine": "memcached", "autoMinorVersionUpgrade": "false"},
        ],
        unknown=[{"engine": "redis", "autoMinorVersionUpgrade": UNKNOWN}],
    ),
    "opensearch-data-nodes": Cases(
        token=DOMAIN,
        fails=[{}, nodes(instanceCount=2), planned(OLD_DOMAIN, **nodes(instanceCount=1))],
        passes=[nodes(instanceCount=3), {"clusterConfig": [{"instanceCount": 6}]}],
        unknown=[nodes(instanceCount=UNKNOWN), {"clusterConfig": UNKNOWN}],
    ),
    "opensearch-dedicated-masters": Cases(
        token=DOMAIN,
        fails=[
            {},
            nodes(dedicatedMasterEnabled=False, dedicatedMasterCount=3),
            nodes(dedicatedMasterEnabled=True),
            nodes(dedicatedMasterEnabled=True, dedicatedMasterCount=2),
            planned(OLD_DOMAIN),
        ],
        passes=[nodes(dedicatedMasterEnabled=True, dedicatedMasterCount=3)],
        unknown=[nodes(dedicatedMasterEnabled=True, dedicatedMasterCount=UNKNOWN)],
    ),
    "opensearch-zone-awareness": Cases(
        token=DOMAIN,
        fails=[{}, nodes(zoneAwarenessEnabled=False), planned(OLD_DOMAIN)],
        passes=[nodes(zoneAwarenessEnabled=True), nodes(zoneAwarenessEnabled="true")],
        unknown=[nodes(zoneAwarenessEnabled=UNKNOWN)],
    ),
}
