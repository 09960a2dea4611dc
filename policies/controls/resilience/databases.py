"""Databases outlive an instance, a zone and a region: standby, backups, copies elsewhere, and engines that are looked after."""

import re
from typing import Final

from policies.kit.checks import KEY_KINDS, at_least, each_is, is_not, is_on, key_region
from policies.kit.conditions import where_missing
from policies.kit.references import may_reference, referrers, targets
from policies.kit.resource import STACK_REFERENCE, Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number

rules: Final = Rules("resilience")

_CLUSTERS: Final = "rds/cluster docdb/cluster neptune/cluster"
_BACKUP_COPY: Final = ("rds/instanceAutomatedBackupsReplication", "sourceDbInstanceArn")
_REPLICA: Final = ("rds/instance", "replicateSourceDb")

MIN_RETENTION_DAYS: Final = 7
# docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
MAX_RETENTION_DAYS: Final = 35

# docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html: the oldest in Extended Support
_OLDEST_MAJOR: Final = 11
# aws.amazon.com/security/security-bulletins/AWS-2022-004: engine -> major -> last minor in which log_fdw reads any file
_LAST_OPEN_MINOR: Final = {"postgres": {11: 11, 12: 6, 13: 2}, "aurora-postgresql": {11: 8}}


def in_cluster(database: Resource) -> bool:
    """Whether an instance is a member of a cluster, which then decides on backups, standby and deletion."""
    engine = database.get("engine")
    return database.kind == "rds/instance" and isinstance(engine, str) and engine.startswith(("aurora", "docdb", "neptune"))


def standalone(check: Check) -> Check:
    """`check`, but for instances that are members of a cluster."""
    return lambda database: () if in_cluster(database) else check(database)


@rules.rule("rds-multi-az", "C010", f"rds/instance {_CLUSTERS}")
def _multi_az(database: Resource) -> Answers:
    """Databases run in more than one zone: an instance has a standby, a cluster instances in two zones.

    Set multiAz: true; give a cluster a second ClusterInstance in another availabilityZone.
    """
    if database.kind == "rds/instance":
        yield from standalone(is_on("multiAz"))(database)
    elif database.get("dbClusterInstanceClass") is None and database.get("engineMode") != "serverless":
        yield from _cluster_zones(database)


def _cluster_zones(cluster: Resource) -> Answers:
    """Of clusters whose instances are declared one by one; Multi-AZ clusters and Aurora Serverless v1 span zones by nature."""
    kind = cluster.kind.replace("cluster", "clusterInstance")
    instances = referrers(cluster, kind, "clusterIdentifier")
    if not instances:
        zones = cluster.get("availabilityZones")
        if may_reference(cluster, (kind, "clusterIdentifier")):
            yield NOT_JUDGED
        elif len(as_list(zones)) < 2:
            yield Finding("availabilityZones", zones, "instances in two zones or more; the stack has none")
        return
    zones = [instance.get("availabilityZone") for instance in instances]
    if len(instances) == 1:
        yield Finding("", None, "a second instance in another zone; the cluster has one")
    elif None not in zones and len({zone for zone in zones if zone is not UNKNOWN}) < 2:
        if any(zone is UNKNOWN for zone in zones):
            yield NOT_JUDGED
        else:
            yield Finding("", zones[0], "instances in two zones or more; all are in one")


# Absent is too short: the provider sends 0 for an instance, and RDS keeps a cluster's backups for a day.
rules.named("rds-backup-retention", "C011", f"rds/instance {_CLUSTERS}").add(
    standalone(
        each_is(
            "backupRetentionPeriod",
            lambda days: MIN_RETENTION_DAYS <= (as_number(days) or 0) <= MAX_RETENTION_DAYS,
            f"{MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS} days",
        )
    ),
    description=f"Automated backups are kept {MIN_RETENTION_DAYS} days or longer, also those of replicas.",
    remediation=f"Set backupRetentionPeriod: {MIN_RETENTION_DAYS} or more (up to {MAX_RETENTION_DAYS}).",
    remediation_values={"backupRetentionPeriod": MIN_RETENTION_DAYS},
)
rules.named("rds-replicated-backup-retention", "C011", "rds/instanceAutomatedBackupsReplication").add(
    at_least("retentionPeriod", MIN_RETENTION_DAYS, default=7, unit="days"),
    description=f"Backups that are replicated to another region are kept {MIN_RETENTION_DAYS} days or longer there.",
    remediation=f"Set retentionPeriod: {MIN_RETENTION_DAYS} or more.",
    remediation_values={"retentionPeriod": MIN_RETENTION_DAYS},
)


