"""Data at rest in databases, caches and search domains is encrypted under a customer managed key."""

from collections.abc import Iterator
from typing import Final

from policies.kit.checks import all_of, customer_key, is_not, is_on, key_region, only_where, unless_one
from policies.kit.conditions import any_given, for_kinds, inherited, unless
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_bool

rules: Final = Rules("encryption")

_USE_KEY: Final = "Set it to the ARN of a customer managed key of the data class."
_DATABASES: Final = "rds/instance rds/cluster docdb/cluster neptune/cluster"
_GLOBAL: Final = "rds/globalCluster docdb/globalCluster neptune/globalCluster"
_COPIED: Final = "snapshotIdentifier restoreToPointInTime globalClusterIdentifier sourceDbClusterIdentifier"
_REPLICATED: Final = "replicateSourceDb replicationSourceIdentifier"


def _key_of(database: Resource) -> str:
    return "kmsKeyArn" if database.kind.startswith("neptune/") else "kmsKeyId"


@rules.rule("rds-storage-encrypted", "C007", f"{_DATABASES} {_GLOBAL}", remediation_values={"storageEncrypted": True})
def _rds_storage_encrypted(database: Resource) -> Answers:
    """Database storage is encrypted.

    Set storageEncrypted: true (a database that exists must be restored from an encrypted copy of its snapshot).
    """
    encrypted = as_bool(database.get("storageEncrypted"))
    if encrypted is UNKNOWN:
        yield NOT_JUDGED
    elif encrypted is not True:
        inherits = encrypted is None and any_given(database, f"{_COPIED} {_REPLICATED}")
        serverless = database.get("engineMode") == "serverless"
        if inherits and database.get(_key_of(database)) is None:
            yield NOT_JUDGED
        elif not inherits and not serverless:
            yield Finding("storageEncrypted", database.get("storageEncrypted"), "true")


@rules.rule("rds-customer-key", "C008", f"{_DATABASES} docdb/elasticCluster")
def _rds_customer_key(database: Resource) -> Answers:
    """Database storage is encrypted under a customer managed key of the database's region.

    Set kmsKeyId (kmsKeyArn for Neptune) to the database key; a replica in another region names the key there.
    """
    path = _key_of(database)
    if database.get(path) is None and _keeps_key(database):
        yield NOT_JUDGED
    else:
        yield from customer_key(path)(database)


def _keeps_key(database: Resource) -> bool:
    """Whether it keeps the key of what it is made from: only a replica in another region needs one of its own."""
    sources = map(database.get, _REPLICATED.split())
    return any_given(database, _COPIED) or any(
        source is UNKNOWN or (isinstance(source, str) and key_region(source) in (None, database.region)) for source in sources
    )


_NO_INSIGHTS: Final = frozenset(f"db.{family}.{size}" for family in ("t2", "t3", "t4g") for size in ("micro", "small"))


@rules.rule("rds-performance-insights-key", "C019", "rds/instance rds/clusterInstance")
def _performance_insights(instance: Resource) -> Answers:
    """Performance Insights is on and encrypted under a customer managed key.

    Set performanceInsightsEnabled: true and performanceInsightsKmsKeyId to the database key.
    """
    # Db2 and the small classes of MySQL and MariaDB do not have it.
    engine = str(instance.get("engine"))
    without = engine.startswith("db2") or (engine in ("mysql", "mariadb") and instance.get("instanceClass") in _NO_INSIGHTS)
    if not without or instance.get("performanceInsightsEnabled") is not None:
        yield from is_on("performanceInsightsEnabled")(instance)
        yield from customer_key("performanceInsightsKmsKeyId")(instance)


# Kind of snapshot -> where it names what it is taken from, and the kind of that.
_SNAPSHOT_OF: Final = {
    "rds/snapshot": ("dbInstanceIdentifier", "rds/instance"),
    "rds/clusterSnapshot": ("dbClusterIdentifier", "rds/cluster"),
    "docdb/clusterSnapshot": ("dbClusterIdentifier", "docdb/cluster"),
    "neptune/clusterSnapshot": ("dbClusterIdentifier", "neptune/cluster"),
}


_TAKEN: Final = " ".join(_SNAPSHOT_OF)
_COPIES: Final = "rds/snapshotCopy rds/clusterSnapshotCopy"


def _encrypted_source(snapshot: Resource) -> Answers:
    """A snapshot is encrypted where its database is."""
    for prop, value in _encryption_of(snapshot):
        if value is not True:
            yield Finding(prop, value, "true")
        return
    prop, kind = _SNAPSHOT_OF[snapshot.kind]
    sources = targets(snapshot, prop, kind)
    if not sources:
        yield NOT_JUDGED
    for source in sources:
        plain = Finding(prop, source.name, "a database with storageEncrypted: true")
        yield from unless_one([source.get("storageEncrypted")], (True,), plain)


def _encryption_of(snapshot: Resource) -> Iterator[tuple[str, Value]]:
    for prop in ("storageEncrypted", "encrypted"):
        for values in (snapshot.properties, snapshot.outputs):
            if (value := values.get(prop)) is not None and value is not UNKNOWN:
                yield prop, as_bool(value)


rules.named("rds-snapshot-private-and-encrypted", "C028", f"{_TAKEN} {_COPIES}").add(
    all_of(
        is_not("sharedAccounts[]", "all", "named accounts"),
        for_kinds(_COPIES, customer_key("kmsKeyId")),
        for_kinds(_TAKEN, _encrypted_source),
    ),
    description="Snapshots are encrypted and shared with named accounts only; copies are under a customer managed key.",
    remediation="Remove `all` from sharedAccounts; encrypt the database; give a copy the kmsKeyId of its region.",
)
_TABLE_KEY: Final = all_of(is_on("serverSideEncryption.enabled"), customer_key("serverSideEncryption.kmsKeyArn"))
rules.named("dynamodb-customer-key", "C033", "dynamodb/table dynamodb/tableReplica").add(
    all_of(
        for_kinds("dynamodb/tableReplica", customer_key("kmsKeyArn")),
        for_kinds(
            "dynamodb/table",
            inherited("serverSideEncryption", "restoreSourceTableArn restoreSourceName", _TABLE_KEY),
            customer_key("replicas[].kmsKeyArn", regional=False),
        ),
    ),
    description="DynamoDB tables and each of their replicas are encrypted under a customer managed key.",
    remediation="Set serverSideEncryption: {enabled: true, kmsKeyArn: <key>} and kmsKeyArn on each replica.",
)
_AT_REST: Final = "atRestEncryptionEnabled"
rules.named("elasticache-customer-key", "C157", "elasticache/replicationGroup elasticache/serverlessCache").add(
    inherited(
        "kmsKeyId",
        "globalReplicationGroupId",  # a member of a global datastore takes the setting of its primary
        for_kinds(
            "elasticache/replicationGroup",
            only_where("engine", is_on(_AT_REST, default=True), values=("valkey",)),
            unless("engine", ("valkey",), is_on(_AT_REST)),
        ),
        customer_key("kmsKeyId"),
    ),
    description="Caches are encrypted at rest under a customer managed key.",
    remediation="Set atRestEncryptionEnabled: true (replication groups) and kmsKeyId.",
)
rules.named("opensearch-customer-key", "C208", "opensearch/domain elasticsearch/domain").add(
    all_of(is_on("encryptAtRest.enabled"), customer_key("encryptAtRest.kmsKeyId")),
    description="Search domains are encrypted under a customer managed key.",
    remediation=_USE_KEY,
)
