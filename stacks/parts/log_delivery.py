"""The copies of a region's logs in S3."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi

from components.base.here import Here
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from components.messaging.log_delivery import LogDelivery, LogDeliveryArgs
from components.security.key import DataClass
from settings import PlatformSettings


@dataclass(frozen=True, kw_only=True)
class Logs:
    """What becomes of logs.

    Attributes:
        bucket: The copies.
        stream_name: Of the delivery stream.
    """

    bucket: Bucket
    stream_name: pulumi.Output[str]


def declare_log_delivery(
    settings: PlatformSettings, here: Here, keys: Mapping[DataClass, pulumi.Input[str]], access_logs: pulumi.Input[str]
) -> tuple[Here, Logs | None]:
    """Declare the copies; what is declared with the `here` that it returns has its logs copied, and what was before has not."""
    spec = settings.logs
    if spec is None:
        return here, None
    here = replace(here, log_class_days=spec.class_days())
    bucket = Bucket(
        "log-archive",
        BucketArgs(
            here=here,
            spec=BucketSpec(expire_days=spec.archive_days, noncurrent_days=1),
            key_arn=keys["storage"],
            log_bucket=access_logs,
            data_classification="restricted",
        ),
    )
    delivery = LogDelivery(
        "log-delivery",
        LogDeliveryArgs(
            here=here,
            buffer_seconds=spec.buffer_seconds,
            bucket=bucket,
            bucket_key_arn=keys["storage"],
            key_arn=keys["messages"],
        ),
    )
    return replace(here, logs_to=delivery.logs_to), Logs(bucket=bucket, stream_name=delivery.stream_name)
