"""The CloudWatch dashboard of a stack, assembled from the rows its components bring."""

from collections.abc import Mapping, Sequence
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
_OWN: Final = ("width", "height", "properties")
MAX_WIDGETS: Final = 500  # docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html


@dataclass(frozen=True, kw_only=True)
class Section:
    """A title and what stands below it, as tall as its widgets say.

    Attributes:
        title: In one line.
        widgets: Type, width, height and properties of each; where they stand is found for them, line by line.
    """

    title: str
    widgets: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """A dashboard.

    Attributes:
        here: Where the dashboard is kept; its rows may show metrics of any region.
        rows: In the order shown, e.g. `here.inventory.rows`.
        sections: What stands above them; nothing by default. With the rows at most 500 graphs and titles.

    Raises:
        InvalidArgumentError: on more graphs and titles than CloudWatch shows.
    """

    here: Place
    rows: Sequence[DashboardRow] = ()
    sections: Sequence[Section] = ()

    def __post_init__(self) -> None:
        widgets = sum(1 + len(row.alarms) for row in self.rows) + sum(1 + len(each.widgets) for each in self.sections)
        if widgets > MAX_WIDGETS:
            raise InvalidArgumentError(self, "rows", f"{widgets} widgets", f"at most {MAX_WIDGETS}")


class Dashboard(Component):
    """A dashboard with one titled row of graphs per component, each graph with its alarm's threshold drawn in."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        sections = [*args.sections, *(Section(title=row.title, widgets=_graphs(row)) for row in args.rows)]
        cloudwatch.Dashboard(
            name,
            region=args.here.region,
            dashboard_name=f"{name}-{pulumi.get_stack()}",  # people look for it by name, and it is unique in the account
            dashboard_body=pulumi.Output.json_dumps({"widgets": _arranged(sections)}),
            opts=self.child(),
        )
        self.register_outputs({})


def _graphs(row: DashboardRow) -> list[dict[str, Any]]:
    size = {"width": GRAPH_WIDTH, "height": GRAPH_HEIGHT}
    return [{"type": "metric", **size, "properties": _graph(alarm, row.region)} for alarm in row.alarms]


def _arranged(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """Each widget with its place: from left to right, and below the tallest of the line before."""
    widgets: list[dict[str, Any]] = []
    y = 0
    for section in sections:
        markdown = {"markdown": f"## {section.title}"}
        widgets.append({"type": "text", "x": 0, "y": y, "width": COLUMNS, "height": 1, "properties": markdown})
        x, y, tallest = 0, y + 1, 0
        for widget in section.widgets:
            if x + widget["width"] > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            # The order of keys is that of the release before: another text would be another plan.
            widgets.append({"type": widget["type"], "x": x, "y": y, **{key: widget[key] for key in _OWN}})
            x, tallest = x + widget["width"], max(tallest, widget["height"])
        y += tallest
    return widgets


def _graph(alarm: Alarm, region: str) -> dict[str, Any]:
    if isinstance(alarm.metric, Metric):
        metrics = [series(alarm.metric, {"stat": alarm.metric.statistic})]
    else:
        metrics: list[list[Any]] = [[{"expression": alarm.expression, "label": alarm.key, "id": "result"}]]
        for identifier, metric in alarm.metric.items():
            metrics.append(series(metric, {"stat": metric.statistic, "id": identifier, "visible": False}))
    return {
        "title": " ".join(filter(None, (alarm.key, alarm.label))),
        "region": region,
        "period": alarm.period,
        "metrics": metrics,
        "annotations": {"horizontal": [{"label": "alarm", "value": alarm.threshold}]},
    }


def series(metric: Metric, options: Mapping[str, Any]) -> list[Any]:
    """A metric as a graph names it, with the options of its line."""
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, dict(options)]
