from typing import Any

import pytest

from components.data.global_table import GlobalTable, GlobalTableArgs
from components.data.table_spec import IndexSpec, TableSpec
from tests.components.harness import ACCOUNT, Declaration, here, kms_key, resources_of, statements_of_link

TABLE = "aws:dynamodb/table:Table"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY = kms_key()


def arguments(spec: TableSpec | None = None, **changes: Any) -> GlobalTableArgs:
    return GlobalTableArgs(here=here(**changes), spec=spec or TableSpec(hash_key="session_id"), key_arn=KEY)


def by_user() -> GlobalTableArgs:
    index = IndexSpec(hash_key="user_id", range_key="started_at")
    return arguments(TableSpec(hash_key="session_id", indexes={"by-user": index}, attribute_types={"started_at": "N"}))


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


@pytest.mark.parametrize("verb", TableSpec.link.verbs)
def test_its_links_name_the_table_and_its_key(verb: str) -> None:
    table, key = statements_of_link(lambda: GlobalTable("sessions", arguments()).link(verb))
    assert table["Resource"][0] == f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:sessions"
    assert key["Resource"] == [KEY]


def test_it_is_known_as_something_that_is_replicated_and_backed_up() -> None:
    where = here()
    resources_of(lambda: GlobalTable("sessions", GlobalTableArgs(here=where, spec=TableSpec(hash_key="id"), key_arn=KEY)))
    assert [(store.name, store.recovery) for store in where.inventory.stores] == [("sessions", "replicated")]
    assert where.inventory.backed_up().keys() == {"sessions"}
    assert [row.title for row in where.inventory.rows] == ["sessions"]
