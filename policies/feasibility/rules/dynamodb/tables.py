"""DynamoDB tables: keys, indexes, capacity and streams as AWS takes them."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items
from policies.feasibility.engine.faults import is_other, unsaid, where_all
from policies.feasibility.engine.joins import target_then, wants
from policies.feasibility.engine.shapes import (
    blocks,
    distinct,
    given,
    inside,
    of,
    only_one,
    parsed,
    requires,
    some_of,
    where_given,
)
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.references import by_value, referrers, target, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number

rules: Final = Rules("feasibility", failures())

_GSI: Final = "globalSecondaryIndexes"
_LSI: Final = "localSecondaryIndexes"
_RESTORED: Final = ("restoreSourceName", "restoreSourceTableArn", "restoreBackupArn")


def _keys_of(block: Block) -> Iterator[Value]:
    """The attributes that make up the key of a table or index."""
    for name in ("hashKey", "rangeKey"):
        if given(block.get(name)):
            yield block.get(name)
    for schema in as_list(block.get("keySchemas")):
        if schema is UNKNOWN:
            raise UnknownValueError
        if isinstance(schema, Mapping):
            yield cast(Block, schema).get("attributeName")


def _used(table: Resource) -> dict[str, str]:
    """Key attribute -> what it is a key of."""
    found: dict[str, str] = {}
    indexes = [(f"index {block.get('name')}", block) for path in (_GSI, _LSI) for _, block in blocks(table, f"{path}[]")]
    for what, block in [("the table", table.properties), *indexes]:
        for key in _keys_of(block):
            found.setdefault(text_of(key), what)
    return found


@rules.rule("dynamodb-attributes", "F231", "dynamodb/table")
def _attributes(table: Resource) -> Answers:
    """A table defines exactly the attributes that are keys of it and its indexes.

    Define every key in attributes, and nothing else: other attributes of items need no definition.
    """
    if any(given(table.get(name)) for name in _RESTORED):
        return
    defined, used = [text_of(value) for _, value in table.each("attributes[].name")], _used(table)
    for name, what in used.items():
        if name not in defined:
            answer = f"all indexes must match a defined attribute. Unmatched indexes: [{name}]"
            yield Finding("attributes", None, f"a definition of {name}, a key of {what}", detail=name, answer=answer)
    spare = [name for name in defined if name and name not in used]
    others = referrers(table, "dynamodb/globalSecondaryIndex", "tableName") if spare else ()
    owned = {value for index in others for _, value in index.each("keySchemas[].attributeName")}
    for name in spare:
        if name not in owned:
            yield Finding("attributes", name, "keys of the table or of an index only", detail=name)


@rules.rule("dynamodb-keys-differ", "F231", "dynamodb/table")
def _keys_differ(table: Resource) -> Answers:
    """Partition key and sort key of a table or index are two attributes.

    Remove rangeKey, or name another attribute.
    """
    for where, block in (("", table.properties), *((f"{where}.", block) for where, block in blocks(table, f"{_GSI}[]"))):
        keys = list(_keys_of(block))
        if len(keys) != len({str(key) for key in keys}):
            answer = "ValidationException: Both the Hash Key and the Range Key element in the KeySchema have the same name"
            expected = "another attribute than hashKey"
            yield Finding(f"{where}rangeKey", keys[-1], expected, detail=str(block.get("name")), answer=answer)


rules.named("dynamodb-local-index-needs-range-key", "F232", "dynamodb/table").add(
    of(where_all(is_other(_LSI, None, []), unsaid("rangeKey")).wrong(f"a sort key, because {_LSI} is set")),
    description="A table with local secondary indexes has a sort key.",
    remediation="Set rangeKey on the table, or use a global secondary index.",
)


@rules.rule("dynamodb-index-projections", "F232", "dynamodb/table")
def _projections(table: Resource) -> Answers:
    """An index names the attributes it projects exactly where it projects some of them.

    Set nonKeyAttributes with projectionType INCLUDE, and only with it.
    """
    projected = 0
    for where, block in (pair for path in (_GSI, _LSI) for pair in blocks(table, f"{path}[]")):
        kind, extra = block.get("projectionType"), block.get("nonKeyAttributes")
        if kind is UNKNOWN or extra is UNKNOWN:
            yield NOT_JUDGED
            continue
        projected += len(as_list(extra))
        if (not extra) if kind == "INCLUDE" else extra and kind in ("ALL", "KEYS_ONLY"):
            answer = (
                f"ValidationException: One or more parameter values were invalid: ProjectionType is {kind}, but "
                f"NonKeyAttributes is {'' if extra else 'not '}specified"
            )
            expected = f"nothing with projectionType {kind}" if extra else "names of attributes"
            yield Finding(f"{where}.nonKeyAttributes", extra, expected, detail=str(block.get("name")), answer=answer)
    if projected > 100:
        answer = "ValidationException: the number of NonKeyAttributes over all indexes exceeds 100"
        yield Finding(_GSI, f"{projected} projected attributes", "at most 100 over all indexes", detail="sum", answer=answer)


rules.named("dynamodb-index-limits", "F232", "dynamodb/table").add(
    all_of(
        of(at_most_items(_GSI, 20, "global secondary indexes"), at_most_items(_LSI, 5, "local secondary indexes")),
        lambda table: distinct(table, f"{_GSI}[].name", "name"),
        lambda table: distinct(table, f"{_LSI}[].name", "name"),
    ),
    description="A table has at most 20 global and 5 local indexes, each with a name of its own.",
    remediation="Remove or rename indexes.",
)


@rules.rule("dynamodb-capacity-mode", "F233", "dynamodb/table")
def _capacity(table: Resource) -> Answers:
    """A provisioned table and its indexes have capacities; an on-demand table has none.

    Set billingMode: PAY_PER_REQUEST without capacities, or PROVISIONED with readCapacity and writeCapacity everywhere.
    """
    mode = text_of(table.get("billingMode")) or "PROVISIONED"
    if any(given(table.get(name)) for name in _RESTORED):
        return
    parts = [("", "the table", table.properties)]
    parts += [(f"{where}.", f"index {block.get('name')}", block) for where, block in blocks(table, f"{_GSI}[]")]
    for where, what, block in parts:
        for name in ("readCapacity", "writeCapacity"):
            value = block.get(name)
            number = as_number(value)
            if value is UNKNOWN:
                continue  # being set answers the question for PROVISIONED; with on-demand a computed capacity is rare
            path, detail = f"{where}{name}", what + name
            if mode == "PROVISIONED" and not number and name not in table.ignore_changes:
                answer = f"ValidationException: ProvisionedThroughput is not specified for {what}"
                yield Finding(path, value, "at least 1 with billingMode PROVISIONED", detail, answer)
            elif mode == "PAY_PER_REQUEST" and number:
                yield Finding(path, value, "nothing with billingMode PAY_PER_REQUEST", detail)
    if mode == "PROVISIONED" and given(table.get("onDemandThroughput")):
        yield Finding("onDemandThroughput", "set", "nothing with billingMode PROVISIONED", detail="onDemand")


rules.named("dynamodb-stream-and-ttl", "F235", "dynamodb/table").add(
    of(requires("streamEnabled", "streamViewType"), inside("ttl", requires("enabled", "attributeName"))),
    description="A stream says what it holds; expiry says by which attribute.",
    remediation="Set streamViewType beside streamEnabled, and ttl.attributeName beside ttl.enabled.",
)
rules.named("dynamodb-restore", "F236", "dynamodb/table").add(
    of(
        only_one("restoreSourceName restoreSourceTableArn restoreBackupArn importTable"),
        only_one("restoreDateTime restoreToLatestTime"),
        *(where_given(name, some_of("restoreDateTime restoreToLatestTime")) for name in _RESTORED[:2]),
    ),
    description="A restored table has one source and one point in time.",
    remediation="Set one of the sources, and restoreToLatestTime: true or restoreDateTime.",
)
rules.named("dynamodb-export-needs-recovery", "F237", "dynamodb/tableExport").add(
    target_then(
        "tableArn", "dynamodb/table", wants("pointInTimeRecovery.enabled", (True,), "a table with pointInTimeRecovery.enabled")
    ),
    description="A table that is exported has point-in-time recovery.",
    remediation="Set pointInTimeRecovery: {enabled: true} on the table.",
)


@rules.rule("dynamodb-item-keys", "F238", "dynamodb/tableItem")
def _item(item: Resource) -> Answers:
    """An item has the table's keys.

    Give the item every key attribute of the table, and name the table's own keys.
    """
    table, keys = target(item, "tableName", "dynamodb/table"), ("hashKey", "rangeKey")
    for name in keys if table is not None else ():
        wanted, own = text_of(table and table.get(name)), text_of(item.get(name))
        if own != wanted:
            yield Finding(name, own or None, f"{wanted or 'nothing'}, as the table has", detail=name)
    try:
        content = parsed(item.get("item"))
    except ValueError as error:
        yield Finding("item", "(not JSON)", f"JSON of the item: {error}", detail="json")
        return
    for name in keys if isinstance(content, Mapping) else ():
        key = item.get(name)
        if isinstance(key, str) and key and key not in content:
            yield Finding("item", f"no {key}", f"an attribute {key}, because it is the {name}", detail=f"item-{name}")


@rules.rule("dynamodb-autoscaled-capacity-ignored", "F239", "appautoscaling/target")
def _autoscaled(scaling: Resource) -> Answers:
    """A capacity that autoscaling sets is left alone by the program.

    Add readCapacity or writeCapacity to ignoreChanges of the table.
    """
    if text_of(scaling.get("serviceNamespace")) != "dynamodb":
        return
    names = {"dynamodb:table:ReadCapacityUnits": "readCapacity", "dynamodb:table:WriteCapacityUnits": "writeCapacity"}
    name = names.get(text_of(scaling.get("scalableDimension")))
    for table in tables_scaled(scaling):
        if name is not None and name not in table.ignore_changes:
            answer = "No error: each up sets the capacity back that autoscaling chose"
            yield Finding("resourceId", table.name, f"a table with {name} in ignoreChanges", detail=table.name, answer=answer)
        if text_of(table.get("billingMode")) == "PAY_PER_REQUEST":
            answer = "ValidationException: the table is in on-demand mode, its capacity cannot be scaled"
            yield Finding("resourceId", table.name, "a table with billingMode PROVISIONED", detail="mode", answer=answer)


def tables_scaled(scaling: Resource) -> list[Resource]:
    """The tables of this stack that an autoscaling target is about."""
    value = scaling.get("resourceId")
    if isinstance(value, str):
        return list(by_value(scaling.graph, "dynamodb/table", "name").get(value.split("/")[1] if "/" in value else "", ()))
    return targets(scaling, "resourceId", "dynamodb/table")
