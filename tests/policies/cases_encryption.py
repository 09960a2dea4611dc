"""Cases of the encryption pack."""

import json
from typing import Any

from tests.policies.cases import Cases, keyed
from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, Planned, secret

RDS = "aws:rds/instance:Instance"
BUCKET = "aws:s3/bucket:Bucket"
SSE = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
SSE_V2 = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
LISTENER = "aws:lb/listener:Listener"
TABLE = "aws:dynamodb/table:Table"
DOMAIN = "aws:opensearch/domain:Domain"
GROUP = "aws:rds/parameterGroup:ParameterGroup"


def bucket_with(rule: dict[str, Any] | str | None, *others: Planned, token: str = SSE) -> list[Planned]:
    bucket = Planned(token=BUCKET, name="lake")
    rules = rule if isinstance(rule, str) else [{"applyServerSideEncryptionByDefault": rule}]
    inputs = {"bucket": UNKNOWN, "rules": rules}
    return [bucket, Planned(token=token, inputs=inputs, name="sse", refs={"bucket": (BUCKET, "lake")}), *others]


def tls_policy(token: str, policy_token: str, prop: str, action: str, resources: object) -> dict[str, list[Any]]:
    """Cases of a rule that wants a Deny on requests without TLS in the policy resource of `token`."""
    deny: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }

    def with_policy(document: object) -> list[Planned]:
        text = document if isinstance(document, str) else json.dumps({"Version": "2012-10-17", "Statement": document})
        policy = Planned(token=policy_token, inputs={prop: UNKNOWN, "policy": text}, name="policy", refs={prop: (token, "it")})
        return [Planned(token=token), policy]

    return {
        "fails": [
            {},
            with_policy([]),
            with_policy([{**deny, "Effect": "Allow"}]),
            with_policy([{**deny, "Action": "other:Thing"}]),
            with_policy([{**deny, "Principal": {"AWS": "arn:aws:iam::111111111111:role/a"}}]),
            with_policy([{**deny, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]),
            with_policy([{**deny, "Condition": {**deny["Condition"], "StringEquals": {"aws:PrincipalTag/a": "b"}}}]),
        ],
        "passes": [
            with_policy(deny),
            with_policy([{**deny, "Principal": {"AWS": ["*"]}, "Action": [action]}]),
            with_policy([{**deny, "Condition": {"Bool": {"aws:SecureTransport": [False]}}}]),
            {"policy": json.dumps({"Statement": [deny]})},
        ],
        "unknown": [with_policy(UNKNOWN), {"policy": UNKNOWN}],
    }


def http(*actions: object) -> dict[str, Any]:
    return {"protocol": "HTTP", "port": 80, "defaultActions": list(actions)}


REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
KMS_RULE = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
ALB_LOGS = Planned(
    token="aws:alb/loadBalancer:LoadBalancer",
    name="alb",
    inputs={"accessLogs": {"bucket": UNKNOWN, "enabled": True}},
    refs={"accessLogs": (BUCKET, "lake")},
)
EBS_DEFAULTS = [
    Planned(token="aws:ebs/encryptionByDefault:EncryptionByDefault", inputs={"enabled": True}, name="default"),
    Planned(token="aws:ebs/defaultKmsKey:DefaultKmsKey", inputs={"keyArn": KEY}, name="key"),
]
INSTANCE = "aws:ec2/instance:Instance"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def opensearch(**options: Any) -> dict[str, Any]:
    return {"domainEndpointOptions": options}


def parameters(family: str, **values: object) -> dict[str, Any]:
    return {
        "family": family,
        "parameters": [{"name": name.replace("__", "."), "value": value} for name, value in values.items()],
    }


CASES: dict[str, Cases] = {
    "rds-storage-encrypted": Cases(
        token=RDS,
        fails=[
            {},
            {"storageEncrypted": False},
            [Planned(token="aws:rds/cluster:Cluster", inputs={"engine": "aurora-postgresql"})],
        ],
        passes=[
            {"storageEncrypted": True},
            {"storageEncrypted": "true"},
            {"replicateSourceDb": "arn:aws:rds:us-east-2:111111111111:db:primary", "kmsKeyId": KEY},
            [Planned(token="aws:rds/cluster:Cluster", inputs={"engineMode": "serverless"})],
        ],
        unknown=[{"storageEncrypted": UNKNOWN}, {"replicateSourceDb": "primary"}, {"snapshotIdentifier": "before"}],
    ),
    "rds-customer-key": Cases(
        token=RDS,
        fails=[
            *keyed(RDS, "kmsKeyId").fails,
            {"replicateSourceDb": "arn:aws:rds:us-east-2:111111111111:db:primary"},
            {"region": "us-west-2", "kmsKeyId": KEY_ARN},
        ],
        passes=[*keyed(RDS, "kmsKeyId").passes, {"region": "us-east-2", "kmsKeyId": KEY_ARN}],
        unknown=[{"kmsKeyId": UNKNOWN}, {"replicateSourceDb": "primary"}, {"snapshotIdentifier": "before"}],
    ),
    "rds-performance-insights-key": Cases(
        token=RDS,
        fails=[
            {},
            {"performanceInsightsEnabled": True},
            {"performanceInsightsEnabled": False, "performanceInsightsKmsKeyId": KEY},
        ],
        passes=[{"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": KEY}],
        unknown=[{"performanceInsightsEnabled": True, "performanceInsightsKmsKeyId": UNKNOWN}],
    ),
    "rds-snapshot-private-and-encrypted": Cases(
        token="aws:rds/snapshotCopy:SnapshotCopy",
        fails=[{}, {"kmsKeyId": KEY, "sharedAccounts": ["all"]}],
        passes=[{"kmsKeyId": KEY}, {"kmsKeyId": KEY, "sharedAccounts": ["222222222222"]}],
        unknown=[{"kmsKeyId": UNKNOWN}, {"kmsKeyId": KEY, "sharedAccounts": UNKNOWN}],
    ),
    "dynamodb-customer-key": Cases(
        token=TABLE,
        fails=[
            {},
            {"serverSideEncryption": {"enabled": True}},
            {"serverSideEncryption": {"enabled": False, "kmsKeyArn": KEY_ARN}},
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN}, "replicas": [{"regionName": "us-west-2"}]},
            [Planned(token="aws:dynamodb/tableReplica:TableReplica")],
        ],
        passes=[
            {"serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY}},
            {
                "region": "us-east-2",
                "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY_ARN},
                "replicas": [{"regionName": "us-west-2", "kmsKeyArn": KEY_ARN.replace("us-east-2", "us-west-2")}],
            },
            [Planned(token="aws:dynamodb/tableReplica:TableReplica", inputs={"kmsKeyArn": KEY})],
        ],
        unknown=[{"serverSideEncryption": UNKNOWN}, {"serverSideEncryption": {"enabled": True, "kmsKeyArn": UNKNOWN}}],
    ),
    "s3-customer-key": Cases(
        token=BUCKET,
        fails=[
            {},
            bucket_with({"sseAlgorithm": "AES256"}),
            bucket_with({"sseAlgorithm": "aws:kms"}),
            bucket_with({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "alias/aws/s3"}),
            {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}}},
        ],
        passes=[
            bucket_with(KMS_RULE),
            bucket_with({**KMS_RULE, "sseAlgorithm": "aws:kms:dsse"}, token=SSE_V2),
            bucket_with({"sseAlgorithm": "AES256"}, ALB_LOGS),
            {"serverSideEncryptionConfiguration": {"rule": {"applyServerSideEncryptionByDefault": KMS_RULE}}},
        ],
        unknown=[bucket_with({"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN}), bucket_with(UNKNOWN)],
    ),
    "s3-bucket-key": Cases(
        token=SSE,
        fails=[{"rules": [{"applyServerSideEncryptionByDefault": KMS_RULE}]}],
        passes=[
            {"rules": [{"applyServerSideEncryptionByDefault": KMS_RULE, "bucketKeyEnabled": True}]},
            {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        ],
        unknown=[
            {"rules": UNKNOWN},
            {"rules": [{"applyServerSideEncryptionByDefault": KMS_RULE, "bucketKeyEnabled": UNKNOWN}]},
        ],
    ),
    "sqs-encrypted": Cases(
        token="aws:sqs/queue:Queue",
        fails=[{"sqsManagedSseEnabled": False}],
        passes=[{}, {"sqsManagedSseEnabled": True}, {"kmsMasterKeyId": KEY, "sqsManagedSseEnabled": False}],
        unknown=[{"sqsManagedSseEnabled": UNKNOWN}],
    ),
    "ebs-customer-key": Cases(
        token="aws:ebs/volume:Volume",
        fails=[
            {},
            {"encrypted": False, "kmsKeyId": KEY_ARN},
            {"encrypted": True},
            [Planned(token=INSTANCE)],
            [
                Planned(
                    token=INSTANCE, inputs={"rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY}, "ebsBlockDevices": [{}]}
                )
            ],
            [
                Planned(
                    token="aws:ec2/launchTemplate:LaunchTemplate",
                    inputs={"blockDeviceMappings": [{"ebs": {"encrypted": "false"}}]},
                )
            ],
        ],
        passes=[
            {"encrypted": True, "kmsKeyId": KEY},
            [Planned(token=INSTANCE), *EBS_DEFAULTS],
            [Planned(token=INSTANCE, inputs={"rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY}})],
            [
                Planned(
                    token="aws:ec2/launchTemplate:LaunchTemplate",
                    inputs={"blockDeviceMappings": [{"ebs": {"encrypted": "true", "kmsKeyId": KEY_ARN}}]},
                )
            ],
        ],
        unknown=[{"encrypted": UNKNOWN}, [Planned(token=INSTANCE, inputs={"rootBlockDevice": UNKNOWN})]],
    ),
    "ebs-encryption-by-default": Cases(
        token="aws:ebs/encryptionByDefault:EncryptionByDefault",
        fails=[{"enabled": False}],
        passes=[{}, {"enabled": True}],
        unknown=[{"enabled": UNKNOWN}],
    ),
    "no-aws-managed-key": Cases(
        token="aws:athena/workgroup:Workgroup",
        fails=[
            {"configuration": {"resultConfiguration": {"encryptionConfiguration": {"kmsKeyArn": "alias/aws/athena"}}}},
            {"keys": ["arn:aws:kms:us-east-2:111111111111:alias/aws/s3"], "other": UNKNOWN},
        ],
        passes=[{}, {"keys": [KEY_ARN]}, {"keys": UNKNOWN}],
        unknown=[],
        never_unknown=True,
    ),
    "firehose-customer-key": Cases(
        token=FIREHOSE,
        fails=[{}, {"serverSideEncryption": {"enabled": True, "keyType": "AWS_OWNED_CMK"}}],
        passes=[
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY}},
            {"kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN}},
        ],
        unknown=[{"serverSideEncryption": UNKNOWN}],
    ),
    "elasticache-customer-key": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[{}, {"atRestEncryptionEnabled": True}, {"kmsKeyId": KEY, "engine": "redis"}],
        passes=[{"atRestEncryptionEnabled": True, "kmsKeyId": KEY}, {"engine": "valkey", "kmsKeyId": KEY}],
        unknown=[{"atRestEncryptionEnabled": True, "kmsKeyId": UNKNOWN}, {"globalReplicationGroupId": "other"}],
    ),
    "ssm-secret-parameter": Cases(
        token="aws:ssm/parameter:Parameter",
        fails=[{"type": "String", "value": secret("s3cr3t")}, {"type": "SecureString", "value": secret("s3cr3t")}],
        passes=[
            {"type": "String", "value": "eu-hours"},
            {"type": "SecureString", "value": secret("s3cr3t"), "keyId": KEY},
        ],
        unknown=[{"type": UNKNOWN, "value": secret("s3cr3t")}],
    ),
    "lambda-environment-key": Cases(
        token="aws:lambda/function:Function",
        fails=[{"environment": {"variables": {"STAGE": "prod"}}}],
        passes=[{}, {"environment": {"variables": {"STAGE": UNKNOWN}}, "kmsKeyArn": KEY}],
        unknown=[{"environment": {"variables": {"STAGE": "prod"}}, "kmsKeyArn": UNKNOWN}],
    ),
    "sqs-customer-key": keyed("aws:sqs/queue:Queue", "kmsMasterKeyId"),
    "sns-customer-key": keyed("aws:sns/topic:Topic", "kmsMasterKeyId"),
    "secret-customer-key": keyed("aws:secretsmanager/secret:Secret", "kmsKeyId"),
    "cloudtrail-customer-key": keyed("aws:cloudtrail/trail:Trail", "kmsKeyId"),
    "log-group-customer-key": keyed("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
    "opensearch-customer-key": keyed(DOMAIN, "encryptAtRest.kmsKeyId", {"encryptAtRest": {"enabled": True}}),
    "backup-vault-customer-key": keyed("aws:backup/vault:Vault", "kmsKeyArn"),
    "kinesis-customer-key": keyed("aws:kinesis/stream:Stream", "kmsKeyId", {"encryptionType": "KMS"}),
    "ecr-kms": Cases(
        token="aws:ecr/repository:Repository",
        fails=[{}, {"encryptionConfigurations": [{"encryptionType": "AES256"}]}],
        passes=[{"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}]}],
        unknown=[{"encryptionConfigurations": UNKNOWN}],
    ),
    "rds-tls-forced": Cases(
        token=GROUP,
        fails=[
            {"family": "postgres14"},
            parameters("postgres16", rds__force_ssl="0"),
            parameters("mysql8.0", require_secure_transport="OFF"),
            [Planned(token=RDS, inputs={"engine": "postgres", "engineVersion": "14.9"})],
            [Planned(token=RDS, inputs={"engine": "mysql", "parameterGroupName": "default.mysql8.0"})],
        ],
        passes=[
            parameters("postgres14", rds__force_ssl="1"),
            parameters("postgres14", rds__force_ssl=1),
            {"family": "postgres16"},
            {"family": "oracle-se2-19"},
            [Planned(token=RDS, inputs={"engine": "postgres", "engineVersion": "16.3"})],
            [Planned(token=RDS, inputs={"engine": "postgres", "engineVersion": "14.9", "parameterGroupName": UNKNOWN})],
        ],
        unknown=[
            parameters("postgres14", rds__force_ssl=UNKNOWN),
            {"family": "postgres14", "parameters": UNKNOWN},
            {"family": UNKNOWN},
            [Planned(token=RDS, inputs={"engine": UNKNOWN})],
        ],
    ),
    "rds-current-ca": Cases(
        token=RDS,
        fails=[{"caCertIdentifier": "rds-ca-2019"}],
        passes=[{}, {"caCertIdentifier": "rds-ca-rsa4096-g1"}],
        unknown=[{"caCertIdentifier": UNKNOWN}],
    ),
    "rds-proxy-tls": Cases(
        token="aws:rds/proxy:Proxy",
        fails=[{"auths": [{"iamAuth": "REQUIRED"}]}, {"requireTls": True, "auths": [{"iamAuth": "DISABLED"}]}],
        passes=[{"requireTls": True, "auths": [{"iamAuth": "REQUIRED"}]}],
        unknown=[{"requireTls": UNKNOWN}, {"requireTls": True, "auths": UNKNOWN}],
    ),
    "s3-tls-only": Cases(
        token=BUCKET,
        **tls_policy(
            BUCKET, "aws:s3/bucketPolicy:BucketPolicy", "bucket", "s3:*", ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]
        ),
    ),
    "sqs-tls-only": Cases(
        token="aws:sqs/queue:Queue",
        **tls_policy("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "sqs:*", "*"),
    ),
    "sns-tls-only": Cases(
        token="aws:sns/topic:Topic",
        **tls_policy("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "arn", "sns:Publish", "*"),
    ),
    "sns-no-plain-subscription": Cases(
        token="aws:sns/topicSubscription:TopicSubscription",
        fails=[{"protocol": "http", "endpoint": "http://hook.example"}],
        passes=[{"protocol": "https"}, {"protocol": "sqs"}],
        unknown=[{"protocol": UNKNOWN}],
    ),
    "http-only-redirects": Cases(
        token=LISTENER,
        fails=[
            http({"type": "forward", "targetGroupArn": UNKNOWN}),
            http(REDIRECT, {"type": "fixed-response"}),
            http({"type": "redirect", "redirect": {"statusCode": "HTTP_301"}}),
            [Planned(token="aws:alb/listener:Listener", inputs=http({"type": "forward"}))],
        ],
        passes=[
            http(REDIRECT),
            {"protocol": "HTTPS", "defaultActions": [{"type": "forward"}]},
            {"protocol": "TCP", "port": 5432},
        ],
        unknown=[http() | {"defaultActions": UNKNOWN}, {"protocol": UNKNOWN}],
    ),
    "listener-tls-policy": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-2016-08"},
            {"protocol": "TLS", "sslPolicy": "ELBSecurityPolicy-TLS-1-1-2017-01"},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06"},
        ],
        passes=[
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"},
            {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04"},
            {"protocol": "HTTP"},
        ],
        unknown=[{"protocol": "HTTPS", "sslPolicy": UNKNOWN}],
    ),
    "listener-certificate": Cases(
        token=LISTENER,
        fails=[
            {"protocol": "HTTPS"},
            {"protocol": "HTTPS", "certificateArn": "arn:aws:iam::111111111111:server-certificate/a"},
        ],
        passes=[
            {"protocol": "HTTPS", "certificateArn": "arn:aws:acm:us-east-2:111111111111:certificate/a"},
            {"protocol": "HTTPS", "certificateArn": UNKNOWN},
            {"protocol": "HTTP"},
        ],
        unknown=[{"protocol": UNKNOWN}],
    ),
    "acm-strong-key": Cases(
        token="aws:acm/certificate:Certificate",
        fails=[{"keyAlgorithm": "RSA_1024"}, {"options": {"certificateTransparencyLoggingPreference": "DISABLED"}}],
        passes=[{}, {"keyAlgorithm": "EC_prime256v1"}, {"keyAlgorithm": "RSA_2048", "options": {}}],
        unknown=[{"keyAlgorithm": UNKNOWN}],
    ),
    "elasticache-tls": Cases(
        token="aws:elasticache/replicationGroup:ReplicationGroup",
        fails=[{}, {"transitEncryptionEnabled": True, "transitEncryptionMode": "preferred"}],
        passes=[{"transitEncryptionEnabled": True}],
        unknown=[{"transitEncryptionEnabled": UNKNOWN}],
    ),
    "opensearch-node-to-node": Cases(
        token=DOMAIN,
        fails=[{}, {"nodeToNodeEncryption": {"enabled": False}}],
        passes=[{"nodeToNodeEncryption": {"enabled": True}}],
        unknown=[{"nodeToNodeEncryption": UNKNOWN}],
    ),
    "opensearch-https": Cases(
        token=DOMAIN,
        fails=[
            {},
            opensearch(enforceHttps=True),
            opensearch(enforceHttps=False, tlsSecurityPolicy="Policy-Min-TLS-1-2-2019-07"),
            opensearch(enforceHttps=True, tlsSecurityPolicy="Policy-Min-TLS-1-0-2019-07"),
        ],
        passes=[
            opensearch(enforceHttps=True, tlsSecurityPolicy="Policy-Min-TLS-1-2-PFS-2023-10"),
            opensearch(tlsSecurityPolicy="Policy-Min-TLS-1-2-2019-07"),
        ],
        unknown=[{"domainEndpointOptions": UNKNOWN}],
    ),
    "ecs-efs-tls": Cases(
        token="aws:ecs/taskDefinition:TaskDefinition",
        fails=[{"volumes": [{"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}],
        passes=[
            {},
            {"volumes": [{"name": "scratch"}]},
            {
                "volumes": [
                    {
                        "name": "data",
                        "efsVolumeConfiguration": {"transitEncryption": "ENABLED", "authorizationConfig": {"iam": "ENABLED"}},
                    }
                ]
            },
        ],
        unknown=[{"volumes": UNKNOWN}],
    ),
    "kms-rotation": Cases(
        token="aws:kms/key:Key",
        fails=[{}, {"enableKeyRotation": False}, {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}],
        passes=[{"enableKeyRotation": True}, {"customerMasterKeySpec": "RSA_4096"}, {"keyUsage": "GENERATE_VERIFY_MAC"}],
        unknown=[{"enableKeyRotation": UNKNOWN}],
    ),
    "kms-deletion-window": Cases(
        token="aws:kms/key:Key",
        fails=[{"deletionWindowInDays": 7}],
        passes=[{}, {"deletionWindowInDays": 30}, {"deletionWindowInDays": "30"}],
        unknown=[{"deletionWindowInDays": UNKNOWN}],
    ),
    "kms-enabled": Cases(
        token="aws:kms/key:Key",
        fails=[{"isEnabled": False}],
        passes=[{}, {"isEnabled": True}],
        unknown=[{"isEnabled": UNKNOWN}],
    ),
    "ecs-exec-logged": Cases(
        token="aws:ecs/cluster:Cluster",
        fails=[{}, {"configuration": {"executeCommandConfiguration": {"logging": "DEFAULT", "kmsKeyId": KEY_ARN}}}],
        passes=[{"configuration": {"executeCommandConfiguration": {"logging": "OVERRIDE", "kmsKeyId": KEY}}}],
        unknown=[{"configuration": UNKNOWN}],
    ),
}
