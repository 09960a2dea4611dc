"""What the pricers make of examples whose sum somebody else has published."""

from decimal import Decimal
from typing import Any

import pytest

from operations.cost import prices
from operations.cost.amounts import exactly
from operations.cost.resources import Resource
from tests.operations.cost.stacks import awake_for, cost, resource

NOTHING_USED: dict[str, Any] = dict.fromkeys(("rds_backup_gb", "cache_backup_gb", "internet_gb", "express_runs"), 0)
AN_EXAMPLES_MONTH = Decimal(600 * 30) / 3600
"""Hours: ten minutes a day, 30 days."""


def service(count: int, cpu: int, memory: int, architecture: str, provider: str = "FARGATE") -> list[Resource]:
    family = f":task-definition/{architecture}:1"
    strategies = [{"capacityProvider": provider, "base": 0, "weight": 1}]
    task = {"family": architecture, "cpu": str(cpu), "memory": str(memory)}
    told: dict[str, Any] = {"desiredCount": count, "taskDefinition": family, "capacityProviderStrategies": strategies}
    return [
        resource("aws:ecs/taskDefinition:TaskDefinition", {**task, "runtimePlatform": {"cpuArchitecture": architecture}}),
        resource("aws:ecs/service:Service", told),
    ]


@pytest.mark.parametrize(
    ("architecture", "usd"),
    # https://aws.amazon.com/fargate/pricing/, examples 1 and 2, without the storage that they add: 1.01 + 0.22 and 0.81 + 0.18
    [("X86_64", "1.23"), ("ARM64", "0.99")],
)
def test_awss_examples_of_fargate(architecture: str, usd: str) -> None:
    tasks = service(5, 1024, 2048, architecture)
    assert abs(cost(*tasks, during=awake_for(AN_EXAMPLES_MONTH), tasks_above_least=0) - Decimal(usd)) <= Decimal("0.01")


def test_awss_example_of_lambda() -> None:
    """https://aws.amazon.com/lambda/pricing/, example 1: 18.34 for 1.1 million GB-seconds, 0.40 for 2 million requests."""
    function = resource("aws:lambda/function:Function", {"memorySize": 512}, chain="dataconnect:index:Function$")
    # Without what is free: 2 million runs of 0.5 GB take 1.1 million GB-seconds in 1.1 s each.
    assert abs(cost(function, function_runs=2, function_seconds=1.1, helper_runs=0) - Decimal("18.74")) <= Decimal("0.01")


# What AWS's own pages give, as they were read by others than those whom prices.csv is from.
@pytest.mark.parametrize(
    ("key", "usd"),
    [
        # https://aws.amazon.com/elasticloadbalancing/pricing/, its examples for us-east-1, of 2026-09-20
        ("alb/hour", "0.0225"),
        ("alb/lcu", "0.008"),
        # https://aws.amazon.com/secrets-manager/pricing/, its examples, of 2026-09-20: a replica is a secret of its own
        ("secret", "0.40"),
        # https://aws.amazon.com/glue/pricing/, of 2026-10-07
        ("glue/requests", "1.00"),
        # AWS's offer of CloudWatch for us-east-2, by usage type
        ("metric", "0.30"),
        ("alarm/metric", "0.10"),
        ("alarm/composite", "0.50"),
        ("dashboard", "3.00"),
        ("logs/gb", "0.50"),
        ("logs/stored", "0.03"),
        # https://aws.amazon.com/lambda/pricing/ and https://aws.amazon.com/firehose/pricing/, of July 2026
        ("lambda/requests", "0.20"),
        ("lambda/x86", "0.0000166667"),
        ("firehose/gb", "0.029"),
        # https://aws.amazon.com/dynamodb/pricing/on-demand/: 0.625 a million writes, 0.125 a million reads since November 2024
        ("dynamodb/writes", "0.625"),
        ("dynamodb/reads", "0.125"),
    ],
)
def test_prices_that_a_second_source_gives(key: str, usd: str) -> None:
    price = prices.load().find(key, "us-east-2")
    assert price and price.usd == Decimal(usd)


