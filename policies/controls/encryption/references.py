"""Finds what names a resource, also by the last part of a literal ARN or URL: a queue's URL, a source database's ARN."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from policies.kit.resource import Graph, Resource

_NAMES: Final = ("name", "identifier", "clusterIdentifier")
_BY_END: Final[WeakKeyDictionary[Graph, dict[tuple[str, str], Mapping[str, Sequence[Resource]]]]] = WeakKeyDictionary()


def referring(target: Resource, kind: str, prop: str) -> list[Resource]:
    """Resources of `kind` whose property `prop` names `target`: as `Graph.referring` says, or by an ARN or URL of its name.

    Raises:
        UnknownValueError: while the stack is still being registered.
    """
    graph = target.graph
    found = {other.urn: other for other in graph.referring(target, kind, prop)}
    ends = _by_end(graph, kind, prop)
    for name in map(target.get, _NAMES):
        if isinstance(name, str):
            found |= {other.urn: other for other in ends.get(name, ())}
    return list(found.values())


def _by_end(graph: Graph, kind: str, prop: str) -> Mapping[str, Sequence[Resource]]:
    """The resources of `kind` by the last part of the literal in `prop`; made once per stack."""
    tables = _BY_END.setdefault(graph, {})
    if (kind, prop) not in tables:
        table: defaultdict[str, list[Resource]] = defaultdict(list)
        for resource in graph.of(kind):
            for _, value in resource.each(prop):
                if isinstance(value, str):
                    table[re.split(r"[:/]", value)[-1]].append(resource)
        tables[kind, prop] = dict(table)
    return tables[kind, prop]
