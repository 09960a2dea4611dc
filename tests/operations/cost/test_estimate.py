"""What our stacks cost, awake and asleep, and what saves."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from operations.cost import prices, usage
from operations.cost.amounts import Amount
from operations.cost.awake import ALWAYS, HOURS, NEVER
from operations.cost.estimate import estimate
from operations.cost.report import GOAL
from operations.cost.resources import Resource
from operations.cost.savings import savings
from tests.operations.cost.stacks import PROFILES, awake, awake_for, cost, estimated, resource, resources


@pytest.mark.parametrize("name", PROFILES)
def test_the_least_is_not_above_what_is_usual_nor_that_above_the_most(name: str) -> None:
    found = estimated(name).cost()
    assert 0 < found.low <= found.typical <= found.high


@pytest.mark.parametrize("name", PROFILES)
def test_each_way_to_sum_gives_the_same_sum(name: str) -> None:
    found = estimated(name)
    for by in ("component", "service", "type", "resource", "tag:DataClassification"):
        assert round(sum(each.typical for each in found.grouped(by).values()), 6) == round(found.cost().typical, 6)


def test_the_dearest_is_told_first() -> None:
    sums = [each.typical for each in estimated("dev").grouped("type").values()]
    assert sums == sorted(sums, reverse=True)


def test_asleep_nothing_is_paid_for_an_instance_and_tasks_but_for_storage() -> None:
    asleep = estimated("dev").grouped("type", NEVER)
    assert asleep["aws:ecs/service:Service"].high == 0
    assert asleep["aws:rds/instance:Instance"].typical == Decimal(50) * Decimal("0.115")


def test_dev_asleep_misses_its_goal_by_what_aws_cannot_stop() -> None:
    """The goal is 35 %. What stands in its way is told, and this fails on the day that it is reached."""
    found = estimated("dev")
    awake, asleep = found.cost().typical, found.cost(NEVER).typical
    lasting = found.grouped("service", NEVER)
    unstoppable = sum(lasting[each].typical for each in ("opensearch", "elasticache", "ec2", "lb"))
    assert 100 * asleep / awake > GOAL
    assert 100 * (asleep - unstoppable) / awake <= GOAL


def test_no_choice_of_sizes_reaches_the_goal() -> None:
    """The smallest nodes there are make dev cheaper, awake and asleep: the share stays above the goal."""
    small: dict[str, dict[str, Any]] = {
        "aws:opensearch/domain:Domain": {
            "clusterConfig": {"instanceType": "t3.small.search", "instanceCount": 1},
            "ebsOptions": {"volumeSize": 10},
        },
        "aws:elasticache/replicationGroup:ReplicationGroup": {"nodeType": "cache.t4g.micro"},
    }
    cut = [replace(each, inputs={**each.inputs, **small.get(each.type, {})}) for each in resources("dev")]
    # One domain less, as if logs were searched in CloudWatch alone.
    (one, *_) = [each for each in cut if each.type == "aws:opensearch/domain:Domain"]
    found = estimate([each for each in cut if each != one], prices.load(), usage.load("dev"))
    assert 100 * found.cost(NEVER).typical / found.cost().typical > 1.5 * GOAL


def test_a_month_of_its_schedule_is_between_the_two() -> None:
    found = estimated("dev")
    assert found.cost(NEVER).typical < found.cost(awake("dev")).typical < found.cost().typical


def test_an_hour_is_a_part_of_the_month() -> None:
    found = estimated("dev")
    assert round(found.hourly().awake.typical * HOURS, 6) == round(found.cost().typical, 6)
    assert round(found.hourly().asleep.typical * HOURS, 6) == round(found.cost(NEVER).typical, 6)


def test_each_saving_is_what_it_says() -> None:
    found, when = estimated("dev"), awake("dev")
    saved = {each.what: each.usd for each in savings(found, prices.load(), when, environments=3)}
    assert saved["schedule"].typical == found.cost().typical - found.cost(when).typical
    # A small instance, awake for the hours and the window of its own, and its 50 GB: three times.
    one = when.databases * Decimal("0.065") + 50 * Decimal("0.115")
    assert round(saved["shared database"].typical, 2) == round(3 * one, 2)
    assert saved["spot"].low > 0


def test_what_never_sleeps_saves_by_spot_alone() -> None:
    assert [each.what for each in savings(estimated("prod"), prices.load(), ALWAYS, environments=1)] == ["spot"]


def test_a_stack_without_a_database_saves_none() -> None:
    queue = estimate([resource("aws:sqs/queue:Queue", {})], prices.load(), usage.load("dev"))
    assert [each.what for each in savings(queue, prices.load(), awake("dev"), environments=2)] == ["schedule"]


def test_spot_saves_what_the_price_on_demand_is_above_it() -> None:
    task = {"family": "a", "cpu": "1024", "memory": "1024", "runtimePlatform": {"cpuArchitecture": "ARM64"}}

    def of(*strategies: dict[str, Any]) -> Decimal:
        told = {"desiredCount": 4, "taskDefinition": "arn:task-definition/a:1", "capacityProviderStrategies": [*strategies]}
        all_ = [resource("aws:ecs/taskDefinition:TaskDefinition", task), resource("aws:ecs/service:Service", told)]
        return cost(*all_, tasks_above_least=0)

    demand, spot = {"capacityProvider": "FARGATE"}, {"capacityProvider": "FARGATE_SPOT"}
    dear, cheap = of({**demand, "weight": 1}), of({**spot, "weight": 1})
    assert cheap < dear / 3
    # Two on demand first, then one of each kind.
    mixed = of({**demand, "base": 2, "weight": 1}, {**spot, "weight": 1})
    assert abs(mixed - (3 * dear + cheap) / 4) <= Decimal("0.01")
    assert of() == dear


def test_tasks_are_between_the_least_and_the_most_of_their_service() -> None:
    task = {"family": "a", "cpu": "1024", "memory": "1024"}
    all_ = [
        resource("aws:ecs/taskDefinition:TaskDefinition", task),
        resource("aws:ecs/service:Service", {"desiredCount": 2, "taskDefinition": "arn:task-definition/a:1"}, name="web"),
        resource("aws:appautoscaling/target:Target", {"maxCapacity": 6}, name="web"),
        resource("aws:appautoscaling/target:Target", {"maxCapacity": 90}, name="other"),
    ]
    assert cost(*all_, tasks_above_least=0.5) == 2 * cost(*all_, tasks_above_least=0)


def test_a_replica_has_the_storage_of_its_source() -> None:
    replica = resource("aws:rds/instance:Instance", {"instanceClass": "db.t4g.small", "replicateSourceDb": "arn"})
    assert cost(replica, during=awake_for(0), replica_gb=200, rds_backup_gb=0) == Decimal("23.00")


def test_a_key_that_turns_is_paid_for_its_first_rotations_and_a_secret_for_each_copy() -> None:
    key = resource("aws:kms/key:Key", {"enableKeyRotation": True})
    secret = resource("aws:secretsmanager/secret:Secret", {"replicas": [{"region": "us-west-2"}]})
    assert cost(key, key_requests=0, key_rotations=2) == 3
    assert cost(secret) == Decimal("0.80")


def test_masters_of_a_domain_count_and_dead_letters_do_not() -> None:
    cluster = {"instanceType": "t3.small.search", "instanceCount": 1}
    masters = {**cluster, "dedicatedMasterEnabled": True, "dedicatedMasterCount": 3, "dedicatedMasterType": "m7g.large.search"}
    plain, mastered = (
        cost(resource("aws:opensearch/domain:Domain", {"clusterConfig": each, "ebsOptions": {"volumeSize": 10}}))
        for each in (cluster, masters)
    )
    assert mastered - plain == round(3 * HOURS * Decimal("0.135"), 2)
    letters = resource("aws:sqs/queue:Queue", {}, name="ingest-dead-letters")
    assert cost(letters, queue_requests=Amount(Decimal(1), Decimal(9), Decimal(9))) == 0


def alarm(name: str, *metrics: tuple[str, str]) -> Resource:
    """An alarm that reads metrics, each by namespace and name."""
    read = [{"metric": {"namespace": space, "metricName": metric, "dimensions": {"Stack": "dev"}}} for space, metric in metrics]
    return resource("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricQueries": [*read, {"expression": "a/b"}]}, name=name)


def test_a_metric_of_our_own_costs_once_however_many_alarms_read_it_and_one_of_aws_never() -> None:
    own, of_aws = ("DataConnect/Queries", "TenantsCutOff"), ("AWS/Lambda", "Errors")
    assert cost(alarm("a", own, of_aws)) == Decimal("0.50"), "two alarm metrics, and one metric"
    assert cost(alarm("a", own), alarm("b", own)) == Decimal("0.50")
    assert cost(alarm("a", of_aws)) == Decimal("0.10")


def test_a_metric_that_a_filter_of_a_log_makes_costs_there() -> None:
    told = {"namespace": "DataConnect/Logs", "metricName": "quarantined"}
    reads = resource("aws:cloudwatch/metricAlarm:MetricAlarm", told)
    makes = resource(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        {"metricTransformation": {"namespace": "DataConnect/Logs", "name": "quarantined"}},
    )
    assert cost(reads, makes) == Decimal("0.40")


@pytest.mark.parametrize(
    ("expression", "state", "calls"),
    [
        ("rate(1 minute)", "ENABLED", 730 * 60),
        ("rate(5 minutes)", "ENABLED", 730 * 12),
        ("rate(2 hours)", "ENABLED", 365),
        ("rate(1 minute)", "DISABLED", 0),
        ("cron(0 6 * * ? *)", "ENABLED", 730),
    ],
)
def test_a_clock_costs_for_each_call(expression: str, state: str, calls: int) -> None:
    clock = resource("aws:scheduler/schedule:Schedule", {"scheduleExpression": expression, "state": state})
    (line,) = estimate([clock], prices.load(), usage.load("dev")).lines
    assert line.line.amount and round(line.line.amount.typical * 1_000_000) == calls


def test_a_stream_that_converts_and_partitions_says_what_of_it_has_no_price() -> None:
    options = {"dataFormatConversionConfiguration": {"enabled": True}, "dynamicPartitioningConfiguration": {"enabled": True}}
    stream = resource("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", {"extendedS3Configuration": options})
    found = estimate([stream], prices.load(), usage.load("dev"))
    assert round(found.cost().typical, 2) == Decimal("0.29")
    assert [why for _, why in found.unpriced] == [
        "conversion: no price of firehose/conversion; partitioning: no price of firehose/partitioning"
    ]


def test_backups_in_another_region_cost_as_many_gb_as_a_replica_has() -> None:
    kind = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
    assert cost(resource(kind, {}), replica_gb=200) == 19
