"""Streams and delivery streams that Amazon Kinesis and Amazon Data Firehose refuse."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, choice
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    forbids,
    given,
    of,
    present,
    saying,
    when,
    where_given,
)
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import as_number, read, switch

rules: Final = Rules("feasibility", failures())

_MODE: Final = "streamModeDetails.streamMode"

rules.add(
    "kinesis-stream",
    "F394",
    "kinesis/stream",
    of(
        when(
            _MODE,
            ("PROVISIONED",),
            saying(
                "shard_count must be at least 1 when stream_mode is PROVISIONED",
                present("shardCount", "because the mode is PROVISIONED (the default)"),
            ),
            default="PROVISIONED",
        ),
        when(
            _MODE,
            ("ON_DEMAND",),
            saying(
                "shard_count must not be set when stream_mode is ON_DEMAND",
                absent("shardCount", "because the mode is ON_DEMAND"),
            ),
        ),
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


@rules.rule(
    "firehose-destination",
    "F395",
    _FIREHOSE,
    description="A delivery stream has the configuration of its destination, and of no other.",
    remediation="Set destination and the block of the same name.",
)
def _destination(stream: Resource) -> Answers:
    kind = text_of(stream.get("destination"))
    wanted = _BLOCKS.get(kind)
    if wanted is None:
        yield Finding("destination", stream.get("destination"), " or ".join(_BLOCKS))
        return
    if not given(stream.get(wanted)):
        yield Finding(wanted, stream.get(wanted), f"a value, because the destination is {kind}", detail=wanted)
    for name in _BLOCKS.values():
        if name != wanted and given(stream.get(name)):
            yield Finding(name, "a configuration", f"nothing, because the destination is {kind}", detail=name)


_SSE: Final = "serverSideEncryption"
_STREAM_SSE: Final = (
    "InvalidArgumentException: ServerSideEncryption is not supported for delivery streams with a Kinesis stream as source"
)

rules.add(
    "firehose-source",
    "F395",
    _FIREHOSE,
    all_of(
        of(
            forbids("kinesisSourceConfiguration", "mskSourceConfiguration"),
            saying(
                _STREAM_SSE,
                where_given("kinesisSourceConfiguration", absent(f"{_SSE}.enabled", "because a stream is the source")),
            ),
        ),
        each_block(
            _SSE,
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


rules.add(
    "firehose-s3-settings",
    "F395",
    _FIREHOSE,
    each_block(
        _S3,
        between("bufferingSize", 1, 128, unit="MB", detail="size"),
        between("bufferingInterval", 0, 900, unit="seconds", detail="interval"),
        _prefixes,
    ),
    description="Buffers, prefixes and conversion of a delivery to S3 go together.",
    remediation="Buffer 64 MB or more with conversion or partitioning; set errorOutputPrefix where prefix has expressions.",
)
rules.add(
    "firehose-endpoint",
    "F395",
    _FIREHOSE,
    all_of(
        *(
            each_matches(path, r"https://.*", "an address that begins with https://", detail=path)
            for path in ("httpEndpointConfiguration.url", "splunkConfiguration.hecEndpoint")
        )
    ),
    description="A delivery stream posts to an address with https.",
    remediation="Set httpEndpointConfiguration.url to https://...",
)
