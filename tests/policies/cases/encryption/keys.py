"""Cases of policies/controls/encryption/keys.py."""

from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, planned
from tests.policies.table import Cases

ENCRYPTED = {"cloudWatchEncryptionEnabled": True}
REPLICA = "aws:kms/replicaKey:ReplicaKey"


def execute(**settings: Any) -> dict[str, Any]:
    return {"configuration": {"executeCommandConfiguration": settings}}


CASES: dict[str, Cases] = {
    "kms-rotation": Cases(
        token="aws:kms/key:Key",
        fails=[{}, {"enableKeyRotation": False}, {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}],
        passes=[
            {"enableKeyRotation": True},
            {"customerMasterKeySpec": "RSA_4096"},
            {"keyUsage": "GENERATE_VERIFY_MAC"},
            {"customKeyStoreId": "cks-1"},
        ],
        unknown=[{"enableKeyRotation": UNKNOWN}, {"customerMasterKeySpec": UNKNOWN}],
    ),
    "kms-deletion-window": Cases(
        token="aws:kms/key:Key",
        fails=[{"deletionWindowInDays": 7}, planned(REPLICA, deletionWindowInDays=29)],
        passes=[{}, {"deletionWindowInDays": 30}, {"deletionWindowInDays": "30"}],
        unknown=[{"deletionWindowInDays": UNKNOWN}],
    ),
    "kms-enabled": Cases(
        token="aws:kms/key:Key",
        fails=[{"isEnabled": False}, planned(REPLICA, enabled=False)],
        passes=[{}, {"isEnabled": True}],
        unknown=[{"isEnabled": UNKNOWN}],
    ),
    "no-aws-managed-key": Cases(
        token="aws:athena/workgroup:Workgroup",
        fails=[
            {"configuration": {"resultConfiguration": {"encryptionConfiguration": {"kmsKeyArn": "alias/aws/athena"}}}},
            {"keys": ["arn:aws:kms:us-east-2:111111111111:alias/aws/s3"], "other": UNKNOWN},
        ],
        passes=[
            {},
            {"keys": [KEY_ARN]},
            {"keys": UNKNOWN},
            {"source": "aws/containers"},
            planned("aws:iam/policy:Policy", policy="alias/aws/s3"),
        ],
        never_unknown=True,
    ),
    "ecs-exec-logged": Cases(
        token="aws:ecs/cluster:Cluster",
        fails=[
            {},
            execute(logging="DEFAULT", kmsKeyId=KEY_ARN),
            execute(logging="NONE", kmsKeyId=KEY_ARN, logConfiguration=ENCRYPTED),
            execute(logging="OVERRIDE", logConfiguration=ENCRYPTED),
            execute(logging="OVERRIDE", kmsKeyId=KEY_ARN, logConfiguration={"cloudWatchEncryptionEnabled": False}),
            execute(logging="OVERRIDE", kmsKeyId="alias/aws/ecs", logConfiguration=ENCRYPTED),
        ],
        passes=[
            execute(logging="OVERRIDE", kmsKeyId=KEY, logConfiguration={**ENCRYPTED, "cloudWatchLogGroupName": "exec"}),
            execute(kmsKeyId=KEY_ARN, logConfiguration={"s3BucketEncryptionEnabled": "true"}),
        ],
        unknown=[
            {"configuration": UNKNOWN},
            execute(kmsKeyId=KEY_ARN, logConfiguration=UNKNOWN),
            execute(logging=UNKNOWN, kmsKeyId=KEY_ARN, logConfiguration={"s3BucketEncryptionEnabled": True}),
        ],
    ),
    "lambda-environment-key": Cases(
        token="aws:lambda/function:Function",
        fails=[
            {"environment": {"variables": {"STAGE": "prod"}}},
            {"environment": {"variables": {"STAGE": UNKNOWN}}, "kmsKeyArn": ""},
        ],
        passes=[{}, {"environment": {"variables": {}}}, {"environment": {"variables": {"STAGE": UNKNOWN}}, "kmsKeyArn": KEY}],
        unknown=[{"environment": {"variables": {"STAGE": "prod"}}, "kmsKeyArn": UNKNOWN}, {"environment": UNKNOWN}],
    ),
}
