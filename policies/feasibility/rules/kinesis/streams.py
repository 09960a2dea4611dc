"""Streams and delivery streams that Amazon Kinesis and Amazon Data Firehose refuse."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, choice, wanted
from policies.feasibility.engine.faults import is_one, said, unlike, unsaid, where_all
from policies.feasibility.engine.shapes import absent, each_block, forbids, given, of, present, when
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import as_number, read, switch

rules: Final = Rules("feasibility", failures())

_MODE: Final = "streamModeDetails.streamMode"

rules.named("kinesis-stream", "F394", "kinesis/stream").add(
    of(
        where_all(is_one(_MODE, "PROVISIONED", default="PROVISIONED"), unsaid("shardCount"))
        .wrong("a value, because the mode is PROVISIONED (the default)", "shardCount")
        .says("shard_count must be at least 1 when stream_mode is PROVISIONED"),
        where_all(is_one(_MODE, "ON_DEMAND"), said("shardCount"))
        .wrong("nothing, because the mode is ON_DEMAND", "shardCount")
        .says("shard_count must not be set when stream_mode is ON_DEMAND"),
        between("shardCount", 1, 100000),
        between("retentionPeriod", 24, 8760, unit="hours"),
        when("encryptionType", ("KMS",), present("kmsKeyId", "because the encryption type is KMS")),
        choice("encryptionType", ("KMS", "NONE")),
    ),
    description="A stream has shards or is on demand, keeps records from a day to a year, and has a key where it is encrypted.",
    remediation="Set shardCount, or streamModeDetails: {streamMode: ON_DEMAND} without it.",
)

_FIREHOSE: Final = "kinesis/firehoseDeliveryStream"
_BLOCKS: Final = {
    "extended_s3": "extendedS3Configuration",
    "redshift": "redshiftConfiguration",
    "elasticsearch": "elasticsearchConfiguration",
    "opensearch": "opensearchConfiguration",
    "opensearchserverless": "opensearchserverlessConfiguration",
    "splunk": "splunkConfiguration",
    "http_endpoint": "httpEndpointConfiguration",
    "iceberg": "icebergConfiguration",
    "snowflake": "snowflakeConfiguration",
}


rules.named("firehose-destination", "F395", _FIREHOSE).add(
    of(
        wanted("destination", tuple(_BLOCKS), " or ".join(_BLOCKS)),
        *(
            where_all(is_one("destination", kind), unsaid(name)).wrong(f"a value, because the destination is {kind}", name)
            for kind, name in _BLOCKS.items()
        ),
        *(
            where_all(is_one("destination", *_BLOCKS.keys() - {kind}), said(name)).wrong(
                "nothing, because the destination is {destination}", name, shown="a configuration"
            )
            for kind, name in _BLOCKS.items()
        ),
    ),
    description="A delivery stream has the configuration of its destination, and of no other.",
    remediation="Set destination and the block of the same name.",
)
_STREAM_ENCRYPTS: Final = (
    "InvalidArgumentException: ServerSideEncryption is not supported for delivery streams with a Kinesis stream as source"
)
rules.named("firehose-source", "F395", _FIREHOSE).add(
    all_of(
        of(
            forbids("kinesisSourceConfiguration", "mskSourceConfiguration"),
            where_all(said("kinesisSourceConfiguration"), said("serverSideEncryption.enabled"))
            .wrong("nothing, because a stream is the source", "serverSideEncryption.enabled")
            .says(_STREAM_ENCRYPTS),
        ),
        each_block(
            "serverSideEncryption",
            when("keyType", ("CUSTOMER_MANAGED_CMK",), present("keyArn", "because the key is the customer's own")),
            when("keyType", ("AWS_OWNED_CMK",), absent("keyArn", "because the key is AWS's"), default="AWS_OWNED_CMK"),
        ),
    ),
    description="A delivery stream has one source, and a key where its key is its own.",
    remediation="Set one source; set serverSideEncryption.keyArn with keyType: CUSTOMER_MANAGED_CMK.",
)

_S3: Final = "extendedS3Configuration"


def _prefixes(where: str, block: Block) -> Answers:
    prefix, errors = text_of(block.get("prefix")), block.get("errorOutputPrefix")
    parts = switch(read(block, "dynamicPartitioningConfiguration.enabled"))
    conversion = given(block.get("dataFormatConversionConfiguration")) and switch(
        read(block, "dataFormatConversionConfiguration.enabled"), default=True
    )
    amount = as_number(block.get("bufferingSize"))
    if (conversion or parts) and (amount is None or amount in range(1, 64)):
        why = "record format conversion" if conversion else "dynamic partitioning"
        answer = f"InvalidArgumentException: BufferingHints.SizeInMBs must be at least 64 when {why} is enabled."
        size = block.get("bufferingSize")
        yield Finding(f"{where}bufferingSize", size, f"at least 64 MB with {why}", detail="size", answer=answer)
    if conversion and (form := block.get("compressionFormat")) not in (None, "UNCOMPRESSED"):
        answer = "InvalidArgumentException: CompressionFormat must be UNCOMPRESSED when data format conversion is enabled."
        yield Finding(f"{where}compressionFormat", form, "UNCOMPRESSED", detail="format", answer=answer)
    if "!{" in prefix and not given(errors):
        answer = "InvalidArgumentException: ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
        expected = "a prefix, because prefix has expressions"
        yield Finding(f"{where}errorOutputPrefix", errors, expected, detail="errors", answer=answer)
    if "!{partitionKeyFrom" in prefix and not parts:
        expected = "true, because prefix has partition keys"
        found = read(block, "dynamicPartitioningConfiguration.enabled")
        yield Finding(f"{where}dynamicPartitioningConfiguration.enabled", found, expected, detail="partitions")
    if isinstance(errors, str) and "!{partitionKeyFrom" in errors:
        yield Finding(f"{where}errorOutputPrefix", errors, "no partition keys", detail="error keys")


rules.named("firehose-s3-settings", "F395", _FIREHOSE).add(
    each_block(
        _S3,
        between("bufferingSize", 1, 128, unit="MB", detail="size"),
        between("bufferingInterval", 0, 900, unit="seconds", detail="interval"),
        _prefixes,
    ),
    description="Buffers, prefixes and conversion of a delivery to S3 go together.",
    remediation="Buffer 64 MB or more with conversion or partitioning; set errorOutputPrefix where prefix has expressions.",
)
rules.named("firehose-endpoint", "F395", _FIREHOSE).add(
    of(
        *(
            where_all(unlike(path, "https://.*")).wrong("an address that begins with https://", path)
            for path in ("httpEndpointConfiguration.url", "splunkConfiguration.hecEndpoint")
        )
    ),
    description="A delivery stream posts to an address with https.",
    remediation="Set httpEndpointConfiguration.url to https://...",
)
