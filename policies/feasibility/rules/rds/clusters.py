"""Database clusters: Aurora, Multi-AZ, serverless and global, and the instances in them."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between, wanted
from policies.feasibility.engine.joins import for_kinds, same, target_then
from policies.feasibility.engine.relations import region_named, region_of
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    exactly_one,
    given,
    of,
    only_one,
    present,
    saying,
    when,
    where_missing,
)
from policies.feasibility.rules.rds.families import CLUSTER_ORIGINS, engine_of, text_of
from policies.kit.checks import all_of
from policies.kit.references import referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rows import BlockCheck
from policies.kit.rule import Answers, Check, Finding, Rules
from policies.kit.values import as_list, as_number, switch

rules: Final = Rules("feasibility", failures())

_CLUSTERS: Final = "rds/cluster docdb/cluster neptune/cluster"


rules.named("cluster-member-engine", "F224", "rds/clusterInstance").add(
    target_then(
        "clusterIdentifier",
        "rds/cluster",
        same(
            "engine",
            "engine",
            "{theirs}, the cluster's engine",
            value_of=lambda resource, _: engine_of(resource),
            answer=(
                "InvalidParameterCombination: The engine name requested for your DB instance ({own}) doesn't match the "
                "engine name of your DB cluster ({theirs})"
            ),
        ),
    ),
    description="An instance of a cluster has the cluster's engine.",
    remediation="Set engine and engineVersion from the cluster's outputs.",
)


@rules.rule("cluster-serverless-scaling", "F226", "rds/clusterInstance docdb/clusterInstance neptune/clusterInstance")
def _serverless(instance: Resource) -> Answers:
    """A serverless instance belongs to a cluster with a scaling range.

    Set serverlessv2ScalingConfiguration {minCapacity, maxCapacity} on the cluster.
    """
    if text_of(instance.get("instanceClass")) == "db.serverless":
        name = "serverlessv2ScalingConfiguration" if instance.kind.startswith("rds/") else "serverlessV2ScalingConfiguration"
        cluster = target(instance, "clusterIdentifier", instance.kind.removesuffix("Instance"))
        if cluster is not None and not given(cluster.get(name)):
            expected = f"a class with a size, or a scaling range on cluster {cluster.name}"
            yield Finding("instanceClass", "db.serverless", expected)


def _capacities(kinds: str, path: str, least: float) -> Check:
    wrong = "InvalidParameterValue: The {} of the serverless v2 scaling configuration is not valid".format
    order = "InvalidParameterValue: the minimum capacity must not exceed the maximum capacity"
    steps = "in steps of 0.5"
    rows = (
        between("minCapacity", least, 256, unit=steps, step=0.5, answer=wrong("minCapacity")),
        between("maxCapacity", 1, 256, unit=steps, step=0.5, answer=wrong("maxCapacity")),
        saying(order, at_most("minCapacity", "maxCapacity"), detail="order"),
    )
    return for_kinds(kinds, each_block(path, saying("", *rows, shown=as_number)))


rules.named("cluster-scaling-range", "F226", _CLUSTERS).add(
    all_of(
        _capacities("rds/cluster", "serverlessv2ScalingConfiguration", 0),
        _capacities("docdb/cluster neptune/cluster", "serverlessV2ScalingConfiguration", 0.5),
    ),
    description="The capacity range of a serverless cluster is one that AWS takes.",
    remediation="Set minCapacity at most maxCapacity, in steps of 0.5, and maxCapacity at least 1.",
)


def _storage(types: tuple[str, ...], cluster: str) -> BlockCheck:
    expected = f"{' or '.join(types)}, or nothing, for {cluster}"
    return wanted("storageType", (None, "", *types), expected, detail="storageType")


_AURORA: Final = ("aurora-mysql", "aurora-postgresql")
_MULTI_AZ: Final = ("mysql", "postgres")
_NOT_AURORA: Final = "because Aurora manages its storage and its instances are rds.ClusterInstance"
_NOT_MULTI_AZ: Final = "because a Multi-AZ DB cluster (engine mysql or postgres) does not have it"
_AURORA_ONLY: Final = (
    "backtrackWindow enableHttpEndpoint enableGlobalWriteForwarding globalClusterIdentifier "
    "scalingConfiguration serverlessv2ScalingConfiguration"
)
rules.named("cluster-settings-of-its-type", "F225", "rds/cluster").add(
    of(
        when(
            "engine",
            _AURORA,
            absent("allocatedStorage dbClusterInstanceClass iops", _NOT_AURORA),
            _storage(("aurora", "aurora-iopt1"), "Aurora"),
        ),
        when(
            "engine", _MULTI_AZ, absent(_AURORA_ONLY, _NOT_MULTI_AZ), _storage(("io1", "io2", "gp3"), "a Multi-AZ DB cluster")
        ),
    ),
    description="A cluster has the settings of its type: Aurora, or Multi-AZ DB cluster of MySQL or PostgreSQL.",
    remediation="Remove settings of the other type.",
)
rules.named("cluster-settings-of-multi-az", "F225", "rds/cluster").add(
    of(
        where_missing(
            CLUSTER_ORIGINS,
            when(
                "engine",
                _MULTI_AZ,
                present("dbClusterInstanceClass allocatedStorage", "because the engine makes it a Multi-AZ DB cluster"),
                when("storageType", ("io1", "io2"), present("iops", "because of the storage type"), default="io1"),
            ),
        )
    ),
    description="A Multi-AZ DB cluster says its class, size and, for io1 and io2, its IOPS.",
    remediation="Set dbClusterInstanceClass, allocatedStorage, storageType and iops.",
)
_VERSION_1, _VERSION_2 = "scalingConfiguration", "serverlessv2ScalingConfiguration"
rules.named("cluster-scaling-of-its-mode", "F225", "rds/cluster").add(
    of(
        when("engineMode", ("serverless",), absent(_VERSION_2, "because engineMode is serverless (v1)")),
        when("engineMode", (None, "provisioned"), absent(_VERSION_1, "because it is for engineMode serverless")),
    ),
    description="A cluster has the scaling settings of its engine mode.",
    remediation="Aurora Serverless v2 takes engineMode provisioned and serverlessv2ScalingConfiguration.",
)


@rules.rule("cluster-zones", "F227", "rds/cluster")
def _zones(cluster: Resource) -> Answers:
    """A cluster names all three of its zones, or none.

    Remove availabilityZones, or name three; with fewer AWS adds zones, and the next up replaces the cluster.
    """
    zones = as_list(cluster.get("availabilityZones"))
    if len(zones) not in (0, 3) and "availabilityZones" not in cluster.ignore_changes:
        yield Finding("availabilityZones", f"{len(zones)} zones", "three zones, or nothing")


@rules.rule("cluster-secondary-credentials", "F228", "rds/cluster docdb/cluster")
def _secondary(cluster: Resource) -> Answers:
    """A secondary cluster of a global database leaves user, password and database name to the primary.

    Remove them; the secondary takes the primary's.
    """
    names = ("masterUsername", "masterPassword", "masterPasswordWo", "manageMasterUserPassword", "databaseName")
    own = [name for name in names if given(cluster.get(name))]
    if own and (given(cluster.get("replicationSourceIdentifier")) or _after_another(cluster)):
        for name in own:
            yield Finding(name, "set", "nothing on a secondary or replica cluster", detail=name)


def _after_another(cluster: Resource) -> bool:
    """Of two clusters of one global database, the one that is created after the other is its secondary."""
    path, kind = "globalClusterIdentifier", cluster.kind.replace("/cluster", "/globalCluster")
    others = [other for globe in targets(cluster, path, kind) for other in referrers(globe, cluster.kind, path)]
    return any(cluster.after(other) and region_of(other) != region_of(cluster) for other in others)


rules.named("global-cluster-source", "F225", "rds/globalCluster docdb/globalCluster neptune/globalCluster").add(
    of(only_one("engine sourceDbClusterIdentifier"), only_one("storageEncrypted sourceDbClusterIdentifier")),
    description="A global database takes engine and encryption from its source cluster, or says them itself.",
    remediation="Remove engine and storageEncrypted beside sourceDbClusterIdentifier.",
)
rules.named("cluster-backup-retention", "F229", _CLUSTERS).add(
    of(between("backupRetentionPeriod", 1, 35, unit="days", detail="")),
    description="A cluster keeps its backups for 1 to 35 days.",
    remediation="Set backupRetentionPeriod from 1 to 35; a cluster cannot be without backups.",
)
rules.named("rds-backup-retention-range", "F229", "rds/instance").add(
    of(between("backupRetentionPeriod", 0, 35, unit="days", detail="")),
    description="An instance keeps its backups for at most 35 days.",
    remediation="Set backupRetentionPeriod from 0 to 35; AWS Backup keeps them longer.",
)
rules.named("rds-proxy-target", "F219", "rds/proxyTarget").add(
    of(exactly_one("dbInstanceIdentifier dbClusterIdentifier")),
    description="A proxy target is an instance or a cluster.",
    remediation="Set one of dbInstanceIdentifier and dbClusterIdentifier.",
)


@rules.rule("rds-proxy-engine-family", "F224", "rds/proxyTarget")
def _proxy_family(link: Resource) -> Answers:
    """A proxy has the engine family of the database behind it.

    Set engineFamily of the proxy to MYSQL, POSTGRESQL or SQLSERVER, as the database is.
    """
    proxy = target(link, "dbProxyName", "rds/proxy")
    path = "dbInstanceIdentifier" if given(link.get("dbInstanceIdentifier")) else "dbClusterIdentifier"
    database = target(link, path, "rds/instance", "rds/cluster")
    if proxy is None or database is None:
        return
    engine, family = engine_of(database), text_of(proxy.get("engineFamily"))
    wanted = "POSTGRESQL" if "postgres" in engine else "SQLSERVER" if "sqlserver" in engine else "MYSQL"
    if engine and family and family != wanted:
        answer = f"InvalidParameterCombination: the engine family {family} does not match the engine {engine}"
        yield Finding("dbProxyName", f"{proxy.name} ({family})", f"a proxy with engineFamily {wanted}", answer=answer)


@rules.rule("rds-backup-replication-region", "F222", "rds/instanceAutomatedBackupsReplication")
def _backup_replication(replication: Resource) -> Answers:
    """Automated backups are replicated into another region, with a key there if the database is encrypted.

    Set region to the destination's, and kmsKeyId to a key there.
    """
    origin = region_named(replication, "sourceDbInstanceArn", "rds/instance")
    source = target(replication, "sourceDbInstanceArn", "rds/instance")
    if origin is not None and origin == region_of(replication):
        answer = "InvalidParameterValue: source and destination of automated backup replication are the same region"
        yield Finding("sourceDbInstanceArn", origin, "an instance of another region", detail="region", answer=answer)
    if source is not None and switch(source.get("storageEncrypted")) and not given(replication.get("kmsKeyId")):
        answer = "InvalidParameterCombination: a KMS key of the destination region is required for an encrypted source"
        yield Finding("kmsKeyId", None, "a key of the destination region: the source is encrypted", detail="key", answer=answer)
