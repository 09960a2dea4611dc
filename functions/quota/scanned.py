"""What the queries of workgroups have scanned since a moment, as CloudWatch counts it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

NAMESPACE: Final = "AWS/Athena"
ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")
"""A query that is cancelled or fails has scanned, too, and is paid for."""
KINDS: Final = ("DML", "UTILITY")
"""Of queries that scan: `EXPLAIN ANALYZE`, which runs what it explains, may be counted as the second."""
AT_ONCE: Final = 500  # docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
DAY: Final = 86_400

# docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html: ProcessedBytes has the dimensions QueryState, QueryType and
# WorkGroup. CloudWatch adds nothing up over dimensions; that there is a sum by WorkGroup alone, too, is told by others' alarms,
# by no page. Whichever is there counts, and nothing twice.
_SERIES: Final[Sequence[Mapping[str, str]]] = (
    {},
    *({"QueryState": state, "QueryType": kind} for state in ENDED for kind in KINDS),
)


def scanned_bytes(cloudwatch: Any, workgroups: Iterable[str], since: datetime, until: datetime) -> dict[str, int]:
    """Workgroup -> bytes that its queries have scanned; without the workgroups of which CloudWatch does not tell all.

    Raises:
        ClientError: when CloudWatch does not answer: nobody's zero is known then.
    """
    names = list(workgroups)
    until = max(until, since + timedelta(minutes=1))  # at midnight of the first, there is no time between the two
    sums: dict[tuple[str, int], float] = {}
    told: dict[tuple[str, int], str] = {}
    wanted = [(name, number) for name in names for number in range(len(_SERIES))]
    for at in range(0, len(wanted), AT_ONCE):
        page = wanted[at : at + AT_ONCE]
        queries = [_query(index, *each) for index, each in enumerate(page)]
        more: dict[str, str] = {}
        while True:
            answer = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=since, EndTime=until, **more)
            for found in answer["MetricDataResults"]:
                key = page[int(found["Id"].removeprefix("m"))]
                sums[key] = sums.get(key, 0) + sum(found["Values"])
                told[key] = found[
                    "StatusCode"
                ]  # `PartialData` until its last page; `InternalError` and `Forbidden` tell no zero
            if not answer.get("NextToken"):
                break
            more = {"NextToken": answer["NextToken"]}
    known = [name for name in names if all(told.get((name, number)) == "Complete" for number in range(len(_SERIES)))]
    return {name: int(max(sums[name, 0], sum(sums[name, number] for number in range(1, len(_SERIES))))) for name in known}


def _query(index: int, workgroup: str, series: int) -> dict[str, Any]:
    dimensions = {**_SERIES[series], "WorkGroup": workgroup}
    metric = {
        "Namespace": NAMESPACE,
        "MetricName": "ProcessedBytes",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": DAY, "Stat": "Sum"}}
