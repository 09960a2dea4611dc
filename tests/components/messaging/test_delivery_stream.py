import json
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from components.data.catalog import CatalogArgs
from components.messaging.delivery_stream import DeliveryStream, DeliveryStreamArgs
from components.messaging.delivery_stream_spec import DeliveryStreamSpec
from components.messaging.topic import Topic, TopicArgs
from components.messaging.topic_spec import TopicSpec
from functions.shared.messages import WHOLE_BYTES, Stored, message_of
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

STREAM, TABLE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "aws:glue/catalogTable:CatalogTable"
ROLE, POLICY, ALARM = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:cloudwatch/metricAlarm:MetricAlarm"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
BUCKET_KEY = kms_key(name="mrk-storage")
COLUMNS = {"message_id": "string", "tenant": "string", "record": "struct<loan_id:string,amount_cents:bigint>"}
ARN = f"arn:aws:kinesis:us-east-2:{ACCOUNT}:loans-stream"  # the harness names services by their module
S3 = "extendedS3Configuration"


def arguments(where: Here, *, fifo: bool = False, **changes: Any) -> DeliveryStreamArgs:
    topic = Topic("deliveries", TopicArgs(here=where, spec=TopicSpec(fifo=fifo), key_arn=kms_key()))
    bucket = Bucket(
        "stream",
        BucketArgs(here=where, spec=BucketSpec(expire_days=7), key_arn=BUCKET_KEY, log_bucket="logs", rebuilt_from="raw"),
    )
    args: dict[str, Any] = {
        "here": where,
        "spec": DeliveryStreamSpec(topic="deliveries"),
        "dataset": "loans",
        "columns": COLUMNS,
        "topic": topic,
        "bucket": bucket,
        "bucket_key_arn": BUCKET_KEY,
        "key_arn": kms_key(),
        "database_name": "dataconnect_test",
    }
    return DeliveryStreamArgs(**(args | changes))


def declare(where: Here | None = None, **changes: Any) -> Declaration:
    return resources_of(lambda: DeliveryStream("loans-stream", arguments(where or here(), **changes)))


def written(**changes: Any) -> dict[str, Any]:
    return declare(**changes).one(STREAM).inputs[S3]


def test_records_are_partitioned_by_dataset_day_and_pool_from_the_beginning() -> None:
    found = written()
    assert found["dynamicPartitioningConfiguration"] == {"enabled": True, "retryDuration": 300}
    (processor,) = found["processingConfiguration"]["processors"]
    assert processor["type"] == "MetadataExtraction"
    parameters = {each["parameterName"]: each["parameterValue"] for each in processor["parameters"]}
    assert parameters["JsonParsingEngine"] == "JQ-1.6"
    assert parameters["MetadataExtractionQuery"] == "{dataset:.dataset,date:.received_at[0:10],pool:.tenant[1:2]}"
    # Firehose refuses a key of the query that the prefix does not have.
    assert found["prefix"] == (
        "dataset=!{partitionKeyFromQuery:dataset}/date=!{partitionKeyFromQuery:date}/pool=!{partitionKeyFromQuery:pool}/"
    )


def test_what_cannot_be_written_lies_by_dataset_kind_and_day() -> None:
    prefix = written()["errorOutputPrefix"]
    assert prefix == "errors/loans/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/"
    assert "partitionKey" not in prefix


def test_records_become_parquet_as_their_table_says() -> None:
    declared = declare()
    found = declared.one(STREAM).inputs[S3]
    assert (found["bufferingSize"], found["bufferingInterval"], found["compressionFormat"]) == (64, 300, "UNCOMPRESSED")
    conversion = found["dataFormatConversionConfiguration"]
    assert conversion["outputFormatConfiguration"]["serializer"]["parquetSerDe"] == {"compression": "SNAPPY"}
    reader = conversion["inputFormatConfiguration"]["deserializer"]["openXJsonSerDe"]
    assert reader["columnToJsonKeyMappings"] == {"message_id": "id"}
    schema = conversion["schemaConfiguration"]
    assert (schema["databaseName"], schema["tableName"], schema["region"]) == ("dataconnect_test", "loans", "us-east-2")
    assert schema["roleArn"] == found["roleArn"]
    table = declared.one(TABLE).inputs
    assert {each["name"]: each["type"] for each in table["storageDescriptor"]["columns"]} == COLUMNS
    assert [each["name"] for each in table["partitionKeys"]] == ["dataset", "date", "pool"]


