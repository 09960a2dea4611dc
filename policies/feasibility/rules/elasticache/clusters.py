"""ElastiCache and MemoryDB: nodes and shards, encryption and passwords, versions, families and users."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, between, wanted
from policies.feasibility.engine.faults import is_one, like, number, off, on, plain_number, said, where_all
from policies.feasibility.engine.joins import for_kinds
from policies.feasibility.engine.shapes import absent, blocks, distinct, forbids, given, of, only_one, when
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_bool, as_list, as_number, switch

rules: Final = Rules("feasibility", failures())

_GROUP: Final = "elasticache/replicationGroup"
_VERSIONS: Final = {
    "redis": (r"[0-5]\..*|6\.[02x]|7\.[01x]", "6.2, 7.0 or 7.1 (or engine valkey)"),
    "valkey": (r"([7-9]|\d\d)\..*", "7.2 or later"),
}
"""The forms of major and minor version that ElastiCache has, and what to say of others."""

_FAMILIES: Final = {
    "redis": {"2": "redis2.8", "3": "redis3.2", "4": "redis4.0", "5": "redis5.0", "6": "redis6.x", "7": "redis7"},
    "valkey": {"7": "valkey7", "8": "valkey8", "9": "valkey9"},
    "memcached": {"1.4": "memcached1.4", "1.5": "memcached1.5", "1.6": "memcached1.6"},
}


def _engine(cache: Resource) -> str:
    return text_of(cache.get("engine")).lower() or ("redis" if cache.kind == _GROUP else "")


def _group_of(cache: Resource) -> Resource | None:
    return target(cache, "parameterGroupName", "elasticache/parameterGroup")


@rules.rule("cache-failover-nodes", "F131", _GROUP)
def _failover(cache: Resource) -> Answers:
    """Automatic failover has a node to fail over to; Multi-AZ has failover; shards have both.

    Set automaticFailoverEnabled: true and numCacheClusters to at least 2 (or replicasPerNodeGroup to at least 1).
    """
    path, found = "automaticFailoverEnabled", cache.get("automaticFailoverEnabled")
    failover = switch(found)
    if switch(cache.get("multiAzEnabled")) and not failover:
        answer = "InvalidParameterCombination: automatic_failover_enabled must be true if multi_az_enabled is true"
        yield Finding(path, found, "true with multiAzEnabled", "multi", answer)
    nodes, shards = as_number(cache.get("numCacheClusters")), as_number(cache.get("numNodeGroups"))
    if nodes is UNKNOWN:
        raise UnknownValueError
    if (shards or 0) > 1 or text_of(cache.get("clusterMode")).lower() == "enabled":
        if not failover:
            answer = "InvalidParameterValue: Redis with cluster mode enabled cannot be created with auto failover turned off."
            yield Finding(path, found, "true with shards", "shards", answer)
        return
    said = any(given(cache.get(name)) for name in ("globalReplicationGroupId", "nodeGroupConfigurations"))
    if not failover or said or shards is not None or _cluster_parameters(cache):
        return
    spread = given(cache.get("preferredCacheClusterAzs")) or cache.get("replicasPerNodeGroup") is UNKNOWN
    if (nodes is not None and nodes < 2) or (nodes is None and not spread and not as_number(cache.get("replicasPerNodeGroup"))):
        found = None if nodes is None else f"{nodes:g}"
        yield Finding("numCacheClusters", found, "at least 2 with automaticFailoverEnabled", "nodes")


def _cluster_parameters(cache: Resource) -> bool:
    name = cache.get("parameterGroupName")
    if isinstance(name, str) and name.endswith(".cluster.on"):
        return True
    if not given(name):
        return False
    group = _group_of(cache)
    if group is None:
        return True  # a group of another stack may well have cluster mode
    return {"name": "cluster-enabled", "value": "yes"} in [dict(block) for _, block in blocks(group, "parameters[]")]


@rules.rule("cache-shards-parameters", "F131", _GROUP)
def _shards(cache: Resource) -> Answers:
    """A replication group with shards has a parameter group with cluster mode on.

    Use default.redis7.cluster.on (valkey8.cluster.on), or cluster-enabled: yes in your own parameter group.
    """
    shards, name = as_number(cache.get("numNodeGroups")), cache.get("parameterGroupName")
    if shards is not None and shards > 1 and given(name):
        default = isinstance(name, str) and name.startswith("default.")
        if not (name.endswith(".cluster.on") if default else _cluster_parameters(cache)):
            answer = "InvalidParameterCombination: Cluster mode should be enabled in parameter group, but found it is disabled."
            yield Finding("parameterGroupName", name, "a group with cluster-enabled: yes", answer=answer)


rules.named("cache-counts", "F276", _GROUP).add(
    all_of(
        of(
            forbids("numCacheClusters", "numNodeGroups replicasPerNodeGroup"),
            only_one("nodeGroupConfigurations preferredCacheClusterAzs"),
            between("numCacheClusters", 1, 6, unit="nodes"),
            between("replicasPerNodeGroup", 0, 5, unit="replicas"),
            between("numNodeGroups", 1, 500, unit="shards"),
            at_most_items("logDeliveryConfigurations", 2, "log deliveries"),
        ),
        lambda cache: distinct(cache, "logDeliveryConfigurations[].logType", "log type"),
    ),
    description="A replication group counts its nodes in one way, up to 6 nodes in a shard.",
    remediation="Set numCacheClusters, or numNodeGroups with replicasPerNodeGroup.",
)


@rules.rule("cache-zones-per-node", "F276", f"{_GROUP} elasticache/cluster")
def _zones(cache: Resource) -> Answers:
    """A cache that names zones names one for each node.

    Name as many zones as there are nodes.
    """
    group = cache.kind == _GROUP
    path = "preferredCacheClusterAzs" if group else "preferredAvailabilityZones"
    count = "numCacheClusters" if group else "numCacheNodes"
    zones, nodes = as_list(cache.get(path)), as_number(cache.get(count))
    if zones and nodes is not None and len(zones) != nodes:
        answer = "InvalidParameterValue: the number of availability zones must be equal to the number of cache nodes"
        yield Finding(path, f"{len(zones)} zones", f"{nodes:g}, as {count} is", answer=answer)


_AUTH_FORM: Final = r"[A-Za-z0-9!&#$^<>\-]{16,128}"


@rules.rule("cache-credentials", "F277", _GROUP)
def _credentials(cache: Resource) -> Answers:
    """A cache with a token or user groups encrypts traffic, and has one of both.

    Set transitEncryptionEnabled: true; set authToken (16 to 128 characters, no @ / or quotes) or userGroupIds.
    """
    tokens = [name for name in ("authToken", "authTokenWo") if given(cache.get(name))]
    groups = given(cache.get("userGroupIds"))
    if (tokens or groups) and not given(cache.get("globalReplicationGroupId")):
        encrypted = as_bool(cache.get("transitEncryptionEnabled"))
        if encrypted is UNKNOWN:
            yield NOT_JUDGED
        elif encrypted is not True:
            answer = "InvalidParameterCombination: The AUTH token is only supported when encryption-in-transit is enabled"
            path = "transitEncryptionEnabled"
            yield Finding(path, cache.get(path), f"true with {'userGroupIds' if groups else tokens[0]}", "transit", answer)
    if tokens and groups:
        answer = "InvalidParameterCombination: AUTH token and user groups are mutually exclusive"
        yield Finding("userGroupIds", "set", f"nothing beside {tokens[0]}", "both", answer)
    for name in tokens:
        value = cache.get(name)
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and not re.fullmatch(_AUTH_FORM, value):
            answer = "InvalidParameterValue: Invalid AuthToken provided."
            expected = "16 to 128 letters, digits and ! & # $ ^ < > -"
            yield Finding(name, f"(not shown, {len(value)} characters)", expected, name, answer)


rules.named("cache-key-needs-encryption", "F277", _GROUP).add(
    of(
        where_all(said("kmsKeyId"), is_one("atRestEncryptionEnabled", None, False, "")).wrong("true beside kmsKeyId"),
        where_all(is_one("transitEncryptionEnabled", False), said("transitEncryptionMode")).wrong(
            "nothing, because transitEncryptionEnabled is false", "transitEncryptionMode"
        ),
    ),
    description="A cache that names a key is encrypted at rest.",
    remediation="Set atRestEncryptionEnabled: true.",
)


@rules.rule("cache-parameter-family", "F278", f"{_GROUP} elasticache/cluster")
def _family(cache: Resource) -> Answers:
    """The parameter group has the family of engine and version.

    Use a group of that family (redis7, valkey8, memcached1.6).
    """
    name = cache.get("parameterGroupName")
    engine, version = _engine(cache), text_of(cache.get("engineVersion"))
    if not given(name) or not engine:
        return
    group = _group_of(cache)
    if group is not None:
        family = group.get("family")
    elif str(name).startswith("default."):
        family = str(name).removeprefix("default.").removesuffix(".cluster.on")
    else:
        return
    key = ".".join(version.split(".")[:2]) if engine == "memcached" else version.split(".")[0]
    needed = _FAMILIES.get(engine, {}).get(key)
    if (needed and family != needed) or not str(family).startswith(engine):
        answer = (
            f"InvalidParameterCombination: Expected a parameter group of family {needed or engine} but found one "
            f"of family {family}"
        )
        found = name if isinstance(name, str) else str(family)
        yield Finding("parameterGroupName", found, f"family {needed or engine}", answer=answer)


@rules.rule("cache-engine-version", "F278", f"{_GROUP} elasticache/cluster")
def _version(cache: Resource) -> Answers:
    """The version is one that the engine has on ElastiCache.

    Redis OSS ends at 7.1; later versions are engine valkey.
    """
    engine, version = _engine(cache), text_of(cache.get("engineVersion"))
    number = re.match(r"\d+\.(\d+|x)", version)
    if engine in _VERSIONS and number:
        form, expected = _VERSIONS[engine]
        if not re.fullmatch(form, number[0]):
            answer = f"InvalidParameterCombination: Cannot find version {version} for {engine}"
            yield Finding("engineVersion", version, expected, answer=answer)


_REDIS: Final = like("engine", "(?i)redis|valkey")
_MEMCACHED: Final = like("engine", "(?i)memcached")
rules.named("cache-single-node", "F276", "elasticache/cluster").add(
    of(
        where_all(_REDIS, number("numCacheNodes", lambda nodes: nodes > 1))
        .wrong("1", "nodes", shown=plain_number)
        .says("InvalidParameterValue: Cannot create a Redis cluster with a NumCacheNodes parameter greater than 1."),
        where_all(_MEMCACHED, number("numCacheNodes", lambda nodes: not 1 <= nodes <= 40)).wrong(
            "1 to 40", "nodes", shown=plain_number
        ),
        where_all(_REDIS, is_one("azMode", "cross-az"))
        .wrong("single-az", "zones")
        .says("InvalidParameterCombination: AZMode is only supported for Memcached"),
        where_all(_MEMCACHED, number("numCacheNodes", lambda nodes: nodes < 2, default=1), is_one("azMode", "cross-az"))
        .wrong("single-az with one node", "zones")
        .says("InvalidParameterCombination: cross-az needs more than one node"),
    ),
    description="A cluster of Redis or Valkey has one node; only Memcached has several, and no snapshots.",
    remediation="Use a ReplicationGroup for more nodes of Redis or Valkey.",
)
rules.named("cache-engine-settings", "F276", "elasticache/cluster").add(
    of(
        when(
            "engine",
            ("memcached",),
            absent(
                "snapshotName snapshotArns finalSnapshotIdentifier replicationGroupId", "because Memcached has no snapshots"
            ),
            wanted("snapshotRetentionLimit", (None, 0), "0: Memcached has no snapshots", detail="snapshots"),
        ),
        when("engine", ("redis", "valkey"), absent("preferredAvailabilityZones", "because only Memcached has several nodes")),
        forbids("replicationGroupId", "engine engineVersion nodeType parameterGroupName subnetGroupName securityGroupIds"),
    ),
    description="A cache cluster has settings of its engine; one of a replication group takes them from there.",
    remediation="Remove the settings of the other engine, or of the replication group.",
)


def _tiering(path: str) -> Check:
    return of(
        where_all(like("nodeType", r".*\.r6gd\..*"), off(path))
        .wrong("true with {nodeType}")
        .says("InvalidParameterCombination: Data tiering must be enabled for r6gd node types"),
        where_all(like("nodeType", r"(?!.*\.r6gd\.).+"), on(path))
        .wrong("false with {nodeType}")
        .says("InvalidParameterCombination: Data tiering is not supported for node type {nodeType}"),
    )


rules.named("cache-data-tiering", "F279", f"{_GROUP} memorydb/cluster").add(
    all_of(for_kinds(_GROUP, _tiering("dataTieringEnabled")), for_kinds("memorydb/cluster", _tiering("dataTiering"))),
    description="Data tiering is on exactly for r6gd nodes.",
    remediation="Set dataTieringEnabled: true with r6gd node types, and only with them.",
)
