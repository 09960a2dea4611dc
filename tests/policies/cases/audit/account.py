"""Cases of policies/controls/audit/account.py."""

import json
from typing import Any

from tests.policies.given.audit.account import (
    ANALYZER,
    CONTACT,
    DETECTOR,
    ENABLER,
    HUB,
    PASSWORDS,
    REACHABLE,
    RECORDER,
    SECURITY,
    analyzers,
    several,
)
from tests.policies.harness import KEY, UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about, keyed

PRIMARY_CONTACT = "aws:account/primaryContact:PrimaryContact"
STATUS = "aws:cfg/recorderStatus:RecorderStatus"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
MEMBERS_FEATURE = "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature"
EXPORT = "aws:guardduty/publishingDestination:PublishingDestination"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alerts"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
HUB_POLICY = "aws:securityhub/configurationPolicy:ConfigurationPolicy"

CLASSES: dict[str, Any] = dict.fromkeys(
    ("requireLowercaseCharacters", "requireUppercaseCharacters", "requireNumbers", "requireSymbols"), True
)

EVERYTHING = {"recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}


def recorder(*others: Planned, **inputs: Any) -> list[Planned]:
    return [planned(RECORDER, **inputs), *others]


STARTED = planned(STATUS, "status", isEnabled=True)
DELIVERS = planned("aws:cfg/deliveryChannel:DeliveryChannel", "channel", s3BucketName="config")
FEATURES = ("S3_DATA_EVENTS", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "RUNTIME_MONITORING", "EBS_MALWARE_PROTECTION")


def of_detector(token: str, logical: str, **inputs: Any) -> Planned:
    return planned(token, logical, **{"detectorId": ref(DETECTOR, "it"), **inputs})


def detector(*features: str, status: object = "ENABLED", **inputs: Any) -> list[Planned]:
    own = [of_detector(FEATURE, f"feature{n}", name=name, status=status) for n, name in enumerate(features)]
    return [planned(DETECTOR, enable=True, **inputs), *own]


def written_out(token: str, *features: str, **inputs: Any) -> list[Planned]:
    return several(token, *({"detectorId": "12abc34d567e8fa901bc2d34e56789f0", "name": name, **inputs} for name in features))


OLDER = {"s3Logs": {"enable": True}, "malwareProtection": {"scanEc2InstanceWithFindings": {"ebsVolumes": {"enable": True}}}}


def event_rule(*arns: object, source: object = ("aws.guardduty",), **inputs: Any) -> list[Planned]:
    pattern = source if source is UNKNOWN else json.dumps({"source": source, "detail-type": ["GuardDuty Finding"]})
    targets = [planned(TARGET, f"target{n}", rule=ref(EVENT_RULE, "findings"), arn=arn) for n, arn in enumerate(arns)]
    return [planned(EVENT_RULE, "findings", eventPattern=pattern, **inputs), *targets]


FROM_TOPIC = planned(TARGET, "target", rule=ref(EVENT_RULE, "findings"), arn=ref("aws:sns/topic:Topic", "alerts"))
FSBP = "arn:aws:securityhub:us-east-2::standards/aws-foundational-security-best-practices/v/1.0.0"
PCI = "arn:aws:securityhub:us-east-2::standards/pci-dss/v/4.0.1"
NIST = "arn:aws:securityhub:us-east-2::standards/nist-800-53/v/5.0.0"
CIS = "arn:aws:securityhub:us-east-2::standards/cis-aws-foundations-benchmark/v/3.0.0"
BY_POLICY = planned(HUB_POLICY, configurationPolicy={"enabledStandardArns": [FSBP, NIST]})


def hub(*arns: object, **inputs: Any) -> list[Planned]:
    own = [planned(STANDARD, f"standard{n}", standardsArn=arn) for n, arn in enumerate(arns)]
    return [planned(HUB, **inputs), *own]


CASES: dict[str, Cases] = {
    "password-length": about(PASSWORDS, "minimumPasswordLength", fails=[ABSENT, 8, "13"], passes=[14, 20]),
    "password-characters": Cases(
        token=PASSWORDS,
        fails=[{}, *({**CLASSES, name: False} for name in CLASSES), {**CLASSES, "requireNumbers": "false"}],
        passes=[CLASSES, dict.fromkeys(CLASSES, "true")],
        unknown=[{**CLASSES, "requireSymbols": UNKNOWN}],
    ),
    "password-reuse": about(PASSWORDS, "passwordReusePrevention", fails=[ABSENT, 5, 23], passes=[24]),
    "password-age": about(PASSWORDS, "maxPasswordAge", fails=[ABSENT, 0, 91, "180"], passes=[90, "60"]),
    "security-contact": Cases(
        token=CONTACT,
        fails=[
            {"alternateContactType": "BILLING", **REACHABLE},
            {"alternateContactType": "SECURITY", "phoneNumber": "+1 202 555 0100"},
            {**SECURITY, "phoneNumber": ""},
            several(CONTACT, {"alternateContactType": "OPERATIONS"}, {**SECURITY, "accountId": "222222222222"}),
            planned(PRIMARY_CONTACT),
        ],
        passes=[
            SECURITY,
            {**SECURITY, "emailAddress": UNKNOWN},
            several(CONTACT, SECURITY, {"alternateContactType": "BILLING"}),
            [planned(PRIMARY_CONTACT), *several(CONTACT, SECURITY)],
        ],
        unknown=[{"alternateContactType": UNKNOWN, **REACHABLE}],
    ),
    "config-all-resources": Cases(
        token=RECORDER,
        fails=[
            {},
            {"recordingGroup": {"allSupported": True}},
            {"recordingGroup": {"allSupported": False, "includeGlobalResourceTypes": True}},
            {"recordingGroup": {"allSupported": "false", "resourceTypes": ["AWS::S3::Bucket"]}},
            {"recordingGroup": {"includeGlobalResourceTypes": False}},
        ],
        passes=[
            EVERYTHING,
            {"recordingGroup": [{"includeGlobalResourceTypes": "true"}]},
            several(RECORDER, EVERYTHING, {"region": "us-west-2", "recordingGroup": {"allSupported": True}}),
        ],
        unknown=[{"recordingGroup": UNKNOWN}, {"recordingGroup": {"includeGlobalResourceTypes": UNKNOWN}}],
    ),
    "config-recording": Cases(
        token=RECORDER,
        fails=[
            EVERYTHING,
            recorder(STARTED),
            recorder(DELIVERS),
            recorder(planned(STATUS, "status", isEnabled=False), DELIVERS),
            recorder(STARTED, DELIVERS, region="us-west-2"),
            planned(STATUS),
            planned(STATUS, isEnabled="false"),
        ],
        passes=[recorder(STARTED, DELIVERS), [STARTED], [DELIVERS]],
        unknown=[planned(STATUS, isEnabled=UNKNOWN)],
    ),
    "config-aggregator-all-regions": Cases(
        token="aws:cfg/configurationAggregator:ConfigurationAggregator",
        fails=[
            {},
            {"accountAggregationSource": {"accountIds": ["111111111111"], "regions": ["us-east-2"]}},
            {"organizationAggregationSource": {"roleArn": UNKNOWN, "allRegions": False}},
        ],
        passes=[
            {"accountAggregationSource": {"accountIds": ["111111111111"], "allRegions": True}},
            {"organizationAggregationSource": {"roleArn": UNKNOWN, "allRegions": "true"}},
        ],
        unknown=[{"accountAggregationSource": {"allRegions": UNKNOWN}}, {"organizationAggregationSource": UNKNOWN}],
    ),
    "guardduty-enabled": Cases(
        token=DETECTOR,
        fails=[{"enable": False}, {"enable": "false"}, planned(FEATURE, name="S3_DATA_EVENTS", status="DISABLED")],
        passes=[
            {},
            {"enable": True},
            planned(FEATURE, name="S3_DATA_EVENTS", status="ENABLED"),
            planned(FEATURE, name="EKS_AUDIT_LOGS", status="DISABLED"),
        ],
        unknown=[{"enable": UNKNOWN}, planned(FEATURE, name="S3_DATA_EVENTS", status=UNKNOWN)],
    ),
    "guardduty-features": Cases(
        token=DETECTOR,
        fails=[
            {},
            {"enable": True, "datasources": OLDER},
            detector(*FEATURES, status="DISABLED"),
            *(detector(*(name for name in FEATURES if name != missing)) for missing in FEATURES),
            detector(*FEATURES[1:], datasources={"s3Logs": {"enable": False}}),
            [*detector(*FEATURES[1:]), of_detector(MEMBERS_FEATURE, "members", name=FEATURES[0], autoEnable="NEW")],
            [*detector(), *written_out(FEATURE, *FEATURES, status="ENABLED", region="us-west-2")],
        ],
        passes=[
            detector(*FEATURES),
            detector(*FEATURES[1:4], datasources=OLDER),
            detector(*(name.replace("RUNTIME", "EKS_RUNTIME") for name in FEATURES)),
            [*detector(), *written_out(FEATURE, *FEATURES, status="ENABLED")],
            [*detector(), *written_out(MEMBERS_FEATURE, *FEATURES, autoEnable="ALL")],
        ],
        unknown=[
            [planned(DETECTOR), planned(FEATURE, detectorId=UNKNOWN)],
            detector(*FEATURES, status=UNKNOWN),
            detector(*FEATURES[:4], UNKNOWN),
            detector(*FEATURES[1:], datasources=UNKNOWN),
        ],
    ),
    "guardduty-findings-exported": Cases(
        token=EXPORT,
        fails=[
            *keyed(EXPORT, "kmsKeyArn").fails,
            planned(DETECTOR),
            [planned(DETECTOR, "other"), of_detector(EXPORT, "export", kmsKeyArn=KEY)],
        ],
        passes=[
            *keyed(EXPORT, "kmsKeyArn").passes,
            {"kmsKeyArn": "arn:aws:kms:us-east-2:111111111111:key/1", "region": "us-west-2"},
            [planned(DETECTOR), of_detector(EXPORT, "export", kmsKeyArn=KEY)],
        ],
        unknown=[{"kmsKeyArn": UNKNOWN}, [planned(DETECTOR), planned(EXPORT, detectorId=UNKNOWN, kmsKeyArn=KEY)]],
    ),
    "guardduty-findings-routed": Cases(
        token=DETECTOR,
        fails=[
            {},
            event_rule(),
            event_rule("arn:aws:lambda:us-east-2:111111111111:function:notify"),
            event_rule(TOPIC_ARN, state="DISABLED"),
            event_rule(TOPIC_ARN, isEnabled=False),
            [*detector(), *event_rule(TOPIC_ARN, source=["aws.ec2"])],
        ],
        passes=[
            [*detector(), *event_rule(TOPIC_ARN)],
            [*event_rule(), FROM_TOPIC],
            event_rule("arn:aws:lambda:us-east-2:111111111111:function:notify", TOPIC_ARN, source="aws.guardduty"),
            event_rule(source=["aws.ec2"]),
            planned(EVENT_RULE, scheduleExpression="rate(1 hour)"),
        ],
        unknown=[
            event_rule(UNKNOWN),
            event_rule(source=UNKNOWN),
            [*detector(), *event_rule(source=UNKNOWN)],
            event_rule(TOPIC_ARN, state=UNKNOWN),
        ],
    ),
    "inspector-all-types": Cases(
        token=ENABLER,
        fails=[
            {},
            {"resourceTypes": ["EC2"]},
            {"resourceTypes": ["EC2", "ECR", "LAMBDA"]},
            several(ENABLER, {"resourceTypes": ["EC2", "ECR"]}, {"resourceTypes": ["LAMBDA"]}),
        ],
        passes=[
            {"resourceTypes": ["LAMBDA_CODE", "LAMBDA", "ECR", "EC2"]},
            several(ENABLER, {"resourceTypes": ["EC2", "ECR"]}, {"resourceTypes": ["LAMBDA", "LAMBDA_CODE"]}),
        ],
        unknown=[{"resourceTypes": UNKNOWN}, {"resourceTypes": ["EC2", UNKNOWN]}],
    ),
    "security-hub-standards": Cases(
        token=HUB,
        fails=[
            {},
            hub(FSBP),
            hub(CIS),
            hub(NIST, enableDefaultStandards=False),
            hub(FSBP, CIS, enableDefaultStandards="false"),
        ],
        passes=[
            hub(FSBP, PCI),
            hub(FSBP, NIST, enableDefaultStandards=False),
            hub(NIST),
            [*hub(enableDefaultStandards=False), BY_POLICY],
            planned(STANDARD, standardsArn=CIS),
        ],
        unknown=[hub(FSBP, UNKNOWN), hub(enableDefaultStandards=UNKNOWN)],
    ),
    "access-analyzers": Cases(
        token=ANALYZER,
        fails=[
            *({"type": kind} for kind in ("ACCOUNT_UNUSED_ACCESS", "ORGANIZATION_UNUSED_ACCESS", "ACCOUNT_INTERNAL_ACCESS")),
            several(ANALYZER, {"type": "ACCOUNT"}, {"type": "ACCOUNT_UNUSED_ACCESS", "region": "us-west-2"}),
        ],
        passes=[
            {},
            {"type": "ACCOUNT"},
            {"type": "ORGANIZATION"},
            analyzers("ACCOUNT", "ACCOUNT_UNUSED_ACCESS"),
            analyzers(None, "ORGANIZATION_UNUSED_ACCESS"),
            several(ANALYZER, {}, {"region": "us-west-2"}, {"type": "ACCOUNT_UNUSED_ACCESS"}),
        ],
        unknown=[{"type": UNKNOWN}],
    ),
}
