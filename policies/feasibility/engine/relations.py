"""Which resources of the stack a property names, and what the rules ask about them: region, zone, trust, permissions."""

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast
from weakref import WeakKeyDictionary

from policies.kit.document import MalformedDocumentError, Statement, statements
from policies.kit.resource import Graph, Resource
from policies.kit.values import UNKNOWN, UnknownValueError, Value

_NAMES: Final = ("id", "arn", "name", "bucket", "url", "identifier", "family")


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; `name` is what stands after the last colon or slash."""

    service: str
    region: str
    account: str
    resource: str

    @property
    def name(self) -> str:
        """The resource's own name, as far as an ARN holds it."""
        return re.split(r"[:/]", self.resource)[-1]


@lru_cache(maxsize=4096)
def arn_of(value: Value) -> Arn | None:
    """The parts of an ARN; None for anything else."""
    parts = value.split(":", 5) if isinstance(value, str) else []
    return Arn(*parts[2:6]) if len(parts) == 6 and parts[0] == "arn" else None


_tables: Final[WeakKeyDictionary[Graph, dict[str, dict[str, list[Resource]]]]] = WeakKeyDictionary()


def _table(graph: Graph, kind: str) -> dict[str, list[Resource]]:
    """What resources of one kind are called: their known names, ids and ARNs."""
    tables = _tables.setdefault(graph, {})
    if kind not in tables:
        table = tables[kind] = {}
        for resource in graph.of(kind):
            called = (values.get(prop) for values in (resource.properties, resource.outputs) for prop in _NAMES)
            for name in {name for name in called if isinstance(name, str)}:
                table.setdefault(name, []).append(resource)
    return tables[kind]


def _called(resource: Resource, text: str, kind: str) -> Iterator[Resource]:
    table = _table(resource.graph, kind)
    yield from table.get(text, ())
    arn = arn_of(text)
    if arn is not None:
        for name in {arn.name, *arn.resource.split("/")[1:2]}:
            yield from (
                found
                for found in table.get(name, ())
                if (not arn.region or found.region in (None, arn.region))
                and (not arn.account or found.account in (None, arn.account))
            )


def named(resource: Resource, text: str, *kinds: str) -> list[Resource]:
    """The resources of the stack that a known name, id or ARN calls."""
    return [found for kind in kinds for found in _called(resource, text, kind)]


def targets(resource: Resource, prop: str, *kinds: str) -> list[Resource]:
    """The resources of these kinds that a property names: by id, name or ARN, or, where that is unknown, by dependency."""
    found: dict[str, Resource] = {}
    unknown = False
    for _, value in resource.each(prop):
        for text in cast(list[Value], value) if isinstance(value, list) else [value]:
            if text is UNKNOWN:
                unknown = True
            elif isinstance(text, str):
                found |= {other.urn: other for kind in kinds for other in _called(resource, text, kind)}
    if unknown or not found:
        resources = resource.graph.resources
        for urn in (resource.property_dependencies or {}).get(re.split(r"[.\[]", prop)[0], ()):
            other = resources.get(urn)
            if other is not None and other.kind in kinds:
                found[urn] = other
    found.pop(resource.urn, None)
    return list(found.values())


def plain(resource: Resource, *props: str) -> tuple[Hashable, ...]:
    """Values of simple properties as a key.

    Raises:
        UnknownValueError: if one of them is unknown.
    """
    values = [resource.get(prop) for prop in props]
    if any(value is UNKNOWN for value in values):
        raise UnknownValueError
    return tuple(value if isinstance(value, (str, int, float, bool, type(None))) else repr(value) for value in values)


def reference(resource: Resource, prop: str, *kinds: str) -> str | None:
    """What tells the resource that a property names from another: its URN in this stack, or else the plan's text.

    Raises:
        UnknownValueError: if it is unknown.
    """
    found = target(resource, prop, *kinds)
    value = resource.get(prop)
    return found.urn if found is not None else None if value is None else str(value)


