"""Cases of the feasibility pack about alarms, trails, recorders, settings of an account, regions and the provider."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Cases
from tests.policies.cases_feasibility_vpc import linked
from tests.policies.feasible import FUNCTION, LISTENER, LOAD_BALANCER, ROLE, SUBNET, TOPIC, VPC, allow, role, role_policy
from tests.policies.harness import UNKNOWN, Planned

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET = "aws:s3/bucket:Bucket"
PUBLISHING = "aws:guardduty/publishingDestination:PublishingDestination"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
KMS = "aws:kms/key:Key"
RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
STATUS = "aws:cfg/recorderStatus:RecorderStatus"
CONFIG_RULE = "aws:cfg/rule:Rule"
DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
ENABLER = "aws:inspector2/enabler:Enabler"
DEFAULT_VPC = "aws:ec2/defaultVpc:DefaultVpc"
HUB = "aws:securityhub/account:Account"
STANDARD = "aws:securityhub/standardsSubscription:StandardsSubscription"
STAGE = "aws:apigateway/stage:Stage"
API_ACCOUNT = "aws:apigateway/account:Account"
PROVIDER = "pulumi:providers:aws"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
IMAGES = "111111111111.dkr.ecr"
TOPIC_ARN = "arn:aws:sns:us-east-2:111111111111:alerts"

WATCHED: dict[str, Any] = {
    "metricName": "CPUUtilization",
    "namespace": "AWS/EC2",
    "statistic": "Average",
    "period": 60,
    "evaluationPeriods": 5,
    "comparisonOperator": "GreaterThanThreshold",
    "threshold": 80,
}
ERRORS = {"id": "m1", "metric": {"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"}}
RATE = {"id": "e1", "expression": "m1 * 100", "returnData": True}


def watched(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**WATCHED, **changes}.items() if value is not None}


def queried(*queries: object, **more: Any) -> dict[str, Any]:
    base = {"evaluationPeriods": 1, "comparisonOperator": "GreaterThanThreshold", "threshold": 1}
    return {**base, "metricQueries": list(queries), **more}


def composed(rule: object, *depends: tuple[str, str]) -> list[Planned]:
    return [
        Planned(token=ALARM, name="cpu", inputs={"name": "cpu-high"}),
        linked(COMPOSITE, "it", depends, alarmRule=rule),
    ]


def dashboard(*widgets: object) -> dict[str, Any]:
    return {"dashboardBody": json.dumps({"widgets": list(widgets)})}


METRICS = {"type": "metric", "width": 6, "height": 6, "properties": {"metrics": [["a", "b"]], "region": "us-east-2"}}


def writing(*more: Planned, after: bool = True) -> list[Planned]:
    depends = [(BUCKET_POLICY, "policy")] if after else []
    return [Planned(token=BUCKET, name="logs"), *more, linked(TRAIL, "it", depends, s3BucketName=(BUCKET, "logs"))]


def publishing(*more: Planned, after: bool = True) -> list[Planned]:
    depends = [(BUCKET_POLICY, "policy")] if after else []
    return [Planned(token=BUCKET, name="logs"), *more, linked(PUBLISHING, "it", depends, destinationArn=(BUCKET, "logs"))]


def bucket_policy(document: object) -> Planned:
    return linked(BUCKET_POLICY, "policy", bucket=(BUCKET, "logs"), policy=document)


TRAIL_POLICY = allow("s3:PutObject", service="cloudtrail.amazonaws.com")


def trail_key(policy: object) -> list[Planned]:
    return [Planned(token=KMS, name="key", inputs={"policy": policy}), linked(TRAIL, "it", kmsKeyId=(KMS, "key"))]


def delivering(*policies: Planned) -> list[Planned]:
    return [
        role("config.amazonaws.com"),
        Planned(token=BUCKET, name="logs"),
        *policies,
        linked(RECORDER, "recorder", roleArn=(ROLE, "role")),
        linked(CHANNEL, "it", s3BucketName=(BUCKET, "logs")),
    ]


def pair(token: str, first: Mapping[str, Any] | None = None, second: Mapping[str, Any] | None = None) -> list[Planned]:
    return [Planned(token=token, name="first", inputs=first or {}), Planned(token=token, inputs=second or {})]


def ordered(first: str, token: str, *, after: bool) -> list[Planned]:
    return [Planned(token=first, name="first"), linked(token, "it", [(first, "first")] if after else [])]


def staged(account: bool, *, after: bool, logs: bool = True) -> list[Planned]:
    settings = {"accessLogSettings": {"destinationArn": "arn"}} if logs else {}
    first = [Planned(token=API_ACCOUNT, name="account")] if account else []
    return [*first, linked(STAGE, "it", [(API_ACCOUNT, "account")] if after else [], **settings)]


def regional(own: str | None, there: str | None, token: str = SUBNET) -> list[Planned]:
    return [
        Planned(token=VPC, name="vpc", inputs={} if there is None else {"region": there}),
        linked(token, "it", vpcId=(VPC, "vpc"), **({} if own is None else {"region": own})),
    ]


ROLE_ARN = "arn:aws:iam::111111111111:role/a"

CASES: dict[str, Cases] = {
    "alarm-metric": Cases(
        token=ALARM,
        fails=[
            {"region": "us-east-2"},
            watched(metricQueries=[ERRORS]),
            watched(namespace=None),
            watched(period=None),
            watched(statistic=None),
            watched(extendedStatistic="p99"),
            queried(ERRORS, statistic="Sum"),
            watched(thresholdMetricId="e1"),
            watched(datapointsToAlarm=6),
            watched(treatMissingData="ok"),
            watched(alarmActions=[UNKNOWN] * 6),
            watched(evaluationPeriods=None),
        ],
        passes=[
            WATCHED,
            queried({**ERRORS, "returnData": True}),
            watched(statistic=None, extendedStatistic="p99"),
            {"evaluationCriteria": {"promqlCriteria": {"query": "up"}}, "evaluationInterval": 60},
        ],
        unknown=[watched(treatMissingData=UNKNOWN), watched(datapointsToAlarm=UNKNOWN)],
    ),
    "alarm-threshold": Cases(
        token=ALARM,
        fails=[
            watched(comparisonOperator="GreaterThanUpperThreshold"),
            watched(threshold=None, thresholdMetricId="e1"),
            watched(threshold=None),
        ],
        passes=[
            WATCHED,
            watched(threshold=None, thresholdMetricId="e1", comparisonOperator="GreaterThanUpperThreshold"),
            watched(threshold=UNKNOWN),
            watched(threshold=0),
        ],
        unknown=[watched(comparisonOperator=UNKNOWN)],
    ),
    "alarm-period": Cases(
        token=ALARM,
        fails=[
            watched(period=45),
            watched(period=90),
            watched(period=300, evaluationPeriods=289),
            watched(period=3600, evaluationPeriods=169),
            queried({**ERRORS, "metric": {"period": 61}}),
        ],
        passes=[
            watched(period=10),
            watched(period=300, evaluationPeriods=288),
            watched(period=3600, evaluationPeriods=168),
            queried(ERRORS),
        ],
        unknown=[watched(period=UNKNOWN), watched(evaluationPeriods=UNKNOWN)],
    ),
    "alarm-extended-statistic": Cases(
        token=ALARM,
        fails=[
            watched(statistic=None, extendedStatistic="p101"),
            watched(statistic=None, extendedStatistic="99"),
            watched(statistic=None, extendedStatistic="Average"),
            watched(evaluateLowSampleCountPercentiles="ignore"),
        ],
        passes=[
            watched(statistic=None, extendedStatistic="p99.9"),
            watched(statistic=None, extendedStatistic="tm90"),
            watched(statistic=None, extendedStatistic="TM(2%:98%)"),
            watched(statistic=None, extendedStatistic="IQM", evaluateLowSampleCountPercentiles="ignore"),
            WATCHED,
        ],
        unknown=[watched(statistic=None, extendedStatistic=UNKNOWN)],
    ),
    "alarm-queries": Cases(
        token=ALARM,
        fails=[
            queried(ERRORS),
            queried({**ERRORS, "returnData": True}, RATE),
            queried({**ERRORS, "id": "M1"}, RATE),
            queried(ERRORS, ERRORS, RATE),
            queried({"id": "m1", "returnData": True}),
            queried(ERRORS, {**RATE, "expression": "m2 * 100"}),
        ],
        passes=[
            queried(ERRORS, RATE),
            queried({"id": "q1", "expression": "SELECT AVG(a) FROM b", "returnData": True}),
            queried(ERRORS, {**RATE, "expression": "ANOMALY_DETECTION_BAND(m1, 2)"}),
            queried({**ERRORS, "returnData": True}, RATE, thresholdMetricId="e1"),
            WATCHED,
        ],
        unknown=[queried(ERRORS, {**RATE, "returnData": UNKNOWN}), queried(ERRORS, {**RATE, "expression": UNKNOWN})],
    ),
    "alarm-action-target": Cases(
        token=ALARM,
        fails=[
            {"alarmActions": ["alerts"]},
            {"alarmActions": [TOPIC_ARN], "region": "us-west-2"},
            {"alarmActions": ["arn:aws:automate:us-east-2:ec2:reboot"], "dimensions": {"LoadBalancer": "a"}},
        ],
        passes=[
            {"alarmActions": [TOPIC_ARN], "region": "us-east-2"},
            {"alarmActions": ["arn:aws:automate:us-east-2:ec2:reboot"], "dimensions": {"InstanceId": "i-1"}},
            [
                Planned(token=TOPIC, name="t"),
                Planned(token=ALARM, inputs={"alarmActions": [UNKNOWN]}, refs={"alarmActions": (TOPIC, "t")}),
            ],
        ],
        unknown=[{"alarmActions": [UNKNOWN]}],
    ),
    "alarm-name-once": Cases(
        token=ALARM,
        fails=[pair(ALARM, {"name": "a"}, {"name": "a"})],
        passes=[
            pair(ALARM, {"name": "a"}, {"name": "b"}),
            pair(ALARM),
            pair(ALARM, {"name": "a", "region": "x"}, {"name": "a"}),
        ],
        unknown=[{"name": UNKNOWN}],
    ),
    "composite-alarm-rule": Cases(
        token=COMPOSITE,
        fails=[composed("cpu-high OR x"), composed("(ALARM(a)"), composed(""), composed('ALARM("cpu-high")')],
        passes=[
            composed('ALARM("cpu-high") AND NOT OK(other)', (ALARM, "cpu")),
            composed("ALARM(other) OR (ALARM(x) AND TRUE)"),
        ],
        unknown=[{"alarmRule": UNKNOWN}],
    ),
    "composite-alarm-suppressor": Cases(
        token=COMPOSITE,
        fails=[{"actionsSuppressor": {"alarm": "a", "waitPeriod": 60}}, {"alarmActions": ["a"] * 6}],
        passes=[{"actionsSuppressor": {"alarm": "a", "waitPeriod": 60, "extensionPeriod": 60}}, {}],
        unknown=[{"alarmActions": UNKNOWN}],
    ),
    "dashboard-widgets": Cases(
        token=DASHBOARD,
        fails=[
            dashboard({"type": "text", "properties": {}}),
            dashboard({**METRICS, "x": 20}),
            dashboard({"type": "metric", "properties": {}}),
            dashboard(*[METRICS] * 501),
        ],
        passes=[dashboard(METRICS, {"type": "text", "properties": {"markdown": "a"}}), dashboard(), {}, {"dashboardBody": "{"}],
        unknown=[{"dashboardBody": UNKNOWN}],
    ),
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
            [
                Planned(token=DETECTOR, inputs={"datasources": {"s3Logs": {"enable": True}}}),
                linked(FEATURE, "f", detectorId=(DETECTOR, "it")),
            ]
        ],
        passes=[
            {"datasources": {"s3Logs": {"enable": True}}},
            [Planned(token=DETECTOR), linked(FEATURE, "f", detectorId=(DETECTOR, "it"))],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "guardduty-datasources-deprecated": Cases(
        token=DETECTOR,
        fails=[{"datasources": {"s3Logs": {"enable": True}}}],
        passes=[{"enable": True}],
        unknown=[],
        never_unknown=True,
    ),
    "account-setting-once": Cases(
        token=DEFAULT_VPC,
        fails=[pair(DEFAULT_VPC), pair("aws:shield/subscription:Subscription")],
        passes=[
            pair(DEFAULT_VPC, {"region": "us-east-1"}, {"region": "us-east-2"}),
            [
                Planned(token=DEFAULT_VPC, name="first", provider={"assumeRoles": f'[{{"roleArn": "{ROLE_ARN}"}}]'}),
                Planned(token=DEFAULT_VPC, provider={"assumeRoles": "[]"}),
            ],
            {},
        ],
        unknown=[],
        never_unknown=True,
    ),
    "service-enabled-first": Cases(
        token=STANDARD,
        fails=[ordered(HUB, STANDARD, after=False), staged(True, after=False)],
        passes=[
            ordered(HUB, STANDARD, after=True),
            {},
            staged(True, after=True),
            staged(False, after=False),
            staged(True, after=False, logs=False),
        ],
        unknown=[],
        never_unknown=True,
    ),
    "region-where-there-is-one": Cases(
        token=ROLE,
        fails=[{"region": "us-east-2"}, [Planned(token="aws:route53/record:Record", inputs={"region": UNKNOWN})]],
        passes=[{}, [Planned(token=VPC, inputs={"region": "us-east-2"})]],
        unknown=[],
        never_unknown=True,
    ),
    "same-region": Cases(
        token=SUBNET,
        fails=[
            regional("us-east-2", "us-west-2"),
            [
                Planned(token=BUCKET, name="b", inputs={"region": "us-west-2"}),
                linked("aws:s3/bucketVersioning:BucketVersioning", "it", bucket=(BUCKET, "b"), region="us-east-2"),
            ],
            [
                Planned(token=VPC, name="vpc", inputs={"region": "us-west-2"}),
                Planned(
                    token=SUBNET, inputs={"vpcId": UNKNOWN}, refs={"vpcId": (VPC, "vpc")}, provider={"region": "us-east-2"}
                ),
            ],
            [
                Planned(token=LOAD_BALANCER, name="lb", inputs={"region": "us-west-2"}),
                linked(LISTENER, "it", loadBalancerArn=(LOAD_BALANCER, "lb"), region="us-east-2"),
            ],
            [
                Planned(token=BUCKET, name="code", inputs={"region": "eu-west-1"}),
                linked(FUNCTION, "it", s3Bucket=(BUCKET, "code"), region="us-east-2"),
            ],
            [
                Planned(token=TOPIC, name="alerts", inputs={"region": "us-west-2"}),
                linked(ALARM, "it", alarmActions=(TOPIC, "alerts"), region="us-east-2"),
            ],
        ],
        passes=[
            regional("us-east-2", "us-east-2"),
            regional(None, "us-east-2"),
            regional("us-east-2", None),
            [
                Planned(token="aws:acm/certificate:Certificate", name="c", inputs={"region": "us-east-1"}),
                linked(
                    "aws:apigateway/domainName:DomainName",
                    "it",
                    certificateArn=("aws:acm/certificate:Certificate", "c"),
                    region="us-east-2",
                ),
            ],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "arn-of-region": Cases(
        token=LISTENER,
        fails=[
            {"certificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/a", "region": "us-east-2"},
            [Planned(token=TOPIC, inputs={"kmsMasterKeyId": "arn:aws:kms:us-west-2:1:key/a", "region": "us-east-2"})],
            [Planned(token=FUNCTION, inputs={"imageUri": f"{IMAGES}.us-west-2.amazonaws.com/app:1", "region": "us-east-2"})],
            [Planned(token=EVENT_TARGET, inputs={"arn": "arn:aws:lambda:us-west-2:1:function:f", "region": "us-east-2"})],
        ],
        passes=[
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a", "region": "us-east-2"},
            [
                Planned(token="aws:acm/certificate:Certificate", name="certificate"),
                linked(LISTENER, "it", certificateArn=("aws:acm/certificate:Certificate", "certificate"), region="us-east-2"),
            ],
            {"certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a"},
            [Planned(token=FUNCTION, inputs={"imageUri": f"{IMAGES}.us-east-2.amazonaws.com/app:1", "region": "us-east-2"})],
            [Planned(token=EVENT_TARGET, inputs={"arn": "arn:aws:events:us-west-2:1:event-bus/b", "region": "us-east-2"})],
        ],
        unknown=[{"certificateArn": UNKNOWN, "region": "us-east-2"}],
    ),
    "stack-of-one-region": Cases(
        token=FUNCTION,
        fails=[[Planned(token=FUNCTION, inputs={"region": "us-west-2"}, provider={"region": "us-east-2"})]],
        passes=[
            [Planned(token=FUNCTION, inputs={"region": "us-east-2"}, provider={"region": "us-east-2"})],
            [Planned(token=FUNCTION, provider={"region": "us-east-2"})],
            {"region": "us-west-2"},
        ],
        unknown=[[Planned(token=FUNCTION, inputs={"region": UNKNOWN}, provider={"region": "us-east-2"})]],
    ),
    "bucket-property-names": Cases(
        token=BUCKET,
        fails=[{"loggings": [{}]}, {"versionings": UNKNOWN}],
        passes=[
            {"logging": {}},
            [Planned(token="aws:s3/bucketV2:BucketV2", inputs={"loggings": [{}]})],
            [Planned(token=BUCKET, inputs={"loggings": [{}]}, provider={"version": "6.83.0"})],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "flow-log-property-names": Cases(
        token="aws:ec2/flowLog:FlowLog",
        fails=[{"logGroupName": "a"}],
        passes=[{"logDestination": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "table-replica-property-names": Cases(
        token="aws:dynamodb/tableReplica:TableReplica",
        fails=[{"consistencyMode": "STRONG"}],
        passes=[{"globalTableArn": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "record-property-names": Cases(
        token="aws:route53/record:Record",
        fails=[{"alias": {"name": "a"}}, {"failoverRoutingPolicy": {"type": "PRIMARY"}}],
        passes=[{"aliases": [{"name": "a"}], "failoverRoutingPolicies": [{"type": "PRIMARY"}]}],
        unknown=[],
        never_unknown=True,
    ),
    "provider-assume-roles": Cases(
        token=PROVIDER,
        fails=[{"assumeRole": {"roleArn": ROLE_ARN}}],
        passes=[
            {"assumeRoles": '[{"roleArn": "a"}]'},
            [Planned(token=PROVIDER, inputs={"assumeRole": {"roleArn": ROLE_ARN}, "version": "6.83.0"})],
        ],
        unknown=[],
        never_unknown=True,
    ),
    "provider-default-tags-known": Cases(
        token=PROVIDER,
        fails=[{"defaultTags": UNKNOWN}, {"defaultTags": {"tags": {"At": UNKNOWN}}}],
        passes=[{"defaultTags": '{"tags": {"Owner": "a"}}'}, {"defaultTags": {"tags": {"Owner": "a"}}}, {}],
        unknown=[],
        never_unknown=True,
    ),
}
