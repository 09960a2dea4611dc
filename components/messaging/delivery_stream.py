"""A Firehose delivery stream that writes what a topic publishes about one dataset to a bucket, as Parquet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, iam, kinesis

from ..base.alarms import create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from ..base.log_group import create_log_group
from ..base.statements import policy_json, service_trust_json, trust
from ..base.telemetry import namespace
from ..data.bucket import Bucket
from .delivery_stream_parts import POOLS, alarms_of_stream, create_table, destination, may_deliver, may_put
from .delivery_stream_spec import DeliveryStreamSpec
from .topic import Topic

ERRORS: Final = "errors"
"""Where in the bucket lies what could not be written, below the stream's dataset."""
LOG_STREAM: Final = "delivery"


@dataclass(frozen=True, kw_only=True)
class DeliveryStreamArgs:
    """A delivery stream.

    Attributes:
        here: Where it is, and who is told that it writes late or not at all.
        spec: How it gathers.
        dataset: What its messages are about; the first part of their prefix, and the name of the table that says their form.
        columns: Column -> type of Glue. `message_id` is read from the message's `id`; a column that a message lacks is null.
        topic: The topic of `spec.topic`; a standard one.
        bucket: Where the files are written, and below `errors/` what could not be.
        bucket_key_arn: Key of its objects.
        key_arn: Customer managed key of the `messages` data class in the same region: what is gathered is under it.
        database_name: Glue database that gets the table.

    Raises:
        InvalidArgumentError: on another topic than the spec names, a FIFO one, or no columns.
    """

    here: Here
    spec: DeliveryStreamSpec
    dataset: str
    columns: Mapping[str, str]
    topic: Topic
    bucket: Bucket
    bucket_key_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    database_name: pulumi.Input[str]

    def __post_init__(self) -> None:
        if self.topic.name != self.spec.topic:
            raise InvalidArgumentError(self, "topic", self.topic.name, f"the topic of spec.topic ({self.spec.topic})")
        if self.topic.args.spec.fifo:
            raise InvalidArgumentError(self, "topic", self.topic.name, "a standard topic: a FIFO one delivers to queues only")
        if not self.columns or set(self.columns) & set(POOLS):
            expected = f"one or more, none of them {', '.join(POOLS)}, which are partitions"
            raise InvalidArgumentError(self, "columns", [*self.columns], expected)


class DeliveryStream(Component):
    """A delivery stream, partitioned by dataset, day and pool, with its table, its roles, its log and its alarms.

    A pool is the second letter of a tenant's id: ids are random base32, so that there are 32 of them, alike in size. Firehose
    writes 500 partitions at once at the most; a partition for each tenant would be too many at 1,000. So tenants share files,
    and no session of a tenant may read them: what is written is for those who see all tenants, and goes after some days.
    Messages of a silo are left out.

    What is in a stream is in the lake as well.

    Outputs: `arn`; `stream_name`; `error_prefix`, below which lies what could not be written.
    """

    arn: pulumi.Output[str]
    stream_name: pulumi.Output[str]
    error_prefix: str

    def __init__(self, name: str, args: DeliveryStreamArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        self.error_prefix = f"{ERRORS}/{args.dataset}/"
        table = create_table(
            self, here=here, dataset=args.dataset, columns=args.columns, bucket=args.bucket, database_name=args.database_name
        )
        log_group = create_log_group(self, name, here=here)
        log = cloudwatch.LogStream(
            f"{name}-log", region=here.region, log_group_name=log_group.name, name=LOG_STREAM, opts=self.child()
        )
        role = iam.Role(
            f"{name}-role",
            description=f"What {name} may do",
            # docs.aws.amazon.com/firehose/latest/dev/cross-service-confused-deputy-prevention.html
            assume_role_policy=service_trust_json(
                "firehose.amazonaws.com",
                account_id=here.account_id,
                source_arn=f"arn:aws:firehose:{here.region}:{here.account_id}:deliverystream/*",
            ),
            tags=tags(f"{name}-role"),
            opts=self.child(),
        )
        grants = iam.RolePolicy(
            f"{name}-grants",
            role=role.name,
            policy=policy_json(
                may_deliver(
                    here=here,
                    bucket=args.bucket,
                    prefixes=(f"dataset={args.dataset}/", self.error_prefix),
                    key_arn=args.bucket_key_arn,
                    database_name=args.database_name,
                    table_name=table.name,
                    log_group_arn=log_group.arn,
                )
            ),
            opts=self.child(),
        )
        stream = kinesis.FirehoseDeliveryStream(
            name,
            region=here.region,
            destination="extended_s3",
            server_side_encryption=kinesis.FirehoseDeliveryStreamServerSideEncryptionArgs(
                enabled=True,
                key_type="CUSTOMER_MANAGED_CMK",
                key_arn=expect_region(args.key_arn, here.region, f"{name}: key_arn"),
            ),
            extended_s3_configuration=destination(
                here=here,
                spec=args.spec,
                columns=args.columns,
                bucket=args.bucket,
                key_arn=expect_region(args.bucket_key_arn, here.region, f"{name}: bucket_key_arn"),
                error_prefix=self.error_prefix,
                role_arn=role.arn,
                table=table,
                log=log,
            ),
            tags=tags(name, data_classification="restricted", recovery="rebuilt"),
            # A role that loses its policy first leaves a stream that cannot write what it holds.
            opts=self.child(depends_on=[grants]),
        )
        self.arn, self.stream_name = stream.arn, stream.name
        self._subscribe(stream)
        self._count_errors(log_group)
        create_alarms(self, alarms_of_stream(stream.name, args.spec, namespace(), name), here)
        loss = "minutes of files that are not copied; the same records are in the lake, which is"
        here.inventory.stores.append(Store(name=name, arn=self.arn, recovery="rebuilt", loss=loss))
        self.register_outputs({"arn": self.arn, "streamName": self.stream_name})

    def _subscribe(self, stream: kinesis.FirehoseDeliveryStream) -> None:
        name = f"{self.name}-subscription"
        role = iam.Role(
            f"{name}-role",
            description=f"Lets SNS put messages into {self.name}",
            # Bare on purpose: SNS is not documented to say for which topic or account it takes the role; a condition could lock
            # it out. Nobody names it in a subscription without iam:PassRole on it.
            # docs.aws.amazon.com/sns/latest/dg/prereqs-kinesis-data-firehose.html
            assume_role_policy=policy_json([trust("sns.amazonaws.com", {})]),
            tags=tags(f"{name}-role"),
            opts=self.child(),
        )
        puts = may_put(here=self.args.here, stream_arn=stream.arn, key_arn=self.args.key_arn)
        grants = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(puts), opts=self.child())
        self.args.topic.subscribe(
            self,
            protocol="firehose",
            endpoint=stream.arn,
            datasets=(self.args.dataset,),
            # A row without its record would say nothing.
            whole=True,
            # Its files mix tenants, and nothing of a silo may lie where others' data does.
            pooled=True,
            role_arn=role.arn,
            needs=[grants],
        )

    def _count_errors(self, log_group: cloudwatch.LogGroup) -> None:
        """Each event in its log is an error. Of records that no partition was found for, Firehose publishes no metric."""
        cloudwatch.LogMetricFilter(
            f"{self.name}-errors",
            region=self.args.here.region,
            log_group_name=log_group.name,
            pattern="",
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace(), name=f"{self.name}-errors", value="1", unit="Count"
            ),
            opts=self.child(),
        )
