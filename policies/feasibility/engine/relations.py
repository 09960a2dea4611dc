"""What rules ask about a resource besides its own properties: region and network, who is trusted, what a role may do."""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.feasibility.engine.leaves import pairs
from policies.kit.document import MalformedDocumentError, Statement, matches, statements
from policies.kit.document import readable as statements_if_known
from policies.kit.holders import held
from policies.kit.references import arn_of, referrers, target
from policies.kit.references import vpc_of as vpc_of  # for the rules of feasibility
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding
from policies.kit.values import UNKNOWN, UnknownValueError, Value, switch


def plain(resource: Resource, *props: str) -> tuple[Hashable, ...]:
    """Values of simple properties as a key.

    Raises:
        UnknownValueError: if one of them is unknown.
    """
    values = [resource.get(prop) for prop in props]
    if any(value is UNKNOWN for value in values):
        raise UnknownValueError
    return tuple(value if isinstance(value, (str, int, float, bool, type(None))) else repr(value) for value in values)


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


def region_named(resource: Resource, prop: str, *kinds: str) -> str | None:
    """The region of what a property names: by its ARN, or else of the resource of the stack.

    Raises:
        UnknownValueError: if the plan does not say which one it names.
    """
    arn = arn_of(resource.get(prop))
    found = target(resource, prop, *kinds) if arn is None else None
    return arn.region or None if arn is not None else None if found is None else region_of(found)


_AWS_MANAGED: Final = pairs(
    """
    AdministratorAccess=*:* PowerUserAccess=*:* AWSXRayDaemonWriteAccess=xray:* CloudWatchLogsFullAccess=logs:*
    AWSLambdaBasicExecutionRole=logs:* AWSLambdaKinesisExecutionRole=logs:*,kinesis:*
    AWSLambdaVPCAccessExecutionRole=logs:*,ec2:CreateNetworkInterface,ec2:DeleteNetworkInterface
    AWSLambdaENIManagementAccess=ec2:CreateNetworkInterface,ec2:DeleteNetworkInterface
    AWSLambdaSQSQueueExecutionRole=logs:*,sqs:ReceiveMessage,sqs:DeleteMessage,sqs:GetQueueAttributes
    AWSLambdaDynamoDBExecutionRole=logs:*,dynamodb:GetRecords,dynamodb:GetShardIterator,dynamodb:DescribeStream
    AmazonECSTaskExecutionRolePolicy=logs:CreateLogStream,logs:PutLogEvents,ecr:*
    AmazonSSMManagedInstanceCore=ssm:*,ssmmessages:*,ec2messages:* AmazonS3FullAccess=s3:*
    AmazonS3ReadOnlyAccess=s3:Get*,s3:List* AmazonSQSFullAccess=sqs:* AmazonSNSFullAccess=sns:*
    AmazonDynamoDBFullAccess=dynamodb:* AmazonKinesisFullAccess=kinesis:* SecretsManagerReadWrite=secretsmanager:*
    """
)
"""What AWS's own policies that people attach most allow, as far as a rule asks for it."""


def names_fifo_queue(resource: Resource, prop: str) -> bool:
    """Whether a property names a FIFO queue, of this stack or by its ARN; an unknown value that comes from no queue does not.

    Raises:
        UnknownValueError: if the plan does not say whether the queue is FIFO.
    """
    value = resource.get(prop)
    if value is UNKNOWN and "sqs/queue" not in (resource.sources(prop) or ()):
        return False
    queue, arn = target(resource, prop, "sqs/queue"), arn_of(value)
    if queue is not None:
        return switch(queue.get("fifoQueue"))
    return arn is not None and arn.service == "sqs" and arn.name.endswith(".fifo")


@dataclass(frozen=True)
class Grant:
    """One policy of a role: the resource that brings it (the role itself for an inline one), and whether it allows what was
    asked (None: the plan does not say)."""

    by: Resource
    allows: bool | None


def grants(role: Resource, *actions: str) -> Iterator[Grant]:
    """Each policy of a role, and whether it allows one of `actions`."""
    for policy in held(role):
        own = _managed_allows(policy.arn, actions) if policy.arn else _document_allows(policy.document, actions)
        yield Grant(policy.by, own)


