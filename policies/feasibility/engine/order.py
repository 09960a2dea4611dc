"""What has to be created before a resource: one of several others, the policies of its role."""

from collections.abc import Callable, Sequence

from policies.feasibility.engine.relations import grants
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rows import row
from policies.kit.rule import Answers, Check, Finding
from policies.kit.values import Value


def after_one(
    resource: Resource,
    others: Sequence[Resource],
    path: str,
    value: Value,
    *,
    missing: str = "",
    detail: str = "",
    answer: str = "",
) -> Answers:
    """One of the others is created before the resource; `missing` is what is expected where there is none, if that is wrong."""
    if not others:
        if missing:
            yield Finding(path, value, missing, detail=detail, answer=answer)
    elif not any(resource.after(other) for other in others):
        yield Finding(path, value, f"dependsOn {others[0].name}", detail=detail, answer=answer)


@row
def after_role_policies(prop: str) -> Check:
    """The resource is created after, and so deleted before, every policy of the role that `prop` names."""

    def check(resource: Resource) -> Answers:
        role = target(resource, prop, "iam/role")
        for grant in () if role is None else grants(role):
            if role is not None and grant.by is not role and not resource.after(grant.by):
                yield Finding(prop, role.name, f"dependsOn {grant.by.name}", detail=grant.by.name)

    return check


@row
def changes_ignored(names: str, by: Callable[[Resource], Sequence[Resource]], because: str) -> Check:
    """Changes of these properties are ignored where the stack has one that `by` finds; `{other}` in `because` is its name."""

    def check(resource: Resource) -> Answers:
        found = by(resource)
        missing = sorted(set(names.split()) - {_camel(name) for name in resource.ignore_changes})
        if found and missing and "*" not in resource.ignore_changes:
            expected = f"ignoreChanges, because {because.format(other=found[0].name)}"
            yield Finding(missing[0], resource.get(missing[0]), expected)

    return check


def _camel(name: str) -> str:
    """A property's name as the plan has it, for one that is written the way Python does."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
