"""Cases of policies/controls/resilience/buckets.py."""

from typing import Any

from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

BUCKET = "aws:s3/bucket:Bucket"
OLD = "aws:s3/bucketV2:BucketV2"
ON = {"enabled": True}
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LAKE = planned(BUCKET, "lake", bucket="lake")


def hanging(token: str, bucket: str = UNKNOWN, *, refs: bool = True, name: str = "referrer", **inputs: Any) -> Planned:
    """A referrer of `LAKE`, by reference unless `refs` is false."""
    return planned(token, name, bucket=ref(BUCKET, "lake") if refs else bucket, **inputs)


def versioned(status: object = "Enabled", **options: Any) -> Planned:
    return hanging(VERSIONING, name="versioning", versioningConfiguration={"status": status}, **options)


ABORT = {"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
EXPIRE = {"status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}}
INLINE_RULE = {"enabled": True, "abortIncompleteMultipartUploadDays": 7}


def rules(*entries: object) -> dict[str, Any]:
    return {"bucket": "elsewhere", "rules": list(entries)}


def to(bucket: object = "arn:aws:s3:::copy", *, status: object = "Enabled", **more: Any) -> dict[str, Any]:
    """A replication rule."""
    return {"id": "all", "status": status, "destination": {"bucket": bucket}, **more}


def encrypted_and_copied(algorithm: str, rule: dict[str, Any]) -> dict[str, Any]:
    """A bucket that says both itself."""
    default = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}
    return {"serverSideEncryptionConfiguration": {"rule": default}, "replicationConfiguration": {"rules": [rule]}}


OLD_KMS_TO = {
    "status": "Enabled",
    "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"enabled": True}},
    "destination": {"bucket": "arn:aws:s3:::copy", "replicaKmsKeyId": KEY_ARN},
}


def kms_to(*, criteria: object = "Enabled", key: object = KEY_ARN) -> dict[str, Any]:
    selection = {"sseKmsEncryptedObjects": {"status": criteria}} if criteria else {}
    encryption = {"encryptionConfiguration": {"replicaKmsKeyId": key}} if key else {}
    return to(sourceSelectionCriteria=selection) | {"destination": {"bucket": "arn:aws:s3:::copy", **encryption}}


def replication(*entries: object, region: str | None = None) -> Planned:
    """The replication of `LAKE`."""
    return planned(REPLICATION, "replication", bucket="lake", rules=list(entries), **({"region": region} if region else {}))


def copy(region: str) -> Planned:
    """Where `LAKE` is replicated to; its own replication is off, so that it is judged by being a copy."""
    return planned(BUCKET, "copy", bucket="copy", region=region)


def old_replicated(status: str) -> Planned:
    """A BucketV2, which has lists where others have blocks."""
    rule = {"status": status, "destinations": [{"bucket": "arn:aws:s3:::copy"}]}
    return planned(OLD, replicationConfigurations=[{"rules": [rule]}])


UNDER_KMS = hanging(SSE, name="sse", rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}])
UNDER_S3 = hanging(SSE, name="sse", rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}])

LOGS = [
    planned("aws:s3/bucketLogging:BucketLogging", "log", bucket="other", targetBucket="lake"),
    planned("aws:lb/loadBalancer:LoadBalancer", "log", accessLogs={"bucket": "lake"}),
    planned("aws:alb/loadBalancer:LoadBalancer", "log", connectionLogs={"bucket": "lake"}),
    planned("aws:elb/loadBalancer:LoadBalancer", "log", accessLogs={"bucket": "lake"}),
]

