"""What a delivery stream is made of: its table, where and how it writes, what it may do, when it alarms."""

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, glue, kinesis

from ..base.alarms import Alarm, Metric, any_of
from ..base.component import Component
from ..base.here import Place
from ..base.statements import Statement
from ..data.bucket import Bucket
from .delivery_stream_spec import DeliveryStreamSpec

POOLS: Final = {"dataset": ".dataset", "date": ".received_at[0:10]", "pool": ".tenant[1:2]"}
"""Partition -> how it is read from a message, in JQ 1.6."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
"""Of base32: what a tenant's id is made of."""
_RENAMED: Final = {"message_id": "id"}
"""Column -> the message's own word for it."""
_RETRY_SECONDS: Final = 300
_PARQUET: Final = "org.apache.hadoop.hive.ql.io.parquet"

_CONFIGURATION: Final = "FirehoseDeliveryStreamExtendedS3Configuration"


def create_table(
    owner: Component,
    *,
    here: Place,
    dataset: str,
    columns: Mapping[str, str],
    bucket: Bucket,
    database_name: pulumi.Input[str],
) -> glue.CatalogTable:
    """The table of a dataset's files: Firehose reads from it what to write, and whoever queries what there is.

    Its partitions follow from its parameters: nothing adds them
    (docs.aws.amazon.com/athena/latest/ug/partition-projection.html).
    """
    location = pulumi.Output.concat("s3://", bucket.bucket_name, "/")
    template = "".join(f"{name}=${{{name}}}/" for name in POOLS)
    return glue.CatalogTable(
        f"{owner.name}-table",
        region=here.region,
        database_name=database_name,
        # A physical name: queries call it so.
        name=dataset.replace("-", "_"),
        table_type="EXTERNAL_TABLE",
        parameters={
            "classification": "parquet",
            "EXTERNAL": "TRUE",
            "projection.enabled": "true",
            "projection.dataset.type": "enum",
            "projection.dataset.values": dataset,
            "projection.date.type": "date",
            "projection.date.format": "yyyy-MM-dd",
            "projection.date.range": f"NOW-{bucket.args.spec.expire_days or 365}DAYS,NOW+1DAYS",
            "projection.pool.type": "enum",
            "projection.pool.values": ",".join(_LETTERS),
            "storage.location.template": pulumi.Output.concat(location, template),
        },
        partition_keys=[glue.CatalogTablePartitionKeyArgs(name=name, type="string") for name in POOLS],
        storage_descriptor=glue.CatalogTableStorageDescriptorArgs(
            location=location,
            input_format=f"{_PARQUET}.MapredParquetInputFormat",
            output_format=f"{_PARQUET}.MapredParquetOutputFormat",
            ser_de_info=glue.CatalogTableStorageDescriptorSerDeInfoArgs(
                serialization_library=f"{_PARQUET}.serde.ParquetHiveSerDe"
            ),
            columns=[glue.CatalogTableStorageDescriptorColumnArgs(name=name, type=kind) for name, kind in columns.items()],
        ),
        opts=owner.child(),
    )


def destination(
    *,
    here: Place,
    spec: DeliveryStreamSpec,
    columns: Mapping[str, str],
    bucket: Bucket,
    key_arn: pulumi.Input[str],
    error_prefix: str,
    role_arn: pulumi.Input[str],
    table: glue.CatalogTable,
    log: cloudwatch.LogStream,
) -> kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs:
    """Where and how the stream writes. Partitioning cannot be switched on later: it is from the beginning."""
    query = "{" + ",".join(f"{name}:{path}" for name, path in POOLS.items()) + "}"
    return kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
        role_arn=role_arn,
        bucket_arn=bucket.arn,
        kms_key_arn=key_arn,
        buffering_size=spec.buffer_mib,
        buffering_interval=spec.buffer_seconds,
        prefix="".join(f"{name}=!{{partitionKeyFromQuery:{name}}}/" for name in POOLS),
        error_output_prefix=f"{error_prefix}!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/",
        # Parquet is compressed in itself; Firehose takes no other value here.
        compression_format="UNCOMPRESSED",
        custom_time_zone="UTC",
        dynamic_partitioning_configuration=(
            kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDynamicPartitioningConfigurationArgs(
                enabled=True, retry_duration=_RETRY_SECONDS
            )
        ),
        processing_configuration=kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationArgs(
            enabled=True,
            processors=[
                kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorArgs(
                    type="MetadataExtraction",
                    parameters=[
                        kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationProcessingConfigurationProcessorParameterArgs(
                            parameter_name=name, parameter_value=value
                        )
                        for name, value in (("JsonParsingEngine", "JQ-1.6"), ("MetadataExtractionQuery", query))
                    ],
                )
            ],
        ),
        data_format_conversion_configuration=_conversion(here, columns, role_arn, table),
        cloudwatch_logging_options=kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptionsArgs(
            enabled=True, log_group_name=log.log_group_name, log_stream_name=log.name
        ),
    )


