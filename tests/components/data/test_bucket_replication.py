from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.bucket_replication import BucketReplication, BucketReplicationArgs
from tests.components.harness import ACCOUNT, Declaration, here, kms_key, resources_of

CONFIG = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY = kms_key("us-east-2")
DESTINATION_KEY = kms_key("us-west-2")


def arguments(**changes: Any) -> BucketReplicationArgs:
    defaults: dict[str, Any] = {
        "here": here("us-east-2"),
        "there": here("us-west-2"),
        "bucket_name": "lake-1a2b3c4",
        "key_arn": KEY,
        "destination_bucket_name": "lake-5d6e7f8",
        "destination_key_arn": DESTINATION_KEY,
    }
    return BucketReplicationArgs(**(defaults | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: BucketReplication("lake-replication", arguments(**changes)))


def rule() -> dict[str, Any]:
    (only,) = declare().one(CONFIG).inputs["rules"]
    return only


def statements() -> dict[str, dict[str, Any]]:
    policy = declare().one("aws:iam/rolePolicy:RolePolicy").document()
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_objects_under_a_customer_managed_key_are_selected_and_encrypted_under_the_destinations() -> None:
    assert rule()["sourceSelectionCriteria"]["sseKmsEncryptedObjects"] == {"status": "Enabled"}
    assert rule()["destination"]["encryptionConfiguration"] == {"replicaKmsKeyId": DESTINATION_KEY}
    assert rule()["destination"]["bucket"] == "arn:aws:s3:::lake-5d6e7f8"


def test_what_is_changed_of_a_copy_reaches_the_original() -> None:
    assert rule()["sourceSelectionCriteria"]["replicaModifications"] == {"status": "Enabled"}


def test_the_rule_has_what_the_second_version_of_the_schema_demands() -> None:
    assert rule()["filter"] == {"prefix": ""} and rule()["priority"] == 0
    assert rule()["deleteMarkerReplication"] == {"status": "Enabled"}


def test_replication_is_timed_and_measured() -> None:
    destination = rule()["destination"]
    assert destination["replicationTime"] == {"status": "Enabled", "time": {"minutes": 15}}
    assert destination["metrics"] == {"status": "Enabled", "eventThreshold": {"minutes": 15}}


def test_the_role_can_replicate_before_the_rule_is_set() -> None:
    config = declare().one(CONFIG)
    assert config.depends_on("lake-replication") and config.depends_on("lake-replication-policy")


def test_s3_alone_takes_the_role() -> None:
    [trust] = declare().one("aws:iam/role:Role").document("assumeRolePolicy")["Statement"]
    assert trust == {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": ["sts:AssumeRole"]}


def test_the_role_reads_the_source_and_writes_the_destination_only() -> None:
    by_sid = statements()
    assert by_sid["ReadRule"]["Resource"] == ["arn:aws:s3:::lake-1a2b3c4"]
    assert by_sid["ReadVersions"]["Resource"] == ["arn:aws:s3:::lake-1a2b3c4/*"]
    assert by_sid["WriteReplicas"]["Resource"] == ["arn:aws:s3:::lake-5d6e7f8/*"]


def test_the_role_decrypts_in_one_region_and_encrypts_in_the_other() -> None:
    decrypt, encrypt = statements()["DecryptSource"], statements()["EncryptReplicas"]
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [KEY])
    assert decrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}
    assert "kms:Decrypt" not in encrypt["Action"] and encrypt["Resource"] == [DESTINATION_KEY]
    assert encrypt["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-west-2.amazonaws.com"}}


def test_what_is_not_replicated_or_late_raises_an_alarm() -> None:
    declared = declare()
    failures = declared.one(ALARM, "lake-replication-bucket-replication-failures").inputs
    latency = declared.one(ALARM, "lake-replication-bucket-replication-latency").inputs
    assert failures["dimensions"] == {
        "SourceBucket": "lake-1a2b3c4",
        "DestinationBucket": "lake-5d6e7f8",
        "RuleId": rule()["id"],
    }
    assert (failures["metricName"], failures["threshold"]) == ("OperationsFailedReplication", 0)
    assert (latency["metricName"], latency["threshold"]) == ("ReplicationLatency", 900)  # seconds


def test_each_alarm_is_in_the_region_that_s3_publishes_its_metric_in() -> None:
    declared = declare()
    failures = declared.one(ALARM, "lake-replication-bucket-replication-failures").inputs
    latency = declared.one(ALARM, "lake-replication-bucket-replication-latency").inputs
    assert (failures["region"], failures["alarmActions"]) == ("us-east-2", [f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts"])
    assert (latency["region"], latency["alarmActions"]) == ("us-west-2", [f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts"])


def test_failures_are_on_the_dashboard_of_the_source_and_lateness_on_that_of_the_destination() -> None:
    source, destination = here("us-east-2"), here("us-west-2")
    declare(here=source, there=destination)
    assert [(row.title, row.region, [alarm.key for alarm in row.alarms]) for row in source.inventory.rows] == [
        ("lake-replication", "us-east-2", ["bucket-replication-failures"])
    ]
    assert [(row.title, row.region, [alarm.key for alarm in row.alarms]) for row in destination.inventory.rows] == [
        ("lake-replication", "us-west-2", ["bucket-replication-latency"])
    ]


def test_the_rule_is_declared_in_the_region_of_the_source() -> None:
    assert declare().one(CONFIG).inputs["region"] == "us-east-2"


def test_a_destination_in_the_same_region_is_refused() -> None:
    with pytest.raises(
        InvalidArgumentError, match=r"BucketReplicationArgs\.there\.region is 'us-east-2'; expected a region other"
    ):
        arguments(there=here("us-east-2"))


@pytest.mark.parametrize(("field", "arn"), [("key_arn", DESTINATION_KEY), ("destination_key_arn", KEY)])
def test_the_key_of_the_other_region_is_refused(field: str, arn: str) -> None:
    with pytest.raises(ValueError, match=rf"lake-replication: {field} is .*; expected an ARN of us-"):
        declare(**{field: arn})


def test_a_lock_is_copied_with_what_it_locks() -> None:
    read = declare(locked=True).one("aws:iam/rolePolicy:RolePolicy").document()["Statement"][1]
    assert {"s3:GetObjectRetention", "s3:GetObjectLegalHold"} <= set(read["Action"])
    assert not {"s3:GetObjectRetention", "s3:GetObjectLegalHold"} & set(statements()["ReadVersions"]["Action"])