rules.named("rds-final-snapshot", "C013", f"rds/instance {_CLUSTERS}").add(
    where_missing("replicateSourceDb", standalone(is_not("skipFinalSnapshot", True, "false or absent"))),
    description="A database that is deleted leaves a final snapshot.",
    remediation="Remove skipFinalSnapshot and set finalSnapshotIdentifier.",
)
rules.named("rds-minor-upgrades", "C020", "rds/instance rds/cluster rds/clusterInstance neptune/clusterInstance").add(
    is_on("autoMinorVersionUpgrade", default=True),
    description="Databases take minor versions by themselves, AWS's default.",
    remediation="Remove autoMinorVersionUpgrade: false.",
    remediation_values={"autoMinorVersionUpgrade": True},
)


@rules.rule("rds-cross-region-copy", "C029", "rds/instance", needs_stack=True)
def _cross_region_copy(database: Resource) -> Answers:
    """A database has a replica, or a copy of its automated backups, in another region.

    Declare an InstanceAutomatedBackupsReplication, or a replica (replicateSourceDb) with another region.
    """
    if database.get("replicateSourceDb") is not None or in_cluster(database):
        return
    if referrers(database, *_BACKUP_COPY):
        return
    replicas = [_elsewhere(replica, database) for replica in referrers(database, *_REPLICA)]
    if True in replicas:
        return
    keys = targets(database, "kmsKeyId", "kms/key")
    # Whoever replicates the database's key puts a copy of the database beside it, by another stack if not by this one.
    replicated = any(referrers(key, "kms/replicaKey", "primaryKeyArn") for key in keys)
    # A key from another stack says that the database is one of a set, as a promoted replica is.
    one_of_a_set = STACK_REFERENCE in (database.sources("kmsKeyId") or ())
    if replicated or one_of_a_set or None in replicas or may_reference(database, _BACKUP_COPY, _REPLICA):
        yield NOT_JUDGED
    else:
        yield Finding("", None, "a replica of it, or of its automated backups, in another region")


def _elsewhere(replica: Resource, source: Resource) -> bool | None:
    """Whether `replica` is in another region than `source`; None where neither the regions nor the reference say."""
    if replica.region and source.region:
        return replica.region != source.region
    reference = replica.get("replicateSourceDb")
    return None if reference is UNKNOWN else str(reference).startswith("arn:")  # RDS wants an ARN across regions only


@rules.rule("rds-copy-encrypted", "C029", "rds/instanceAutomatedBackupsReplication rds/instance rds/cluster", needs_stack=True)
def _copy_encrypted(copy: Resource) -> Answers:
    """Replicas and replicated backups in another region are encrypted under a KMS key of that region.

    Set kmsKeyId to the ARN of the database key in the copy's region.
    """
    crosses = copy.kind == _BACKUP_COPY[0] or _crosses(copy)
    if crosses is False:
        return
    key = copy.get("kmsKeyId")
    if crosses is None and key is None:
        yield NOT_JUDGED
    elif key is UNKNOWN:
        if not (copy.sources("kmsKeyId") or set()) & (KEY_KINDS | {STACK_REFERENCE}):
            yield NOT_JUDGED
    elif not key:
        yield Finding("kmsKeyId", key, "a KMS key of the copy's region")
    elif copy.region and (key_region(key) or copy.region) != copy.region:
        yield Finding("kmsKeyId", key, f"a KMS key of the copy's region, {copy.region}")


def _crosses(copy: Resource) -> bool | None:
    """Whether a database is a replica of one in another region; None where the plan does not say."""
    prop = "replicateSourceDb" if copy.kind == "rds/instance" else "replicationSourceIdentifier"
    source = copy.get(prop)
    if source is None:
        return False
    if source is not UNKNOWN:
        region = key_region(source)
        return region is not None and region != copy.region
    regions = {other.region for other in targets(copy, prop, copy.kind)}
    return None if not regions or None in regions or copy.region is None else regions != {copy.region}


@rules.rule("rds-postgres-version", "C030", "rds/instance rds/cluster")
def _postgres_version(database: Resource) -> Answers:
    """PostgreSQL engines are of a major that AWS supports and of a minor without the log_fdw hole.

    Set engineVersion to a current major, e.g. 17; RDS then keeps the minor current.
    """
    engine, version = database.get("engine"), database.get("engineVersion")
    if engine is UNKNOWN or version is UNKNOWN:
        if engine is UNKNOWN or engine in _LAST_OPEN_MINOR:
            yield NOT_JUDGED
        return
    found = re.match(r"(\d+)(?:\.(\d+))?", str(version))
    if engine not in _LAST_OPEN_MINOR or not found:
        return
    major, minor = int(found[1]), found[2]
    if major < _OLDEST_MAJOR:
        yield Finding("engineVersion", version, f"{_OLDEST_MAJOR} or later; AWS no longer supports this major")
    elif minor is not None and int(minor) <= (last := _LAST_OPEN_MINOR[engine].get(major, -1)):
        yield Finding("engineVersion", version, f"{major}.{last + 1} or later; log_fdw reads any file before")
