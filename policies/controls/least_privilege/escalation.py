"""Ways from the rights that policies give to more rights, by one document or by all of a role's together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from typing import Final

from policies.controls.least_privilege.actions import risks
from policies.controls.least_privilege.documents import GRANTS, each_document, kinds
from policies.controls.least_privilege.permissions import Grant, Permissions, narrowed, some
from policies.kit.document import Statement, glob, readable
from policies.kit.holders import HOLDERS, boundary, written
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("least_privilege")

_HAND_OVER: Final = "iam:PassRole"

# Ways that the list, which counts 59, does not have yet.
_FURTHER: Final = {
    "PassExistingRoleToNewBatchJob": (_HAND_OVER, "batch:RegisterJobDefinition", "batch:SubmitJob"),
    "PassExistingRoleToNewEMRCluster": (_HAND_OVER, "elasticmapreduce:RunJobFlow"),
    "PassExistingRoleToNewGlueSession": (_HAND_OVER, "glue:CreateSession", "glue:RunStatement"),
    "PassExistingRoleToNewSchedule": (_HAND_OVER, "scheduler:CreateSchedule"),
    "PassExistingRoleToNewStateMachine": (_HAND_OVER, "states:CreateStateMachine", "states:StartExecution"),
    "PassExistingRoleToSSMAutomation": (_HAND_OVER, "ssm:CreateDocument", "ssm:StartAutomationExecution"),
    "PassExistingRoleToECSTaskByOverride": (_HAND_OVER, "ecs:RunTask"),
    "PassExistingRoleToECSTaskByStartOverride": (_HAND_OVER, "ecs:StartTask"),
    "UpdateAndStartStateMachine": ("states:UpdateStateMachine", "states:StartExecution"),
    "AttachPolicyToPermissionSet": ("sso:AttachManagedPolicyToPermissionSet",),
    "PutInlinePolicyToPermissionSet": ("sso:PutInlinePolicyToPermissionSet",),
}


@cache
def _methods() -> Mapping[str, tuple[str, ...]]:
    return {**risks().escalations, **_FURTHER}


def _passes_any(permissions: Permissions, services: set[str]) -> Grant | None:
    """A statement that lets any role be passed to one of `services` (`ecs` for `ecs-tasks.amazonaws.com`)."""
    for grant in permissions.grants(_HAND_OVER):
        named = [str(value) for value in grant.statement.condition_values("iam:passedtoservice") if value is not UNKNOWN]
        fits = not named or any("*" in value or services & set(re.split(r"[.-]", value)) for value in named)
        if grant.resource and fits and not narrowed(grant.statement):
            return grant
    return None


def _method(permissions: Permissions, actions: tuple[str, ...]) -> list[Grant] | None:
    """The statements that allow a method; None if it is not open.

    Where a role is passed, it is enough that the roles are not named: the function or instance that gets one may be.
    """
    passed = _HAND_OVER in actions
    services = {action.partition(":")[0].partition("-")[0] for action in actions if action != _HAND_OVER}
    grants: list[Grant] = []
    for action in actions:
        if action == _HAND_OVER:
            grant = _passes_any(permissions, services)
        elif passed:
            grant = next(permissions.grants(action), None)
        else:
            grant = permissions.unconstrained(action)
        if grant is None:
            return None
        grants.append(grant)
    return grants


def _open(permissions: Permissions) -> dict[str, list[Grant]]:
    """The methods that are open, with the statements that allow each; one that is another and more is left out."""
    methods = _methods()
    found = {name: grants for name, actions in methods.items() if (grants := _method(permissions, actions))}
    return {
        name: grants for name, grants in found.items() if not any(set(methods[other]) < set(methods[name]) for other in found)
    }


def _by_pattern(methods: dict[str, list[Grant]]) -> dict[str, tuple[list[str], list[Grant]]]:
    """Methods that the same action patterns allow together: a policy with `iam:*` is one finding, not fifteen."""
    found: dict[str, tuple[list[str], list[Grant]]] = {}
    for name, grants in methods.items():
        names, together = found.setdefault(" + ".join(sorted({grant.pattern for grant in grants})), ([], []))
        names.append(name)
        together += grants
    return found


_RIGHT: Final = "no way to give oneself, or a role one controls, more rights"


@rules.rule("privilege-escalation", "C182", kinds(GRANTS), on=partial(each_document, GRANTS))
def _escalation(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """No policy alone opens a known way to more rights than it grants.

    Remove an action of the combination, or name the roles, users, policies or functions it may touch.
    """
    for key, (names, grants) in _by_pattern(_open(Permissions.of([(where, found)]))).items():
        places = {grant.where for grant in grants}
        yield Finding(places.pop() if len(places) == 1 else where, some(names), _RIGHT, detail=key)


@rules.rule("combined-privilege-escalation", "C182", " ".join(HOLDERS), needs_stack=True)
def _combined_escalation(holder: Resource) -> Answers:
    """The policies of a role, user or group open no way to more rights together; denials and the boundary count.

    Remove an action of the combination from one of the policies, or leave it out of the permissions boundary.
    """
    policies, complete = _read(written(holder))
    together = Permissions.of(policies)
    alone = {name for policy in policies for name in _open(Permissions.of([policy]))}
    left = {name: grants for name, grants in _open(together).items() if name not in alone}
    own = list(_own_rights(holder, together))
    if holder.get("permissionsBoundary") is not None:
        limits, known = _read(boundary(holder))
        if (left or own) and not (limits and known):
            yield NOT_JUDGED
            return
        within = Permissions.of(limits)
        left = {name: grants for name, grants in left.items() if _method(within, _methods()[name])}
        own = [(action, name) for action, name in own if action in _ON_BOUNDARY and any(within.grants(action))]
    for key, (names, grants) in _by_pattern(left).items():
        sources = sorted({grant.where.partition(".Statement[")[0] for grant in grants})
        yield Finding("", None, f"{_RIGHT}; {some(sources)} together open {some(names)}", detail=key)
    for action, name in own:
        yield Finding("", None, f"no change of one's own rights; {action} on {name} is one", detail=f"{action} on itself")
    if not complete:
        yield NOT_JUDGED


def _read(documents: Iterable[tuple[str, Value]]) -> tuple[list[tuple[str, tuple[Statement, ...]]], bool]:
    """The documents that can be read, and whether these are all."""
    read = [(where, readable(document)) for where, document in documents]
    return [(where, found) for where, found in read if found is not None], all(found is not None for _, found in read)


_ON_BOUNDARY: Final = ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
_ON_ONESELF: Final = ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", *_ON_BOUNDARY)


def _own_rights(holder: Resource, together: Permissions) -> Iterator[tuple[str, str]]:
    """What a role may do to itself, for which it needs no wildcard: the action, and the resource that names the role."""
    arns = (
        [arn for arn in (holder.outputs.get("arn"), _arn(holder)) if isinstance(arn, str)] if holder.kind == "iam/role" else []
    )
    for action in _ON_ONESELF if arns else ():
        for grant in together.grants(action):
            own = next((name for name in grant.statement.resources for arn in arns if _names(name, arn)), None)
            if own and not grant.resource and not narrowed(grant.statement):
                yield action, own


def _arn(role: Resource) -> str | None:
    name, path = role.get("name"), role.get("path")
    if not isinstance(name, str) or path is UNKNOWN:
        return None
    return f"arn:aws:iam::{role.account or '*'}:role{path or '/'}{name}"


def _names(pattern: str, arn: str) -> bool:
    """Whether a resource pattern covers the role; in whatever account, where that is not known."""
    mine, theirs = arn.split(":", 5), pattern.split(":", 5)
    same_account = len(theirs) == 6 and (mine[4] in ("*", theirs[4]) or theirs[4] == "*")
    return same_account and glob(theirs[5]).fullmatch(mine[5]) is not None
