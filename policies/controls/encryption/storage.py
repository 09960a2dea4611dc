"""Data at rest in buckets, volumes, image repositories and backup vaults is encrypted under a customer managed key."""

from collections.abc import Iterator
from typing import Final

from policies.kit.checks import customer_key, is_on, key_answers, named_by, one_of
from policies.kit.conditions import in_production
from policies.kit.references import launch_templates, may_reference, referrers, switched_on, takes_service_logs, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_bool, as_list, certain, read, switch

rules: Final = Rules("encryption")

_SSE: Final = "s3/bucketServerSideEncryptionConfiguration"
_ALGORITHMS: Final = ("aws:kms", "aws:kms:dsse")


_DEFAULTS: Final = ("applyServerSideEncryptionByDefault", "applyServerSideEncryptionByDefaults")


def _rules_of(holder: Resource) -> Iterator[tuple[str, Value]]:
    """Path and block of each default encryption rule in a bucket (of any provider version) or a configuration of it."""
    if holder.kind == _SSE:
        yield from holder.each("rules[]")
        return
    for block in ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"):
        for path in (f"{block}.rule", f"{block}.rules"):
            found = holder.get(path)
            yield from ((path, rule) for rule in ([found] if found is UNKNOWN else as_list(found)))


def _default_of(rule: Value) -> tuple[str, Value]:
    """Name of the block that a rule applies where a request says nothing, and the algorithm in it."""
    name = next((name for name in _DEFAULTS if read({"rule": rule}, f"rule.{name}") is not None), _DEFAULTS[0])
    return name, read({"rule": rule}, f"rule.{name}.sseAlgorithm")


@rules.rule("s3-customer-key", "C041", f"s3/bucket {_SSE}", needs_stack=True)
def _s3_customer_key(holder: Resource) -> Answers:
    """Buckets encrypt with SSE-KMS under a customer managed key (SSE-S3 where AWS delivers access logs).

    Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and kmsMasterKeyId.
    """
    if holder.kind == _SSE:
        if not targets(holder, "bucket", "s3/bucket"):  # else the bucket is judged with it
            yield from _customer_key(holder, log_target=False)
        return
    log_target = takes_service_logs(holder)
    holders = [holder, *referrers(holder, _SSE, "bucket")]
    if not any(True for each in holders for _ in _rules_of(each)) and not log_target:
        missing = Finding("serverSideEncryptionConfiguration", None, "SSE-KMS with a customer managed key")
        yield NOT_JUDGED if may_reference(holder, (_SSE, "bucket")) else missing
    for each in holders:
        yield from _customer_key(each, log_target=log_target)


def _customer_key(holder: Resource, *, log_target: bool) -> Answers:
    for where, rule in _rules_of(holder):
        default, algorithm = _default_of(rule)
        if algorithm is UNKNOWN:
            yield NOT_JUDGED
        elif algorithm in _ALGORITHMS:
            path = f"{default}.kmsMasterKeyId"
            yield from key_answers(holder, f"{where}.{path}", read(rule, path))
        elif not (log_target and algorithm == "AES256"):
            yield Finding(f"{where}.{default}.sseAlgorithm", algorithm, "aws:kms with a customer managed key")


def _bucket_key(holder: Resource) -> Answers:
    for where, rule in _rules_of(holder):
        _, algorithm = _default_of(rule)
        key = read({"rule": rule}, "rule.bucketKeyEnabled")
        if algorithm is UNKNOWN and not certain(key, True):
            yield NOT_JUDGED
        elif algorithm is not UNKNOWN and algorithm == "aws:kms" and not switch(key):
            yield Finding(f"{where}.bucketKeyEnabled", key, "true")


rules.named("s3-bucket-key", "C042", _SSE).add(
    _bucket_key,
    description="S3 Bucket Keys are on where SSE-KMS is used, so that KMS is not asked once per object.",
    remediation="Set bucketKeyEnabled: true on the encryption rule.",
    remediation_values={"rules.bucketKeyEnabled": True},
)
rules.named("s3-bucket-key-inline", "C042", "s3/bucket").add(
    _bucket_key,
    description="S3 Bucket Keys are on where the bucket itself says SSE-KMS.",
    remediation="Set bucketKeyEnabled: true on the rule in serverSideEncryptionConfiguration.",
)


