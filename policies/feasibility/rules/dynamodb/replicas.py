"""DynamoDB global tables: who owns the replicas, and what table and replicas need alike."""

from collections.abc import Iterable, Sequence
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import own_region
from policies.feasibility.engine.relations import region_named, region_of
from policies.feasibility.engine.shapes import blocks, distinct, given
from policies.feasibility.rules.dynamodb.tables import tables_scaled
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import key_region
from policies.kit.references import by_value, referrers, target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_list, switch

rules: Final = Rules("feasibility", failures())


_PROTECTED: Final = {
    "pointInTimeRecovery": "pointInTimeRecovery.enabled",
    "deletionProtectionEnabled": "deletionProtectionEnabled",
}
"""Property of a replica -> that of its table."""


def _replicas_of(table: Resource) -> Sequence[Resource]:
    return referrers(table, "dynamodb/tableReplica", "globalTableArn")


@rules.rule("dynamodb-replicas-one-owner", "F002", "dynamodb/tableReplica")
def _one_owner(replica: Resource) -> Answers:
    """Replicas are declared in one place, and the table ignores those that a TableReplica owns.

    Add replicas to ignoreChanges of the table, and no replicas block to it.
    """
    table = target(replica, "globalTableArn", "dynamodb/table")
    if table is None:
        return
    if as_list(table.get("replicas")):
        yield Finding("globalTableArn", table.name, "a table without a replicas block", detail="block")
    elif not any(path.startswith("replica") for path in table.ignore_changes):
        yield Finding("globalTableArn", table.name, "a table with replicas in ignoreChanges", detail="ignoreChanges")


def _has_replicas(table: Resource) -> bool:
    return bool(as_list(table.get("replicas"))) or bool(_replicas_of(table))


@rules.rule("dynamodb-replicated-stream", "F027", "dynamodb/table")
def _stream(table: Resource) -> Answers:
    """A table with replicas declares its stream with new and old images.

    Set streamEnabled: true and streamViewType: NEW_AND_OLD_IMAGES.
    """
    if not _has_replicas(table) or any(value == "STRONG" for _, value in table.each("replicas[].consistencyMode")):
        return
    if not switch(table.get("streamEnabled")):
        yield Finding("streamEnabled", table.get("streamEnabled"), "true, because the table has replicas")
    elif text_of(table.get("streamViewType")) != "NEW_AND_OLD_IMAGES":
        yield Finding("streamViewType", table.get("streamViewType"), "NEW_AND_OLD_IMAGES, because the table has replicas")


@rules.rule("dynamodb-replicated-capacity", "F028", "dynamodb/table")
def _capacity(table: Resource) -> Answers:
    """A provisioned table with replicas has autoscaled write capacity.

    Set billingMode: PAY_PER_REQUEST, or scale the write capacity and let the replica depend on that.
    """
    if not _has_replicas(table) or (text_of(table.get("billingMode")) or "PROVISIONED") != "PROVISIONED":
        return
    scaled = {text_of(scaling.get("scalableDimension")): scaling for scaling in _scalings(table)}
    writes = scaled.get("dynamodb:table:WriteCapacityUnits")
    if writes is None:
        yield Finding("billingMode", "PROVISIONED", "PAY_PER_REQUEST, or autoscaling of dynamodb:table:WriteCapacityUnits")
    else:
        for replica in _replicas_of(table):
            if not replica.after(writes):
                expected = f"a replica {replica.name} that depends on {writes.name}, which scales the writes"
                yield Finding("billingMode", "PROVISIONED", expected, detail=replica.name)


def _scalings(table: Resource) -> Iterable[Resource]:
    named = by_value(table.graph, "appautoscaling/target", "resourceId").get(f"table/{table.get('name')}", [])
    others = referrers(table, "appautoscaling/target", "resourceId")
    return dict.fromkeys((*named, *(scaling for scaling in others if table in tables_scaled(scaling))))


