"""Data at rest is encrypted, under a customer managed key where AWS takes one."""

from collections.abc import Iterator
from typing import Final

from policies.kit.checks import all_of, aws_managed_key, customer_key, equals, is_on, key_answers, one_of
from policies.kit.resource import Resource
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_bool, as_list, switch

rules: Final = Rules("encryption")

_USE_KEY: Final = "Set it to the ARN of a customer managed key of the data class."


_DATABASES: Final = "rds/instance rds/cluster docdb/cluster neptune/cluster"
_RDS_ORIGINS: Final = ("replicateSourceDb", "replicationSourceIdentifier", "snapshotIdentifier", "globalClusterIdentifier")


@rules.rule(
    "rds-storage-encrypted",
    "C007",
    f"{_DATABASES} rds/globalCluster",
    description="Database storage is encrypted.",
    mend="Set storageEncrypted: true (a database that exists must be restored from an encrypted copy of its snapshot).",
)
def _rds_storage_encrypted(resource: Resource) -> Answers:
    encrypted = as_bool(resource.get("storageEncrypted"))
    if encrypted is UNKNOWN:
        yield NOT_JUDGED
    elif encrypted is not True:
        inherits = encrypted is None and any(resource.get(origin) is not None for origin in _RDS_ORIGINS)
        serverless = resource.get("engineMode") == "serverless"
        if inherits and resource.get("kmsKeyId") is None:
            yield NOT_JUDGED
        elif not inherits and not serverless:
            yield Finding("storageEncrypted", resource.get("storageEncrypted"), "true")


@rules.rule(
    "rds-customer-key",
    "C008",
    _DATABASES,
    description="Database storage is encrypted under a customer managed key of the database's region.",
    mend="Set kmsKeyId to the ARN of the database key; a replica in another region names the replica key there.",
)
def _rds_customer_key(resource: Resource) -> Answers:
    source = resource.get("replicateSourceDb")
    same_region = source is UNKNOWN or (isinstance(source, str) and not source.startswith("arn:"))
    restored = any(resource.get(origin) is not None for origin in _RDS_ORIGINS[2:])
    if resource.get("kmsKeyId") is None and (same_region or restored):
        yield NOT_JUDGED  # it keeps the key of what it is made from
    else:
        yield from customer_key("kmsKeyId")(resource)


rules.add(
    "rds-performance-insights-key",
    "C019",
    "rds/instance rds/clusterInstance",
    all_of(is_on("performanceInsightsEnabled"), customer_key("performanceInsightsKmsKeyId")),
    description="Performance Insights is on and encrypted under a customer managed key.",
    mend="Set performanceInsightsEnabled: true and performanceInsightsKmsKeyId to the database key.",
)


@rules.rule(
    "rds-snapshot-private-and-encrypted",
    "C028",
    "rds/snapshot rds/clusterSnapshot rds/snapshotCopy rds/clusterSnapshotCopy",
    description="Snapshots are shared with named accounts only; copies are encrypted under a customer managed key.",
    mend="Remove `all` from sharedAccounts; give a copy the kmsKeyId of its region.",
)
def _rds_snapshot(resource: Resource) -> Answers:
    for where, account in resource.each("sharedAccounts[]"):
        if account is UNKNOWN:
            yield NOT_JUDGED
        elif account == "all":
            yield Finding(where, account, "named accounts")
    if resource.kind.endswith("Copy"):
        yield from customer_key("kmsKeyId")(resource)


@rules.rule(
    "dynamodb-customer-key",
    "C033",
    "dynamodb/table dynamodb/tableReplica dynamodb/globalTable",
    description="DynamoDB tables and each of their replicas are encrypted under a customer managed key.",
    mend="Set serverSideEncryption: {enabled: true, kmsKeyArn: <key>} and kmsKeyArn on each replica.",
)
def _dynamodb_customer_key(resource: Resource) -> Answers:
    if resource.kind != "dynamodb/table":
        yield from customer_key("kmsKeyArn")(resource)
        return
    if resource.get("serverSideEncryption") is None and resource.get("restoreSourceTableArn") is not None:
        yield NOT_JUDGED
    else:
        yield from is_on("serverSideEncryption.enabled")(resource)
        yield from customer_key("serverSideEncryption.kmsKeyArn")(resource)
    yield from customer_key("replicas[].kmsKeyArn", regional=False)(resource)


