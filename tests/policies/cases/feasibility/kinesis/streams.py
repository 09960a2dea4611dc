"""Cases of policies/feasibility/rules/kinesis/streams.py."""

from typing import Any

from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases

FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"


def to_s3(**fields: Any) -> dict[str, Any]:
    return {"destination": "extended_s3", "extendedS3Configuration": {"bucketArn": UNKNOWN, "roleArn": UNKNOWN, **fields}}


CONVERTING = {"dataFormatConversionConfiguration": {"enabled": True}}
PARTITIONED = {"dynamicPartitioningConfiguration": {"enabled": True}, "bufferingSize": 64}

CASES: dict[str, Cases] = {
    "kinesis-stream": Cases(
        token="aws:kinesis/stream:Stream",
        fails=[
            {"region": "us-east-2"},
            {"streamModeDetails": {"streamMode": "ON_DEMAND"}, "shardCount": 1},
            {"shardCount": 1, "retentionPeriod": 12},
            {"shardCount": 1, "encryptionType": "KMS"},
            {"shardCount": 1, "encryptionType": "AES"},
        ],
        passes=[
            {"shardCount": 1, "retentionPeriod": 8760},
            {"streamModeDetails": {"streamMode": "ON_DEMAND"}},
            {"shardCount": 2, "encryptionType": "KMS", "kmsKeyId": UNKNOWN},
        ],
        unknown=[{"streamModeDetails": {"streamMode": UNKNOWN}}, {"shardCount": UNKNOWN}],
    ),
    "firehose-destination": Cases(
        token=FIREHOSE,
        fails=[
            {"destination": "extended_s3"},
            {**to_s3(), "destination": "s3"},
            {**to_s3(), "splunkConfiguration": {"hecEndpoint": "a"}},
            {**to_s3(), "destination": "opensearch"},
        ],
        passes=[to_s3(), {"destination": "http_endpoint", "httpEndpointConfiguration": UNKNOWN}],
        unknown=[{**to_s3(), "destination": UNKNOWN}],
    ),
    "firehose-source": Cases(
        token=FIREHOSE,
        fails=[
            {"kinesisSourceConfiguration": {"roleArn": "a"}, "mskSourceConfiguration": {"topicName": "a"}},
            {"kinesisSourceConfiguration": {"roleArn": "a"}, "serverSideEncryption": {"enabled": True}},
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK"}},
            {"serverSideEncryption": {"enabled": True, "keyArn": UNKNOWN}},
        ],
        passes=[
            {"serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": UNKNOWN}},
            {"kinesisSourceConfiguration": UNKNOWN},
        ],
        unknown=[{"serverSideEncryption": UNKNOWN}],
    ),
    "firehose-s3-settings": Cases(
        token=FIREHOSE,
        fails=[
            to_s3(bufferingSize=256),
            to_s3(bufferingInterval=901),
            to_s3(**CONVERTING),
            to_s3(**CONVERTING, bufferingSize=64, compressionFormat="GZIP"),
            to_s3(prefix="a/!{timestamp:yyyy}/"),
            to_s3(prefix="a/!{partitionKeyFromQuery:b}/", errorOutputPrefix="e/"),
            to_s3(**PARTITIONED, errorOutputPrefix="!{partitionKeyFromQuery:b}"),
        ],
        passes=[
            to_s3(bufferingSize=128, bufferingInterval=900, compressionFormat="GZIP"),
            to_s3(**CONVERTING, bufferingSize=128),
            to_s3(**PARTITIONED, prefix="a/!{partitionKeyFromQuery:b}/", errorOutputPrefix="e/"),
            to_s3(prefix="a/"),
        ],
        unknown=[to_s3(bufferingSize=UNKNOWN), {"destination": "extended_s3", "extendedS3Configuration": UNKNOWN}],
    ),
    "firehose-endpoint": Cases(
        token=FIREHOSE,
        fails=[{"httpEndpointConfiguration": {"url": "http://example.com"}}],
        passes=[{"httpEndpointConfiguration": {"url": "https://example.com"}}, to_s3()],
        unknown=[{"httpEndpointConfiguration": {"url": UNKNOWN}}],
    ),
}
