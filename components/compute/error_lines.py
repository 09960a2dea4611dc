"""Errors that a service only writes down: lines that say so are counted, and many of them are told."""

from typing import Final

import pulumi
from pulumi_aws import cloudwatch

from ..base.alarms import Alarm, Metric
from ..base.component import Component
from ..base.here import Here
from ..base.telemetry import namespace

# Any of them, as it is written; what is told as docs/telling.md says has none, and counts itself.
# docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
PATTERN: Final = "?ERROR ?CRITICAL ?Traceback"
MOST_LINES: Final = 10
"""In five minutes, twice out of three times: one bad minute after a deployment is none."""


def count_error_lines(owner: Component, here: Here, log_group_name: pulumi.Input[str]) -> Alarm:
    """Count the error lines of a log group, and return the alarm on many of them. Where none is written, there is no metric."""
    name = f"{owner.name}-error-lines"
    cloudwatch.LogMetricFilter(
        name,
        region=here.region,
        log_group_name=log_group_name,
        pattern=PATTERN,
        metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
            namespace=namespace(), name=name, value="1", unit="Count"
        ),
        opts=owner.child(),
    )
    return Alarm(
        key="service-error-lines",
        description=f"The service writes {MOST_LINES} error lines or more in five minutes, and goes on.",
        metric=Metric(namespace=namespace(), name=name, dimensions={}, statistic="Sum"),
        comparison="GreaterThanOrEqualToThreshold",
        threshold=MOST_LINES,
        period=300,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        missing_data="notBreaching",
    )
