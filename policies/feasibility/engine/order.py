"""What must be made before a resource: what lets it in, switches it on, or is what it is about; the policies of its role."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from policies.feasibility.engine.joins import for_kinds
from policies.feasibility.engine.relations import grants, home
from policies.kit.checks import all_of
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import Answers, Check, Finding
from policies.kit.values import Value


def after_any(
    resource: Resource,
    others: Sequence[Resource],
    path: str,
    value: Value,
    why: str = "",
    *,
    missing: str = "",
    detail: str = "",
    answer: str = "",
) -> Answers:
    """One of the others is made before the resource; the finding asks for the first, and says `why`.

    Where there are none, `missing` is what was expected, if that is wrong.
    """
    if not others and missing:
        yield Finding(path, value, missing, detail, answer)
    elif others and not any(resource.after(other) for other in others):
        yield Finding(path, value, f"dependsOn {others[0].name}{why}", detail, answer)


@row
def after_one(
    kind: str, why: str, *, place: Callable[[Resource], Hashable] = home, named: bool = True, answer: str = ""
) -> Check:
    """Of the resources of `kind` in the same place one is made before; where the stack has none, nothing is wrong.

    The finding says `why`; its detail is the other's name if it is to be `named` there.
    """

    def check(resource: Resource) -> Answers:
        own = place(resource)
        found = [other for other in resource.graph.of(kind) if place(other) == own]
        detail = found[0].name if found and named else ""
        yield from after_any(resource, found, "", None, why, detail=detail, answer=answer)

    return check


@row
def after_role_policies(prop: str) -> Check:
    """The resource is created after, and so deleted before, every policy of the role that `prop` names."""

    def check(resource: Resource) -> Answers:
        role = target(resource, prop, "iam/role")
        for grant in () if role is None else grants(role):
            if role is not None and grant.by is not role and not resource.after(grant.by):
                yield Finding(prop, role.name, f"dependsOn {grant.by.name}", detail=grant.by.name)

    return check


def by_kind(make: Callable[..., Check], table: Mapping[str, Sequence[Any]]) -> Check:
    """What `make` gives for the row that a table has for these kinds, which are separated by blanks."""
    return all_of(*(for_kinds(kinds, make(*args)) for kinds, args in table.items()))
