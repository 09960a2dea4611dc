"""What has to be created before a resource: one of several others, the policies of its role."""

from collections.abc import Sequence

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
