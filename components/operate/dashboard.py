"""The CloudWatch dashboard of a stack, assembled from the rows its components bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch

from ..base.alarms import Alarm, DashboardRow, Metric
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Place

COLUMNS: Final = 24  # docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
GRAPH_WIDTH, GRAPH_HEIGHT = 6, 5
MAX_WIDGETS: Final = 500  # docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """A dashboard.

    Attributes:
        here: Where the dashboard is kept; its rows may show metrics of any region.
        rows: In the order shown, e.g. `here.inventory.rows`; at most 500 graphs and titles together.

    Raises:
        InvalidArgumentError: on more graphs and titles than CloudWatch shows.
    """

    here: Place
    rows: Sequence[DashboardRow]

    def __post_init__(self) -> None:
        if (widgets := sum(1 + len(row.alarms) for row in self.rows)) > MAX_WIDGETS:
            raise InvalidArgumentError(self, "rows", f"{widgets} widgets", f"at most {MAX_WIDGETS}")


class Dashboard(Component):
    """A dashboard with one titled row of graphs per component, each graph with its alarm's threshold drawn in."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        cloudwatch.Dashboard(
            name,
            region=args.here.region,
            dashboard_name=f"{name}-{pulumi.get_stack()}",  # people look for it by name, and it is unique in the account
            dashboard_body=pulumi.Output.json_dumps({"widgets": _widgets(args.rows)}),
            opts=self.child(),
        )
        self.register_outputs({})


def _widgets(rows: Sequence[DashboardRow]) -> list[dict[str, Any]]:
    widgets: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        title = {"type": "text", "x": 0, "y": y, "width": COLUMNS, "height": 1, "properties": {"markdown": f"## {row.title}"}}
        widgets.append(title)
        y += 1
        per_line = COLUMNS // GRAPH_WIDTH
        for index, alarm in enumerate(row.alarms):
            widgets.append(
                {
                    "type": "metric",
                    "x": index % per_line * GRAPH_WIDTH,
                    "y": y + index // per_line * GRAPH_HEIGHT,
                    "width": GRAPH_WIDTH,
                    "height": GRAPH_HEIGHT,
                    "properties": _graph(alarm, row.region),
                }
            )
        y += -(-len(row.alarms) // per_line) * GRAPH_HEIGHT
    return widgets


def _graph(alarm: Alarm, region: str) -> dict[str, Any]:
    if isinstance(alarm.metric, Metric):
        metrics = [_series(alarm.metric, {"stat": alarm.metric.statistic})]
    else:
        metrics: list[list[Any]] = [[{"expression": alarm.expression, "label": alarm.key, "id": "result"}]]
        for identifier, metric in alarm.metric.items():
            metrics.append(_series(metric, {"stat": metric.statistic, "id": identifier, "visible": False}))
    return {
        "title": " ".join(filter(None, (alarm.key, alarm.label))),
        "region": region,
        "period": alarm.period,
        "metrics": metrics,
        "annotations": {"horizontal": [{"label": "alarm", "value": alarm.threshold}]},
    }


def _series(metric: Metric, options: dict[str, Any]) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, options]