CASES: dict[str, Cases] = {
    "s3-versioning": Cases(
        token=BUCKET,
        fails=[
            {},
            {"versioning": {"enabled": False}},
            planned(OLD),
            planned(OLD, versionings=[{"enabled": False}]),
            [LAKE, hanging(VERSIONING, "other", refs=False, versioningConfiguration={"status": "Enabled"})],
            [planned(BUCKET), versioned(refs=False, bucket="any")],
        ],
        passes=[
            {"versioning": {"enabled": True}},
            {"versioning": [{"enabled": "true"}]},
            planned(OLD, versionings=[ON]),
            {"objectLockEnabled": True},
            {"objectLockConfiguration": {"objectLockEnabled": "Enabled"}},
            [LAKE, versioned()],
            [LAKE, hanging(VERSIONING, "lake", refs=False, versioningConfiguration={"status": "Enabled"})],
            [LAKE, hanging("aws:s3/bucketVersioningV2:BucketVersioningV2", "lake", refs=False)],
            [versioned()],
        ],
        unknown=[
            {"versioning": {"enabled": UNKNOWN}},
            [LAKE, versioned(refs=False)],
            [planned(BUCKET, bucket=UNKNOWN), versioned(refs=False, bucket="any")],
        ],
    ),
    "s3-versioning-enabled": Cases(
        token=VERSIONING,
        fails=[{}, {"versioningConfiguration": {"status": "Suspended"}}, {"versioningConfiguration": [{"status": "Disabled"}]}],
        passes=[{"versioningConfiguration": {"status": "Enabled"}}],
        unknown=[{"versioningConfiguration": {"status": UNKNOWN}}],
    ),
    "s3-lifecycle": Cases(
        token=LIFECYCLE,
        fails=[
            rules(),
            rules({"status": "Disabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}),
            rules({"status": "Enabled", "expiration": {"days": 90}}),
            rules({**ABORT, "filter": {"prefix": "log/"}}),
            rules({**ABORT, "filter": {"and": {"prefix": "log/", "tags": {"rule": "log"}}}}),
            rules({**ABORT, "prefix": "log/"}),
            rules({**ABORT, "filter": {"tag": {"key": "a", "value": "b"}}}),
            rules({**ABORT, "filter": {"objectSizeGreaterThan": 1}}),
            rules({**ABORT, "filter": [{"objectSizeLessThan": 9}]}),
            rules({**EXPIRE, "status": UNKNOWN}),
            planned(BUCKET, lifecycleRules=[{**INLINE_RULE, "tags": {"a": "b"}}]),
            rules(EXPIRE),
            [LAKE],
            planned(BUCKET, lifecycleRules=[{"enabled": False, "abortIncompleteMultipartUploadDays": 7}]),
            planned(BUCKET, lifecycleRules=[{"enabled": True, "expiration": {"days": 90}}]),
            planned(BUCKET, versioning=ON, lifecycleRules=[INLINE_RULE]),
            planned(BUCKET, versionings=[ON], lifecycleRules=[INLINE_RULE]),
            [LAKE, versioned(), hanging(LIFECYCLE, rules=[ABORT])],
            [LAKE, versioned(), hanging(LIFECYCLE, rules=[ABORT, {**EXPIRE, "status": "Disabled"}])],
        ],
        passes=[
            rules(ABORT),
            rules({"status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": UNKNOWN}}),
            rules({**ABORT, "status": UNKNOWN}, ABORT),
            rules({**ABORT, "filter": {}}),
            rules({**ABORT, "filter": {"prefix": ""}}),
            rules({"status": "Enabled", "filter": {"prefix": "tmp/"}, "expiration": {"days": 1}}, ABORT),
            planned(BUCKET, lifecycleRules=[INLINE_RULE]),
            planned(BUCKET, versioning=ON, lifecycleRules=[{**INLINE_RULE, "noncurrentVersionExpiration": {"days": 30}}]),
            planned(OLD, versionings=[ON], lifecycleRules=[{**INLINE_RULE, "noncurrentVersionExpirations": [{"days": 30}]}]),
            [LAKE, versioned("Suspended"), hanging(LIFECYCLE, rules=[ABORT])],
            [LAKE, versioned(), hanging(LIFECYCLE, rules=[ABORT, EXPIRE])],
            [LAKE, versioned(), hanging(LIFECYCLE, "lake", refs=False, rules=[{**ABORT, **EXPIRE}])],
        ],
        unknown=[
            rules(UNKNOWN),
            rules({**ABORT, "status": UNKNOWN}),
            rules({**ABORT, "filter": {"prefix": UNKNOWN}}),
            {"rules": UNKNOWN},
            [LAKE, hanging(LIFECYCLE, refs=False, rules=[ABORT])],
        ],
    ),
    "s3-replication": Cases(
        token=BUCKET,
        fails=[
            {},
            {"replicationConfiguration": {"rules": [to(status="Disabled")]}},
            {"replicationConfiguration": {"rules": []}},
            encrypted_and_copied("aws:kms", to()),
            [LAKE, replication(to(status="Disabled"))],
            [replication()],
            [LAKE, UNDER_KMS, replication(to())],
            [LAKE, UNDER_KMS, replication(kms_to(criteria=None))],
            [LAKE, UNDER_KMS, replication(kms_to(criteria="Disabled"))],
            [LAKE, UNDER_KMS, replication(kms_to(key=None))],
            [LAKE, replication(to(), region="us-east-2"), copy("us-east-2")],
            [LAKE, replication(to(ref(BUCKET, "copy")), region="us-east-2"), copy("us-east-2")],
            [planned(BUCKET, bucket="lake", region="us-east-2"), replication(to()), copy("us-east-2")],
            [LAKE, replication(to("arn:aws:s3:::else")), copy("us-west-2")],
            [old_replicated("Disabled")],
        ],
        passes=[
            {"replicationConfiguration": {"rules": [to()]}},
            [old_replicated("Enabled")],
            [replication(to())],
            [LAKE, replication(to())],
            [LAKE, UNDER_S3, replication(to())],
            [LAKE, UNDER_KMS, replication(kms_to())],
            [LAKE, UNDER_KMS, replication(kms_to(key=UNKNOWN))],
            [LAKE, replication(to(), region="us-east-2"), copy("us-west-2")],
            [LAKE, replication(to(ref(BUCKET, "copy")), region="us-east-2"), copy("us-west-2")],
            [LAKE, replication(to(status="Disabled"), to())],
            [LAKE, replication(to()), planned(BUCKET, "copy", bucket="copy")],
            encrypted_and_copied("aws:kms:dsse", OLD_KMS_TO),
            *([LAKE, log] for log in LOGS),
        ],
        unknown=[
            [replication(to(status=UNKNOWN))],
            {"replicationConfiguration": UNKNOWN},
            [LAKE, hanging(REPLICATION, refs=False, rules=[to()])],
            [LAKE, UNDER_KMS, replication(kms_to(criteria=UNKNOWN))],
            [LAKE, UNDER_KMS, replication(kms_to(), to(status=UNKNOWN))],
        ],
    ),
    "s3-notification": Cases(
        token=NOTIFICATION,
        fails=[
            {},
            {"eventbridge": False, "queues": []},
            [LAKE],
            [LAKE, hanging(NOTIFICATION)],
            [LAKE, hanging(NOTIFICATION, "other", refs=False, eventbridge=True)],
        ],
        passes=[
            {"eventbridge": True},
            {"queues": [{"queueArn": UNKNOWN, "events": ["s3:ObjectCreated:*"]}]},
            {"topics": [{"topicArn": "arn:aws:sns:us-east-2:111111111111:t"}]},
            {"lambdaFunctions": [{"lambdaFunctionArn": "arn"}], "eventbridge": UNKNOWN},
            [LAKE, hanging(NOTIFICATION, eventbridge=True)],
            {"lambdaFunctions": UNKNOWN, "queues": [{"queueArn": "arn"}]},
            *([LAKE, log] for log in LOGS),
            [copy("us-west-2"), replication(to())],
            [
                copy("us-west-2"),
                hanging(NOTIFICATION, "source", refs=False, eventbridge=True),
                planned(BUCKET, "source", bucket="source", replicationConfiguration={"rules": [to()]}),
            ],
        ],
        unknown=[{"eventbridge": UNKNOWN}, {"topics": UNKNOWN}, [LAKE, hanging(NOTIFICATION, refs=False, eventbridge=True)]],
    ),
}
