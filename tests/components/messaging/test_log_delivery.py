import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Here
from components.base.log_group import create_log_group
from components.base.logs import LogsTo
from components.data.bucket import Bucket, BucketArgs
from components.data.bucket_spec import BucketSpec
from components.messaging.log_delivery import LogDelivery, LogDeliveryArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

STREAM, FILTER = (
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
)
ROLE, POLICY, ALARM = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy", "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
STORAGE = kms_key(name="mrk-storage")


def delivery(where: Here, *, tells_events: bool = False) -> LogDelivery:
    spec = BucketSpec(expire_days=400)
    bucket = Bucket(
        "archive",
        BucketArgs(here=where, spec=spec, key_arn=STORAGE, log_bucket="access-logs", tells_events=tells_events),
    )
    args = LogDeliveryArgs(here=where, buffer_seconds=60, bucket=bucket, bucket_key_arn=STORAGE, key_arn=kms_key())
    return LogDelivery("log-delivery", args)


def declare(where: Here | None = None) -> Declaration:
    return resources_of(lambda: delivery(where or here()))


def test_copies_stay_packed_as_they_came_and_lie_by_the_hour() -> None:
    found = declare().one(STREAM).inputs["extendedS3Configuration"]
    assert (found["prefix"], found["fileExtension"]) == ("logs/!{timestamp:yyyy/MM/dd/HH}/", ".json.gz")
    assert (found["compressionFormat"], found["bufferingInterval"], found["bufferingSize"]) == ("UNCOMPRESSED", 60, 4)
    assert found["errorOutputPrefix"] == "errors/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd}/"
    assert found["kmsKeyArn"] == STORAGE


def test_the_streams_role_writes_there_and_nowhere_else() -> None:
    declared = declare()
    statements = {each["Sid"]: each for each in declared.one(POLICY, "log-delivery-deliver-grants").document()["Statement"]}
    assert {each.rpartition("/")[0].rpartition(":")[2] for each in statements["WriteFiles"]["Resource"]} == {
        "a-bucket/logs",
        "a-bucket/errors",
    }
    assert statements["EncryptFiles"]["Resource"] == [STORAGE]


def test_cloudwatch_puts_events_of_this_account_and_region_alone() -> None:
    declared = declare()
    (statement,) = declared.one(ROLE, "log-delivery-put").document("assumeRolePolicy")["Statement"]
    assert statement["Principal"] == {"Service": "logs.amazonaws.com"}
    assert statement["Condition"] == {"StringLike": {"aws:SourceArn": f"arn:aws:logs:us-east-2:{ACCOUNT}:*"}}
    put, key = declared.one(POLICY, "log-delivery-put-grants").document()["Statement"]
    assert put["Action"] == ["firehose:PutRecord", "firehose:PutRecordBatch"]
    assert key["Resource"] == [kms_key()]


def test_people_hear_when_copies_are_late_or_not_written() -> None:
    alarms = {each.name: each.inputs for each in declare().of(ALARM)}
    assert alarms.keys() == {"log-delivery-logs-late", "log-delivery-logs-delivery"}
    assert alarms["log-delivery-logs-late"]["threshold"] == 420


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


def test_its_own_log_is_not_delivered() -> None:
    where = here(logs_to=LogsTo(stream_arn="arn:aws:firehose:x", role_arn="arn:aws:iam::x"))
    assert declare().of(FILTER) == []
    with pytest.raises(InvalidArgumentError, match=r"here.logs_to.*None: a delivery does not deliver its own log"):
        declare(where)


def test_what_copies_would_start_must_not_log_for_the_next_ones() -> None:
    expected = r"LogDeliveryArgs.bucket is .*tells_events.*expected a bucket that tells EventBridge nothing"
    with pytest.raises(InvalidArgumentError, match=expected):
        resources_of(lambda: delivery(here(), tells_events=True))


def test_a_group_is_subscribed_under_the_name_of_its_class() -> None:
    where = here(logs_to=LogsTo(stream_arn="arn:aws:firehose:x", role_arn="arn:aws:iam::x"), log_class_days={"audit": 731})

    def groups() -> None:
        owner = Bucket("owner", BucketArgs(here=here(), spec=BucketSpec(), key_arn=STORAGE, log_bucket="access-logs"))
        create_log_group(owner, "work", here=where)
        create_log_group(owner, "who", here=where, log_class="audit")
        create_log_group(owner, "flows", here=where, log_class="access", shipped=False)

    declared = resources_of(groups)
    assert {each.name: (each.inputs["name"], each.inputs["filterPattern"]) for each in declared.of(FILTER)} == {
        "work-subscription": ("application", ""),
        "who-subscription": ("audit", ""),
    }
    assert {each.name: each.inputs["retentionInDays"] for each in declared.of(GROUP)} == {"work": 30, "who": 731, "flows": 30}


def test_a_class_is_kept_for_days_that_cloudwatch_offers() -> None:
    with pytest.raises(InvalidArgumentError, match=r"log_class_days\['audit'\].*730"):
        here(log_class_days={"audit": 730})
