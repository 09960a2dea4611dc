"""What guards the account as a whole: passwords, contacts, the recorder, the detectors and what becomes of their findings."""

from collections.abc import Collection, Mapping
from typing import Final

from policies.kit.checks import all_of, at_least, customer_key, each_is, is_given, is_on, unless_one
from policies.kit.conditions import for_kinds, lacking, where_given, where_missing
from policies.kit.references import in_region, of_region, sure_referrers
from policies.kit.resource import Graph, Resource, parse_json, per_stack
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_bool, as_list, as_number, switch

rules: Final = Rules("audit")

_PASSWORDS: Final = "iam/accountPasswordPolicy"
_CLASSES: Final = ("requireLowercaseCharacters", "requireUppercaseCharacters", "requireNumbers", "requireSymbols")

rules.named("password-length", "C202", _PASSWORDS).add(
    at_least("minimumPasswordLength", 14, default=6, unit="characters"),
    description="Passwords have 14 characters or more.",
    remediation="Set minimumPasswordLength: 14.",
    remediation_values={"minimumPasswordLength": 14},
)
rules.named("password-characters", "C202", _PASSWORDS).add(
    all_of(*(is_on(prop) for prop in _CLASSES)),
    description="Passwords hold lower and upper case letters, digits and symbols.",
    remediation=f"Set {', '.join(_CLASSES)}: true.",
    remediation_values=dict.fromkeys(_CLASSES, True),
)
rules.named("password-reuse", "C202", _PASSWORDS).add(
    at_least("passwordReusePrevention", 24, unit="passwords"),
    description="The last 24 passwords cannot be used again.",
    remediation="Set passwordReusePrevention: 24 (AWS's maximum).",
    remediation_values={"passwordReusePrevention": 24},
)
rules.named("password-age", "C202", _PASSWORDS).add(
    each_is("maxPasswordAge", lambda days: 0 < (as_number(days) or 0) <= 90, "1 to 90 days"),
    description="Passwords end after 90 days at the latest.",
    remediation="Set maxPasswordAge: 90.",
    remediation_values={"maxPasswordAge": 90},
)

_CONTACT: Final = "account/alternativeContact"


@per_stack
def has_security_contact(graph: Graph, account: Value) -> bool:
    """Whether the stack sets the security contact of an account (None: the caller's own)."""
    return any(
        contact.get("alternateContactType") == "SECURITY" and contact.get("accountId") == account
        for contact in graph.of(_CONTACT)
    )


@rules.rule("security-contact", "C218", f"{_CONTACT} account/primaryContact")
def _security_contact(contact: Resource) -> Answers:
    """Where a stack sets contacts of the account, the one for security is among them, with address and telephone.

    Add an account.AlternativeContact with alternateContactType SECURITY.
    """
    if contact.get("alternateContactType") == "SECURITY":
        for prop in ("emailAddress", "phoneNumber"):
            yield from is_given(prop, "how to reach who answers for security")(contact)
    elif not has_security_contact(contact.graph, contact.get("accountId")):
        yield Finding("alternateContactType", contact.get("alternateContactType"), "SECURITY, here or in another contact")


_RECORDER: Final = "cfg/recorder"


@rules.rule("config-all-resources", "C174", _RECORDER)
def _all_resources(recorder: Resource) -> Answers:
    """AWS Config records every type of resource, global ones included.

    Set recordingGroup: {allSupported: true, includeGlobalResourceTypes: true}.
    """
    if not switch(recorder.get("recordingGroup.allSupported"), default=True):
        yield Finding("recordingGroup.allSupported", False, "true")
    # One region records what is global, or each change would be recorded once per region.
    elif not _records_global(recorder.graph):
        value = recorder.get("recordingGroup.includeGlobalResourceTypes")
        yield Finding("recordingGroup.includeGlobalResourceTypes", value, "true")


@per_stack
def _records_global(graph: Graph) -> bool:
    return any(switch(recorder.get("recordingGroup.includeGlobalResourceTypes")) for recorder in graph.of(_RECORDER))


def _works(recorder: Resource) -> Answers:
    for kind in ("cfg/recorderStatus", "cfg/deliveryChannel"):
        if not in_region(recorder, kind):
            yield Finding("", None, f"a {kind.removeprefix('cfg/')}", detail=kind)


