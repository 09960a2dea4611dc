"""Questions about a whole stack: what names a resource, and what uses a security group."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.kit.references import names_of
from policies.kit.resource import Graph, Resource, kind_of_urn, per_stack
from policies.kit.values import UNKNOWN, UnknownValueError, Value

GROUPS: Final = ("ec2/securityGroup", "ec2/defaultSecurityGroup")
RULES: Final = ("ec2/securityGroupRule", "vpc/securityGroupIngressRule", "vpc/securityGroupEgressRule")


def users(graph: Graph, group: Resource) -> frozenset[str]:
    """Kinds of the resources that a security group is attached to.

    Raises:
        UnknownValueError: if there is none, but a resource has a group that is known only after deployment.
    """
    attached, unknown = _attachments(graph)
    found = frozenset(kind for name in (group.urn, *names_of(group)) for kind in attached.get(name, ()))
    if not found and unknown:
        raise UnknownValueError
    return found


@per_stack
def names_others(graph: Graph) -> bool:
    """Whether a resource has a group by an id that no group of the stack is known to have."""
    attached, _ = _attachments(graph)
    known = {values.get("id") for group in graph.of(*GROUPS) for values in (group.properties, group.outputs)}
    return any(name.startswith("sg-") and name not in known for name in attached)


@per_stack
def _attachments(graph: Graph) -> tuple[Mapping[str, set[str]], bool]:
    """URN, id or name of a group -> kinds that have it; and whether a resource has a group that nothing is known of."""
    attached: defaultdict[str, set[str]] = defaultdict(set)
    unknown = False
    for resource in graph.resources.values():
        if not resource.token.startswith("aws:") or resource.kind in (*GROUPS, *RULES, "ssm/parameter"):
            continue
        for prop, value in resource.properties.items():
            named = [UNKNOWN] if value is UNKNOWN else list(_group_values(prop, value))
            if not named:
                continue
            urns = [urn for urn in resource.origins(prop) if kind_of_urn(urn) in GROUPS]
            for name in (*urns, *(name for name in named if isinstance(name, str))):
                attached[name].add(resource.kind)
            unknown |= _holds_groups(prop) and any(name is UNKNOWN for name in named) and not resource.sources(prop)
    return attached, unknown


def _holds_groups(key: str) -> bool:
    return "securitygroup" in key.lower()


def _group_values(key: str, value: Value) -> Iterator[Value]:
    """Values at and below a property in places that hold security groups."""
    if isinstance(value, Mapping):
        for inner, found in cast(Mapping[str, Value], value).items():
            yield from _group_values(inner, found)
    elif isinstance(value, list):
        for element in cast(list[Value], value):
            yield from _group_values(key, element)
    elif _holds_groups(key):
        yield value
