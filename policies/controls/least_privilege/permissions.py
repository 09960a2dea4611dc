"""What policy documents allow together: which statements reach an action without naming the resource."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from policies.controls.least_privilege.actions import Action, find
from policies.controls.least_privilege.arns import covers_service, covers_type, overlaps
from policies.kit.document import Condition, Statement, covers_everything, glob, matches
from policies.kit.values import as_bool

# Keys that narrow what an Allow reaches. Who calls (aws:PrincipalTag), from where and when, with TLS or MFA, in which region
# and in which account as a whole do not. Of the services not named here every key does that is not a switch.
_NARROWING: Final = {
    # A service's source is never in a request that the holder makes himself: such a statement gives him nothing.
    "aws": ("aws:resourcetag/*", "aws:requesttag/*", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"),
    "s3": ("s3:existingobjecttag/*", "s3:dataaccesspoint*", "s3:buckettag/*", "s3:accesspointtag/*"),
    "dynamodb": (),
    "sts": (),
    "kms": ("kms:viaservice", "kms:encryptioncontext*", "kms:resourcealiases", "kms:requestalias", "kms:grantisforawsresource"),
    "iam": ("iam:resourcetag/*", "iam:policyarn", "iam:permissionsboundary", "iam:awsservicename", "iam:associatedresourcearn"),
    "ec2": ("ec2:*tag/*", "ec2:vpc", "ec2:subnet*", "ec2:createaction", "ec2:authorizeduser", "ec2:*id", "ec2:instanceprofile"),
}
_NEGATED: Final = {"stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"}


def _names_resource(condition: Condition) -> bool:
    """Whether the key of a condition says something about the resource."""
    prefix = condition.key.partition(":")[0]
    if prefix in _NARROWING:
        return any(glob(pattern).fullmatch(condition.key) for pattern in _NARROWING[prefix])
    return condition.operator != "bool"


def narrowed(statement: Statement) -> bool:
    """Whether a condition narrows what an Allow reaches to some of the resources that it names."""
    return any(
        (condition.narrows and _names_resource(condition)) or _asks_for_tag(condition) for condition in statement.conditions
    )


def _asks_for_tag(condition: Condition) -> bool:
    """Whether a resource must have a tag, with whatever value."""
    tag = re.fullmatch(r"[a-z0-9-]+:(resourcetag|requesttag)/.+", condition.key)
    return condition.operator == "null" and bool(tag) and all(as_bool(value) is False for value in condition.values)


def _always(deny: Statement) -> bool:
    """Whether a Deny leaves nothing, or named resources only, of what it denies."""
    where = covers_everything(deny.resources) or (bool(deny.not_resources) and not covers_everything(deny.not_resources))
    return where and all(
        condition.operator in _NEGATED and not condition.if_exists and not condition.for_all and _names_resource(condition)
        for condition in deny.conditions
    )


@dataclass(frozen=True)
class Grant:
    """One way in which an action is allowed: the statement, where it stands, and the action pattern.

    `resource` is the pattern that covers all the action can reach (`NotResource` if all but something); None if the statement
    names what it reaches.
    """

    where: str
    statement: Statement
    pattern: str
    resource: str | None


@dataclass(frozen=True)
class Permissions:
    """What documents allow together; a Deny counts where it leaves nothing, or named resources only."""

    allows: tuple[tuple[str, Statement], ...]
    denies: tuple[Statement, ...]

    @classmethod
    def of(cls, documents: Iterable[tuple[str, Iterable[Statement]]]) -> "Permissions":
        """The sum of documents, each with the path it stands at."""
        found = [(f"{where}.Statement[{each.index}]", each) for where, statements in documents for each in statements]
        return cls(
            tuple((where, statement) for where, statement in found if statement.allow),
            tuple(statement for _, statement in found if not statement.allow and _always(statement)),
        )

    def denied(self, action: str) -> bool:
        """Whether a Deny takes the action away."""
        return any(deny.covers(action) for deny in self.denies)

    def grants(self, action: str) -> Iterator[Grant]:
        """Every statement that allows an action (`service:Name`)."""
        if self.denied(action):
            return
        known = find(action)
        for where, statement in self.allows:
            pattern = written(statement, action)
            if pattern:
                yield Grant(where, statement, pattern, reach(statement, known[0] if known else None))

    def unconstrained(self, action: str) -> Grant | None:
        """A statement that allows the action on all it can reach, with no condition that narrows it; None if there is none."""
        return next((grant for grant in self.grants(action) if grant.resource and not narrowed(grant.statement)), None)


def written(statement: Statement, action: str) -> str:
    """The action pattern of the statement that covers `action`; empty if none does."""
    if statement.not_actions:
        return "NotAction" if statement.covers(action) else ""
    return next((pattern for pattern in statement.actions if matches(pattern, action)), "")


def reach(statement: Statement, action: Action | None) -> str | None:
    """The resource pattern that leaves the action unbounded: everything, or all of each type that is named; None if none does.

    Of an action that takes several types, one that is named bounds it: ec2:RunInstances on instance/* and one subnet is bound.
    """
    if statement.not_resources:
        return None if covers_everything(statement.not_resources) else "NotResource"
    for resource in statement.resources:
        if covers_everything([resource]):
            return resource
    found: str | None = None
    for template in action.arns if action else ():
        named = [resource for resource in statement.resources if overlaps(resource, template)]
        whole = next((resource for resource in named if covers_type(resource, template)), None)
        if named and whole is None:
            return None
        found = found or whole
    return found


def wide(statement: Statement, action: Action) -> str | None:
    """The resource pattern that is `*`, or the whole of the action's service; None if there is none."""
    if statement.not_resources:
        return None if covers_everything(statement.not_resources) else "NotResource"
    for resource in statement.resources:
        if covers_everything([resource]) or (
            covers_service(resource) and any(overlaps(resource, template) for template in action.arns)
        ):
            return resource
    return None


def some(names: Iterable[str]) -> str:
    """A few of many names, for a message."""
    listed = list(dict.fromkeys(names))
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")
