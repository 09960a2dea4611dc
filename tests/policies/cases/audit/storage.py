"""Cases of policies/controls/audit/storage.py."""

import json
from typing import Any

from tests.policies.given.audit.trails import TRAIL, advanced
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ACL = "aws:s3/bucketAcl:BucketAcl"
LAKE = planned(BUCKET, "lake", bucket="lake")
TRAIL_BUCKET = planned(BUCKET, "store", bucket="store")
DELIVERED = [TRAIL_BUCKET, planned(TRAIL, s3BucketName=ref(BUCKET, "store"))]

CLOSED: dict[str, Any] = dict.fromkeys(
    ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
)

OBJECTS = advanced(eventCategory=["Data"], resources__type=["AWS::S3::Object"])
RETENTION = {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}


def on(bucket: str, token: str, inputs: dict[str, Any]) -> Planned:
    """A resource whose `bucket` is the bucket of that name."""
    return planned(token, f"{bucket}-{token}", bucket=ref(BUCKET, bucket), **inputs)


def logged(bucket: str, target: str) -> Planned:
    return on(bucket, LOGGING, {"targetBucket": ref(BUCKET, target)})


def bucket(name: str = "it", **inputs: Any) -> list[Planned]:
    return [planned(BUCKET, name, **inputs)]


def locked(**configuration: Any) -> dict[str, Any]:
    return {"bucket": "audit", "objectLockConfiguration": configuration}


def recorded(*values: object, kind: str = "AWS::S3::Object", **selector: Any) -> list[Planned]:
    data = [{"type": kind, "values": [value]} for value in values]
    return [LAKE, planned(TRAIL, eventSelectors=[{**selector, "dataResources": data}])]


