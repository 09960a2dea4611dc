"""What hangs on a resource: the satellites that name it, by reference or by a name that the plan knows."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from policies.kit.resource import STACK_REFERENCE, Graph, Resource
from policies.kit.values import UNKNOWN, Value, as_bool

_OWN_NAMES: Final = ("id", "arn", "name", "bucket")
_LOG_TARGETS: Final = (
    ("lb/loadBalancer", "accessLogs.bucket"),
    ("lb/loadBalancer", "connectionLogs.bucket"),
    ("elb/loadBalancer", "accessLogs.bucket"),
    ("s3/bucketLogging", "targetBucket"),
    ("s3/bucket", "logging.targetBucket"),
)


def last_name(text: str) -> str:
    """The name at the end of an ARN, URL or path."""
    return re.split(r"[:/]", text)[-1]


def function_name(text: str) -> str:
    """The name in a Lambda function's name or full or partial ARN, without the qualifier."""
    return text.partition("function:")[2].split(":")[0] if "function:" in text else text.split(":")[0]


def satellites(
    graph: Graph, resource: Resource, kind: str, prop: str, name: str, *, name_in: Callable[[str], str] = last_name
) -> list[Resource]:
    """Resources of `kind` whose property `prop` names `resource`.

    By reference, by a known identifier, or by text in which `name_in` finds what the property `name` of `resource` holds.
    """
    found = {id(other): other for other in graph.referring(resource, kind, prop)}
    own = resource.get(name)
    if isinstance(own, str):
        found |= {id(other): other for other in _by_name(graph, kind, prop, name_in).get(own, ())}
    return list(found.values())


@lru_cache(maxsize=32)
def _by_name(graph: Graph, kind: str, prop: str, name_in: Callable[[str], str]) -> Mapping[str, list[Resource]]:
    index: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in graph.of(kind):
        for _, value in resource.each(prop):
            if isinstance(value, str):
                index[name_in(value)].append(resource)
    return index


def targets(
    graph: Graph, source: Resource, prop: str, kind: str, name: str, *, name_in: Callable[[str], str] = last_name
) -> list[Resource]:
    """Resources of `kind` that the property `prop` of `source` names: the other end of `satellites`."""
    found = {id(other): other for other in graph.referred(source, prop, kind)}
    for _, value in source.each(prop):
        if isinstance(value, str):
            found |= {id(other): other for other in by_own_name(graph, kind, name).get(name_in(value), ())}
    return list(found.values())


@lru_cache(maxsize=32)
def by_own_name(graph: Graph, kind: str, name: str) -> Mapping[str, list[Resource]]:
    """Resources of `kind` by what their property `name` holds."""
    index: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in graph.of(kind):
        if isinstance(own := resource.get(name), str):
            index[own].append(resource)
    return index


def adrift(resource: Resource, *links: tuple[str, str]) -> bool:
    """Whether one of the (kind, property) `links` may name `resource`: neither its value nor its origin is known."""
    return any(_adrift(resource.graph, kind, prop, resource.kind) for kind, prop in links)


@lru_cache(maxsize=64)
def _adrift(graph: Graph, kind: str, prop: str, target: str) -> bool:
    return any(
        value is UNKNOWN and target not in (other.sources(prop) or ())
        for other in graph.of(kind)
        for _, value in other.each(prop)
    )


def may_be_called(resource: Resource, *links: tuple[str, str]) -> bool:
    """Whether one of the (kind, property) `links` may name `resource`, also by a name that only deployment tells.

    As `adrift`; besides, a name that nothing in the stack has may be that of a resource whose own the plan does not say.
    """
    if adrift(resource, *links):
        return True
    known = (values.get(key) for values in (resource.properties, resource.outputs) for key in _OWN_NAMES)
    named = any(isinstance(value, str) for value in known)
    return not named and any(_foreign(resource.graph, kind, prop, resource.kind) for kind, prop in links)


@lru_cache(maxsize=64)
def _foreign(graph: Graph, kind: str, prop: str, target: str) -> bool:
    return any(
        isinstance(value, str) and not graph.referred(other, prop, target)
        for other in graph.of(kind)
        for _, value in other.each(prop)
    )


def of_elsewhere(resource: Resource, prop: str) -> bool:
    """Whether an unknown value of `prop` comes from nothing in this stack."""
    return not (resource.sources(prop) or set()) - {STACK_REFERENCE}


def takes_service_logs(bucket: Resource) -> bool:
    """Whether load balancers or S3 itself deliver access logs to `bucket`."""
    return any(bucket.graph.referring(bucket, kind, prop) for kind, prop in _LOG_TARGETS)


def certain(value: Value, *right: Value) -> bool:
    """Whether a value is known and one of `right`."""
    return value is not UNKNOWN and as_bool(value) in right
