"""The topics of the stack file, who subscribes to them, and the hot layer that delivery streams write."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from jobs.aggregate.curated import columns as curated
from jobs.aggregate.records import SCHEMAS, Message
from stacks.parts.streams import columns
from tests.found import some
from tests.stacks.estate import PLATFORMS, estate_of

SUBSCRIPTION: Final = "sns/topicSubscription:TopicSubscription"
STREAM: Final = "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
BUCKET: Final = "s3/bucket:Bucket"
# Types of Parquet -> those of Glue. Times stay text, as they were sent: their offset may be any, and Firehose reads Z alone.
GLUE: Final = {"string": "string", "int64": "bigint", "int32": "int", "timestamp[us, tz=UTC]": "string"}


@pytest.mark.parametrize("dataset", sorted(SCHEMAS))
def test_the_hot_layer_has_the_columns_of_the_curated_one(dataset: str) -> None:
    fields = [(field.name, GLUE[str(field.type)]) for field in curated_schema(dataset)]
    found = columns(dataset)
    record = found.pop("record").removeprefix("struct<").removesuffix(">")
    own = ("message_id", "received_at")
    assert [tuple(each.split(":")) for each in record.split(",")] == [each for each in fields if each[0] not in own]
    assert {name: found[name] for name in own} == {name: kind for name, kind in fields if name in own}
    assert set(found) - {*own} == {"tenant", "key"}


def curated_schema(dataset: str) -> Any:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    values = tuple(field.read(_right(field.name)) for field in SCHEMAS[dataset].fields)
    return curated(dataset, [Message("m", when, b"", values)]).schema


def _right(name: str) -> object:
    rights: dict[str, object] = {"amount_cents": 1, "rate_bp": 1, "state": "OH", "status": "funded"}
    return rights.get(name, "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_queue_gets_what_the_topic_of_the_stack_file_publishes(name: str) -> None:
    estate = estate_of(name)
    subscribing = {queue: wanted for queue, wanted in estate.file["queues"].items() if "topic" in wanted}
    assert {f"{queue}-subscription" for queue in some(subscribing)} <= estate.names(SUBSCRIPTION)
    for queue, wanted in subscribing.items():
        found = estate.inputs(SUBSCRIPTION, f"{queue}-subscription")
        assert found["topic"] == estate.arn("sns/topic:Topic", wanted["topic"])
        assert (found["protocol"], found["endpoint"]) == ("sqs", estate.arn("sqs/queue:Queue", queue))
        dead = estate.arn("sqs/queue:Queue", f"{wanted['topic']}-dead-letters")
        assert json.loads(found["redrivePolicy"]) == {"deadLetterTargetArn": dead}


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_stream_gets_its_dataset_and_writes_to_the_bucket_of_its_region(name: str) -> None:
    estate = estate_of(name)
    for dataset, wanted in some(estate.file["streams"]).items():
        found = estate.inputs(SUBSCRIPTION, f"{dataset}-stream-subscription")
        assert (found["protocol"], found["endpoint"]) == ("firehose", estate.arn(STREAM, f"{dataset}-stream"))
        assert found["topic"] == estate.arn("sns/topic:Topic", wanted["topic"])
        assert json.loads(found["filterPolicy"]) == {"dataset": [dataset], "form": ["whole"], "tier": ["pool"]}
        role = estate.named_by("iam/role:Role", "arn", found["subscriptionRoleArn"])
        assert role == f"{dataset}-stream-subscription-role"
        stream = estate.inputs(STREAM, f"{dataset}-stream")
        written = stream["extendedS3Configuration"]
        assert written["bucketArn"] == estate.arn(BUCKET, "stream")
        assert written["kmsKeyArn"] == estate.key("storage")
        assert stream["serverSideEncryption"]["keyArn"] == estate.key("messages")


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_hot_layer_goes_after_the_days_of_the_stack_file_and_is_offered_to_nobody(name: str) -> None:
    estate = estate_of(name)
    bucket = estate.state(BUCKET, "stream")["bucket"]
    rules = estate.only("s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", bucket=bucket).inputs["rules"]
    (tidy,) = rules
    assert tidy["expiration"] == {"days": estate.file["lake"].get("streamDays", 7)}
    assert tidy["noncurrentVersionExpiration"] == {"noncurrentDays": 1}
    arn = estate.arn(BUCKET, "stream")
    holders = {
        policy.inputs["role"]
        for policy in estate.of("iam/rolePolicy:RolePolicy").values()
        if any(resource.startswith(arn) for each in policy.document()["Statement"] for resource in each["Resource"])
    }
    assert holders == {estate.state("iam/role:Role", f"{dataset}-stream-role")["name"] for dataset in estate.file["streams"]}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_tables_of_the_hot_layer_are_called_after_their_stack(name: str) -> None:
    estate = estate_of(name)
    database = f"dataconnect_{estate.stack.replace('-', '_')}"
    assert estate.inputs("glue/catalogDatabase:CatalogDatabase", "catalog")["name"] == database
    tables = {each.inputs["name"]: each.inputs["databaseName"] for each in estate.of("glue/catalogTable:CatalogTable").values()}
    assert tables == dict.fromkeys(estate.file["streams"], database)