def test_queries_find_the_partitions_of_the_days_that_are_kept_and_of_all_pools() -> None:
    parameters = declare().one(TABLE).inputs["parameters"]
    assert parameters["projection.date.range"] == "NOW-7DAYS,NOW+1DAYS"
    assert len(set(parameters["projection.pool.values"].split(","))) == 32
    template = parameters["storage.location.template"]
    assert template.endswith("/dataset=${dataset}/date=${date}/pool=${pool}/") and template.startswith("s3://")


def test_what_is_gathered_and_what_is_written_is_under_its_key() -> None:
    stream = declare().one(STREAM)
    assert stream.inputs["serverSideEncryption"] == {
        "enabled": True,
        "keyType": "CUSTOMER_MANAGED_CMK",
        "keyArn": kms_key(),
    }
    assert stream.inputs[S3]["kmsKeyArn"] == BUCKET_KEY
    assert stream.depends_on("loans-stream-grants")


@pytest.mark.parametrize("field", ["key_arn", "bucket_key_arn"])
def test_a_key_of_another_region_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=f"loans-stream: {field} is .*; expected an ARN of us-east-2"):
        declare(here(), **{field: kms_key("us-west-2")})


def test_firehose_writes_below_its_own_prefixes_and_reads_its_own_table_and_no_more() -> None:
    declared = declare()
    statements = {each["Sid"]: each for each in declared.one(POLICY, "loans-stream-grants").document()["Statement"]}
    assert list(statements) == ["FindTheBucket", "WriteFiles", "EncryptFiles", "ReadTheTable", "TellErrors"]
    bucket = "arn:aws:s3:::a-bucket"
    assert statements["FindTheBucket"]["Resource"] == [bucket]
    assert statements["WriteFiles"]["Resource"] == [f"{bucket}/dataset=loans/*", f"{bucket}/errors/loans/*"]
    assert "s3:DeleteObject" not in statements["WriteFiles"]["Action"]
    assert statements["EncryptFiles"]["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}
    glue = f"arn:aws:glue:us-east-2:{ACCOUNT}"
    assert statements["ReadTheTable"]["Resource"] == [
        f"{glue}:catalog",
        f"{glue}:database/dataconnect_test",
        f"{glue}:table/dataconnect_test/loans",
    ]
    (trust,) = declared.one(ROLE, "loans-stream-role").document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "firehose.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:firehose:us-east-2:{ACCOUNT}:deliverystream/*"}


def test_the_topic_puts_messages_of_the_dataset_as_they_are_in_a_role_that_can_do_nothing_else() -> None:
    declared = declare()
    found = declared.one(SUBSCRIPTION)
    assert (found.inputs["protocol"], found.inputs["endpoint"]) == ("firehose", ARN)
    assert found.inputs["rawMessageDelivery"] is True
    assert json.loads(found.inputs["filterPolicy"]) == {"dataset": ["loans"], "form": ["whole"], "tier": ["pool"]}
    assert "redrivePolicy" in found.inputs and found.depends_on("loans-stream-subscription-grants")
    assert found.inputs["subscriptionRoleArn"] == f"arn:aws:iam::{ACCOUNT}:loans-stream-subscription-role"
    put, encrypt = declared.one(POLICY, "loans-stream-subscription-grants").document()["Statement"]
    assert (put["Action"], put["Resource"]) == (["firehose:PutRecord", "firehose:PutRecordBatch"], [ARN])
    # Firehose asks whoever puts for the key of the stream, and the key asks by whom.
    key = declared.one(STREAM).inputs["serverSideEncryption"]["keyArn"]
    assert (encrypt["Action"], encrypt["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], [key])
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "firehose.us-east-2.amazonaws.com"}}
    (trust,) = declared.one(ROLE, "loans-stream-subscription-role").document("assumeRolePolicy")["Statement"]
    assert trust["Principal"] == {"Service": "sns.amazonaws.com"}


