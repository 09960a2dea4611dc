"""The hot layer of a region: what was taken in minutes ago, as files that are gone after some days."""

from collections.abc import Mapping

import pulumi

from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from components.data.catalog import Catalog, CatalogArgs
from components.messaging.delivery_stream import DeliveryStream, DeliveryStreamArgs
from components.messaging.topic import Topic
from jobs.aggregate.datasets import DATASETS, TYPES
from settings import PlatformSettings
from stacks.parts.region import Region


def declare_streams(
    settings: PlatformSettings, region: Region, topics: Mapping[str, Topic]
) -> dict[str, dict[str, pulumi.Input[str]]]:
    """Declare the delivery streams, and the bucket that they write to.

    No link offers that bucket: tenants share its files. Returns what `dataconnect stream` reads, by dataset: the stream, the
    bucket, and the prefix below which lies what could not be written.
    """
    if not settings.streams:
        return {}
    bucket = Bucket(
        "stream",
        BucketArgs(
            here=region.here,
            spec=BucketSpec(expire_days=settings.lake.stream_days, noncurrent_days=1),
            key_arn=region.keys["storage"],
            log_bucket=region.access_logs.bucket_name,
            data_classification="restricted",
            rebuilt_from="lake-raw and lake-curated, which are copied; it is not, and goes after some days",
        ),
    )
    catalog = Catalog(
        "catalog",
        CatalogArgs(
            here=region.here,
            database_name=f"dataconnect_{pulumi.get_stack().replace('-', '_')}",
            description="What delivery streams write",
        ),
    )
    streams = {
        dataset: DeliveryStream(
            f"{dataset}-stream",
            DeliveryStreamArgs(
                here=region.here,
                spec=spec,
                dataset=dataset,
                columns=columns(dataset),
                topic=topics[spec.topic],
                bucket=bucket,
                bucket_key_arn=region.keys["storage"],
                key_arn=region.keys["messages"],
                database_name=catalog.database_name,
            ),
        )
        for dataset, spec in settings.streams.items()
    }
    return {
        dataset: {"stream": stream.stream_name, "bucket": bucket.bucket_name, "errorPrefix": stream.error_prefix}
        for dataset, stream in streams.items()
    }


def columns(dataset: str) -> dict[str, str]:
    """Column -> Glue type of a dataset's messages as they are published: their envelope, and their record as a struct.

    `key` is where the whole message lies in the lake when it was too large to be published: then `record` is null. The dataset
    is a partition. Times stay text, as they were sent: Firehose reads those of UTC only (with Z), and a record may give another
    offset. docs.aws.amazon.com/firehose/latest/dev/deserializer.html
    """
    told = ((each.name, "string" if each.kind == "time" else TYPES[each.kind].glue) for each in DATASETS[dataset].columns)
    fields = ",".join(f"{name}:{kind}" for name, kind in told)
    texts = dict.fromkeys(("message_id", "tenant", "received_at", "key"), "string")
    return {**texts, "record": f"struct<{fields}>"}
