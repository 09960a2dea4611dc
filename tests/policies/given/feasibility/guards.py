"""What is planned in several cases of the feasibility pack: guards."""

from collections.abc import Mapping
from typing import Any

from tests.policies.harness import Planned, planned

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BUCKET = "aws:s3/bucket:Bucket"


def pair(token: str, first: Mapping[str, Any] | None = None, second: Mapping[str, Any] | None = None) -> list[Planned]:
    return [planned(token, "first", **(first or {})), planned(token, **(second or {}))]


ROLE_ARN = "arn:aws:iam::111111111111:role/a"
