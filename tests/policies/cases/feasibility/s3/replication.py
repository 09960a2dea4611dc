"""Cases of policies/feasibility/rules/s3/replication.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.s3 import BUCKET, REPLICATION, SSE, VERSIONING, bucket, encrypted, of, rule, versioned
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned
from tests.policies.table import Cases


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


CASES: dict[str, Cases] = {
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
        passes=[{"rules": [rule(destination=keyed(KEY), sourceSelectionCriteria=SELECTS)]}, {"rules": [rule()]}, [bucket()]],
        unknown=[
            {"rules": UNKNOWN},
            {"rules": [rule(destination=keyed(KEY), sourceSelectionCriteria={"sseKmsEncryptedObjects": {"status": UNKNOWN}})]},
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
}
