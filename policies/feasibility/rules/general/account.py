"""What an account has once in a region or once in all, and names that two resources of one stack would share."""

from collections.abc import Hashable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import region_of
from policies.kit.references import by_key
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_PER_REGION: Final = (
    "apigateway/account",
    "backup/regionSettings",
    "detective/graph",
    "ebs/defaultKmsKey",
    "ebs/encryptionByDefault",
    "ec2/imageBlockPublicAccess",
    "ec2/serialConsoleAccess",
    "ec2/snapshotBlockPublicAccess",
    "ecr/registryPolicy",
    "ecr/registryScanningConfiguration",
    "emr/blockPublicAccessConfiguration",
    "glue/dataCatalogEncryptionSettings",
    "glue/resourcePolicy",
    "lakeformation/dataLakeSettings",
    "macie2/account",
    "securityhub/account",
    "xray/encryptionConfig",
)
_PER_ACCOUNT: Final = (
    "backup/globalSettings",
    "iam/accountAlias",
    "iam/accountPasswordPolicy",
    "organizations/organization",
    "s3/accountPublicAccessBlock",
)
_ACCESS: Final = (
    "allowedAccountIds",
    "profile",
    "assumeRole",
    "assumeRoles",
    "accessKey",
    "assumeRoleWithWebIdentity",
    "endpoints",
)

_NAMES: Final = {
    "backup/vault": "name",
    "budgets/budget": "name",
    "cloudwatch/logGroup": "name",
    "dynamodb/table": "name",
    "docdb/cluster": "clusterIdentifier",
    "docdb/clusterInstance": "identifier",
    "ecr/repository": "name",
    "ecs/cluster": "name",
    "elasticache/cluster": "clusterId",
    "elasticache/parameterGroup": "name",
    "elasticache/replicationGroup": "replicationGroupId",
    "elasticache/subnetGroup": "name",
    "iam/group": "name",
    "iam/instanceProfile": "name",
    "iam/openIdConnectProvider": "url",
    "iam/policy": "name",
    "iam/role": "name",
    "iam/user": "name",
    "kms/alias": "name",
    "lambda/function": "name",
    "lb/loadBalancer": "name",
    "lb/targetGroup": "name",
    "memorydb/cluster": "name",
    "neptune/cluster": "clusterIdentifier",
    "neptune/clusterInstance": "identifier",
    "opensearch/domain": "domainName",
    "elasticsearch/domain": "domainName",
    "rds/cluster": "clusterIdentifier",
    "rds/clusterInstance": "identifier",
    "rds/clusterParameterGroup": "name",
    "rds/instance": "identifier",
    "rds/optionGroup": "name",
    "rds/parameterGroup": "name",
    "rds/proxy": "name",
    "rds/subnetGroup": "name",
    "s3/bucket": "bucket",
    "secretsmanager/secret": "name",
    "sfn/stateMachine": "name",
    "sns/topic": "name",
    "sqs/queue": "name",
}
_GLOBAL: Final = ("budgets/", "iam/", "s3/")
_SHARED: Final = {
    "docdb/cluster": "database cluster",
    "neptune/cluster": "database cluster",
    "rds/cluster": "database cluster",
    "docdb/clusterInstance": "database",
    "neptune/clusterInstance": "database",
    "rds/clusterInstance": "database",
    "rds/instance": "database",
    "opensearch/domain": "domain",
    "elasticsearch/domain": "domain",
}
"""Kinds that share one space of names with another kind."""


def account_of(resource: Resource) -> Hashable:
    """What tells the account a resource is made in from another: how its provider signs in."""
    found = resource.provider_properties
    return tuple((name, repr(found[name])) for name in _ACCESS if name in found)


def _once(resource: Resource, *, regional: bool) -> list[Resource]:
    """The other resources of its kind that are declared for the same account (and region), and come before it by name."""
    kind = resource.kind
    table = by_key(
        resource.graph,
        (kind, "once"),
        (kind,),
        lambda other: (account_of(other), region_of(other) if regional else None, True),
    )
    peers = table.get((account_of(resource), region_of(resource) if regional else None, True), [])
    return [other for other in peers if other.urn < resource.urn]


