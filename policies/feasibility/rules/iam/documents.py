"""Policy documents: what IAM and services with resource policies refuse when a document is put."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import alike, pairs, words
from policies.feasibility.engine.relations import readable
from policies.feasibility.engine.shapes import contains_unknown
from policies.kit.document import MalformedDocumentError, fields, statements
from policies.kit.facts import KEYS
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list

rules: Final = Rules("feasibility", failures())

IDENTITY: Final = {
    "iam/policy": "policy",
    "iam/rolePolicy": "policy",
    "iam/userPolicy": "policy",
    "iam/groupPolicy": "policy",
    "iam/role": "inlinePolicies[].policy",
    "ssoadmin/permissionSetInlinePolicy": "inlinePolicy",
}
RESOURCE: Final = {
    **alike(
        """
        s3/bucketPolicy s3/bucket kms/keyPolicy secretsmanager/secretPolicy
        secretsmanager/secret sqs/queuePolicy sqs/queue sns/topicPolicy sns/topic backup/vaultPolicy dynamodb/resourcePolicy
        efs/fileSystemPolicy
        """,
        "policy",
    ),
    **dict.fromkeys(KEYS, "policy"),
    "cloudwatch/logResourcePolicy": "policyDocument",
    "cloudwatch/logDestinationPolicy": "accessPolicy",
    **alike("opensearch/domainPolicy opensearch/domain elasticsearch/domain", "accessPolicies"),
}
_KINDS: Final = " ".join(dict.fromkeys((*IDENTITY, *RESOURCE)))

_ELEMENTS: Final = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_TOP: Final = frozenset({"Version", "Id", "Statement"})
_OPERATORS: Final = frozenset(
    f"{family}{suffix}".lower()
    for family, suffixes in {
        "String": "Equals NotEquals EqualsIgnoreCase NotEqualsIgnoreCase Like NotLike",
        "Numeric": "Equals NotEquals LessThan LessThanEquals GreaterThan GreaterThanEquals",
        "Date": "Equals NotEquals LessThan LessThanEquals GreaterThan GreaterThanEquals",
        "Arn": "Equals NotEquals Like NotLike",
    }.items()
    for suffix in suffixes.split()
) | {"bool", "binaryequals", "ipaddress", "notipaddress", "null"}
_IAM_PATHS: Final = (
    *("user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/", "sms-mfa/"),
    *("saml-provider/", "oidc-provider/", "report/", "access-report/", "u2f/", "*"),
)
_STS: Final = words(
    """
    sts:assumerole sts:assumerolewithsaml sts:assumerolewithwebidentity sts:tagsession sts:setsourceidentity sts:setcontext
    """
)
_MALFORMED: Final = "MalformedPolicyDocument:"
_NOT_ACTIONS: Final = {
    **pairs(
        """
        s3:listobjects=s3:ListBucket s3:listobjectsv2=s3:ListBucket s3:listobject=s3:ListBucket s3:headobject=s3:GetObject
        s3:putobjects=s3:PutObject s3:getobjects=s3:GetObject s3:deleteobjects=s3:DeleteObject
        s3:listbuckets=s3:ListAllMyBuckets s3:createmultipartupload=s3:PutObject s3:uploadpart=s3:PutObject
        s3:completemultipartupload=s3:PutObject s3:listparts=s3:ListMultipartUploadParts
        s3:putbucketencryption=s3:PutEncryptionConfiguration s3:getbucketencryption=s3:GetEncryptionConfiguration
        s3:putbucketlifecycle=s3:PutLifecycleConfiguration dynamodb:transactgetitems=dynamodb:GetItem
        sqs:sendmessagebatch=sqs:SendMessage sqs:deletemessagebatch=sqs:DeleteMessage sns:publishbatch=sns:Publish
        lambda:invoke=lambda:InvokeFunction iam:assumerole=sts:AssumeRole ecr:getlogin=ecr:GetAuthorizationToken
        secretsmanager:getsecret=secretsmanager:GetSecretValue ssm:getsecurestring=ssm:GetParameter
        logs:putlogevent=logs:PutLogEvents cloudwatch:putmetrics=cloudwatch:PutMetricData events:putevent=events:PutEvents
        ses:send=ses:SendEmail
        """
    ),
    "s3:copyobject": "s3:GetObject and s3:PutObject",
    "dynamodb:transactwriteitems": "dynamodb:PutItem, UpdateItem and DeleteItem",
    "kms:reencrypt": "kms:ReEncryptFrom and kms:ReEncryptTo",
}
"""API calls and other names that are no IAM actions -> the action that is meant."""


Labelled = Sequence[tuple[str, Mapping[str, Value]]]
"""The statements of a document, each with where it stands."""


class _Document(NamedTuple):
    where: str
    value: Value
    role: str
    """`identity`, `trust` or `resource`."""


def _documents(resource: Resource) -> Iterator[_Document]:
    for paths, role in ((IDENTITY, "identity"), (RESOURCE, "resource")):
        if resource.kind in paths:
            for where, value in resource.each(paths[resource.kind]):
                yield _Document(where, value, role)
    if resource.kind == "iam/role":
        yield _Document("assumeRolePolicy", resource.get("assumeRolePolicy"), "trust")


@rules.rule("policy-document-syntax", "F260", _KINDS)
def _syntax(resource: Resource) -> Answers:
    """Policy documents have the elements, versions, effects and operators of the policy language.

    Build the document with a policy builder, and compare the element's name with the policy grammar.
    """
    for where, value, role in _documents(resource):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value not in (None, ""):
            try:
                document = fields(value)
                if contains_unknown(document):
                    statements(document)  # raises where a part that matters is unknown
                yield from _grammar(where, document, role)
                statements(value)
            except MalformedDocumentError as error:
                yield Finding(where, "(malformed)", f"a policy document: {error}", f"{where} document")


def _grammar(where: str, document: Mapping[str, Value], role: str) -> Answers:
    for name in sorted(set(document) - _TOP):
        yield Finding(where, name, f"only {', '.join(sorted(_TOP))} at the top", f"{where} {name}")
    version = document.get("Version")
    if version is not None and version not in ("2012-10-17", "2008-10-17"):
        answer = f"{_MALFORMED} Policy document must be version 2012-10-17 or greater."
        yield Finding(where, f"Version {version}", "2012-10-17", f"{where} version", answer)
    sids: set[str] = set()
    for index, (label, statement) in enumerate(_statements(document)):
        for name in sorted(set(statement) - _ELEMENTS):
            expected = f"elements of a statement: {', '.join(sorted(_ELEMENTS))}"
            yield Finding(where, f"{label}.{name}", expected, f"{where} {name}")
        for one, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
            if one in statement and other in statement:
                yield Finding(where, f"{label}: {one} and {other}", "one of them", f"{where} {index} {one}")
        yield from _conditions(where, label, statement.get("Condition"))
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid:
            if sid in sids and role != "resource":
                answer = f"{_MALFORMED} Statement IDs (SID) in a single policy must be unique."
                yield Finding(where, f"Sid {sid}", "an id once", f"{where} {sid}", answer)
            sids.add(sid)
            if role != "resource" and not re.fullmatch(r"[0-9A-Za-z]*", sid):
                answer = (
                    f"{_MALFORMED} Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
                    "expression [0-9A-Za-z]*"
                )
                yield Finding(where, f"Sid {sid}", "letters and digits only", f"{where} {sid} form", answer)


def _conditions(where: str, label: str, conditions: Value) -> Answers:
    for operator in cast(Mapping[str, Value], conditions) if isinstance(conditions, Mapping) else ():
        plain = re.sub(r"^for(anyvalue|allvalues):|ifexists$", "", operator.lower())
        if plain not in _OPERATORS:
            answer = f"{_MALFORMED} Invalid Condition type : {operator}"
            yield Finding(where, f"{label}.Condition.{operator}", "a condition operator of IAM", f"{where} {operator}", answer)


def _statements(value: Value) -> Iterator[tuple[str, Mapping[str, Value]]]:
    try:
        document = fields(value) if value not in (None, "") else {}
    except MalformedDocumentError:
        return
    for index, raw in enumerate(as_list(document.get("Statement"))):
        if isinstance(raw, Mapping):
            yield f"Statement[{index}]", cast(Mapping[str, Value], raw)


def _each_document(judge: Callable[[str, str, Labelled], Answers]) -> Check:
    """`judge` gets the path, the role and the statements of every document."""

    def check(resource: Resource) -> Answers:
        for where, value, role in _documents(resource):
            if value is UNKNOWN:
                yield NOT_JUDGED
            else:
                yield from judge(where, role, list(_statements(value)))

    return check


def _elements(where: str, role: str, found: Labelled) -> Answers:
    for label, statement in found:
        named = "Principal" in statement or "NotPrincipal" in statement
        placed = "Resource" in statement or "NotResource" in statement
        detail = f"{where} {label}"
        if role == "identity" and named:
            answer = f"{_MALFORMED} Policy document should not specify a principal."
            yield Finding(where, f"{label}.Principal", "nothing in an identity policy", f"{detail} principal", answer)
        if role == "identity" and not placed:
            answer = f"{_MALFORMED} Policy statement must contain resources."
            yield Finding(where, f"{label} without Resource", "a Resource", f"{detail} resource", answer)
        if role == "trust" and placed:
            answer = f"{_MALFORMED} Has prohibited field Resource"
            yield Finding(where, f"{label}.Resource", "nothing in a trust policy", f"{detail} resource", answer)
        if role != "identity" and not named:
            answer = f"{_MALFORMED} Missing required field Principal"
            yield Finding(where, f"{label} without Principal", "a Principal", f"{detail} principal", answer)


rules.named("policy-document-elements", "F261", _KINDS).add(
    _each_document(_elements),
    description="Identity policies name resources and no principal, trust policies principals and no resource.",
    remediation="Give identity policies Resource and no Principal; trust policies Principal, sts actions and no Resource.",
)


def _texts(value: Value) -> Iterator[str]:
    yield from (text for text in ([] if value is UNKNOWN else as_list(value)) if isinstance(text, str))


def _action_answer(action: str, role: str) -> str:
    if action == "*":
        return ""
    if ":" not in action:
        return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    if action.count(":") > 1:
        return "Actions/Condition can contain only one colon."
    if role == "trust" and not any(re.fullmatch(re.escape(action.lower()).replace(r"\*", ".*"), known) for known in _STS):
        return "AssumeRole policy may only specify STS AssumeRole actions."
    vendor = action.partition(":")[0]
    return f"Vendor {vendor} is not valid" if re.search(r"[^a-zA-Z0-9\-.*]", vendor) else ""


def _resource_answer(place: str) -> str:
    if place == "*" or not place:
        return ""
    parts = place.split(":", 5)
    if parts[0] != "arn":
        return f'Resource {place} must be in ARN format or "*".'
    if len(parts) < 6:
        return "" if place.endswith("*") and len(parts) >= 3 else "The policy failed legacy parsing"
    _, partition, service, region, _, tail = parts
    if not re.fullmatch(r"aws(-[a-z-]+)?|\*|\$\{.*\}", partition):
        return f'Partition "{partition}" is not valid for resource "{place}".'
    if service == "iam" and region not in ("", "*"):
        return f"IAM resource {place} cannot contain region information."
    if service == "s3" and region not in ("", "*") and not tail.startswith("accesspoint"):
        return f"Resource {place} can not contain region information."
    if service == "iam" and not tail.startswith(_IAM_PATHS) and "*" not in tail.partition("/")[0]:
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS[:-1])}.'
    return ""


def _names(where: str, role: str, found: Labelled) -> Answers:
    for label, statement in found:
        for name in ("Action", "NotAction"):
            for action in _texts(statement.get(name)):
                if answer := _action_answer(action, role):
                    expected = "an sts action to assume a role" if "AssumeRole" in answer else "service:Action"
                    yield Finding(where, f"{label}.{name} {action}", expected, f"{where} {action}", f"{_MALFORMED} {answer}")
        for place in _texts(statement.get("Resource")) if role == "identity" else ():
            if answer := _resource_answer(place):
                yield Finding(where, place, "an ARN, or *", f"{where} {place}", f"{_MALFORMED} {answer}")


rules.named("policy-document-actions-and-resources", "F260", _KINDS).add(
    _each_document(_names),
    description="Actions name their service; resources are ARNs as IAM reads them; trust policies allow to assume.",
    remediation="Write service:Action, and full ARNs (S3 and IAM ones without region) or *.",
)


def _exists(where: str, _: str, found: Labelled) -> Answers:
    given_too = {action.lower() for _, statement in found for action in _texts(statement.get("Action"))}
    for label, statement in found:
        for action in _texts(statement.get("Action")):
            meant = _NOT_ACTIONS.get(action.lower())
            if meant and not any(right.lower() in given_too for right in re.split(r",? and |, ", meant)):
                yield Finding(where, f"{label} {action}", meant, f"{where} {action}")


rules.named("policy-action-exists", "F263", _KINDS).add(
    _each_document(_exists),
    description="Actions are names of IAM, not of API calls that IAM knows under another name.",
    remediation="Name the IAM action that the call needs.",
)


_SERVICES: Final = {
    **alike(
        "sns/topic sns/topicPolicy",
        ("sns", "InvalidParameter: Invalid parameter: Policy statement action out of service scope!"),
    ),
    **alike("sqs/queue sqs/queuePolicy", ("sqs", "InvalidAttributeValue: Invalid value for the parameter Policy.")),
    "ecr/repositoryPolicy": ("ecr", "InvalidParameterException: Invalid repository policy provided"),
}


@rules.rule("resource-policy-service", "F526", " ".join(_SERVICES))
def _service(resource: Resource) -> Answers:
    """A topic's, queue's or repository's policy speaks of actions of its own service.

    Allow sns: actions on topics, sqs: actions on queues and ecr: actions on repositories.
    """
    service, answer = _SERVICES[resource.kind]
    for statement in readable(resource.get("policy")):
        for action in (*statement.actions, *statement.not_actions):
            prefix, colon, _ = action.partition(":")
            if colon and "*" not in prefix and prefix.lower() != service:
                yield Finding("policy", action, f"an action of {service}", detail=f"{statement.index} {action}", answer=answer)
