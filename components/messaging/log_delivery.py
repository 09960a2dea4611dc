"""From log groups to copies in S3: what CloudWatch Logs sends of them, as it was sent, file by file."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, iam, kinesis

from ..base.alarms import Alarm, Metric, any_of, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from ..base.log_group import create_log_group
from ..base.logs import LogsTo
from ..base.statements import Statement, policy_json, service_trust_json, trust
from ..base.telemetry import namespace
from ..data.bucket import Bucket
from .delivery_stream_parts import may_put

PREFIX: Final = "logs/"
"""Below it lie the copies, by the hour in which they came: `logs/2026/11/30/12/...`, UTC."""
ERRORS: Final = "errors/"
LOG_STREAM: Final = "delivery"
# What one file holds at the most, packed; some ten times as much in the shipper's memory, one part at a time.
BUFFER_MIB: Final = 4
_RETRY_SECONDS: Final = 300


@dataclass(frozen=True, kw_only=True)
class LogDeliveryArgs:
    """A delivery of logs.

    Attributes:
        here: Where it is. Its own log is no part of what it delivers, so `here` must send none: `logs_to` None.
        buffer_seconds: How long events are gathered, 60 to 900.
        bucket: Where the copies are written.
        bucket_key_arn: Key of its objects.
        key_arn: Customer managed key of the `messages` data class in the same region: what is gathered is under it.

    Raises:
        InvalidArgumentError: where its own log would be delivered, too, or others hear of what is written into the bucket.
    """

    here: Here
    buffer_seconds: int
    bucket: Bucket
    bucket_key_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]

    def __post_init__(self) -> None:
        expect_told_nobody(self, "bucket", self.bucket)
        if self.here.logs_to is not None:
            raise InvalidArgumentError(self, "here.logs_to", "a stream", "None: a delivery does not deliver its own log")


class LogDelivery(Component):
    """A Firehose stream into a bucket, and the role in which CloudWatch Logs puts the events of log groups there.

    CloudWatch Logs packs what it sends, so a file is parts of gzip, one behind the other, which is one again (`zcat`); Firehose
    neither unpacks nor packs them. What it cannot deliver for 24 hours is lost; it is in CloudWatch still.

    Outputs: `stream_name`; `logs_to`, for `here`.
    """

    stream_name: pulumi.Output[str]
    logs_to: LogsTo

    def __init__(self, name: str, args: LogDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        log_group = create_log_group(self, name, here=here)
        log = cloudwatch.LogStream(
            f"{name}-log", region=here.region, log_group_name=log_group.name, name=LOG_STREAM, opts=self.child()
        )
        stream = self._stream(log_group, log)
        self.stream_name = stream.name
        role, grants = self._role(
            "put",
            f"Lets CloudWatch Logs put events into {name}",
            # As AWS's page has it, by the source alone, which holds the account:
            # docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
            policy_json(
                [
                    trust(
                        "logs.amazonaws.com",
                        {"StringLike": {"aws:SourceArn": f"arn:aws:logs:{here.region}:{here.account_id}:*"}},
                    )
                ]
            ),
            *may_put(here=here, stream_arn=stream.arn, key_arn=args.key_arn),
        )
        self.logs_to = LogsTo(stream_arn=stream.arn, role_arn=role.arn, needs=(grants,))
        cloudwatch.LogMetricFilter(
            f"{name}-errors",
            region=here.region,
            log_group_name=log_group.name,
            # Each event there is an error.
            pattern="",
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace(), name=f"{name}-errors", value="1", unit="Count"
            ),
            opts=self.child(),
        )
        create_alarms(self, _alarms(name, stream.name, args.buffer_seconds), here)
        loss = "the events of the last minutes; the copies of the region's logs are lost, too"
        here.inventory.stores.append(Store(name=name, arn=stream.arn, recovery="lost", loss=loss))
        self.register_outputs({"streamName": self.stream_name})

    def _stream(self, log_group: cloudwatch.LogGroup, log: cloudwatch.LogStream) -> kinesis.FirehoseDeliveryStream:
        args, here, name = self.args, self.args.here, self.name
        role, grants = self._role(
            "deliver",
            f"What {name} may do",
            # docs.aws.amazon.com/firehose/latest/dev/cross-service-confused-deputy-prevention.html
            service_trust_json(
                "firehose.amazonaws.com",
                account_id=here.account_id,
                source_arn=f"arn:aws:firehose:{here.region}:{here.account_id}:deliverystream/*",
            ),
            Statement(
                sid="FindTheBucket",
                actions=("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"),
                resources=(args.bucket.arn,),
            ),
            Statement(
                sid="WriteFiles",
                actions=("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"),
                resources=tuple(pulumi.Output.concat(args.bucket.arn, "/", prefix, "*") for prefix in (PREFIX, ERRORS)),
            ),
            Statement(
                sid="EncryptFiles",
                actions=("kms:Decrypt", "kms:GenerateDataKey"),
                resources=(args.bucket_key_arn,),
                conditions={"StringEquals": {"kms:ViaService": f"s3.{here.region}.amazonaws.com"}},
            ),
            Statement(
                sid="TellErrors",
                actions=("logs:PutLogEvents",),
                resources=(pulumi.Output.concat(log_group.arn, ":log-stream:*"),),
            ),
        )
        return kinesis.FirehoseDeliveryStream(
            name,
            region=here.region,
            destination="extended_s3",
            server_side_encryption=kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(
                enabled=True,
                key_type="CUSTOMER_MANAGED_CMK",
                key_arn=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            ),
            extended_s3_configuration=kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgs(
                role_arn=role.arn,
                bucket_arn=args.bucket.arn,
                kms_key_arn=expect_region(args.bucket_key_arn, here.region, f"{name}: bucket_key_arn"),
                buffering_size=BUFFER_MIB,
                buffering_interval=args.buffer_seconds,
                prefix=f"{PREFIX}!{{timestamp:yyyy/MM/dd/HH}}/",
                error_output_prefix=f"{ERRORS}!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/",
                # It is packed as it comes; a second time would make it another kind of file.
                compression_format="UNCOMPRESSED",
                file_extension=".json.gz",
                custom_time_zone="UTC",
                cloudwatch_logging_options=kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationCloudwatchLoggingOptionsArgs(
                    enabled=True, log_group_name=log.log_group_name, log_stream_name=log.name
                ),
            ),
            tags=tags(name, data_classification="restricted", recovery="lost"),
            # A role that loses its policy first leaves a stream that cannot write what it holds.
            opts=self.child(depends_on=[grants]),
        )

    def _role(
        self, what: str, description: str, trust: pulumi.Output[str], *statements: Statement
    ) -> tuple[iam.Role, iam.RolePolicy]:
        name = f"{self.name}-{what}"
        role = iam.Role(name, description=description, assume_role_policy=trust, tags=tags(name), opts=self.child())
        return role, iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(statements), opts=self.child())


def expect_told_nobody(arguments: object, field: str, archive: Bucket) -> None:
    """Raise InvalidArgumentError where EventBridge hears of the copies.

    What would be started by them logs, which makes the next copy; and a bucket has one list of whom it tells, which the log
    domain writes.
    """
    if archive.args.tells_events:
        expected = "a bucket that tells EventBridge nothing: what its copies start would log, and so make the next copy"
        raise InvalidArgumentError(arguments, field, "a bucket with tells_events", expected)


def _alarms(name: str, stream_name: pulumi.Input[str], buffer_seconds: int) -> tuple[Alarm, ...]:
    """docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html; five minutes apart, as published."""

    def metric(of: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/Firehose", name=of, dimensions={"DeliveryStreamName": stream_name}, statistic=statistic)

    late = 2 * buffer_seconds + _RETRY_SECONDS
    failures = {
        "errors": Metric(namespace=namespace(), name=f"{name}-errors", dimensions={}, statistic="Sum"),
        "throttled": metric("ThrottledRecords", "Sum"),
        **{
            identity: metric(f"KMSKey{failure}", "Sum")
            for identity, failure in (("denied", "AccessDenied"), ("disabled", "Disabled"), ("missing", "NotFound"))
        },
    }
    return (
        Alarm(
            key="logs-late",
            description=f"Events of logs have waited longer than {late} s for their copy in S3: nothing newer is searched.",
            metric=metric("DeliveryToS3.DataFreshness", "Maximum"),
            comparison="GreaterThanThreshold",
            threshold=late,
            period=300,
            evaluation_periods=3,
            missing_data="notBreaching",
        ),
        any_of(
            "logs-delivery",
            "Copies of logs are not written, or events not taken: the delivery's own log says why.",
            failures,
        ),
    )
