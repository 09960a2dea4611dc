"""What is larger than it was used in two weeks: hints, each with what was seen. Nothing is changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from operations.cost.estimate import estimate
from operations.cost.prices import Prices
from operations.cost.resources import Resource
from operations.cost.usage import Usage

DAYS: Final = 14
PERIOD: Final = 3600
ENOUGH: Final = 120
"""Hours of data that a hint needs: nine working days of an environment that sleeps at night, five of one that does not."""
AT_MOST: Final = 500
"""Queries of one call: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html."""

Dimensions = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When something of a type could have half its size.

    Attributes:
        namespace: Of its metrics.
        below: Metric, in percent -> what its highest value of an hour must stay below: half the size doubles it.
        of: The dimensions of each part of a resource, in an account.
    """

    namespace: str
    below: Mapping[str, int]
    of: Callable[[Resource, str], Sequence[Dimensions]]


def _nodes(group: Resource, _: str) -> list[Dimensions]:
    count = int(group.number("numCacheClusters") or 1)
    return [{"CacheClusterId": f"{group.inputs.get('replicationGroupId')}-{number:03}"} for number in range(1, count + 1)]


def _service(service: Resource, _: str) -> list[Dimensions]:
    cluster = str(service.inputs.get("cluster")).rpartition("/")[2]
    return [{"ClusterName": cluster, "ServiceName": str(service.inputs.get("name"))}]


RULES: Final[Mapping[str, Rule]] = {
    "aws:rds/instance:Instance": Rule(
        namespace="AWS/RDS",
        below={"CPUUtilization": 40},
        of=lambda database, _: [{"DBInstanceIdentifier": str(database.inputs.get("identifier"))}],
    ),
    "aws:ecs/service:Service": Rule(namespace="AWS/ECS", below={"CPUUtilization": 40, "MemoryUtilization": 40}, of=_service),
    "aws:elasticache/replicationGroup:ReplicationGroup": Rule(
        namespace="AWS/ElastiCache", below={"EngineCPUUtilization": 40, "DatabaseMemoryUsagePercentage": 35}, of=_nodes
    ),
    "aws:opensearch/domain:Domain": Rule(
        namespace="AWS/ES",
        below={"CPUUtilization": 40, "JVMMemoryPressure": 60},
        of=lambda domain, account: [{"DomainName": str(domain.inputs.get("domainName")), "ClientId": account}],
    ),
}
"""A database's memory is in no metric as a percentage: who follows such a hint looks at FreeableMemory first."""


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something that was used little, or of which too little is known.

    Attributes:
        resource: What.
        seen: Metric -> its highest value, in percent; None where there is not enough of it.
        hours: Hours of data of the metric that has the fewest.
        halved: Whether half its size would have done.
        usd: USD a month that half its size costs less; 0 where it is not halved.
    """

    resource: Resource
    seen: Mapping[str, float | None]
    hours: int
    halved: bool
    usd: Decimal


def hints(
    resources: Sequence[Resource], cloudwatch: Any, account: str, now: datetime, prices: Prices, usage: Usage
) -> list[Hint]:
    """A hint for each resource of a type that has a rule."""
    queries = [
        (resource, metric, dimensions)
        for resource in resources
        if (rule := RULES.get(resource.type))
        for dimensions in rule.of(resource, account)
        for metric in rule.below
    ]
    asked = [_query(f"m{index}", *query) for index, query in enumerate(queries)]
    values = dict(_values(cloudwatch, asked, now))
    found = estimate(resources, prices, usage)
    by_hour = {resource.urn: Decimal(0) for resource, _, _ in queries}
    for each in found.lines:
        if each.line.resource.urn in by_hour and each.price and each.price.unit.endswith("hour"):
            by_hour[each.line.resource.urn] += each.cost().low
    measured: dict[str, dict[str, list[list[float]]]] = {}
    for index, (resource, metric, _) in enumerate(queries):
        measured.setdefault(resource.urn, {}).setdefault(metric, []).append(values.get(f"m{index}", []))
    known = {resource.urn: resource for resource, _, _ in queries}
    return [_hint(known[urn], told, by_hour[urn]) for urn, told in measured.items()]


def _hint(resource: Resource, told: Mapping[str, list[list[float]]], by_hour: Decimal) -> Hint:
    """The highest of all parts counts, and the part of which the least is known."""
    hours = min(len(values) for parts in told.values() for values in parts)
    enough = hours >= ENOUGH
    seen = {metric: max(max(values) for values in parts) if enough else None for metric, parts in told.items()}
    below = RULES[resource.type].below
    halved = enough and all((highest or 0) < below[metric] for metric, highest in seen.items())
    return Hint(resource=resource, seen=seen, hours=hours, halved=halved, usd=by_hour / 2 if halved else Decimal(0))


def _query(id_: str, resource: Resource, metric: str, dimensions: Dimensions) -> dict[str, Any]:
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    of = {"Namespace": RULES[resource.type].namespace, "MetricName": metric, "Dimensions": named}
    return {"Id": id_, "MetricStat": {"Metric": of, "Period": PERIOD, "Stat": "Maximum"}}


def _values(cloudwatch: Any, queries: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[tuple[str, list[float]]]:
    found: dict[str, list[float]] = {}
    for first in range(0, len(queries), AT_MOST):
        part, token = queries[first : first + AT_MOST], ""
        while True:
            more = {"NextToken": token} if token else {}
            told = cloudwatch.get_metric_data(
                MetricDataQueries=[*part], StartTime=now - timedelta(days=DAYS), EndTime=now, **more
            )
            for each in told["MetricDataResults"]:
                found.setdefault(each["Id"], []).extend(each["Values"])
            token = told.get("NextToken", "")
            if not token:
                break
    yield from found.items()
