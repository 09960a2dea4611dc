"""Which resource does this name? One answer for every rule: by the plan's dependencies, or by id, name, ARN, URL or family."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from policies.kit.resource import STACK_REFERENCE, Graph, Resource, kind_of_urn, per_stack, top
from policies.kit.values import UNKNOWN, UnknownValueError, Value

IDENTIFIERS: Final = ("id", "arn", "name", "bucket", "url", "identifier")
"""The properties by whose values other resources may call a resource."""

_OWN_IDENTIFIERS: Final = {
    "docdb/cluster": ("clusterIdentifier",),
    "ecs/taskDefinition": ("family",),
    "neptune/cluster": ("clusterIdentifier",),
    "rds/cluster": ("clusterIdentifier",),
    "redshift/cluster": ("clusterIdentifier",),
}
"""Further ones of a kind, where the same property of another kind names something else."""

_PATH: Final = re.compile(r"https?://.*/|arn:")


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; `name` is what stands after the last colon or slash."""

    service: str
    region: str
    account: str
    resource: str

    @property
    def name(self) -> str:
        """The resource's own name, as far as an ARN holds it."""
        return last_name(self.resource)


@lru_cache(maxsize=4096)
def arn_of(value: Value) -> Arn | None:
    """The parts of an ARN; None for anything else."""
    parts = value.split(":", 5) if isinstance(value, str) else []
    return Arn(*parts[2:6]) if len(parts) == 6 and parts[0] == "arn" else None


def last_name(text: str) -> str:
    """The name at the end of an ARN, URL or path."""
    return re.split(r"[:/]", text)[-1]


@lru_cache(maxsize=4096)
def called(text: str, kind: str) -> tuple[tuple[str, Arn | None], ...]:
    """The names by which a text may call a resource of `kind`, each with the ARN that it is a part of."""
    found: list[tuple[str, Arn | None]] = [(text, None)]
    arn = arn_of(text)
    if arn is not None:
        parts = {arn.name, *arn.resource.split("/")[1:3], *arn.resource.split(":")[1:2]}
        found += [(name, arn) for name in sorted(parts)]
    elif _PATH.match(text):
        found.append((last_name(text), None))
    elif kind == "lambda/function":  # 111111111111:function:name:qualifier, name:qualifier
        found.append(((text.partition("function:")[2] or text).split(":")[0], None))
    elif kind == "ecs/service":  # service/cluster/name
        found.append((last_name(text), None))
    return tuple(dict.fromkeys(found))


def _identifiers(resource: Resource) -> tuple[str, ...]:
    return (*IDENTIFIERS, *_OWN_IDENTIFIERS.get(resource.kind, ()))


def names_of(resource: Resource) -> set[str]:
    """What the plan says that a resource is called: its identifiers that are known."""
    known = (values.get(prop) for values in (resource.properties, resource.outputs) for prop in _identifiers(resource))
    return {value for value in known if isinstance(value, str)}


def _fits(resource: Resource, arn: Arn | None) -> bool:
    """Whether an ARN with the resource's name is of its region and account, as far as the plan tells these."""
    return arn is None or (
        (not arn.region or resource.region in (None, arn.region))
        and (not arn.account or resource.account in (None, arn.account))
    )


@per_stack
def _by_name(graph: Graph, kind: str) -> Mapping[str, Sequence[Resource]]:
    table: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in graph.of(kind):
        for name in sorted(names_of(resource)):
            table[name].append(resource)
    return table


@per_stack
def _by_reference(graph: Graph, kind: str, prop: str, target: str) -> Mapping[str, Sequence[tuple[Resource, Arn | None]]]:
    """The resources of `kind` by what their `prop` may call a resource of the kind `target`: URNs and names."""
    table: defaultdict[str, list[tuple[Resource, Arn | None]]] = defaultdict(list)
    for resource in graph.of(kind):
        for urn in (resource.property_dependencies or {}).get(top(prop), ()):
            table[urn].append((resource, None))
        for _, value in resource.each(prop):
            if isinstance(value, str):
                for name, arn in called(value, target):
                    table[name].append((resource, arn))
    return table


