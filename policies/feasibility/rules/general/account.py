"""What an account has once in a region or once in all, or first, and names that two resources of one stack would share."""

from collections.abc import Hashable, Iterator
from functools import partial
from itertools import islice
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.joins import for_kinds, unique
from policies.feasibility.engine.leaves import alike
from policies.feasibility.engine.order import after_one, by_kind
from policies.feasibility.engine.relations import home, region_of
from policies.kit.checks import all_of, only_where
from policies.kit.references import earlier, together
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_PER_REGION: Final = (
    "apigateway/account backup/regionSettings detective/graph ebs/defaultKmsKey ebs/encryptionByDefault "
    "ec2/imageBlockPublicAccess ec2/serialConsoleAccess ec2/snapshotBlockPublicAccess ecr/registryPolicy "
    "ecr/registryScanningConfiguration emr/blockPublicAccessConfiguration glue/dataCatalogEncryptionSettings "
    "glue/resourcePolicy lakeformation/dataLakeSettings macie2/account securityhub/account xray/encryptionConfig"
)
_PER_ACCOUNT: Final = (
    "backup/globalSettings iam/accountAlias iam/accountPasswordPolicy organizations/organization s3/accountPublicAccessBlock"
)
_ACCESS: Final = "allowedAccountIds profile assumeRole assumeRoles accessKey assumeRoleWithWebIdentity endpoints"

_NAMES: Final = {
    **alike(
        """
        backup/vault budgets/budget cloudwatch/logGroup dynamodb/table ecr/repository ecs/cluster elasticache/parameterGroup
        elasticache/subnetGroup iam/group iam/instanceProfile iam/policy iam/role iam/user kms/alias lambda/function
        lb/loadBalancer lb/targetGroup memorydb/cluster rds/clusterParameterGroup rds/optionGroup rds/parameterGroup
        rds/proxy rds/subnetGroup secretsmanager/secret sfn/stateMachine sns/topic sqs/queue
        """,
        "name",
    ),
    **alike("docdb/cluster neptune/cluster rds/cluster", "clusterIdentifier"),
    **alike("docdb/clusterInstance neptune/clusterInstance rds/clusterInstance rds/instance", "identifier"),
    **alike("opensearch/domain elasticsearch/domain", "domainName"),
    "elasticache/cluster": "clusterId",
    "elasticache/replicationGroup": "replicationGroupId",
    "iam/openIdConnectProvider": "url",
    "s3/bucket": "bucket",
}
_GLOBAL: Final = ("budgets/", "iam/", "s3/")
_SHARED: Final = {
    **alike("docdb/cluster neptune/cluster rds/cluster", "database cluster"),
    **alike("docdb/clusterInstance neptune/clusterInstance rds/clusterInstance rds/instance", "database"),
    **alike("opensearch/domain elasticsearch/domain", "domain"),
}
"""Kinds that share one space of names with another kind."""


def account_of(resource: Resource) -> Hashable:
    """What tells the account a resource is made in from another: how its provider signs in."""
    found = resource.provider_properties
    return tuple((name, repr(found[name])) for name in _ACCESS.split() if name in found)


def _others(resource: Resource, *, regional: bool) -> Iterator[Resource]:
    """The other resources of its kind that are declared for the same account (and region), and come before it by name."""

    def place(one: Resource) -> Hashable:
        return (account_of(one), region_of(one) if regional else None)

    return earlier(resource, (resource.kind, "once"), (resource.kind,), place, by_urn=True)


def _once(what: str = "", *, regional: bool, answer: str = "") -> Check:
    """There is one of the kind in an account, or a region of it; `what` is a word for it."""

    def check(resource: Resource) -> Answers:
        for other in islice(_others(resource, regional=regional), 1):
            expected = f"one {what or resource.kind} in {'a region' if regional else 'an account'}; {other.name} is another"
            yield Finding("", None, expected, other.name, answer)

    return check


for _place_of, _kinds, _regional in (("region", _PER_REGION, True), ("account", _PER_ACCOUNT, False)):
    rules.named(f"once-per-{_place_of}", "F266", _kinds).add(
        _once(regional=_regional),
        description=f"A setting that {'a region' if _regional else 'an account'} has once is declared once.",
        remediation="Keep one of the declarations.",
    )
_CHANNELS: Final = "MaxNumberOfDeliveryChannelsExceededException: the number of delivery channels has reached its maximum, 1"
rules.named("config-recorder-once", "F146", "cfg/recorder cfg/deliveryChannel").add(
    all_of(
        for_kinds("cfg/recorder", _once(regional=True)),
        for_kinds("cfg/deliveryChannel", _once(regional=True, answer=_CHANNELS)),
    ),
    description="A region has one configuration recorder and one delivery channel.",
    remediation="Keep one of each, and record all types in it.",
)
rules.named("guardduty-detector-once", "F147", "guardduty/detector").add(
    _once("detector", regional=True),
    description="A region has one GuardDuty detector.",
    remediation="Keep one detector.",
)


