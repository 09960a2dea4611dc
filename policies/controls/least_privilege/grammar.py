"""Policy documents that AWS would refuse, or accept and never apply as meant: elements, actions, resources, conditions."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from typing import Final, cast

from policies.controls.least_privilege import actions
from policies.controls.least_privilege.actions import Action, find
from policies.controls.least_privilege.arns import concerns, names_something, overlaps
from policies.controls.least_privilege.condition_keys import FOREIGN, GLOBAL, OPERATORS
from policies.controls.least_privilege.documents import (
    ALL_TABLES,
    IDENTITY,
    TRUST,
    Table,
    anywhere,
    each_document,
    each_statement,
    everywhere,
    kinds,
    readable,
)
from policies.kit.document import Statement, covers_everything, fields, glob, statements
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("least_privilege")

_EVERYWHERE: Final = kinds(*ALL_TABLES)

rules.named("policy-document-readable", "C189", _EVERYWHERE).add(
    anywhere(readable),
    description="Policy documents are valid: JSON, statements with an effect and an action.",
    remediation="Correct the document; an unreadable one is judged by no other rule.",
)

_VERSION: Final = "2012-10-17"


def _each_version(table: Table) -> Check:
    """The version of every document, as far as it can be read."""

    def check(_: Resource, where: str, version: Value) -> Answers:
        if version is UNKNOWN:
            yield NOT_JUDGED
        elif version != _VERSION:
            yield Finding(f"{where}.Version", version, _VERSION)

    return each_document(table, check, lambda document: fields(document).get("Version"))


rules.named("policy-version", "C189", _EVERYWHERE).add(
    anywhere(_each_version),
    description="Policy documents are written in the current version of the policy language.",
    remediation='Set Version: "2012-10-17"; without it AWS reads the language of 2008, in which variables are plain text.',
)

_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"}
)
_PRINCIPALS: Final = ("AWS", "Service", "Federated", "CanonicalUser")
_NEEDS_NO_PRINCIPAL: Final = ("ec2/vpcEndpoint", "ec2/vpcEndpointPolicy")


_Written = tuple[tuple[Statement, ...], list[Mapping[str, Value]]]


def _each_element(table: Table) -> Check:
    """The elements of every statement."""

    def check(resource: Resource, where: str, written: _Written) -> Answers:
        found, raw = written
        repeated = [sid for sid, times in Counter(each.sid for each in found if each.sid).items() if times > 1]
        for sid in repeated:
            yield Finding(f"{where}.Statement", sid, "a Sid of its own for each statement", detail=f"Sid {sid}")
        for statement, elements in zip(found, raw, strict=True):
            place = f"{where}.Statement[{statement.index}]"
            yield from _elements(place, statement, elements)
            yield from _elements_of(table, resource.kind, place, statement, elements)

    return each_document(table, check, _written)


def _written(document: Value) -> _Written:
    """The statements of a document, and the elements of each as they are written."""
    found = statements(document)
    return found, [cast(Mapping[str, Value], each) for each in as_list(fields(document)["Statement"])]


def _elements(where: str, statement: Statement, elements: Mapping[str, Value]) -> Iterator[Finding]:
    """What is wrong in a statement of whatever policy."""
    for name in sorted(elements.keys() - _ELEMENTS):
        close = get_close_matches(name, sorted(_ELEMENTS), n=1)
        yield Finding(f"{where}.{name}", elements[name], close[0] if close else "an element of the language", detail=name)
    for name in ("Action", "Resource", "Principal"):
        if name in elements and f"Not{name}" in elements:
            yield Finding(f"{where}.Not{name}", elements[f"Not{name}"], f"{name} or Not{name}", detail=f"Not{name}")
        for element in (name, f"Not{name}"):
            if element in elements and elements[element] in ([], "", {}):
                yield Finding(f"{where}.{element}", elements[element], "at least one value", detail=element)
    for principal in (*statement.principals, *statement.not_principals):
        if principal.type not in (*_PRINCIPALS, "*"):
            detail = principal.type or "Principal"
            yield Finding(f"{where}.Principal", principal.value, f"one of {', '.join(_PRINCIPALS)} with names", detail=detail)
        elif principal.type == "AWS" and principal.value != "*" and "*" in str(principal.value):
            yield Finding(f"{where}.Principal", principal.value, "whole ARNs: AWS takes * alone", detail=str(principal.value))


def _elements_of(table: Table, kind: str, where: str, statement: Statement, elements: Mapping[str, Value]) -> Iterator[Finding]:
    """What is wrong in a statement of one kind of policy."""
    named = sorted(name for name in ("Principal", "NotPrincipal") if name in elements)
    if table is IDENTITY:
        for name in named:
            yield Finding(f"{where}.{name}", elements[name], "none: its holder is the principal", detail=name)
        if not {"Resource", "NotResource"} & elements.keys():
            yield Finding(f"{where}.Resource", None, "the ARNs it is about", detail="Resource")
        for name in (*statement.resources, *statement.not_resources):
            if not name.startswith(("arn:", "*")):
                yield Finding(f"{where}.Resource", name, "an ARN or *", detail=name)
    elif not named and kind not in _NEEDS_NO_PRINCIPAL:
        yield Finding(f"{where}.Principal", None, "who is meant", detail="Principal")
    if table is TRUST:
        for name in sorted({"Resource", "NotResource"} & elements.keys()):
            yield Finding(f"{where}.{name}", elements[name], "none: the role is the resource", detail=name)
        for action in statement.actions:
            if not action.lower().startswith("sts:"):
                yield Finding(f"{where}.Action", action, "sts:AssumeRole or one of its kin", detail=action)
    if table in (IDENTITY, TRUST) and not re.fullmatch("[A-Za-z0-9]*", statement.sid):
        yield Finding(f"{where}.Sid", statement.sid, "letters and digits only", detail=f"Sid {statement.sid}")


rules.named("policy-elements", "C189", _EVERYWHERE).add(
    anywhere(_each_element),
    description="Statements have the elements that their kind of policy takes, and no others.",
    remediation="Correct the statement; AWS refuses it, or reads it otherwise than it looks.",
)

# Accepted by AWS and missing in its reference: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
# (in the policy that a topic has by default) and https://docs.aws.amazon.com/opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html
_UNDOCUMENTED: Final = frozenset({"sns:receive", "logs:putlogeventsbatch"})


@rules.configurable(
    "policy-actions-known",
    "C189",
    _EVERYWHERE,
    options={"accepted": texts("Action patterns (service:Action) that exist although the pack does not know them.")},
)
def _actions_known(resource: Resource, options: Options) -> Answers:
    """Every action of a policy exists, and every action pattern matches something.

    Correct the name; a misspelt action allows, or denies, nothing. If it is newer than the pack, list it as accepted.
    """
    accepted = [glob(pattern) for pattern in options["accepted"]]

    def check(_: Resource, where: str, statement: Statement) -> Answers:
        for element, patterns in (("Action", statement.actions), ("NotAction", statement.not_actions)):
            for pattern in patterns:
                expected = _unknown_action(pattern)
                if expected and not any(known.fullmatch(pattern) for known in accepted):
                    yield Finding(f"{where}.{element}", pattern, expected, detail=pattern)

    yield from anywhere(lambda table: each_statement(table, check))(resource)


def _unknown_action(pattern: str) -> str | None:
    """What would be right instead of an action that does not exist; None if it does."""
    prefix, colon, name = pattern.lower().partition(":")
    if not pattern.strip("*") or pattern.lower() in _UNDOCUMENTED or find(pattern):
        return None
    if not colon or re.search(r"[*?]", prefix):
        return "service:Action (the service without wildcards)"
    known = actions.service(prefix)
    if known is None:
        return f"a service that AWS has, according to {actions.source()}"
    close = get_close_matches(name.strip("*"), list(known.actions), n=1)
    hint = f", perhaps {known.actions[close[0]].name}" if close else ""
    return f"an action of {prefix} according to {actions.source()}{hint}"


@rules.rule("policy-resources-match", "C189", _EVERYWHERE, on=everywhere)
def _resources_match(_: Resource, where: str, statement: Statement) -> Answers:
    """Every action of a statement takes one of the resources that the statement names.

    Give the action the resource it works on, e.g. s3:ListBucket the bucket and s3:GetObject the objects (bucket/*).
    """
    if not statement.resources or covers_everything(statement.resources):
        return
    for pattern in statement.actions:
        known = find(pattern)
        if known and not any(_takes(action, name) for action in known for name in statement.resources):
            types = ", ".join(known[0].arns[:3]) or "*, the only resource it takes"
            yield Finding(f"{where}.Resource", list(statement.resources), f"{types} for {pattern}", detail=pattern)


# Services whose types and keys AWS's reference lists in full. Elsewhere a resource of the action's own service is taken for
# right, and so is any key of the service: AWS's own managed policies have many that the reference does not know.
_LISTED: Final = frozenset(
    {
        *("dynamodb", "ec2", "ecr", "ecs", "events", "firehose", "iam", "kinesis", "kms", "lambda"),
        *("logs", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm", "states", "sts"),
    }
)


def _takes(action: Action, resource: str) -> bool:
    """Whether a resource pattern may be of a type that the action takes."""
    service = action.name.partition(":")[0]
    if not action.arns:
        sure = service in _LISTED - {"logs"} and action.level in ("List", "Read")
        return not (sure and names_something(resource))
    if service in _LISTED:
        return any(overlaps(resource, template) for template in action.arns)
    owners = {service, *(template.split(":")[2] for template in action.arns)}
    return any(concerns(resource, owner) for owner in owners)


@rules.rule("policy-conditions-known", "C189", _EVERYWHERE, on=everywhere)
def _conditions_known(_: Resource, where: str, statement: Statement) -> Answers:
    """Conditions use operators and keys that exist, keys that the actions have, and operators that fit the key.

    Correct the key or operator: a condition on what a request never carries is never true, or always.
    """
    known = [action for pattern in statement.actions for action in find(pattern)]
    if any(pattern.strip("*:") == "" for pattern in statement.actions):
        known = []
    for condition in statement.conditions:
        types = OPERATORS.get(condition.operator)
        type_, expected = _key(condition.key, known)
        if types is None:
            yield Finding(f"{where}.Condition", condition.operator, "an operator of conditions", detail=condition.operator)
        elif expected:
            yield Finding(f"{where}.Condition", condition.key, expected, detail=condition.key)
        elif type_ and type_ not in types:
            yield Finding(
                f"{where}.Condition.{condition.operator}",
                condition.key,
                f"an operator for {type_.removeprefix('ArrayOf')}",
                detail=f"{condition.operator} {condition.key}",
            )
        else:
            for value in condition.values:
                if expected := _malformed(condition.operator, value):
                    yield Finding(f"{where}.Condition.{condition.key}", value, expected, detail=f"{condition.key} {value}")


def _key(key: str, known: list[Action]) -> tuple[str | None, str | None]:
    """Type of a condition key, if it is known, and what would be right if the key is wrong for these actions."""
    prefix, colon, _ = key.partition(":")
    if not colon:
        return None, "a key with its service, e.g. aws:SourceAccount"
    if key in FOREIGN:
        return None, None
    keys = GLOBAL if prefix == "aws" else getattr(actions.service(prefix), "keys", None)
    if keys is None:  # of an identity provider
        return None, None
    type_ = next((type_ for pattern, type_ in keys.items() if glob(pattern).fullmatch(key)), None)
    if type_ is None:
        close = get_close_matches(key, list(keys), n=1)
        return None, f"a condition key of {prefix} according to {actions.source()}{f', perhaps {close[0]}' if close else ''}"
    if prefix in _LISTED and known and not any(glob(pattern).fullmatch(key) for action in known for pattern in action.keys):
        return None, f"a condition key that {known[0].name} has"
    return type_, None


def _malformed(operator: str, value: Value) -> str | None:
    """What would be right instead of a value that the operator cannot compare."""
    text = str(value)
    if value is UNKNOWN or "${" in text:
        return None
    if operator in ("bool", "null") and text.lower() not in ("true", "false"):
        return "true or false"
    if operator.startswith("numeric") and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "a number"
    if operator in ("ipaddress", "notipaddress"):
        try:
            ip_network(text, strict=False)
        except ValueError:
            return "an address or CIDR"
    return None
