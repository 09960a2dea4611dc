"""Cases of policies/controls/encryption/services.py."""

from tests.policies.harness import KEY, KEY_ARN, UNKNOWN, planned, ref, secret
from tests.policies.table import Cases, keyed

PARAMETER = "aws:ssm/parameter:Parameter"
SECRET = "aws:secretsmanager/secret:Secret"
SECRET_ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:a"
CUSTOMER = {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK"}
SECRET_KEY = keyed(SECRET, "kmsKeyId")

CASES: dict[str, Cases] = {
    "sqs-encrypted": Cases(
        token="aws:sqs/queue:Queue",
        fails=[
            {"sqsManagedSseEnabled": False},
            {"sqsManagedSseEnabled": "false", "kmsMasterKeyId": ""},
            {"kmsMasterKeyId": ""},
        ],
        passes=[
            {},
            {"sqsManagedSseEnabled": True},
            {"sqsManagedSseEnabled": True, "kmsMasterKeyId": ""},
            {"kmsMasterKeyId": KEY, "sqsManagedSseEnabled": False},
        ],
        unknown=[{"sqsManagedSseEnabled": UNKNOWN}],
    ),
    "sqs-customer-key": keyed("aws:sqs/queue:Queue", "kmsMasterKeyId"),
    "sns-customer-key": keyed("aws:sns/topic:Topic", "kmsMasterKeyId"),
    "kinesis-customer-key": keyed("aws:kinesis/stream:Stream", "kmsKeyId", {"encryptionType": "KMS"}),
    "firehose-customer-key": Cases(
        token="aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        fails=[
            {},
            {"serverSideEncryption": {"enabled": True, "keyType": "AWS_OWNED_CMK"}},
            {"serverSideEncryption": {"enabled": True, "keyArn": KEY_ARN}},
            {"serverSideEncryption": CUSTOMER},
        ],
        passes=[
            {"serverSideEncryption": {**CUSTOMER, "keyArn": KEY}},
            {"kinesisSourceConfiguration": {"kinesisStreamArn": UNKNOWN}},
            {"mskSourceConfiguration": {"topicName": "a"}},
        ],
        unknown=[{"serverSideEncryption": UNKNOWN}, {"serverSideEncryption": {**CUSTOMER, "keyArn": UNKNOWN}}],
    ),
    "log-group-customer-key": keyed("aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
    "cloudtrail-customer-key": keyed("aws:cloudtrail/trail:Trail", "kmsKeyId"),
    "secret-customer-key": Cases(
        token=SECRET,
        fails=[
            *SECRET_KEY.fails,
            {"kmsKeyId": "aws/secretsmanager"},
            {"kmsKeyId": KEY_ARN, "replicas": [{"region": "us-west-2"}]},
        ],
        passes=[*SECRET_KEY.passes, {"kmsKeyId": KEY_ARN, "replicas": [{"region": "us-west-2", "kmsKeyId": KEY_ARN}]}],
        unknown=SECRET_KEY.unknown,
    ),
    "ssm-secret-parameter": Cases(
        token=PARAMETER,
        fails=[
            {"type": "String", "value": secret("s3cr3t")},
            {"type": "SecureString", "value": secret("s3cr3t")},
            {"type": "SecureString", "value": secret("s3cr3t"), "keyId": "alias/aws/ssm"},
            {"name": "/prod/db/password", "type": "String", "value": "hunter two"},
            {"name": "/prod/db/password", "type": "StringList", "value": secret("a,b")},
            {"name": "/prod/id", "type": "String", "insecureValue": "AKIAIOSFODNN7EXAMPLE"},
            {"type": "String", "value": "postgres://app:hunter2@db.example/app"},
            planned(PARAMETER, type="String", value=secret(ref("random:index/randomPassword:RandomPassword", "made"))),
        ],
        passes=[
            {"type": "String", "value": "eu-hours"},
            {"name": "/prod/db/secret-arn", "type": "String", "value": SECRET_ARN},
            {"name": "/prod/db/password", "type": "String", "value": secret(SECRET_ARN)},
            {"type": "SecureString", "value": secret("s3cr3t"), "keyId": KEY},
            {"type": "SecureString", "valueWo": secret("s3cr3t"), "keyId": KEY_ARN},
        ],
        unknown=[
            {"type": UNKNOWN, "value": secret("s3cr3t")},
            {"type": "String", "value": UNKNOWN},
            {"type": "String", "value": secret("eu-hours")},
        ],
    ),
}
