"""Database clusters: Aurora, Multi-AZ, serverless and global, and the instances in them."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import region_of
from policies.feasibility.engine.shapes import absent, exactly_one, given, of, only_one, present, when
from policies.feasibility.rules.rds.families import CLUSTER_ORIGINS, engine_of, made_from, text_of
from policies.kit.references import arn_of, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, switch

rules: Final = Rules("feasibility", failures())

_CLUSTERS: Final = "rds/cluster docdb/cluster neptune/cluster"
_CLUSTER_OF: Final = {
    "rds/clusterInstance": "rds/cluster",
    "docdb/clusterInstance": "docdb/cluster",
    "neptune/clusterInstance": "neptune/cluster",
}
_SCALING: Final = {"rds/cluster": ("serverlessv2ScalingConfiguration", 0.0, 256.0)}
_DEFAULT_SCALING: Final = ("serverlessV2ScalingConfiguration", 0.5, 256.0)


@rules.rule(
    "cluster-member-engine",
    "F224",
    "rds/clusterInstance",
    description="An instance of a cluster has the cluster's engine.",
    remediation="Set engine and engineVersion from the cluster's outputs.",
)
def _member(instance: Resource) -> Answers:
    cluster = target(instance, "clusterIdentifier", "rds/cluster")
    if cluster is not None:
        engine, other = engine_of(instance), engine_of(cluster)
        if engine and other and engine != other:
            answer = (
                f"InvalidParameterCombination: The engine name requested for your DB instance ({engine}) doesn't match the "
                f"engine name of your DB cluster ({other})"
            )
            yield Finding("engine", engine, f"{other}, the cluster's engine", answer=answer)


@rules.rule(
    "cluster-serverless-scaling",
    "F226",
    " ".join(_CLUSTER_OF),
    description="A serverless instance belongs to a cluster with a scaling range.",
    remediation="Set serverlessv2ScalingConfiguration {minCapacity, maxCapacity} on the cluster.",
)
def _serverless(instance: Resource) -> Answers:
    if text_of(instance.get("instanceClass")) == "db.serverless":
        kind = _CLUSTER_OF[instance.kind]
        cluster = target(instance, "clusterIdentifier", kind)
        if cluster is not None and not given(cluster.get(_SCALING.get(kind, _DEFAULT_SCALING)[0])):
            yield Finding(
                "instanceClass", "db.serverless", f"a class with a size, or a scaling range on cluster {cluster.name}"
            )


@rules.rule(
    "cluster-scaling-range",
    "F226",
    _CLUSTERS,
    description="The capacity range of a serverless cluster is one that AWS takes.",
    remediation="Set minCapacity at most maxCapacity, in steps of 0.5, and maxCapacity at least 1.",
)
def _range(cluster: Resource) -> Answers:
    name, least, most = _SCALING.get(cluster.kind, _DEFAULT_SCALING)
    if cluster.get(name) is None:
        return
    values = {part: as_number(cluster.get(f"{name}.{part}")) for part in ("minCapacity", "maxCapacity")}
    for part, value in values.items():
        low = 1.0 if part == "maxCapacity" else least
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value is not None and not (low <= value <= most and value * 2 % 1 == 0):
            answer = f"InvalidParameterValue: The {part} of the serverless v2 scaling configuration is not valid"
            yield Finding(f"{name}.{part}", value, f"{low:g} to {most:g} in steps of 0.5", detail=part, answer=answer)
    low, high = values["minCapacity"], values["maxCapacity"]
    if low is not UNKNOWN and high is not UNKNOWN and low is not None and high is not None and low > high:
        answer = "InvalidParameterValue: the minimum capacity must not exceed the maximum capacity"
        yield Finding(f"{name}.minCapacity", low, f"at most maxCapacity, which is {high:g}", detail="order", answer=answer)


def _storage(kind: Value, allowed: tuple[str, ...], cluster: str) -> Answers:
    if kind is UNKNOWN:
        yield NOT_JUDGED
    elif kind not in (None, "", *allowed):
        yield Finding("storageType", kind, f"{' or '.join(allowed)}, or nothing, for {cluster}", detail="storageType")


_NOT_AURORA: Final = "because Aurora manages its storage and its instances are rds.ClusterInstance"
_NOT_MULTI_AZ: Final = "because a Multi-AZ DB cluster (engine mysql or postgres) does not have it"
_AURORA_ONLY: Final = (
    "backtrackWindow enableHttpEndpoint enableGlobalWriteForwarding globalClusterIdentifier "
    "scalingConfiguration serverlessv2ScalingConfiguration"
)

rules.add(
    "cluster-settings-of-its-type",
    "F225",
    "rds/cluster",
    of(
        when(
            "engine", ("aurora-mysql", "aurora-postgresql"), absent("allocatedStorage dbClusterInstanceClass iops", _NOT_AURORA)
        ),
        when(
            "engine",
            ("aurora-mysql", "aurora-postgresql"),
            lambda _, block: _storage(block.get("storageType"), ("aurora", "aurora-iopt1"), "Aurora"),
        ),
        when("engine", ("mysql", "postgres"), absent(_AURORA_ONLY, _NOT_MULTI_AZ)),
        when(
            "engine",
            ("mysql", "postgres"),
            lambda _, block: _storage(block.get("storageType"), ("io1", "io2", "gp3"), "a Multi-AZ DB cluster"),
        ),
    ),
    description="A cluster has the settings of its type: Aurora, or Multi-AZ DB cluster of MySQL or PostgreSQL.",
    remediation="Remove settings of the other type.",
)
rules.add(
    "cluster-settings-of-multi-az",
    "F225",
    "rds/cluster",
    lambda cluster: () if made_from(cluster, CLUSTER_ORIGINS) else _MULTI_AZ_NEEDS(cluster),
    description="A Multi-AZ DB cluster says its class, size and, for io1 and io2, its IOPS.",
    remediation="Set dbClusterInstanceClass, allocatedStorage, storageType and iops.",
)
_MULTI_AZ_NEEDS: Final = of(
    when(
        "engine",
        ("mysql", "postgres"),
        present("dbClusterInstanceClass allocatedStorage", "because the engine makes it a Multi-AZ DB cluster"),
        when("storageType", ("io1", "io2"), present("iops", "because of the storage type"), default="io1"),
    )
)
rules.add(
    "cluster-scaling-of-its-mode",
    "F225",
    "rds/cluster",
    of(
        when(
            "engineMode", ("serverless",), absent("serverlessv2ScalingConfiguration", "because engineMode is serverless (v1)")
        ),
        when(
            "engineMode",
            ("provisioned",),
            absent("scalingConfiguration", "because it is for engineMode serverless"),
            default="provisioned",
        ),
    ),
    description="A cluster has the scaling settings of its engine mode.",
    remediation="Aurora Serverless v2 takes engineMode provisioned and serverlessv2ScalingConfiguration.",
)


@rules.rule(
    "cluster-zones",
    "F227",
    "rds/cluster",
    description="A cluster names all three of its zones, or none.",
    remediation="Remove availabilityZones, or name three; with fewer AWS adds zones, and the next up replaces the cluster.",
)
def _zones(cluster: Resource) -> Answers:
    zones = as_list(cluster.get("availabilityZones"))
    if 0 < len(zones) != 3 and "availabilityZones" not in cluster.ignore_changes:
        yield Finding("availabilityZones", f"{len(zones)} zones", "three zones, or nothing")


@rules.rule(
    "cluster-secondary-credentials",
    "F228",
    "rds/cluster docdb/cluster",
    description="A secondary cluster of a global database leaves user, password and database name to the primary.",
    remediation="Remove them; the secondary takes the primary's.",
)
def _secondary(cluster: Resource) -> Answers:
    names = ("masterUsername", "masterPassword", "masterPasswordWo", "manageMasterUserPassword", "databaseName")
    own = [name for name in names if given(cluster.get(name))]
    if not own:
        return
    source = cluster.get("replicationSourceIdentifier")
    secondary = given(source)
    if given(cluster.get("globalClusterIdentifier")) and not secondary:
        siblings = [
            other
            for globe in targets(cluster, "globalClusterIdentifier", f"{cluster.kind.split('/')[0]}/globalCluster")
            for other in referrers(globe, cluster.kind, "globalClusterIdentifier")
            if other is not cluster
        ]
        # of two clusters of one global database, the one that is created after the other is its secondary
        secondary = any(cluster.after(other) and region_of(other) != region_of(cluster) for other in siblings)
    if secondary:
        for name in own:
            yield Finding(name, "set", "nothing on a secondary or replica cluster", detail=name)


rules.add(
    "global-cluster-source",
    "F225",
    "rds/globalCluster docdb/globalCluster neptune/globalCluster",
    of(only_one("engine sourceDbClusterIdentifier"), only_one("storageEncrypted sourceDbClusterIdentifier")),
    description="A global database takes engine and encryption from its source cluster, or says them itself.",
    remediation="Remove engine and storageEncrypted beside sourceDbClusterIdentifier.",
)


@rules.rule(
    "cluster-backup-retention",
    "F229",
    _CLUSTERS,
    description="A cluster keeps its backups for 1 to 35 days.",
    remediation="Set backupRetentionPeriod from 1 to 35; a cluster cannot be without backups.",
)
def _retention(cluster: Resource) -> Answers:
    kept = as_number(cluster.get("backupRetentionPeriod"))
    if kept is UNKNOWN:
        yield NOT_JUDGED
    elif kept is not None and not 1 <= kept <= 35:
        yield Finding("backupRetentionPeriod", cluster.get("backupRetentionPeriod"), "1 to 35 days")


@rules.rule(
    "rds-backup-retention-range",
    "F229",
    "rds/instance",
    description="An instance keeps its backups for at most 35 days.",
    remediation="Set backupRetentionPeriod from 0 to 35; AWS Backup keeps them longer.",
)
def _instance_retention(instance: Resource) -> Answers:
    kept = as_number(instance.get("backupRetentionPeriod"))
    if kept is UNKNOWN:
        yield NOT_JUDGED
    elif kept is not None and not 0 <= kept <= 35:
        yield Finding("backupRetentionPeriod", instance.get("backupRetentionPeriod"), "0 to 35 days")


rules.add(
    "rds-proxy-target",
    "F219",
    "rds/proxyTarget",
    of(exactly_one("dbInstanceIdentifier dbClusterIdentifier")),
    description="A proxy target is an instance or a cluster.",
    remediation="Set one of dbInstanceIdentifier and dbClusterIdentifier.",
)


@rules.rule(
    "rds-proxy-engine-family",
    "F224",
    "rds/proxyTarget",
    description="A proxy has the engine family of the database behind it.",
    remediation="Set engineFamily of the proxy to MYSQL, POSTGRESQL or SQLSERVER, as the database is.",
)
def _proxy_family(link: Resource) -> Answers:
    proxy = target(link, "dbProxyName", "rds/proxy")
    path = "dbInstanceIdentifier" if given(link.get("dbInstanceIdentifier")) else "dbClusterIdentifier"
    if proxy is None or not given(link.get(path)):
        return
    database = target(link, path, "rds/instance", "rds/cluster")
    if database is None:
        return
    engine, family = engine_of(database), text_of(proxy.get("engineFamily"))
    wanted = "POSTGRESQL" if "postgres" in engine else "SQLSERVER" if "sqlserver" in engine else "MYSQL"
    if engine and family and family != wanted:
        answer = f"InvalidParameterCombination: the engine family {family} does not match the engine {engine}"
        yield Finding("dbProxyName", f"{proxy.name} ({family})", f"a proxy with engineFamily {wanted}", answer=answer)


@rules.rule(
    "rds-backup-replication-region",
    "F222",
    "rds/instanceAutomatedBackupsReplication",
    description="Automated backups are replicated into another region, with a key there if the database is encrypted.",
    remediation="Set region to the destination's, and kmsKeyId to a key there.",
)
def _backup_replication(replication: Resource) -> Answers:
    value = replication.get("sourceDbInstanceArn")
    arn = arn_of(value) if value is not UNKNOWN else None
    source = target(replication, "sourceDbInstanceArn", "rds/instance")
    origin = arn.region if arn else region_of(source) if source is not None else None
    own = region_of(replication)
    if origin is not None and origin == own:
        answer = "InvalidParameterValue: source and destination of automated backup replication are the same region"
        yield Finding("sourceDbInstanceArn", origin, "an instance of another region", detail="region", answer=answer)
    if source is not None and switch(source.get("storageEncrypted")) and not given(replication.get("kmsKeyId")):
        answer = "InvalidParameterCombination: a KMS key of the destination region is required for an encrypted source"
        yield Finding("kmsKeyId", None, "a key of the destination region: the source is encrypted", detail="key", answer=answer)
