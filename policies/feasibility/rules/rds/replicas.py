"""Read replicas: what AWS asks of the source, of the replica, and of things that must be in the replica's own region."""

from typing import Any, Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import any_unknown, region_of
from policies.feasibility.engine.shapes import blocks, forbids, given, json_object, of, saying
from policies.feasibility.rules.rds.families import engine_of, text_of
from policies.kit.references import arn_of, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_number, switch

rules: Final = Rules("feasibility", failures())

_SOURCE: Final = "replicateSourceDb"
_MOST_REPLICAS: Final = {"oracle": 5, "sqlserver": 5, "custom": 5, "db2": 3}
_AT_LEAST_AS_PRIMARY: Final = (
    "max_connections",
    "max_worker_processes",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "max_wal_senders",
)


def _source(replica: Resource) -> Resource | None:
    """The instance that it replicates, by name in its own region or by dependency; None if there is none in this stack."""
    value = replica.get(_SOURCE)
    found = targets(replica, _SOURCE, "rds/instance") if given(value) else []
    if isinstance(value, str) and arn_of(value) is None and len(found) > 1:
        found = [source for source in found if region_of(source) == region_of(replica)]
    if not found and value is UNKNOWN:
        raise UnknownValueError
    return found[0] if len(found) == 1 else None


def _elsewhere(replica: Resource) -> bool | None:
    """Whether the source is in another region; None if the plan does not say."""
    arn = arn_of(replica.get(_SOURCE))
    source = _source(replica) if arn is None else None
    origin = arn.region if arn else region_of(source) if source else None
    if arn is None and source is None:
        return False  # a name that is not in this stack: AWS looks for it in the replica's own region
    own = region_of(replica)
    return origin != own if origin and own else None


@rules.rule("rds-replica-of-managed-password", "F001", "rds/instance")
def _managed_password(replica: Resource) -> Answers:
    """A read replica has a source whose master password is not managed by RDS.

    Keep the password of source and replica in a secret of your own (passwordWo); leave manageMasterUserPassword unset.
    """
    source = _source(replica)
    if source is not None and not engine_of(source).startswith("sqlserver") and switch(source.get("manageMasterUserPassword")):
        yield Finding(_SOURCE, source.name, "a source without manageMasterUserPassword")


rules.named("rds-replica-own-credentials", "F008", "rds/instance").add(
    of(saying("", forbids(_SOURCE, "username password passwordWo manageMasterUserPassword dbName"), shown="set")),
    description="A read replica leaves user, password and database name to its source.",
    remediation="Remove them from the replica; add them after it has been promoted.",
)


@rules.rule("rds-replica-key", "F004", "rds/instance")
def _replica_key(replica: Resource) -> Answers:
    """An encrypted read replica in another region names a key of its own region.

    Set kmsKeyId to the ARN of a key in the replica's region (a replica key, or one of its own).
    """
    if not given(replica.get(_SOURCE)) or given(replica.get("kmsKeyId")):
        return
    elsewhere = _elsewhere(replica)
    if elsewhere is None:
        yield NOT_JUDGED
    elif elsewhere:
        source = _source(replica)
        if source is None and not switch(replica.get("storageEncrypted")):
            yield NOT_JUDGED  # whether the source is encrypted is not in this plan
        elif source is None or switch(source.get("storageEncrypted")):
            yield Finding("kmsKeyId", None, "a key of the replica's own region, because the source is encrypted")


@rules.rule("rds-replica-of-unencrypted", "F222", "rds/instance")
def _unencrypted(replica: Resource) -> Answers:
    """A read replica is encrypted exactly where its source is.

    Set storageEncrypted alike on both; encrypt a source that exists by restoring an encrypted copy of its snapshot.
    """
    source = _source(replica)
    if source is None or given(source.get("snapshotIdentifier")) or given(source.get(_SOURCE)):
        return
    if (given(replica.get("kmsKeyId")) or switch(replica.get("storageEncrypted"))) and not switch(
        source.get("storageEncrypted")
    ):
        yield Finding(_SOURCE, source.name, "an encrypted source, because the replica is encrypted")


@rules.rule("rds-replica-source-name", "F005", "rds/instance")
def _source_name(replica: Resource) -> Answers:
    """A replica names a source of another region, or one beside an own subnet group, by its ARN.

    Set replicateSourceDb to the source's arn.
    """
    value = replica.get(_SOURCE)
    if not isinstance(value, str) or not value or arn_of(value) is not None:
        if value is UNKNOWN and (given(replica.get("dbSubnetGroupName")) or _elsewhere(replica) is not False):
            yield NOT_JUDGED
        return
    if given(replica.get("dbSubnetGroupName")):
        yield Finding(_SOURCE, value, "the source's ARN, because dbSubnetGroupName is set")
        return
    namesakes = targets(replica, _SOURCE, "rds/instance")
    if namesakes and all(_other_region(replica, source) for source in namesakes):
        yield Finding(_SOURCE, value, f"the source's ARN, because the source is in {region_of(namesakes[0])}")


