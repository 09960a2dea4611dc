"""Cases of policies/feasibility/rules/secretsmanager/secrets.py."""

from collections.abc import Sequence
from typing import Any

from tests.policies.given.feasibility.kms import FUNCTION, LAMBDA_ARN, PERMISSION, allow, document, permitted
from tests.policies.harness import KEY as OF_KEY
from tests.policies.harness import KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SECRET = "aws:secretsmanager/secret:Secret"
SECRET_POLICY = "aws:secretsmanager/secretPolicy:SecretPolicy"
SECRET_ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:db-AbCdEf"
REPLICATED = {"region": "us-east-2", "replicas": [{"region": "us-west-2"}]}
IN_WEST = planned(SECRET, "a", name="db", replicas=[{"region": "us-west-2"}])
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


def of_secret(token: str, secret: dict[str, Any], *others: Planned, path: str = "secretId", **inputs: Any) -> list[Planned]:
    return [planned(SECRET, "db", **secret), *others, planned(token, **{path: ref(SECRET, "db"), **inputs})]


def rotated(*others: Planned, depends: Sequence[tuple[str, str]] = ()) -> list[Planned]:
    return [planned(FUNCTION, "ship"), *others, planned(ROTATION, rotationLambdaArn=ref(FUNCTION, "ship")).after(*depends)]


def rules(**parts: Any) -> dict[str, Any]:
    return {"rotationRules": parts}


CASES: dict[str, Cases] = {
    "secret-replica-is-read-only": Cases(
        token=ROTATION,
        fails=[
            of_secret(ROTATION, REPLICATED, region="us-west-2"),
            of_secret(SECRET_POLICY, REPLICATED, region="us-west-2", path="secretArn"),
        ],
        passes=[
            of_secret(ROTATION, REPLICATED, region="us-east-2"),
            of_secret(ROTATION, {"replicas": [{"region": "us-west-2"}]}),
            {"secretId": "elsewhere"},
        ],
        unknown=[
            {"secretId": UNKNOWN},
            of_secret(ROTATION, {"region": "us-east-2", "replicas": [{"region": UNKNOWN}]}, region="us-west-2"),
        ],
    ),
    "secret-replica-regions": Cases(
        token=SECRET,
        fails=[
            {"region": "us-east-2", "replicas": [{"region": "us-east-2"}]},
            {"replicas": [{"region": "us-west-2"}, {"region": "us-west-2"}]},
            {"replicas": [{"region": "us-west-2", "kmsKeyId": KEY_ARN}]},
        ],
        passes=[
            {"region": "us-east-2", "replicas": [{"region": "us-west-2", "kmsKeyId": UNKNOWN}]},
            {"replicas": [{"region": "us-east-2", "kmsKeyId": KEY_ARN}]},
            {},
        ],
        unknown=[{"replicas": UNKNOWN}, {"replicas": [{"region": UNKNOWN}]}],
    ),
    "secret-replica-name-taken": Cases(
        token=SECRET,
        fails=[[IN_WEST, planned(SECRET, "b", name="db", region="us-west-2")]],
        passes=[
            [
                planned(SECRET, "a", name="db", replicas=[{"region": "us-west-2"}], forceOverwriteReplicaSecret=True),
                planned(SECRET, "b", name="db", region="us-west-2"),
            ],
            [IN_WEST, planned(SECRET, "b", name="db", region="eu-west-1")],
            {"name": "db"},
        ],
        unknown=[{"name": UNKNOWN, "replicas": [{"region": "us-west-2"}]}],
    ),
    "secret-key-region": Cases(
        token=SECRET,
        fails=[{"region": "us-west-2", "kmsKeyId": KEY_ARN}],
        passes=[{"region": "us-east-2", "kmsKeyId": KEY_ARN}, {"kmsKeyId": OF_KEY}, {"kmsKeyId": "alias/data"}, {}],
        unknown=[{"kmsKeyId": UNKNOWN}],
    ),
    "secret-rotation-schedule": Cases(
        token=ROTATION,
        fails=[rules(automaticallyAfterDays=30, scheduleExpression="rate(10 days)"), rules(duration="3h")],
        passes=[rules(automaticallyAfterDays=30), rules(scheduleExpression="rate(10 days)", duration="3h")],
        unknown=[{"rotationRules": UNKNOWN}],
    ),
    "secret-rotation-interval": Cases(
        token=ROTATION,
        fails=[
            rules(automaticallyAfterDays=1001),
            *(rules(scheduleExpression=f"rate({hours} hours)") for hours in (2, 3)),
            rules(scheduleExpression="every day"),
            rules(automaticallyAfterDays=30, duration="3 hours"),
        ],
        passes=[
            rules(automaticallyAfterDays=30, duration="3h"),
            rules(scheduleExpression="rate(4 hours)"),
            rules(scheduleExpression="cron(0 8 * * ? *)"),
        ],
        unknown=[rules(automaticallyAfterDays=UNKNOWN), rules(scheduleExpression=UNKNOWN)],
    ),
    "secret-rotation-allowed": Cases(
        token=ROTATION,
        fails=[rotated(), rotated(permitted("s3.amazonaws.com")), rotated(permitted("secretsmanager.amazonaws.com"))],
        passes=[
            rotated(permitted("secretsmanager.amazonaws.com"), depends=[(PERMISSION, "permission")]),
            {"rotationLambdaArn": LAMBDA_ARN},
            {},
        ],
        unknown=[{"rotationLambdaArn": UNKNOWN}],
    ),
    "secret-version-one-value": Cases(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        fails=[{"secretString": UNKNOWN, "secretBinary": "YQ=="}],
        passes=[{"secretString": "a"}, {"secretStringWo": UNKNOWN, "secretStringWoVersion": 1}],
        never_unknown=True,
    ),
    "secret-region-of-arn": Cases(
        token=ROTATION,
        fails=[{"region": "us-west-2", "secretId": SECRET_ARN}],
        passes=[
            {"region": "us-east-2", "secretId": SECRET_ARN},
            {"region": "us-east-2", "secretId": "db"},
            of_secret(ROTATION, {}),
        ],
        unknown=[{"secretId": UNKNOWN}],
    ),
    "secret-policy-one-owner": Cases(
        token=SECRET_POLICY,
        fails=[of_secret(SECRET_POLICY, {"policy": document(allow())}, path="secretArn")],
        passes=[of_secret(SECRET_POLICY, {}, path="secretArn"), {"secretArn": "elsewhere"}],
        unknown=[{"secretArn": UNKNOWN}],
    ),
}