rules.named("config-recording", "C174", f"{_RECORDER} cfg/recorderStatus").add(
    all_of(for_kinds("cfg/recorderStatus", is_on("isEnabled")), for_kinds(_RECORDER, _works)),
    description="AWS Config's recorder is started, and has a channel to deliver to.",
    remediation="Add a cfg.RecorderStatus with isEnabled: true and a cfg.DeliveryChannel.",
)
_ORGANIZATION: Final = "organizationAggregationSource"
rules.named("config-aggregator-all-regions", "C174", "cfg/configurationAggregator").add(
    all_of(
        where_given(_ORGANIZATION, is_on(f"{_ORGANIZATION}.allRegions")),
        where_missing(_ORGANIZATION, is_on("accountAggregationSource.allRegions")),
    ),
    description="An aggregator of AWS Config collects from every region.",
    remediation="Set allRegions: true in accountAggregationSource or organizationAggregationSource.",
)

_DETECTOR: Final = "guardduty/detector"

# What has to be on -> features that bring it, and the older data source that does. All of them but runtime monitoring are on
# by default in a new detector, but what is not declared may be switched off by anybody without a difference in the next plan.
# https://docs.aws.amazon.com/guardduty/latest/APIReference/API_CreateDetector.html
_FEATURES: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "S3": (("S3_DATA_EVENTS",), "datasources.s3Logs.enable"),
    "RDS": (("RDS_LOGIN_EVENTS",), ""),
    "Lambda": (("LAMBDA_NETWORK_LOGS",), ""),
    "runtime": (("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"), ""),
    "malware": (
        ("EBS_MALWARE_PROTECTION",),
        "datasources.malwareProtection.scanEc2InstanceWithFindings.ebsVolumes.enable",
    ),
}
_FEATURE: Final = "guardduty/detectorFeature"
_MEMBERS_FEATURE: Final = "guardduty/organizationConfigurationFeature"


def _of_detector(detector: Resource, kind: str) -> list[Resource]:
    """What names the detector; an id written out is that of the only one its region has."""
    return sure_referrers(detector, (kind, "detectorId")) or [
        other for other in in_region(detector, kind) if isinstance(other.get("detectorId"), str)
    ]


@rules.rule("guardduty-enabled", "C175", f"{_DETECTOR} {_FEATURE}")
def _guardduty_enabled(resource: Resource) -> Answers:
    """GuardDuty detectors and their features are on.

    Remove enable: false; set status: ENABLED on the feature.
    """
    if resource.kind == _DETECTOR:
        yield from is_on("enable", default=True)(resource)
    elif any(resource.get("name") in names for names, _ in _FEATURES.values()) and resource.get("status") != "ENABLED":
        yield Finding("status", resource.get("status"), "ENABLED", detail=str(resource.get("name")))


@rules.rule("guardduty-features", "C175", _DETECTOR)
def _guardduty_features(detector: Resource) -> Answers:
    """GuardDuty watches S3, RDS, Lambda, runtimes and malware.

    Add a guardduty.DetectorFeature with status ENABLED for each.
    """
    on = [feature.get("name") for feature in _of_detector(detector, _FEATURE) if feature.get("status") == "ENABLED"]
    on += [feature.get("name") for feature in _of_detector(detector, _MEMBERS_FEATURE) if feature.get("autoEnable") == "ALL"]
    for subject, (names, datasource) in _FEATURES.items():
        older = [detector.get(datasource)] if datasource else []
        if not any(name in on for name in names):
            yield from unless_one(older, (True,), Finding("", None, f"the feature {names[0]}", detail=subject))


_EXPORT: Final = "guardduty/publishingDestination"


def _exported(detector: Resource) -> Answers:
    if not _of_detector(detector, _EXPORT):
        yield Finding("", None, "a publishing destination")


rules.named("guardduty-findings-exported", "C176", f"{_DETECTOR} {_EXPORT}").add(
    # The key is of the bucket's region, which may be another.
    all_of(for_kinds(_EXPORT, customer_key("kmsKeyArn", regional=False)), for_kinds(_DETECTOR, _exported)),
    description="GuardDuty's findings are exported, under a customer managed key.",
    remediation="Add a guardduty.PublishingDestination with the detectorId, a bucket and kmsKeyArn.",
)

_RULE: Final = "cloudwatch/eventRule"
_TARGET: Final = "cloudwatch/eventTarget"


def _for_guardduty(rule: Resource) -> bool:
    """Whether an event rule takes GuardDuty's findings.

    Raises:
        UnknownValueError: if its pattern is known only after deployment.
    """
    pattern = rule.get("eventPattern")
    if pattern is UNKNOWN:
        raise UnknownValueError
    pattern = parse_json(pattern)
    return isinstance(pattern, dict) and "aws.guardduty" in as_list(pattern.get("source"))