def _other_region(one: Resource, other: Resource) -> bool:
    first, second = region_of(one), region_of(other)
    return first is not None and second is not None and first != second


@rules.rule("rds-replica-source-backups", "F007", "rds/instance")
def _source_backups(replica: Resource) -> Answers:
    """The source of a read replica keeps automated backups.

    Set backupRetentionPeriod on the source to at least 1.
    """
    source = _source(replica)
    if source is not None:
        kept = as_number(source.get("backupRetentionPeriod"))
        if kept is None and (given(source.get("snapshotIdentifier")) or given(source.get(_SOURCE))):
            yield NOT_JUDGED
        elif not kept:
            yield Finding(_SOURCE, source.name, "a source with backupRetentionPeriod of at least 1 (absent is 0)")


@rules.rule("rds-replica-count", "F223", "rds/instance")
def _count(source: Resource) -> Answers:
    """An instance has no more read replicas than AWS gives it.

    Make replicas of a replica, or fewer of them.
    """
    most = next((number for engine, number in _MOST_REPLICAS.items() if engine_of(source).startswith(engine)), 15)
    found = [replica for replica in referrers(source, "rds/instance", _SOURCE) if replica is not source]
    if len(found) > most:
        yield Finding("", None, f"at most {most} read replicas of one instance; this stack has {len(found)}")


@rules.rule("rds-stopped-replication", "F010", "rds/instanceDesiredState scheduler/schedule")
def _stopped(schedule: Resource) -> Answers:
    """Nothing stops a database that has, or is, a read replica.

    Leave it out of stop schedules; make its class smaller, or remove the replica before.
    """
    if schedule.kind == "rds/instanceDesiredState":
        if text_of(schedule.get("state")) == "stopped":
            database = target(schedule, "identifier", "rds/instance")
            yield from _not_stopped("identifier", database)
    elif text_of(schedule.get("target.arn")).lower().endswith(":rds:stopdbinstance"):
        names = list((json_object(schedule.get("target.input")) or {}).values())
        for database in schedule.graph.of("rds/instance"):
            if database.get("identifier") is UNKNOWN:
                yield NOT_JUDGED
            elif database.get("identifier") in names:
                yield from _not_stopped("target.input", database)


def _not_stopped(path: str, database: Resource | None) -> Answers:
    if database is not None:
        replicas = referrers(database, "rds/instance", _SOURCE)
        if given(database.get(_SOURCE)) or any(replica is not database for replica in replicas):
            yield Finding(path, database.name, "an instance without replication")


@rules.rule("rds-replica-parameters", "F024", "rds/instance")
def _parameters(replica: Resource) -> Answers:
    """A PostgreSQL replica has parameters that are at least the primary's where a standby needs that.

    Give both the same values of these parameters.
    """
    source = _source(replica)
    if source is None or "postgres" not in (engine_of(source) or "postgres"):
        return
    group, other = (target(instance, "parameterGroupName", "rds/parameterGroup") for instance in (replica, source))
    if group is None or other is None or group is other:
        return
    own, primary = _values(group), _values(other)
    for name in _AT_LEAST_AS_PRIMARY:
        if name in own and name in primary:
            if own[name] is UNKNOWN or primary[name] is UNKNOWN:
                yield NOT_JUDGED
            elif (mine := as_number(own[name])) is not None and (its := as_number(primary[name])) is not None and mine < its:
                expected = f"a group with {name} of at least {its:g}, as the primary has"
                yield Finding("parameterGroupName", f"{group.name} ({name} = {mine:g})", expected, detail=name)


def _values(group: Resource) -> dict[Any, Any]:
    return {parameter.get("name"): parameter.get("value") for _, parameter in blocks(group, "parameters[]")}


_REGIONAL: Final = {
    "parameterGroupName": ("rds/parameterGroup",),
    "dbClusterParameterGroupName": ("rds/clusterParameterGroup",),
    "dbSubnetGroupName": ("rds/subnetGroup",),
    "optionGroupName": ("rds/optionGroup",),
    "vpcSecurityGroupIds[]": ("ec2/securityGroup", "ec2/defaultSecurityGroup"),
}


@rules.rule("rds-groups-of-own-region", "F026", "rds/instance rds/cluster rds/clusterInstance")
def _groups(database: Resource) -> Answers:
    """Parameter, option, subnet and security groups of a database are of its own region.

    Make a copy of the group in each region (region on the resource).
    """
    for path, kinds in _REGIONAL.items():
        found = targets(database, path, *kinds)
        away = [group for group in found if _other_region(database, group)]
        # a name may be meant for its namesake of the database's own region
        by_name = not path.endswith("[]") and not any_unknown(database, path)
        for group in () if by_name and away != found else away:
            name = path.removesuffix("[]")
            expected = f"one of {region_of(database)}; {group.name} is in {region_of(group)}"
            yield Finding(name, database.get(name), expected, detail=group.name)