def referrers(target: Resource, kind: str, prop: str) -> list[Resource]:
    """Resources of `kind` whose property `prop` names `target`: by dependency, or by a name, id, ARN or URL that is known.

    Raises:
        UnknownValueError: while the stack is still being registered.
    """
    table = _by_reference(target.graph, kind, prop, target.kind)
    found = {
        other.urn: other
        for name in (target.urn, *sorted(names_of(target)))
        for other, arn in table.get(name, ())
        if _fits(target, arn)
    }
    return list(found.values())


def sure_referrers(target: Resource, *links: tuple[str, str]) -> list[Resource]:
    """The resources that name `target` by one of the (kind, property) `links`, where it matters that there is none.

    Raises:
        UnknownValueError: if none names it, but one may: see `may_reference`.
    """
    found = {other.urn: other for link in links for other in referrers(target, *link)}
    if not found and may_reference(target, *links):
        raise UnknownValueError
    return list(found.values())


def may_reference(target: Resource, *links: tuple[str, str]) -> bool:
    """Whether one of the (kind, property) `links` may name `target` although the plan does not say so.

    A value that is known only after deployment may, if the plan does not say where it comes from, or if it comes from what is
    made after the target. So may a name that nothing in the stack has, where the target's own is known only after deployment;
    where AWS or Pulumi makes up the target's name, nobody can have written it down.
    """
    graph, named_later = (
        target.graph,
        not names_of(target) and any(target.get(prop) is UNKNOWN for prop in _identifiers(target)),
    )
    return any(
        any(_may_come_from(target, origins) for origins in _origins_of_unknown(graph, kind, prop))
        or (named_later and _any_foreign(graph, kind, prop, target.kind))
        for kind, prop in links
    )


@per_stack
def _origins_of_unknown(graph: Graph, kind: str, prop: str) -> frozenset[frozenset[str]]:
    """For the resources of `kind` whose `prop` is known only after deployment: the URNs that it comes from."""
    return frozenset(
        frozenset((other.property_dependencies or {}).get(top(prop), ()))
        for other in graph.of(kind)
        if any(value is UNKNOWN for _, value in other.each(prop))
    )


def _may_come_from(target: Resource, origins: frozenset[str]) -> bool:
    if {kind_of_urn(urn) for urn in origins} & {target.kind, STACK_REFERENCE}:
        return False  # another one of the kind, or one of another stack
    found = [target.graph.resources.get(urn) for urn in origins]
    return not found or any(origin is None or not origin.token.startswith("aws:") or origin.after(target) for origin in found)


@per_stack
def _any_foreign(graph: Graph, kind: str, prop: str, target: str) -> bool:
    return any(
        any(isinstance(value, str) for _, value in other.each(prop)) and not targets(other, prop, target)
        for other in graph.of(kind)
    )


def launch_templates(resource: Resource, path: str = "launchTemplate") -> list[Resource]:
    """The launch templates of the stack that a block names, by id or by name; nested blocks spell these out."""
    found = (targets(resource, f"{path}.{prop}", "ec2/launchTemplate") for prop in _TEMPLATE_NAMES)
    return list({template.urn: template for each in found for template in each}.values())


_TEMPLATE_NAMES: Final = ("id", "name", "launchTemplateId", "launchTemplateName")


def from_elsewhere(resource: Resource, prop: str) -> bool:
    """Whether an unknown value of `prop` comes from nothing in this stack."""
    return not (resource.sources(prop) or set()) - {STACK_REFERENCE}


def named(resource: Resource, text: str, *kinds: str) -> list[Resource]:
    """The resources of the stack that a known name, id or ARN calls."""
    found = {
        other.urn: other
        for kind in kinds
        for name, arn in called(text, kind)
        for other in _by_name(resource.graph, kind).get(name, ())
        if _fits(other, arn)
    }
    return list(found.values())