def target(resource: Resource, prop: str, *kinds: str) -> Resource | None:
    """The one resource of these kinds that a property names; None if it is absent or names something outside the stack.

    Raises:
        UnknownValueError: if the value is unknown and the plan does not say that it comes from exactly one of them.
    """
    found = targets(resource, prop, *kinds)
    if len(found) == 1:
        return found[0]
    if found or any(value is UNKNOWN for _, value in resource.each(prop)):
        raise UnknownValueError
    return None


def listed(resource: Resource, prop: str, kind: str) -> list[Resource] | None:
    """The resources that a list property names, where the plan tells all of them; None where it does not."""
    values = [value for _, value in resource.each(f"{prop}[]")]
    if resource.get(prop) is UNKNOWN:
        return None
    found = targets(resource, f"{prop}[]", kind)
    return found if len(found) == len(values) else None


_groups: Final[WeakKeyDictionary[Graph, dict[str, dict[Hashable, list[Resource]]]]] = WeakKeyDictionary()


def earlier(resource: Resource, label: str, kinds: tuple[str, ...], key: Callable[[Resource], Hashable]) -> list[Resource]:
    """The resources of these kinds that were declared before this one and have the same key; a key of None matches nothing.

    `label` tells one use from another: the groups are made once per stack. An unknown key matches nothing, either.

    Raises:
        UnknownValueError: if the key of `resource` itself is unknown.
    """
    tables = _groups.setdefault(resource.graph, {})
    if label not in tables:
        table = tables[label] = {}
        for other in resource.graph.of(*kinds):
            try:
                table.setdefault(key(other), []).append(other)
            except UnknownValueError:
                continue
    own = key(resource)
    group = tables[label].get(own, []) if own is not None else []
    return group[: group.index(resource)] if resource in group else []


def home(resource: Resource, *, everywhere: bool = False) -> tuple[Hashable, ...]:
    """What tells the account and region a resource lives in from others; the account alone with `everywhere`."""
    properties = resource.provider_properties
    account = tuple(
        repr(properties.get(name)) for name in ("allowedAccountIds", "assumeRoles", "assumeRole", "profile", "accessKey")
    )
    return (account, None if everywhere else resource.region)


def any_unknown(resource: Resource, prop: str) -> bool:
    """Whether a value at `prop` is unknown."""
    return any(value is UNKNOWN for _, value in resource.each(prop))


def region_of(resource: Resource) -> str | None:
    """The region a resource lives in, from its own property, its provider, or its zone."""
    if resource.region:
        return resource.region
    zone = resource.get("availabilityZone")
    return zone[:-1] if isinstance(zone, str) and re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", zone) else None


def vpc_of(resource: Resource) -> str | None:
    """What tells a resource's VPC from another: the URN of a VPC of this stack, or the id in the plan; None if neither."""
    found = targets(resource, "vpcId", "ec2/vpc", "ec2/defaultVpc")
    if len(found) == 1:
        return found[0].urn
    value = resource.get("vpcId")
    return value if isinstance(value, str) and not found else None


def trusts(role: Resource, service: str) -> bool:
    """Whether a role's trust policy lets the service take it on.

    Raises:
        UnknownValueError: if the policy is unknown.
    """
    try:
        found = statements(role.get("assumeRolePolicy"))
    except MalformedDocumentError:
        return True  # that it is malformed is another rule's finding
    wanted = service.split(".")[0]
    return any(
        statement.allows("sts:AssumeRole")
        and (
            any(
                principal.everyone
                or (
                    principal.type == "Service"
                    and re.fullmatch(rf"{wanted}(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?", principal.value)
                )
                for principal in statement.principals
            )
            or bool(statement.not_principals)
        )
        for statement in found
    )


