"""Where policy documents live in AWS resources, and how a rule walks their statements."""

from collections.abc import Callable, Iterator
from typing import Final

from policies.kit.document import MalformedDocumentError, Statement, statements
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.values import UnknownValueError, Value

IDENTITY: Final = {
    "iam/policy": "policy",
    "iam/rolePolicy": "policy",
    "iam/userPolicy": "policy",
    "iam/groupPolicy": "policy",
    "iam/role": "inlinePolicies[].policy",
    "ssoadmin/permissionSetInlinePolicy": "inlinePolicy",
}
"""Kind -> property that says what its holder may do."""

TRUST: Final = {"iam/role": "assumeRolePolicy"}
"""Kind -> property that says who may become the role."""

ATTACHED: Final = {
    "s3/bucket": "policy",
    "s3/bucketPolicy": "policy",
    "s3/accessPoint": "policy",
    "sqs/queue": "policy",
    "sqs/queuePolicy": "policy",
    "sns/topic": "policy",
    "sns/topicPolicy": "policy",
    "kms/key": "policy",
    "kms/replicaKey": "policy",
    "kms/externalKey": "policy",
    "kms/keyPolicy": "policy",
    "secretsmanager/secret": "policy",
    "secretsmanager/secretPolicy": "policy",
    "ecr/repositoryPolicy": "policy",
    "dynamodb/resourcePolicy": "policy",
    "backup/vaultPolicy": "policy",
    "cloudwatch/eventBusPolicy": "policy",
    "cloudwatch/logResourcePolicy": "policyDocument",
    "opensearch/domain": "accessPolicies",
    "opensearch/domainPolicy": "accessPolicies",
    "elasticsearch/domain": "accessPolicies",
    "elasticsearch/domainPolicy": "accessPolicies",
    "ec2/vpcEndpoint": "policy",
}
"""Kind -> property that says who may use the resource."""

StatementCheck = Callable[[Resource, str, Statement], Answers]


def documents(resource: Resource, table: dict[str, str]) -> Iterator[tuple[str, Value]]:
    """Path and value of each document of `table` that the resource holds."""
    for where, value in resource.each(table[resource.kind]):
        if value is not None:
            yield where, value


def each_statement(table: dict[str, str], check: StatementCheck) -> Check:
    """`check` on every statement of every document; a document that cannot be read is left to `policy-document-readable`."""

    def walk(resource: Resource) -> Answers:
        for where, document in documents(resource, table):
            try:
                for statement in statements(document):
                    yield from check(resource, f"{where}.Statement[{statement.index}]", statement)
            except (UnknownValueError, MalformedDocumentError):
                yield NOT_JUDGED

    return walk


def readable(*tables: dict[str, str]) -> Check:
    """Every document of the resource is JSON with statements that have an effect and an action."""

    def walk(resource: Resource) -> Answers:
        for table in tables:
            for where, document in documents(resource, table) if resource.kind in table else ():
                try:
                    statements(document)
                except UnknownValueError:
                    yield NOT_JUDGED
                except MalformedDocumentError as error:
                    yield Finding(where, str(error), "a valid IAM policy document")

    return walk