def _ebs_blocks(resource: Resource) -> Iterator[tuple[str, Value]]:
    """Path and block of each EBS volume a resource declares; None stands for a root volume that is left to AWS."""
    if resource.kind in ("ebs/volume", "ebs/snapshotCopy", "ebs/snapshotImport"):
        yield "", resource.properties
    elif resource.kind == "ec2/launchTemplate":
        blocks = [(where, block) for where, block in resource.each("blockDeviceMappings[].ebs") if block is not None]
        yield from blocks or [("blockDeviceMappings", None)]
    else:
        root = resource.get("rootBlockDevice")
        declared = next(iter(as_list(root)), None) if root is not UNKNOWN else root
        if declared is not None or resource.get("launchTemplate") is None:
            yield "rootBlockDevice", declared
        elif not launch_templates(resource):
            yield "rootBlockDevice", UNKNOWN  # a template of this stack is judged itself
        yield from resource.each("ebsBlockDevices[]")


@rules.rule(
    "ebs-customer-key",
    "C140",
    "ebs/volume ebs/snapshotCopy ebs/snapshotImport ec2/instance ec2/spotInstanceRequest ec2/launchTemplate"
    " ec2/launchConfiguration",
)
def _ebs_customer_key(resource: Resource) -> Answers:
    """EBS volumes are encrypted under a customer managed key, named by the volume or by the account's default.

    Set encrypted: true and kmsKeyId, or have EncryptionByDefault and DefaultKmsKey in the stack.
    """
    for where, block in _ebs_blocks(resource):
        if block is UNKNOWN:
            yield NOT_JUDGED
            continue
        block = block or {}
        prefix = f"{where}." if where else ""
        encrypted, key = as_bool(block.get("encrypted")), block.get("kmsKeyId")
        restored = block.get("snapshotId") is not None and resource.kind not in ("ebs/snapshotCopy", "ebs/snapshotImport")
        if encrypted is UNKNOWN or (restored and encrypted is not True):
            yield NOT_JUDGED  # a volume is as encrypted as the snapshot it is made from
        elif encrypted is False:
            yield Finding(f"{prefix}encrypted", block.get("encrypted"), "true")
        elif encrypted is None and not switched_on(resource, "ebs/encryptionByDefault"):
            yield Finding(f"{prefix}encrypted", None, "true, or encryption by default in the account")
        elif resource.kind != "ec2/launchConfiguration" and (key is not None or not switched_on(resource, "ebs/defaultKmsKey")):
            yield from key_answers(resource, f"{prefix}kmsKeyId", key)  # a launch configuration cannot name one


rules.named("ebs-encryption-by-default", "C140", "ebs/encryptionByDefault").add(
    is_on("enabled", default=True),
    description="The account encrypts new EBS volumes by default.",
    remediation="Set enabled: true.",
)
rules.named("ecr-kms", "C098", "ecr/repository ecr/repositoryCreationTemplate").add(
    one_of("encryptionConfigurations.encryptionType", ("KMS", "KMS_DSSE"), default="AES256"),
    description="Image repositories are encrypted with KMS.",
    remediation="Set encryptionConfigurations: [{encryptionType: KMS, kmsKey: <key>}] (only possible at creation).",
)
_LOCK: Final = "backup/vaultLockConfiguration"
rules.named("backup-vault-customer-key", "C215", "backup/vault").add(
    customer_key("kmsKeyArn"),
    description="Backup vaults are encrypted under a customer managed key.",
    remediation="Set kmsKeyArn to the ARN of a customer managed key of the data class.",
)


rules.named("backup-vault-locked", "C215", "backup/vault", needs_stack=True).add(
    in_production(named_by(f"a {_LOCK} that names the vault", (_LOCK, "backupVaultName"))),
    description="Backup vaults are locked in production: nobody deletes a recovery point before its time.",
    remediation="Add a backup.VaultLockConfiguration for the vault.",
)
