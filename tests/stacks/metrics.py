"""Whether an alarm's metric is one that somebody writes, of a thing that there is, and what it reads."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.base.limits import DB_INSTANCE_CLASSES
from tests.cloudwatch import Measure
from tests.stacks.estate import Estate
from tests.stacks.known_metrics import AWS, GIB, OWN, RESOURCES, WRITERS, Values

ROOT: Final = Path(__file__).parents[2]


def values_of(measure: Measure, estate: Estate) -> Values:
    """What a metric reads, in its unit; KeyError where it is none that anybody writes."""
    if measure.statistic.startswith("PR("):
        return Values(100, 10)  # percent of the requests that are within the range
    if measure.statistic == "SampleCount":
        return Values(500, 500)
    if measure.namespace in AWS:
        return _of_its_size(AWS[measure.namespace].metrics[measure.name], measure, estate)
    if (measure.namespace, measure.name) in _filtered(estate):
        return Values(None, 5000)
    return OWN[measure.namespace.replace(f"/{estate.stack}", "/<stack>")][measure.name]


def _of_its_size(values: Values, measure: Measure, estate: Estate) -> Values:
    """The values of a metric whose thing is as large as its stack declares it: none of them is more than it can be."""
    match measure.namespace, measure.name:
        case "AWS/RDS", "DatabaseConnections":
            return values.of(_most_connections(estate, _the(estate, "DBInstanceIdentifier", measure)))
        case "AWS/RDS", "DBLoad" | "FreeableMemory":
            size = DB_INSTANCE_CLASSES[_the(estate, "DBInstanceIdentifier", measure)["instanceClass"]]
            return values.of(size.vcpu if measure.name == "DBLoad" else size.memory_gib * GIB)
        case "AWS/RDS", "FreeStorageSpace":
            return values.of(_storage(estate, measure) * GIB)
        case "AWS/ES", "FreeStorageSpace":
            return values.of(_the(estate, "DomainName", measure)["ebsOptions"]["volumeSize"] * 1024)  # MiB
        case "AWS/ES", "Nodes" | "Shards.active":
            nodes = _the(estate, "DomainName", measure)["clusterConfig"]
            if measure.name == "Shards.active":
                return values.of(nodes["instanceCount"])
            all_nodes = nodes["instanceCount"] + (nodes.get("dedicatedMasterCount") or 0)
            return Values(all_nodes, all_nodes - 1)
        case "AWS/Lambda", "Duration":
            return values.of(_the(estate, "FunctionName", measure)["timeout"] * 1000)  # milliseconds
        case "AWS/SQS", "ApproximateAgeOfOldestMessage":
            return values.of(_the(estate, "QueueName", measure)["messageRetentionSeconds"])
        case _:
            return values


def _the(estate: Estate, dimension: str, measure: Measure) -> Mapping[str, Any]:
    """The resource that a dimension of a metric names."""
    token, _, attribute = RESOURCES[dimension].partition(" ")
    name = dict(measure.dimensions)[dimension]
    found = [state for (kind, _), state in estate.states.items() if kind == f"aws:{token}" and state.get(attribute) == name]
    (one,) = found
    return one


def _most_connections(estate: Estate, instance: Mapping[str, Any]) -> float:
    """How many sessions a database admits, by its own parameters."""
    groups = [state for (kind, _), state in estate.states.items() if kind == "aws:rds/parameterGroup:ParameterGroup"]
    (group,) = [each for each in groups if each["name"] == instance["parameterGroupName"]]
    (most,) = [each["value"] for each in group["parameters"] if each["name"] == "max_connections"]
    return float(most)


def _storage(estate: Estate, measure: Measure) -> float:
    """The storage of a database, in GiB; of a replica, which says none of its own, its source's."""
    own = _the(estate, "DBInstanceIdentifier", measure).get("allocatedStorage")
    sources = [each.inputs for other in estate.others for each in other.of("rds/instance:Instance").values()]
    return own or next(each["allocatedStorage"] for each in sources if "allocatedStorage" in each)


def _filtered(estate: Estate) -> set[tuple[str, str]]:
    """Namespace and name of what is counted in logs."""
    filters = estate.of("cloudwatch/logMetricFilter:LogMetricFilter").values()
    return {(each.inputs["metricTransformation"]["namespace"], each.inputs["metricTransformation"]["name"]) for each in filters}


@cache
def _code() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for pattern in WRITERS for page in sorted(ROOT.glob(pattern)))


def wrong_with(measure: Measure, region: str, estate: Estate) -> str:
    """What keeps a metric of an alarm in `region` from ever having a datapoint; nothing where all is right."""
    names = [name for name, _ in measure.dimensions]
    if known := AWS.get(measure.namespace):
        if measure.name not in known.metrics:
            return f"{measure.namespace} has no metric {measure.name}: {known.page}"
        if {*names} not in [{*each.split()} for each in known.dimensions]:
            return f"{measure.namespace} tells none by {', '.join(names)}: {known.page}"
        if known.region not in ("", region):
            return f"{measure.namespace} is in {known.region} only"
    elif names or (measure.namespace, measure.name) not in _filtered(estate):
        own = f"DataConnect/{estate.stack}"
        space = measure.namespace.removeprefix(f"{own}/") if measure.namespace != own else ""
        words = [measure.name, *names, *([space] if space else [])]
        if missing := [word for word in words if not re.search(rf'["/]{re.escape(word)}"', _code())]:
            return f"nobody writes {', '.join(missing)} of {measure.namespace} {measure.name}"
    return next(
        (
            f"{name} is {value}, which is nothing that there is"
            for name, value in measure.dimensions
            if not _is(name, value, estate)
        ),
        "",
    )


def _is(name: str, value: str, estate: Estate) -> bool:
    """Whether a dimension names something that the stack, or one whose outputs it reads, declares."""
    token, _, attribute = RESOURCES.get(name, "").partition(" ")
    if name == "CacheClusterId":
        token, attribute, value = (
            "elasticache/replicationGroup:ReplicationGroup",
            "replicationGroupId",
            re.sub(r"-\d{3}\Z", "", value),
        )
    return not token or any(
        state.get(attribute) == value
        for each in (estate, *estate.others)
        for (kind, _), state in each.states.items()
        if kind == f"aws:{token}"
    )
