"""Cases of policies/feasibility/rules/s3/lifecycle.py."""

from typing import Any

from tests.policies.given.feasibility.s3 import LIFECYCLE, bucket, of, versioned
from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases


def lifecycle(*rules: Any) -> dict[str, Any]:
    return {"rules": [{"id": f"r{number}", "status": "Enabled", **rule} for number, rule in enumerate(rules)]}


def moves(*steps: tuple[Any, str], expires: Any = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"transitions": [{"days": days, "storageClass": kind} for days, kind in steps]}
    return rule if expires is None else {**rule, "expiration": {"days": expires}}


OLD_EXPIRE = lifecycle({"noncurrentVersionExpiration": {"noncurrentDays": 30}})

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
            lifecycle(moves((30, "A_NEW_CLASS"), (60, "ANOTHER_ONE"))),
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
            [bucket(), of("lake", LIFECYCLE, **OLD_EXPIRE)],
            [bucket(lifecycleRules=[{"enabled": True, "noncurrentVersionExpiration": {"days": 30}}])],
        ],
        passes=[
            [bucket(), versioned("lake"), of("lake", LIFECYCLE, **OLD_EXPIRE)],
            [bucket(), of("lake", LIFECYCLE, **lifecycle({"expiration": {"days": 30}}))],
            OLD_EXPIRE | {"bucket": "of-another-stack"},
        ],
        unknown=[[bucket(), versioned("lake", UNKNOWN), of("lake", LIFECYCLE, **OLD_EXPIRE)]],
    ),
    "s3-archive-tiers": Cases(
        token="aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration",
        fails=[
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 60}]},
            {"tierings": [{"accessTier": "DEEP_ARCHIVE_ACCESS", "days": 120}]},
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 731}]},
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": days} for days in (90, 120)]},
        ],
        passes=[
            {"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": 90}, {"accessTier": "DEEP_ARCHIVE_ACCESS", "days": 180}]}
        ],
        unknown=[{"tierings": [{"accessTier": "ARCHIVE_ACCESS", "days": UNKNOWN}]}],
    ),
}
