"""Cases of policies/feasibility/rules/general/regions.py."""

import json
from typing import Any

from tests.policies.given.feasibility.account import EAST, HERE, INSTANCE, ROLE_ARN
from tests.policies.given.feasibility.formats import one
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

OPENSEARCH = "aws:opensearch/domain:Domain"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
KEY = "aws:kms/key:Key"
REPLICA = "aws:kms/replicaExternalKey:ReplicaExternalKey"
QUEUE = "aws:sqs/queue:Queue"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
API_DOMAIN = "aws:apigateway/domainName:DomainName"
CERTIFICATE = "aws:acm/certificate:Certificate"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
REPOSITORY = "aws:ecrpublic/repository:Repository"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
FUNCTION = "aws:lambda/function:Function"
EAST_KEY = KEY_ARN.replace("us-east-2", "us-east-1")
EAST_CERTIFICATE = "arn:aws:acm:us-east-1:111111111111:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE_ARN = EAST_CERTIFICATE.replace("us-east-1", "us-east-2")


def used(other: str, region: str, token: str, **inputs: Any) -> list[Planned]:
    """A resource that uses `other`, which is of this region."""
    return [planned(other, "other").with_provider({"region": region}), planned(token, **inputs).with_provider(HERE)]


def pattern(fields: dict[str, Any], region: str = "us-east-2") -> list[Planned]:
    return [planned(RULE, eventPattern=json.dumps(fields)).with_provider({"region": region})]


def given_to(token: str, **inputs: Any) -> list[Planned]:
    return [planned(token, **inputs).with_provider({**HERE, "allowedAccountIds": ["111111111111"]})]


IAM_EVENTS = {"source": ["aws.iam"], "detail-type": ["AWS API Call via CloudTrail"]}

CASES: dict[str, Cases] = {
    "local-reference-region": Cases(
        token=INSTANCE,
        fails=[
            planned(INSTANCE, performanceInsightsKmsKeyId=EAST_KEY).with_provider(HERE),
            planned(OPENSEARCH, encryptAtRest={"enabled": True, "kmsKeyId": EAST_KEY}).with_provider(HERE),
            used(KEY, "us-east-1", OPENSEARCH, encryptAtRest={"kmsKeyId": ref(KEY, "other")}),
            used(REPLICA, "us-east-1", OPENSEARCH, encryptAtRest={"kmsKeyId": ref(REPLICA, "other")}),
            used(QUEUE, "us-east-1", NOTIFICATION, queues=[{"queueArn": ref(QUEUE, "other")}]),
        ],
        passes=[
            planned(INSTANCE, performanceInsightsKmsKeyId=KEY_ARN).with_provider(HERE),
            one(INSTANCE, performanceInsightsKmsKeyId=EAST_KEY),
            used(QUEUE, "us-east-2", NOTIFICATION, queues=[{"queueArn": ref(QUEUE, "other")}]),
            {},
        ],
        unknown=[planned(INSTANCE, performanceInsightsKmsKeyId=UNKNOWN).with_provider(HERE)],
    ),
    "edge-certificate-region": Cases(
        token=DISTRIBUTION,
        fails=[
            {"viewerCertificate": {"acmCertificateArn": CERTIFICATE_ARN}},
            used(CERTIFICATE, "us-east-2", DISTRIBUTION, viewerCertificate={"acmCertificateArn": ref(CERTIFICATE, "other")}),
            planned(API_DOMAIN, certificateArn=CERTIFICATE_ARN).with_provider(HERE),
        ],
        passes=[
            {"viewerCertificate": {"acmCertificateArn": EAST_CERTIFICATE}},
            {"viewerCertificate": {"cloudfrontDefaultCertificate": True}},
            used(CERTIFICATE, "us-east-1", DISTRIBUTION, viewerCertificate={"acmCertificateArn": ref(CERTIFICATE, "other")}),
            planned(API_DOMAIN, certificateArn=CERTIFICATE_ARN, endpointConfiguration={"types": "PRIVATE"}).with_provider(HERE),
        ],
        unknown=[
            {"viewerCertificate": {"acmCertificateArn": UNKNOWN}},
            one(API_DOMAIN, certificateArn=CERTIFICATE_ARN, endpointConfiguration={"types": UNKNOWN}),
        ],
    ),
    "metric-of-one-region": Cases(
        token=ALARM,
        fails=[
            planned(ALARM, namespace="AWS/Billing").with_provider(HERE),
            planned(ALARM, metricQueries=[{"id": "m", "metric": {"namespace": "AWS/Route53"}}]).with_provider(HERE),
            planned(ALARM, namespace="AWS/GlobalAccelerator").with_provider(EAST),
        ],
        passes=[
            planned(ALARM, namespace="AWS/CloudFront").with_provider(EAST),
            planned(ALARM, namespace="AWS/CloudFront", region="us-east-1").with_provider(HERE),
            planned(ALARM, namespace="AWS/RDS").with_provider(HERE),
        ],
        unknown=[{"namespace": UNKNOWN}, {"namespace": "AWS/Billing"}],
    ),
    "service-of-one-region": Cases(
        token=REPOSITORY,
        fails=[planned(REPOSITORY).with_provider(HERE)],
        passes=[planned(REPOSITORY).with_provider(EAST), planned(REPOSITORY, **EAST).with_provider(HERE)],
        unknown=[{}],
    ),
    "event-of-one-region": Cases(
        token=RULE,
        fails=[pattern(IAM_EVENTS), pattern({"detail": {"eventSource": ["organizations.amazonaws.com"]}})],
        passes=[
            pattern(IAM_EVENTS, "us-east-1"),
            pattern({"source": ["aws.ec2", "aws.iam"]}),
            pattern({"source": ["aws.s3"], "detail": {"eventSource": ["s3.amazonaws.com"]}}),
            [*pattern(IAM_EVENTS), planned(TARGET, "forward", arn=UNKNOWN).with_provider(EAST)],
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