def may(role: Resource, *actions: str) -> bool | None:
    """Whether a role's policies in this stack allow one of `actions`; None if the plan does not say."""
    return any_so(grant.allows for grant in grants(role, *actions))


def any_so(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether one of the verdicts is yes; None if none is, but the plan does not say all of them."""
    found = list(verdicts)
    return True if True in found else None if None in found else False


def unless_so(verdict: bool | None, finding: Finding) -> Answers:
    """The finding where the verdict is no; not judged where the plan does not say it."""
    if not verdict:
        yield NOT_JUDGED if verdict is None else finding


def _managed_allows(arn: Value, actions: tuple[str, ...]) -> bool | None:
    own = arn_of(arn)
    if own is None or own.account != "aws" or own.name not in _AWS_MANAGED:
        return None
    return any(matches(pattern, action) for pattern in _AWS_MANAGED[own.name].split() for action in actions)


def _document_allows(document: Value, actions: tuple[str, ...]) -> bool | None:
    found = statements_if_known(document)
    return None if found is None else any(statement.allows(action) for statement in found for action in actions)


def permits(document: Value, service: str, action: str) -> bool | None:
    """Whether a resource policy lets a service do `action`; None if the plan does not say."""
    found = statements_if_known(document)
    return None if found is None else any(one.allows(action) and _names_service(one, service) for one in found)


def _names_service(statement: Statement, service: str) -> bool:
    return bool(statement.not_principals) or any(
        principal.everyone
        or (principal.type == "Service" and (principal.value is UNKNOWN or principal.value in (service, "*")))
        for principal in statement.principals
    )


def documents(resource: Resource, inline: str, *attached: tuple[str, str, str]) -> Iterator[tuple[Resource, str, Value]]:
    """The policy documents of a resource: its own property, and those of resources (kind, property that names it, property).

    Each comes with the resource that declares it and the path of the document there.
    """
    if resource.get(inline) is not None:
        yield resource, inline, resource.get(inline)
    for kind, names, path in attached:
        for owner in referrers(resource, kind, names):
            yield owner, path, owner.get(path)


def lets(resource: Resource, service: str, action: str, attached: tuple[str, str, str]) -> dict[Resource, bool | None]:
    """What declares a policy of the resource (see `documents`) -> whether it lets a service, such as `events`, do this."""
    found = documents(resource, "policy", attached)
    return {owner: permits(document, f"{service}.amazonaws.com", action) for owner, _, document in found}


def trusts(role: Resource, service: str) -> bool:
    """Whether a role's trust policy lets a service (`monitoring.rds`), in whatever region, take it on.

    Raises:
        UnknownValueError: if that depends on what is unknown.
    """
    form = re.compile(rf"{re.escape(service)}(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
    unknown = False
    try:
        found = statements(role.get("assumeRolePolicy"))
    except MalformedDocumentError:
        return True  # that it is malformed is another rule's finding
    for statement in found:
        if statement.allows("sts:AssumeRole"):
            names = [principal.value for principal in statement.principals if principal.type in ("Service", "*")]
            unknown = unknown or any(name is UNKNOWN for name in names)
            if statement.not_principals or any(name == "*" or form.fullmatch(name) for name in names if isinstance(name, str)):
                return True
    if unknown:
        raise UnknownValueError
    return False


def readable(document: Value) -> tuple[Statement, ...]:
    """The statements of a document; none where it is malformed, which is another rule's finding.

    Raises:
        UnknownValueError: if it is unknown.
    """
    try:
        return statements(document)
    except MalformedDocumentError:
        return ()


def services_named(resource: Resource, prop: str, kinds: Mapping[str, str]) -> set[str]:
    """The services whose resource a property names, by its ARN, or by `kinds` (kind -> service) of what it comes from.

    None of them where the plan does not say it.
    """
    value = resource.get(prop)
    if value is UNKNOWN:
        return {kinds[kind] for kind in resource.sources(prop) or () if kind in kinds}
    arn = arn_of(value)
    return set() if arn is None else {arn.service}