@rules.rule("dynamodb-replica-keys", "F029", "dynamodb/table dynamodb/tableReplica")
def _keys(resource: Resource) -> Answers:
    """Each replica of a table under a customer managed key has a key of its own region.

    Set kmsKeyArn on each replica to a key of the replica's region.
    """
    if resource.kind == "dynamodb/table":
        own = _table_key(resource)
        for where, block in blocks(resource, "replicas[]"):
            key, region = block.get("kmsKeyArn"), block.get("regionName")
            expected, detail = f"a key of {region}", str(region)
            if own and not given(key):
                yield Finding(f"{where}.kmsKeyArn", key, f"{expected}, because the table has its own", detail)
            elif key is UNKNOWN or region is UNKNOWN:
                yield NOT_JUDGED
            elif key and key_region(key) not in (None, region):
                yield Finding(f"{where}.kmsKeyArn", key, expected, detail)
    elif given(resource.get("kmsKeyArn")):
        yield from _OWN_REGION(resource)
    else:
        table = target(resource, "globalTableArn", "dynamodb/table")
        if table is None:
            yield NOT_JUDGED  # the table's key is in another stack
        elif _table_key(table):
            yield Finding("kmsKeyArn", None, "a key of the replica's region, because the table has its own")


_OWN_REGION: Final = own_region("kmsKeyArn", "a key of {region}")


def _table_key(table: Resource) -> bool:
    if table.get("serverSideEncryption") is UNKNOWN:
        raise UnknownValueError
    return switch(table.get("serverSideEncryption.enabled")) and given(table.get("serverSideEncryption.kmsKeyArn"))


@rules.rule("dynamodb-replica-protection", "F038", "dynamodb/table dynamodb/tableReplica")
def _protection(resource: Resource) -> Answers:
    """Replicas have the point-in-time recovery and deletion protection of their table.

    Set pointInTimeRecovery and deletionProtectionEnabled on each replica: they do not come from the table.
    """
    own = resource.kind == "dynamodb/table"
    table = resource if own else target(resource, "globalTableArn", "dynamodb/table")
    places = blocks(resource, "replicas[]") if own else [("", resource.properties)]
    wanted = [name for name, path in _PROTECTED.items() if table is None or switch(table.get(path))]
    for where, block in places:
        for name in wanted:
            if block.get(name) is UNKNOWN:
                yield NOT_JUDGED
            elif own and not switch(block.get(name)):
                detail = f"{block.get('regionName')} {name}"
                yield Finding(f"{where}.{name}", block.get(name), "true, as on the table", detail=detail)
            elif not switch(block.get(name)):
                yield Finding(name, block.get(name), "true: a replica does not take it from its table", detail=name)


@rules.rule("dynamodb-replica-regions", "F234", "dynamodb/table dynamodb/tableReplica")
def _regions(resource: Resource) -> Answers:
    """Replicas are in other regions than the table, one in each; strong consistency has three regions.

    Remove the table's own region from replicas; give strong consistency two replicas, or one and a witness.
    """
    answer = (
        "ValidationException: Cannot add, delete, or update the local region through ReplicaUpdates. "
        "Use CreateTable, DeleteTable, or UpdateTable as required."
    )
    if resource.kind == "dynamodb/tableReplica":
        home = region_named(resource, "globalTableArn", "dynamodb/table")
        if home and home == region_of(resource):
            yield Finding("region", home, "another region than the table's", answer=answer)
        return
    yield from distinct(resource, "replicas[].regionName", "region")
    replicas = list(blocks(resource, "replicas[]"))
    for where, block in replicas:
        if (region := block.get("regionName")) is not UNKNOWN and region and region == region_of(resource):
            yield Finding(f"{where}.regionName", region, "another region than the table's", "own", answer)
    strong = [block for _, block in replicas if block.get("consistencyMode") == "STRONG"]
    if strong:
        witness = given(resource.get("globalTableWitness"))
        if len(strong) != len(replicas) or len(replicas) != (1 if witness else 2):
            found = f"{len(replicas)} replicas, {len(strong)} of them STRONG{', and a witness' if witness else ''}"
            strong_answer = "ValidationException: strong consistency takes exactly three Regions"
            yield Finding("replicas", found, "two STRONG replicas, or one and globalTableWitness", "strong", strong_answer)