_AWS_MANAGED: Final = {
    "AdministratorAccess": ("*:*",),
    "PowerUserAccess": ("*:*",),
    "AWSLambdaBasicExecutionRole": ("logs:*",),
    "AWSLambdaVPCAccessExecutionRole": ("logs:*", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    "AWSLambdaENIManagementAccess": ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    "AWSLambdaSQSQueueExecutionRole": ("logs:*", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "AWSLambdaKinesisExecutionRole": ("logs:*", "kinesis:*"),
    "AWSLambdaDynamoDBExecutionRole": ("logs:*", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "AWSXRayDaemonWriteAccess": ("xray:*",),
    "AmazonECSTaskExecutionRolePolicy": ("logs:CreateLogStream", "logs:PutLogEvents", "ecr:*"),
    "AmazonSSMManagedInstanceCore": ("ssm:*", "ssmmessages:*", "ec2messages:*"),
    "CloudWatchLogsFullAccess": ("logs:*",),
    "AmazonS3FullAccess": ("s3:*",),
    "AmazonS3ReadOnlyAccess": ("s3:Get*", "s3:List*"),
    "AmazonSQSFullAccess": ("sqs:*",),
    "AmazonSNSFullAccess": ("sns:*",),
    "AmazonDynamoDBFullAccess": ("dynamodb:*",),
    "AmazonKinesisFullAccess": ("kinesis:*",),
    "SecretsManagerReadWrite": ("secretsmanager:*",),
}
"""What AWS's own policies that people attach most allow, as far as a rule asks for it."""


@dataclass(frozen=True)
class Grant:
    """One policy of a role: the resource that brings it (the role itself for an inline one), and whether it allows what was
    asked (None: the plan does not say)."""

    by: Resource
    allows: bool | None


def grants(role: Resource, *actions: str) -> Iterator[Grant]:
    """Each policy of a role, and whether it allows one of `actions`."""
    graph = role.graph
    for _, value in role.each("inlinePolicies[].policy"):
        yield Grant(role, _document_allows(value, actions))
    for _, value in role.each("managedPolicyArns[]"):
        yield Grant(role, _managed_allows(value, actions))
    for policy in graph.referring(role, "iam/rolePolicy", "role"):
        yield Grant(policy, _document_allows(policy.get("policy"), actions))
    for attachment in (
        *graph.referring(role, "iam/rolePolicyAttachment", "role"),
        *graph.referring(role, "iam/policyAttachment", "roles[]"),
    ):
        own = targets(attachment, "policyArn", "iam/policy")
        if len(own) == 1:
            yield Grant(attachment, _document_allows(own[0].get("policy"), actions))
        else:
            yield Grant(attachment, _managed_allows(attachment.get("policyArn"), actions))


def may(role: Resource, *actions: str) -> bool | None:
    """Whether a role's policies in this stack allow one of `actions`; None if the plan does not say."""
    answers = [grant.allows for grant in grants(role, *actions)]
    return True if True in answers else None if None in answers else False


def _managed_allows(arn: Value, actions: tuple[str, ...]) -> bool | None:
    own = arn_of(arn)
    if own is None or own.account != "aws" or own.name not in _AWS_MANAGED:
        return None
    return any(_covers(pattern, action) for pattern in _AWS_MANAGED[own.name] for action in actions)


def _covers(pattern: str, action: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) is not None


def _document_allows(document: Value, actions: tuple[str, ...]) -> bool | None:
    try:
        return any(statement.allows(action) for statement in statements(document) for action in actions)
    except (UnknownValueError, MalformedDocumentError):
        return None


def permits(document: Value, service: str, action: str) -> bool | None:
    """Whether a resource policy lets a service do `action`; None if the plan does not say."""
    try:
        found = statements(document)
    except (UnknownValueError, MalformedDocumentError):
        return None
    return any(statement.allows(action) and _names_service(statement, service) for statement in found)


def _names_service(statement: Statement, service: str) -> bool:
    return bool(statement.not_principals) or any(
        principal.everyone
        or (principal.type == "Service" and (principal.value is UNKNOWN or principal.value in (service, "*")))
        for principal in statement.principals
    )