@rules.rule(
    "once-per-region",
    "F266",
    " ".join(_PER_REGION),
    description="A setting that a region has once is declared once.",
    remediation="Keep one of the declarations.",
)
def _per_region(resource: Resource) -> Answers:
    for other in _once(resource, regional=True)[:1]:
        yield Finding("", None, f"one {resource.kind} in a region; {other.name} is another", other.name)


@rules.rule(
    "once-per-account",
    "F266",
    " ".join(_PER_ACCOUNT),
    description="A setting that an account has once is declared once.",
    remediation="Keep one of the declarations.",
)
def _per_account(resource: Resource) -> Answers:
    for other in _once(resource, regional=False)[:1]:
        yield Finding("", None, f"one {resource.kind} in an account; {other.name} is another", other.name)


@rules.rule(
    "config-recorder-once",
    "F146",
    "cfg/recorder cfg/deliveryChannel",
    description="A region has one configuration recorder and one delivery channel.",
    remediation="Keep one of each, and record all types in it.",
)
def _recorder(resource: Resource) -> Answers:
    for other in _once(resource, regional=True)[:1]:
        answer = (
            ""
            if resource.kind == "cfg/recorder"
            else "MaxNumberOfDeliveryChannelsExceededException: the number of delivery channels has reached its maximum, 1"
        )
        yield Finding("", None, f"one {resource.kind} in a region; {other.name} is another", other.name, answer)


@rules.rule(
    "guardduty-detector-once",
    "F147",
    "guardduty/detector",
    description="A region has one GuardDuty detector.",
    remediation="Keep one detector.",
)
def _detector(detector: Resource) -> Answers:
    for other in _once(detector, regional=True)[:1]:
        yield Finding("", None, f"one detector in a region; {other.name} is another", other.name)


@rules.rule(
    "inspector-enabler-once",
    "F148",
    "inspector2/enabler",
    description="An account has one Inspector enabler in a region; code scanning comes with function scanning.",
    remediation="Put all accounts and resource types into one enabler; add LAMBDA beside LAMBDA_CODE.",
)
def _enabler(enabler: Resource) -> Answers:
    kinds = [value for _, value in enabler.each("resourceTypes[]")]
    if any(kind is UNKNOWN for kind in kinds):
        yield NOT_JUDGED
    elif "LAMBDA_CODE" in kinds and "LAMBDA" not in kinds:
        answer = "ValidationException: LAMBDA_CODE can be enabled only with LAMBDA"
        yield Finding("resourceTypes", kinds, "LAMBDA, too", "lambda", answer)
    accounts = {value for _, value in enabler.each("accountIds[]") if isinstance(value, str)}
    for other in _once(enabler, regional=True):
        theirs = {value for _, value in other.each("accountIds[]") if isinstance(value, str)}
        if accounts & theirs or not (accounts and theirs):
            yield Finding("", None, f"one enabler of these accounts; {other.name} is another", other.name)


@rules.rule(
    "name-once",
    "F267",
    " ".join(_NAMES),
    description="Two resources of one kind have two names.",
    remediation="Rename one of them, or leave the name to Pulumi.",
)
def _name(resource: Resource) -> Answers:
    own = resource.get(_NAMES[resource.kind])
    if own is UNKNOWN:
        yield NOT_JUDGED
        return
    if not isinstance(own, str) or not own:
        return
    space = _SHARED.get(resource.kind, resource.kind)
    kinds = tuple(kind for kind in _NAMES if _SHARED.get(kind, kind) == space)
    table = by_key(resource.graph, (space, "name"), kinds, _place)
    for other in table.get(_place(resource), []):
        if other.urn < resource.urn:
            expected = f"a name of its own; {other.name} has it in the same place"
            yield Finding(_NAMES[resource.kind], own, expected, other.name)


def _place(resource: Resource) -> Hashable:
    """Account, region and name; region only where names are regional."""
    name = resource.get(_NAMES[resource.kind])
    if not isinstance(name, str) or not name:
        return None
    regional = not resource.kind.startswith(_GLOBAL)
    text = name.lower() if resource.kind.startswith(("iam/", "rds/", "docdb/", "neptune/", "elasticache/")) else name
    return (account_of(resource), region_of(resource) if regional else None, text)
