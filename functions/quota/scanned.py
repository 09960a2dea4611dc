"""What the queries of workgroups have scanned since a moment, as CloudWatch counts it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

NAMESPACE: Final = "AWS/Athena"
ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")
"""A query that is cancelled or fails has scanned, too, and is paid for."""
AT_ONCE: Final = 500  # docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
DAY: Final = 86_400

# docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html: ProcessedBytes has the dimensions QueryState, QueryType and
# WorkGroup. CloudWatch adds nothing up over dimensions; that there is a sum by WorkGroup alone, too, is told by others' alarms,
# by no page. Whichever is there counts, and nothing twice.
_SERIES: Final[Sequence[Mapping[str, str]]] = ({}, *({"QueryState": state, "QueryType": "DML"} for state in ENDED))


def scanned_bytes(cloudwatch: Any, workgroups: Iterable[str], since: datetime, until: datetime) -> dict[str, int]:
    """Workgroup -> bytes that its queries have scanned.

    Raises:
        ClientError: when CloudWatch does not answer: nobody's zero is known then.
    """
    names = list(workgroups)
    until = max(until, since + timedelta(minutes=1))  # at midnight of the first, there is no time between the two
    sums: dict[tuple[str, int], float] = {}
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
            if not answer.get("NextToken"):
                break
            more = {"NextToken": answer["NextToken"]}
    return {
        name: int(max(sums.get((name, 0), 0), sum(sums.get((name, n), 0) for n in range(1, len(_SERIES))))) for name in names
    }


def _query(index: int, workgroup: str, series: int) -> dict[str, Any]:
    dimensions = {**_SERIES[series], "WorkGroup": workgroup}
    metric = {
        "Namespace": NAMESPACE,
        "MetricName": "ProcessedBytes",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    return {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": DAY, "Stat": "Sum"}}