ALLOW = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::store/*"}
TO_CLOUDTRAIL = {**ALLOW, "Principal": {"Service": "cloudtrail.amazonaws.com"}}
PLAIN = {**ALLOW, "Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
INSIDE = {**ALLOW, "Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
TO_ALL = {**ALLOW, "Action": "s3:GetObject", "Principal": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


BLOCKED = on("store", BLOCK, CLOSED)
EVERYONE = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}

CASES: dict[str, Cases] = {
    "s3-access-logged": Cases(
        token=BUCKET,
        fails=[
            {},
            {"logging": {"targetBucket": ""}},
            {"bucket": "lake", "logging": {"targetBucket": "lake"}},
            [LAKE, logged("lake", "lake")],
            [LAKE, logged("another", "logs")],
            [LAKE, planned(LOGGING, bucket="lake", targetBucket="lake")],
            planned(BUCKET_V2, loggings=[]),
            recorded("arn:aws:s3", readWriteType="WriteOnly"),
            recorded("arn:aws:s3:::another/"),
            recorded("arn:aws:lambda", kind="AWS::Lambda::Function"),
        ],
        passes=[
            {"logging": {"targetBucket": "logs"}},
            {"logging": {"targetBucket": UNKNOWN}},
            {"logging": [{"targetBucket": "logs"}]},
            planned(BUCKET_V2, loggings=[{"targetBucket": "logs"}]),
            [LAKE, logged("lake", "logs")],
            [LAKE, *bucket("logs"), logged("lake", "logs")],
            [LAKE, planned("aws:s3/bucketLoggingV2:BucketLoggingV2", bucket="lake", targetBucket="logs")],
            [*bucket("logs", bucket="logs"), planned(BUCKET, bucket="lake", logging={"targetBucket": "logs"})],
            recorded("arn:aws:s3"),
            recorded("arn:aws:s3:::lake/"),
            recorded("arn:aws:s3:::", "arn:aws:s3:::another/"),
            recorded(ref(BUCKET, "lake")),
            [LAKE, planned(TRAIL, advancedEventSelectors=[OBJECTS])],
        ],
        unknown=[
            {"logging": UNKNOWN},
            [LAKE, planned(LOGGING, bucket=UNKNOWN, targetBucket="logs")],
            [LAKE, planned(TRAIL, eventSelectors=UNKNOWN)],
        ],
    ),
    "s3-access-log-elsewhere": Cases(
        token=LOGGING,
        fails=[{"bucket": "lake", "targetBucket": "lake"}],
        passes=[{"bucket": "lake", "targetBucket": "logs"}, [logged("lake", "logs")]],
        unknown=[
            {"bucket": UNKNOWN, "targetBucket": "logs"},
            {"bucket": "lake", "targetBucket": UNKNOWN},
            [on("lake", LOGGING, {"targetBucket": UNKNOWN})],
        ],
    ),
    "audit-bucket-object-lock": Cases(
        token=BUCKET,
        fails=[
            {"bucket": "company-audit-logs"},
            {"bucketPrefix": "cloudtrail-"},
            {"tags": {"Purpose": "audit"}},
            {"bucket": "lake", "objectLockConfiguration": {"objectLockEnabled": "Disabled"}},
            *({"bucket": "audit", "objectLockEnabled": enabled} for enabled in (True, False, UNKNOWN)),
            locked(rule={"defaultRetention": {"mode": "GOVERNANCE"}}),
            locked(objectLockEnabled="Enabled"),
            bucket("trailBucket"),
            DELIVERED,
            [*bucket("it", policy=policy(TO_CLOUDTRAIL))],
            [*DELIVERED, on("store", LOCK, {})],
            [*DELIVERED, on("another", LOCK, {"rule": RETENTION})],
        ],
        passes=[
            {"bucket": "assets"},
            {"bucket": "lake", "objectLockConfiguration": {"objectLockEnabled": "Enabled"}},
            locked(objectLockEnabled="Enabled", rule=RETENTION),
            locked(rules=[{"defaultRetention": {"mode": "GOVERNANCE", "years": 1}}]),
            locked(rules=[{"defaultRetentions": [{"days": 365}]}]),
            [*DELIVERED, on("store", LOCK, {"rule": RETENTION})],
            [*bucket("it", bucket="audit", objectLockEnabled=True), on("it", LOCK, {"rule": RETENTION})],
            [*bucket("audit-access-logs"), logged("lake", "audit-access-logs")],
            {"policy": UNKNOWN},
            {"policy": policy({**TO_CLOUDTRAIL, "Effect": "Deny"})},
            {"policy": policy({**ALLOW, "Principal": {"AWS": "cloudtrail.amazonaws.com"}})},
        ],
        unknown=[
            {"bucket": "audit", "objectLockConfiguration": UNKNOWN},
            locked(rule=UNKNOWN),
            [*DELIVERED, planned(LOCK, bucket=UNKNOWN, rule=RETENTION)],
            [*DELIVERED, on("store", LOCK, {"rule": UNKNOWN})],
        ],
    ),
    "trail-bucket-private": Cases(
        token=BUCKET,
        fails=[
            {"bucket": "cloudtrail-logs", "acl": "public-read"},
            [*DELIVERED, on("store", ACL, {"acl": "public-read"})],
            [*DELIVERED, on("store", BLOCK, {**CLOSED, "ignorePublicAcls": False})],
            [*DELIVERED, on("store", BLOCK, {})],
            [*DELIVERED, BLOCKED, on("store", ACL, {"acl": "public-read"})],
            [*DELIVERED, BLOCKED, on("store", ACL, {"accessControlPolicy": {"grants": [{"grantee": EVERYONE}]}})],
            [*DELIVERED, BLOCKED, on("store", POLICY, {"policy": policy(TO_CLOUDTRAIL, TO_ALL)})],
            [*bucket("it", policy=policy(TO_CLOUDTRAIL), acl="public-read-write"), on("it", BLOCK, CLOSED)],
            [*bucket("it", policy=policy(TO_CLOUDTRAIL), grants=[EVERYONE]), on("it", BLOCK, CLOSED)],
        ],
        passes=[
            {"bucket": "lake", "acl": "public-read"},
            DELIVERED,
            [*DELIVERED, BLOCKED],
            [*DELIVERED, on("store", BLOCK, dict.fromkeys(CLOSED, "true")), on("store", ACL, {"acl": "private"})],
            [*DELIVERED, BLOCKED, on("store", POLICY, {"policy": policy(TO_CLOUDTRAIL, PLAIN, INSIDE)})],
            [*DELIVERED, BLOCKED, on("store", ACL, {"accessControlPolicy": {"grants": [{"grantee": {"id": "a"}}]}})],
        ],
        unknown=[
            planned(TRAIL, s3BucketName="elsewhere"),
            [*DELIVERED, on("store", BLOCK, {**CLOSED, "blockPublicAcls": UNKNOWN})],
            [*DELIVERED, planned(BLOCK, bucket=UNKNOWN, **CLOSED)],
            [*DELIVERED, BLOCKED, on("store", POLICY, {"policy": UNKNOWN})],
            [*DELIVERED, BLOCKED, on("store", ACL, {"acl": UNKNOWN})],
        ],
    ),
    "trail-bucket-access-logged": Cases(
        token=BUCKET,
        fails=[
            {"bucket": "my-cloudtrail"},
            DELIVERED,
            [*DELIVERED, logged("store", "store")],
            [*bucket("it", policy=policy({**TO_CLOUDTRAIL, "Principal": {"Service": ["cloudtrail.amazonaws.com"]}}))],
        ],
        passes=[
            {"bucket": "lake"},
            [*DELIVERED, logged("store", "logs")],
            [*DELIVERED, *bucket("cloudtrail-access-logs"), logged("store", "cloudtrail-access-logs")],
        ],
        unknown=[planned(TRAIL, s3BucketName=UNKNOWN), [*DELIVERED, planned(LOGGING, bucket=UNKNOWN, targetBucket="logs")]],
    ),
}