def targets(resource: Resource, prop: str, *kinds: str) -> list[Resource]:
    """The resources of these kinds that a property names: by id, name or ARN, or, where that is unknown, by dependency."""
    found: dict[str, Resource] = {}
    unknown = False
    for _, value in resource.each(prop):
        for text in cast(list[Value], value) if isinstance(value, list) else [value]:
            if text is UNKNOWN:
                unknown = True
            elif isinstance(text, str):
                found |= {other.urn: other for other in named(resource, text, *kinds)}
    if unknown or not found:
        resources = resource.graph.resources
        for urn in (resource.property_dependencies or {}).get(top(prop), ()):
            other = resources.get(urn)
            if other is not None and other.kind in kinds:
                found[urn] = other
    return list(found.values())


def target(resource: Resource, prop: str, *kinds: str) -> Resource | None:
    """The one resource of these kinds that a property names; None if it is absent or names something outside the stack.

    Raises:
        UnknownValueError: if the value is unknown and the plan does not say that it comes from exactly one of them.
    """
    found = targets(resource, prop, *kinds)
    if len(found) == 1:
        return found[0]
    if found or any(value is UNKNOWN for _, value in resource.each(prop)):
        raise UnknownValueError
    return None


def reference(resource: Resource, prop: str, *kinds: str) -> str | None:
    """What tells the resource that a property names from another: its URN in this stack, or else the plan's text.

    Raises:
        UnknownValueError: if it is unknown.
    """
    found = target(resource, prop, *kinds)
    value = resource.get(prop)
    return found.urn if found is not None else None if value is None else str(value)


def listed(resource: Resource, prop: str, kind: str) -> list[Resource] | None:
    """The resources that a list property names, where the plan tells all of them; None where it does not."""
    values = [value for _, value in resource.each(f"{prop}[]")]
    if resource.get(prop) is UNKNOWN:
        return None
    found = targets(resource, f"{prop}[]", kind)
    return found if len(found) == len(values) else None


@per_stack
def by_value(graph: Graph, kind: str, prop: str) -> Mapping[str, Sequence[Resource]]:
    """The resources of `kind` by the known text of their property `prop`."""
    table: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in graph.of(kind):
        if isinstance(value := resource.get(prop), str):
            table[value].append(resource)
    return table


def by_key(
    graph: Graph, label: Hashable, kinds: Collection[str], key: Callable[[Resource], Hashable]
) -> Mapping[Hashable, list[Resource]]:
    """The resources of these kinds by a key; those whose key is None or unknown are left out.

    `label` tells one use from another: the table is made once per stack.
    """

    def make() -> dict[Hashable, list[Resource]]:
        table: defaultdict[Hashable, list[Resource]] = defaultdict(list)
        for resource in graph.of(*kinds):
            try:
                found = key(resource)
            except UnknownValueError:
                continue
            if found is not None and found is not UNKNOWN:
                table[found].append(resource)
        return dict(table)

    return graph.memo(("by_key", label), make)


def earlier(resource: Resource, label: Hashable, kinds: Collection[str], key: Callable[[Resource], Hashable]) -> list[Resource]:
    """The resources of these kinds that were declared before this one and have the same key; a key of None matches nothing.

    `label` tells one use from another. An unknown key matches nothing, either.

    Raises:
        UnknownValueError: if the key of `resource` itself is unknown.
    """
    own = key(resource)
    group = by_key(resource.graph, label, kinds, key).get(own, []) if own is not None else []
    return group[: group.index(resource)] if resource in group else []


LOG_TARGETS: Final = (
    ("lb/loadBalancer", "accessLogs.bucket"),
    ("lb/loadBalancer", "connectionLogs.bucket"),
    ("lb/loadBalancer", "healthCheckLogs.bucket"),
    ("elb/loadBalancer", "accessLogs.bucket"),
    ("s3/bucketLogging", "targetBucket"),
    ("s3/bucket", "logging.targetBucket"),
    ("s3/bucket", "loggings[].targetBucket"),
    ("redshift/cluster", "logging.bucketName"),
    ("redshift/logging", "bucketName"),
)
"""Where a bucket is named that AWS delivers access logs to and cannot under a customer managed key: (kind, property)."""


def takes_service_logs(bucket: Resource) -> bool:
    """Whether load balancers, Redshift or S3 itself deliver access logs to `bucket`."""
    return any(referrers(bucket, kind, prop) for kind, prop in LOG_TARGETS)
