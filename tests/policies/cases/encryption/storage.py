"""Cases of policies/controls/encryption/storage.py."""

from typing import Any

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, planned, ref
from tests.policies.table import ABSENT, Cases, about, keyed, on

BUCKET = "aws:s3/bucket:Bucket"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
SSE_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
KMS_RULE = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
ENCRYPTED = {"encrypted": True, "kmsKeyId": KEY}
ALB_LOGS = planned("aws:alb/loadBalancer:LoadBalancer", "alb", accessLogs={"bucket": ref(BUCKET, "lake"), "enabled": True})

EBS_DEFAULTS = [
    planned("aws:ebs/encryptionByDefault:EncryptionByDefault", "default", enabled=True),
    planned("aws:ebs/defaultKmsKey:DefaultKmsKey", "key", keyArn=KEY),
]


def bucket_with(rule: dict[str, Any] | str | None, *others: Planned, token: str = SSE) -> list[Planned]:
    rules = rule if isinstance(rule, str) else [{"applyServerSideEncryptionByDefault": rule}]
    return [planned(BUCKET, "lake"), planned(token, "sse", bucket=ref(BUCKET, "lake"), rules=rules), *others]


def inline(applied: object, **rule: object) -> dict[str, Any]:
    return {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": applied, **rule}}}


def inline_v2(applied: object, **rule: object) -> list[Planned]:
    rules = [{"applyServerSideEncryptionByDefaults": [applied], **rule}]
    return [planned("aws:s3/bucketV2:BucketV2", serverSideEncryptionConfigurations=[{"rules": rules}])]


def configuration(applied: object, **rule: object) -> dict[str, Any]:
    return {"bucket": "elsewhere", "rules": [{"applyServerSideEncryptionByDefault": applied, **rule}]}


def mapped(*blocks: object) -> list[Planned]:
    return [planned(TEMPLATE, blockDeviceMappings=[{"ebs": block} for block in blocks])]


def launched(**template: Any) -> list[Planned]:
    instance = planned(INSTANCE, launchTemplate={"id": ref(TEMPLATE, "base"), "version": "$Latest"})
    return [instance, planned(TEMPLATE, "base", **template)]


CASES: dict[str, Cases] = {
    "s3-customer-key": Cases(
        token=BUCKET,
        fails=[
            {},
            *(way({"sseAlgorithm": "AES256"}) for way in (bucket_with, inline, inline_v2)),
            bucket_with({"sseAlgorithm": "aws:kms"}),
            bucket_with({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "alias/aws/s3"}),
            bucket_with({"kmsMasterKeyId": KEY}),
            *on(SSE, configuration({"sseAlgorithm": "AES256"}), configuration({"sseAlgorithm": "aws:kms"})),
        ],
        passes=[
            *(way(KMS_RULE) for way in (bucket_with, inline, inline_v2)),
            bucket_with({**KMS_RULE, "sseAlgorithm": "aws:kms:dsse"}, token=SSE_V2),
            bucket_with({"sseAlgorithm": "AES256"}, ALB_LOGS),
            *on(SSE, configuration(KMS_RULE)),
        ],
        unknown=[
            bucket_with({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}),
            bucket_with(UNKNOWN),
            {"serverSideEncryptionConfiguration": UNKNOWN},
            [planned(BUCKET), planned(SSE, "other", bucket=UNKNOWN, rules=[])],
        ],
    ),
    "s3-bucket-key": Cases(
        token=SSE,
        fails=[configuration(KMS_RULE), configuration(KMS_RULE, bucketKeyEnabled=False)],
        passes=[
            configuration(KMS_RULE, bucketKeyEnabled=True),
            configuration({"sseAlgorithm": "AES256"}),
            configuration({"sseAlgorithm": "aws:kms:dsse"}),
        ],
        unknown=[
            {"rules": UNKNOWN},
            configuration(KMS_RULE, bucketKeyEnabled=UNKNOWN),
            configuration({"sseAlgorithm": UNKNOWN}),
        ],
    ),
    "s3-bucket-key-inline": Cases(
        token=BUCKET,
        fails=[inline(KMS_RULE), inline_v2(KMS_RULE)],
        passes=[{}, inline(KMS_RULE, bucketKeyEnabled=True), inline_v2(KMS_RULE, bucketKeyEnabled="true")],
        unknown=[{"serverSideEncryptionConfiguration": UNKNOWN}, inline(KMS_RULE, bucketKeyEnabled=UNKNOWN)],
    ),
    "ebs-customer-key": Cases(
        token="aws:ebs/volume:Volume",
        fails=[
            {},
            {"encrypted": False, "kmsKeyId": KEY_ARN},
            {"encrypted": True},
            {"encrypted": True, "snapshotId": "snap-1"},
            *on("aws:ebs/snapshotCopy:SnapshotCopy", {"sourceSnapshotId": "snap-1"}),
            planned(INSTANCE),
            *on(INSTANCE, {"rootBlockDevice": ENCRYPTED, "ebsBlockDevices": [{}]}),
            *on("aws:ec2/spotInstanceRequest:SpotInstanceRequest", {"rootBlockDevice": {"encrypted": False}}),
            planned(TEMPLATE),
            mapped({"encrypted": "false"}),
            mapped(ENCRYPTED, {"volumeSize": 8}),
            launched(),
            *on(CONFIGURATION, {}, {"rootBlockDevice": {"encrypted": False}}),
        ],
        passes=[
            ENCRYPTED,
            [planned(INSTANCE), *EBS_DEFAULTS],
            [planned(TEMPLATE), *EBS_DEFAULTS],
            *on(INSTANCE, {"rootBlockDevice": ENCRYPTED}),
            mapped({"encrypted": "true", "kmsKeyId": KEY_ARN}),
            launched(blockDeviceMappings=[{"ebs": ENCRYPTED}]),
            *on(CONFIGURATION, {"rootBlockDevice": {"encrypted": True}}),
        ],
        unknown=[
            {"encrypted": UNKNOWN},
            {"snapshotId": "snap-1"},
            *on(INSTANCE, {"rootBlockDevice": UNKNOWN}, {"launchTemplate": {"id": "lt-1"}}),
        ],
    ),
    "ebs-encryption-by-default": about(
        "aws:ebs/encryptionByDefault:EncryptionByDefault", "enabled", fails=[False], passes=[ABSENT, True]
    ),
    "ecr-kms": Cases(
        token="aws:ecr/repository:Repository",
        fails=[
            {},
            {"encryptionConfigurations": [{"encryptionType": "AES256"}]},
            *on("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate", {"prefix": "ROOT"}),
        ],
        passes=[{"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}]}],
        unknown=[{"encryptionConfigurations": UNKNOWN}],
    ),
    "backup-vault-customer-key": keyed(VAULT, "kmsKeyArn"),
    "backup-vault-locked": Cases(
        token=VAULT,
        fails=[{}, [planned(VAULT, name="a"), planned(LOCK, "lock", backupVaultName="b")]],
        passes=[
            [planned(VAULT), planned(LOCK, "lock", backupVaultName=ref(VAULT, "it"))],
            [planned(VAULT, name="a"), planned(LOCK, "lock", backupVaultName="a")],
        ],
        unknown=[[planned(VAULT), planned(LOCK, "lock", backupVaultName=UNKNOWN)]],
    ),
}