METRIC = {"metric": {"stat": "Sum"}}
# What Infracost's tests compare with AWS's price list; the address is in operations/cost/sources.toml.
EXAMPLES: list[Any] = [
    ("rds", "Instance", {"instanceClass": "db.t4g.small", "allocatedStorage": 400, "multiAz": False}, {}, "69.36"),
    ("ec2", "NatGateway", {}, {"nat_gb": 100}, "37.35"),
    ("lb", "LoadBalancer", {"internal": True}, {"lcu": 1.3698}, "24.42"),
    ("ec2", "VpcEndpoint", {"vpcEndpointType": "Interface", "subnetIds": ["a", "b"]}, {"endpoint_gb": 500}, "24.60"),
    ("ec2", "VpcEndpoint", {"vpcEndpointType": "Gateway"}, {}, "0.00"),
    ("kms", "Key", {}, {"key_requests": 0}, "1.00"),
    ("secretsmanager", "Secret", {}, {}, "0.40"),
    ("route53", "HealthCheck", {"type": "HTTPS"}, {}, "1.50"),
    ("route53", "HealthCheck", {"type": "HTTPS_STR_MATCH", "requestInterval": 10, "measureLatency": True}, {}, "4.50"),
    ("route53", "Zone", {}, {"dns_queries": 1}, "0.90"),
    ("wafv2", "WebAcl", {"rules": [{}] * 16}, {"waf_requests": 1}, "21.60"),
    (
        "cloudwatch",
        "MetricAlarm",
        {"metricQueries": [METRIC, METRIC, {"expression": "a/b"}]},
        {},
        "0.20",
    ),
    ("cloudwatch", "CompositeAlarm", {}, {}, "0.50"),
    ("cloudwatch", "Dashboard", {}, {}, "3.00"),
    ("cloudwatch", "LogGroup", {"retentionInDays": 365}, {"logs_gb": 1000, "logs_kept": 0}, "500.00"),
    ("dynamodb", "Table", {}, {"table_reads": 8, "table_writes": 3, "table_gb": 230}, "60.38"),
    ("ecr", "Repository", {}, {"images_gb": 1}, "0.10"),
    ("sqs", "Queue", {}, {"queue_requests": 2}, "0.80"),
    ("sns", "Topic", {}, {"topic_requests": 1}, "0.50"),
    ("sfn", "StateMachine", {"type": "STANDARD"}, {"transitions": 10}, "0.25"),
    ("s3", "Bucket", {}, {"s3_gb": 10000, "s3_puts": 10, "s3_gets": 10}, "230.05"),
    ("s3", "Inventory", {}, {"s3_objects": Decimal(12) * 10 / 52}, "0.02"),
    (
        *("opensearch", "Domain"),
        {
            "clusterConfig": {"instanceType": "c4.2xlarge.search", "instanceCount": 3},
            "ebsOptions": {"volumeSize": 0},
        },
        *({}, "1285.53"),
    ),
]


@pytest.mark.parametrize(("service_", "kind", "inputs", "numbers", "usd"), EXAMPLES)
def test_examples_that_others_compare_with_awss_price_list(
    service_: str, kind: str, inputs: dict[str, Any], numbers: dict[str, Any], usd: str
) -> None:
    known: dict[str, Any] = {name: exactly(number) for name, number in numbers.items()}
    told = resource(f"aws:{service_}/{kind[0].lower()}{kind[1:]}:{kind}", inputs)
    assert abs(cost(told, **{**NOTHING_USED, **known}) - Decimal(usd)) <= Decimal("0.01")


def test_a_service_of_a_cpu_and_two_gigabytes() -> None:
    """29.55 and 6.49 USD there."""
    assert cost(*service(1, 1024, 2048, "X86_64"), tasks_above_least=0) == Decimal("36.04")


def test_a_database_in_two_zones_costs_twice() -> None:
    """47.45 USD there; AWS publishes 0.065 for both zones, and 0.032 for one, so that ours is a little less."""
    inputs = {"instanceClass": "db.t4g.small", "allocatedStorage": 0, "multiAz": True}
    assert abs(cost(resource("aws:rds/instance:Instance", inputs), rds_backup_gb=0) - Decimal("47.45")) <= Decimal("0.75")
