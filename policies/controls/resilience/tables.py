"""DynamoDB tables can be brought back to any second, follow their load, and reach other regions whole."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from policies.kit.checks import equals, is_on, only_where
from policies.kit.references import from_elsewhere, referrers
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, switch

rules: Final = Rules("resilience")

_TARGET: Final = "appautoscaling/target"
_MOVERS: Final = ("appautoscaling/policy", "appautoscaling/scheduledAction")
_CAPACITIES: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_PLACE: Final = re.compile(r"table/(?P<table>[^/]+)(?:/index/(?P<index>.+))?")

rules.named("dynamodb-point-in-time-recovery", "C034", "dynamodb/table").add(
    is_on("pointInTimeRecovery.enabled"),
    description="Tables can be restored to any second of the last weeks.",
    remediation="Set pointInTimeRecovery: {enabled: true}.",
    remediation_values={"pointInTimeRecovery.enabled": True},
)


@rules.rule("dynamodb-replica-point-in-time-recovery", "C034", "dynamodb/table dynamodb/tableReplica")
def _replica_recovery(resource: Resource) -> Answers:
    """Replicas of tables can be restored to any second of the last weeks.

    Set pointInTimeRecovery: true on the replica; AWS does not hand the table's down.
    """
    path = "replicas[].pointInTimeRecovery" if resource.kind == "dynamodb/table" else "pointInTimeRecovery"
    yield from is_on(path)(resource)


class _Scaling(NamedTuple):
    """What the stack scales in DynamoDB.

    Attributes:
        targets: Table name -> scalable targets that name it.
        moved: (resource id, dimension) that a policy or a schedule names.
        adrift: Whether a target may be of any table.
    """

    targets: Mapping[str, list[Resource]]
    moved: Collection[tuple[str, str]]
    adrift: bool


@per_stack
def _scaling(graph: Graph) -> _Scaling:
    targets: defaultdict[str, list[Resource]] = defaultdict(list)
    adrift = False
    for target in graph.of(_TARGET):
        place, space = target.get("resourceId"), target.get("serviceNamespace")
        if isinstance(place, str) and (found := _PLACE.fullmatch(place)):
            targets[found["table"]].append(target)
        elif place is UNKNOWN and from_elsewhere(target, "resourceId"):
            adrift |= space is UNKNOWN or space == "dynamodb"
    places = [(mover.get("resourceId"), mover.get("scalableDimension")) for mover in graph.of(*_MOVERS)]
    return _Scaling(targets, {(a, b) for a, b in places if isinstance(a, str) and isinstance(b, str)}, adrift)


@rules.rule("dynamodb-auto-scaling", "C036", "dynamodb/table", needs_stack=True)
def _auto_scaling(table: Resource) -> Answers:
    """Tables are on demand, or auto scaling moves the reads and writes of the table and of each of its indexes.

    Set billingMode: PAY_PER_REQUEST, or add an appautoscaling Target and Policy for what is named.
    """
    if (table.get("billingMode") or "PROVISIONED") != "PROVISIONED":
        return
    indexes = [index for _, index in table.each("globalSecondaryIndexes[].name")]
    if any(index is UNKNOWN for index in indexes):
        yield NOT_JUDGED
    scaling = _scaling(table.graph)
    name = table.get("name")
    named = scaling.targets.get(name, ()) if isinstance(name, str) else ()
    left = list({id(found): found for found in (*named, *referrers(table, _TARGET, "resourceId"))}.values())
    used: list[Resource] = []
    missing: list[tuple[str, str]] = []
    for index in ("", *(str(index) for index in indexes if index is not UNKNOWN)):
        for capacity in _CAPACITIES:
            dimension = f"dynamodb:{'index' if index else 'table'}:{capacity}"
            found = min((target for target in left if _scales(target, dimension, index)), key=_is_unnamed, default=None)
            if found is None:
                missing.append((dimension, index))
            else:
                used.append(found)
                left.remove(found)
    if missing and (scaling.adrift or any(target.get("scalableDimension") is UNKNOWN for target in left)):
        yield NOT_JUDGED
        return
    for dimension, index in missing:
        expected = f"PAY_PER_REQUEST, or a scalable target for {dimension}{index and f' of {index}'}"
        yield Finding("billingMode", table.get("billingMode"), expected, detail=f"{dimension}{index and f':{index}'}")
    if not missing and not all(_is_moved(table, target, scaling) for target in used):
        yield NOT_JUDGED  # a target without a policy here may have one from elsewhere


def _scales(target: Resource, dimension: str, index: str) -> bool:
    """Whether a target of the table is one for `dimension`, of `index` as far as its resource id is known."""
    place, scaled = target.get("resourceId"), target.get("scalableDimension")
    if scaled is UNKNOWN or scaled != dimension:
        return False
    return place is UNKNOWN or (_PLACE.sub(r"\g<index>", str(place)) == index)


def _is_unnamed(target: Resource) -> bool:
    """Whether its resource id is unknown; then it may stand for any index of the table, and is used last."""
    return target.get("resourceId") is UNKNOWN


def _is_moved(table: Resource, target: Resource, scaling: _Scaling) -> bool:
    place, dimension = target.get("resourceId"), target.get("scalableDimension")
    if (place, dimension) in scaling.moved:
        return True
    return any(referrers(target, kind, "resourceId") for kind in _MOVERS) or any(
        mover.get("scalableDimension") is not UNKNOWN and mover.get("scalableDimension") == dimension
        for kind in _MOVERS
        for mover in referrers(table, kind, "resourceId")
    )


@rules.rule("dynamodb-global-table", "C038", "dynamodb/table", needs_stack=True)
def _global_table(table: Resource) -> Answers:
    """A table with replicas streams old and new images, has a replica in another region, and hands its tags down.

    Set streamEnabled: true, streamViewType: NEW_AND_OLD_IMAGES, and on each of replicas another regionName and propagateTags:
    true.
    """
    inline = [replica for _, replica in table.each("replicas[]") if replica is not None]
    if any(replica is UNKNOWN for replica in inline):
        yield NOT_JUDGED
        return
    apart = referrers(table, "dynamodb/tableReplica", "globalTableArn")
    if not inline and not apart:
        return
    strong = bool(inline) and all(replica.get("consistencyMode") == "STRONG" for replica in inline)
    if not strong:  # replicas with strong consistency are not fed by the stream
        yield from _streams(table)
    regions = [replica.get("regionName") for replica in inline] + [replica.region for replica in apart]
    if any(region is UNKNOWN for region in regions):
        yield NOT_JUDGED
    elif table.region and all(region == table.region for region in regions):
        yield Finding("replicas", regions, f"a replica in a region other than {table.region}", detail="region")
    for replica in inline:
        if not switch(replica.get("propagateTags")):
            region = replica.get("regionName")
            where = "" if region is UNKNOWN else str(region)
            yield Finding("replicas", replica.get("propagateTags"), f"propagateTags: true in {where}", detail=f"tags:{where}")


def _streams(table: Resource) -> Answers:
    yield from is_on("streamEnabled")(table)
    yield from only_where("streamEnabled", equals("streamViewType", "NEW_AND_OLD_IMAGES"), values=(True,))(table)