def _to_topic(rule: Resource) -> Answers:
    if as_bool(rule.get("isEnabled")) is False or rule.get("state") == "DISABLED":
        yield Finding("state", "DISABLED", "ENABLED")
    targets = sure_referrers(rule, (_TARGET, "rule"))
    arns = [(target.get("arn"), target.sources("arn") or set()) for target in targets]
    if not any("sns/topic" in sources or (isinstance(arn, str) and ":sns:" in arn) for arn, sources in arns):
        unknown = any(arn is UNKNOWN and not sources - {"pulumi:pulumi:StackReference"} for arn, sources in arns)
        yield NOT_JUDGED if unknown else Finding("", None, "a target that is an SNS topic")


@rules.rule("guardduty-findings-routed", "C176", f"{_DETECTOR} {_RULE}")
def _findings_routed(resource: Resource) -> Answers:
    """GuardDuty's findings reach people: an event rule sends them to a topic.

    Add an EventRule with eventPattern {source: [aws.guardduty]} and an EventTarget with the topic's ARN.
    """
    if resource.kind == _RULE:
        if _for_guardduty(resource):
            yield from _to_topic(resource)
    elif not any(_for_guardduty(rule) for rule in in_region(resource, _RULE)):
        yield Finding("", None, "an event rule for aws.guardduty")


_SCANNED: Final = ("EC2", "ECR", "LAMBDA", "LAMBDA_CODE")
_ENABLER: Final = "inspector2/enabler"


@rules.rule("inspector-all-types", "C177", _ENABLER)
def _inspector(enabler: Resource) -> Answers:
    """Inspector scans instances, images, functions and the code of functions.

    Set resourceTypes: [EC2, ECR, LAMBDA, LAMBDA_CODE].
    """
    missing = lacking(_SCANNED, enabler.get("resourceTypes"))
    if missing:
        for kind in lacking(missing, _types_scanned(enabler.graph, enabler.region)):
            yield Finding("resourceTypes", enabler.get("resourceTypes"), f"{kind} too", detail=kind)


@per_stack
def _types_scanned(graph: Graph, region: str | None) -> list[Value]:
    types = (kind for other in of_region(graph, _ENABLER, region) for kind in as_list(other.get("resourceTypes")))
    return list(dict.fromkeys(kind if kind is UNKNOWN else str(kind) for kind in types))


_BEST_PRACTICES: Final = "standards/aws-foundational-security-best-practices/"
_STANDARDS: Final[Mapping[str, Collection[str]]] = {
    "AWS Foundational Security Best Practices": (_BEST_PRACTICES,),
    "PCI DSS or NIST 800-53": ("standards/pci-dss/", "standards/nist-800-53/"),
}


@rules.rule("security-hub-standards", "C178", "securityhub/account")
def _standards(hub: Resource) -> Answers:
    """Security Hub checks the account against AWS's best practices and PCI DSS or NIST 800-53.

    Add a securityhub.StandardsSubscription for each.
    """
    arns = [subscription.get("standardsArn") for subscription in in_region(hub, "securityhub/standardsSubscription")]
    for policy in hub.graph.of("securityhub/configurationPolicy"):
        arns += as_list(policy.get("configurationPolicy.enabledStandardArns"))
    if switch(hub.get("enableDefaultStandards"), default=True):
        arns.append(_BEST_PRACTICES)
    for title, parts in _STANDARDS.items():
        if not any(part in arn for arn in arns if isinstance(arn, str) for part in parts):
            unknown = any(arn is UNKNOWN for arn in arns)
            yield NOT_JUDGED if unknown else Finding("", None, f"a subscription to {title}", detail=title)


ANALYZER: Final = "accessanalyzer/analyzer"
EXTERNAL: Final = ("ACCOUNT", "ORGANIZATION")
UNUSED: Final = ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS")


@rules.rule("access-analyzers", "C203", ANALYZER)
def _analyzers(analyzer: Resource) -> Answers:
    """Where a stack has an access analyzer, it has one for external access.

    Add an accessanalyzer.Analyzer of type ACCOUNT in the region.
    """
    if not _analyzes_external(analyzer.graph, analyzer.region):
        yield Finding("type", analyzer.get("type"), "an analyzer of type ACCOUNT or ORGANIZATION too")


@per_stack
def _analyzes_external(graph: Graph, region: str | None) -> bool:
    return any((analyzer.get("type") or "ACCOUNT") in EXTERNAL for analyzer in of_region(graph, ANALYZER, region))
