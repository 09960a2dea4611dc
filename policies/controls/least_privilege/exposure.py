"""Actions that give away data, credentials or the resources themselves, allowed on whatever there is."""

from typing import Final

from policies.controls.least_privilege.actions import find, risks
from policies.controls.least_privilege.documents import GRANTS, each_document, kinds
from policies.controls.least_privilege.permissions import Permissions, narrowed, some, wide
from policies.kit.document import Statement, covers_everything
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Check, Finding, Rules

rules: Final = Rules("least_privilege")

_DATA: Final = ("s3:GetObjectVersion", "ssm:GetParameterHistory", "secretsmanager:BatchGetSecretValue")
"""What reads the same data as the actions of the list by another name."""

_REGISTRY_LOGINS: Final = ("ecr:GetAuthorizationToken", "ecr-public:GetAuthorizationToken")
"""Every puller of images needs them, and they open no more than the actions on repositories say."""


def _listed(names: tuple[str, ...], what: str) -> Check:
    """None of the listed actions is allowed on all that it can reach."""

    def check(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
        permissions = Permissions.of([(where, found)])
        told: dict[tuple[str, str], list[str]] = {}
        reached: dict[tuple[str, str], str] = {}
        for name in names:
            grant = permissions.unconstrained(name)
            if grant and grant.resource:
                told.setdefault((grant.where, grant.pattern), []).append(name)
                reached[grant.where, grant.pattern] = grant.resource
        for (place, pattern), actions in told.items():
            expected = f"named {what} for {some(actions)}"
            yield Finding(f"{place}.Resource", reached[place, pattern], expected, detail=pattern)

    return each_document(GRANTS, check)


def _levelled(level: str) -> Check:
    """No action of a level is allowed on every resource, where it takes resources at all."""

    def check(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
        permissions = Permissions.of([(where, found)])
        for place, statement in permissions.allows:
            for pattern in () if narrowed(statement) else (statement.actions or ("NotAction",)):
                name, actions = _reached(permissions, statement, pattern, level)
                if name:
                    yield Finding(f"{place}.Resource", name, f"ARNs for {some(actions)}", detail=pattern)

    return each_document(GRANTS, check)


def _reached(permissions: Permissions, statement: Statement, pattern: str, level: str) -> tuple[str | None, list[str]]:
    """The resource pattern that is too wide for actions of a level, and these actions."""
    if pattern == "NotAction" or pattern.strip("*:") == "":
        return next((name for name in statement.resources if covers_everything([name])), None), [pattern]
    actions = [
        each for each in find(pattern) if each.level == level and each.restrictable and not permissions.denied(each.name)
    ]
    reached = {action.name: name for action in actions if (name := wide(statement, action))}
    return next(iter(reached.values()), None), list(reached)


def _rule(name: str, control: str, check: Check, description: str) -> None:
    rules.named(name, control, kinds(GRANTS)).add(
        check,
        description=description,
        remediation="Name the ARNs, or bind the statement by a condition on the resource (aws:ResourceTag).",
    )


_rule(
    "data-exposure",
    "C183",
    _listed((*risks().data, *_DATA), "objects, secrets or parameters"),
    "Objects, secrets and parameters are read by name, never all of an account.",
)
_rule(
    "credentials-exposure",
    "C184",
    _listed(tuple(name for name in risks().credentials if name not in _REGISTRY_LOGINS), "resources"),
    "Actions that answer with credentials are allowed for named resources only.",
)
_rule(
    "permissions-exposure",
    "C185",
    _levelled("Permissions management"),
    "Actions that change who may use a resource are allowed on named resources only.",
)
_rule(
    "write-everywhere",
    "C186",
    _levelled("Write"),
    "Actions that create, change or delete are allowed on named resources only.",
)
