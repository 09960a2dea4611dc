"""Cases of policies/feasibility/rules/security/services.py."""

from tests.policies.given.feasibility.guards import BUCKET
from tests.policies.given.feasibility.parts import ROLE, allow, role, role_policy
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

TRAIL = "aws:cloudtrail/trail:Trail"
PUBLISHING = "aws:guardduty/publishingDestination:PublishingDestination"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KMS = "aws:kms/key:Key"
RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
CONFIG_RULE = "aws:cfg/rule:Rule"
DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"


def writing(*more: Planned, after: bool = True) -> list[Planned]:
    depends = [(BUCKET_POLICY, "policy")] if after else []
    return [planned(BUCKET, "logs"), *more, linked(TRAIL, "it", depends, s3BucketName=(BUCKET, "logs"))]


def publishing(*more: Planned, after: bool = True) -> list[Planned]:
    depends = [(BUCKET_POLICY, "policy")] if after else []
    return [planned(BUCKET, "logs"), *more, linked(PUBLISHING, "it", depends, destinationArn=(BUCKET, "logs"))]


def bucket_policy(document: object) -> Planned:
    return linked(BUCKET_POLICY, "policy", bucket=(BUCKET, "logs"), policy=document)


TRAIL_POLICY = allow("s3:PutObject", service="cloudtrail.amazonaws.com")


def trail_key(policy: object) -> list[Planned]:
    return [planned(KMS, "key", policy=policy), linked(TRAIL, "it", kmsKeyId=(KMS, "key"))]


def delivering(*policies: Planned) -> list[Planned]:
    return [
        role("config.amazonaws.com"),
        planned(BUCKET, "logs"),
        *policies,
        linked(RECORDER, "recorder", roleArn=(ROLE, "role")),
        linked(CHANNEL, "it", s3BucketName=(BUCKET, "logs")),
    ]


