"""The stack that guards the account holds every guard: one of each in the account, or one of each in every region."""

import re
from fnmatch import fnmatchcase
from typing import Final

from policies.controls.audit.account import ANALYZER, EXTERNAL, UNUSED, has_security_contact
from policies.controls.audit.alarms import FILTER
from policies.controls.audit.events import TRAIL, unrecorded
from policies.kit.checks import unless_one
from policies.kit.references import of_region
from policies.kit.resource import Graph, Resource
from policies.kit.rule import NOT_APPLICABLE, NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN

rules: Final = Rules("audit")

_IN_ACCOUNT: Final = {TRAIL: "a trail of all regions", "iam/accountPasswordPolicy": "a password policy"}
_IN_REGION: Final = {
    "cfg/recorder": "a recorder of AWS Config",
    "guardduty/detector": "a GuardDuty detector",
    "inspector2/enabler": "an enabler of Inspector",
    "securityhub/account": "Security Hub",
}

# Events that the CIS benchmark wants an alarm for (4.1 to 4.15) -> what the pattern of their metric filter names.
_WATCHED_EVENTS: Final = {
    "unauthorized calls": r"Unauthorized|AccessDenied",
    "sign-in without MFA": r"MFAUsed",
    "use of the root user": r"userIdentity\.type.*Root",
    "changes of IAM policies": r"(Put|Delete|Attach|Detach)(User|Role|Group)Policy|(Create|Delete)Policy",
    "changes of trails": r"StopLogging|(Update|Delete)Trail",
    "deletion of keys": r"ScheduleKeyDeletion|DisableKey",
    "changes of bucket policies": r"(Put|Delete)Bucket(Policy|Acl)",
    "changes of AWS Config": r"StopConfigurationRecorder|DeleteDeliveryChannel|PutConfigurationRecorder",
    "changes of security groups": r"(Authorize|Revoke)SecurityGroup|(Create|Delete)SecurityGroup",
    "changes of network ACLs": r"(Create|Delete|Replace)NetworkAcl",
    "changes of gateways": r"CustomerGateway|InternetGateway",
    "changes of route tables": r"(Create|Delete|Replace)Route",
    "changes of VPCs": r"(Create|Delete)Vpc|ModifyVpcAttribute",
    "changes of the organization": r"organizations\.amazonaws\.com",
}


@rules.configurable(
    "account-guardrails",
    "C164 C169 C173 C174 C175 C177 C178 C202 C203 C218",
    "pulumi:pulumi:Stack",
    needs_stack=True,
    options={
        "stacks": texts(
            "Names (`*` is any text), `stack` or `project-stack`, of stacks that must hold them all.",
            "*guardrails*",
            "*-account",
            minLength=1,
        ),
        "regions": texts("Regions that the account uses; by default those that resources of the stack name.", minLength=1),
    },
)
def _account_guardrails(stack: Resource, options: Options) -> Answers:
    """The stack that is the account's guardrails holds all of them.

    Declare it in this stack, or take the stack's name out of the option `stacks`.
    """
    names = (stack.name, stack.urn.partition("::")[0].rpartition(":")[2])
    if not any(fnmatchcase(name, pattern) for name in names for pattern in options["stacks"]):
        yield NOT_APPLICABLE
        return
    yield from _account(stack.graph)
    yield from _events(stack.graph)
    for region in options["regions"] or _regions(stack.graph):
        yield from _region(stack.graph, region)


def _regions(graph: Graph) -> list[str | None]:
    """Regions of the stack's resources; None alone where no resource names one."""
    named = {resource.region for resource in graph.resources.values() if resource.token.startswith("aws:")}
    return [*sorted(region for region in named if region)] or [None]


def _missing(what: str, detail: str) -> Finding:
    return Finding("", None, what, detail=detail)


def _account(graph: Graph) -> Answers:
    for kind, what in _IN_ACCOUNT.items():
        if not graph.of(kind):
            yield _missing(what, kind)
    for kind, access in unrecorded(graph).items():
        if access:
            yield _missing(f"a trail of {' and '.join(sorted(access))} events of {kind}", kind)
    if not has_security_contact(graph, None):
        yield _missing("the contact for security", "account/alternativeContact")
    analyzers = [analyzer.get("type") for analyzer in graph.of(ANALYZER)]
    yield from unless_one(analyzers, UNUSED, _missing("an access analyzer for unused access", f"{ANALYZER} unused"))


def _region(graph: Graph, region: str | None) -> Answers:
    where = f" in {region}" if region else ""
    for kind, what in _IN_REGION.items():
        if not of_region(graph, kind, region):
            yield _missing(f"{what}{where}", f"{kind}{where}")
    analyzers = [analyzer.get("type") for analyzer in of_region(graph, ANALYZER, region)]
    missing = _missing(f"an access analyzer for external access{where}", f"{ANALYZER} external{where}")
    yield from unless_one(["ACCOUNT" if kind is None else kind for kind in analyzers], EXTERNAL, missing)


def _events(graph: Graph) -> Answers:
    patterns = [metric_filter.get("pattern") for metric_filter in graph.of(FILTER)]
    for event, pattern in _WATCHED_EVENTS.items():
        if not any(re.search(pattern, text) for text in patterns if isinstance(text, str)):
            unknown = any(text is UNKNOWN for text in patterns)
            yield NOT_JUDGED if unknown else _missing(f"a metric filter for {event}", event)
