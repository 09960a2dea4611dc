"""Things that an account has once per region, declared twice, and things that need such a one first."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import home
from policies.feasibility.engine.shapes import given
from policies.kit.references import earlier
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules

rules: Final = Rules("feasibility", failures())

_REGIONAL: Final = (
    "auditmanager/accountRegistration",
    "cfg/retentionConfiguration",
    "ebs/snapshotBlockPublicAccess",
    "ec2/defaultVpc",
    "ec2/instanceMetadataDefaults",
    "ec2/vpcBlockPublicAccessOptions",
)
_GLOBAL: Final = ("organizations/organization", "shield/subscription")


@rules.rule(
    "account-setting-once",
    "F398",
    " ".join((*_REGIONAL, "shield/subscription")),
    needs_stack=True,
    description="A setting that an account has once (per region) is declared once.",
    remediation="Keep one of the two.",
)
def _setting_once(resource: Resource) -> Answers:
    worldwide = resource.kind in _GLOBAL
    for other in earlier(resource, resource.kind, (resource.kind,), lambda one: home(one, everywhere=worldwide)):
        place = "account" if worldwide else "account and region"
        yield Finding("", None, f"one {resource.kind.split('/')[1]} per {place}; {other.name} is one", detail=other.name)


_ENABLERS: Final = {
    "securityhub": (
        "securityhub/account",
        "InvalidAccessException: Account is not subscribed to AWS Security Hub",
        "standardsSubscription standardsControl standardsControlAssociation productSubscription actionTarget insight "
        "findingAggregator automationRule",
    ),
    "macie2": (
        "macie2/account",
        "AccessDeniedException: Macie is not enabled.",
        "classificationJob customDataIdentifier findingsFilter member classificationExportConfiguration",
    ),
    "auditmanager": (
        "auditmanager/accountRegistration",
        "AccessDeniedException: Please complete AWS Audit Manager setup from home page to enable this action in this account.",
        "assessment control framework",
    ),
    "shield": (
        "shield/subscription",
        "ResourceNotFoundException: The subscription does not exist.",
        "protection protectionGroup applicationLayerAutomaticResponse drtAccessRoleArnAssociation proactiveEngagement",
    ),
    "organizations": (
        "organizations/organization",
        "AWSOrganizationsNotInUseException: Your account is not a member of an organization.",
        "account policy delegatedAdministrator",
    ),
}
_NEEDS: Final = {
    f"{module}/{name}": (enabler, answer) for module, (enabler, answer, names) in _ENABLERS.items() for name in names.split()
}
_LOG_ROLE: Final = "BadRequestException: CloudWatch Logs role ARN must be set in account settings to enable logging"


@rules.rule(
    "service-enabled-first",
    "F398",
    " ".join((*_NEEDS, "apigateway/stage", "apigateway/methodSettings")),
    needs_stack=True,
    description="A service is enabled before what needs it.",
    remediation="Name the account's resource in dependsOn.",
)
def _enabled_first(resource: Resource) -> Answers:
    if resource.kind.startswith("apigateway/"):
        logs = (
            resource.get("accessLogSettings") if resource.kind == "apigateway/stage" else resource.get("settings.loggingLevel")
        )
        if not given(logs) or logs == "OFF":
            return
        enabler, answer = "apigateway/account", _LOG_ROLE
    else:
        enabler, answer = _NEEDS[resource.kind]
    worldwide = enabler in _GLOBAL
    own = home(resource, everywhere=worldwide)
    found = [other for other in resource.graph.of(enabler) if home(other, everywhere=worldwide) == own]
    if found and not any(resource.after(other) for other in found):
        yield Finding("", None, f"dependsOn {found[0].name}, which enables the service", detail=found[0].name, answer=answer)
