"""What the rules of this pack ask of the whole stack: who names a resource, and which log group or value is meant."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from policies.kit.resource import STACK_REFERENCE, Graph, Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list

LOG_GROUP: Final = "cloudwatch/logGroup"


def satellites(target: Resource, kind: str, prop: str, *, graph: Graph | None = None) -> list[Resource]:
    """Resources of `kind` whose property `prop` names `target`; `graph` where `target` is not the resource being judged.

    Raises:
        UnknownValueError: if none does, but one of them names what is known only after deployment and comes from nowhere known.
    """
    graph = graph or target.graph
    found = graph.referring(target, kind, prop)
    if not found and names_the_unknown(graph, kind, prop, target.kind):
        raise UnknownValueError
    return found


@lru_cache(maxsize=64)
def names_the_unknown(graph: Graph, kind: str, prop: str, target: str) -> bool:
    """Whether `prop` of a resource of `kind` may name any resource of the kind `target`: it is known only after deployment, and
    comes neither from a resource of that kind nor from another stack.
    """
    head = prop.partition("[")[0]
    return any(
        any(value is UNKNOWN for _, value in other.each(prop))
        and not (other.sources(head) or set()) & {target, STACK_REFERENCE}
        for other in graph.of(kind)
    )


@lru_cache(maxsize=16)
def _log_groups_by_name(graph: Graph) -> dict[str, Resource]:
    return {name: group for group in graph.of(LOG_GROUP) if isinstance(name := group.get("name"), str)}


def log_groups(graph: Graph, resource: Resource, prop: str) -> list[Resource]:
    """The log groups of the stack that `prop`, a name or an ARN, means."""
    found = graph.referred(resource, prop, LOG_GROUP)
    value = resource.get(prop)
    if not found and isinstance(value, str):
        group = _log_groups_by_name(graph).get(value.partition(":log-group:")[2].partition(":")[0])
        found = [group] if group else []
    return found


def lacking(required: Iterable[str], value: Value) -> list[str]:
    """Which of `required` the list `value` does not hold.

    Raises:
        UnknownValueError: if one of its elements that are known only after deployment could be it.
    """
    elements = as_list(value)
    found = {str(element) for element in elements if element is not UNKNOWN}
    missing = [name for name in required if name not in found]
    if missing and any(element is UNKNOWN for element in elements):
        raise UnknownValueError
    return missing


def is_set(value: Value) -> bool:
    """Whether a value is there; one that is known only after deployment is."""
    return value is UNKNOWN or bool(value)
