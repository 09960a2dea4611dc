from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.global_table_replica import GlobalTableReplica, GlobalTableReplicaArgs
from tests.components.harness import ACCOUNT, Declaration, here, kms_key, resources_of

REPLICA = "aws:dynamodb/tableReplica:TableReplica"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TABLE_ARN = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/sessions"
KEY = kms_key("us-west-2")


def arguments(**changes: Any) -> GlobalTableReplicaArgs:
    defaults: dict[str, Any] = {
        "here": here("us-east-2"),
        "there": here("us-west-2"),
        "table_arn": TABLE_ARN,
        "table_name": "sessions",
        "key_arn": KEY,
    }
    return GlobalTableReplicaArgs(**(defaults | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: GlobalTableReplica("sessions-replica", arguments(**changes)))


def test_a_replica_is_as_safe_as_its_table() -> None:
    replica = declare().one(REPLICA)
    assert replica.inputs["pointInTimeRecovery"] and replica.inputs["deletionProtectionEnabled"]
    assert replica.inputs["kmsKeyArn"] == KEY
    assert replica.inputs["tags"]["DataClassification"] == "restricted"
    assert replica.protect


def test_a_replica_is_declared_in_its_own_region_for_the_given_table() -> None:
    inputs = declare().one(REPLICA).inputs
    assert (inputs["region"], inputs["globalTableArn"]) == ("us-west-2", TABLE_ARN)


def test_lag_is_watched_where_dynamodb_measures_it() -> None:
    lag = declare().one(ALARM, "sessions-replica-table-replication-latency").inputs
    assert lag["region"] == "us-east-2"
    assert lag["dimensions"] == {"TableName": "sessions", "ReceivingRegion": "us-west-2"}
    assert lag["threshold"] == 5_000  # milliseconds
    assert lag["alarmActions"] == [here("us-east-2").alarms.topic_arn]


def test_errors_and_throttling_are_watched_where_the_replica_serves() -> None:
    own = [alarm for alarm in declare().of(ALARM) if not alarm.name.endswith("latency")]
    assert {alarm.inputs["region"] for alarm in own} == {"us-west-2"}
    assert {tuple(alarm.inputs["alarmActions"]) for alarm in own} == {(here("us-west-2").alarms.topic_arn,)}
    assert {alarm.name for alarm in own} == {"sessions-replica-table-system-errors", "sessions-replica-table-throttles"}


def test_the_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sessions-replica: key_arn is .*; expected an ARN of us-west-2"):
        declare(key_arn=KEY.replace("us-west-2", "us-east-2"))


def test_a_table_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sessions-replica: table_arn is .*; expected an ARN of us-east-2"):
        declare(table_arn=TABLE_ARN.replace("us-east-2", "us-west-2"))


def test_a_replica_in_the_region_of_its_table_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"GlobalTableReplicaArgs\.there\.region is 'us-east-2'; .*than the table's"):
        arguments(there=here("us-east-2"))


@pytest.mark.parametrize("protect", [True, False])
def test_the_rules_of_its_own_region_protect_it(protect: bool) -> None:
    replica = declare(there=here("us-west-2", protect=protect)).one(REPLICA)
    assert replica.protect is replica.inputs["deletionProtectionEnabled"] is protect


def test_the_lag_is_on_the_dashboard_of_the_table_and_the_rest_on_that_of_the_replica() -> None:
    of_table, of_replica = here("us-east-2"), here("us-west-2")
    declare(here=of_table, there=of_replica)
    [lag], [own] = of_table.inventory.rows, of_replica.inventory.rows
    assert (lag.title, lag.region, [alarm.key for alarm in lag.alarms]) == (
        "sessions-replica",
        "us-east-2",
        ["table-replication-latency"],
    )
    assert (own.title, own.region, [alarm.key for alarm in own.alarms]) == (
        "sessions-replica",
        "us-west-2",
        ["table-system-errors", "table-throttles"],
    )


def test_it_is_known_in_its_own_region_as_something_that_is_replicated() -> None:
    of_table, of_replica = here("us-east-2"), here("us-west-2")
    declare(here=of_table, there=of_replica)
    assert of_table.inventory.stores == []
    assert [(store.name, store.recovery) for store in of_replica.inventory.stores] == [("sessions-replica", "replicated")]
