"""The calls are such as AWS takes: by boto3, against an emulator. What it lets pass and RDS refuses, the model refuses."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from typing import Any, Final

import boto3
import pytest
from moto import mock_aws

from functions.sleep.handler import Sleeper
from functions.sleep.record import Known, Order, OvertakenError, Record
from tests.functions.sleep.model import CALENDAR, NIGHT, NOON

REGION: Final = "us-east-2"
FACTS: Final[dict[str, dict[str, Any]]] = {
    "database": {"identifier": "dataconnect-dev"},
    "service": {"cluster": "cluster", "service": "bi", "min": 1, "max": 4},
    "fleet": {"group": "dev-convert", "min": 1, "max": 6},
    "alarms": {"names": [f"alarm-{number}" for number in range(101)]},
}


@cache
def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name=REGION)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client.cache_clear()
        client("dynamodb").create_table(
            TableName="schedule",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield
        client.cache_clear()


def declare() -> None:
    client("rds").create_db_instance(
        DBInstanceIdentifier="dataconnect-dev",
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        MasterUsername="owner",
        MasterUserPassword="of-no-use-here",
        AllocatedStorage=20,
    )
    client("ecs").create_cluster(clusterName="cluster")
    client("ecs").register_task_definition(family="bi", containerDefinitions=[{"name": "bi", "image": "bi", "memory": 256}])
    client("ecs").create_service(cluster="cluster", serviceName="bi", taskDefinition="bi", desiredCount=3)
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/cluster/bi",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
    )
    image = client("ec2").describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    client("autoscaling").create_launch_configuration(LaunchConfigurationName="convert", ImageId=image, InstanceType="t3.small")
    client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName="dev-convert",
        LaunchConfigurationName="convert",
        MinSize=1,
        MaxSize=6,
        DesiredCapacity=2,
        AvailabilityZones=[f"{REGION}a"],
    )
    for name in FACTS["alarms"]["names"]:
        client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            ActionsEnabled=True,
            MetricName="CPUUtilization",
            Namespace="AWS/RDS",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=90,
            ComparisonOperator="GreaterThanThreshold",
        )


def rounds(start: float, count: int = 10) -> dict[str, Any]:
    targets = [{"kind": kind, "name": kind, "facts": facts} for kind, facts in FACTS.items()]
    document = json.dumps({"stack": "dev", "environment": "dev", "table": "schedule", "targets": targets})
    told: dict[str, Any] = {}
    for number in range(count):
        told = Sleeper(document, client, CALENDAR, now=lambda number=number: start + 300 * number).handle({})
    return told


def found() -> tuple[Any, ...]:
    (service,) = client("ecs").describe_services(cluster="cluster", services=["bi"])["services"]
    (target,) = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    (group,) = client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    alarms = client("cloudwatch").get_paginator("describe_alarms").paginate()
    return (
        client("rds").describe_db_instances()["DBInstances"][0]["DBInstanceStatus"],
        (service["desiredCount"], target["MinCapacity"], target["MaxCapacity"]),
        (group["DesiredCapacity"], group["MinSize"], group["MaxSize"]),
        {alarm["ActionsEnabled"] for page in alarms for alarm in page["MetricAlarms"]},
    )


@pytest.mark.usefixtures("aws")
def test_a_night_by_boto3() -> None:
    declare()
    rounds(NOON)
    before = found()
    assert before == ("available", (3, 1, 4), (2, 1, 6), {True})
    told = rounds(NIGHT)
    assert found() == ("stopped", (0, 0, 4), (0, 0, 0), {False})
    assert {each["state"] for each in told["things"]} == {"asleep"}
    client("cloudwatch").set_alarm_state(AlarmName="alarm-7", StateValue="ALARM", StateReason="it was asleep")
    # The emulator runs no tasks: a service that is wanted does not become ready, and nothing after it would.
    del FACTS["service"]
    try:
        rounds(NOON + 86400, 14)
    finally:
        FACTS["service"] = {"cluster": "cluster", "service": "bi", "min": 1, "max": 4}
    rounds(NOON + 90000, 2)
    assert found() == before
    assert client("cloudwatch").describe_alarms(AlarmNames=["alarm-7"])["MetricAlarms"][0]["StateValue"] == "OK"


@pytest.mark.usefixtures("aws")
def test_of_two_who_learn_of_a_thing_at_once_one_is_refused_by_the_table() -> None:
    record = Record(client("dynamodb"), "schedule")
    first = record.learn("service#bi", Known())
    with pytest.raises(OvertakenError, match="service#bi"):
        record.learn("service#bi", Known())
    record.learn("service#bi", first)
    with pytest.raises(OvertakenError):
        record.learn("service#bi", first)
    assert record.known("service#bi").version == 2


@pytest.mark.usefixtures("aws")
def test_the_table_keeps_the_order_that_was_asked_for_last() -> None:
    record, now = Record(client("dynamodb"), "schedule"), int(NOON)
    before = Order(state="awake", until=now + 60, by="ada", at=now - 600)
    key = {"id": {"S": "schedule"}, "item": {"S": "order"}}
    client("dynamodb").put_item(TableName="schedule", Item={**key, "facts": {"S": json.dumps(asdict(before))}})
    assert record.order() == before, "an item of before has no `asked`"
    first, second = (Order(state="asleep", until=now + 3600, by="bob", at=now - ago) for ago in (20, 10))
    assert record.put_order(second, now) == second
    assert record.put_order(second, now) == second, "boto3 may send it twice"
    assert record.put_order(first, now) == second == record.order()
    assert record.put_order(first, now - 11) == first == record.order(), "the clock was put back"


class Lossy:
    """The table, behind a network that loses the first answer to a write, as boto3 sees it: it writes again."""

    def put_item(self, **given: Any) -> Any:
        client("dynamodb").put_item(**given)
        return client("dynamodb").put_item(**given)

    def __getattr__(self, name: str) -> Any:
        return getattr(client("dynamodb"), name)


@pytest.mark.usefixtures("aws")
def test_what_boto3_writes_twice_is_nobody_elses() -> None:
    record = Record(Lossy(), "schedule")
    first = record.learn("service#bi", Known())
    assert record.learn("service#bi", first).version == 2
    with pytest.raises(OvertakenError):
        record.learn("service#bi", first)


@pytest.mark.usefixtures("aws")
def test_the_journal_is_read_whole_and_let_go_of_by_the_table() -> None:
    record = Record(client("dynamodb"), "schedule")
    for number in range(3):
        record.tell("service#bi", int(NOON) + number, "awake", "x" * 390_000)
    assert [each["at"] for each in record.journal("service#bi")] == [int(NOON) + number for number in range(3)]
    (item, *_) = client("dynamodb").scan(TableName="schedule", Limit=1)["Items"]
    assert int(item["expires_at"]["N"]) > NOON + 399 * 86400