_SSE_CONFIGURATION: Final = "s3/bucketServerSideEncryptionConfiguration"
_ALGORITHMS: Final = ("aws:kms", "aws:kms:dsse")


_LOG_TARGETS: Final = (
    ("lb/loadBalancer", "accessLogs.bucket"),
    ("lb/loadBalancer", "connectionLogs.bucket"),
    ("elb/loadBalancer", "accessLogs.bucket"),
    ("s3/bucketLogging", "targetBucket"),
    ("s3/bucket", "logging.targetBucket"),
)


def _encryption_of(bucket: Resource) -> Iterator[tuple[Resource, str]]:
    """The resources and property paths that hold the default encryption rules of `bucket`."""
    if bucket.get("serverSideEncryptionConfiguration") is not None:
        yield bucket, "serverSideEncryptionConfiguration.rule"
    yield from ((other, "rules[]") for other in bucket.graph.referring(bucket, _SSE_CONFIGURATION, "bucket"))


def _takes_service_logs(bucket: Resource) -> bool:
    """Whether load balancers or S3 itself deliver access logs to `bucket`; they cannot write under a customer managed key."""
    return any(bucket.graph.referring(bucket, kind, prop) for kind, prop in _LOG_TARGETS)


@rules.rule(
    "s3-customer-key",
    "C041",
    "s3/bucket",
    needs_stack=True,
    description="Buckets encrypt with SSE-KMS under a customer managed key (SSE-S3 where AWS delivers access logs).",
    mend="Add a BucketServerSideEncryptionConfiguration with sseAlgorithm aws:kms and kmsMasterKeyId.",
)
def _s3_customer_key(bucket: Resource) -> Answers:
    log_target = _takes_service_logs(bucket)
    configurations = list(_encryption_of(bucket))
    if not configurations and not log_target:
        yield Finding("serverSideEncryptionConfiguration", None, "SSE-KMS with a customer managed key")
    for holder, path in configurations:
        for where, applied in holder.each(f"{path}.applyServerSideEncryptionByDefault"):
            if applied is UNKNOWN:
                yield NOT_JUDGED
                continue
            default: dict[str, Value] = applied or {}
            algorithm = default.get("sseAlgorithm")
            if algorithm is UNKNOWN:
                yield NOT_JUDGED
            elif algorithm in _ALGORITHMS:
                yield from key_answers(holder, f"{where}.kmsMasterKeyId", default.get("kmsMasterKeyId"))
            elif not (log_target and algorithm == "AES256"):
                yield Finding(f"{where}.sseAlgorithm", algorithm, "aws:kms with a customer managed key")


@rules.rule(
    "s3-bucket-key",
    "C042",
    f"{_SSE_CONFIGURATION} s3/bucket",
    description="S3 Bucket Keys are on where SSE-KMS is used, so that KMS is not asked once per object.",
    mend="Set bucketKeyEnabled: true on the encryption rule.",
)
def _s3_bucket_key(resource: Resource) -> Answers:
    path = "rules[]" if resource.kind == _SSE_CONFIGURATION else "serverSideEncryptionConfiguration.rule"
    for where, rule in resource.each(path):
        if rule is UNKNOWN:
            yield NOT_JUDGED
        elif rule is not None:
            algorithm = (rule.get("applyServerSideEncryptionByDefault") or {}).get("sseAlgorithm")
            if algorithm == "aws:kms" and not switch(rule.get("bucketKeyEnabled")):
                yield Finding(f"{where}.bucketKeyEnabled", rule.get("bucketKeyEnabled"), "true")


