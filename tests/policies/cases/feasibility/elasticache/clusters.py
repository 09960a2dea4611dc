"""Cases of policies/feasibility/rules/elasticache/clusters.py."""

from typing import Any

from tests.policies.given.feasibility.elasticache import GROUP, memorydb
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref, secret
from tests.policies.table import Cases

CLUSTER = "aws:elasticache/cluster:Cluster"
PARAMETERS = "aws:elasticache/parameterGroup:ParameterGroup"
TOKEN = "correct-horse-battery-staple"


def with_parameters(family: Any, *, on: bool = False, token: str = GROUP, **cache: Any) -> list[Planned]:
    parameters = [{"name": "cluster-enabled", "value": "yes"}] if on else []
    return [
        planned(PARAMETERS, "group", family=family, parameters=parameters),
        planned(token, parameterGroupName=ref(PARAMETERS, "group"), **cache),
    ]


FAILOVER = {"automaticFailoverEnabled": True}

CASES: dict[str, Cases] = {
    "cache-failover-nodes": Cases(
        token=GROUP,
        fails=[
            {**FAILOVER, "numCacheClusters": 1},
            FAILOVER,
            {"multiAzEnabled": True, "numCacheClusters": 2},
            {"numNodeGroups": 2, "replicasPerNodeGroup": 1},
        ],
        passes=[
            {**FAILOVER, "numCacheClusters": 2, "multiAzEnabled": True},
            {**FAILOVER, "numNodeGroups": 2, "replicasPerNodeGroup": 1},
            {**FAILOVER, "numNodeGroups": 1, "parameterGroupName": "default.redis7.cluster.on"},
            {**FAILOVER, "replicasPerNodeGroup": 1},
            {**FAILOVER, "globalReplicationGroupId": UNKNOWN},
            {"numCacheClusters": 1},
            {"numNodeGroups": 1, "replicasPerNodeGroup": 1},
        ],
        unknown=[{**FAILOVER, "numCacheClusters": UNKNOWN}, {"automaticFailoverEnabled": UNKNOWN}],
    ),
    "cache-shards-parameters": Cases(
        token=GROUP,
        fails=[{"numNodeGroups": 2, "parameterGroupName": "default.redis7"}, with_parameters("redis7", numNodeGroups=2)],
        passes=[
            {"numNodeGroups": 2, "parameterGroupName": "default.redis7.cluster.on"},
            with_parameters("redis7", on=True, numNodeGroups=2),
            {"numNodeGroups": 2},
            {"numNodeGroups": 1, "parameterGroupName": "default.redis7"},
        ],
        unknown=[{"numNodeGroups": UNKNOWN}, {"numNodeGroups": 2, "parameterGroupName": UNKNOWN}],
    ),
    "cache-counts": Cases(
        token=GROUP,
        fails=[
            {"numCacheClusters": 2, "numNodeGroups": 1},
            {"numCacheClusters": 7},
            {"replicasPerNodeGroup": 6},
            {"logDeliveryConfigurations": [{"logType": "slow-log"}, {"logType": "slow-log"}]},
        ],
        passes=[
            {"numCacheClusters": 6},
            {"numNodeGroups": 3, "replicasPerNodeGroup": 5},
            {"logDeliveryConfigurations": [{"logType": "slow-log"}, {"logType": "engine-log"}]},
        ],
        unknown=[{"numCacheClusters": UNKNOWN}, {"logDeliveryConfigurations": UNKNOWN}],
    ),
    "cache-zones-per-node": Cases(
        token=GROUP,
        fails=[
            {"numCacheClusters": 3, "preferredCacheClusterAzs": ["us-east-2a", "us-east-2b"]},
            planned(CLUSTER, numCacheNodes=1, preferredAvailabilityZones=["a", "b"]),
        ],
        passes=[{"numCacheClusters": 2, "preferredCacheClusterAzs": ["us-east-2a", UNKNOWN]}, {"numCacheClusters": 3}],
        unknown=[{"numCacheClusters": 3, "preferredCacheClusterAzs": UNKNOWN}],
    ),
    "cache-credentials": Cases(
        token=GROUP,
        fails=[
            {"authToken": TOKEN},
            {"authToken": UNKNOWN, "transitEncryptionEnabled": False},
            {"userGroupIds": ["a"]},
            {"authToken": TOKEN, "userGroupIds": ["a"], "transitEncryptionEnabled": True},
            {"authToken": secret("short"), "transitEncryptionEnabled": True},
            {"authToken": "with@sign-in-the-middle", "transitEncryptionEnabled": True},
        ],
        passes=[
            {"authToken": secret(TOKEN), "transitEncryptionEnabled": True},
            {"userGroupIds": [UNKNOWN], "transitEncryptionEnabled": "true"},
            {},
        ],
        unknown=[
            {"authToken": UNKNOWN, "transitEncryptionEnabled": True},
            {"authToken": TOKEN, "transitEncryptionEnabled": UNKNOWN},
        ],
    ),
    "cache-key-needs-encryption": Cases(
        token=GROUP,
        fails=[
            {"kmsKeyId": KEY_ARN},
            {"kmsKeyId": UNKNOWN, "atRestEncryptionEnabled": "false"},
            {"transitEncryptionEnabled": False, "transitEncryptionMode": "required"},
        ],
        passes=[{"kmsKeyId": KEY_ARN, "atRestEncryptionEnabled": True}, {"transitEncryptionEnabled": True}, {}],
        unknown=[{"kmsKeyId": KEY_ARN, "atRestEncryptionEnabled": UNKNOWN}],
    ),
    "cache-parameter-family": Cases(
        token=GROUP,
        fails=[
            with_parameters("redis6.x", engine="redis", engineVersion="7.1"),
            with_parameters("redis7", engine="valkey", engineVersion="8.0"),
            {"engineVersion": "7.0", "parameterGroupName": "default.redis6.x"},
            with_parameters("memcached1.5", token=CLUSTER, engine="memcached", engineVersion="1.6.22"),
        ],
        passes=[
            with_parameters("redis7", engine="redis", engineVersion="7.1"),
            with_parameters("valkey8", engine="valkey", engineVersion="8.0"),
            {"engineVersion": "7.0", "parameterGroupName": "default.redis7.cluster.on"},
            with_parameters("memcached1.6", token=CLUSTER, engine="memcached", engineVersion="1.6.22"),
            {"parameterGroupName": "of-another-stack"},
        ],
        unknown=[
            with_parameters(UNKNOWN, engine="redis", engineVersion="7.1"),
            with_parameters("redis7", engineVersion=UNKNOWN),
        ],
    ),
    "cache-engine-version": Cases(
        token=GROUP,
        fails=[
            {"engine": "redis", "engineVersion": "7.2"},
            {"engineVersion": "8.0"},
            {"engine": "valkey", "engineVersion": "6.2"},
        ],
        passes=[
            {"engine": "redis", "engineVersion": "7.1"},
            {"engine": "valkey", "engineVersion": "8.1"},
            {"engineVersion": "6.x"},
        ],
        unknown=[{"engineVersion": UNKNOWN}],
    ),
    "cache-single-node": Cases(
        token=CLUSTER,
        fails=[
            {"engine": "redis", "numCacheNodes": 2},
            {"engine": "redis", "azMode": "cross-az"},
            {"engine": "memcached", "numCacheNodes": 1, "azMode": "cross-az"},
            {"engine": "memcached", "numCacheNodes": 41},
            {"engine": "memcached", "numCacheNodes": 0},
        ],
        passes=[
            {"engine": "redis", "numCacheNodes": 1},
            *({"engine": "memcached", "numCacheNodes": nodes} for nodes in (1, 40)),
            *({"engine": "memcached", "numCacheNodes": nodes, "azMode": "cross-az"} for nodes in (2, 3)),
        ],
        unknown=[{"engine": "redis", "numCacheNodes": UNKNOWN}],
    ),
    "cache-engine-settings": Cases(
        token=CLUSTER,
        fails=[
            {"engine": "memcached", "snapshotRetentionLimit": 5},
            {"engine": "memcached", "snapshotName": "before"},
            {"replicationGroupId": UNKNOWN, "nodeType": "cache.t3.micro"},
        ],
        passes=[
            {"engine": "redis", "snapshotRetentionLimit": 5},
            {"engine": "memcached", "snapshotRetentionLimit": 0},
            {"replicationGroupId": UNKNOWN},
        ],
        unknown=[{"engine": UNKNOWN, "snapshotRetentionLimit": 5}],
    ),
    "cache-data-tiering": Cases(
        token=GROUP,
        fails=[
            {"nodeType": "cache.r6gd.xlarge"},
            {"nodeType": "cache.r6g.large", "dataTieringEnabled": True},
            memorydb(nodeType="db.r6gd.xlarge"),
        ],
        passes=[{"nodeType": "cache.r6gd.xlarge", "dataTieringEnabled": True}, {"nodeType": "cache.r6g.large"}],
        unknown=[{"nodeType": UNKNOWN, "dataTieringEnabled": True}],
    ),
}
