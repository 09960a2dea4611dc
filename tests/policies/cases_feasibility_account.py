"""Cases of the feasibility pack: things that an account or region has once, wrong regions, directories, recorders, trails."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned

EAST = {"region": "us-east-1"}
HERE = {"region": "us-east-2"}
RECORDER = "aws:cfg/recorder:Recorder"
CHANNEL = "aws:cfg/deliveryChannel:DeliveryChannel"
STATUS = "aws:cfg/recorderStatus:RecorderStatus"
DETECTOR = "aws:guardduty/detector:Detector"
ENABLER = "aws:inspector2/enabler:Enabler"
HUB = "aws:securityhub/account:Account"
PASSWORDS = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"
INSTANCE = "aws:rds/instance:Instance"
CLUSTER_INSTANCE = "aws:rds/clusterInstance:ClusterInstance"
BUCKET = "aws:s3/bucket:Bucket"
ROLE = "aws:iam/role:Role"
DIRECTORY = "aws:directoryservice/directory:Directory"
PERMISSIONS = "aws:ssoadmin/permissionSet:PermissionSet"
ASSIGNMENT = "aws:ssoadmin/accountAssignment:AccountAssignment"
TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OPENSEARCH = "aws:opensearch/domain:Domain"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
QUEUE = "aws:sqs/queue:Queue"
KEY_TYPE = "aws:kms/key:Key"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
API_DOMAIN = "aws:apigateway/domainName:DomainName"
CERTIFICATE = "aws:acm/certificate:Certificate"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
REPOSITORY = "aws:ecrpublic/repository:Repository"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
FUNCTION = "aws:lambda/function:Function"
SSO = "arn:aws:sso:::instance/ssoins-1111111111111111"
GROUP_ARN = "arn:aws:logs:us-east-2:111111111111:log-group:trail:*"
ROLE_ARN = "arn:aws:iam::111111111111:role/app"
EAST_KEY = KEY_ARN.replace("us-east-2", "us-east-1")
EAST_CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE_ARN = EAST_CERTIFICATE.replace("us-east-1", "us-east-2")


def two(token: str, *inputs: dict[str, Any], providers: Sequence[dict[str, Any]] = (HERE, HERE)) -> list[Planned]:
    both = zip(("a", "b"), inputs or ({}, {}), providers, strict=True)
    return [Planned(token=token, name=name, inputs=each, provider=provider) for name, each, provider in both]


def named(first: str, second: str, *names: Any, key: str = "identifier", **more: Any) -> list[Planned]:
    return [
        Planned(token=token, name=name, inputs={key: value}, provider=more.get(name, HERE))
        for token, name, value in zip((first, second), ("a", "b"), names, strict=True)
    ]


def configured(*depends: tuple[str, str], token: str = CHANNEL) -> list[Planned]:
    earlier = RECORDER if token == CHANNEL else CHANNEL
    return [Planned(token=earlier, name="first"), Planned(token=token, depends=depends)]


def trailed(*, policy: bool, after: bool = False, bucket: Any = UNKNOWN) -> list[Planned]:
    made = Planned(
        token=BUCKET_POLICY, name="policy", inputs={"bucket": UNKNOWN, "policy": "{}"}, refs={"bucket": (BUCKET, "log")}
    )
    depends = [(BUCKET_POLICY, "policy")] if after else []
    trail = Planned(token=TRAIL, inputs={"s3BucketName": bucket}, refs={"s3BucketName": (BUCKET, "log")}, depends=depends)
    return [Planned(token=BUCKET, name="log"), *([made] if policy else []), trail]


def used(token: str, prop: str, inputs: dict[str, Any], other: str, region: str, home: str = "us-east-2") -> list[Planned]:
    return [
        Planned(token=other, name="other", provider={"region": region}),
        Planned(token=token, inputs=inputs, refs={prop: (other, "other")}, provider={"region": home}),
    ]


def pattern(fields: dict[str, Any], region: str = "us-east-2") -> list[Planned]:
    return [Planned(token=RULE, inputs={"eventPattern": json.dumps(fields)}, provider={"region": region})]


def given_to(token: str, **inputs: Any) -> list[Planned]:
    return [Planned(token=token, inputs=inputs, provider={**HERE, "allowedAccountIds": ["111111111111"]})]


IAM_EVENTS = {"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]}
MICROSOFT = {"type": "MicrosoftAD", "vpcSettings": {}}

CASES: dict[str, Cases] = {
    "once-per-region": Cases(
        token=HUB,
        fails=[two(HUB)],
        passes=[{}, two(HUB, providers=(HERE, EAST)), two(HUB, providers=(HERE, {**HERE, "profile": "other"}))],
        unknown=[],
        never_unknown=True,
    ),
    "once-per-account": Cases(
        token=PASSWORDS,
        fails=[two(PASSWORDS), two(PASSWORDS, providers=(HERE, EAST))],
        passes=[{}, two(PASSWORDS, providers=(HERE, {**HERE, "profile": "other"}))],
        unknown=[],
        never_unknown=True,
    ),
    "config-recorder-once": Cases(
        token=RECORDER,
        fails=[two(RECORDER), two(CHANNEL)],
        passes=[{}, two(RECORDER, providers=(HERE, EAST))],
        unknown=[],
        never_unknown=True,
    ),
    "guardduty-detector-once": Cases(
        token=DETECTOR,
        fails=[two(DETECTOR)],
        passes=[{}, two(DETECTOR, {"region": "us-east-1"}, {})],
        unknown=[],
        never_unknown=True,
    ),
    "inspector-enabler-once": Cases(
        token=ENABLER,
        fails=[
            {"resourceTypes": ["LAMBDA_CODE"], "accountIds": ["111111111111"]},
            two(ENABLER, {"accountIds": ["111111111111"]}, {"accountIds": ["111111111111"]}),
        ],
        passes=[
            {"resourceTypes": ["LAMBDA", "LAMBDA_CODE"], "accountIds": ["111111111111"]},
            two(ENABLER, {"accountIds": ["111111111111"]}, {"accountIds": ["222222222222"]}),
        ],
        unknown=[{"resourceTypes": [UNKNOWN]}],
    ),
    "name-once": Cases(
        token=INSTANCE,
        fails=[
            named(INSTANCE, INSTANCE, "main", "main"),
            named(INSTANCE, CLUSTER_INSTANCE, "main", "Main"),
            named(BUCKET, BUCKET, "logs", "logs", key="bucket", a=EAST),
            named(ROLE, ROLE, "app", "app", key="name", a=EAST),
            named(ROLE, ROLE, "app", "App", key="name"),
        ],
        passes=[
            {},
            named(INSTANCE, INSTANCE, "main", "other"),
            named(INSTANCE, INSTANCE, "main", "main", a=EAST),
            named(ROLE, ROLE, "app", "App2", key="name"),
        ],
        unknown=[named(INSTANCE, INSTANCE, "main", UNKNOWN)],
    ),
    "directory-password": Cases(
        token=DIRECTORY,
        fails=[{"password": "onlyletters"}, {"password": "Sh0rt!"}, {"password": "Administrator-1"}],
        passes=[{"password": "Correct-Horse-7"}],
        unknown=[{"password": UNKNOWN}],
    ),
    "directory-type": Cases(
        token=DIRECTORY,
        fails=[
            {"name": "corp", **MICROSOFT},
            {"name": "corp.example.com", "shortName": "a.b", **MICROSOFT},
            {"name": "corp.example.com", "type": "MicrosoftAD"},
            {"name": "corp.example.com", "size": "Small", **MICROSOFT},
            {"name": "corp.example.com", "type": "SimpleAD", "vpcSettings": {}, "size": "Small", "edition": "Standard"},
            {"name": "corp.example.com", "type": "ADConnector", "size": "Small"},
            {"name": "corp.example.com", "enableSso": True, "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}},
        ],
        passes=[
            {"name": "corp.example.com", "shortName": "CORP", "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}},
            {"name": "corp.example.com", "size": "Small", "vpcSettings": {"vpcId": "vpc-1"}},
            {"name": "corp.example.com", "type": "ADConnector", "size": "Small", "connectSettings": {"vpcId": "vpc-1"}},
        ],
        unknown=[{"name": UNKNOWN, "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}}],
    ),
    "identity-center-one-region": Cases(
        token=PERMISSIONS,
        fails=[
            [
                Planned(token=PERMISSIONS, name="a", inputs={"instanceArn": SSO}, provider=HERE),
                Planned(token=PERMISSIONS, name="b", inputs={"instanceArn": SSO}, provider=HERE),
                Planned(token=ASSIGNMENT, inputs={"instanceArn": SSO}, provider=EAST),
            ]
        ],
        passes=[two(PERMISSIONS, {"instanceArn": SSO}, {"instanceArn": SSO})],
        unknown=[{"instanceArn": UNKNOWN}],
    ),
    "permission-set-session": Cases(
        token=PERMISSIONS,
        fails=[{"sessionDuration": "PT13H"}, {"sessionDuration": "PT30M"}, {"sessionDuration": "2h"}],
        passes=[{}, {"sessionDuration": "PT8H"}, {"sessionDuration": "PT1H30M"}],
        unknown=[{"sessionDuration": UNKNOWN}],
    ),
    "trail-log-group": Cases(
        token=TRAIL,
        fails=[
            {"cloudWatchLogsGroupArn": GROUP_ARN.removesuffix(":*"), "cloudWatchLogsRoleArn": ROLE_ARN},
            {"cloudWatchLogsGroupArn": GROUP_ARN},
            {"cloudWatchLogsRoleArn": ROLE_ARN},
        ],
        passes=[{}, {"cloudWatchLogsGroupArn": GROUP_ARN, "cloudWatchLogsRoleArn": ROLE_ARN}],
        unknown=[{"cloudWatchLogsGroupArn": UNKNOWN, "cloudWatchLogsRoleArn": UNKNOWN}],
    ),
    "trail-bucket-policy": Cases(
        token=TRAIL,
        fails=[trailed(policy=False), trailed(policy=True)],
        passes=[trailed(policy=True, after=True), {"s3BucketName": "logs-of-another-stack"}],
        unknown=[{"s3BucketName": UNKNOWN}],
    ),
    "config-order": Cases(
        token=CHANNEL,
        fails=[configured(), configured(token=STATUS)],
        passes=[configured((RECORDER, "first")), configured((CHANNEL, "first"), token=STATUS), {}],
        unknown=[],
        never_unknown=True,
    ),
    "local-reference-region": Cases(
        token=INSTANCE,
        fails=[
            [Planned(token=INSTANCE, inputs={"performanceInsightsKmsKeyId": EAST_KEY}, provider=HERE)],
            [Planned(token=OPENSEARCH, inputs={"encryptAtRest": {"enabled": True, "kmsKeyId": EAST_KEY}}, provider=HERE)],
            used(OPENSEARCH, "encryptAtRest", {"encryptAtRest": {"kmsKeyId": UNKNOWN}}, KEY_TYPE, "us-east-1"),
            used(NOTIFICATION, "queues", {"queues": [{"queueArn": UNKNOWN}]}, QUEUE, "us-east-1"),
        ],
        passes=[
            [Planned(token=INSTANCE, inputs={"performanceInsightsKmsKeyId": KEY_ARN}, provider=HERE)],
            [Planned(token=INSTANCE, inputs={"performanceInsightsKmsKeyId": EAST_KEY})],
            used(NOTIFICATION, "queues", {"queues": [{"queueArn": UNKNOWN}]}, QUEUE, "us-east-2"),
            {},
        ],
        unknown=[[Planned(token=INSTANCE, inputs={"performanceInsightsKmsKeyId": UNKNOWN}, provider=HERE)]],
    ),
    "edge-certificate-region": Cases(
        token=DISTRIBUTION,
        fails=[
            {"viewerCertificate": {"acmCertificateArn": CERTIFICATE_ARN}},
            used(
                DISTRIBUTION,
                "viewerCertificate",
                {"viewerCertificate": {"acmCertificateArn": UNKNOWN}},
                CERTIFICATE,
                "us-east-2",
            ),
            [Planned(token=API_DOMAIN, inputs={"certificateArn": CERTIFICATE_ARN}, provider=HERE)],
        ],
        passes=[
            {"viewerCertificate": {"acmCertificateArn": EAST_CERTIFICATE}},
            {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
            used(
                DISTRIBUTION,
                "viewerCertificate",
                {"viewerCertificate": {"acmCertificateArn": UNKNOWN}},
                CERTIFICATE,
                "us-east-1",
            ),
            [
                Planned(
                    token=API_DOMAIN,
                    inputs={"certificateArn": CERTIFICATE_ARN, "endpointConfiguration": {"types": "PRIVATE"}},
                    provider=HERE,
                )
            ],
        ],
        unknown=[
            {"viewerCertificate": {"acmCertificateArn": UNKNOWN}},
            [
                Planned(
                    token=API_DOMAIN, inputs={"certificateArn": CERTIFICATE_ARN, "endpointConfiguration": {"types": UNKNOWN}}
                )
            ],
        ],
    ),
    "metric-of-one-region": Cases(
        token=ALARM,
        fails=[
            [Planned(token=ALARM, inputs={"namespace": "AWS/Billing"}, provider=HERE)],
            [
                Planned(
                    token=ALARM, inputs={"metricQueries": [{"id": "m", "metric": {"namespace": "AWS/Route53"}}]}, provider=HERE
                )
            ],
            [Planned(token=ALARM, inputs={"namespace": "AWS/GlobalAccelerator"}, provider=EAST)],
        ],
        passes=[
            [Planned(token=ALARM, inputs={"namespace": "AWS/CloudFront"}, provider=EAST)],
            [Planned(token=ALARM, inputs={"namespace": "AWS/CloudFront", "region": "us-east-1"}, provider=HERE)],
            [Planned(token=ALARM, inputs={"namespace": "AWS/RDS"}, provider=HERE)],
        ],
        unknown=[{"namespace": UNKNOWN}, {"namespace": "AWS/Billing"}],
    ),
    "service-of-one-region": Cases(
        token=REPOSITORY,
        fails=[[Planned(token=REPOSITORY, provider=HERE)]],
        passes=[[Planned(token=REPOSITORY, provider=EAST)], [Planned(token=REPOSITORY, inputs=EAST, provider=HERE)]],
        unknown=[{}],
    ),
    "event-of-one-region": Cases(
        token=RULE,
        fails=[pattern(IAM_EVENTS), pattern({"detail": {"eventSource": ["organizations.amazonaws.com"]}})],
        passes=[
            pattern(IAM_EVENTS, "us-east-1"),
            pattern({"source": ["aws.ec2", "aws.iam"]}),
            pattern({"source": ["aws.s3"], "detail": {"eventSource": ["s3.amazonaws.com"]}}),
            [
                *pattern(IAM_EVENTS),
                Planned(token=TARGET, name="forward", inputs={"arn": UNKNOWN}, provider=EAST),
            ],
            {"scheduleExpression": "rate(1 day)"},
        ],
        unknown=[{"eventPattern": UNKNOWN}],
    ),
    "role-of-own-account": Cases(
        token=FUNCTION,
        fails=[
            given_to(FUNCTION, role="arn:aws:iam::222222222222:role/app"),
            given_to("aws:scheduler/schedule:Schedule", target={"roleArn": "arn:aws:iam::222222222222:role/app"}),
        ],
        passes=[
            given_to(FUNCTION, role=ROLE_ARN),
            given_to(INSTANCE, engine="postgres"),
            {"role": "arn:aws:iam::222222222222:role/app"},
        ],
        unknown=[given_to(FUNCTION, role=UNKNOWN)],
    ),
}
