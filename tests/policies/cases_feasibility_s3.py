"""Cases of the feasibility pack: S3 lifecycle rules, replication and settings of buckets."""

from collections.abc import Sequence
from typing import Any

from tests.policies.cases import Cases
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
ACL = "aws:s3/bucketAcl:BucketAcl"
OWNERSHIP = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
SHIELD = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
SITE = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
FAST = "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration"


def of(bucket: str, token: str, name: str = "it", *, depends: Sequence[tuple[str, str]] = (), **inputs: Any) -> Planned:
    """A resource that is about a bucket of the plan."""
    return Planned(
        token=token, name=name, inputs={"bucket": UNKNOWN, **inputs}, refs={"bucket": (BUCKET, bucket)}, depends=depends
    )


def bucket(name: str = "lake", **inputs: Any) -> Planned:
    return Planned(token=BUCKET, name=name, inputs=inputs)


def versioned(name: str, status: Any = "Enabled") -> Planned:
    return of(name, VERSIONING, f"{name}-versioning", versioningConfiguration={"status": status})


def lifecycle(*rules: Any) -> dict[str, Any]:
    return {"rules": [{"id": f"r{number}", "status": "Enabled", **rule} for number, rule in enumerate(rules)]}


def moves(*steps: tuple[Any, str], expires: Any = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"transitions": [{"days": days, "storageClass": kind} for days, kind in steps]}
    return rule if expires is None else {**rule, "expiration": {"days": expires}}


def rule(**parts: Any) -> dict[str, Any]:
    return {"id": "all", "status": "Enabled", "destination": {"bucket": UNKNOWN}, **parts}


def replication(
    *rules: Any, others: Sequence[Planned] = (), depends: Sequence[tuple[str, str]] = (), to: str = "copy", **source: Any
) -> list[Planned]:
    refs = {"bucket": (BUCKET, "lake"), "rules": (BUCKET, to)}
    config = Planned(token=REPLICATION, inputs={"bucket": UNKNOWN, "rules": list(rules)}, refs=refs, depends=depends)
    return [bucket("lake", **source), bucket("copy", region="us-west-2"), *others, config]


BOTH = (versioned("lake"), versioned("copy"))
AFTER_BOTH = ((VERSIONING, "lake-versioning"), (VERSIONING, "copy-versioning"))
SELECTS = {"sseKmsEncryptedObjects": {"status": "Enabled"}}


def keyed(key: Any) -> dict[str, Any]:
    return {"bucket": UNKNOWN, "encryptionConfiguration": {"replicaKmsKeyId": key}}


def encrypted(algorithm: Any, **default: Any) -> dict[str, Any]:
    return {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm, **default}}]}


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
    refs = {"bucket": (BUCKET, "lake"), "targetBucket": (BUCKET, log)}
    logging = Planned(
        token=LOGGING, inputs={"region": source, "bucket": UNKNOWN, "targetBucket": UNKNOWN, "targetPrefix": ""}, refs=refs
    )
    return [bucket("lake", region=source), bucket("logs", region=home), *others, logging]