@rules.rule("inspector-enabler-once", "F148", "inspector2/enabler")
def _enabler(enabler: Resource) -> Answers:
    """An account has one Inspector enabler in a region; code scanning comes with function scanning.

    Put all accounts and resource types into one enabler; add LAMBDA beside LAMBDA_CODE.
    """
    kinds = [value for _, value in enabler.each("resourceTypes[]")]
    if any(kind is UNKNOWN for kind in kinds):
        yield NOT_JUDGED
    elif "LAMBDA_CODE" in kinds and "LAMBDA" not in kinds:
        answer = "ValidationException: LAMBDA_CODE can be enabled only with LAMBDA"
        yield Finding("resourceTypes", kinds, "LAMBDA, too", "lambda", answer)
    accounts = _accounts(enabler)
    for other, names in together(other for other in _others(enabler, regional=True) if _meet(accounts, _accounts(other))):
        yield Finding("", None, f"one enabler of these accounts; {names} is another", other.name)


def _accounts(enabler: Resource) -> set[str]:
    return {value for _, value in enabler.each("accountIds[]") if isinstance(value, str)}


def _meet(accounts: set[str], theirs: set[str]) -> bool:
    return bool(accounts & theirs) or not (accounts and theirs)


@rules.rule("name-once", "F267", " ".join(_NAMES))
def _name(resource: Resource) -> Answers:
    """Two resources of one kind have two names.

    Rename one of them, or leave the name to Pulumi.
    """
    prop = _NAMES[resource.kind]
    space = _SHARED.get(resource.kind, resource.kind)
    kinds = tuple(kind for kind in _NAMES if _SHARED.get(kind, kind) == space)
    for other, names in together(earlier(resource, (space, "name"), kinds, _place, by_urn=True)):
        yield Finding(prop, resource.get(prop), f"a name of its own; {names} has it in the same place", other.name)


def _place(resource: Resource) -> Hashable:
    """Account, region and name; region only where names are regional; None without a name."""
    name = resource.get(_NAMES[resource.kind])
    if not name:
        return None
    regional = not resource.kind.startswith(_GLOBAL)
    text = name.lower() if resource.kind.startswith(("iam/", "rds/", "docdb/", "neptune/", "elasticache/")) else name
    return (account_of(resource), region_of(resource) if regional else None, text)


_REGIONAL: Final = (
    "auditmanager/accountRegistration cfg/retentionConfiguration ebs/snapshotBlockPublicAccess ec2/defaultVpc "
    "ec2/instanceMetadataDefaults ec2/vpcBlockPublicAccessOptions"
)

rules.named("account-setting-once", "F398", f"{_REGIONAL} shield/subscription", needs_stack=True).add(
    all_of(
        *(
            unique(kind, home, "", f"one {kind.split('/')[1]} per account and region; {{other}} is one")
            for kind in _REGIONAL.split()
        ),
        unique("shield/subscription", partial(home, everywhere=True), "", "one subscription per account; {other} is one"),
    ),
    description="A setting that an account has once (per region) is declared once.",
    remediation="Keep one of the two.",
)


_ENABLERS: Final = {
    "securityhub/account": (
        "standardsSubscription standardsControl standardsControlAssociation productSubscription actionTarget insight "
        "findingAggregator automationRule",
        "InvalidAccessException: Account is not subscribed to AWS Security Hub",
    ),
    "macie2/account": (
        "classificationJob customDataIdentifier findingsFilter member classificationExportConfiguration",
        "AccessDeniedException: Macie is not enabled.",
    ),
    "auditmanager/accountRegistration": (
        "assessment control framework",
        "AccessDeniedException: Please complete AWS Audit Manager setup from home page to enable this action in this account.",
    ),
    "shield/subscription": (
        "protection protectionGroup applicationLayerAutomaticResponse drtAccessRoleArnAssociation proactiveEngagement",
        "ResourceNotFoundException: The subscription does not exist.",
    ),
    "organizations/organization": (
        "account policy delegatedAdministrator",
        "AWSOrganizationsNotInUseException: Your account is not a member of an organization.",
    ),
}
"""What enables a service -> the kinds of the same module that need it, and what AWS answers without it."""
_NEEDS: Final = {
    " ".join(f"{enabler.partition('/')[0]}/{name}" for name in names.split()): (enabler, answer)
    for enabler, (names, answer) in _ENABLERS.items()
}


def _after_enabler(enabler: str, answer: str) -> Check:
    worldwide = enabler in ("organizations/organization", "shield/subscription")
    return after_one(enabler, ", which enables the service", place=partial(home, everywhere=worldwide), answer=answer)


_AFTER_LOG_ROLE: Final = _after_enabler(
    "apigateway/account", "BadRequestException: CloudWatch Logs role ARN must be set in account settings to enable logging"
)

rules.named(
    "service-enabled-first", "F398", " ".join((*_NEEDS, "apigateway/stage", "apigateway/methodSettings")), needs_stack=True
).add(
    all_of(
        by_kind(_after_enabler, _NEEDS),
        for_kinds("apigateway/stage", only_where("accessLogSettings", _AFTER_LOG_ROLE)),
        for_kinds("apigateway/methodSettings", only_where("settings.loggingLevel", _AFTER_LOG_ROLE, values=("INFO", "ERROR"))),
    ),
    description="A service is enabled before what needs it.",
    remediation="Name the account's resource in dependsOn.",
)
