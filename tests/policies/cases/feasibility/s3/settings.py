"""Cases of policies/feasibility/rules/s3/settings.py."""

from typing import Any

from tests.policies.given.feasibility.s3 import (
    BUCKET,
    LIFECYCLE,
    REPLICATION,
    SSE,
    VERSIONING,
    bucket,
    encrypted,
    of,
    rule,
    versioned,
)
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about

LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
ACL = "aws:s3/bucketAcl:BucketAcl"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
SHIELD = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
FAST = "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration"


def listed(ownership: Any, *, ordered: bool = True) -> list[Planned]:
    controls = of("lake", OWNERSHIP, "ownership", rule={"objectOwnership": ownership})
    depends = [(OWNERSHIP, "ownership")] if ordered else []
    return [bucket(), controls, of("lake", ACL, acl="private", depends=depends)]


def public(token: str, setting: str, off: Any, *, ordered: bool = True, **inputs: Any) -> list[Planned]:
    depends = [(SHIELD, "shield")] if ordered else []
    return [bucket(), of("lake", SHIELD, "shield", **{setting: off}), of("lake", token, depends=depends, **inputs)]


EVERYBODY = (
    '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lake/*"}]}'
)

NOBODY = EVERYBODY.replace("Allow", "Deny")


def logged(log: str = "logs", *others: Planned, source: str = "us-east-2", home: str = "us-east-2") -> list[Planned]:
    target = {"targetBucket": ref(BUCKET, log), "targetPrefix": ""}
    logging = planned(LOGGING, region=source, bucket=ref(BUCKET, "lake"), **target)
    return [bucket("lake", region=source), bucket("logs", region=home), *others, logging]


