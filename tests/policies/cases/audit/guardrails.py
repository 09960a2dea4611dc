"""Cases of policies/controls/audit/guardrails.py."""

from tests.policies.given.audit.account import (
    ANALYZER,
    CONTACT,
    DETECTOR,
    ENABLER,
    HUB,
    PASSWORDS,
    RECORDER,
    SECURITY,
    analyzers,
    several,
)
from tests.policies.given.audit.trails import ALL_DATA, TRAIL
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

STACK = "pulumi:pulumi:Stack"


def guarding(*resources: Planned, name: str = "dataconnect-guardrails") -> list[Planned]:
    return [planned(STACK, name), *resources]


EVENTS = (
    '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }',
    '{ ($.eventName = ConsoleLogin) && ($.additionalEventData.MFAUsed != "Yes") }',
    '{ $.userIdentity.type = "Root" }',
    "{ ($.eventName = PutRolePolicy) || ($.eventName = CreatePolicy) }",
    "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) }",
    "{ ($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion) }",
    "{ ($.eventName = PutBucketPolicy) }",
    "{ ($.eventName = StopConfigurationRecorder) }",
    "{ ($.eventName = AuthorizeSecurityGroupIngress) }",
    "{ ($.eventName = CreateNetworkAcl) }",
    "{ ($.eventName = AttachInternetGateway) }",
    "{ ($.eventName = CreateRoute) }",
    "{ ($.eventName = CreateVpc) }",
    '{ $.eventSource = "organizations.amazonaws.com" }',
)

FILTERS = several("aws:cloudwatch/logMetricFilter:LogMetricFilter", *({"pattern": pattern} for pattern in EVENTS))

GUARDS = [
    *several(TRAIL, {"eventSelectors": [{"dataResources": ALL_DATA}]}),
    *several(PASSWORDS, {}),
    *several(CONTACT, SECURITY),
    *several(RECORDER, {}),
    *several(DETECTOR, {}),
    *several(ENABLER, {}),
    *several(HUB, {}),
    *analyzers("ACCOUNT", "ACCOUNT_UNUSED_ACCESS"),
]


def without(token: str) -> list[Planned]:
    return [guard for guard in GUARDS if guard.token != token]


CASES: dict[str, Cases] = {
    "account-guardrails": Cases(
        token=STACK,
        fails=[
            guarding(),
            guarding(*GUARDS),
            guarding(*GUARDS, *FILTERS[1:]),
            guarding(*GUARDS, *FILTERS, *several("aws:sqs/queue:Queue", {"region": "us-west-2"})),
            *(guarding(*without(token), *FILTERS) for token in dict.fromkeys(guard.token for guard in GUARDS)),
            guarding(*without(ANALYZER), *analyzers("ACCOUNT"), *FILTERS),
            guarding(*without(TRAIL), *several(TRAIL, {"eventSelectors": [{"dataResources": ALL_DATA[:2]}]}), *FILTERS),
            guarding(*without(ANALYZER), *analyzers("ACCOUNT_UNUSED_ACCESS"), *FILTERS),
        ],
        passes=[{}, guarding(*GUARDS, *FILTERS), guarding(name="dataconnect-prod")],
        unknown=[
            guarding(*without(CONTACT), *several(CONTACT, {"alternateContactType": UNKNOWN}), *FILTERS),
            guarding(*GUARDS, *FILTERS[1:], planned(FILTERS[0].token, "late", pattern=UNKNOWN)),
        ],
    )
}
