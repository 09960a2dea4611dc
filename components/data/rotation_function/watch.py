"""Tells how old the passwords are, and which rotations do not end: Secrets Manager itself has no metric of either."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypedDict

from ..users_function.credentials import CURRENT, PENDING

METRICS: Final = "Credentials"
"""The part of the stack's namespace that the metrics are in."""
AGE: Final = "AgeDays"
"""Days since the oldest of the passwords was made."""
UNFINISHED: Final = "Unfinished"
"""Rotations that have begun and not ended."""


class Told(TypedDict):
    """What was seen: the age in days, and the ARNs of the secrets whose rotation has not ended."""

    age: float
    unfinished: list[str]


def look(arns: Iterable[str], *, manager: Any, cloudwatch: Any, namespace: str, now: datetime) -> Told:
    """Look at the secrets `arns`, and write the metrics to `namespace`."""
    age, unfinished = 0.0, list[str]()
    for arn in arns:
        stages = manager.describe_secret(SecretId=arn).get("VersionIdsToStages", {})
        if any(PENDING in each and CURRENT not in each for each in stages.values()):
            unfinished.append(arn)
        for page in manager.get_paginator("list_secret_version_ids").paginate(SecretId=arn):
            for version in page["Versions"]:
                if CURRENT in version.get("VersionStages", ()):
                    age = max(age, (now - version["CreatedDate"]).total_seconds() / 86_400)
    values = {AGE: (age, "None"), UNFINISHED: (len(unfinished), "Count")}
    cloudwatch.put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": name, "Value": value, "Unit": unit} for name, (value, unit) in values.items()],
    )
    return Told(age=age, unfinished=unfinished)