CASES: dict[str, Cases] = {
    "s3-setting-one-owner": Cases(
        token=VERSIONING,
        fails=[
            [bucket(), of("lake", POLICY, "a", policy=NOBODY), of("lake", POLICY, "b", policy=NOBODY)],
            [bucket(versioning={"enabled": True}), versioned("lake")],
            [planned(LIFECYCLE, "a", bucket="elsewhere"), planned(LIFECYCLE, "b", bucket="elsewhere")],
        ],
        passes=[
            [bucket(), versioned("lake"), of("lake", POLICY, policy=NOBODY)],
            [bucket("a"), bucket("b"), versioned("a"), versioned("b")],
            [planned(BUCKET, "lake", versioning={}).ignoring("versioning"), versioned("lake")],
        ],
        unknown=[{"bucket": UNKNOWN}],
    ),
    "s3-replication-one-owner": Cases(
        token=REPLICATION,
        fails=[
            [bucket(), of("lake", REPLICATION, "a", rules=[]), of("lake", REPLICATION, "b", rules=[])],
            [bucket(replicationConfiguration={"rules": [rule()]}), of("lake", REPLICATION, rules=[])],
        ],
        passes=[
            [bucket(), of("lake", REPLICATION, rules=[])],
            [bucket("a"), bucket("b"), of("a", REPLICATION, "a", rules=[]), of("b", REPLICATION, "b", rules=[])],
        ],
        unknown=[{"bucket": UNKNOWN, "rules": []}],
    ),
    "s3-acl-needs-ownership": Cases(
        token=ACL,
        fails=[
            [bucket(), of("lake", ACL, acl="private")],
            listed("BucketOwnerEnforced"),
            listed("BucketOwnerPreferred", ordered=False),
            [bucket(acl="public-read")],
            [bucket(grants=[{"type": "Group", "permissions": ["READ"]}])],
        ],
        passes=[listed("BucketOwnerPreferred"), {"bucket": "elsewhere", "acl": "private"}, [bucket(acl="private")], [bucket()]],
        unknown=[listed(UNKNOWN), {"bucket": UNKNOWN, "acl": "private"}, [bucket(acl=UNKNOWN)]],
    ),
    "s3-public-acl-blocked": Cases(
        token=ACL,
        fails=[
            [bucket(), of("lake", ACL, acl="public-read")],
            public(ACL, "blockPublicAcls", True, acl="public-read"),
            public(ACL, "blockPublicAcls", False, ordered=False, acl="public-read"),
        ],
        passes=[
            public(ACL, "blockPublicAcls", False, acl="public-read"),
            [bucket(), of("lake", ACL, acl="private")],
            {"bucket": "elsewhere", "acl": "public-read"},
        ],
        unknown=[public(ACL, "blockPublicAcls", UNKNOWN, acl="public-read"), [bucket(), of("lake", ACL, acl=UNKNOWN)]],
    ),
    "s3-public-policy-blocked": Cases(
        token=POLICY,
        fails=[
            [bucket(), of("lake", POLICY, policy=EVERYBODY)],
            public(POLICY, "blockPublicPolicy", True, policy=EVERYBODY),
            public(POLICY, "blockPublicPolicy", False, ordered=False, policy=EVERYBODY),
        ],
        passes=[
            public(POLICY, "blockPublicPolicy", False, policy=EVERYBODY),
            public(POLICY, "blockPublicPolicy", True, ordered=False, policy=NOBODY),
            {"bucket": "elsewhere", "policy": EVERYBODY},
        ],
        unknown=[[bucket(), of("lake", POLICY, policy=UNKNOWN)]],
    ),
    "s3-object-lock-needs-versioning": Cases(
        token=LOCK,
        fails=[
            [bucket(), of("lake", LOCK)],
            [bucket(objectLockEnabled=True), versioned("lake", "Suspended")],
            {"bucket": "elsewhere", "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 1, "years": 1}}},
            {"bucket": "elsewhere", "rule": {"defaultRetention": {"days": 1}}},
        ],
        passes=[
            [bucket(), versioned("lake"), of("lake", LOCK)],
            [bucket(objectLockEnabled=True), of("lake", LOCK, rule={"defaultRetention": {"mode": "COMPLIANCE", "days": 1}})],
            [bucket(objectLockEnabled=True), versioned("lake")],
        ],
        unknown=[[bucket(objectLockEnabled=True), versioned("lake", UNKNOWN)], {"bucket": "elsewhere", "rule": UNKNOWN}],
    ),
    "s3-encryption-key": Cases(
        token=SSE,
        fails=[
            encrypted("AES256", kmsMasterKeyId=KEY),
            {"region": "us-west-2", **encrypted("aws:kms", kmsMasterKeyId=KEY_ARN)},
            [
                bucket(
                    serverSideEncryptionConfiguration={
                        "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256", "kmsMasterKeyId": KEY_ARN}}
                    }
                )
            ],
        ],
        passes=[
            encrypted("AES256"),
            encrypted("aws:kms", kmsMasterKeyId=KEY),
            {"region": "us-east-2", **encrypted("aws:kms", kmsMasterKeyId=KEY_ARN)},
        ],
        unknown=[encrypted(UNKNOWN, kmsMasterKeyId=KEY)],
    ),
    "s3-cors-methods": Cases(
        token=CORS,
        fails=[
            {"corsRules": [{"allowedMethods": ["GET", "OPTIONS"], "allowedOrigins": ["*"]}]},
            {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["https://*.example.*"]}]},
            [bucket(corsRules=[{"allowedMethods": ["PATCH"], "allowedOrigins": ["*"]}])],
        ],
        passes=[{"corsRules": [{"allowedMethods": ["GET", "HEAD"], "allowedOrigins": ["https://*.example.com"]}]}, {}],
        unknown=[
            {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": [UNKNOWN]}]},
            {"corsRules": [{"allowedMethods": [UNKNOWN], "allowedOrigins": ["*"]}]},
        ],
    ),
    "s3-cors-rules": about(
        CORS, "corsRules", fails=[[{"allowedMethods": ["GET"]}] * 101], passes=[[{"allowedMethods": ["GET"]}] * 100, ABSENT]
    ),
    "s3-website-form": Cases(
        token="aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
        fails=[
            {"indexDocument": {"suffix": "index.html"}, "redirectAllRequestsTo": {"hostName": "example.com"}},
            {"indexDocument": {"suffix": "pages/index.html"}},
            {"errorDocument": {"key": "error.html"}},
        ],
        passes=[
            {"indexDocument": {"suffix": "index.html"}, "errorDocument": {"key": "errors/404.html"}},
            {"redirectAllRequestsTo": {"hostName": "example.com"}},
        ],
        unknown=[{"indexDocument": {"suffix": UNKNOWN}}],
    ),
    "s3-acceleration-name": Cases(
        token=FAST,
        fails=[[bucket(bucket="assets.example.com"), of("lake", FAST)], {"bucket": "assets.example.com"}],
        passes=[[bucket(bucket="assets-example"), of("lake", FAST)], {"bucket": "assets-example"}],
        unknown=[{"bucket": UNKNOWN}, [bucket(bucket=UNKNOWN), of("lake", FAST)]],
    ),
    "s3-logging-target": Cases(
        token=LOGGING,
        fails=[logged("lake"), logged(home="us-west-2"), [bucket(bucket="lake-1", logging={"targetBucket": "lake-1"})]],
        passes=[logged(), {"bucket": "elsewhere", "targetBucket": "logs"}, [bucket(bucket="lake-1")]],
        unknown=[{"bucket": "elsewhere", "targetBucket": UNKNOWN}],
    ),
    "s3-logging-target-encryption": Cases(
        token=LOGGING,
        fails=[logged("logs", of("logs", SSE, "sse", **encrypted("aws:kms", kmsMasterKeyId=KEY)))],
        passes=[logged("logs", of("logs", SSE, "sse", **encrypted("AES256"))), logged()],
        unknown=[logged("logs", of("logs", SSE, "sse", **encrypted(UNKNOWN))), {"targetBucket": UNKNOWN}],
    ),
}
