"""What a tenant used in a month, as AWS counts it: scans by its workgroup, cost by the tag of what is its own."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from operations.errors import Code, OperationError

SHARED: Final = "shared"
"""What the tag `Tenant` says of what all tenants share."""
_DAY: Final = 86_400
_ENDED: Final = ("SUCCEEDED", "FAILED", "CANCELLED")
_KINDS: Final = ("DML", "UTILITY")


class Month:
    """A calendar month, UTC.

    Attributes:
        name: `2026-11`.
        start: Its first moment.
        end: The first moment after it.
    """

    def __init__(self, name: str) -> None:
        """The month that `name` names.

        Raises:
            OperationError: on what is no month, or one that has not begun.
        """
        try:
            self.start: Final = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
        except ValueError:
            raise OperationError(f"--month is {name!r}; expected a year and a month, e.g. 2026-11", Code.USAGE) from None
        if len(name) != len("2026-11") or self.start > datetime.now(UTC):
            raise OperationError(f"--month is {name!r}; expected a month that has begun, e.g. 2026-11", Code.USAGE)
        self.name: Final = name
        self.end: Final = (self.start + timedelta(days=32)).replace(day=1)

    @property
    def is_now(self) -> bool:
        """Whether it is the one that runs."""
        return datetime.now(UTC) < self.end

    @classmethod
    def now(cls) -> "Month":
        """The one that runs."""
        return cls(datetime.now(UTC).strftime("%Y-%m"))


class Meter:
    """CloudWatch of the stack's region, and Cost Explorer."""

    def __init__(self, cloudwatch: Any, costs: Any) -> None:
        self._cloudwatch = cloudwatch
        self._costs = costs

    def scanned(self, workgroup: str, month: Month) -> dict[str, int]:
        """What the queries of a workgroup did: `bytes` scanned, and how many `succeeded`, `failed` and were `cancelled`.

        What runs is not among them; a query that scans more than the workgroup allows is cancelled.

        Raises:
            OperationError: when CloudWatch does not tell all of it: what is not known is no zero.
        """
        states = [(state, kind) for state in _ENDED for kind in _KINDS]
        series: list[dict[str, str]] = [{}, *({"QueryState": state, "QueryType": kind} for state, kind in states)]
        queries = [
            self._query(f"{kind}{number}", {**dimensions, "WorkGroup": workgroup}, statistic)
            for kind, statistic in (("s", "Sum"), ("n", "SampleCount"))
            for number, dimensions in enumerate(series)
        ]
        sums: dict[str, float] = {}
        status: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            told = self._cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=month.start, EndTime=month.end, **more)
            for each in told["MetricDataResults"]:
                sums[each["Id"]] = sums.get(each["Id"], 0) + sum(each["Values"])
                status[each["Id"]] = each["StatusCode"]  # `PartialData` until its last page
            if not told.get("NextToken"):
                break
            more = {"NextToken": told["NextToken"]}
        if wrong := {status.get(each["Id"], "no answer") for each in queries} - {"Complete"}:
            what = f"CloudWatch answers {', '.join(sorted(wrong))} for what {workgroup} scanned"
            raise OperationError(f"{what}; run the command again", Code.FAILED)
        # As the function `quota` counts: by state, or by workgroup alone where CloudWatch has that, and nothing twice.
        detailed = sum(sums.get(f"s{number}", 0) for number in range(1, len(series)))
        counts = {state.lower(): 0 for state in _ENDED}
        for number, (state, _) in enumerate(states, 1):
            counts[state.lower()] += int(sums.get(f"n{number}", 0))
        return {"bytes": int(max(sums.get("s0", 0), detailed)), **counts}

    def cost(self, slug: str, month: Month) -> float | None:
        """US dollars of what bears the tenant's tag, so far where the month runs; None where no cost bears it."""
        spent = self._spent({"Tags": _tagged(slug)}, month)
        return round(sum(spent.values()), 2) if spent else None

    def shared(self, region: str, month: Month) -> dict[str, float] | None:
        """Service -> US dollars of what all tenants share of it in a region; None where no cost bears the tag."""
        where = {"Dimensions": {"Key": "REGION", "Values": [region]}}
        return self._spent({"And": [{"Tags": _tagged(SHARED)}, where]}, month) or None

    def _spent(self, of: Mapping[str, Any], month: Month) -> dict[str, float]:
        """By service; those that cost nothing are left out. A tag tells only once it is activated, and not of the days before:
        docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html"""
        spent: dict[str, float] = {}
        more: dict[str, str] = {}
        while True:
            told = self._costs.get_cost_and_usage(
                TimePeriod={"Start": month.start.date().isoformat(), "End": month.end.date().isoformat()},
                Granularity="MONTHLY",
                Metrics=["UnblendedCost"],
                Filter=of,
                GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
                **more,
            )
            for group in (group for each in told["ResultsByTime"] for group in each.get("Groups", ())):
                (service,), amount = group["Keys"], float(group["Metrics"]["UnblendedCost"]["Amount"])
                if amount:
                    spent[service] = spent.get(service, 0) + amount
            if not told.get("NextPageToken"):
                return spent
            more = {"NextPageToken": told["NextPageToken"]}

    @staticmethod
    def _query(name: str, dimensions: dict[str, str], statistic: str) -> dict[str, Any]:
        metric = {
            "Namespace": "AWS/Athena",
            "MetricName": "ProcessedBytes",
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        }
        return {"Id": name, "MetricStat": {"Metric": metric, "Period": _DAY, "Stat": statistic}}


def _tagged(value: str) -> dict[str, Any]:
    return {"Key": "Tenant", "Values": [value], "MatchOptions": ["EQUALS"]}