@rules.rule(
    "sqs-encrypted",
    "C058",
    "sqs/queue",
    description="Queues are encrypted at rest (SSE-SQS, AWS's default, or KMS).",
    mend="Remove sqsManagedSseEnabled: false or set kmsMasterKeyId.",
)
def _sqs_encrypted(resource: Resource) -> Answers:
    key = resource.get("kmsMasterKeyId")
    if (key is not UNKNOWN and not key) and not switch(resource.get("sqsManagedSseEnabled"), default=True):
        yield Finding("sqsManagedSseEnabled", False, "true, or a KMS key in kmsMasterKeyId")


def _ebs_blocks(resource: Resource) -> Iterator[tuple[str, Value]]:
    """Path and block of each EBS volume a resource declares; None stands for a root volume that is left to AWS."""
    if resource.kind in ("ebs/volume", "ebs/snapshotCopy"):
        yield "", resource.properties
    elif resource.kind == "ec2/launchTemplate":
        yield from ((where, block) for where, block in resource.each("blockDeviceMappings[].ebs") if block is not None)
    else:
        root = resource.get("rootBlockDevice")
        yield "rootBlockDevice", root if root is UNKNOWN else next(iter(as_list(root)), None)
        yield from resource.each("ebsBlockDevices[]")


@rules.rule(
    "ebs-customer-key",
    "C140",
    "ebs/volume ebs/snapshotCopy ec2/instance ec2/launchTemplate ec2/launchConfiguration",
    description="EBS volumes are encrypted under a customer managed key, named by the volume or by the account's default.",
    mend="Set encrypted: true and kmsKeyId, or have EncryptionByDefault and DefaultKmsKey in the stack.",
)
def _ebs_customer_key(resource: Resource) -> Answers:
    for where, block in _ebs_blocks(resource):
        if block is UNKNOWN:
            yield NOT_JUDGED
            continue
        block = block or {}
        prefix = f"{where}." if where else ""
        encrypted, key = as_bool(block.get("encrypted")), block.get("kmsKeyId")
        if encrypted is UNKNOWN:
            yield NOT_JUDGED
        elif encrypted is False:
            yield Finding(f"{prefix}encrypted", block.get("encrypted"), "true")
        elif encrypted is None and not _default_is(resource, "ebs/encryptionByDefault"):
            yield Finding(f"{prefix}encrypted", None, "true, or encryption by default in the account")
        elif key is not None or not _default_is(resource, "ebs/defaultKmsKey"):
            yield from key_answers(resource, f"{prefix}kmsKeyId", key)


def _default_is(resource: Resource, kind: str) -> bool:
    """Whether the stack sets the account's EBS default of this kind for the resource's region."""
    defaults = [other for other in resource.graph.of(kind) if other.region == resource.region]
    return any(switch(other.get("enabled"), default=True) for other in defaults)


rules.add(
    "ebs-encryption-by-default",
    "C140",
    "ebs/encryptionByDefault",
    one_of("enabled", (True,), default=True),
    description="The account encrypts new EBS volumes by default.",
    mend="Set enabled: true.",
)


@rules.rule(
    "no-aws-managed-key",
    "C077",
    ANY_AWS,
    description="No resource names an AWS managed key (alias/aws/...), whose policy and use nobody here controls.",
    mend=_USE_KEY,
)
def _no_aws_managed_key(resource: Resource) -> Answers:
    if not resource.kind.startswith(("iam/", "kms/")):
        yield from _aws_keys(resource.properties, "")