CASES: dict[str, Cases] = {
    "trail-settings": Cases(
        token=TRAIL,
        fails=[
            {"isMultiRegionTrail": True, "includeGlobalServiceEvents": False},
            {"eventSelectors": [{"readWriteType": "All"}], "advancedEventSelectors": [{"name": "a"}]},
            {"eventSelectors": [{"readWriteType": "Read"}]},
            {"insightSelectors": [{"insightType": "Calls"}]},
        ],
        passes=[
            {"isMultiRegionTrail": True},
            {"includeGlobalServiceEvents": False},
            {"eventSelectors": [{"readWriteType": "All"}]},
        ],
        unknown=[
            {"eventSelectors": [{"readWriteType": UNKNOWN}]},
            {"isMultiRegionTrail": True, "includeGlobalServiceEvents": UNKNOWN},
        ],
    ),
    "security-log-bucket": Cases(
        token=TRAIL,
        fails=[
            writing(bucket_policy(allow("s3:PutObject", service="config.amazonaws.com"))),
            publishing(after=False),
            publishing(bucket_policy(allow("s3:PutObject", service="guardduty.amazonaws.com")), after=False),
        ],
        passes=[
            writing(bucket_policy(TRAIL_POLICY)),
            publishing(bucket_policy(allow("s3:PutObject", service="guardduty.amazonaws.com"))),
            {"s3BucketName": "elsewhere"},
        ],
        unknown=[writing(bucket_policy(UNKNOWN))],
    ),
    "trail-key": Cases(
        token=TRAIL,
        fails=[trail_key(None), trail_key(allow("kms:*", service="logs.amazonaws.com"))],
        passes=[trail_key(allow("kms:GenerateDataKey*", service="cloudtrail.amazonaws.com")), {}],
        unknown=[trail_key(UNKNOWN)],
    ),
    "config-recording-group": Cases(
        token=RECORDER,
        fails=[
            {"recordingGroup": {"resourceTypes": ["AWS::EC2::Instance"]}},
            {"recordingGroup": {"allSupported": True, "resourceTypes": ["AWS::EC2::Instance"]}},
            {"recordingGroup": {"allSupported": False, "includeGlobalResourceTypes": True}},
        ],
        passes=[
            {"recordingGroup": {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}},
            {"recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}},
            {},
        ],
        unknown=[{"recordingGroup": UNKNOWN}, {"recordingGroup": {"allSupported": UNKNOWN, "resourceTypes": ["a"]}}],
    ),
    "config-rule-source": Cases(
        token=CONFIG_RULE,
        fails=[
            {"source": {"owner": "AWS"}},
            {"source": {"owner": "AWS", "sourceIdentifier": "A", "sourceDetails": [{"messageType": "a"}]}},
            {"source": {"owner": "CUSTOM_LAMBDA", "sourceIdentifier": UNKNOWN}},
            {"source": {"owner": "CUSTOM_POLICY", "sourceDetails": [{}]}},
            {"source": {"owner": "ME"}},
            {"maximumExecutionFrequency": "Daily"},
            {"scope": {"complianceResourceId": "i-1"}},
        ],
        passes=[
            {"source": {"owner": "AWS", "sourceIdentifier": "ACCESS_KEYS_ROTATED"}, "maximumExecutionFrequency": "One_Hour"},
            {"source": {"owner": "CUSTOM_LAMBDA", "sourceIdentifier": UNKNOWN, "sourceDetails": [{"messageType": "a"}]}},
        ],
        unknown=[{"source": UNKNOWN}, {"maximumExecutionFrequency": UNKNOWN}],
    ),
    "config-rule-parameters": Cases(
        token=CONFIG_RULE,
        fails=[
            {"inputParameters": "{"},
            {"inputParameters": "[]"},
            {"source": {"owner": "AWS", "sourceIdentifier": "access-keys-rotated"}},
        ],
        passes=[
            {"inputParameters": '{"a": "1"}', "source": {"owner": "AWS", "sourceIdentifier": "ACCESS_KEYS_ROTATED"}},
            {"source": {"owner": "CUSTOM_LAMBDA", "sourceIdentifier": "arn:aws:lambda:a"}},
        ],
        unknown=[{"inputParameters": UNKNOWN}],
    ),
    "config-delivery-bucket": Cases(
        token=CHANNEL,
        fails=[delivering(), delivering(bucket_policy(TRAIL_POLICY))],
        passes=[
            delivering(bucket_policy(allow("s3:PutObject", service="config.amazonaws.com"))),
            delivering(role_policy(allow("s3:Put*"))),
            {"s3BucketName": "elsewhere"},
        ],
        unknown=[delivering(bucket_policy(UNKNOWN)), delivering(role_policy(UNKNOWN, name="other"))],
    ),
    "config-sources": Cases(
        token="aws:cfg/configurationAggregator:ConfigurationAggregator",
        fails=[
            {"accountAggregationSource": {"accountIds": ["1"]}},
            {"accountAggregationSource": {"accountIds": ["1"], "allRegions": True, "regions": ["a"]}},
            {"organizationAggregationSource": {"allRegions": True}},
            {
                "accountAggregationSource": {"allRegions": True},
                "organizationAggregationSource": {"allRegions": True, "roleArn": "a"},
            },
        ],
        passes=[{"accountAggregationSource": {"accountIds": ["1"], "allRegions": True}}],
        unknown=[{"accountAggregationSource": UNKNOWN}],
    ),
    "guardduty-datasources": Cases(
        token=DETECTOR,
        fails=[
            [planned(DETECTOR, datasources={"s3Logs": {"enable": True}}), linked(FEATURE, "f", detectorId=(DETECTOR, "it"))]
        ],
        passes=[
            {"datasources": {"s3Logs": {"enable": True}}},
            [planned(DETECTOR), linked(FEATURE, "f", detectorId=(DETECTOR, "it"))],
        ],
        never_unknown=True,
    ),
    "guardduty-datasources-deprecated": Cases(
        token=DETECTOR, fails=[{"datasources": {"s3Logs": {"enable": True}}}], passes=[{"enable": True}], never_unknown=True
    ),
}
