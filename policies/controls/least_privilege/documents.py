"""Where policy documents live in AWS resources, and how a rule walks their statements."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar, cast

from policies.kit import facts
from policies.kit.document import MalformedDocumentError, Statement, fields, statements
from policies.kit.references import referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list

Table = Mapping[str, str]
"""Kind of resource -> property that holds its policy document."""


def _at(prop: str, kinds: str) -> Table:
    """Kinds, separated by blanks, that hold their document in the same property."""
    return dict.fromkeys(kinds.split(), prop)


IDENTITY: Final[Table] = {
    **_at("policy", "iam/policy iam/rolePolicy iam/userPolicy iam/groupPolicy"),
    "iam/role": "inlinePolicies[].policy",
    "ssoadmin/permissionSetInlinePolicy": "inlinePolicy",
}
"""What its holder may do."""

GRANTS: Final[Table] = dict(IDENTITY)
"""The same without permissions boundaries, which give nothing to anybody."""

TRUST: Final[Table] = {"iam/role": "assumeRolePolicy"}
"""Who may become the role."""

BUCKETS: Final[Table] = {
    **_at(
        "policy",
        "s3/bucket s3/bucketPolicy s3/accessPoint s3/vectorsVectorBucketPolicy "
        "s3control/accessGrantsInstanceResourcePolicy s3control/accessPointPolicy s3control/bucketPolicy "
        "s3control/objectLambdaAccessPointPolicy",
    ),
    "s3control/multiRegionAccessPointPolicy": "details.policy",
    **_at("resourcePolicy", "s3tables/tableBucketPolicy s3tables/tablePolicy"),
}
QUEUES: Final[Table] = {"sqs/queue": "policy", "sqs/queuePolicy": "policy"}
TOPICS: Final[Table] = {"sns/topic": "policy", "sns/topicPolicy": "policy"}
KEYS: Final = _at("policy", " ".join((*facts.KEYS, "kms/keyPolicy")))
SECRETS: Final[Table] = {"secretsmanager/secret": "policy", "secretsmanager/secretPolicy": "policy"}
TABLES: Final[Table] = {"dynamodb/resourcePolicy": "policy"}
FUNCTIONS: Final[Table] = {"lambda/resourcePolicy": "policy"}
REPOSITORIES: Final[Table] = {
    **_at("policy", "ecr/repositoryPolicy ecr/registryPolicy"),
    "ecr/repositoryCreationTemplate": "repositoryPolicy",
}
DOMAINS: Final = _at(
    "accessPolicies", "opensearch/domain opensearch/domainPolicy elasticsearch/domain elasticsearch/domainPolicy"
)
OTHERS: Final[Table] = {
    **_at(
        "policy",
        "acmpca/policy backup/vaultPolicy bedrock/agentcoreResourcePolicy cloudwatch/eventBusPolicy "
        "codebuild/resourcePolicy dsql/clusterPolicy efs/fileSystemPolicy glue/resourcePolicy "
        "kinesis/resourcePolicy mediastore/containerPolicy msk/clusterPolicy networkfirewall/resourcePolicy "
        "oam/sinkPolicy opensearchingest/resourcePolicy redshift/resourcePolicy redshiftserverless/resourcePolicy "
        "schemas/registryPolicy ses/identityPolicy sesv2/emailIdentityPolicy",
    ),
    **_at(
        "policyDocument",
        "amp/resourcePolicy cloudwatch/logResourcePolicy codeartifact/domainPermissions "
        "codeartifact/repositoryPermissionsPolicy",
    ),
    **_at("accessPolicy", "cloudsearch/domainServiceAccessPolicy cloudwatch/logDestinationPolicy glacier/vault"),
    "cloudwatch/logDeliveryDestinationPolicy": "deliveryDestinationPolicy",
    "sagemaker/modelPackageGroupPolicy": "resourcePolicy",
}
"""Resources with no control of their own in the catalogue."""

ATTACHED: Final[Table] = {
    **BUCKETS,
    **QUEUES,
    **TOPICS,
    **KEYS,
    **SECRETS,
    **TABLES,
    **FUNCTIONS,
    **REPOSITORIES,
    **DOMAINS,
    **OTHERS,
    **_at("policy", "ec2/vpcEndpoint ec2/vpcEndpointPolicy"),
}
"""Who may use the resource."""

ALL_TABLES: Final = (IDENTITY, TRUST, ATTACHED)

StatementCheck = Callable[[Resource, str, Statement], Answers]
_T = TypeVar("_T")


def kinds(*tables: Table) -> str:
    """The kinds of these tables, as rules name them."""
    return " ".join(dict.fromkeys(kind for table in tables for kind in table))


def documents(resource: Resource, table: Table) -> Iterator[tuple[str, Value]]:
    """Path and value of each document of `table` that the resource holds.

    Raises:
        UnknownValueError: if a policy may be a permissions boundary, and the stack is still being registered.
    """
    if table is GRANTS and resource.kind == "iam/policy" and _is_boundary(resource):
        return
    for where, value in resource.each(table[resource.kind]):
        if value is UNKNOWN or value not in (None, ""):
            yield where, value


_ATTACHMENTS: Final = (
    ("iam/rolePolicyAttachment", "policyArn"),
    ("iam/userPolicyAttachment", "policyArn"),
    ("iam/groupPolicyAttachment", "policyArn"),
    ("iam/policyAttachment", "policyArn"),
    ("iam/role", "managedPolicyArns[]"),
)


def _is_boundary(policy: Resource) -> bool:
    """Whether a policy that is called a boundary is nothing else: attached to nobody."""
    if "boundary" not in f"{policy.name} {policy.properties.get('name')}".lower():
        return False
    return not any(referrers(policy, kind, prop) for kind, prop in _ATTACHMENTS)


def meant(document: Value) -> tuple[Statement, ...]:
    """The statements of a document, also of one with small faults for which AWS refuses it: what it allows is meant to hold.

    The faults, a comma before a closing bracket and a statement without effect, are found by `policy-document-readable`.

    Raises:
        UnknownValueError: if the document is known only after deployment.
        MalformedDocumentError: if it cannot be read even so.
    """
    try:
        return statements(document)
    except MalformedDocumentError:
        text = re.sub(r",(\s*[\]}])", r"\1", document) if isinstance(document, str) else document
        written = fields(text)
        found = [
            {"Effect": "Allow", **cast(Mapping[str, Value], each)} if isinstance(each, Mapping) else each
            for each in as_list(written.get("Statement"))
        ]
        return statements({**written, "Statement": found} if found else written)


def each_document(table: Table, check: Callable[[Resource, str, _T], Answers], read: Callable[[Value], _T] = meant) -> Check:
    """`check` on what `read` makes of every document; one that cannot be read is left to `policy-document-readable`."""

    def walk(resource: Resource) -> Answers:
        for where, document in documents(resource, table):
            try:
                yield from check(resource, where, read(document))
            except (UnknownValueError, MalformedDocumentError):
                yield NOT_JUDGED

    return walk


def each_statement(table: Table, check: StatementCheck) -> Check:
    """`check` on every statement of every document."""

    def walk(resource: Resource, where: str, found: tuple[Statement, ...]) -> Answers:
        for statement in found:
            yield from check(resource, f"{where}.Statement[{statement.index}]", statement)

    return each_document(table, walk)


def anywhere(check: Callable[[Table], Check]) -> Check:
    """A check of every document that a resource holds, whatever it is for."""

    def walk(resource: Resource) -> Answers:
        for table in ALL_TABLES:
            if resource.kind in table:
                yield from check(table)(resource)

    return walk


def everywhere(check: StatementCheck) -> Check:
    """`check` on every statement of every document that a resource holds."""
    return anywhere(lambda table: each_statement(table, check))


def readable(table: Table) -> Check:
    """Every document of the resource is JSON with statements that have an effect and an action."""

    def walk(resource: Resource) -> Answers:
        for where, document in documents(resource, table):
            try:
                statements(document)
            except UnknownValueError:
                yield NOT_JUDGED
            except MalformedDocumentError as error:
                yield Finding(where, str(error), "a valid IAM policy document")

    return walk