def _aws_keys(value: Value, path: str) -> Answers:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _aws_keys(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _aws_keys(inner, f"{path}[{index}]")
    elif isinstance(value, str) and len(value) < 200 and aws_managed_key(value):
        yield Finding(path, value, "the ARN of a customer managed KMS key", detail=path)


@rules.rule(
    "firehose-customer-key",
    "C216",
    "kinesis/firehoseDeliveryStream",
    description="Delivery streams that take direct puts are encrypted under a customer managed key.",
    mend="Set serverSideEncryption: {enabled: true, keyType: CUSTOMER_MANAGED_CMK, keyArn: <key>}.",
)
def _firehose_customer_key(resource: Resource) -> Answers:
    if resource.get("kinesisSourceConfiguration") is None and resource.get("mskSourceConfiguration") is None:
        yield from is_on("serverSideEncryption.enabled")(resource)
        yield from customer_key("serverSideEncryption.keyArn")(resource)


@rules.rule(
    "elasticache-customer-key",
    "C157",
    "elasticache/replicationGroup elasticache/serverlessCache",
    description="Caches are encrypted at rest under a customer managed key.",
    mend="Set atRestEncryptionEnabled: true (replication groups) and kmsKeyId.",
)
def _elasticache(resource: Resource) -> Answers:
    if resource.get("globalReplicationGroupId") is not None and resource.get("kmsKeyId") is None:
        yield NOT_JUDGED  # a member of a global datastore takes the setting of its primary
        return
    if resource.kind == "elasticache/replicationGroup":
        yield from is_on("atRestEncryptionEnabled", default=resource.get("engine") == "valkey")(resource)
    yield from customer_key("kmsKeyId")(resource)


@rules.rule(
    "ssm-secret-parameter",
    "C081",
    "ssm/parameter",
    description="Parameters with secret content are SecureStrings under a customer managed key.",
    mend="Set type: SecureString and keyId, or keep the secret in Secrets Manager.",
)
def _ssm_parameter(resource: Resource) -> Answers:
    kind, value = resource.get("type"), resource.get("value")
    if kind == "SecureString":
        yield from customer_key("keyId")(resource)
    elif value is not None and "value" in resource.secrets:
        yield Finding("type", kind, "SecureString, because the value is a secret")


@rules.rule(
    "lambda-environment-key",
    "C146",
    "lambda/function",
    description="Environment variables of functions are encrypted under a customer managed key.",
    mend=_USE_KEY,
)
def _lambda_environment(resource: Resource) -> Answers:
    variables = resource.get("environment.variables")
    if variables is UNKNOWN or variables:
        yield from customer_key("kmsKeyArn")(resource)


def _keyed(name: str, control: str, kinds: str, check: Check, subject: str) -> None:
    rules.add(name, control, kinds, check, description=f"{subject} encrypted under a customer managed key.", mend=_USE_KEY)


_keyed("sqs-customer-key", "C059", "sqs/queue", customer_key("kmsMasterKeyId"), "Queues are")
_keyed("sns-customer-key", "C064", "sns/topic", customer_key("kmsMasterKeyId"), "Topics are")
_keyed(
    "secret-customer-key",
    "C078",
    "secretsmanager/secret",
    all_of(customer_key("kmsKeyId"), customer_key("replicas[].kmsKeyId", regional=False)),
    "Secrets and each of their replicas are",
)
_keyed("cloudtrail-customer-key", "C165", "cloudtrail/trail cloudtrail/eventDataStore", customer_key("kmsKeyId"), "Trails are")
_keyed("log-group-customer-key", "C170", "cloudwatch/logGroup", customer_key("kmsKeyId"), "Log groups are")
_keyed(
    "opensearch-customer-key",
    "C208",
    "opensearch/domain elasticsearch/domain",
    all_of(is_on("encryptAtRest.enabled"), customer_key("encryptAtRest.kmsKeyId")),
    "Search domains are",
)
_keyed("backup-vault-customer-key", "C215", "backup/vault", customer_key("kmsKeyArn"), "Backup vaults are")
_keyed(
    "kinesis-customer-key",
    "C216",
    "kinesis/stream",
    all_of(equals("encryptionType", "KMS"), customer_key("kmsKeyId")),
    "Data streams are",
)

rules.add(
    "ecr-kms",
    "C098",
    "ecr/repository",
    one_of("encryptionConfigurations.encryptionType", ("KMS", "KMS_DSSE"), default="AES256"),
    description="Image repositories are encrypted with KMS.",
    mend="Set encryptionConfigurations: [{encryptionType: KMS, kmsKey: <key>}] (only possible at creation).",
)
