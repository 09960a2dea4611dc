"""What roles, users and groups may do: no administrator, no whole service, no data of everybody, no role passed to anything."""

import re
from functools import partial
from typing import Final

from policies.controls.least_privilege.actions import find
from policies.controls.least_privilege.documents import ALL_TABLES, GRANTS, each_document, each_statement, everywhere, kinds
from policies.controls.least_privilege.permissions import Permissions, narrowed, reach, wide
from policies.kit.document import Statement, covers_everything
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("least_privilege")

_TAKEOVER: Final = ("iam:CreatePolicyVersion", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:PutUserPolicy")
"""Who may do all of these on everything may do anything."""


def _all_services(pattern: str) -> bool:
    return pattern.strip("*:") == ""


@rules.rule("administrator-statement", "C179", kinds(GRANTS), on=partial(each_statement, GRANTS))
def _administrator(_: Resource, where: str, statement: Statement) -> Answers:
    """No statement allows every action on every resource.

    Name actions and ARNs.
    """
    if not statement.allow:
        return
    excepted = statement.not_resources
    everywhere = covers_everything(statement.resources) or (bool(excepted) and not covers_everything(excepted))
    expected = "the actions the workload needs, on the ARNs it needs"
    all_actions = next((action for action in statement.actions if _all_services(action)), None)
    if all_actions and everywhere:
        yield Finding(f"{where}.Action", all_actions, expected)
    elif statement.not_actions and everywhere and all(map(statement.covers, _TAKEOVER)):
        yield Finding(f"{where}.NotAction", list(statement.not_actions), expected, detail="NotAction")
    for action in statement.actions:
        if action.lower().rstrip("*") == "iam:" and reach(statement, find("iam:PutRolePolicy")[0]) and not narrowed(statement):
            yield Finding(f"{where}.Action", action, "named actions; all of IAM gives every right", detail=action)


@rules.rule("wildcard-action", "C180", kinds(GRANTS), on=partial(each_statement, GRANTS))
def _wildcard_action(_: Resource, where: str, statement: Statement) -> Answers:
    """No statement allows a whole service.

    Name the actions; a prefix such as kms:GenerateDataKey* may stand.
    """
    for action in statement.actions if statement.allow else ():
        if action.partition(":")[2].strip("*") == "":
            yield Finding(f"{where}.Action", action, "named actions of the service", detail=action)


_HARMLESS: Final = ("s3:GetBucketLocation",)
"""Says nothing of what a bucket holds; AWS's own examples allow it on arn:aws:s3:::*."""

_OF_ALL_OR_LESS: Final = ("cloudwatch:DescribeAlarms",)
"""Tells of alarms over alarms only who may ask for all (its API reference), and nothing but what alarms watch."""


@rules.rule("wildcard-resource", "C181", kinds(GRANTS), on=partial(each_document, GRANTS))
def _wildcard_resource(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """Actions that work on one named thing are not allowed on every resource.

    Name the ARNs the workload was handed, or bind the statement by a resource condition.
    """
    permissions = Permissions.of([(where, found)])
    for place, statement in permissions.allows:
        for pattern in () if narrowed(statement) else (statement.actions or ("NotAction",)):
            name = _everywhere(permissions, statement, pattern)
            if name:
                yield Finding(f"{place}.Resource", name, f"the ARNs that {pattern} is for", detail=pattern)


def _everywhere(permissions: Permissions, statement: Statement, pattern: str) -> str | None:
    """The resource pattern that is far too wide for some action of `pattern`."""
    if pattern == "NotAction" or _all_services(pattern):
        return next((name for name in statement.resources if covers_everything([name])), None)
    for action in find(pattern):
        if action.name in _OF_ALL_OR_LESS:
            continue
        name = wide(statement, action) if action.restrictable and not permissions.denied(action.name) else None
        if name and not (action.name in _HARMLESS and not covers_everything([name])):
            return name
    return None


@rules.rule("decrypt-any-key", "C075", kinds(GRANTS), on=partial(each_document, GRANTS))
def _decrypt_everything(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """No policy allows decryption under every key.

    Name the key ARNs, or bind the statement by kms:ResourceAliases, aws:ResourceTag or an encryption context.
    """
    permissions = Permissions.of([(where, found)])
    for action in ("kms:Decrypt", "kms:ReEncryptFrom"):
        for grant in permissions.grants(action):
            bound = grant.statement.condition_values(
                "kms:encryptioncontext:*", "kms:resourcealiases", "kms:requestalias", "aws:resourcetag/*"
            )
            if grant.resource and not bound:
                yield Finding(f"{grant.where}.Resource", grant.resource, f"the keys that {action} is for", detail=action)


@rules.rule("pass-role", "C187", kinds(GRANTS), on=partial(each_document, GRANTS))
def _pass_role(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """iam:PassRole names the roles and the service they are passed to.

    Name the role ARNs and add the condition iam:PassedToService.
    """
    for grant in Permissions.of([(where, found)]).grants("iam:PassRole"):
        if grant.resource:
            yield Finding(f"{grant.where}.Resource", grant.resource, "the ARNs of the roles it may pass", detail="resource")
        if not _passed_to_service(grant.statement):
            expected = "iam:PassedToService with the service that gets the role"
            yield Finding(f"{grant.where}.Condition", None, expected, detail="condition")


def _passed_to_service(statement: Statement) -> bool:
    """Whether it names the service; every iam:PassRole request does, so that IfExists changes nothing."""
    return any(
        condition.key == "iam:passedtoservice"
        and condition.operator in ("stringequals", "stringlike", "stringequalsignorecase")
        and not any(value is not UNKNOWN and str(value).strip("*?") == "" for value in condition.values)
        for condition in statement.conditions
    )


@rules.rule("assume-any-role", "C190", kinds(GRANTS), on=partial(each_document, GRANTS))
def _assume_any_role(_: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
    """sts:AssumeRole names the roles and their accounts; whom a role trusts is only half of who may become it.

    Name the role ARNs.
    """
    for grant in Permissions.of([(where, found)]).grants("sts:AssumeRole"):
        elsewhere = (name for name in grant.statement.resources if re.match(r"arn:[^:]*:iam::[^:]*[*?]", name))
        name = grant.resource or next(elsewhere, None)
        if name and not narrowed(grant.statement):
            yield Finding(f"{grant.where}.Resource", name, "the ARNs of the roles it may assume", detail=grant.pattern)


@rules.rule("inverted-allow", "C188", kinds(*ALL_TABLES), on=everywhere)
def _inverted(_: Resource, where: str, statement: Statement) -> Answers:
    """No Allow statement says what it is not (NotAction, NotResource, NotPrincipal).

    List what is allowed.
    """
    if statement.allow:
        for element, values in (
            ("NotAction", statement.not_actions),
            ("NotResource", statement.not_resources),
            ("NotPrincipal", [principal.value for principal in statement.not_principals]),
        ):
            if values:
                yield Finding(f"{where}.{element}", list(values), f"{element[3:]} in an Allow", detail=element)