CASES: dict[str, Cases] = {
    "s3-lifecycle-days": Cases(
        token=LIFECYCLE,
        fails=[
            lifecycle(moves((7, "STANDARD_IA"))),
            lifecycle(moves((0, "ONEZONE_IA"))),
            lifecycle(moves((90, "GLACIER"), expires=90)),
            lifecycle({"noncurrentVersionTransitions": [{"noncurrentDays": 10, "storageClass": "STANDARD_IA"}]}),
            lifecycle(
                {
                    "noncurrentVersionTransitions": [{"noncurrentDays": 60, "storageClass": "GLACIER"}],
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                }
            ),
            [bucket(lifecycleRules=[{"enabled": True, **moves((7, "STANDARD_IA"))}])],
        ],
        passes=[
            lifecycle(moves((30, "STANDARD_IA"), (90, "GLACIER"), expires=365)),
            lifecycle(moves((0, "GLACIER"))),
            lifecycle(moves((0, "INTELLIGENT_TIERING"))),
            lifecycle({"expiration": {"days": 1}}),
            [bucket()],
        ],
        unknown=[lifecycle(moves((UNKNOWN, "STANDARD_IA"))), {"rules": UNKNOWN}],
    ),
    "s3-lifecycle-transition-order": Cases(
        token=LIFECYCLE,
        fails=[
            lifecycle(moves((30, "STANDARD_IA"), (45, "GLACIER"))),
            lifecycle(moves((30, "GLACIER"), (90, "STANDARD_IA"))),
            lifecycle(moves((30, "GLACIER"), (90, "GLACIER"))),
        ],
        passes=[
            lifecycle(moves((30, "STANDARD_IA"), (60, "GLACIER"), (180, "DEEP_ARCHIVE"))),
            lifecycle(moves((0, "INTELLIGENT_TIERING"), (1, "GLACIER"))),
        ],
        unknown=[lifecycle(moves((UNKNOWN, "STANDARD_IA"), (45, "GLACIER")))],
    ),
    "s3-lifecycle-rule-form": Cases(
        token=LIFECYCLE,
        fails=[
            lifecycle({}),
            {"rules": [{"id": "a", "expiration": {"days": 1}}, {"id": "a", "expiration": {"days": 2}}]},
            lifecycle({"expiration": {"days": 1, "expiredObjectDeleteMarker": True}}),
            lifecycle({"expiration": {"date": "2027-01-01T00:00:00Z"}, **moves((30, "GLACIER"))}),
            lifecycle({"expiration": {"date": "2027-01-01T12:00:00Z"}}),
            lifecycle({"expiration": {"days": 1}, "filter": {"prefix": "a/", "tag": {"key": "k", "value": "v"}}}),
            lifecycle({"expiration": {"days": 1}, "filter": {"prefix": "a/"}, "prefix": "a/"}),
            lifecycle(
                {"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}, "filter": {"tag": {"key": "k", "value": "v"}}}
            ),
            lifecycle({"expiration": {"expiredObjectDeleteMarker": True}, "filter": {"and": {"tags": {"k": "v"}}}}),
        ],
        passes=[
            lifecycle(
                {"expiration": {"days": 1}}, {"abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}, "filter": {}}
            ),
            lifecycle({"expiration": {"days": 0, "expiredObjectDeleteMarker": True}}),
            lifecycle({"expiration": {"days": 1}, "filter": {"and": {"prefix": "a/", "tags": {"k": "v"}}}}),
            lifecycle({"expiration": {"date": "2027-01-01"}}),
            [bucket(lifecycleRules=[{"enabled": True, "id": "a", "abortIncompleteMultipartUploadDays": 7}])],
        ],
        unknown=[{"rules": UNKNOWN}, {"rules": [{"id": UNKNOWN, "expiration": {"days": 1}}]}],
    ),
    "s3-lifecycle-needs-versioning": Cases(
        token=LIFECYCLE,
        fails=[
            [bucket(), of("lake", LIFECYCLE, **lifecycle({"noncurrentVersionExpiration": {"noncurrentDays": 30}}))],
            [bucket(lifecycleRules=[{"enabled": True, "noncurrentVersionExpiration": {"days": 30}}])],
        ],
        passes=[
            [
                bucket(),
                versioned("lake"),
                of("lake", LIFECYCLE, **lifecycle({"noncurrentVersionExpiration": {"noncurrentDays": 30}})),
            ],
            [bucket(), of("lake", LIFECYCLE, **lifecycle({"expiration": {"days": 30}}))],
            lifecycle({"noncurrentVersionExpiration": {"noncurrentDays": 30}}) | {"bucket": "of-another-stack"},
        ],
        unknown=[
            [
                bucket(),
                versioned("lake", UNKNOWN),
                of("lake", LIFECYCLE, **lifecycle({"noncurrentVersionExpiration": {"noncurrentDays": 30}})),
            ]
        ],
    ),
    "s3-replication-after-versioning": Cases(
        token=REPLICATION,
        fails=[
            replication(rule()),
            replication(rule(), others=BOTH),
            replication(rule(), others=BOTH, depends=AFTER_BOTH[:1]),
            replication(rule(), others=(versioned("lake"), versioned("copy", "Suspended")), depends=AFTER_BOTH),
        ],
        passes=[
            replication(rule(), others=BOTH, depends=AFTER_BOTH),
            replication(rule(), others=(versioned("copy"),), depends=AFTER_BOTH[1:], versioning={"enabled": True}),
            {"bucket": "elsewhere", "rules": [rule(destination={"bucket": "arn:aws:s3:::elsewhere-too"})]},
        ],
        unknown=[
            replication(rule(), others=(versioned("lake", UNKNOWN), versioned("copy")), depends=AFTER_BOTH),
            {"bucket": UNKNOWN, "rules": [rule()]},
        ],
    ),
    "s3-replication-of-encrypted": Cases(
        token=REPLICATION,
        fails=[{"rules": [rule(destination=keyed(KEY_ARN))]}, {"rules": [rule(sourceSelectionCriteria=SELECTS)]}],
        passes=[
            {"rules": [rule(destination=keyed(KEY), sourceSelectionCriteria=SELECTS)]},
            {"rules": [rule()]},
            [bucket()],
        ],
        unknown=[
            {"rules": UNKNOWN},
            {
                "rules": [
                    rule(destination=keyed(KEY), sourceSelectionCriteria={"sseKmsEncryptedObjects": {"status": UNKNOWN}}),
                ]
            },
        ],
    ),
    "s3-replication-selects-encrypted": Cases(
        token=REPLICATION,
        fails=[
            replication(rule(), others=(of("lake", SSE, "sse", **encrypted("aws:kms", kmsMasterKeyId=KEY)),)),
            replication(rule(destination=keyed(KEY_ARN), sourceSelectionCriteria=SELECTS)),
        ],
        passes=[
            replication(
                rule(destination=keyed(KEY), sourceSelectionCriteria=SELECTS),
                others=(of("lake", SSE, "sse", **encrypted("aws:kms", kmsMasterKeyId=KEY)),),
            ),
            replication(rule(), others=(of("lake", SSE, "sse", **encrypted("AES256")),)),
            replication(rule(destination=keyed(KEY_ARN.replace("us-east-2", "us-west-2")), sourceSelectionCriteria=SELECTS)),
        ],
        unknown=[replication(rule(), others=(of("lake", SSE, "sse", **encrypted(UNKNOWN)),))],
    ),
    "s3-replication-delete-markers": Cases(
        token=REPLICATION,
        fails=[
            {"rules": [rule(filter={})]},
            {"rules": [rule(filter={"prefix": "a/"})]},
            {"rules": [rule(deleteMarkerReplication={"status": "Enabled"})]},
            {"rules": [rule(filter={"tag": {"key": "k", "value": "v"}}, deleteMarkerReplication={"status": "Enabled"})]},
        ],
        passes=[
            {"rules": [rule(filter={}, deleteMarkerReplication={"status": "Disabled"})]},
            {"rules": [rule()]},
            {"rules": [rule(filter={"tag": {"key": "k", "value": "v"}}, deleteMarkerReplication={"status": "Disabled"})]},
            [bucket(replicationConfiguration={"role": UNKNOWN, "rules": [rule(filter={})]})],
        ],
        unknown=[{"rules": UNKNOWN}],
    ),
    "s3-replication-priorities": Cases(
        token=REPLICATION,
        fails=[
            {"rules": [rule(filter={}, priority=1), rule(id="b", filter={}, priority=1)]},
            {"rules": [rule(priority=1), rule(id="b", priority=2)]},
            {"rules": [rule(filter={}), rule(id="b", filter={})]},
        ],
        passes=[{"rules": [rule(filter={}, priority=1), rule(id="b", filter={}, priority=2)]}, {"rules": [rule()]}],
        unknown=[{"rules": [rule(filter={}, priority=UNKNOWN), rule(id="b", filter={}, priority=2)]}, {"rules": UNKNOWN}],
    ),
    "s3-replication-rule-form": Cases(
        token=REPLICATION,
        fails=[
            {"rules": [rule(filter={}, destination={"bucket": UNKNOWN, "replicationTime": {"time": {"minutes": 15}}})]},
            {"rules": [rule(destination={"replicationTime": {"time": {"minutes": 15}}, "metrics": {"status": "Enabled"}})]},
            {"rules": [rule(filter={}, destination={"metrics": {"eventThreshold": {"minutes": 30}}})]},
            {"rules": [rule(destination={"accessControlTranslation": {"owner": "Destination"}})]},
            replication(rule(), to="lake"),
        ],
        passes=[
            {
                "rules": [
                    rule(
                        filter={},
                        destination={
                            "replicationTime": {"status": "Enabled", "time": {"minutes": 15}},
                            "metrics": {"status": "Enabled", "eventThreshold": {"minutes": 15}},
                        },
                    )
                ]
            },
            {"rules": [rule(destination={"accessControlTranslation": {"owner": "Destination"}, "account": "222222222222"})]},
            replication(rule()),
        ],
        unknown=[{"rules": UNKNOWN}],
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
    "s3-setting-one-owner": Cases(
        token=VERSIONING,
        fails=[
            [bucket(), of("lake", POLICY, "a", policy=NOBODY), of("lake", POLICY, "b", policy=NOBODY)],
            [bucket(versioning={"enabled": True}), versioned("lake")],
            [
                Planned(token=LIFECYCLE, name="a", inputs={"bucket": "elsewhere"}),
                Planned(token=LIFECYCLE, name="b", inputs={"bucket": "elsewhere"}),
            ],
        ],
        passes=[
            [bucket(), versioned("lake"), of("lake", POLICY, policy=NOBODY)],
            [bucket("a"), bucket("b"), versioned("a"), versioned("b")],
            [Planned(token=BUCKET, name="lake", inputs={"versioning": {}}, ignore_changes=["versioning"]), versioned("lake")],
        ],
        unknown=[{"bucket": UNKNOWN}],
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
        passes=[
            listed("BucketOwnerPreferred"),
            {"bucket": "elsewhere", "acl": "private"},
            [bucket(acl="private")],
            [bucket()],
        ],
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
        unknown=[{"corsRules": [{"allowedMethods": [UNKNOWN], "allowedOrigins": ["*"]}]}],
    ),
    "s3-cors-rules": Cases(
        token=CORS,
        fails=[{"corsRules": [{"allowedMethods": ["GET"]}] * 101}],
        passes=[{"corsRules": [{"allowedMethods": ["GET"]}] * 100}, {}],
        unknown=[{"corsRules": UNKNOWN}],
    ),
    "s3-website-form": Cases(
        token=SITE,
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
        fails=[
            logged("lake"),
            logged(home="us-west-2"),
            [bucket(bucket="lake-1", logging={"targetBucket": "lake-1"})],
        ],
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
