from typing import Any

import pytest

from components.alarms import AlarmTarget
from components.component import InvalidArgumentError
from components.global_table import GlobalTable, GlobalTableArgs, TableIndex
from tests.components.harness import ACCOUNT, Declaration, resources_of, statements_of

TABLE = "aws:dynamodb/table:Table"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY = f"arn:aws:kms:us-east-2:{ACCOUNT}:key/mrk-1"
ALARMS = AlarmTarget(topic_arn=f"arn:aws:sns:us-east-2:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example")


def arguments(**changes: Any) -> GlobalTableArgs:
    defaults: dict[str, Any] = {
        "region": "us-east-2",
        "attributes": {"session_id": "S"},
        "hash_key": "session_id",
        "ttl_attribute": "expires_at",
        "key_arn": KEY,
        "alarms": ALARMS,
    }
    return GlobalTableArgs(**(defaults | changes))


def by_user(**changes: Any) -> GlobalTableArgs:
    return arguments(
        attributes={"session_id": "S", "user_id": "S", "started_at": "N"},
        indexes={"by-user": TableIndex(hash_key="user_id", range_key="started_at")},
        **changes,
    )


def declare(args: GlobalTableArgs | None = None) -> Declaration:
    return resources_of(lambda: GlobalTable("sessions", args or arguments()))


def test_a_table_can_be_replicated() -> None:
    inputs = declare().one(TABLE).inputs
    assert inputs["billingMode"] == "PAY_PER_REQUEST"
    assert inputs["streamEnabled"] and inputs["streamViewType"] == "NEW_AND_OLD_IMAGES"


def test_replicas_declared_by_another_stack_survive() -> None:
    assert declare().one(TABLE).ignore_changes == ("replicas",)


def test_items_are_encrypted_recoverable_and_expire() -> None:
    inputs = declare().one(TABLE).inputs
    assert inputs["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert inputs["pointInTimeRecovery"] == {"enabled": True}
    assert inputs["ttl"] == {"enabled": True, "attributeName": "expires_at"}
    assert inputs["tags"]["DataClassification"] == "restricted"


@pytest.mark.parametrize("protect", [True, False])
def test_protection_holds_in_pulumi_and_in_aws(protect: bool) -> None:
    table = declare(arguments(protect=protect)).one(TABLE)
    assert table.protect is table.inputs["deletionProtectionEnabled"] is protect


def test_everything_is_declared_in_the_region_of_the_table() -> None:
    assert {resource.inputs["region"] for resource in declare(by_user()).aws()} == {"us-east-2"}


def test_an_index_holds_whole_items() -> None:
    inputs = declare(by_user()).one(TABLE).inputs
    (index,) = inputs["globalSecondaryIndexes"]
    assert (index["name"], index["projectionType"]) == ("by-user", "ALL")
    assert [(key["attributeName"], key["keyType"]) for key in index["keySchemas"]] == [
        ("user_id", "HASH"),
        ("started_at", "RANGE"),
    ]
    assert {attribute["name"] for attribute in inputs["attributes"]} == {"session_id", "user_id", "started_at"}


def test_internal_errors_of_any_operation_raise_one_alarm() -> None:
    alarm = declare().one(ALARM, "sessions-table-system-errors").inputs
    result, *metrics = alarm["metricQueries"]
    operations = {query["metric"]["dimensions"]["Operation"] for query in metrics}
    assert {"GetItem", "PutItem", "TransactWriteItems"} <= operations
    assert result["expression"] == f"SUM([{', '.join(query['id'] for query in metrics)}])"
    assert len(metrics) < 10  # CloudWatch takes at most 10 metrics in an alarm


def test_table_and_indexes_are_watched_for_throttling_each() -> None:
    declared = declare(by_user())
    table, index = (declared.one(ALARM, f"sessions-table-throttles{label}").inputs for label in ("", "-by-user"))
    for query in table["metricQueries"][1:]:
        assert query["metric"]["dimensions"] == {"TableName": "sessions"}
    for query in index["metricQueries"][1:]:
        assert query["metric"]["dimensions"] == {"TableName": "sessions", "GlobalSecondaryIndexName": "by-user"}
    assert {query["metric"]["metricName"] for query in index["metricQueries"][1:]} == {
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    }


def test_a_quiet_table_raises_no_alarm() -> None:
    assert {alarm.inputs["treatMissingData"] for alarm in declare().of(ALARM)} == {"notBreaching"}


@pytest.mark.parametrize("use", ["read", "read_write"])
def test_its_statements_name_the_table_and_its_key(use: str) -> None:
    table, key = statements_of(lambda: getattr(GlobalTable("sessions", arguments()), use)())
    assert table["Resource"][0] == f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:sessions"
    assert key["Resource"] == [KEY]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("attributes", {"attributes": {}}),
        ("attributes", {"attributes": {"session_id": "S", "user_id": "S"}}),
        ("attributes", {"attributes": {"session_id": "TEXT"}}),
        ("attributes", {"range_key": "started_at"}),
        ("ttl_attribute", {"ttl_attribute": "session_id"}),
        ("indexes", {"indexes": {"by user": TableIndex(hash_key="session_id")}}),
        ("indexes", {"indexes": {f"index-{n}": TableIndex(hash_key="session_id") for n in range(21)}}),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"GlobalTableArgs\.{field} is .*; expected "):
        arguments(**changes)