def _conversion(
    here: Place, columns: Mapping[str, str], role_arn: pulumi.Input[str], table: glue.CatalogTable
) -> kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationArgs:
    def part(name: str) -> type:
        return getattr(kinesis, f"{_CONFIGURATION}DataFormatConversionConfiguration{name}Args")

    renamed = {column: key for column, key in _RENAMED.items() if column in columns}
    return kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationDataFormatConversionConfigurationArgs(
        enabled=True,
        input_format_configuration=part("InputFormatConfiguration")(
            deserializer=part("InputFormatConfigurationDeserializer")(
                open_x_json_ser_de=part("InputFormatConfigurationDeserializerOpenXJsonSerDe")(
                    case_insensitive=False, column_to_json_key_mappings=renamed
                )
            )
        ),
        output_format_configuration=part("OutputFormatConfiguration")(
            serializer=part("OutputFormatConfigurationSerializer")(
                parquet_ser_de=part("OutputFormatConfigurationSerializerParquetSerDe")(compression="SNAPPY")
            )
        ),
        schema_configuration=part("SchemaConfiguration")(
            role_arn=role_arn, database_name=table.database_name, table_name=table.name, region=here.region
        ),
    )


def may_deliver(
    *,
    here: Place,
    bucket: Bucket,
    prefixes: tuple[str, ...],
    key_arn: pulumi.Input[str],
    database_name: pulumi.Input[str],
    table_name: pulumi.Input[str],
    log_group_arn: pulumi.Input[str],
) -> tuple[Statement, ...]:
    """What Firehose does in the stream's role (docs.aws.amazon.com/firehose/latest/dev/controlling-access.html)."""
    catalog = f"arn:aws:glue:{here.region}:{here.account_id}"
    return (
        Statement(
            sid="FindTheBucket",
            actions=("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
            resources=(bucket.arn,),
        ),
        Statement(
            sid="WriteFiles",
            actions=("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
            resources=tuple(pulumi.Output.concat(bucket.arn, "/", prefix, "*") for prefix in prefixes),
        ),
        Statement(
            sid="EncryptFiles",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"s3.{here.region}.amazonaws.com"}},
        ),
        Statement(
            sid="ReadTheTable",
            actions=("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"),
            resources=(
                f"{catalog}:catalog",
                pulumi.Output.concat(f"{catalog}:database/", database_name),
                pulumi.Output.concat(f"{catalog}:table/", database_name, "/", table_name),
            ),
        ),
        Statement(
            sid="TellErrors", actions=("logs:PutLogEvents",), resources=(pulumi.Output.concat(log_group_arn, ":log-stream:*"),)
        ),
    )


def may_put(*, here: Place, stream_arn: pulumi.Input[str], key_arn: pulumi.Input[str]) -> tuple[Statement, ...]:
    """What SNS does in the subscription's role: at the least PutRecord, in its guide; PutRecordBatch for many at once.

    Firehose asks whoever puts records into a stream under a customer managed key for rights to the key, too: of streams made
    since 20 April 2026 (AWS's notice to accounts, github.com/ministryofjustice/modernisation-platform/issues/12957).
    """
    return (
        Statement(sid="Put", actions=("firehose:PutRecord", "firehose:PutRecordBatch"), resources=(stream_arn,)),
        Statement(
            sid="EncryptRecords",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(key_arn,),
            conditions={"StringEquals": {"kms:ViaService": f"firehose.{here.region}.amazonaws.com"}},
        ),
    )


def alarms_of_stream(
    stream_name: pulumi.Input[str], spec: DeliveryStreamSpec, own_metrics: str, name: str
) -> tuple[Alarm, ...]:
    """docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html; five minutes apart, as published."""

    def metric(of: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/Firehose", name=of, dimensions={"DeliveryStreamName": stream_name}, statistic=statistic)

    def above(key: str, description: str, watched: Metric, threshold: float = 0, periods: int = 1) -> Alarm:
        return Alarm(
            key=key,
            description=description,
            metric=watched,
            comparison="GreaterThanThreshold",
            threshold=threshold,
            period=300,
            evaluation_periods=periods,
            missing_data="notBreaching",
        )

    keys = {"denied": "AccessDenied", "disabled": "Disabled", "invalid": "InvalidState", "missing": "NotFound"}
    # Half as long again as records are gathered is usual; the rest is for a retry.
    late = 2 * spec.buffer_seconds + _RETRY_SECONDS
    return (
        above(
            "stream-freshness",
            f"A record has waited longer than {late} s to be written.",
            metric("DeliveryToS3.DataFreshness", "Maximum"),
            threshold=late,
            periods=3,
        ),
        above(
            "stream-partitions",
            "More partitions than Firehose writes at once: what is beyond lies below the error prefix.",
            metric("PartitionCountExceeded", "Maximum"),
        ),
        above(
            "stream-conversion",
            "Records do not fit their table; they lie below the error prefix.",
            metric("FailedConversion.Records", "Sum"),
        ),
        above(
            "stream-throttles",
            "Records come faster than the stream takes them; SNS tries again.",
            metric("ThrottledRecords", "Sum"),
        ),
        any_of(
            "stream-key",
            "The stream may not use its key: it takes no records, or writes none.",
            {identity: metric(f"KMSKey{failure}", "Sum") for identity, failure in keys.items()},
        ),
        above(
            "stream-errors",
            "The stream could not process or write records; its log says why, and they lie below the error prefix.",
            Metric(namespace=own_metrics, name=f"{name}-errors", dimensions={}, statistic="Sum"),
        ),
    )