def test_of_what_is_published_the_stream_gets_whole_records_of_its_dataset_and_of_the_pool_alone() -> None:
    """SNS is moto's, and a queue stands for the stream: what it gets is chosen by the attributes that `ingest` gives."""
    chosen = declare().one(SUBSCRIPTION).inputs

    def published(name: str, *, tier: str = "pool", dataset: str = "loans", size: int = 1) -> dict[str, Any]:
        envelope = json.dumps({"record": name, "more": "x" * size}).encode()
        return message_of(Stored(f"key-of-{name}", "tacmeacmeacme222", dataset, name, "2026-11-28T09:00:00Z", envelope, tier))

    messages = [
        published("pooled"),
        published("silos", tier="silo"),
        published("unknown", tier="cell"),
        published("large", size=WHOLE_BYTES),
        published("rates", dataset="rates"),
    ]
    old = published("old")
    del old["MessageAttributes"]["tier"]
    with mock_aws():
        keys: Any = {"region_name": "us-east-2", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        sns, sqs = boto3.client("sns", **keys), boto3.client("sqs", **keys)
        topic = sns.create_topic(Name="deliveries")["TopicArn"]
        queue = sqs.create_queue(QueueName="stream")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        told = {"FilterPolicy": chosen["filterPolicy"], "FilterPolicyScope": chosen["filterPolicyScope"]}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true", **told})
        for each in (*messages, old):
            sns.publish(TopicArn=topic, **each)
        got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(each["Body"])["record"] for each in got] == ["pooled"]


def test_lateness_loss_and_every_error_raise_alarms() -> None:
    declared = declare(spec=DeliveryStreamSpec(topic="deliveries", buffer_seconds=600))
    alarms = {each.name.removeprefix("loans-stream-"): each.inputs for each in declared.of(ALARM) if "loans" in each.name}
    watched = {name: each.get("metricName") for name, each in alarms.items()}
    assert watched == {
        "stream-freshness": "DeliveryToS3.DataFreshness",
        "stream-partitions": "PartitionCountExceeded",
        "stream-conversion": "FailedConversion.Records",
        "stream-throttles": "ThrottledRecords",
        "stream-key": None,
        "stream-errors": "loans-stream-errors",
    }
    assert alarms["stream-freshness"]["threshold"] == 1500
    metrics = {each["metric"]["metricName"] for each in alarms["stream-key"]["metricQueries"] if "metric" in each}
    assert metrics == {"KMSKeyAccessDenied", "KMSKeyDisabled", "KMSKeyInvalidState", "KMSKeyNotFound"}
    counted = declared.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted["metricTransformation"]["name"] == alarms["stream-errors"]["metricName"]
    assert counted["metricTransformation"]["namespace"] == alarms["stream-errors"]["namespace"]
    assert counted["logGroupName"] == declared.one(STREAM).inputs[S3]["cloudwatchLoggingOptions"]["logGroupName"]


def test_it_and_its_bucket_are_made_again_from_the_lake_when_the_region_is_lost() -> None:
    where = here()
    declare(where)
    stores = {store.name: store.recovery for store in where.inventory.stores}
    assert (stores["loans-stream"], stores["stream"]) == ("rebuilt", "rebuilt")


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ("topic is 'deliveries'; expected the topic of spec.topic", {"spec": DeliveryStreamSpec(topic="others")}),
        ("topic is 'deliveries'; expected a standard topic", {"fifo": True}),
        (r"columns is \[\]; expected one or more", {"columns": {}}),
        (r"columns is \['date'\]; expected one or more, none of them dataset, date, pool", {"columns": {"date": "string"}}),
    ],
)
def test_what_firehose_would_refuse_is_refused(told: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"DeliveryStreamArgs\.{told}"):
        declare(**changes)


@pytest.mark.parametrize(("field", "lowest", "highest"), [("buffer_mib", 64, 128), ("buffer_seconds", 60, 900)])
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(field: str, lowest: int, highest: int) -> None:
    for number in (lowest, highest, lowest - 1, highest + 1):
        values: dict[str, Any] = {"topic": "deliveries", field: number}
        if lowest <= number <= highest:
            assert getattr(DeliveryStreamSpec(**values), field) == number
            continue
        with pytest.raises(InvalidArgumentError, match=rf"DeliveryStreamSpec\.{field} is {number}; expected {lowest} to"):
            DeliveryStreamSpec(**values)


def test_a_database_that_athena_could_not_call_is_refused() -> None:
    args = CatalogArgs(here=here(), database_name="dataconnect_prod", description="Files")
    with pytest.raises(InvalidArgumentError, match=r"CatalogArgs\.database_name is 'dataconnect-prod'; expected 1 to 128"):
        replace(args, database_name="dataconnect-prod")
