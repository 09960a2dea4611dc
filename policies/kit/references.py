"""Which resource does this name? One answer for every rule: by the plan's dependencies, or by id, name, ARN, URL or family."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, cast

from policies.kit.resource import STACK_REFERENCE, Graph, Resource, kind_of_urn, per_stack
from policies.kit.values import UNKNOWN, UnknownValueError, Value, switch

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
        for urn in resource.origins(prop):
            table[urn].append((resource, None))
        for _, value in resource.each(prop):
            if isinstance(value, str):
                for name, arn in called(value, target):
                    table[name].append((resource, arn))
    return table


def referrers(target: Resource, kind: str, prop: str) -> Sequence[Resource]:
    """Resources of `kind` whose property `prop` names `target`: by dependency, or by a name, id, ARN or URL that is known.

    Raises:
        UnknownValueError: while the stack is still being registered.
    """

    def find() -> list[Resource]:
        table = _by_reference(target.graph, kind, prop, target.kind)
        names = (target.urn, *sorted(names_of(target)))
        return list({other.urn: other for name in names for other, arn in table.get(name, ()) if _fits(target, arn)}.values())

    return target.graph.memo(("referrers", target.urn, kind, prop), find)


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
        frozenset(other.origins(prop)) for other in graph.of(kind) if any(value is UNKNOWN for _, value in other.each(prop))
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
        for urn in resource.origins(prop):
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


def vpc_of(resource: Resource) -> str | None:
    """What tells a resource's VPC from another: the URN of a VPC of this stack, or the id in the plan; None if neither."""
    found = targets(resource, "vpcId", "ec2/vpc", "ec2/defaultVpc")
    if len(found) == 1:
        return found[0].urn
    value = resource.get("vpcId")
    return value if isinstance(value, str) and not found else None


@per_stack
def of_region(graph: Graph, kind: str, region: str | None) -> list[Resource]:
    """The resources of `kind` in a region."""
    return [resource for resource in graph.of(kind) if resource.region == region]


def in_region(resource: Resource, kind: str) -> list[Resource]:
    """The resources of `kind` in the region of `resource`."""
    return of_region(resource.graph, kind, resource.region)


def switched_on(resource: Resource, kind: str) -> bool:
    """Whether the stack sets a default of the account, such as `ebs/encryptionByDefault`, for the region of `resource`.

    Raises:
        UnknownValueError: if that is known only after deployment.
    """
    return any(switch(default.get("enabled"), default=True) for default in in_region(resource, kind))


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


def place_among(
    resource: Resource,
    label: Hashable,
    kinds: Collection[str],
    key: Callable[[Resource], Hashable],
    *,
    by_urn: bool = False,
) -> tuple[Sequence[Resource], int]:
    """The resources of these kinds with the same key, as declared or `by_urn`, and how many of them stand before this one.

    `label` tells one use from another. A key of None, and one that is unknown, matches nothing.

    Raises:
        UnknownValueError: if the key of `resource` itself is unknown.
    """

    def make() -> dict[str, tuple[Sequence[Resource], int]]:
        groups = by_key(resource.graph, label, kinds, key).values()
        ordered = [sorted(group, key=lambda each: each.urn) for group in groups] if by_urn else groups
        return {each.urn: (group, place) for group in ordered for place, each in enumerate(group)}

    if key(resource) is None:
        return (), 0
    return resource.graph.memo(("place_among", label), make).get(resource.urn, ((), 0))


def earlier(
    resource: Resource,
    label: Hashable,
    kinds: Collection[str],
    key: Callable[[Resource], Hashable],
    *,
    by_urn: bool = False,
) -> Iterator[Resource]:
    """Those of `place_among` that stand before this one.

    Raises:
        UnknownValueError: if the key of `resource` itself is unknown.
    """
    return islice(*place_among(resource, label, kinds, key, by_urn=by_urn))


NAMED: Final = 3
"""How many that are alike are named."""


def together(others: Iterable[Resource]) -> Iterator[tuple[Resource, str]]:
    """The first of the others, and the names of all of them as one: `a`, `a (and b)`, `a (and b, c, others)`; or nothing.

    What a resource has in common with many is told once, and only so many are looked for: else a thousand alike would have
    half a million findings.

    Raises:
        UnknownValueError: after what it gives, if one of the others cannot be judged.
    """
    found: dict[str, Resource] = {}
    unknown = False
    try:
        for other in others:
            found[other.urn] = other
            if len(found) > NAMED:
                break
    except UnknownValueError:
        unknown = True
    if found:
        first, *more = found.values()
        names = [other.name for other in more[: NAMED - 1]] + ["others"] * (len(found) > NAMED)
        yield first, first.name + (f" (and {', '.join(names)})" if names else "")
    if unknown:
        raise UnknownValueError


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
