"""Resources of the stack found by a key of theirs, and the policy documents that apply to one of them."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final
from weakref import WeakKeyDictionary

from policies.kit.document import MalformedDocumentError, Statement, statements
from policies.kit.resource import Graph, Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value

_indexes: Final[WeakKeyDictionary[Graph, dict[tuple[str, str], dict[Value, list[Resource]]]]] = WeakKeyDictionary()


def index_by(
    graph: Graph, name: tuple[str, str], kinds: tuple[str, ...], key: Callable[[Resource], Value]
) -> dict[Value, list[Resource]]:
    """The resources of some kinds by a key; those whose key is absent or unknown are left out. `name` tells indexes apart."""
    tables = _indexes.setdefault(graph, {})
    if name not in tables:
        table: defaultdict[Value, list[Resource]] = defaultdict(list)
        for resource in graph.of(*kinds):
            try:
                found = key(resource)
            except UnknownValueError:
                continue
            if found is not None and found is not UNKNOWN:
                table[found].append(resource)
        tables[name] = dict(table)
    return tables[name]


def documents(resource: Resource, inline: str, *attached: tuple[str, str, str]) -> Iterator[tuple[Resource, str, Value]]:
    """The policy documents of a resource: its own property, and those of resources (kind, property that names it, property).

    Each comes with the resource that declares it and the path of the document there.
    """
    if resource.get(inline) is not None:
        yield resource, inline, resource.get(inline)
    for kind, names, path in attached:
        for owner in resource.graph.referring(resource, kind, names):
            yield owner, path, owner.get(path)


def trusts(role: Resource, service: str) -> bool:
    """Whether a role's trust policy lets a service (`monitoring.rds`), in whatever region, take it on.

    Raises:
        UnknownValueError: if that depends on what is unknown.
    """
    form = re.compile(rf"{re.escape(service)}(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
    unknown = False
    try:
        found = statements(role.get("assumeRolePolicy"))
    except MalformedDocumentError:
        return True  # that it is malformed is another rule's finding
    for statement in found:
        if statement.allows("sts:AssumeRole"):
            names = [principal.value for principal in statement.principals if principal.type in ("Service", "*")]
            unknown = unknown or any(name is UNKNOWN for name in names)
            if statement.not_principals or any(name == "*" or form.fullmatch(name) for name in names if isinstance(name, str)):
                return True
    if unknown:
        raise UnknownValueError
    return False


def readable(document: Value) -> tuple[Statement, ...]:
    """The statements of a document; none where it is malformed, which is another rule's finding.

    Raises:
        UnknownValueError: if it is unknown.
    """
    try:
        return statements(document)
    except MalformedDocumentError:
        return ()
