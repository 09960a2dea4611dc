"""Roles of workloads: whether two references name one role, and whether a role of the stack is an administrator."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from policies.kit.document import covers_everything, readable
from policies.kit.holders import held
from policies.kit.references import by_value
from policies.kit.resource import Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value

_ADMINISTRATOR: Final = re.compile(r"arn:[\w-]+:iam::aws:policy/(?:[\w-]+/)*AdministratorAccess")
_ADMINISTRATOR_NAME: Final = re.compile(r"(?:aws-?)?admin(?:istrator)?(?:-?(?:role|access))?", re.IGNORECASE)


def same_role(first: Value, second: Value, origins: tuple[Collection[str], Collection[str]] | None = None) -> bool:
    """Whether two role references are one role; `origins` are the URNs each came from, where the properties say so.

    Raises:
        UnknownValueError: if that is known only after deployment.
    """
    if first is None or second is None:
        return False
    if first is not UNKNOWN and second is not UNKNOWN:
        return first.strip() == second.strip() or (":" not in first + second and _name(first) == _name(second))
    if origins is None:
        raise UnknownValueError
    ours, theirs = set(origins[0]), set(origins[1])
    if len(ours) == 1 and ours == theirs:
        return first is UNKNOWN and second is UNKNOWN
    if ours & theirs or not (ours or theirs):
        raise UnknownValueError
    return False


def _name(role: str) -> str:
    return role.strip().rpartition("/")[2]


def named_like_administrator(role: Value) -> bool:
    """Whether a known role reference is named `Admin`, `AdministratorAccess` or so."""
    return isinstance(role, str) and bool(_ADMINISTRATOR_NAME.fullmatch(_name(role)))


def roles_of_stack(resource: Resource, prop: str, references: Collection[str]) -> Iterator[Resource]:
    """The stack's roles that `prop` took its value from, and those that `references` name by ARN or name."""
    graph = resource.graph
    named = by_value(graph, "iam/role", "name")
    roles = {urn: graph.resources.get(urn) for urn in resource.origins(prop)}
    roles |= {role.urn: role for reference in references for role in named.get(_name(reference), ())}
    yield from (role for role in roles.values() if role is not None and role.kind == "iam/role")


def is_administrator(role: Resource) -> bool:
    """Whether a role of the stack may do everything.

    Raises:
        UnknownValueError: if that is known only after deployment.
    """
    unknown = False
    for policy in held(role):
        found = readable(policy.document)
        unknown = unknown or found is None
        everything = any(s.allow and covers_everything(s.actions) and covers_everything(s.resources) for s in found or ())
        if everything or _ADMINISTRATOR.fullmatch(policy.arn):
            return True
    if unknown:
        raise UnknownValueError
    return False
