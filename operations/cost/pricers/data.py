"""Databases, caches, search, tables, buckets, images, backups, keys and secrets."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, cast

from operations.cost.amounts import exactly
from operations.cost.lines import Context, Line, Pricer, by_hour, fixed, used
from operations.cost.resources import Resource


def _database(resource: Resource, context: Context) -> Iterator[Line]:
    """An instance that is stopped costs its storage and its backups only."""
    copies = 2 if resource.inputs.get("multiAz") else 1
    type_ = resource.inputs.get("instanceClass")
    says = f"instance {type_}{' in two zones' if copies > 1 else ''}"
    yield by_hour(resource, says, f"rds/{type_}", copies, sleeps=True)
    storage = resource.number("allocatedStorage")
    kind = resource.inputs.get("storageType") or "gp3"
    if storage is None and resource.inputs.get("replicateSourceDb"):
        yield used(resource, "storage, as of its source", "rds/gp3", context.usage["replica_gb"].times(copies), kept=True)
    else:
        yield fixed(resource, f"storage {kind}", f"rds/{kind}", None if storage is None else storage * copies)
    yield used(resource, "backups beyond its storage", "rds/backup", context.usage["rds_backup_gb"], kept=True)


def _cache(resource: Resource, context: Context) -> Iterator[Line]:
    """ElastiCache stops no node."""
    nodes = resource.number("numCacheClusters") or Decimal(1)
    type_ = resource.inputs.get("nodeType")
    yield by_hour(resource, f"{nodes} x {type_}", f"elasticache/{type_}", nodes)
    yield used(resource, "snapshots", "elasticache/backup", context.usage["cache_backup_gb"], kept=True)


def _search(resource: Resource, _: Context) -> Iterator[Line]:
    """OpenSearch Service stops no domain."""
    cluster = cast("Mapping[str, Any]", resource.inputs.get("clusterConfig") or {})
    count = resource.number("clusterConfig", "instanceCount") or Decimal(1)
    type_ = cluster.get("instanceType")
    yield by_hour(resource, f"{count} x {type_}", f"opensearch/{type_}", count)
    if cluster.get("dedicatedMasterEnabled"):
        masters, kind = resource.number("clusterConfig", "dedicatedMasterCount"), cluster.get("dedicatedMasterType")
        yield by_hour(resource, f"{masters} x {kind}", f"opensearch/{kind}", masters)
    volume = resource.number("ebsOptions", "volumeSize")
    yield fixed(resource, "storage gp3", "opensearch/gp3", None if volume is None else volume * count)


def _backups(resource: Resource, context: Context) -> Iterator[Line]:
    """A copy of the source's automated backups: of as many GB as a replica has, and none of them free."""
    yield used(resource, "backups in another region", "rds/backup", context.usage["replica_gb"], kept=True)


def _catalog(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "requests to the catalog", "glue/requests", context.usage["catalog_requests"])


def _table(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "reads", "dynamodb/reads", context.usage["table_reads"])
    yield used(resource, "writes", "dynamodb/writes", context.usage["table_writes"])
    yield used(resource, "storage", "dynamodb/gb", context.usage["table_gb"], kept=True)
    if cast("Mapping[str, Any]", resource.inputs.get("pointInTimeRecovery") or {}).get("enabled"):
        yield used(resource, "recovery to any point in time", "dynamodb/pitr", context.usage["table_gb"], kept=True)


def _table_replica(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "replicated writes", "dynamodb/replicated", context.usage["table_writes"])
    yield used(resource, "storage", "dynamodb/gb", context.usage["table_gb"], kept=True)


def _bucket(resource: Resource, context: Context) -> Iterator[Line]:
    """All as S3 Standard: what a lifecycle moves to a colder class costs less to keep."""
    yield used(resource, "storage", "s3/gb", context.usage["s3_gb"], kept=True)
    yield used(resource, "writes and lists", "s3/puts", context.usage["s3_puts"])
    yield used(resource, "reads", "s3/gets", context.usage["s3_gets"])


def _inventory(resource: Resource, context: Context) -> Iterator[Line]:
    weekly = exactly(Decimal(52) / 12)
    yield used(resource, "weekly inventory", "s3/inventory", context.usage["s3_objects"].times(weekly))


def _replication(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "copies to the other region", "transfer/region", context.usage["replicated_gb"])


def _images(resource: Resource, context: Context) -> Iterator[Line]:
    yield used(resource, "images", "ecr/gb", context.usage["images_gb"], kept=True)


def _vault(resource: Resource, context: Context) -> Iterator[Line]:
    """All at the price of copies of tables; those of databases cost a twentieth less."""
    yield used(resource, "copies", "backup/dynamodb", context.usage["backup_gb"], kept=True)


def _key(resource: Resource, context: Context) -> Iterator[Line]:
    yield fixed(resource, "key", "kms/key")
    if resource.inputs.get("enableKeyRotation"):
        yield used(resource, "its rotations", "kms/key", context.usage["key_rotations"], kept=True)
    yield used(resource, "requests", "kms/requests", context.usage["key_requests"])


def _replica_key(resource: Resource, _: Context) -> Iterator[Line]:
    yield fixed(resource, "copy of a key", "kms/key")


def _secret(resource: Resource, _: Context) -> Iterator[Line]:
    """A copy in another region is a secret of its own."""
    yield fixed(resource, "secret and its copies", "secret", 1 + len(resource.items("replicas")))


PRICERS: Final[Mapping[str, Pricer]] = {
    "aws:rds/instance:Instance": _database,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:opensearch/domain:Domain": _search,
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": _backups,
    "aws:glue/catalogTable:CatalogTable": _catalog,
    "aws:dynamodb/table:Table": _table,
    "aws:dynamodb/tableReplica:TableReplica": _table_replica,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/inventory:Inventory": _inventory,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": _replication,
    "aws:ecr/repository:Repository": _images,
    "aws:backup/vault:Vault": _vault,
    "aws:kms/key:Key": _key,
    "aws:kms/replicaKey:ReplicaKey": _replica_key,
    "aws:secretsmanager/secret:Secret": _secret,
}
