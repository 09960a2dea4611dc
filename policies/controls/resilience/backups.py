"""Databases and tables are in an AWS Backup plan: a selection names them, or a tag that they carry."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from policies.kit.document import glob
from policies.kit.references import from_elsewhere, last_name, referrers
from policies.kit.resource import Graph, Resource, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.tags import tags_of
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list

rules: Final = Rules("resilience")

_SELECTION: Final = "backup/selection"
# Kind -> service and beginning of the last part of its ARN, and the property that ends it.
_ARNS: Final = {
    "rds/instance": ("rds", "db:", "identifier"),
    "rds/cluster": ("rds", "cluster:", "clusterIdentifier"),
    "docdb/cluster": ("rds", "cluster:", "clusterIdentifier"),
    "neptune/cluster": ("rds", "cluster:", "clusterIdentifier"),
    "dynamodb/table": ("dynamodb", "table/", "name"),
}
# Condition -> whether it wants the tag to match, and whether its value is a pattern.
_CONDITIONS: Final = {
    "stringEquals": (True, False),
    "stringLikes": (True, True),
    "stringNotEquals": (False, False),
    "stringNotLikes": (False, True),
}


class _Selections(NamedTuple):
    """The selections of a stack: those that name one resource each by that name, and those that must be asked about any."""

    named: Mapping[str, list[Resource]]
    broad: list[Resource]


@per_stack
def _selections(graph: Graph) -> _Selections:
    named: defaultdict[str, list[Resource]] = defaultdict(list)
    broad: list[Resource] = []
    for selection in graph.of(_SELECTION):
        patterns = [value for _, value in selection.each("resources[]")]
        for pattern in patterns:
            if isinstance(pattern, str) and "*" not in pattern:
                named[last_name(pattern)].append(selection)
        loose = any(pattern is UNKNOWN for pattern in patterns) and from_elsewhere(selection, "resources")
        wide = any(isinstance(pattern, str) and "*" in pattern for pattern in patterns)
        if loose or wide or not patterns or selection.get("selectionTags") is not None:
            broad.append(selection)
    return _Selections(named, broad)


def _in_backup_plan(resource: Resource) -> Answers:
    graph = resource.graph
    selections = _selections(graph)
    name = resource.get(_ARNS[resource.kind][2])
    candidates = [
        *referrers(resource, _SELECTION, "resources[]"),
        *(selections.named.get(name, ()) if isinstance(name, str) else ()),
        *selections.broad,
    ]
    unknown = False
    for selection in candidates:
        try:
            if _covers(selection, resource):
                return
        except UnknownValueError:
            unknown = True
    if unknown:
        yield NOT_JUDGED
    else:
        yield Finding("", None, "a backup Selection that names it, or a tag that it carries")


def _covers(selection: Resource, resource: Resource) -> bool:
    """Whether AWS Backup takes `resource` by `selection`.

    Raises:
        UnknownValueError: if that depends on what only deployment tells.
    """
    if selection.region and resource.region and selection.region != resource.region:
        return False
    if _listed(selection, "notResources", resource):
        return False
    tags = tags_of(resource)
    if any(_matches(_tag(tags, entry), entry.get("value"), pattern=False) for entry in _blocks(selection.get("selectionTags"))):
        return True
    conditions = list(_conditions(selection))
    everything = selection.get("resources") is None and bool(conditions)
    return (everything or _listed(selection, "resources", resource)) and all(
        _matches(_tag(tags, entry), entry.get("value"), pattern=pattern) is wanted for entry, wanted, pattern in conditions
    )


def _listed(selection: Resource, prop: str, resource: Resource) -> bool:
    if selection in referrers(resource, _SELECTION, f"{prop}[]"):
        return True
    patterns = [value for _, value in selection.each(f"{prop}[]")]
    if any(isinstance(pattern, str) and _is_of(pattern, resource) for pattern in patterns):
        return True
    if any(pattern is UNKNOWN for pattern in patterns) and from_elsewhere(selection, prop):
        raise UnknownValueError
    return False


def _is_of(pattern: str, resource: Resource) -> bool:
    """Whether an ARN, in which `*` stands for anything, is that of `resource`; what the plan does not know may be anything."""
    service, start, prop = _ARNS[resource.kind]
    name = resource.get(prop)
    parts = pattern.split(":", 5)
    if not isinstance(name, str):
        wanted = parts[5] if len(parts) == 6 else ""
        if wanted.startswith(start) and "*" in wanted and wanted != f"{start}*":
            raise UnknownValueError
        name = "\0"
    known = ["arn", "aws", service, resource.region, resource.account, start + name]
    given = [*parts, *[""] * (6 - len(parts))]
    arn = ":".join(part or (asked if asked.strip("*") else "any") for part, asked in zip(known, given, strict=True))
    return glob(pattern).fullmatch(arn) is not None


def _conditions(selection: Resource) -> list[tuple[Mapping[str, Value], bool, bool]]:
    return [
        (entry, wanted, pattern)
        for block in _blocks(selection.get("conditions"))
        for kind, (wanted, pattern) in _CONDITIONS.items()
        for entry in _blocks(block.get(kind))
    ]


def _blocks(value: Value) -> Iterator[Mapping[str, Value]]:
    """The blocks in a property; what is none selects nothing.

    Raises:
        UnknownValueError: at one that is unknown.
    """
    for block in as_list(value):
        if block is UNKNOWN:
            raise UnknownValueError
        if isinstance(block, Mapping):
            yield cast(Mapping[str, Value], block)


def _tag(tags: Mapping[str, Value], entry: Mapping[str, Value]) -> Value:
    return tags.get(str(entry.get("key")).removeprefix("aws:ResourceTag/"))


def _matches(value: Value, wanted: Value, *, pattern: bool) -> bool:
    if value is UNKNOWN or wanted is UNKNOWN:
        raise UnknownValueError
    if not pattern or not (isinstance(value, str) and isinstance(wanted, str)):
        return value is not None and value == wanted
    return glob(wanted).fullmatch(value) is not None


def _database_in_backup_plan(database: Resource) -> Answers:
    # A replica's source is what is backed up; RDS promotes no replica that is just being backed up.
    if database.get("replicateSourceDb") is None and database.get("replicationSourceIdentifier") is None:
        yield from _in_backup_plan(database)


rules.named("rds-in-backup-plan", "C026", "rds/instance rds/cluster docdb/cluster neptune/cluster", needs_stack=True).add(
    _database_in_backup_plan,
    description="Databases are in an AWS Backup plan.",
    remediation="Add a backup Selection with the database's ARN in resources, or tag it with what a selection asks for.",
)
rules.named("dynamodb-in-backup-plan", "C037", "dynamodb/table", needs_stack=True).add(
    _in_backup_plan,
    description="Tables are in an AWS Backup plan.",
    remediation="Add a backup Selection with the table's ARN in resources, or tag it with what a selection asks for.",
)
