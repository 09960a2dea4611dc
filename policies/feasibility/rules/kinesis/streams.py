"""Streams and delivery streams that Amazon Kinesis and Amazon Data Firehose refuse."""

import re
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between, choice
from policies.feasibility.engine.shapes import (
    absent,
    blocks,
    each_block,
    forbids,
    given,
    of,
    present,
    saying,
    when,
    where_given,
)
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_number, read

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
    kind = stream.get("destination")
    if kind is UNKNOWN:
        yield NOT_JUDGED
        return
    wanted = _BLOCKS.get(str(kind))
    if wanted is None:
        yield Finding("destination", kind, " or ".join(_BLOCKS))
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


@rules.rule(
    "firehose-s3-settings",
    "F395",
    _FIREHOSE,
    description="Buffers, prefixes and conversion of a delivery to S3 go together.",
    remediation="Buffer 64 MB or more with conversion or partitioning; set errorOutputPrefix where prefix has expressions.",
)
def _s3(stream: Resource) -> Answers:
    for where, block in blocks(stream, _S3):
        size, interval = block.get("bufferingSize"), block.get("bufferingInterval")
        converts = read(block, "dataFormatConversionConfiguration.enabled")
        parts = read(block, "dynamicPartitioningConfiguration.enabled")
        prefix, errors = block.get("prefix"), block.get("errorOutputPrefix")
        conversion = given(block.get("dataFormatConversionConfiguration")) and converts is not False
        if any(value is UNKNOWN for value in (size, interval, converts, parts, prefix)):
            yield NOT_JUDGED
            continue
        amount = as_number(size)
        if amount is not None and not 1 <= amount <= 128:
            yield Finding(f"{where}.bufferingSize", size, "1 to 128 MB", detail="size")
        elif (conversion or parts is True) and (amount or 5) < 64:
            why = "record format conversion" if conversion else "dynamic partitioning"
            answer = f"InvalidArgumentException: BufferingHints.SizeInMBs must be at least 64 when {why} is enabled."
            yield Finding(f"{where}.bufferingSize", size, f"at least 64 MB with {why}", detail="size", answer=answer)
        seconds = as_number(interval)
        if seconds is not None and not 0 <= seconds <= 900:
            yield Finding(f"{where}.bufferingInterval", interval, "0 to 900 seconds", detail="interval")
        if conversion and block.get("compressionFormat") not in (None, "UNCOMPRESSED"):
            answer = "InvalidArgumentException: CompressionFormat must be UNCOMPRESSED when data format conversion is enabled."
            yield Finding(
                f"{where}.compressionFormat", block.get("compressionFormat"), "UNCOMPRESSED", detail="format", answer=answer
            )
        if "!{" in str(prefix or "") and not given(errors):
            answer = "InvalidArgumentException: ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
            yield Finding(
                f"{where}.errorOutputPrefix", errors, "a prefix, because prefix has expressions", detail="errors", answer=answer
            )
        if "!{partitionKeyFrom" in str(prefix or "") and parts is not True:
            expected = "true, because prefix has partition keys"
            yield Finding(f"{where}.dynamicPartitioningConfiguration.enabled", parts, expected, detail="partitions")
        if isinstance(errors, str) and "!{partitionKeyFrom" in errors:
            yield Finding(f"{where}.errorOutputPrefix", errors, "no partition keys", detail="error keys")


@rules.rule(
    "firehose-endpoint",
    "F395",
    _FIREHOSE,
    description="A delivery stream posts to an address with https.",
    remediation="Set httpEndpointConfiguration.url to https://...",
)
def _endpoint(stream: Resource) -> Answers:
    for path in ("httpEndpointConfiguration.url", "splunkConfiguration.hecEndpoint"):
        value = stream.get(path)
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif value is not None and not re.match(r"https://", str(value)):
            yield Finding(path, value, "an address that begins with https://", detail=path)
