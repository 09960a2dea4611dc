"""What is planned in several cases of the audit pack: trails."""

from collections.abc import Sequence
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned

TRAIL = "aws:cloudtrail/trail:Trail"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
TYPES = ("AWS::S3::Object", "AWS::DynamoDB::Table", "AWS::Lambda::Function")


def advanced(**fields: Sequence[str]) -> dict[str, Any]:
    """An advanced event selector; `__` in a field's name stands for a dot."""
    return {"fieldSelectors": [{"field": name.replace("__", "."), "equals": values} for name, values in fields.items()]}


def data(kind: str, *values: str) -> dict[str, Any]:
    return {"type": kind, "values": list(values)}


ALL_DATA = [data("AWS::S3::Object", "arn:aws:s3"), data("AWS::DynamoDB::Table", "arn:aws:dynamodb"), data(TYPES[2], UNKNOWN)]
ROOT_USE = '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS }'


def metric_filter(pattern: str = ROOT_USE, *, name: str = "RootUse", space: str = "CIS", **inputs: Any) -> Planned:
    transformation = {"name": name, "namespace": space, "value": "1"}
    return planned(FILTER, "filter", pattern=pattern, metricTransformation=transformation, **inputs)
